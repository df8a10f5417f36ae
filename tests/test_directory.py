"""Who helps near a place: the rule, its figures, and never a dead end. The towns are real, nobody else is."""

import csv
import random
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from bot import place_lists, structure_files
from bot.directory import EMPTY, MOST, NATIONAL, Directory, Door, How, Nearby, nearby, who_helps
from bot.places import Places, Town
from bot.spots import Spot, km_between
from bot.structures import Kind, Structure
from bot.territories import OTHER_DEPARTEMENT, lay_out, probable
from bot.unreadable import Unreadable
from tests.conftest import COMMUNES, ROOT

OURS = ROOT / "content" / "directory"
GOLDEN = ROOT / "tests" / "golden" / "missions_locales.csv"
LISTS = ("missions_locales", "habitat_jeunes", "adepape", "conseils_departementaux")
TODAY = date(2026, 11, 22)
SEED = 20261122
HOMES = (("foyer", ""), ("logis", "+33563000000"))


@pytest.fixture(scope="module")
def alone() -> Places:
    """A fresh install: the départements, and no list of communes."""
    return place_lists.load(OURS)


@pytest.fixture(scope="module")
def ours() -> Directory:
    """A fresh install: our own list."""
    return Directory(structure_files.read(OURS / "structures.csv").structures)


@pytest.fixture(scope="module")
def places(reference: Path) -> Places:
    return place_lists.load(OURS, reference / "directory" / "communes.csv")


@pytest.fixture(scope="module")
def whole(reference: Path, ours: Directory) -> Directory:
    """What an operator has who imported the open data."""
    rows = dict(ours.by_id)
    for name in LISTS:
        rows |= {one.id: one for one in structure_files.read(reference / "directory" / f"{name}.csv").structures}
    return Directory(tuple(rows.values()))


def helps(found: Nearby) -> bool:
    """Return whether there is a name, and a way to reach somebody."""
    return 0 < len(found.structures) <= MOST and any(one.name and one.has_contact for one in found.structures)


def found(places: Places, text: str) -> Town:
    town = places.find(text)
    assert isinstance(town, Town)
    return town


def structure(name: str, kind: Kind = Kind.MISSION_LOCALE, **known: object) -> Structure:
    values = {"departement": "81", "source": "essai", "source_date": "2026-11"} | known
    return Structure(name, kind, name, **values)  # type: ignore[arg-type]


# A fresh install


@pytest.mark.parametrize("kind", list(Kind))
def test_a_fresh_install_helps_in_every_departement(ours: Directory, alone: Places, kind: Kind) -> None:
    for code in alone.departements:
        for directory in (ours, EMPTY):
            assert helps(nearby(directory, alone, kind, Town("", None, code, None))), code


@pytest.mark.parametrize("kind", list(Kind))
def test_an_unknown_departement_leads_to_the_whole_country(ours: Directory, alone: Places, kind: Kind) -> None:
    near = nearby(ours, alone, kind, Town("", None, "988", None))
    assert (near.structures, near.how) == ((NATIONAL[kind],), How.NATIONAL)


def test_without_a_list_of_communes_a_postcode_of_our_list_is_enough(ours: Directory, alone: Places) -> None:
    near = nearby(ours, alone, Kind.MISSION_LOCALE, found(alone, "30100"))
    assert near.structures[0].town == "Alès"
    assert near.how == How.NEAREST


def test_without_any_place_those_of_the_departement_are_shown(ours: Directory, alone: Places) -> None:
    near = nearby(ours, alone, Kind.MISSION_LOCALE, Town("", None, "34", None))
    assert {one.departement for one in near.structures[:2]} == {"34"}
    assert near.how == How.SOMEWHERE


def test_without_any_place_those_that_can_be_reached_come_first(alone: Places) -> None:
    mute = structure("muette", organisation="81004", lat=43.9, lon=2.1)
    other = structure("autre", organisation="81099", phone="+33563000000", lat=43.9, lon=1.8)
    homes = [structure(name, Kind.HABITAT_JEUNES, departement="82", phone=phone) for name, phone in HOMES]
    known = Directory((mute, other, *homes))
    assert nearby(known, alone, Kind.MISSION_LOCALE, Town("", None, "81", None)).structures[0].id == "autre"
    assert nearby(known, alone, Kind.HABITAT_JEUNES, Town("", None, "82", None)).structures[0].id == "logis"


