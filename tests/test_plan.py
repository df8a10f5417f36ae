"""What the calendar says for anybody, on any day, anywhere: the real rules, and days counted here in another way."""

import uuid
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import content, exit_dates, planned
from bot.exit_dates import Exit
from bot.models import Person
from bot.plan import (
    CHECK_IN,
    REMINDER,
    Anchor,
    Audience,
    Profile,
    deadline,
    is_due_at_once,
    is_for,
    is_minor,
    is_over_21,
    late_text,
    line_of,
    lines,
)
from tests.conftest import ROOT
from tests.test_decent_hours import PLACES, closed_days

PLAN = content.load(ROOT / "content").plan
TODAY = date(2026, 11, 22)
EXITS = [date(2024, 1, 1) + timedelta(days=day) for day in range(3288)]  # to the end of 2032
SOMEWHERE = st.none() | st.sampled_from(sorted(PLACES.departements))
# One of each set of holidays, in each time zone; and where nobody knows.
CALENDARS = ["31", "57", "67", "971", "972", "973", "974", "976", None]
BANDS = {"15-17": (15, 17), "18-20": (18, 20), "21+": (21, 30)}


def later(on: date, months: int) -> date:
    """Count calendar months, clamped at their end, with nothing of the bot's."""
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, monthrange(year, month + 1)[1]))


def is_open(on: date, departement: str | None) -> bool:
    return all(on not in closed_days(place) for place in ([departement] if departement else PLACES.departements))


def first_open(on: date, departement: str | None) -> date:
    while not is_open(on, departement):
        on += timedelta(days=1)
    return on


@st.composite
def people(draw: st.DrawFn) -> Profile:
    """Anybody who may have joined, with or without each thing that the rules look at."""
    joined = draw(st.dates(date(2024, 1, 1), date(2030, 12, 31)))
    band = draw(st.sampled_from(sorted(BANDS)))
    youngest, oldest = BANDS[band]
    age = draw(st.integers(youngest * 12, oldest * 12 + 11))  # months
    birth = later(joined.replace(day=1), -age)
    exit_on = draw(st.none() | st.sampled_from(EXITS))
    situation = draw(st.sampled_from(["in_care", "left"]))
    sent = exit_on and later(exit_on, 6) + timedelta(days=draw(st.integers(0, 30)))
    return Profile(
        joined_on=joined,
        age_band=band,
        age_told_on=joined + timedelta(days=draw(st.integers(0, 60))),
        situation=situation,
        exit_on=exit_on,
        birth_month=draw(st.sampled_from([None, birth])),
        check_in_on=draw(st.sampled_from([None, sent])),
        departement=draw(SOMEWHERE),
    )


def person_of(profile: Profile, number: int = 0x80000000) -> Person:
    return Person(id=f"{number:08x}{str(uuid.UUID(int=7))[8:]}", home_departement=profile.departement)


AFTER = st.integers(0, 2500)  # days after joining


@pytest.mark.parametrize("departement", CALENDARS, ids=str)
def test_the_check_in_falls_six_calendar_months_after_every_exit_of_nine_years(departement: str | None) -> None:
    for exit_on in EXITS:
        person = Profile(date(2023, 6, 1), "18-20", date(2023, 6, 1), exit_on=exit_on, departement=departement)
        line = line_of(PLAN, CHECK_IN, person, today=exit_on)
        assert line is not None
        assert line.due_on == first_open(later(exit_on, 6), departement), exit_on
        assert line.due_on - later(exit_on, 6) <= timedelta(days=4), "two holidays and a Sunday, and a local one"


