"""Read what translators wrote, `locales/<lang>/LC_MESSAGES/messages.po`, sentence by sentence, and write it again.

A sentence that would show something wrong, a lost placeholder or a broken tag, is left out: readers see the French.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, read_po, write_po

_SIGNS = re.compile(r"\{[^{}]*\}|</?[a-z][^<>]*>|(?<![\w/])/[a-z]+\b")  # placeholders, tags, commands of the bot
_LINE = re.compile(r'(?:(msgctxt|msgid|msgid_plural|msgstr\[?)(?:\d+\])? +)?"(?:[^"\\]|\\.)*"')
_MAY_FOLLOW = {
    "msgctxt": ("", "msgstr", "msgstr["),
    "msgid": ("", "msgctxt", "msgstr", "msgstr["),
    "msgid_plural": ("msgid",),
    "msgstr": ("msgid",),
    "msgstr[": ("msgid_plural", "msgstr["),
}


class NotPo(Exception):
    """What is wrong with the text of a PO file, on which line."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"{line}: {problem}")
        self.line = line
        self.problem = problem


class Problem(NamedTuple):
    """Why a sentence cannot be shown, and where it stands; without a sentence it is the whole file."""

    line: int
    why: str
    sentence: str = ""


@dataclass(frozen=True)
class Catalogue:
    """The sentences of one language by their French, and a problem for each that cannot be used."""

    sentences: dict[str, str]
    problems: tuple[Problem, ...] = ()


def path_of(folder: Path, lang: str) -> Path:
    return folder / lang / "LC_MESSAGES" / "messages.po"


def read(path: Path) -> Catalogue:
    """Return the sentences of a file that may be used; none where it cannot be read at all. Never raises."""
    try:
        found = parsed(path.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        return Catalogue({})
    except NotPo as error:
        return Catalogue({}, (Problem(error.line, error.problem),))
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        return Catalogue({}, (Problem(line, "le fichier n'est pas en UTF-8, enregistre-le en UTF-8"),))
    except OSError as error:
        return Catalogue({}, (Problem(1, f"ce fichier ne peut pas être lu ({type(error).__name__})"),))
    sentences: dict[str, str] = {}
    problems = []
    for message in found:
        if not message.id or not message.string or "fuzzy" in message.flags:
            continue
        if why := _problem(message):
            problems.append(Problem(message.lineno or 1, why, _sentence(message)))
        else:
            sentences[_sentence(message)] = str(message.string)
    return Catalogue(sentences, tuple(problems))


def all_sentences(folder: Path) -> set[str]:
    """Return every sentence to translate, as `make messages` found them."""
    try:
        found = parsed((folder / "messages.pot").read_bytes().decode())
    except (OSError, ValueError, NotPo):
        return set()
    return {_sentence(message) for message in found if message.id}


def parsed(text: str, lang: str | None = None) -> Catalog:
    """Return the catalogue that a text holds, without the sentences that are said no more. Raises NotPo."""
    lines = ["" if line.startswith("#~") else line for line in map(str.strip, text.split("\n"))]
    _check(lines)
    try:
        return read_po(lines, locale=lang, abort_invalid=True)
    except (PoFileError, ValueError) as error:
        if isinstance(error, PoFileError) and not isinstance(error.__context__, ValueError):
            raise NotPo(error.lineno + 1, "cette phrase n'est pas écrite comme les autres") from error
        raise NotPo(1, "l'en-tête ne peut pas être lu : sa langue, ou une date") from error


def begun(template: Catalog) -> Catalog:
    """Return the catalogue of a new language, nothing of it translated, from messages.pot parsed for that language."""
    template.fuzzy = False
    template.language_team = str(template.locale_identifier)
    template.revision_date = template.creation_date
    return template


def _check(lines: Sequence[str]) -> None:
    """Babel takes a text without its last sign where quotation marks are left open, and a translation for another."""
    above = ""
    for number, line in enumerate(lines, 1):
        if line.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise NotPo(number, "il reste une marque de fusion de git")
        if not line or line.startswith("#"):
            continue
        found = _LINE.fullmatch(line)
        if found is None and line.startswith(('"', "msg")):
            raise NotPo(number, 'on attend un seul texte entre " " ; un guillemet dans le texte s\'écrit \\"')
        if found is None:
            raise NotPo(number, "cette ligne ne commence ni par msgid, ni par msgstr, ni par un guillemet")
        keyword = found[1] or above
        if not keyword or (found[1] and above not in _MAY_FOLLOW[keyword]):
            missing = "msgstr" if keyword in ("msgctxt", "msgid") else "msgid"
            raise NotPo(number, f"il manque la ligne {missing} au-dessus")
        above = keyword


def _sentence(message: Message) -> str:
    return str(message.id if isinstance(message.id, str) else message.id[0])


def written(catalogue: Catalog) -> bytes:
    """Return a PO file as all of ours are: each sentence on its line, those that are said no more left out."""
    catalogue.charset = "utf-8"
    to = BytesIO()
    write_po(to, catalogue, width=0, ignore_obsolete=True)
    return to.getvalue()


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
