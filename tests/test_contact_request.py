"""Whom somebody looks for and where, as it is typed: with a small list of communes, and with every commune."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.contact_places import Place, answer, departement, payload, pressed
from bot.contact_request import kind_for, read
from bot.library import Library
from bot.place_lists import load
from bot.places import Places, Town
from bot.structures import Kind
from bot.unreadable import Problem, Unreadable
from tests.conftest import ROOT

DIRECTORY = ROOT / "content" / "directory"
COMMUNES = """\
insee,type,nom,codes_postaux,dep,region,population,insee_parent
31555,COM,Toulouse,31000|31100|31200,31,76,500000,
81004,COM,Albi,81000,81,76,49000,
54395,COM,Nancy,54000|54100,54,44,104000,
21231,COM,Dijon,21000,21,27,160000,
35238,COM,Rennes,35000|35200,35,53,220000,
18033,COM,Bourges,18000,18,24,64000,
60057,COM,Beauvais,60000,60,32,56000,
59350,COM,Lille,59000|59800,59,32,234000,
59172,COM,Denain,59220,59,32,20000,
62041,COM,Arras,62000,62,32,42000,
62193,COM,Calais,62100,62,32,67000,
76351,COM,Le Havre,76600,76,28,170000,
17300,COM,La Rochelle,17000,17,75,77000,
95018,COM,Argenteuil,95100,95,11,110000,
67482,COM,Strasbourg,67000,67,44,290000,
13055,COM,Marseille,13001|13013,13,93,870000,
75056,COM,Paris,75001|75018,75,11,2100000,
69123,COM,Lyon,69001|69007,69,84,520000,
44109,COM,Nantes,44000,44,52,320000,
38544,COM,Vienne,38200,38,84,31000,
47222,COM,La Réunion,47700,47,75,500,
53177,COM,Le Pas,53300,53,52,500,
08426,COM,Son,08300,08,44,90,
97411,COM,Saint-Denis,97400|97490,974,04,150000,
93066,COM,Saint-Denis,93200|93210,93,11,110000,
11339,COM,Saint-Denis,11310,11,76,400,
"""
ML, HJ, ADEPAPE, CD = Kind.MISSION_LOCALE, Kind.HABITAT_JEUNES, Kind.ADEPAPE, Kind.DEPARTEMENT
ASKED = [  # what is typed, who is looked for, and where: the name of a town or the code of a département
    ("adresse mission locale toulouse", ML, "Toulouse"),
    ("Adresse de la Mission Locale de Toulouse ?", ML, "Toulouse"),
    ("foyer jeunes travailleurs à albi 81000", HJ, "Albi"),
    ("numéro de l'ase du 62", CD, "62"),
    ("c ou la mission local a toulouze", ML, "Toulouse"),
    ("MISSION LOCALE TOULOUSE", ML, "Toulouse"),
    ("mission locale 31200", ML, "Toulouse"),
    ("num de la ML stp", ML, None),
    ("num de la ML de nancy stp", ML, "Nancy"),
    ("le tel de la milo à Dijon svp", ML, "Dijon"),
    ("mision locale lille telephone", ML, "Lille"),
    ("missions locales dans le Nord", ML, "59"),
    ("la mission locale la plus proche", ML, None),
    ("à quelle heure ouvre la mission locale demain ?", ML, None),
    ("mission locale du havre", ML, "Le Havre"),
    ("mission locale au havre", ML, "Le Havre"),
    ("mission locale à la rochelle", ML, "La Rochelle"),
    ("mission locale La Rochelle adresse", ML, "La Rochelle"),
    ("mission locale paris 18", ML, "Paris 18e"),
    ("mission locale Marseille 13e", ML, "Marseille 13e"),
    ("mission locale lyon 7", ML, "Lyon 7e"),
    ("mission locale 75018", ML, "Paris 18e"),
    ("mission locale dans le 77", ML, "77"),
    ("je suis sorti de l'ase, adresse mission locale nantes", ML, "Nantes"),
    ("j'étais en foyer à Bourges, mission locale de Rennes ?", ML, "Rennes"),
    ("sur son répondeur ils disent d'appeler la mission locale de Calais", ML, "Calais"),
    ("la mission locale mais il a pas donné l'adresse, j'habite à Rennes", ML, "Rennes"),
    ("contact mission locale st denis 93", ML, "Saint-Denis"),
    ("mission locale de Saint-Denis 97400", ML, "Saint-Denis"),
    ("mission locale de l'Oise", ML, "60"),
    ("mission locale en Gironde", ML, "33"),
    ("mission locale à la Réunion", ML, "974"),
    ("mission locale à Mayotte", ML, "976"),
    ("fjt nancy", HJ, "Nancy"),
    ("F.J.T. à Nancy", HJ, "Nancy"),
    ("numero dun FJT a dijon", HJ, "Dijon"),
    ("habitat jeunes de Toulouse", HJ, "Toulouse"),
    ("habitat jeune albi", HJ, "Albi"),
    ("foyer de jeunes travailleurs à Rennes adresse", HJ, "Rennes"),
    ("foyer jeune travailleur 44000", HJ, "Nantes"),
    ("une copine cherche le foyer pour jeunes de Beauvais", HJ, "Beauvais"),
    ("adresse d'un foyer à Lille", HJ, "Lille"),
    ("résidence jeunes actifs argenteuil", HJ, "Argenteuil"),
    ("carte des foyers de jeunes travailleurs", HJ, None),
    ("adepape du 13 téléphone", ADEPAPE, "13"),
    ("l'adresse de l'adepape du Val-de-Marne", ADEPAPE, "94"),
    ("adepap 31", ADEPAPE, "31"),
    ("comment joindre l'association des anciens placés à Strasbourg", ADEPAPE, "Strasbourg"),
    ("les anciens de l'ASE à Toulouse", ADEPAPE, "Toulouse"),
    ("asso des anciens de l'aide sociale à l'enfance Calais", ADEPAPE, "Calais"),
    ("c koi le telephone de lase du 95", CD, "95"),
    ("le standard de l'aide sociale à l'enfance du Rhône", CD, "69"),
    ("numéro ase pas-de-calais", CD, "62"),
    ("ase 2A", CD, "2A"),
    ("conseil départemental de la Vienne", CD, "86"),
    ("conseil départemental de l'Oise", CD, "60"),
    ("contact service jeunes majeurs du département", CD, None),
    ("ASE de la Haute-Garonne", CD, "31"),
    ("je suis à Toulouse", None, "Toulouse"),
    ("moi c beauvais", None, "Beauvais"),
    ("mon petit frere habite a Beauvais il doit appeler ki", None, "Beauvais"),
    ("59000", None, "Lille"),
    ("dans le 77", None, "77"),
    ("dis moi où aller exactement, quelle rue, quel bâtiment", None, None),
    ("mon rdv est le 18 à 14 h", None, None),
    ("jsui sorti du foyer de nancy, c'est fini le 18 mars", None, "Nancy"),
]


PIECES = ["à", "du", "de la", "dans le", "le", "31", "2A", "corse", "paris", "18", "albi", "mission locale", "#", "|"]
PIECES += ["ase", "adresse", "pas de calais", "75020", "saint", "denis", "la réunion", "fjt", "🙂", "\u202e", "cedex"]


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Places:
    path = tmp_path_factory.mktemp("communes") / "communes.csv"
    path.write_text(COMMUNES, encoding="utf-8")
    return load(DIRECTORY, path)


@pytest.fixture(scope="module")
def everywhere(reference: Path) -> Places:
    return load(DIRECTORY, reference / "directory" / "communes.csv")


def told(place: Place | None) -> str | None:
    """Return the name of a place, the most people first, else the code of a département."""
    if place is None:
        return None
    first = place if isinstance(place, Town) else place[0]
    return first.name or first.departement


@pytest.mark.parametrize(("text", "kind", "where"), ASKED)
def test_whom_and_where(places: Places, text: str, kind: Kind | None, where: str | None) -> None:
    request = read(text, places)
    assert (request.kind, told(request.place)) == (kind, where)


@pytest.mark.shared
@pytest.mark.parametrize(("text", "kind", "where"), ASKED)
def test_whom_and_where_among_every_commune(
    everywhere: Places, text: str, kind: Kind | None, where: str | None
) -> None:
    request = read(text, everywhere)
    assert (request.kind, told(request.place)) == (kind, where)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("num de la CAF de Lille", "caf"),
        ("le numéro de la MDPH svp", "mdph"),
        ("où se trouve la maison des adolescents à Nancy", "ecoute_jeunes"),
        ("adresse du planning familial", "sante_sexuelle"),
        ("ou est le ccas de mon quartier", "assistante_sociale"),
        ("pole emploi toulouse", "france_travail"),
        ("mission locale ou pole emploi toulouse", None),
    ],
)
def test_somebody_of_whom_there_is_no_list(places: Places, library: Library, text: str, other: str | None) -> None:
    assert read(text, places).other == other
    assert other is None or other in library.contacts["fr"]


def test_two_places_told_are_both_returned(places: Places) -> None:
    place = read("je viens d'arriver à Rennes, avant j'étais à Bourges, la mission locale ?", places).place
    assert isinstance(place, tuple)
    assert [town.name for town in place] == ["Rennes", "Bourges"]


def test_a_postcode_tells_one_town_from_its_namesakes(places: Places) -> None:
    place = read("mission locale de Saint-Denis 97400", places).place
    assert isinstance(place, Town)
    assert place.departement == "974"


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ("Toulouse", ["Toulouse"]),
        ("31", ["31"]),
        ("haute garonne", ["31"]),
        ("le 93", ["93"]),
        ("je suis sur albi en ce moment", ["Albi"]),
        ("La Réunion", ["974"]),
        ("Vienne", ["Vienne", "86"]),
        ("saint denis", ["Saint-Denis", "Saint-Denis", "Saint-Denis"]),
        ("31062 Toulouse cedex 9", ["Toulouse"]),
    ],
)
def test_the_answer_to_where_may_be_a_town_or_a_departement(places: Places, typed: str, where: list[str]) -> None:
    found = answer(typed, places)
    assert [told(place) for place in (found if isinstance(found, tuple) else (found,))] == where


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        ("🙂", Problem.EMPTY),
        ("Narnia", Problem.TOWN_UNKNOWN),
        ("00000", Problem.POSTCODE_UNKNOWN),
        ("corse", Problem.CORSICA_2A_OR_2B),
        ("x" * 500, Problem.TOWN_UNKNOWN),
    ],
)
def test_what_is_no_place_is_told_why(places: Places, typed: str, problem: Problem) -> None:
    with pytest.raises(Unreadable) as raised:
        answer(typed, places)
    assert raised.value.problem == problem


def test_without_a_list_of_communes_departements_and_postcodes_are_read() -> None:
    alone = load(DIRECTORY)
    assert told(answer("31", alone)) == "31"
    assert told(read("mission locale 81000", alone).place) == "81"
    assert told(read("numéro de l'ase du 62", alone).place) == "62"
    assert read("adresse mission locale albi", alone).place is None
    with pytest.raises(Unreadable) as raised:
        answer("Albi", alone)
    assert raised.value.problem == Problem.TOWN_WITHOUT_POSTCODE


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("Toulouse", "insee.31555"), ("paris 18", "insee.75118"), ("31", "dep.31"), ("81999", "postcode.81999")],
)
def test_the_button_of_a_place_leads_back_to_it(places: Places, typed: str, sent: str) -> None:
    place = answer(typed, places)
    assert isinstance(place, Town)
    assert payload(place) == sent
    assert pressed(sent, places) == place


@pytest.mark.parametrize(
    "sent", ["", "insee.99999", "insee.75121", "dep.99", "dep.", "postcode.00000", "x.31", "insee"]
)
def test_a_button_of_no_place_is_refused(places: Places, sent: str) -> None:
    with pytest.raises(Unreadable):
        pressed(sent, places)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)))
def test_any_text_is_read_without_harm(places: Places, text: str) -> None:
    request = read(text, places)
    for place in request.place if isinstance(request.place, tuple) else (request.place,):
        assert place is None or place.departement in places.departements
    with suppress(Unreadable):
        answer(text, places)


def test_every_topic_has_somebody_to_turn_to(library: Library) -> None:
    kinds = {slug: kind_for(slug) for slug in library.topics}
    assert {slug for slug, kind in kinds.items() if kind == HJ} == {
        *("habitat_jeunes", "logement_social", "aides_logement", "intermediation_locative")
    }
    assert {slug for slug, kind in kinds.items() if kind == CD} == {
        *("droit_au_retour", "cjm", "dossier_ase", "entretien_17_ans", "entretien_6_mois")
    }
    assert {slug for slug, kind in kinds.items() if kind == ADEPAPE} == {"adepape", "parrainage"}
    assert kind_for(None) == ML
    assert departement("31") == Town("", None, "31", None)