@pytest.mark.parametrize("year", range(2024, 2033))
@pytest.mark.parametrize("month", range(1, 13))
def test_the_end_of_each_month_is_the_same_day_or_the_last_one(year: int, month: int) -> None:
    """31 August → 28 February, or 29; 28 February → 28 August: never counted from what another rule gave."""
    exit_on = date(year, month, monthrange(year, month)[1])
    person = Profile(date(2023, 6, 1), "18-20", date(2023, 6, 1), exit_on=exit_on, departement="31")
    line = line_of(PLAN, CHECK_IN, person, today=exit_on)
    assert line is not None
    there = line.earliest_on
    assert (there.year * 12 + there.month) - (exit_on.year * 12 + exit_on.month) == 6
    assert there.day == min(exit_on.day, monthrange(there.year, there.month)[1])
    assert (exit_on.month, there.month) != (8, 2) or there.day == 28 + (there.year % 4 == 0)


@given(profile=people(), days=AFTER)
def test_every_line_of_anybody_s_calendar_is_on_an_open_day_within_its_limits(profile: Profile, days: int) -> None:
    today = profile.joined_on + timedelta(days=days)
    found = lines(PLAN, profile, today)
    assert len({line.due_on for line in found}) == len(found), "at most one message a day"
    assert [line.due_on for line in found] == sorted(line.due_on for line in found)
    for line in found:
        assert is_open(line.due_on, profile.departement)
        assert today < line.due_on <= line.expires_on
        assert line.earliest_on <= line.due_on


@given(profile=people(), days=AFTER)
def test_a_message_is_for_its_people_on_the_day_it_falls(profile: Profile, days: int) -> None:
    for line in lines(PLAN, profile, profile.joined_on + timedelta(days=days)):
        for audience in PLAN.rules[line.rule].audience:
            assert belongs(audience, profile, line.due_on), (line, audience)


def belongs(audience: Audience, profile: Profile, on: date) -> bool:
    """Say who is of an audience, from what was told, without the code of the bot."""
    left = profile.situation == "left" if profile.exit_on is None else profile.exit_on <= on
    birth, told = profile.birth_month, profile.age_told_on
    known_months = (on.year - birth.year) * 12 + on.month - birth.month if birth else None
    at_least = BANDS[profile.age_band][0]
    surely_21 = known_months > 252 if known_months is not None else later(told, 12 * (21 - at_least)) <= on
    perhaps_minor = known_months < 216 if known_months is not None else at_least < 18 and on < later(told, 12)
    three_years = later(profile.exit_on, 36) if profile.exit_on else None
    return {
        Audience.LEFT: left,
        Audience.IN_CARE: not left,
        Audience.OVER_21: surely_21,
        Audience.UNDER_21: not surely_21,
        Audience.MINOR: perhaps_minor,
        Audience.WITHIN_3_YEARS: three_years is not None and on <= three_years,
        Audience.PAST_3_YEARS: three_years is not None and on > three_years,
    }[audience]


@given(profile=people(), on=st.dates(date(2024, 1, 1), date(2036, 1, 1)))
def test_who_is_of_an_audience_is_told_the_same_way_twice(profile: Profile, on: date) -> None:
    for audience in Audience:
        assert is_for([audience], profile, on) == belongs(audience, profile, on), audience


@pytest.mark.parametrize(
    ("on", "audience"),
    [
        (date(2024, 2, 28), {Audience.IN_CARE, Audience.UNDER_21, Audience.MINOR, Audience.WITHIN_3_YEARS}),
        (date(2024, 2, 29), {Audience.LEFT, Audience.UNDER_21, Audience.MINOR, Audience.WITHIN_3_YEARS}),
        (date(2024, 2, 29) + timedelta(days=1), {Audience.LEFT, Audience.UNDER_21, Audience.WITHIN_3_YEARS}),
        (date(2027, 2, 28), {Audience.LEFT, Audience.UNDER_21, Audience.WITHIN_3_YEARS}),
        (date(2027, 3, 1), {Audience.LEFT, Audience.UNDER_21, Audience.PAST_3_YEARS}),
        (date(2027, 3, 31), {Audience.LEFT, Audience.UNDER_21, Audience.PAST_3_YEARS}),
        (date(2027, 4, 1), {Audience.LEFT, Audience.OVER_21, Audience.PAST_3_YEARS}),
    ],
)
def test_an_audience_begins_and_ends_on_its_day(on: date, audience: set[Audience]) -> None:
    """Born in March 2006, left on 29 February 2024: three years are over with the 28th, 21 years with the month."""
    person = Profile(
        date(2023, 6, 1), "15-17", date(2023, 6, 1), exit_on=date(2024, 2, 29), birth_month=date(2006, 3, 1)
    )
    assert {one for one in Audience if is_for([one], person, on)} == audience


