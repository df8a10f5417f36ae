"""Whether somebody is of the age that a contact receives. Pure."""

from datetime import date
from enum import StrEnum

from bot.directory import Door, who_helps
from bot.structures import Kind


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
    doors = set(who_helps(band, birth_month, today))
    if kind == Kind.HABITAT_JEUNES and Door.FROM_26 in doors:  # until 30
        doors = doors - {Door.FROM_26} | {Door.MISSION_LOCALE}
    only = doors.pop()
    if doors:
        return Age.UNKNOWN
    return {Door.UNDER_16: Age.TOO_YOUNG, Door.FROM_26: Age.TOO_OLD}.get(only, Age.FITS)