def test_without_any_place_the_one_mission_locale_is_sure_and_a_lone_residence_is_not(alone: Places) -> None:
    lone = structure("seule", organisation="81004", phone="+33563000000", lat=43.9, lon=2.1)
    home = structure("logis", Kind.HABITAT_JEUNES, phone="+33563000000")
    tarn = Town("", None, "81", None)
    assert nearby(Directory((lone,)), alone, Kind.MISSION_LOCALE, tarn).how == How.DEPARTEMENT
    assert nearby(Directory((home,)), alone, Kind.HABITAT_JEUNES, tarn).how == How.SOMEWHERE
    assert nearby(Directory((lone,)), alone, Kind.HABITAT_JEUNES, tarn).how == How.DEPARTEMENT


def test_without_any_place_nor_residence_two_missions_locales_are_shown_and_neither_is_the_probable_one(
    alone: Places,
) -> None:
    teams = [structure(name, organisation=name, phone="+33563000000", lat=43.9, lon=2.1) for name in ("81004", "81099")]
    near = nearby(Directory(tuple(teams)), alone, Kind.HABITAT_JEUNES, Town("", None, "81", None))
    assert (near.how, near.instead) == (How.SOMEWHERE, Kind.MISSION_LOCALE)
    assert [one.id for one in near.structures] == ["81004", "81099", NATIONAL[Kind.HABITAT_JEUNES].id]


def test_where_our_list_has_no_phone_the_whole_country_stands_beside(ours: Directory, alone: Places) -> None:
    near = nearby(ours, alone, Kind.MISSION_LOCALE, found(alone, "81000"))
    assert near.structures[0].name == "Mission Locale Tarn Nord"
    assert near.structures[-1] == NATIONAL[Kind.MISSION_LOCALE]


def test_a_button_finds_its_structure(ours: Directory) -> None:
    assert len(ours.by_code) == len(ours.structures)
    assert all(ours.by_code[one.code] == one for one in ours.structures)


# The rule, on few


def test_a_site_without_phone_is_shown_with_the_phone_of_its_seat() -> None:
    seat = structure("siège", organisation="81004", phone="+33563000000", website="https://e.org", lat=43.9, lon=2.1)
    site = structure("antenne", organisation="81004", is_seat=False, town="Gaillac", lat=43.9, lon=1.9)
    near = nearby(
        Directory((seat, site)), place_lists.load(OURS), Kind.MISSION_LOCALE, Town("Gaillac", None, "81", None)
    )
    [shown] = near.structures
    assert (shown.id, shown.phone, shown.website) == ("antenne", "+33563000000", "https://e.org")
    assert near.how == How.DEPARTEMENT


def test_a_lone_site_is_a_place_to_go_and_tells_no_territory() -> None:
    lone = structure("seule", lat=43.9, lon=2.1, town="Albi", phone="+33563000000")
    one = structure("une", organisation="81065", lat=43.6, lon=2.2)
    other = structure("autre", organisation="81099", lat=43.9, lon=1.8)
    atlas = lay_out((lone, one, other), place_lists.load(OURS))
    assert [team.code for team in probable(atlas, Spot(43.9, 2.1), "81")] == ["81099", "", "81065"]


def test_a_mission_locale_of_another_departement_must_be_much_nearer() -> None:
    here = Spot(44.0, 2.0)
    abroad = structure("là", organisation="82121", departement="82", lat=44.0, lon=2.05)
    for lat, first in ((44.2, "81004"), (44.9, "82121")):
        local = [structure(name, organisation=name, lat=lat, lon=2.0) for name in ("81004", "81005")]
        teams = probable(lay_out((abroad, *local), place_lists.load(OURS)), here, "81")
        assert teams[0].code == first
    assert OTHER_DEPARTEMENT > 20


def test_kilometres_are_those_of_a_map() -> None:
    assert km_between(Spot(43.6045, 1.4442), Spot(43.9284, 2.1480)) == pytest.approx(67.1, rel=0.01)  # Toulouse, Albi


