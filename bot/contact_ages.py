"""Whether somebody is of the age that a contact receives. Pure."""

from datetime import date
from enum import StrEnum

from bot.directory import YOUNGEST, Door, who_helps
from bot.structures import Kind

OLDEST_AT_HOME = 30  # years: until the 31st birthday


class Age(StrEnum):
    """What is known of somebody's age, for one kind of contact."""

    FITS = "fits"
    TOO_YOUNG = "too_young"
    TOO_OLD = "too_old"
    UNKNOWN = "unknown"


def age_for(kind: Kind, band: str | None, birth_month: date | None, today: date) -> Age:
    """Return whether somebody of an age band, or born in a month, is of the age that `kind` receives."""
    if kind not in (Kind.MISSION_LOCALE, Kind.HABITAT_JEUNES):
        return Age.FITS
    if band is None and birth_month is None:
        return Age.UNKNOWN
    if kind == Kind.HABITAT_JEUNES and birth_month is not None:
        return _at_home(birth_month, today)
    doors = set(who_helps(band, birth_month, today))
    if kind == Kind.HABITAT_JEUNES and Door.FROM_26 in doors:
        doors = doors - {Door.FROM_26} | {Door.MISSION_LOCALE}
    only = doors.pop()
    if doors:
        return Age.UNKNOWN
    return {Door.UNDER_16: Age.TOO_YOUNG, Door.FROM_26: Age.TOO_OLD}.get(only, Age.FITS)


def _at_home(birth_month: date, today: date) -> Age:
    """Return whether a residence is for them; in the month of the birthday the day is not known."""
    months = (today.year - birth_month.year) * 12 + today.month - birth_month.month
    first, last = YOUNGEST * 12, (OLDEST_AT_HOME + 1) * 12
    if months in (first, last):
        return Age.UNKNOWN
    return Age.TOO_YOUNG if months < first else Age.TOO_OLD if months > last else Age.FITS
