"""Joining: from « je t'écris dans 6 mois ? » to the last question, one at a time.

Until the yes nothing is stored: age band and situation travel in the buttons. After it, `Person.awaiting` is the
question being asked; each answer is kept at once, so stopping half-way loses nothing.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from dateutil.relativedelta import relativedelta

from bot import births, exit_dates, names, people, reachable
from bot.exit_dates import Ambiguous, Exit
from bot.i18n import date_text, month_text, translator
from bot.models import Person, Status
from bot.places import Places, Town
from bot.reachable import Email, Phone
from bot.retention import AWAITING_KEPT
from bot.unreadable import Problem, Unreadable
from bot.vault import Transaction

CHECK_IN_DELAY = relativedelta(months=6)  # CASF L222-5-2-1: the interview owed six months after leaving


class Step(StrEnum):
    """The questions after the first yes, in order; the last one only when it is asked for."""

    EXIT = "exit"
    CARE = "care"
    HOME = "home"
    CONTACT = "contact"  # the second consent: what follows is asked only after a yes
    NAME = "name"
    REACH = "reach"
    HOW = "how"
    BIRTH = "birth"  # never in a row with the others: asked of whoever wants the reminders before 21


STEPS = tuple(step for step in Step if step != Step.BIRTH)
HOW = ("call", "text", "no_voicemail")
EDITING = "edit:"  # before a step in `awaiting`: one thing is being corrected, not all of them asked
EMPTY: dict[str, tuple[str, ...]] = {
    Step.EXIT: ("exit_on", "exit_precision"),
    Step.CARE: ("care_departement",),
    Step.HOME: ("home", "home_departement"),
    Step.NAME: ("name",),
    "phone": ("phone",),
    "email": ("email",),
    Step.HOW: ("reach_how",),
    Step.BIRTH: ("birth_month",),
}


@dataclass(frozen=True)
class Choice:
    """Several readings of one answer: which one?"""

    options: tuple[date, ...] | tuple[Town, ...]


def open_step(person: Person) -> Step | None:
    """Return the question that is open, whether joining or correcting."""
    return Step(person.awaiting.removeprefix(EDITING).partition(":")[0]) if person.awaiting else None


def first_unanswered(person: Person) -> Step | None:
    """Return the question to begin with: whoever comes back is not asked again what they told before."""
    told = {Step.EXIT: person.exit_on, Step.CARE: person.care_departement, Step.HOME: person.home_departement}
    return next((step for step, value in told.items() if value is None), None)


def is_editing(person: Person) -> bool:
    return (person.awaiting or "").startswith(EDITING)


def is_asking(person: Person, now: datetime) -> bool:
    """Return whether a question is open: one left for a day is not, though the night has not cleared it yet."""
    return person.awaiting_at is not None and now - person.awaiting_at < AWAITING_KEPT


def move(tx: Transaction, person: Person, step: Step, by: int = 1) -> None:
    """Open the question after `step` (or before it). A correction ends; a person without a number has no `how`."""
    if is_editing(person):
        people.await_answer(tx, person, None)
        return
    index = STEPS.index(step) + by
    if index == STEPS.index(Step.HOW) and person.phone_sealed is None:
        index += by
    people.await_answer(tx, person, STEPS[max(index, 0)] if index < len(STEPS) else None)


def read(step: Step, text: str, person: Person, places: Places, today: date) -> dict[str, Any] | Choice:
    """Return the fields that a typed answer fills, or the readings to choose from. Raises Unreadable."""
    match step:
        case Step.EXIT:
            found = exit_dates.read(text, today)
            return Choice(found.choices) if isinstance(found, Ambiguous) else exit_fields(found, person, today)
        case Step.CARE:
            return {"care_departement": places.departement(text)}
        case Step.HOME:
            town = places.find(text)
            return Choice(town) if isinstance(town, tuple) else home_fields(town)
        case Step.NAME:
            return {"name": names.read(text)}
        case Step.REACH:
            return reach_fields(reachable.read(text, person.home_departement or person.care_departement))
        case Step.BIRTH:
            return birth_fields(births.read(text, today), person.age_band, today)
        case _:
            raise Unreadable(Problem.PRESS_A_BUTTON)


def exit_fields(found: Exit, person: Person, today: date) -> dict[str, Any]:
    """The situation follows the date: somebody whose date is to come has not left yet. This month says nothing."""
    fields: dict[str, Any] = {"exit_on": found.on, "exit_precision": found.precision}
    if found.precision == "month" and (found.on.year, found.on.month) == (today.year, today.month) and person.situation:
        return fields
    return fields | {"situation": people.LEFT if found.on <= today else people.IN_CARE}


def birth_fields(month: date, age_band: str, today: date) -> dict[str, Any]:
    """The age band follows the month, if the two cannot both be true. Raises Unreadable under 15: nothing is kept."""
    if births.is_under_15(month, today):
        raise Unreadable(Problem.UNDER_15)
    found = births.band(month, today, age_band)
    return {"birth_month": month} | ({} if found == age_band else {"age_band": found})


def home_fields(town: Town) -> dict[str, Any]:
    return {"home": f"{town.postcode or ''} {town.name}".strip() or None, "home_departement": town.departement}


def told(fields: dict[str, Any], places: Places, lang: str) -> str:
    """Return in words what was understood."""
    if month := fields.get("birth_month"):
        return month_text(month, lang)
    if on := fields.get("exit_on"):
        return month_text(on, lang) if fields["exit_precision"] == "month" else date_text(on, lang)
    if code := fields.get("care_departement"):
        return f"{places.departements[code].name} ({code})"
    return str(next(value for value in fields.values() if value))


def picked(town: Town) -> str:
    """Return what the button of a town sends."""
    return f"insee.{town.insee}" if town.insee else f"postcode.{town.postcode}"


def town_picked(places: Places, payload: str) -> Town:
    """Return the town of a button. Raises Unreadable if the list of towns has changed since."""
    kind, _, code = payload.partition(".")
    town = places.by_insee.get(code) if kind == "insee" else places.find(code)
    if not isinstance(town, Town):
        raise Unreadable(Problem.TOWN_UNKNOWN)
    return town


def reach_fields(found: Phone | Email) -> dict[str, Any]:
    return {"phone": found.number} if isinstance(found, Phone) else {"email": found.address}


def toggle(how: str | None, choice: str) -> str | None:
    """Add a way of being contacted, or take it out again."""
    chosen = set((how or "").split(",")) & set(HOW)
    chosen ^= {choice} & set(HOW)
    return ",".join(way for way in HOW if way in chosen) or None


def ways_text(how: str | None, lang: str) -> str:
    """Return in words how somebody wants to be contacted, "" if they said nothing of it."""
    _ = translator(lang)
    ways = {"call": _("appel"), "text": _("SMS"), "no_voicemail": _("pas de message vocal")}
    return ", ".join(ways[way] for way in (how or "").split(",") if way)


def check_in_on(person: Person) -> date | None:
    """Return the day six calendar months after leaving, clamped at the end of a month."""
    return person.exit_on + CHECK_IN_DELAY if person.exit_on else None


class Offer(StrEnum):
    """What may be offered after a useful answer."""

    JOIN = "join"  # to somebody of whom nothing is kept
    RESUME = "resume"  # stopped before giving the date without which nothing can be sent
    AGAIN = "again"  # had said stop, or blocked the bot, and came back


@dataclass(frozen=True)
class Known:
    """What an answer needs to know of the person before it; nothing when nothing can be read."""

    offer: Offer | None = None
    asking: Step | None = None
    unseen_today: bool = False


async def know(tx: Transaction, chat: int) -> Known:
    person = await people.find(tx, chat)
    if person is None:
        return Known(Offer.JOIN)
    asking = is_asking(person, tx.now)
    offer = None
    if person.status != Status.ACTIVE:
        offer = Offer.AGAIN
    elif person.exit_on is None and not asking:
        offer = Offer.RESUME
    step = open_step(person) if asking else None
    return Known(offer, step, person.last_contact_on < tx.now.date())