def test_a_place_sent_from_a_phone_is_the_nearest_town() -> None:
    near = place_lists.load(OURS, COMMUNES)
    assert near.nearest_town(50.30, 2.80) == Town("Arras", "62000", "62", "62041")
    for lat, lon in ((0.0, 0.0), (48.0, -20.0), (91.0, 2.0), (float("nan"), 2.0), (float("inf"), 2.0)):
        assert near.nearest_town(lat, lon) is None
    assert place_lists.load(OURS).nearest_town(50.30, 2.80) is None


# Ages


@pytest.mark.parametrize(
    ("band", "month", "doors"),
    [
        ("15-17", None, [Door.MISSION_LOCALE, Door.UNDER_16]),
        ("18-20", None, [Door.MISSION_LOCALE]),
        ("21+", None, [Door.MISSION_LOCALE, Door.FROM_26]),
        (None, None, [Door.MISSION_LOCALE]),
        ("15-17", date(2010, 12, 1), [Door.UNDER_16]),
        ("15-17", date(2010, 11, 1), [Door.MISSION_LOCALE, Door.UNDER_16]),
        ("15-17", date(2010, 10, 1), [Door.MISSION_LOCALE]),
        ("21+", date(2000, 12, 1), [Door.MISSION_LOCALE]),
        ("21+", date(2000, 11, 1), [Door.MISSION_LOCALE, Door.FROM_26]),
        ("21+", date(2000, 10, 1), [Door.FROM_26]),
    ],
)
def test_each_age_has_its_door(band: str | None, month: date | None, doors: list[Door]) -> None:
    assert list(who_helps(band, month, TODAY)) == doors


def test_a_disability_opens_the_mission_locale_until_thirty() -> None:
    assert who_helps("21+", date(1996, 12, 1), TODAY, handicap=True) == (Door.MISSION_LOCALE,)
    assert who_helps("21+", date(1996, 10, 1), TODAY, handicap=True) == (Door.FROM_26,)


# With the open data


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("kind", list(Kind))
def test_every_commune_gets_a_name_and_a_way_to_reach_someone(places: Places, whole: Directory, kind: Kind) -> None:
    assert len(places.by_insee) > 34_000
    assert [town.name for town in places.by_insee.values() if not helps(nearby(whole, places, kind, town))] == []


@pytest.mark.shared
@pytest.mark.parametrize("number", [*range(1, 21)])
def test_every_arrondissement_of_paris_is_somewhere(places: Places, whole: Directory, number: int) -> None:
    near = nearby(whole, places, Kind.HABITAT_JEUNES, found(places, f"paris {number}"))
    assert near.instead is None
    assert near.structures[0].departement in ("75", "92", "93", "94")


def unknown_names() -> Iterator[str]:
    print(f"seed {SEED}")
    letters = random.Random(SEED)  # noqa: S311 - names, not secrets
    for _ in range(50):
        yield "".join(letters.choices("bcdfgjklmpqrstvwxz", k=letters.randint(7, 14)))


@pytest.mark.shared
def test_fifty_unknown_names_get_the_whole_country(places: Places, whole: Directory) -> None:
    for name in unknown_names():
        with pytest.raises(Unreadable):
            places.find(name)
        for kind in Kind:  # what is left to those whose town nobody knows
            assert helps(nearby(whole, places, kind, Town("", None, "", None)))


# The towns that name the nine territories without Habitat Jeunes, or lie in them (URHAJ Occitanie, 2023).
WITHOUT_HOMES = {
    "Lozère": ("48095", "Mende", "48000"),
    "Alès": ("30007", "Alès", "30100"),
    "Gard Rhodanien-Uzège, Bagnols": ("30028", "Bagnols-sur-Cèze", "30200"),
    "Gard Rhodanien-Uzège, Uzès": ("30028", "Uzès", "30700"),
    "Rhône Argence": ("30032", "Beaucaire", "30300"),
    "Petite Camargue": ("30341", "Vauvert", "30600"),
    "Petite Camargue Héraultaise": ("34145", "Lunel", "34400"),
    "Garrigue et Cévennes, Saint-Mathieu": ("34276", "Saint-Mathieu-de-Tréviers", "34270"),
    "Garrigue et Cévennes, Ganges": ("34276", "Ganges", "34190"),
    "Cœur d'Hérault, Lodève": ("34142", "Lodève", "34700"),
    "Cœur d'Hérault, Clermont": ("34142", "Clermont-l'Hérault", "34800"),
    "Centre Hérault, Pézenas": ("34199", "Pézenas", "34120"),
    "Centre Hérault, Agde": ("34199", "Agde", "34300"),
    "Centre Hérault, Bédarieux": ("34199", "Bédarieux", "34600"),
}


