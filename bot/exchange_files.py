"""What goes to translators and comes back: a CSV file for a spreadsheet, or a PO file for a translation tool."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message

from bot import catalogues
from bot.catalogues import NotPo, path_of
from bot.exchange import Text, tidy
from bot.i18n import SOURCE_LANGUAGE
from bot.yaml_files import read_text

MARK, STATE = "empreinte", "à refaire"  # columns
_STALE = "oui"
_FUZZY = "fuzzy"  # what PO calls a translation to be looked at again


class Refused(Exception):
    """What was given cannot be taken; `problems` has one line for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Given:
    """One text as it came back; `row` is that of the spreadsheet, or the line of the PO file."""

    row: int
    id: str
    french: str
    translated: str
    mark: str
    fuzzy: bool = False


def csv_of(texts: Iterable[Text], lang: str) -> bytes:
    """Return a CSV file that a spreadsheet in French opens as it is: UTF-8 with its mark, semicolons."""
    to = StringIO(newline="")
    rows = csv.writer(to, delimiter=";")
    rows.writerow(["id", SOURCE_LANGUAGE, lang, STATE, MARK])
    rows.writerows([one.id, one.french, one.translated, _STALE if one.stale else "", one.mark] for one in texts)
    return to.getvalue().encode("utf-8-sig")


def from_csv(path: Path, lang: str) -> list[Given]:
    """Return the rows of a CSV file, with commas, semicolons or tabs. Raises Refused or ContentError."""
    text = read_text(path)
    first = text.partition("\n")[0]
    rows = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    given = []
    try:
        columns = [cell.strip() for cell in next(rows, [])]
        for wanted in ("id", SOURCE_LANGUAGE, lang, MARK):
            if columns.count(wanted) != 1:
                raise Refused([f"{path}:1: on attend une colonne « {wanted} », et une seule"])
        for number, cells in enumerate(rows, 2):
            if any(cells):
                row = dict(zip(columns, [*cells, *[""] * len(columns)], strict=False))
                french, translated = tidy(row[SOURCE_LANGUAGE]), tidy(row[lang])
                given.append(Given(number, row["id"].strip(), french, translated, row[MARK].strip()))
    except csv.Error as error:
        raise Refused([f"{path}:{rows.line_num}: les guillemets ne sont pas fermés, ou pas doublés"]) from error
    return given


def po_of(texts: Iterable[Text], sentences: Iterable[Message], lang: str) -> bytes:
    """Return a PO file with the texts, each under its id, and the sentences of the interface."""
    catalogue = Catalog(locale=lang, project="Relais", fuzzy=False)
    for one in texts:
        flags = (_FUZZY,) if one.stale else ()
        comments = [f"{MARK} {one.mark}"]
        catalogue.add(one.french, one.translated, context=one.id, flags=flags, auto_comments=comments)
    for message in sentences:
        catalogue.add(message.id, message.string, flags=message.flags)
    return catalogues.written(catalogue)


def from_po(path: Path, lang: str) -> tuple[list[Given], list[Given]]:
    """Return the texts of a PO file, then the sentences of the interface. Raises Refused or ContentError."""
    catalogue = _parsed(path)
    if str(catalogue.locale or lang) != lang:
        raise Refused([f"{path}:1: ce fichier est pour la langue « {catalogue.locale} »"])
    texts: list[Given] = []
    sentences: list[Given] = []
    for message in catalogue:
        if not message.id:
            continue
        line = message.lineno or 1
        if not isinstance(message.id, str) or not isinstance(message.string, str):
            raise Refused([f"{path}:{line}: une phrase au pluriel n'est pas acceptée ici"])
        mark = next((note.split()[-1] for note in message.auto_comments if note.startswith(f"{MARK} ")), "")
        given = Given(line, message.context or "", message.id, message.string, mark, message.fuzzy)
        (texts if message.context else sentences).append(given)
    _check_once(path)
    return texts, sentences


def _parsed(path: Path, lang: str | None = None) -> Catalog:
    try:
        return catalogues.parsed(read_text(path), lang)
    except NotPo as error:
        raise Refused([f"{path}:{error.line}: ce n'est pas écrit comme un fichier PO : {error.problem}"]) from error


def _check_once(path: Path) -> None:
    """Babel keeps the first of two texts of one id in silence."""
    seen: dict[str, int] = {}
    for number, line in enumerate(read_text(path).split("\n"), 1):
        if line.startswith("msgctxt "):
            if line in seen:
                raise Refused([f"{path}:{number}: {line[8:]} est déjà à la ligne {seen[line]}"])
            seen[line] = number


def interface(locales: Path, lang: str) -> Catalog:
    """Return the sentences that the program says, with those already translated into `lang`. Raises Refused."""
    template, path = locales / "messages.pot", path_of(locales, lang)
    if not template.is_file():
        raise Refused([f"il manque le fichier {template} : make messages"])
    if not path.exists():
        return catalogues.begun(_parsed(template, lang))
    catalogue = _parsed(path, lang)
    catalogue.update(_parsed(template), no_fuzzy_matching=True, update_creation_date=False)
    catalogue.fuzzy = False
    return catalogue


def sentences(locales: Path, lang: str) -> list[Message]:
    """Return the sentences that the program says, without the header of their file. Raises Refused."""
    return [message for message in interface(locales, lang) if message.id]