@given(profile=people(), on=st.dates(date(2024, 1, 1), date(2036, 1, 1)))
def test_nobody_is_a_minor_and_over_21(profile: Profile, on: date) -> None:
    assert not (is_minor(profile, on) and is_over_21(profile, on))


@given(profile=people(), days=AFTER)
def test_nobody_with_an_exit_date_is_without_a_check_in(profile: Profile, days: int) -> None:
    """Whenever they joined, whatever the age, however long the bot was down: there is always a day to come for it."""
    found = {line.rule: line for line in lines(PLAN, profile, profile.joined_on + timedelta(days=days))}
    assert (CHECK_IN in found) == (profile.exit_on is not None)
    assert (REMINDER in found) <= (profile.check_in_on is not None)


@given(profile=people())
def test_a_late_joiner_is_asked_at_once_or_has_a_check_in_that_is_not_due(profile: Profile) -> None:
    today = profile.joined_on
    line = line_of(PLAN, CHECK_IN, profile, today)
    if profile.exit_on is None:
        assert not is_due_at_once(PLAN, profile, today)
        assert line is None
        return
    assert line is not None
    assert is_due_at_once(PLAN, profile, today) == (later(profile.exit_on, 6) <= today)
    if is_due_at_once(PLAN, profile, today):
        assert line.due_on == first_open(today + timedelta(days=7), profile.departement), "if they do not answer"
        assert line.late_from >= line.due_on + timedelta(days=7), "nobody who joins late is told that we are late"


@pytest.mark.parametrize(
    ("exit_on", "age_band", "text"),
    [
        (date(2026, 5, 22), "18-20", "late_6_36"),
        (date(2023, 11, 22), "18-20", "late_6_36"),
        (date(2023, 11, 21), "18-20", "late_past_3_years"),
        (date(2023, 11, 21), "21+", "late_past_3_years"),
        (date(2025, 1, 31), "21+", "late_over_21"),
        (date(1990, 1, 1), "21+", "late_past_3_years"),
    ],
)
def test_each_late_joiner_has_their_text(exit_on: date, age_band: str, text: str) -> None:
    person = Profile(TODAY, age_band, TODAY, exit_on=exit_on)
    assert is_due_at_once(PLAN, person, TODAY)
    assert late_text(PLAN, person, TODAY) == text


@given(profile=people(), days=AFTER)
def test_no_message_goes_after_the_date_of_which_it_speaks(profile: Profile, days: int) -> None:
    for line in lines(PLAN, profile, profile.joined_on + timedelta(days=days)):
        on = deadline(PLAN, line.rule, profile)
        assert on is None or line.expires_on < on


@given(profile=people(), days=AFTER, number=st.integers(0, 2**32 - 1))
def test_the_instant_is_within_the_local_hours_and_always_the_same(profile: Profile, days: int, number: int) -> None:
    person = person_of(profile, number)
    for line in lines(PLAN, profile, profile.joined_on + timedelta(days=days)):
        at = planned.instant(person, line.due_on, PLACES)
        assert at == planned.instant(person, line.due_on, PLACES)
        in_hours(at, line.due_on, profile.departement)


def in_hours(at: datetime, on: date, departement: str | None) -> None:
    assert at.utcoffset() == timedelta(0)
    for place in [departement] if departement else PLACES.departements:
        local = at.astimezone(ZoneInfo(PLACES.departements[place].zone))
        assert local.date() == on
        assert 10 <= local.hour < 19, (place, local)


def clock_changes() -> list[date]:
    """The last Sundays of March and October, and the days around them."""
    ends = [date(year, month, 31) for year in range(2024, 2033) for month in (3, 10)]
    sundays = [end - timedelta(days=end.isoweekday() % 7) for end in ends]
    return [sunday + timedelta(days=days) for sunday in sundays for days in range(-2, 4)]


