"""Read lists of structures: our own columns, and those of the open data that operators import. Nothing is guessed.

A file that cannot be read at all raises ContentError; a row that cannot be used is refused and the others are read.
"""

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path

import phonenumbers

from bot import reachable
from bot.mailboxes import mailbox_problem
from bot.places import key_of
from bot.structures import Kind, Structure
from bot.unreadable import Unreadable
from bot.yaml_files import ContentError

LARGEST_FILE = 5_000_000  # bytes
LONGEST_NAME = 200  # characters
LONGEST = 600  # characters of any other value
COLUMNS = tuple(one.name for one in fields(Structure))
YES, NO = "yes", "no"

Row = dict[str, str]

_DEPARTEMENT = re.compile(r"\d\d|2[AB]|9[78]\d")
_INSEE = re.compile(r"\d{5}|2[AB]\d{3}")
_DATE = re.compile(r"(?:\d{4}(?:-\d\d){0,2})?")
_ADDRESS = re.compile(r"https?://[^\s<>\"]+")
_SHORT_NUMBER = re.compile(r"3\d{3}")  # « 3994 », the switchboard of the Val-de-Marne
_FORMULA = re.compile(r"\s*[=+\-@\t]")  # a spreadsheet would run it
_NUMBERS = {"phone", "lat", "lon"}  # these do begin with + or -
# Left by a wrong copy, or made to show a text in another order than it is written.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffd]")


@dataclass(frozen=True)
class Read:
    """What a file holds, and the rows of it that were refused, each with its line."""

    structures: tuple[Structure, ...]
    refused: tuple[ContentError, ...]


def _mission_locale(row: Row) -> Row:
    told = _french(row, Kind.MISSION_LOCALE)
    code, alone = row["structure_milo_code"], row["type"] == "structure_sans_contact"
    if alone:  # these names are those of a software: « ml st michel sur orge »
        told["name"] = f"Mission locale - {row['commune']}"
    seat = alone or row["insee"] == code
    return told | {"organisation": code, "is_seat": YES if seat else NO, "booking_url": row.get("rdv_url", "")}


def _adepape(row: Row) -> Row | None:
    if row["type"] != "adepape":
        return None  # a federation is no door to knock at; the bot knows the national one
    return _french(row, Kind.ADEPAPE) | {"id": f"adepape-{row['dep']}-{key_of(row['nom'])}"}


# Where no conseil départemental is left to ask for.
_COLLECTIVITES = {
    "2A": "Collectivité de Corse - Corse-du-Sud", "2B": "Collectivité de Corse - Haute-Corse",
    "67": "Collectivité européenne d'Alsace - Bas-Rhin", "68": "Collectivité européenne d'Alsace - Haut-Rhin",
    "75": "Ville de Paris",
    "972": "Collectivité territoriale de Martinique", "973": "Collectivité territoriale de Guyane",
}  # fmt: skip


def _departement(row: Row) -> Row:
    told = _french(row, Kind.DEPARTEMENT)
    told["name"] = _COLLECTIVITES.get(row["dep"], told["name"])
    told["phone"] = told["phone"] or row["telephone_standard"]
    return told | {"id": f"departement-{row['dep']}", "email": row["email_generique"]}


_FRENCH_NAMES = {
    "id": "id", "name": "nom", "departement": "dep", "address": "adresse", "postcode": "code_postal", "town": "commune",
    "insee": "insee", "email": "email", "website": "site_web", "lat": "lat", "lon": "lon", "source": "source",
    "source_date": "source_date", "remark": "remarques",
}  # fmt: skip


def _french(row: Row, kind: Kind) -> Row:
    told = {ours: row.get(theirs, "") for ours, theirs in _FRENCH_NAMES.items()}
    return told | {"kind": kind.value, "phone": row["telephone_e164"] or row.get("telephone", "")}


# A list is told by the columns that it must have.
_FORMATS: dict[frozenset[str], Callable[[Row], Row | None]] = {
    frozenset(COLUMNS): lambda row: row,
    frozenset(
        ("id", "nom", "type", "structure_milo_code", "insee", "commune", "dep", "telephone_e164")
    ): _mission_locale,
    frozenset(("id", "nom", "gestionnaire", "categorie", "dep", "telephone_e164")): lambda row: _french(
        row, Kind.HABITAT_JEUNES
    ),
    frozenset(("dep", "nom", "territoire", "type", "telephone_e164")): _adepape,
    frozenset(("dep", "nom", "telephone_standard", "telephone_e164", "email_generique")): _departement,
}


def read(path: Path) -> Read:
    """Return the structures of a list and the rows refused. Raises ContentError if the file is none of ours."""
    text = text_of(path)
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter_of(text))
    line = 1
    seen: set[str] = set()
    found: list[Structure] = []
    refused: list[ContentError] = []
    try:
        ours = _translation(path, rows.fieldnames)
        line = rows.line_num + 1
        for row in rows:
            try:
                structure = _structure(row, ours)
                if structure is not None and structure.id in seen:
                    raise ValueError(f"l'identifiant « {structure.id} » est écrit deux fois")  # noqa: TRY301
            except ValueError as error:
                refused.append(ContentError(path, line, str(error)))
            else:
                if structure is not None:
                    seen.add(structure.id)
                    found.append(structure)
            line = rows.line_num + 1  # a value between quotes may take several lines
    except csv.Error as error:
        raise ContentError(path, line, "les guillemets ne sont pas fermés, ou mal placés") from error
    return Read(tuple(found), tuple(refused))


