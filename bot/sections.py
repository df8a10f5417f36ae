"""Texts kept together in one file, each under a heading `## name`."""

import re
from pathlib import Path
from typing import NamedTuple

from bot.yaml_files import ContentError, read_text


class Section(NamedTuple):
    """A text, the line of its heading and the line on which it begins."""

    heading: int
    line: int
    text: str


def read(path: Path) -> dict[str, Section]:
    """Return each text of a file. Raises ContentError for two of one name, an empty one, or words above the first."""
    opening, *pieces = re.split(r"^## (.*)$", read_text(path), flags=re.MULTILINE)
    if opening.strip():
        raise ContentError(path, 1, "le fichier commence par un titre ##")
    found: dict[str, Section] = {}
    line = 1 + opening.count("\n")
    for heading, body in zip(pieces[::2], pieces[1::2], strict=True):
        name = heading.strip()
        if name in found:
            raise ContentError(path, line, f"il y a deux parties « {name} »")
        if not body.strip():
            raise ContentError(path, line, f"il n'y a rien sous « {name} »")
        before = len(body) - len(body.lstrip())
        found[name] = Section(line, line + body.count("\n", 0, before), body.strip())
        line += body.count("\n")
    return found