@pytest.mark.parametrize("number", [0, 1, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("departement", CALENDARS, ids=str)
def test_the_days_around_a_change_of_hour_are_like_any_other(departement: str | None, number: int) -> None:
    person = person_of(Profile(TODAY, "18-20", TODAY, departement=departement), number)
    for on in clock_changes():
        in_hours(planned.instant(person, on, PLACES), on, departement)


@pytest.mark.parametrize("departement", sorted(PLACES.departements))
def test_the_earliest_and_the_latest_of_a_day_are_decent_in_every_departement(departement: str) -> None:
    for number in (0, 0xFFFFFFFF):
        person = person_of(Profile(TODAY, "18-20", TODAY, departement=departement), number)
        for on in (date(2027, 1, 4), date(2027, 7, 5)):
            in_hours(planned.instant(person, on, PLACES), on, departement)


def test_those_of_one_day_are_spread_over_its_hours() -> None:
    people = [person_of(Profile(TODAY, "18-20", TODAY, departement="31"), n * 2**32 // 700) for n in range(700)]
    hours = [planned.instant(one, date(2027, 1, 4), PLACES).astimezone(ZoneInfo("Europe/Paris")).hour for one in people]
    assert {hour: hours.count(hour) for hour in sorted(set(hours))}.keys() == set(range(10, 18))
    assert max(hours.count(hour) for hour in hours) <= 100


def test_whoever_knows_the_month_alone_is_counted_from_its_last_day() -> None:
    left = exit_dates.read("août 2026", TODAY)
    assert left == Exit(date(2026, 8, 31), "month")
    person = Profile(date(2026, 9, 1), "18-20", date(2026, 9, 1), exit_on=left.on, departement="62")
    line = line_of(PLAN, CHECK_IN, person, TODAY)
    assert line is not None
    assert (line.earliest_on, line.due_on) == (date(2027, 2, 28), date(2027, 3, 1)), "the 28th is a Sunday"


@pytest.mark.parametrize("name", PLAN.rules)
def test_each_rule_has_somebody(name: str) -> None:
    """A rule that can reach nobody is a mistake that no error would tell."""
    rule = PLAN.rules[name]
    exit_on, birth = date(2027, 3, 31), date(2007, 8, 1)
    in_care_and_minor = rule.anchor == Anchor.JOINING
    person = Profile(
        joined_on=date(2026, 8, 1), age_band="15-17" if in_care_and_minor else "18-20", age_told_on=date(2026, 8, 1),
        exit_on=exit_on, birth_month=None if in_care_and_minor else birth,
        check_in_on=date(2027, 9, 30) if rule.anchor == Anchor.CHECK_IN else None, departement="974",
    )  # fmt: skip
    if rule.anchor == Anchor.BIRTHDAY_21:
        person = Profile(TODAY, "18-20", TODAY, situation="left", birth_month=birth)
    assert name in {line.rule for line in lines(PLAN, person, person.joined_on)}


def test_a_crowded_day_keeps_the_first_rule_and_moves_the_next() -> None:
    """Leaving on the day of one's 20½ years, so to speak: the check-in first, the letter on the next open day."""
    person = Profile(
        date(2026, 9, 1), "18-20", date(2026, 9, 1), exit_on=date(2026, 9, 1), birth_month=date(2006, 9, 1)
    )
    found = {line.rule: line.due_on for line in lines(PLAN, person, date(2026, 9, 2))}
    assert found[CHECK_IN] == date(2027, 3, 1)
    assert found["before_21_6_months"] == date(2027, 3, 2)


def test_the_day_that_it_is_is_the_one_where_the_person_lives() -> None:
    assert planned.local_day(
        datetime(2027, 1, 4, 23, 30, tzinfo=UTC), person_of(Profile(TODAY, "21+", TODAY, departement="974")), PLACES
    ) == date(2027, 1, 5)
