"""What is said of who helps near a place: what is known, how old it is, and what to do where nothing is known."""

import re
from dataclasses import replace
from datetime import date

import pytest

from bot.contact_ages import Age, age_for
from bot.contact_places import departement
from bot.contact_words import Asked, ask_where, elsewhere, found, name_of, where_again, which_place
from bot.directory import NATIONAL, How, Nearby
from bot.library import Library
from bot.messages import contact_line
from bot.place_lists import load
from bot.places import Places, Town
from bot.replies import LONGEST_MESSAGE, LONGEST_PAYLOAD, Reply, length
from bot.structure_words import dialled, source_date
from bot.structures import Kind, Structure
from bot.unreadable import Problem
from tests.conftest import ROOT

TOULOUSE = Town("Toulouse", None, "31", "31555")
ML = Structure(
    "ml-1",
    Kind.MISSION_LOCALE,
    "Mission Locale de Toulouse",
    "31",
    "annuaire",
    "2019-09",
    address="1 rue des Essais",
    postcode="31000",
    town="Toulouse",
    phone="+33561990000",
    email="accueil@example.org",
    website="http://www.example.org/ml",
    booking_url="https://rdv.example.org/?a=1&b=2",
)
NORD = replace(ML, id="ml-2", name="Antenne Nord", phone="+33561990001")
SUD = replace(ML, id="ml-3", name="Antenne Sud", town="Muret", phone="")
HOME = replace(ML, id="hj-1", kind=Kind.HABITAT_JEUNES, name="Résidence des Essais")
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def places() -> Places:
    return load(ROOT / "content" / "directory")


def asked(kind: Kind = Kind.MISSION_LOCALE, where: Town = TOULOUSE, age: Age = Age.FITS, *, told: bool = True) -> Asked:
    return Asked(kind, where, "Toulouse (31)", told=told, age=age)


def said(library: Library, *structures: Structure, how: How = How.SAME_ZONE, **about: object) -> Reply:
    return found(Nearby(structures, how), asked(**about), library, "fr")  # type: ignore[arg-type]


def labels(reply: Reply) -> list[str]:
    return [button.label for row in reply.buttons for button in row]


def payloads(reply: Reply) -> list[str]:
    return [button.payload for row in reply.buttons for button in row]


def test_the_probable_contact_comes_whole_and_two_others_in_short(library: Library) -> None:
    reply = said(library, ML, NORD, SUD)
    assert reply.text == (
        "Pour Toulouse (31), ta Mission Locale est probablement :\n"
        "Mission Locale de Toulouse\n"
        "📍 1 rue des Essais, 31000 Toulouse\n"
        "☎ 05 61 99 00 00\n"
        "🔗 Site : example.org\n"
        "📅 Prendre rendez-vous : rdv.example.org\n\n"
        "Pas loin, il y a aussi :\n"
        "• Antenne Nord, Toulouse : 05 61 99 00 01\n"
        "• Antenne Sud, Muret\n\n"
        "D'après une liste faite en septembre 2019. Ça a pu changer : appelle avant de te déplacer."
    )
    assert '<a href="https://rdv.example.org/?a=1&amp;b=2">' in reply.html
    assert "accueil@example.org" not in reply.html, "nobody answers for a mailbox of 2019"


def test_the_buttons_lead_to_the_others_to_another_town_and_to_a_person(library: Library) -> None:
    reply = said(library, ML)
    assert labels(reply) == [
        *("Habitat Jeunes", "Association d'anciens", "Département"),
        *("Une autre ville", "Parler à quelqu'un", "Menu"),
    ]
    assert payloads(reply)[0] == "near:habitat_jeunes:insee.31555"
    assert payloads(reply)[3] == "near:mission_locale:where"
    kept = said(library, ML, told=False)
    assert payloads(kept)[0] == "near:habitat_jeunes", "where they live is in no button"


