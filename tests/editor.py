"""An editor at work on a copy of the real content: one thing changed, and what the loader says of it."""

import re
import shutil
from pathlib import Path

import pytest

from bot import content
from bot.library import Library
from bot.yaml_files import ContentError

# The danger patterns have their own tests; with these few a load takes a quarter of the time.
FEW_DANGERS = """\
patterns:
  danger_immediat: [au secours]
  danger_suicide: [mourir]
  danger_violences: [il me frappe]
answers:
  danger_immediat: "Appelle le {numero:samu}."
  danger_suicide: "Appelle le {numero:suicide}."
  danger_violences: "Appelle le {numero:enfance_danger}."
"""


class Editor:
    """Changes files of `folder`, a content folder, and reads what the loader answers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / name

    def writes(self, name: str, text: str | bytes) -> None:
        self.path(name).write_bytes(text if isinstance(text, bytes) else text.encode())

    def replaces(self, name: str, start: str, new: str) -> int:
        """Put `new` in the place of the first line that begins with `start`; return the line's number."""
        lines = self.path(name).read_text(encoding="utf-8").split("\n")
        at = self._find(lines, start)
        lines[at] = new
        self.writes(name, "\n".join(lines))
        return at + 1

    def adds(self, name: str, start: str, new: str) -> int:
        """Put `new` below the first line that begins with `start`; return the number of the new line."""
        lines = self.path(name).read_text(encoding="utf-8").split("\n")
        at = self._find(lines, start) + 1
        lines.insert(at, new)
        self.writes(name, "\n".join(lines))
        return at + 1

    def drops(self, name: str, key: str) -> None:
        """Take away a key of a YAML file with all that belongs to it."""
        text = self.path(name).read_text(encoding="utf-8")
        left, dropped = re.subn(rf"^{key}:.*\n(?:[ -].*\n)*", "", text, flags=re.MULTILINE)
        assert dropped == 1, f"{name} has no {key}"
        self.writes(name, left)

    def library(self) -> Library:
        return content.load(self.folder)

    def is_told(self) -> str:
        """Return the complaint of the loader, its file named from the content folder."""
        with pytest.raises(ContentError) as refused:
            content.load(self.folder)
        return str(refused.value).removeprefix(f"{self.folder}/")

    @staticmethod
    def _find(lines: list[str], start: str) -> int:
        return next(at for at, line in enumerate(lines) if line.startswith(start))


def copy_of_content(source: Path, folder: Path) -> Editor:
    editor = Editor(Path(shutil.copytree(source, folder)))
    for path in editor.path("danger").glob("*.yml"):
        editor.writes(f"danger/{path.name}", FEW_DANGERS)
    return editor
