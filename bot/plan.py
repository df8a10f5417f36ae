"""When we write first: the rules of `content/plan.yml`, and what they say for one person. Pure.

A rule counts calendar months and days from an anchor. What it gives is a local day; the instant is found when the
message is about to go (`decent_hours.py`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field

from bot.decent_hours import months_after, next_open_day
from bot.i18n import SOURCE_LANGUAGE
from bot.topics import FactId

CHECK_IN, REMINDER = "check_in", "check_in_reminder"  # the two rules that the conversation needs
PRIORITY_MONTHS = 36  # how long leavers come first for social housing (CCH L441-1)
YOUNGEST = {"15-17": 15, "18-20": 18, "21+": 21}  # of each age band, years


class Anchor(StrEnum):
    """The day that a rule counts from."""

    EXIT = "exit"
    BIRTHDAY_21 = "birthday_21"  # the first day of that month
    JOINING = "joining"
    CHECK_IN = "check_in"  # the day the check-in was sent, while it is not answered


class Audience(StrEnum):
    """Whom a rule is for, on the day it falls."""

    IN_CARE = "in_care"
    LEFT = "left"
    MINOR = "minor"
    UNDER_21 = "under_21"  # or perhaps: whoever may still be under 21 is told
    OVER_21 = "over_21"
    WITHIN_3_YEARS = "within_3_years"
    PAST_3_YEARS = "past_3_years"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(_Strict):
    """One message: months and days after its anchor, sent from `earliest` on, worded as late after `latest`, given up
    after `expires` (days counted from that day)."""

    anchor: Anchor
    months: int = Field(0, ge=-60, le=60)
    days: int = Field(0, ge=-366, le=366)
    audience: tuple[Audience, ...] = ()
    text: str
    topics: tuple[str, ...] = ()
    facts: tuple[FactId, ...] = Field(min_length=1)  # what the text rests on
    earliest: int = Field(0, ge=-60, le=60)
    latest: int = Field(ge=0, le=366)
    expires: int = Field(ge=0, le=366)
    joined_late: int | None = Field(None, ge=1, le=60)  # days after joining, for whom the day had passed by then
    deadline_months: int | None = Field(None, ge=0, le=60)  # after the anchor: the date that the text speaks of


class LateText(_Strict):
    """What is said to somebody who joins when the day of the check-in has passed."""

    audience: tuple[Audience, ...] = ()
    text: str


@dataclass(frozen=True)
class Text:
    """What a rule says once it is opened: a title, which `/calendrier` shows too, and a body with `{date}` at most."""

    title: str
    html: str


@dataclass(frozen=True)
class Plan:
    """The rules in their order, and their texts by language. `mark` changes with the rules."""

    version: date
    rules: Mapping[str, Rule]
    late_joiners: Sequence[LateText]
    texts: Mapping[str, Mapping[str, Text]]
    mark: str

    def text(self, name: str, lang: str) -> Text:
        """Return a text in `lang`, or in French while it is not translated."""
        return self.texts.get(lang, {}).get(name) or self.texts[SOURCE_LANGUAGE][name]


@dataclass(frozen=True)
class Profile:
    """What the rules look at in a person."""

    joined_on: date
    age_band: str
    age_told_on: date
    situation: str | None = None  # "in_care" or "left", as told; a date of leaving says more
    exit_on: date | None = None
    birth_month: date | None = None  # its first day
    check_in_on: date | None = None  # when the check-in was sent, if it is not answered
    departement: str | None = None


@dataclass(frozen=True)
class Line:
    """One message of somebody's calendar."""

    rule: str
    anchor_on: date
    earliest_on: date
    due_on: date
    late_from: date  # after this day the late wording is used
    expires_on: date  # the last day on which it may go


def is_for(audience: Iterable[Audience], profile: Profile, on: date) -> bool:
    """Return whether somebody belongs to all of an audience on a day. What nobody knows belongs to no audience."""
    return all(_belongs(one, profile, on) for one in audience)


