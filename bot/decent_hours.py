"""When we may write first: between 10:00 and 19:00 where the person lives, no Sunday, no public holiday there.

A plan is a local day; the instant is computed when the message is about to go, because zones change their rules.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays
from dateutil.relativedelta import relativedelta

OPENS, CLOSES = time(10), time(19)  # local
SUNDAY = 6
# Where nobody said where they live: the one hour that is decent in every département, in every season.
ANYWHERE_OPENS, ANYWHERE_CLOSES = time(14, tzinfo=UTC), time(15, tzinfo=UTC)
# The names of the library for the parts of France whose holidays differ.
_HOLIDAYS_OF = {"57": "57", "67": "6AE", "68": "6AE"} | {code: code for code in ("971", "972", "973", "974", "976")}


def months_after(on: date, months: int) -> date:
    """Return the day so many calendar months after `on`, clamped at the end of a month: 31 August → 28 February."""
    return on + relativedelta(months=months)


def is_open_day(on: date, departement: str | None) -> bool:
    """Return whether `on` is neither a Sunday nor a public holiday, there or, when nobody knows where, anywhere."""
    if on.weekday() == SUNDAY:
        return False
    places = [_HOLIDAYS_OF.get(departement)] if departement else [None, *set(_HOLIDAYS_OF.values())]
    return not any(on in _holidays(place, on.year) for place in places)


def next_open_day(on: date, departement: str | None) -> date:
    """Return `on`, or the first day after it on which we may write."""
    while not is_open_day(on, departement):
        on += timedelta(days=1)
    return on


def opening(on: date, zone: str | None) -> tuple[datetime, datetime]:
    """Return the instants between which we may write on a local day, in UTC."""
    if zone is None:
        return datetime.combine(on, ANYWHERE_OPENS), datetime.combine(on, ANYWHERE_CLOSES)
    there = ZoneInfo(zone)
    opens, closes = (datetime.combine(on, at, there).astimezone(UTC) for at in (OPENS, CLOSES))
    return opens, closes


def is_decent(now: datetime, departement: str | None, zone: str | None) -> bool:
    """Return whether we may write at this instant."""
    today = now.astimezone(ZoneInfo(zone) if zone else UTC).date()
    opens, closes = opening(today, zone)
    return is_open_day(today, departement) and opens <= now < closes


def next_decent(now: datetime, departement: str | None, zone: str | None) -> datetime:
    """Return `now` if we may write, else the next instant at which we may, in UTC."""
    today = now.astimezone(ZoneInfo(zone) if zone else UTC).date()
    opens, closes = opening(today, zone)
    if now >= closes or not is_open_day(today, departement):
        opens, _ = opening(next_open_day(today + timedelta(days=1), departement), zone)
    return max(now.astimezone(UTC), opens)


@cache
def _holidays(place: str | None, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("FR", subdiv=place, years=year))