def test_whatever_a_list_holds_is_shown_as_text_in_one_bubble(library: Library) -> None:
    bad = replace(
        ML,
        name='<b>x</b> & "y" ' * 50,
        address="a\r\nBcc: x\u0000" * 100,
        town="<script>",
        phone="demande à l'accueil",
        website='javascript:alert(1)"',
        booking_url="https://[::1",
        source_date="<i>2019</i>",
    )
    reply = said(library, bad, bad, bad)
    assert "&lt;b&gt;x&lt;/b&gt; &amp;" in reply.html
    assert set(re.findall(r"</?(\w+)", reply.html)) == {"b"}
    assert "Bcc" not in [line[:3] for line in reply.text.splitlines()]
    assert length(reply.html) <= LONGEST_MESSAGE
    assert "D'après une liste sans date." in reply.text


def test_where_there_is_no_residence_the_other_ways_to_a_roof_are_explained(library: Library) -> None:
    near = Nearby((ML, HOME, NATIONAL[Kind.HABITAT_JEUNES]), How.NEAREST, Kind.MISSION_LOCALE)
    reply = found(near, asked(Kind.HABITAT_JEUNES), library, "fr")
    text = reply.text
    assert text.startswith("Je ne connais pas de résidence Habitat Jeunes pour Toulouse (31).")
    order = ("ta Mission Locale est probablement", "Plus loin, il y a :\n• Résidence des Essais", "habitatjeunes.org")
    order += ("CLLAJ", "115", "SIAO", "septembre 2019")
    found_at = [text.index(part) for part in order]
    assert found_at == sorted(found_at)
    assert "(comité local pour le logement autonome des jeunes)" in text


@pytest.mark.parametrize("kind", Kind)
def test_nothing_known_is_never_a_dead_end(library: Library, kind: Kind) -> None:
    reply = found(Nearby((NATIONAL[kind],), How.NATIONAL), asked(kind), library, "fr")
    assert NATIONAL[kind].name in reply.text
    assert "probablement" not in reply.text
    assert "Voici de vraies personnes qui peuvent t'aider" in reply.text
    assert "119" in reply.text
    assert length(reply.html) <= LONGEST_MESSAGE


@pytest.mark.parametrize("kind", Kind)
def test_a_structure_without_a_phone_comes_with_how_to_find_it(library: Library, kind: Kind) -> None:
    bare = Structure("x", kind, "Une structure", "31", "annuaire", "2023")
    reply = found(Nearby((bare,), How.DEPARTEMENT), asked(kind), library, "fr")
    assert "Une structure" in reply.text
    assert {
        Kind.MISSION_LOCALE: "unml.info",
        Kind.HABITAT_JEUNES: "demande à ta Mission Locale",
        Kind.ADEPAPE: "fnadepape.org",
        Kind.DEPARTEMENT: "demande « l'aide sociale à l'enfance »",
    }[kind] in reply.text
    assert "En attendant, quelqu'un te répond ici :\n• Le 119." in reply.text
    assert reply.text.endswith("D'après une liste faite en 2023. Ça a pu changer : vérifie avant de te déplacer.")


def test_of_a_departement_alone_nothing_is_said_to_be_probable(library: Library) -> None:
    about = Asked(Kind.MISSION_LOCALE, departement("31"), "Haute-Garonne (31)")
    for near in (Nearby((ML, NORD), How.SOMEWHERE), Nearby((ML, NATIONAL[ML.kind]), How.SOMEWHERE)):
        text = found(near, about, library, "fr").text
        assert text.startswith("Je connais seulement le département : Haute-Garonne (31).")
        assert "probablement" not in text
        assert "Pas loin" not in text
    text = found(Nearby((ML,), How.DEPARTEMENT), about, library, "fr").text
    assert "ta Mission Locale est probablement" in text, "there is only one"


def test_a_postcode_that_nothing_locates_makes_nothing_probable(library: Library, places: Places) -> None:
    about = Asked(Kind.MISSION_LOCALE, Town("", "31999", "31", None), "31999 (31)")
    text = found(Nearby((ML, NORD), How.SOMEWHERE), about, library, "fr").text
    assert text.startswith("Je ne sais pas où est 31999 (31), je connais seulement son département.")
    assert "Il y a aussi :\n• Antenne Nord" in text
    assert "probablement" not in text