def _belongs(audience: Audience, profile: Profile, on: date) -> bool:
    exit_on = profile.exit_on
    match audience:
        case Audience.IN_CARE:
            return on < exit_on if exit_on else profile.situation == "in_care"
        case Audience.LEFT:
            return on >= exit_on if exit_on else profile.situation == "left"
        case Audience.MINOR:
            return is_minor(profile, on)
        case Audience.UNDER_21:
            return not is_over_21(profile, on)
        case Audience.OVER_21:
            return is_over_21(profile, on)
        case Audience.WITHIN_3_YEARS:
            return exit_on is not None and on <= months_after(exit_on, PRIORITY_MONTHS)
        case Audience.PAST_3_YEARS:
            return exit_on is not None and on > months_after(exit_on, PRIORITY_MONTHS)


def is_minor(profile: Profile, on: date) -> bool:
    if profile.birth_month is not None:
        return on < months_after(profile.birth_month, 18 * 12)
    return YOUNGEST[profile.age_band] < 18 and on < months_after(profile.age_told_on, 12)


def is_over_21(profile: Profile, on: date) -> bool:
    """Return whether somebody is surely 21 or more: nobody is told by mistake that a right has ended."""
    if profile.birth_month is not None:
        return on >= months_after(profile.birth_month, 21 * 12 + 1)
    return on >= months_after(profile.age_told_on, (21 - YOUNGEST[profile.age_band]) * 12)


def lines(plan: Plan, profile: Profile, today: date) -> list[Line]:
    """Return what is to be sent to somebody after today, the first first; at most one message a day."""
    taken: set[date] = set()
    found = []
    for name in plan.rules:  # in their order: the first of a day keeps it
        line = line_of(plan, name, profile, today)
        if line is None:
            continue
        due = line.due_on
        while due in taken:
            due = next_open_day(due + timedelta(days=1), profile.departement)
        taken.add(due)
        found.append(replace(line, due_on=due, expires_on=max(due, line.expires_on)))
    return sorted(found, key=lambda line: line.due_on)


def line_of(plan: Plan, name: str, profile: Profile, today: date) -> Line | None:
    """Return what one rule says for somebody after today, None if it says nothing (any more)."""
    rule, anchor = plan.rules[name], anchor_of(plan.rules[name], profile)
    if anchor is None:
        return None
    day = months_after(anchor, rule.months) + timedelta(days=rule.days)
    earliest, late_from, expires = (day + timedelta(days=days) for days in (rule.earliest, rule.latest, rule.expires))
    due = next_open_day(max(earliest, today + timedelta(days=1)), profile.departement)
    if rule.joined_late is not None and (day <= profile.joined_on or due > expires):
        # The day had passed before we knew of it: nobody is dropped for that, nor told that we are late.
        earliest = profile.joined_on + timedelta(days=rule.joined_late)
        due = next_open_day(max(earliest, today + timedelta(days=1)), profile.departement)
        late_from, expires = (due + timedelta(days=days) for days in (rule.latest, rule.expires))
    if due > expires or not is_for(rule.audience, profile, due):
        return None
    return Line(name, anchor, earliest, due, late_from, expires)


def anchor_of(rule: Rule, profile: Profile) -> date | None:
    """Return the day that a rule counts from for somebody, None if nobody knows it."""
    match rule.anchor:
        case Anchor.EXIT:
            return profile.exit_on
        case Anchor.BIRTHDAY_21:
            return months_after(profile.birth_month, 21 * 12) if profile.birth_month else None
        case Anchor.JOINING:
            return profile.joined_on
        case Anchor.CHECK_IN:
            return profile.check_in_on


def is_due_at_once(plan: Plan, profile: Profile, today: date) -> bool:
    """Return whether the day of the check-in has passed for somebody who has just joined."""
    rule, anchor = plan.rules[CHECK_IN], anchor_of(plan.rules[CHECK_IN], profile)
    return anchor is not None and months_after(anchor, rule.months) + timedelta(days=rule.days) <= today


def late_text(plan: Plan, profile: Profile, today: date) -> str:
    """Return the id of what to say to somebody who joins late."""
    return next(late.text for late in plan.late_joiners if is_for(late.audience, profile, today))


def deadline(plan: Plan, name: str, profile: Profile) -> date | None:
    """Return the date that the text of a rule speaks of."""
    rule, anchor = plan.rules[name], anchor_of(plan.rules[name], profile)
    return None if anchor is None or rule.deadline_months is None else months_after(anchor, rule.deadline_months)