def _translation(path: Path, columns: object) -> Callable[[Row], Row | None]:
    """Return what turns the rows of a list into our columns. Raises ContentError when the columns are unknown."""
    has = set(columns) if isinstance(columns, list | tuple) else set()
    for wanted, ours in _FORMATS.items():
        if wanted <= has:
            return ours
    raise ContentError(path, 1, "colonnes inconnues ; les nôtres sont celles de content/directory/structures.csv")


def text_of(path: Path) -> str:
    """Return the text of a list. Raises ContentError if it is missing, too large, or not in UTF-8."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST_FILE + 1)
    except FileNotFoundError as error:
        raise ContentError(path, 1, "il manque ce fichier") from error
    except OSError as error:
        raise ContentError(path, 1, "ce fichier ne peut pas être lu") from error
    if len(raw) > LARGEST_FILE:
        raise ContentError(path, 1, "fichier trop gros (5 Mo au plus)")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        probably = "UTF-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "Windows-1252"
        told = f"le fichier n'est pas en UTF-8 (sans doute {probably}) : enregistre-le en « CSV UTF-8 »"
        raise ContentError(path, line, told) from error


def delimiter_of(text: str) -> str:
    """Return what stands between the columns, by the first line: a French spreadsheet writes « ; »."""
    first = text.partition("\n")[0]
    return ";" if first.count(";") > first.count(",") else ","


def written(structure: Structure) -> Row:
    """Return a structure as a row of our own columns, which `read` takes again."""
    told = {column: getattr(structure, column) for column in COLUMNS}
    told["is_seat"] = YES if structure.is_seat else NO
    return {column: "" if value is None else str(value) for column, value in told.items()}


def _structure(row: Row, ours: Callable[[Row], Row | None]) -> Structure | None:
    """Return the structure of a row, None for one to pass over. Raises ValueError with what is wrong, in French."""
    if None in row or None in row.values():
        raise ValueError("cette ligne n'a pas autant de valeurs que la première")
    told = {column: " ".join(value.split()) for column, value in row.items()}  # an address may take two lines
    for value in told.values():
        if _INVISIBLE.search(value):
            raise ValueError("il y a un signe invisible ou abîmé")
        if len(value) > LONGEST:
            raise ValueError(f"une valeur est trop longue ({LONGEST} caractères au plus)")
    translated = ours(told)
    return None if translated is None else _checked(translated)


def _checked(told: Row) -> Structure:
    for column, what in (("id", "l'identifiant"), ("name", "le nom"), ("departement", "le département")):
        if not told[column]:
            raise ValueError(f"il manque {what}")
    for column, value in told.items():
        if column not in _NUMBERS and _FORMULA.match(value):
            raise ValueError(
                f"{column} : une valeur ne commence pas par = + - ou @, un tableur la prendrait pour un calcul"
            )
    if len(told["name"]) > LONGEST_NAME:
        raise ValueError(f"le nom est trop long ({LONGEST_NAME} caractères au plus)")
    for column, known, what in (
        ("kind", re.compile("|".join(Kind)), "un genre de structure"),
        ("departement", _DEPARTEMENT, "un département"),
        ("insee", _INSEE, "un code INSEE"),
        ("postcode", re.compile(r"\d{5}"), "un code postal"),
        ("source_date", _DATE, "une date, comme 2026-11"),
        ("is_seat", re.compile(f"{YES}|{NO}"), f"{YES} ou {NO}"),
    ):
        value = told.get(column, "")
        if value and not known.fullmatch(value):
            raise ValueError(f"{column} : « {value[:40]} » n'est pas {what}")
    email = told["email"]
    values = {column: told.get(column, "") for column in COLUMNS if column not in ("kind", "is_seat", "lat", "lon")}
    for column in ("website", "booking_url"):  # « https://Facebook : … »: no reason to lose the phone number
        values[column] = values[column] if _ADDRESS.fullmatch(values[column]) else ""
    values |= {"phone": _phone(told["phone"], told["departement"]), "email": "" if mailbox_problem(email) else email}
    lat, lon = _degrees(told["lat"], 90), _degrees(told["lon"], 180)
    return Structure(**values, kind=Kind(told["kind"]), is_seat=told.get("is_seat") != NO, lat=lat, lon=lon)


def _phone(typed: str, departement: str) -> str:
    if not typed or _SHORT_NUMBER.fullmatch(typed):
        return typed
    try:
        found = reachable.read(typed, departement)
    except Unreadable as error:
        raise ValueError("ce numéro de téléphone n'existe pas") from error
    if not isinstance(found, reachable.Phone):
        raise ValueError("ce n'est pas un numéro de téléphone")  # noqa: TRY004 - what is wrong with the row
    if phonenumbers.number_type(phonenumbers.parse(found.number)) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        raise ValueError("ce numéro de téléphone est surtaxé")
    return found.number


def _degrees(typed: str, most: int) -> float | None:
    if not typed:
        return None
    try:
        found = float(typed.replace(",", "."))  # « 43,92585 », from a French spreadsheet
    except ValueError:
        found = float("nan")
    if not -most <= found <= most:
        raise ValueError("la latitude ou la longitude n'est pas un nombre de degrés")
    return found


def lines(structures: tuple[Structure, ...]) -> Iterator[Row]:
    """Yield rows in an order that does not depend on the list they come from."""
    yield from (written(one) for one in sorted(structures, key=lambda one: one.id))
