"""A year of messages for invented people, through the real rules: how many an installation will send, and when.

Nothing is kept and nothing is sent. Only who these people are is invented; see `_person` for what it supposes.
"""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from bot import planned
from bot.decent_hours import months_after
from bot.models import Person, PlannedState, Status
from bot.places import Places
from bot.plan import CHECK_IN, REMINDER, Line, Plan, lines

ANSWERS = 0.4  # of the check-ins; the others get the reminder
TELLS_BIRTH_MONTH = 0.5
LIVES_WHERE_THEY_GREW_UP = 0.8
HISTORY_MONTHS, AHEAD_MONTHS = 36, 12  # who left before the period, or will after it, has messages in it too
# When care ends: at 18, at 21, or at the end of a month in between, the school year's first.
ENDINGS, ENDING_WEIGHTS = ("at 18", "at 21", "between"), (45, 20, 35)
MONTH_WEIGHTS = (6, 6, 7, 6, 6, 14, 16, 16, 9, 6, 5, 8)


@dataclass(frozen=True)
class Send:
    """One message: its rule, and its instant where the person lives."""

    rule: str
    at: datetime


def sends(plan: Plan, places: Places, *, people: int, start: date, end: date, seed: int) -> Iterator[list[Send]]:
    """Yield, for each invented person, what they are sent from `start` to `end`. One seed, one result."""
    chance = random.Random(seed)  # noqa: S311 - nobody's secret
    for _ in range(people):
        person = _person(chance, places, start, end)
        zone = ZoneInfo(planned.zone_of(person, places) or "UTC")
        days = [(line.rule, line.due_on) for line in _calendar(person, plan, places, chance)]
        instants = [(rule, planned.instant(person, day, places)) for rule, day in days if start <= day <= end]
        yield [Send(rule, at.astimezone(zone)) for rule, at in instants]


def _calendar(person: Person, plan: Plan, places: Places, chance: random.Random) -> list[Line]:
    """Return every message that somebody gets who never changes a date: as planned on the day they join."""
    found = lines(plan, planned.profile(person), person.joined_on)
    check_in = next((line for line in found if line.rule == CHECK_IN), None)
    if check_in is None or chance.random() < ANSWERS:
        return found
    sent = planned.new(person, check_in, places)
    sent.state, sent.sent_at = PlannedState.SENT, sent.due_at
    after = lines(plan, planned.profile(person, [sent]), check_in.due_on)
    return found + [line for line in after if line.rule == REMINDER]


def _person(chance: random.Random, places: Places, start: date, end: date) -> Person:
    """Invent somebody who joins up to a year before or after leaving, and at the latest on the last day."""
    ending = chance.choices(ENDINGS, ENDING_WEIGHTS)[0]
    months = (end.year - start.year) * 12 + end.month - start.month
    about = months_after(start, chance.randint(-HISTORY_MONTHS, months + AHEAD_MONTHS))
    left = about.replace(month=chance.choices(range(1, 13), MONTH_WEIGHTS)[0], day=1) if ending == "between" else about
    age = {"at 18": 18 * 12, "at 21": 21 * 12}.get(ending) or chance.randint(18 * 12 + 1, 21 * 12 - 1)
    by_month = ending == "between" or chance.random() < 0.3
    exit_on = months_after(left.replace(day=1), 1) - timedelta(days=1)
    if not by_month:
        exit_on = left.replace(day=chance.randint(1, exit_on.day))
    joined = min(exit_on + timedelta(days=chance.randint(-365, 365)), end)
    birth = months_after(exit_on.replace(day=1), -age)
    grew_up = chance.choice(sorted(places.departements))
    lives = grew_up if chance.random() < LIVES_WHERE_THEY_GREW_UP else chance.choice(sorted(places.departements))
    return Person(
        id=str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        status=Status.ACTIVE,
        joined_on=joined,
        age_told_on=joined,
        age_band=age_band(birth, joined),
        birth_month=birth if chance.random() < TELLS_BIRTH_MONTH else None,
        exit_on=exit_on,
        exit_precision="month" if by_month else "day",
        care_departement=grew_up,
        home_departement=lives,
    )


def age_band(birth_month: date, on: date) -> str:
    """Return the band of somebody's age on a day."""
    if on < months_after(birth_month, 18 * 12):
        return "15-17"
    return "18-20" if on < months_after(birth_month, 21 * 12) else "21+"