def test_lyon_is_told_of_its_metropole_before_the_rhone(library: Library, places: Places) -> None:
    rhone = replace(ML, kind=Kind.DEPARTEMENT, name="Conseil départemental - Rhône", departement="69")
    for where in (Town("Lyon", None, "69", "69123"), Town("Villeurbanne", "69100", "69", "69266"), departement("69")):
        about = Asked(Kind.DEPARTEMENT, where, name_of(where, places))
        for near in (Nearby((rhone,), How.DEPARTEMENT), Nearby((NATIONAL[Kind.DEPARTEMENT],), How.NATIONAL)):
            reply = found(near, about, library, "fr")
            assert "c'est la Métropole de Lyon (grandlyon.com), pas le Rhône." in reply.text
            assert '<a href="https://www.grandlyon.com">' in reply.html
        text = found(Nearby((rhone,), How.DEPARTEMENT), about, library, "fr").text
        assert text.index("Métropole de Lyon") < text.index("Ailleurs dans le Rhône") < text.index(rhone.name)
    about = Asked(Kind.MISSION_LOCALE, departement("69"), "Rhône (69)")
    assert "Métropole" not in found(Nearby((ML,), How.DEPARTEMENT), about, library, "fr").text


def test_the_departement_comes_with_what_to_ask_for(library: Library, places: Places) -> None:
    cd = replace(ML, kind=Kind.DEPARTEMENT, name="Conseil départemental")
    where = departement("62")
    about = Asked(Kind.DEPARTEMENT, where, name_of(where, places))
    text = found(Nearby((cd,), How.DEPARTEMENT), about, library, "fr").text
    assert "Pour Pas-de-Calais (62), l'aide sociale à l'enfance (ASE), c'est le département" in text
    assert "c'est le département qui te suivait, même si tu as déménagé" in text