def mission_locale_first(near: Nearby, code: str) -> None:
    first, *others = near.structures
    assert near.instead == Kind.MISSION_LOCALE
    assert first.organisation == code
    assert {one.kind for one in others} == {Kind.HABITAT_JEUNES}
    assert others[-1] == NATIONAL[Kind.HABITAT_JEUNES]


@pytest.mark.shared
@pytest.mark.parametrize(("code", "town", "postcode"), WITHOUT_HOMES.values(), ids=WITHOUT_HOMES)
def test_where_there_is_no_habitat_jeunes_the_mission_locale_comes_first(
    places: Places, whole: Directory, code: str, town: str, postcode: str
) -> None:
    near = nearby(whole, places, Kind.HABITAT_JEUNES, found(places, f"{postcode} {town}"))
    mission_locale_first(near, code)
    assert near.structures[0].phone


@pytest.mark.parametrize(("code", "postcode"), [(code, postcode) for code, _, postcode in WITHOUT_HOMES.values()])
def test_a_fresh_install_knows_those_territories_too(ours: Directory, alone: Places, code: str, postcode: str) -> None:
    mission_locale_first(nearby(ours, alone, Kind.HABITAT_JEUNES, found(alone, postcode)), code)


@pytest.mark.shared
@pytest.mark.parametrize("town", ["Nîmes", "Montpellier", "Béziers", "Sète", "Toulouse", "Albi", "Rodez"])
def test_where_there_is_one_it_is_shown(places: Places, whole: Directory, town: str) -> None:
    near = nearby(whole, places, Kind.HABITAT_JEUNES, found(places, town))
    assert near.instead is None
    assert near.structures[0].town == town


def golden() -> list[list[str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        source, columns, *rows = csv.reader(file)
    assert source[0].startswith("# UNML")
    assert columns == ["insee", "code_ml"]
    return rows


def reached(places: Places, whole: Directory, rows: list[list[str]]) -> tuple[float, float]:
    """Return the share of communes, and of people, whose Mission Locale comes first."""
    people = {row["insee"]: int(row["population"] or 0) for row in communes_of(places)}
    right = [
        (insee, nearby(whole, places, Kind.MISSION_LOCALE, places.by_insee[insee]).structures[0].organisation == code)
        for insee, code in rows
    ]
    everybody = sum(people[insee] for insee, _ in right)
    return sum(is_right for _, is_right in right) / len(right), sum(
        people[insee] for insee, is_right in right if is_right
    ) / everybody


def communes_of(places: Places) -> Iterator[dict[str, str]]:
    with (ROOT.parent / "shared" / "directory" / "communes.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@pytest.mark.shared
def test_the_official_zones_are_reached_as_often_as_was_measured(places: Places, whole: Directory) -> None:
    """The extract that gave 92 % of the communes and 98 % of the people, and 350 communes that nobody had measured."""
    measured = [row for row in golden() if "57581" <= row[0] <= "57715"]
    communes, people = reached(places, whole, measured)
    assert len(measured) == 128
    assert communes >= 0.92
    assert people >= 0.98
    communes, people = reached(places, whole, golden())
    assert communes >= 0.84
    assert people >= 0.93


@pytest.mark.shared
def test_where_a_departement_has_one_mission_locale_it_is_that_one(places: Places, whole: Directory) -> None:
    near = [
        nearby(whole, places, Kind.MISSION_LOCALE, town)
        for town in places.by_insee.values()
        if town.departement == "32"
    ]
    assert {(one.structures[0].organisation, one.how) for one in near} == {("32013", How.DEPARTEMENT)}
