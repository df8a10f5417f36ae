"""The dated texts that people say yes or no to: `content/consent/<date>.<lang>.md`, one part for each purpose.

A file is never corrected once someone has read it: a new text is a new date. The proof of a yes names date,
language and hash.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

from bot import sections
from bot.i18n import SOURCE_LANGUAGE, is_language
from bot.sections import Section
from bot.yaml_files import ContentError


class Purpose(StrEnum):
    """What a person may say yes to, each by itself."""

    CHECK_IN = "checkin"
    CONTACT = "contact"
    FORWARD = "forward"  # one request, in exactly the words shown above it


MINOR = "15-17"
PARTS = tuple(part for purpose in Purpose for part in (purpose.value, f"{purpose.value} {MINOR}"))


@dataclass(frozen=True)
class ConsentText:
    """One text as it is shown; `sha256` is of its source."""

    purpose: Purpose
    version: date
    lang: str
    html: str
    sha256: str


Texts = Mapping[tuple[str, str], ConsentText]  # (language, part) → the newest text


def load(folder: Path, to_html: Callable[[Path, int, str], str]) -> Texts:
    """Return the newest text of each part in each language; `to_html` gets file, first line and Markdown.

    Raises ContentError, naming the part that a file lacks.
    """
    newest: dict[str, tuple[date, Path]] = {}
    for path in sorted(folder.glob("*.md")):
        version, lang = _name(path)
        if lang not in newest or version > newest[lang][0]:
            newest[lang] = (version, path)
    if SOURCE_LANGUAGE not in newest:
        raise ContentError(folder, 1, f"il manque un texte de consentement, comme 2026-11-22.{SOURCE_LANGUAGE}.md")
    texts: dict[tuple[str, str], ConsentText] = {}
    for lang, (version, path) in newest.items():
        for part, (_, line, body) in _parts(path).items():
            digest = hashlib.sha256(body.encode()).hexdigest()
            purpose = Purpose(part.split()[0])
            texts[lang, part] = ConsentText(purpose, version, lang, to_html(path, line, body), digest)
    return texts


def shown(texts: Texts, purpose: Purpose, lang: str, *, minor: bool) -> ConsentText:
    """Return the text to show, in French where it is not translated."""
    part = f"{purpose.value} {MINOR}" if minor else purpose.value
    return texts.get((lang, part)) or texts[SOURCE_LANGUAGE, part]


def _name(path: Path) -> tuple[date, str]:
    day, _, lang = path.stem.partition(".")
    try:
        version = date.fromisoformat(day)
    except ValueError:
        version = None
    if version is None or not is_language(lang):
        raise ContentError(path, 1, "le nom doit être une date et une langue, comme 2026-11-22.fr.md")
    return version, lang


def _parts(path: Path) -> dict[str, Section]:
    found = sections.read(path)
    for name, part in found.items():
        if name not in PARTS:
            raise ContentError(path, part.heading, f"on attend une fois chacun de ces titres : {', '.join(PARTS)}")
    for name in PARTS:
        if name not in found:
            raise ContentError(path, 1, f"il manque la partie « {name} »")
    return found
