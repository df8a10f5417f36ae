"""Dates of leaving care as they are typed, on a Sunday of November 2026."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.exit_dates import OLDEST, Ambiguous, Exit, read
from bot.unreadable import Problem, Unreadable

TODAY = date(2026, 11, 22)


def day(year: int, month: int, number: int) -> Exit:
    return Exit(date(year, month, number), "day")


def month(year: int, number: int, last: int) -> Exit:
    return Exit(date(year, number, last), "month")


@pytest.mark.parametrize(
    "typed",
    "31/03/2027|31-3-27|31.03.2027|2027-03-31|31 mars 2027|31 mars 27|le 31 mars|31/03|31 03 2027|31032027|"  # noqa: SIM905
    "٣١/٠٣/٢٠٢٧|۳۱ مارس ۲۰۲۷|３１/０３/２０２７|31 / 03 / 2027|"
    "March 31 2027|le 31 mars 2027 à 14h, je crois.|31\u200b/03/2027|"
    "je sors le 31 mars 2027, j'aurai 21 ans".split("|"),
)
def test_one_day_typed_in_many_ways(typed: str) -> None:
    assert read(typed, TODAY) == day(2027, 3, 31)


@pytest.mark.parametrize(
    "typed",
    "mars 2027|03/2027|3-2027|2027-03|mars|fin mars|début mars 2027|mi-mars|en mars prochain|mars 27|MARS|مارس|03/27|"  # noqa: SIM905
    "mars de l'année prochaine|je suis à marseille jusqu'en mars 2027|march 2027".split("|"),
)
def test_one_month_typed_in_many_ways(typed: str) -> None:
    """Who knows only the month is asked not earlier than six months later: its last day counts."""
    assert read(typed, TODAY) == month(2027, 3, 31)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("1er avril", day(2027, 4, 1)),
        ("avril dernier", month(2026, 4, 30)),
        ("31 mars dernier", day(2026, 3, 31)),
        ("l'année dernière en mars", month(2025, 3, 31)),
        ("il y a 3 mois", month(2026, 8, 31)),
        ("ça fait pas longtemps, il y a deux mois", month(2026, 9, 30)),
        ("3 months ago", month(2026, 8, 31)),
        ("il y a un an", month(2025, 11, 30)),
        ("dans 2 mois", month(2027, 1, 31)),
        ("dans 10 jours", day(2026, 12, 2)),
        ("منذ 3 أشهر", month(2026, 8, 31)),
        ("hier", day(2026, 11, 21)),
        ("avant-hier", day(2026, 11, 20)),
        ("aujourd'hui", day(2026, 11, 22)),
        ("demain", day(2026, 11, 23)),
        ("la semaine dernière", month(2026, 11, 30)),
        ("le mois prochain", month(2026, 12, 31)),
        ("29 février", day(2028, 2, 29)),
        ("29/02/2028", day(2028, 2, 29)),
        ("03/04/2027", day(2027, 4, 3)),
        ("25/04/27", day(2027, 4, 25)),
        ("March 27", day(2027, 3, 27)),
    ],
)
def test_other_ways_to_tell_when(typed: str, found: Exit) -> None:
    assert read(typed, TODAY) == found


@pytest.mark.parametrize(
    ("names", "number"),
    [
        ("janv january يناير جانفي", 1),
        ("fevrier févr. fevirer february فبراير فيفري شباط", 2),
        ("avrl avirl april أبريل أفريل نيسان", 4),
        ("mai may ماي أيار", 5),
        ("juin june جوان يونيو حزيران", 6),
        ("juilet juiller july جويلية يوليوز يوليو تموز", 7),
        ("aout août august أوت غشت أغسطس", 8),
        ("septenbre sept september سبتمبر شتنبر", 9),
        ("octobr october أكتوبر", 10),
        ("novenbre november نوفمبر نونبر", 11),
        ("decembre dec décembre december ديسمبر دجنبر", 12),
    ],
)
def test_months_in_three_languages_and_misspelt(names: str, number: int) -> None:
    assert {read(f"{name} 2027", TODAY) for name in names.split()} == {read(f"{number:02}/2027", TODAY)}


def test_levantine_months_of_two_words() -> None:
    assert read("تشرين الثاني 2027", TODAY) == month(2027, 11, 30)
    assert read("كانون الثاني 2027", TODAY) == month(2027, 1, 31)


def test_a_month_as_near_behind_as_ahead_is_past() -> None:
    assert read("mai", TODAY) == month(2026, 5, 31)
    assert read("avril", TODAY) == month(2027, 4, 30)
    assert read("novembre", TODAY) == month(2026, 11, 30)


def test_two_readings_are_asked_about_the_french_one_first() -> None:
    assert read("03/04/27", TODAY) == Ambiguous((date(2027, 4, 3), date(2027, 3, 4)))
    assert read("03/03/27", TODAY) == day(2027, 3, 3)
    assert read("09/12/31", date(2026, 12, 10)) == Ambiguous((date(2031, 12, 9), date(2031, 9, 12)))
    assert read("12/09/31", date(2026, 9, 20)) == day(2031, 9, 12)  # 9 December would be too far


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        ("\u200b 🙂", Problem.EMPTY),
        ("je sais pas", Problem.NOT_A_DATE),
        ("marseille", Problem.NOT_A_DATE),
        ("ça marche mais bon", Problem.NOT_A_DATE),
        ("19 ans", Problem.NOT_A_DATE),
        ("le 12", Problem.NOT_A_DATE),
        ("06 39 98 12 34", Problem.NOT_A_DATE),
        ("31000", Problem.NOT_A_DATE),
        ("mars ou avril 2027", Problem.NOT_A_DATE),
        ("31/03/2027 ou 30/04/2027", Problem.NOT_A_DATE),
        ("2026-2027", Problem.NOT_A_DATE),
        ("mars " * 60, Problem.NOT_A_DATE),
        ("31/02/2027", Problem.NO_SUCH_DAY),
        ("29/02/2027", Problem.NO_SUCH_DAY),
        ("31 février", Problem.NO_SUCH_DAY),
        ("0 mars", Problem.NO_SUCH_DAY),
        ("2027-13-01", Problem.NO_SUCH_MONTH),
        ("00/00", Problem.NO_SUCH_MONTH),
        ("04/25/2027", Problem.NO_SUCH_MONTH),
        ("13/2027", Problem.NO_SUCH_MONTH),
        ("2090", Problem.DATE_TOO_FAR),
        ("mars 2090", Problem.DATE_TOO_FAR),
        ("23/11/2031", Problem.DATE_TOO_FAR),
        ("décembre 2031", Problem.DATE_TOO_FAR),
        ("1980", Problem.DATE_TOO_OLD),
        ("12/05/1980", Problem.DATE_TOO_OLD),
        ("31/12/1989", Problem.DATE_TOO_OLD),
        ("01/01/0000", Problem.DATE_TOO_OLD),
        ("2027", Problem.YEAR_ALONE),
        ("fin 2027", Problem.YEAR_ALONE),
        ("l'année dernière", Problem.YEAR_ALONE),
        ("1448-09-15", Problem.HIJRI_DATE),
        ("١٥/٠٩/١٤٤٨", Problem.HIJRI_DATE),
        ("15 رمضان", Problem.HIJRI_DATE),
    ],
)
def test_what_cannot_be_read_says_why(typed: str, problem: Problem) -> None:
    with pytest.raises(Unreadable) as refused:
        read(typed, TODAY)
    assert refused.value.problem is problem
    assert str(refused.value) == problem.value


def test_the_limits_themselves_are_accepted() -> None:
    assert read("22/11/2031", TODAY) == day(2031, 11, 22)
    assert read("novembre 2031", TODAY) == month(2031, 11, 30)
    assert read("01/01/1990", TODAY) == day(1990, 1, 1)


@given(st.dates(OLDEST, date(2031, 11, 22)))
def test_any_day_within_limits_comes_back(on: date) -> None:
    assert read(on.strftime("%d/%m/%Y"), TODAY) == read(on.isoformat(), TODAY) == Exit(on, "day")


PIECES = st.sampled_from(
    [
        "mars",
        "31",
        "02",
        "2027",
        "27",
        "0",
        "/",
        "-",
        ".",
        "il_y_a",
        "dans",
        "3",
        "999",
        "mois",
        "ans",
        "dernier",
        "hier",
        "مارس",
        "٣",
        "1448",
        "ago",
        "\ud800",
        "à",
    ]
)


@given(st.one_of(st.text(), st.lists(PIECES).map(lambda pieces: " ".join(pieces).replace("_", " "))))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = read(text, TODAY)
    except Unreadable:
        return
    days = found.choices if isinstance(found, Ambiguous) else (found.on,)
    assert all(OLDEST <= on <= date(2031, 11, 30) for on in days)
