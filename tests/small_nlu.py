"""The NLU's project with five intents: the real Rasa trains it in seconds."""

import shutil
from pathlib import Path

from bot import question_files

WHOLE = Path(__file__).parent.parent / "nlu"
INTENTS = ("cej", "pecule", "salutation", "danger_suicide", "hors_sujet")


def project(folder: Path) -> Path:
    """Make it in `folder`, sharing the environment of the real one."""
    folder.mkdir(exist_ok=True)
    for name in ("config.yml", "uv.lock"):
        shutil.copy(WHOLE / name, folder)
    shutil.copytree(WHOLE / "components", folder / "components")
    (folder / ".venv").symlink_to(WHOLE / ".venv")
    for part in ("data/fr", "tuning"):
        (folder / part).mkdir(parents=True)
    for intent in INTENTS:
        write(folder / "data" / "fr" / f"{intent}.yml", {intent: held_in(intent)})
    write(folder / "tuning" / "fr.yml", {intent: held_out(intent) for intent in INTENTS})
    return folder


def write(path: Path, lines: dict[str, list[str]]) -> None:
    parts = ['version: "3.1"', "nlu:"]
    for intent, examples in lines.items():
        parts += [f"- intent: {intent}", "  examples: |", *(f"    - {line}" for line in examples)]
    path.write_text("\n".join(parts) + "\n", encoding="utf-8")


def held_in(intent: str) -> list[str]:
    return [line for _, line in question_files.lines_of(WHOLE / "data" / "fr" / f"{intent}.yml")]


def held_out(intent: str) -> list[str]:
    return [line for name, line in question_files.lines_of(WHOLE / "tuning" / "fr.yml") if name == intent]