@pytest.mark.parametrize(
    ("phone", "shown"),
    [
        ("+33561990000", "05 61 99 00 00"),
        ("0561990000", "05 61 99 00 00"),
        ("+262262990000", "+262 262 99 00 00"),
        ("+590590990000", "+590 590 99 00 00"),
        ("+333994", "3994"),
        ("3994", "3994"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_phone_is_shown_as_it_is_dialled(phone: str, shown: str) -> None:
    assert dialled(phone) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("2019-09", "septembre 2019"),
        ("2026-06-11", "juin 2026"),
        ("2023", "2023"),
        ("", ""),
        ("2023-13", ""),
        ("undated", ""),
        ("0-0", ""),
    ],
)
def test_the_date_of_a_list_is_as_precise_as_it_is_known(written: str, shown: str) -> None:
    assert source_date(written, "fr") == shown


@pytest.mark.parametrize(
    ("kind", "band", "month", "age"),
    [
        (Kind.MISSION_LOCALE, None, None, Age.UNKNOWN),
        (Kind.MISSION_LOCALE, "18-20", None, Age.FITS),
        (Kind.MISSION_LOCALE, "15-17", None, Age.UNKNOWN),
        (Kind.MISSION_LOCALE, "15-17", date(2011, 1, 1), Age.TOO_YOUNG),
        (Kind.MISSION_LOCALE, "15-17", date(2010, 11, 1), Age.UNKNOWN),
        (Kind.MISSION_LOCALE, "15-17", date(2010, 10, 1), Age.FITS),
        (Kind.MISSION_LOCALE, "21+", None, Age.UNKNOWN),
        (Kind.MISSION_LOCALE, "21+", date(2001, 1, 1), Age.FITS),
        (Kind.MISSION_LOCALE, "21+", date(2000, 11, 1), Age.UNKNOWN),
        (Kind.MISSION_LOCALE, "21+", date(2000, 10, 1), Age.TOO_OLD),
        (Kind.HABITAT_JEUNES, "21+", None, Age.FITS),
        (Kind.HABITAT_JEUNES, "21+", date(2000, 10, 1), Age.FITS),
        (Kind.HABITAT_JEUNES, "21+", date(1995, 12, 1), Age.FITS),
        (Kind.HABITAT_JEUNES, "21+", date(1995, 11, 1), Age.UNKNOWN),
        (Kind.HABITAT_JEUNES, "21+", date(1995, 10, 1), Age.TOO_OLD),
        (Kind.HABITAT_JEUNES, "15-17", date(2010, 11, 1), Age.UNKNOWN),
        (Kind.HABITAT_JEUNES, "15-17", None, Age.UNKNOWN),
        (Kind.HABITAT_JEUNES, "15-17", date(2011, 1, 1), Age.TOO_YOUNG),
        (Kind.ADEPAPE, None, None, Age.FITS),
        (Kind.DEPARTEMENT, "21+", None, Age.FITS),
    ],
)
def test_an_age_is_certain_or_it_is_not(kind: Kind, band: str | None, month: date | None, age: Age) -> None:
    assert age_for(kind, band, month, TODAY) == age


def test_an_age_that_is_not_known_costs_one_line(library: Library) -> None:
    text = said(library, ML, age=Age.UNKNOWN).text
    assert "Selon les territoires, la Mission Locale reçoit de 16 à 25 ans" in text
    assert "handicap" in text


@pytest.mark.parametrize(("age", "door"), [(Age.TOO_YOUNG, "119"), (Age.TOO_OLD, "France Travail")])
def test_before_16_and_from_26_another_door_comes_first_and_nobody_is_refused(
    library: Library, age: Age, door: str
) -> None:
    text = said(library, ML, age=age).text
    assert text.index(door) < text.index("Mission Locale de Toulouse")
    assert "Tu peux quand même appeler" in text
    assert "05 61 99 00 00" in text
    assert "pas le droit" not in text


def test_the_age_told_is_that_of_whoever_is_shown(library: Library) -> None:
    near = Nearby((ML, NATIONAL[Kind.HABITAT_JEUNES]), How.NEAREST, Kind.MISSION_LOCALE)
    for age in (Age.UNKNOWN, Age.TOO_OLD):
        text = found(near, asked(Kind.HABITAT_JEUNES, age=age), library, "fr").text
        assert "la Mission Locale reçoit de 16 à 25 ans" in text
        assert "16-30 ans" not in text


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("problem", [Problem.TOWN_UNKNOWN, Problem.POSTCODE_UNKNOWN, Problem.DEPARTEMENT_UNKNOWN])
def test_a_place_that_cannot_be_read_still_leads_to_somebody(library: Library, kind: Kind, problem: Problem) -> None:
    reply = where_again(problem, kind, library, "fr")
    assert reply.text.startswith("Je ne connais pas c")
    assert NATIONAL[kind].website in reply.html
    assert contact_line(kind, library, "fr") in reply.html
    assert "Si tu n'es pas en France, appuie sur « Parler à quelqu'un »." in reply.text
    assert "119" in reply.text
    assert "Parler à quelqu'un" in labels(reply)
    assert length(reply.html) <= LONGEST_MESSAGE


def test_where_is_asked_with_an_example_and_of_the_departement_which_one(library: Library) -> None:
    assert "Dans quelle ville ou quel code postal ?" in ask_where(Kind.MISSION_LOCALE, "fr").text
    assert "Quel département s'occupe de toi" in ask_where(Kind.DEPARTEMENT, "fr").text


def test_several_towns_are_buttons_that_telegram_takes(places: Places) -> None:
    towns = (Town("Saint-Denis", None, "974", "97411"), departement("93"), Town("", "31999", "31", None))
    reply = which_place(Kind.HABITAT_JEUNES, towns, places, "fr")
    assert labels(reply)[:3] == ["Saint-Denis (974)", "Seine-Saint-Denis (93)", "31999 (31)"]
    assert all(len(payload.encode()) <= LONGEST_PAYLOAD for payload in payloads(reply))


def test_a_contact_of_whom_there_is_no_list_comes_with_how_to_find_it(library: Library) -> None:
    reply = elsewhere("caf", library, "fr")
    assert "caf.fr" in reply.text
    assert "Mission Locale" in reply.text
    assert "near:mission_locale" in payloads(reply)
