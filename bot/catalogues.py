"""Read what translators wrote, `locales/<lang>/LC_MESSAGES/messages.po`, sentence by sentence.

A sentence that would show something wrong, a lost placeholder or a broken tag, is left out: readers see the French.
"""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import PoFileError, read_po

_SIGNS = re.compile(r"\{[^{}]*\}|</?[a-z][^<>]*>|(?<![\w/])/[a-z]+\b")  # placeholders, tags, commands of the bot


@dataclass(frozen=True)
class Catalogue:
    """The sentences of one language by their French, and a line for each that cannot be used."""

    sentences: dict[str, str]
    problems: tuple[str, ...] = ()


def path_of(folder: Path, lang: str) -> Path:
    return folder / lang / "LC_MESSAGES" / "messages.po"


def read(path: Path) -> Catalogue:
    """Return the sentences of a file that may be used; none where it cannot be read at all. Never raises."""
    try:
        text = path.read_text(encoding="utf-8")
        if mark := re.search(r"^(?:<<<<<<<|>>>>>>>) ", text, re.MULTILINE):
            line = text.count("\n", 0, mark.start()) + 1
            return Catalogue({}, (f"{path}:{line}: il reste une marque de fusion de git",))
        found = read_po(text.splitlines(keepends=True), abort_invalid=True)
    except FileNotFoundError:
        return Catalogue({})
    except PoFileError as error:
        return Catalogue({}, (f"{path}:{error.lineno + 1}: {error.args[0]}",))
    except (OSError, ValueError) as error:
        return Catalogue({}, (f"{path}:1: ce fichier ne peut pas être lu ({type(error).__name__})",))
    sentences: dict[str, str] = {}
    problems = []
    for message in found:
        if not message.id or not message.string or "fuzzy" in message.flags:
            continue
        if problem := _problem(message):
            problems.append(f"{path}:{message.lineno}: {problem}")
        else:
            sentences[str(message.id)] = str(message.string)
    return Catalogue(sentences, tuple(problems))


def _problem(message: Message) -> str:
    """Return what is wrong with a translation, nothing if it may be shown."""
    if not isinstance(message.id, str) or not isinstance(message.string, str):
        return "une phrase au pluriel n'est pas acceptée ici"
    wanted, has = (Counter(_SIGNS.findall(text)) for text in (message.id, message.string))
    if lost := wanted - has:
        return f"il manque {' '.join(sorted(lost))} dans la traduction de « {message.id[:40]} »"
    if more := has - wanted:
        return f"il y a {' '.join(sorted(more))} en trop dans la traduction de « {message.id[:40]} »"
    return ""
