"""Départements and towns as they are typed, with a small list of communes (real names, invented people) and without."""

import csv
import shutil
from contextlib import suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.place_lists import load
from bot.places import MOST_TOWNS, Places, Town
from bot.unreadable import Problem, Unreadable
from bot.yaml_files import ContentError
from tests.conftest import ROOT

DIRECTORY = ROOT / "content" / "directory"
COMMUNES = """\
insee,type,nom,codes_postaux,dep,region,population,insee_parent
31555,COM,Toulouse,31000|31100|31200,31,76,5000,
31069,COM,Blagnac,31700,31,76,3000,
31044,COM,Balma,31130,31,76,2500,
42218,COM,Saint-Étienne,42000|42100,42,84,4000,
75056,COM,Paris,75000|75001|75020|75116,75,11,9000,
75120,ARM,Paris 20e Arrondissement,75020,75,11,900,75056
13055,COM,Marseille,13000|13001|13013,13,93,8000,
93066,COM,Saint-Denis,93200|93210,93,11,3500,
97411,COM,Saint-Denis,97400|97404,974,04,3600,
11339,COM,Saint-Denis,11310,11,76,20,
30247,COM,Saint-Denis,30500,30,76,10,
97415,COM,Saint-Paul,97411|97460,974,04,2600,
2A004,COM,Ajaccio,20000|20090,2A,94,2700,
76351,COM,Le Havre,76600,76,28,4100,
80146,COM,Brutelles,80230,80,32,30,
01262,COM,Montluel,01120,01,84,100,
01120,COMA,Cordieux,01120,01,84,,01262
49069,COM,Orée d'Anjou,49270,49,52,200,
49040,COMD,Bouzillé,,49,52,,49069
97701,COM-OM,Saint-Barthélemy,97133,977,,90,
""" + "".join(f"5100{number},COM,Village-{letter},51300,51,44,{number},\n" for number, letter in enumerate("abcdefghi"))


@pytest.fixture(scope="module")
def alone() -> Places:
    return load(DIRECTORY)


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    path = tmp_path_factory.mktemp("communes") / "communes.csv"
    path.write_text(COMMUNES, encoding="utf-8")
    return load(DIRECTORY, path)


def insees(found: Town | tuple[Town, ...]) -> list[str | None]:
    return [town.insee for town in found] if isinstance(found, tuple) else [found.insee]


def problem_of(places: Places, text: str) -> Problem:
    with pytest.raises(Unreadable) as refused:
        places.find(text)
    assert str(refused.value) == refused.value.problem.value
    return refused.value.problem


def test_there_are_101_departements_in_18_regions(alone: Places) -> None:
    assert len(alone.departements) == 101
    assert len({one.region for one in alone.departements.values()}) == 18
    assert all(ZoneInfo(one.zone) for one in alone.departements.values())
    assert alone.departements["974"].zone == "Indian/Reunion"
    assert [
        code for code, one in alone.departements.items() if one.zone != "Europe/Paris"
    ] == "971 972 973 974 976".split()  # noqa: SIM905


@pytest.mark.parametrize(
    ("code", "texts"),
    [
        (
            "31",
            "31|le 31|Haute Garonne|haute-garonne (31)|31000|31 000|haute garone|٣١|j'habite dans le 31|HAUTE-GARONNE",
        ),
        ("01", "1|01|l'Ain|01000|dept 1"),
        ("2A", "2a|dept 2A|2 A|Corse-du-Sud|20000|20137|2A004"),
        ("2B", "2B|haute corse|20200|20600"),
        ("93", "93|le 9-3|Seine-Saint-Denis|seine st denis|93200"),
        ("974", "974|la réunion|Réunion|île de la Réunion|97411|97400"),
        ("21", "Côte-d'Or|cote d or|21"),
        ("95", "val d'oise|95"),
        ("42", "Loire|la loire|42"),
        ("45", "Loiret|45"),
        ("75", "Paris|75020"),
        ("976", "Mayotte|mayote|97600"),
    ],
)
def test_a_departement_is_known_by_code_name_or_postcode(alone: Places, code: str, texts: str) -> None:
    assert {text: alone.departement(text) for text in texts.split("|")} == dict.fromkeys(texts.split("|"), code)


