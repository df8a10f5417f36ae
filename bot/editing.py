"""Write content files: one value of a file and no other byte of it, or a new file and never over another."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

_PLAIN = re.compile(r"[^\W\d_][\w .'’-]*\w|[0-9a-f-]+")  # needs no quotation marks
_QUOTED = re.compile(r"""[^:]+:\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')""")  # a # in there is no comment
_FOR_ALL_TO_READ, _OPEN_TO_ALL = 0o644, 0o755  # the bot may run as somebody else than its editors


class WorkshopError(Exception):
    """What cannot be done, in one sentence for an editor."""


def with_values(text: str, values: Mapping[str, str], *, first: int, end: int, before: str = "") -> str:
    """Return `text` with the value of each key replaced on its line, between the lines `first` and `end` (from 0).

    The comment at the end of the line stays. A key that is not there comes above the line that begins with `before`,
    else last. Raises WorkshopError where a value runs over several lines.
    """
    lines = text.split("\n")  # a line may still end with \r, and keeps it
    ending = "\r" if lines[0].endswith("\r") else ""
    for key, value in values.items():
        place = next((at for at in range(first, end) if lines[at].startswith(f"{key}:")), None)
        if place is None:
            there = next((at for at in range(first, end) if before and lines[at].startswith(before)), end)
            lines.insert(there, f"{key}: {_quoted(value)}".rstrip() + ending)
            end += 1
        elif place + 1 < end and lines[place + 1].startswith((" ", "\t")):
            raise WorkshopError(f"« {key} » est écrit sur plusieurs lignes : remets-le sur une seule")
        else:
            line = lines[place].rstrip("\r")
            quoted = _QUOTED.match(line)
            comment = re.search(r"\s+#.*$", line[quoted.end() :] if quoted else line)
            tail = comment[0] if comment else ""
            lines[place] = f"{key}: {_quoted(value)}".rstrip() + tail + ("\r" if lines[place].endswith("\r") else "")
    return "\n".join(lines)


def _quoted(value: str) -> str:
    return value if not value or _PLAIN.fullmatch(value) else json.dumps(value, ensure_ascii=False)


def raw(path: Path) -> str:
    """Return a file as it is: byte order mark and line ends included. Its text has been checked before."""
    return path.read_bytes().decode()


def replace(path: Path, text: str) -> None:
    """Write `text` in the place of a file, whole or not at all."""
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(text.encode())
    shutil.copymode(path, beside)
    beside.replace(path)


def create(files: Mapping[Path, str]) -> None:
    """Write new files, all or none. Raises WorkshopError if one is already there."""
    for path in files:
        if path.exists() or path.is_symlink():
            raise WorkshopError(f"{path} existe déjà : rien n'est changé")
    for path, text in files.items():
        for folder in reversed(path.parents):
            if not folder.exists():
                folder.mkdir()
                folder.chmod(_OPEN_TO_ALL)
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        path.chmod(_FOR_ALL_TO_READ)
