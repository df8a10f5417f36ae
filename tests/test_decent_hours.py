"""When we may write first: calendar months, local hours, Sundays, holidays, the two nights that change the hour."""

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter
from hypothesis import given
from hypothesis import strategies as st

from bot import place_lists
from bot.decent_hours import is_decent, is_open_day, months_after, next_decent, next_open_day, opening
from tests.conftest import ROOT

PLACES = place_lists.load(ROOT / "content" / "directory")
SOMEWHERE = st.sampled_from(sorted(PLACES.departements))
DAYS = st.dates(date(2024, 1, 1), date(2032, 12, 31))
INSTANTS = st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - with its zone


@pytest.mark.parametrize(
    ("left_on", "six_months_later"),
    [
        (date(2026, 8, 31), date(2027, 2, 28)),
        (date(2027, 8, 31), date(2028, 2, 29)),
        (date(2026, 8, 30), date(2027, 2, 28)),
        (date(2026, 10, 31), date(2027, 4, 30)),
        (date(2026, 12, 31), date(2027, 6, 30)),
        (date(2027, 2, 28), date(2027, 8, 28)),
        (date(2026, 3, 15), date(2026, 9, 15)),
    ],
)
def test_six_months_are_calendar_months(left_on: date, six_months_later: date) -> None:
    assert months_after(left_on, 6) == six_months_later


def holidays(year: int, departement: str) -> set[date]:
    """The public holidays of a place, as the labour code and the laws of Alsace-Moselle and overseas count them.

    With the days off that the library gives the Antilles and no law does: we are silent on a day too many there.
    """
    always = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
    after_easter = {1, 39, 50}  # Easter Monday, Ascension, Whit Monday
    if departement in ("57", "67", "68"):
        always, after_easter = always | {(12, 26)}, after_easter | {-2}
    if departement in ("971", "972"):
        always |= {(7, 21)}  # Victor Schœlcher's day
    if departement == "971":
        after_easter |= {-24, -2}  # mid-Lent, Good Friday
    abolition = {"971": (5, 27), "972": (5, 22), "973": (6, 10), "974": (12, 20), "976": (4, 27)}
    always |= {abolition[departement]} if departement in abolition else set()
    moving = {easter(year) + timedelta(days=days) for days in after_easter}
    return {date(year, month, day) for month, day in always} | moving


@cache
def closed_days(departement: str) -> frozenset[date]:
    """Every day from 2024 to 2033 on which nobody is written to there, without the library that the bot uses."""
    days = (date(2024, 1, 1) + timedelta(days=n) for n in range(3653))
    sundays = {day for day in days if day.isoweekday() == 7}
    return frozenset(sundays.union(*(holidays(year, departement) for year in range(2024, 2034))))


@pytest.mark.parametrize("departement", sorted(PLACES.departements))
def test_every_day_of_ten_years_is_open_or_closed_as_the_law_says(departement: str) -> None:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(3653)]
    wrong = [day for day in days if is_open_day(day, departement) == (day in closed_days(departement))]
    assert wrong == []


def test_where_the_place_is_unknown_a_day_is_open_only_if_it_is_everywhere() -> None:
    days = [date(2024, 1, 1) + timedelta(days=n) for n in range(3653)]
    anywhere = frozenset().union(*(closed_days(departement) for departement in PLACES.departements))
    assert [day for day in days if is_open_day(day, None) == (day in anywhere)] == []


@given(on=DAYS, months=st.integers(-36, 36))
def test_months_are_clamped_at_their_end_and_nowhere_else(on: date, months: int) -> None:
    found = months_after(on, months)
    assert (found.year * 12 + found.month) - (on.year * 12 + on.month) == months
    assert found.day == min(on.day, monthrange(found.year, found.month)[1])


@given(now=INSTANTS, departement=SOMEWHERE)
def test_whatever_the_instant_and_the_place_we_write_at_a_decent_local_hour(now: datetime, departement: str) -> None:
    zone = PLACES.departements[departement].zone
    at = next_decent(now, departement, zone)
    local = at.astimezone(ZoneInfo(zone))
    assert now <= at <= now + timedelta(days=5)
    assert 10 <= local.hour < 19
    assert local.weekday() != 6
    assert is_decent(at, departement, zone)
    assert next_decent(at, departement, zone) == at


@given(now=INSTANTS, departement=SOMEWHERE)
def test_without_knowing_the_place_the_hour_is_decent_everywhere(now: datetime, departement: str) -> None:
    at = next_decent(now, None, None)
    assert at - now <= timedelta(days=7)
    assert is_decent(at, departement, PLACES.departements[departement].zone)


@given(on=DAYS, departement=SOMEWHERE)
def test_a_day_opens_for_nine_hours_whatever_the_season(on: date, departement: str) -> None:
    opens, closes = opening(on, PLACES.departements[departement].zone)
    assert closes - opens == timedelta(hours=9), "no zone of ours changes its hour in the day"


@given(on=DAYS, departement=SOMEWHERE)
def test_the_next_open_day_is_the_first_one(on: date, departement: str) -> None:
    found = next_open_day(on, departement)
    assert is_open_day(found, departement)
    assert not any(is_open_day(on + timedelta(days=n), departement) for n in range((found - on).days))


@pytest.mark.parametrize(
    ("closed", "departement", "open_elsewhere"),
    [
        (date(2027, 7, 14), "31", None),
        (date(2027, 3, 29), "31", None),  # lundi de Pâques
        (date(2027, 3, 26), "57", "31"),  # Vendredi saint, Alsace-Moselle
        (date(2026, 12, 26), "67", "31"),
        (date(2027, 5, 27), "971", "972"),  # abolition of slavery, each its own day
        (date(2026, 5, 22), "972", "971"),
        (date(2027, 6, 10), "973", "31"),
        (date(2028, 12, 20), "974", "31"),
        (date(2027, 4, 27), "976", "31"),
    ],
)
def test_public_holidays_are_those_of_the_place(closed: date, departement: str, open_elsewhere: str | None) -> None:
    assert not is_open_day(closed, departement)
    assert not is_open_day(closed, None), "who may be there is left in peace too"
    assert open_elsewhere is None or is_open_day(closed, open_elsewhere)


@pytest.mark.parametrize(
    ("on", "opens"),
    [(date(2027, 3, 27), 9), (date(2027, 3, 30), 8), (date(2027, 10, 30), 8), (date(2027, 11, 2), 9)],
)
def test_ten_in_paris_is_ten_in_paris_before_and_after_the_hour_changes(on: date, opens: int) -> None:
    assert opening(on, "Europe/Paris")[0] == datetime(on.year, on.month, on.day, opens, tzinfo=UTC)


def test_ten_in_paris_is_no_hour_to_wake_guadeloupe() -> None:
    at = datetime(2027, 1, 12, 9, tzinfo=UTC)
    assert is_decent(at, "75", "Europe/Paris")
    assert not is_decent(at, "971", "America/Guadeloupe")
    assert next_decent(at, "971", "America/Guadeloupe") == datetime(2027, 1, 12, 14, tzinfo=UTC)