def test_every_departement_is_known_by_its_own_name_and_code(alone: Places) -> None:
    for code, one in alone.departements.items():
        assert {alone.departement(text) for text in (code, one.name, one.name.upper(), f"{one.name} ({code})")} == {
            code
        }


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.EMPTY),
        (" \u200b🙂", Problem.EMPTY),
        ("20", Problem.CORSICA_2A_OR_2B),
        ("la Corse", Problem.CORSICA_2A_OR_2B),
        ("96", Problem.DEPARTEMENT_UNKNOWN),
        ("99000", Problem.DEPARTEMENT_UNKNOWN),
        ("00", Problem.DEPARTEMENT_UNKNOWN),
        ("31 ou 32", Problem.DEPARTEMENT_UNKNOWN),
        ("Gers (31)", Problem.DEPARTEMENT_UNKNOWN),
        ("Bavière", Problem.DEPARTEMENT_UNKNOWN),
        ("31" * 2000, Problem.DEPARTEMENT_UNKNOWN),
    ],
)
def test_an_unknown_departement_says_why(alone: Places, text: str, problem: Problem) -> None:
    with pytest.raises(Unreadable) as refused:
        alone.departement(text)
    assert refused.value.problem is problem


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("31000", Town("Toulouse", "31000", "31", "31555")),
        ("31000 Toulouse", Town("Toulouse", "31000", "31", "31555")),
        ("٣١٠٠٠", Town("Toulouse", "31000", "31", "31555")),
        ("Toulouse", Town("Toulouse", None, "31", "31555")),
        ("toulouse 31", Town("Toulouse", None, "31", "31555")),
        ("toulouse haute garonne", Town("Toulouse", None, "31", "31555")),
        ("Toulouse CEDEX 9", Town("Toulouse", None, "31", "31555")),
        ("toulouze", Town("Toulouse", None, "31", "31555")),
        ("31000 toulouze", Town("Toulouse", "31000", "31", "31555")),
        ("31062 Toulouse Cedex 9", Town("Toulouse", "31062", "31", "31555")),
        ("31062 CEDEX", Town("", "31062", "31", None)),
        ("31000 Blagnac", Town("Blagnac", "31700", "31", "31069")),
        ("31000 Mirail", Town("Toulouse", "31000", "31", "31555")),
        ("Toulouse 32", Town("Toulouse", None, "31", "31555")),
        ("St-Étienne", Town("Saint-Étienne", None, "42", "42218")),
        ("saint etienne", Town("Saint-Étienne", None, "42", "42218")),
        ("à saint étienne", Town("Saint-Étienne", None, "42", "42218")),
        ("paris 20", Town("Paris 20e", "75020", "75", "75120")),
        ("Paris 20e Arrondissement", Town("Paris 20e", "75020", "75", "75120")),
        ("75020 Paris", Town("Paris 20e", "75020", "75", "75120")),
        ("75116", Town("Paris 16e", "75016", "75", "75116")),
        ("lyon 3e", Town("Lyon 3e", "69003", "69", "69383")),
        ("marseille 13e", Town("Marseille 13e", "13013", "13", "13213")),
        ("Marseille 1er", Town("Marseille 1er", "13001", "13", "13201")),
        ("paris", Town("Paris", None, "75", "75056")),
        ("Paris 75", Town("Paris", None, "75", "75056")),
        ("Saint-Denis 93", Town("Saint-Denis", None, "93", "93066")),
        ("Saint Denis (la Réunion)", Town("Saint-Denis", None, "974", "97411")),
        ("saint denis seine saint denis", Town("Saint-Denis", None, "93", "93066")),
        ("97411", Town("Saint-Paul", "97411", "974", "97415")),
        ("2A004", Town("Ajaccio", None, "2A", "2A004")),
        ("20090 Ajaccio", Town("Ajaccio", "20090", "2A", "2A004")),
        ("havre", Town("Le Havre", "76600", "76", "76351")),
        ("Cordieux", Town("Cordieux", "01120", "01", "01262")),
        ("01120 Cordieux", Town("Cordieux", "01120", "01", "01262")),
        ("Bouzillé 49", Town("Bouzillé", "49270", "49", "49069")),
        ("97133", Town("Saint-Barthélemy", "97133", "977", "97701")),
        ("51300", Town("", "51300", "51", None)),
        ("51300 village i", Town("Village-i", "51300", "51", "51008")),
    ],
)
def test_a_town_is_found(places: Places, text: str, town: Town) -> None:
    assert places.find(text) == town


def test_namesakes_are_all_offered_those_with_most_people_first(places: Places) -> None:
    assert insees(places.find("Saint-Denis")) == ["97411", "93066", "11339", "30247"]


def test_marseille_13_is_the_town_or_its_district(places: Places) -> None:
    assert insees(places.find("marseille 13")) == ["13055", "13213"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.EMPTY),
        ("🙂", Problem.EMPTY),
        ("Bruxelles", Problem.TOWN_UNKNOWN),
        ("Dakar", Problem.TOWN_UNKNOWN),
        ("2A999", Problem.TOWN_UNKNOWN),
        ("31000 33000", Problem.TOWN_UNKNOWN),
        ("a" * 4000, Problem.TOWN_UNKNOWN),
        ("00123", Problem.POSTCODE_UNKNOWN),
        ("99000", Problem.POSTCODE_UNKNOWN),
        ("20300", Problem.POSTCODE_UNKNOWN),
    ],
)
def test_an_unknown_town_says_why(places: Places, text: str, problem: Problem) -> None:
    assert problem_of(places, text) is problem


