"""Read the lists that places are looked up in: the départements, ours, and the communes, if an operator has them."""

import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from zoneinfo import available_timezones

from bot.places import CITIES, LARGE, Departement, Places, Town, district, key_of, name_key, split_words
from bot.spots import Spot
from bot.yaml_files import ContentError, read_text

_CHECKED = ("insee", "type", "codes_postaux", "dep", "population")
_COMMUNE = re.compile(
    r"(?:\d{5}|2[AB]\d{3}),(?:COM|COM-OM|COMA|COMD|ARM),(?:\d{5}(?:\|\d{5})*)?,(?:\d\d|2[AB]|9\d\d),\d*"
)


def load(folder: Path, communes: Path | None = None) -> Places:
    """Read departements.csv in `folder` and, if it is there, a list of communes. Raises ContentError."""
    departements = {one.code: one for one in _departements(folder / "departements.csv")}
    names = {name_key(split_words(one.name)): one.code for one in departements.values()} | {"corse": "20"}
    places = Places(departements, names, by_postcode={"75116": [district("paris", 16)]})
    for city, (beginning, _, districts) in CITIES.items():
        for number in range(1, districts + 1):
            places.by_postcode[f"{beginning}{number:02}"] = [district(city, number)]
    if communes and communes.exists():
        _add_communes(places, communes)
    return places


def _departements(path: Path) -> Iterator[Departement]:
    rows = csv.reader(io.StringIO(read_text(path)), strict=True)
    zones = available_timezones()
    seen: set[str] = set()
    try:
        for row in rows:
            if rows.line_num == 1 and row != ["code", "name", "region", "zone"]:
                raise ContentError(path, 1, "on attend les colonnes code,name,region,zone")
            if len(row) != 4 or not all(cell and cell == cell.strip() for cell in row):
                raise ContentError(path, rows.line_num, "on attend quatre valeurs : code,name,region,zone")
            if rows.line_num == 1:
                continue
            if not re.fullmatch(r"\d\d|2[AB]|97\d", row[0]) or row[0] in seen:
                raise ContentError(path, rows.line_num, f"« {row[0]} » n'est pas un code, ou il est écrit deux fois")
            if row[3] not in zones:
                raise ContentError(path, rows.line_num, f"« {row[3]} » n'est pas un fuseau horaire")
            seen.add(row[0])
            yield Departement(*row)
    except csv.Error as error:
        raise ContentError(path, rows.line_num, "les guillemets ne sont pas fermés") from error


def _add_communes(places: Places, path: Path) -> None:
    rows = sorted(_communes(path), key=lambda row: -int(row["population"] or 0))
    districts = set(places.by_postcode)
    parents = {row["insee"]: row for row in rows if row["type"].startswith("COM")}
    for row in rows:
        former = row["type"] in ("COMA", "COMD")
        if not former and (spot := _spot(row)):
            places.spots[row["insee"]] = spot
        if row["type"] == "ARM" or (former and row["insee_parent"] not in parents):
            continue  # arrondissements are known without a list
        parent = parents[row["insee_parent"]] if former else row
        codes = (row["codes_postaux"] or parent["codes_postaux"]).split("|")
        town = Town(row["nom"], codes[0] or None if len(codes) == 1 else None, row["dep"], parent["insee"])
        namesakes = places.by_name.setdefault(key_of(town.name), [])
        if former and any(other.insee == town.insee for other in namesakes):
            continue
        namesakes.append(town)
        if former:
            continue
        places.by_insee[row["insee"]] = town
        for code in codes:
            if code and code not in districts:
                places.by_postcode.setdefault(code, []).append(replace(town, postcode=code))
        if int(row["population"] or 0) >= LARGE:
            places.large[key_of(town.name)] = namesakes
    for row in rows:  # « Havre », unless it is a name too
        if found := re.match(r"(?:L'|L[ae] |Les )", row["nom"]):
            places.by_name.setdefault(key_of(row["nom"][found.end() :]), places.by_name[key_of(row["nom"])])


def _spot(row: dict[str, str]) -> Spot | None:
    """Return where a commune is, if the list tells: these three columns are optional."""
    try:
        lat, lon = float(row.get("lat") or "nan"), float(row.get("lon") or "nan")
    except ValueError:
        return None
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):  # nor not-a-number
        return None
    return Spot(lat, lon, sys.intern(row.get("zone_emploi_2020") or ""))


def _communes(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file, strict=True)
        try:
            if missing := {*_CHECKED, "nom", "insee_parent"} - set(rows.fieldnames or ()):
                raise ContentError(path, 1, f"il manque les colonnes {', '.join(sorted(missing))}")
            for row in rows:
                told = ",".join(row[column] or "" for column in _CHECKED)
                if None in row or None in row.values() or not row["nom"] or not _COMMUNE.fullmatch(told):
                    raise ContentError(path, rows.line_num, "cette ligne n'est pas celle d'une commune")
                yield row
        except (csv.Error, UnicodeDecodeError) as error:
            raise ContentError(path, rows.line_num + 1, "le fichier n'est pas un CSV en UTF-8") from error
