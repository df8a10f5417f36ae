"""Months of birth as they are typed, on a Sunday of November 2026; and the age that follows from one."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import births, problems
from bot.births import AGES, OLDEST_AGE, band, is_under_15, read
from bot.decent_hours import months_after
from bot.unreadable import Problem, Unreadable

TODAY = date(2026, 11, 22)
MAY_2008 = date(2008, 5, 1)


@pytest.mark.parametrize(
    "typed",
    "mai 2008|MAI 2008|05/2008|5-2008|2008-05|05 2008|05/08|5/08|mai 08|12 mai 2008|12/05/2008|12052008|le 12 mai 08|"  # noqa: SIM905
    "je suis né en mai 2008|Je suis née le 31 mai 2008.|c'est mai 2008|May 2008|born in may 2008|٠٥/٢٠٠٨|ماي ٢٠٠٨|"
    "０５/２００８|mai\u200b 2008".split("|"),
)
def test_one_month_typed_in_many_ways_and_the_day_is_not_kept(typed: str) -> None:
    assert read(typed, TODAY) == MAY_2008


@pytest.mark.parametrize(
    ("typed", "month"),
    [
        ("septenbre 2009", 9),
        ("fevirer 2009", 2),
        ("juilet 2009", 7),
        ("aout 2009", 8),
        ("décembre 2009", 12),
        ("شتنبر 2009", 9),
    ],
)
def test_misspelt_months_are_read(typed: str, month: int) -> None:
    assert read(typed, TODAY) == date(2009, month, 1)


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", Problem.EMPTY),
        ("🙂", Problem.EMPTY),
        ("je sais pas", Problem.BIRTH_MONTH),
        ("2008", Problem.BIRTH_MONTH),
        ("18 ans", Problem.BIRTH_MONTH),
        ("13/2008", Problem.BIRTH_MONTH),
        ("31/02/2008", Problem.BIRTH_MONTH),
        ("mars ou avril 2008", Problem.BIRTH_MONTH),
        ("mai 2008 " * 30, Problem.BIRTH_MONTH),
        ("mai", Problem.BIRTH_YEAR),
        ("12 mai", Problem.BIRTH_YEAR),
        ("il y a 18 ans", Problem.BIRTH_MONTH),
        ("hier", Problem.BIRTH_YEAR),
        ("mai 2030", Problem.BIRTH_TOO_RECENT),
        ("mai 2090", Problem.BIRTH_TOO_RECENT),
        ("décembre 2026", Problem.BIRTH_TOO_RECENT),
        ("mars 2026", Problem.BIRTH_TOO_RECENT),
        ("12/2020", Problem.BIRTH_TOO_RECENT),
        ("octobre 1991", Problem.BIRTH_TOO_OLD),
        ("mai 1980", Problem.BIRTH_TOO_OLD),
        ("05/80", Problem.BIRTH_TOO_OLD),
        ("15 رمضان 1429", Problem.BIRTH_MONTH),
    ],
)
def test_what_cannot_be_read_says_why(typed: str, problem: Problem) -> None:
    with pytest.raises(Unreadable) as refused:
        read(typed, TODAY)
    assert refused.value.problem is problem
    assert problems.sentence(problem, "fr")


@pytest.mark.parametrize(
    "typed",
    [
        "j'ai perdu mon père en mai 2012",
        "on m'a placé en 05/2012",
        "dehors depuis 3 jours",
        "mon frère est né en mai 2012",
    ],
)
def test_the_month_of_something_else_erases_nobody(typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        read(typed, TODAY)
    assert refused.value.problem is Problem.BIRTH_MONTH


@pytest.mark.parametrize("typed", ["05/12", "12/15", "5 12", "mai 14", "26 mai", "12/05/14"])
def test_a_year_in_two_digits_never_makes_a_child(typed: str) -> None:
    """« 05/12 » may be 5 December: below 15 everything would be erased."""
    with pytest.raises(Unreadable) as refused:
        read(typed, TODAY)
    assert refused.value.problem is Problem.BIRTH_YEAR


def test_a_year_in_full_may_be_that_of_a_child() -> None:
    assert read("mai 2012", TODAY) == date(2012, 5, 1)
    assert is_under_15(date(2012, 5, 1), TODAY)


@pytest.mark.parametrize(
    ("month", "under"), [(date(2011, 12, 1), True), (date(2011, 11, 1), False), (date(2011, 10, 1), False)]
)
def test_in_the_month_of_fifteen_years_their_word_counts(month: date, under: bool) -> None:
    assert is_under_15(month, TODAY) == under


@pytest.mark.parametrize(
    ("month", "told", "found"),
    [
        (date(2008, 11, 1), "15-17", "15-17"),
        (date(2008, 11, 1), "18-20", "18-20"),
        (date(2008, 11, 1), "21+", "15-17"),
        (date(2008, 10, 1), "15-17", "18-20"),
        (date(2008, 12, 1), "18-20", "15-17"),
        (date(2005, 11, 1), "15-17", "18-20"),
        (date(2005, 11, 1), "21+", "21+"),
        (date(2000, 1, 1), "18-20", "21+"),
        (date(2011, 11, 1), "21+", "15-17"),
    ],
)
def test_the_band_they_told_stands_while_it_can_be_true(month: date, told: str, found: str) -> None:
    assert band(month, TODAY, told) == found


@given(st.dates(months_after(TODAY, -OLDEST_AGE * 12), months_after(TODAY, -births.YOUNGEST_WRITER * 12 - 1)))
def test_any_day_within_limits_gives_its_month(on: date) -> None:
    month = on.replace(day=1)
    assert read(on.strftime("%d/%m/%Y"), TODAY) == read(on.isoformat(), TODAY) == read(f"{on:%m/%Y}", TODAY) == month
    age = TODAY.year - on.year - ((TODAY.month, TODAY.day) < (on.month, on.day))
    assert not (is_under_15(month, TODAY) and age >= 15)
    if not is_under_15(month, TODAY):
        [told] = [name for name, years in AGES.items() if age in years] or ["15-17"]
        assert band(month, TODAY, told) == told


PIECES = st.sampled_from(
    ["mai", "12", "05", "2008", "08", "2012", "/", "-", "ans", "né", "il y a", "dans", "٠٨", "\ud800"]
)


@given(st.one_of(st.text(), st.lists(PIECES).map(" ".join)))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        month = read(text, TODAY)
    except Unreadable:
        return
    assert month.day == 1
    assert months_after(TODAY, -(OLDEST_AGE * 12 + 1)) < month <= months_after(TODAY, -births.YOUNGEST_WRITER * 12)