@pytest.mark.parametrize(
    ("text", "town"),
    [
        ("31000", Town("", "31000", "31", None)),
        ("31000 toulouse", Town("", "31000", "31", None)),
        ("enceinte, dehors, 31000", Town("", "31000", "31", None)),
        ("paris 20", Town("Paris 20e", "75020", "75", "75120")),
        ("69003", Town("Lyon 3e", "69003", "69", "69383")),
        ("97411", Town("", "97411", "974", None)),
        ("2A004", Town("", None, "2A", "2A004")),
    ],
)
def test_without_communes_a_postcode_is_enough_and_nothing_else_is_kept(alone: Places, text: str, town: Town) -> None:
    assert alone.find(text) == town


def test_without_communes_a_name_is_not_enough(alone: Places) -> None:
    assert problem_of(alone, "Toulouse") is Problem.TOWN_WITHOUT_POSTCODE
    assert problem_of(alone, "99000 Toulouse") is Problem.POSTCODE_UNKNOWN
    assert load(DIRECTORY, Path("nowhere.csv")) == alone


PIECES = st.sampled_from(
    [
        "31000",
        "31",
        "2A",
        "2A004",
        "20",
        "paris",
        "saint-denis",
        "toulouze",
        "cedex",
        "9",
        "(",
        "é",
        "٣",
        "\ud800",
        "st",
        "la",
        "réunion",
        "75020",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join)))
def test_any_text_is_read_or_refused(places: Places, alone: Places, text: str) -> None:
    for known in (places, alone):
        with suppress(Unreadable):
            assert known.departement(text) in known.departements
        try:
            found = known.find(text)
        except Unreadable:
            continue
        assert not isinstance(found, tuple) or 2 <= len(found) <= MOST_TOWNS


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (1, "code,nom,region,zone"),
        (2, "01,Ain,Auvergne-Rhône-Alpes"),
        (2, "01,Ain,,Europe/Paris"),
        (2, "1,Ain,Auvergne-Rhône-Alpes,Europe/Paris"),
        (3, "01,Aisne,Hauts-de-France,Europe/Paris"),
        (2, "01,Ain,Auvergne-Rhône-Alpes,Europe/Lyon"),
    ],
)
def test_a_wrong_line_of_the_departements_is_told(tmp_path: Path, line: int, written: str) -> None:
    path = Path(shutil.copy(DIRECTORY / "departements.csv", tmp_path))
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[line - 1] = written
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"departements\.csv:{line}: "):
        load(tmp_path)


@pytest.mark.parametrize(
    ("line", "written"),
    [
        (1, "insee,type,nom,codes_postaux,dep,region,insee_parent"),
        (2, "31555,COM,Toulouse,31000"),
        (2, "31555,COM,,31000,31,76,5000,"),
        (2, "31555,COM,Toulouse,31000;31100,31,76,5000,"),
        (2, "31555,TOWN,Toulouse,31000,31,76,5000,"),
        (2, "31555,COM,Toulouse,31000,31,76,many,"),
    ],
)
def test_a_wrong_line_of_the_communes_is_told(tmp_path: Path, line: int, written: str) -> None:
    lines = COMMUNES.splitlines()
    lines[line - 1] = written
    path = tmp_path / "communes.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ContentError, match=rf"communes\.csv:{line}: "):
        load(DIRECTORY, path)


@pytest.mark.shared
@pytest.mark.slow
def test_every_commune_of_france_is_found_by_its_name_and_departement(reference: Path) -> None:
    communes = reference / "directory" / "communes.csv"
    france = load(DIRECTORY, communes)
    missed = []
    with communes.open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows):
            if row["type"] in ("COM", "COMA", "COMD"):
                expected = row["insee_parent"] if row["type"] != "COM" else row["insee"]
                if expected not in insees(france.find(f"{row['nom']} {row['dep']}")):
                    missed.append((row["nom"], row["dep"]))
    assert missed == []


@pytest.mark.shared
def test_towns_abroad_are_not_taken_for_french_ones(reference: Path) -> None:
    france = load(DIRECTORY, reference / "directory" / "communes.csv")
    abroad = (
        "Bruxelles Dakar Londres Casablanca Barcelone Conakry Abidjan Bamako Kaboul Kinshasa Tunis Alger Berlin Anvers"
    )
    for town in abroad.split():
        assert problem_of(france, town) is Problem.TOWN_UNKNOWN
