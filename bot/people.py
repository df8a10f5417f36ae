"""Those who said yes: find, join, change one thing, stop. Works inside the caller's transaction."""

import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from bot.models import Person, Status
from bot.vault import Transaction

MINOR = "15-17"
AGE_BANDS = (MINOR, "18-20", "21+")
UNDER_15 = "<15"  # never stored: it is only an answer to our question
IN_CARE, LEFT = "in_care", "left"
PLAIN = ("birth_month", "situation", "exit_on", "exit_precision", "care_departement", "home_departement", "reach_how")
SEALED = ("home", "name", "phone", "email")
CONTACT_FIELDS = ("name", "phone", "email", "reach_how")  # what the consent to contact details covers


@dataclass(frozen=True)
class Details:
    """What is kept about a person, opened. Empty fields are None."""

    birth_month: date | None
    situation: str | None
    exit_on: date | None
    exit_precision: str | None
    care_departement: str | None
    home_departement: str | None
    reach_how: str | None
    home: str | None
    name: str | None
    phone: str | None
    email: str | None


async def find(tx: Transaction, chat: int, *, lock: bool = False) -> Person | None:
    """Return the person of a chat, None for whoever never said yes. Locked when it is about to change."""
    wanted = select(Person).where(Person.chat_index == tx.keyring.index(str(chat)))
    if lock:  # and read again: what was seen before may have changed while waiting for the lock
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    person: Person | None = await tx.session.scalar(wanted)
    return person


async def join(tx: Transaction, chat: int, *, lang: str, age_band: str, situation: str | None) -> Person:
    """Return the new row of someone who has just said yes. Raises ValueError under 15."""
    if age_band not in AGE_BANDS:
        raise ValueError("under 15, nothing is stored")
    today = tx.now.date()
    person = Person(
        id=str(uuid.uuid4()),
        chat_index=tx.keyring.index(str(chat)),
        joined_on=today,
        last_contact_on=today,
        status=Status.ACTIVE,
        status_on=today,
        lang=lang,
        age_band=age_band,
        age_told_on=today,
        situation=situation,
    )
    tx.seal(person, "chat", str(chat))
    tx.session.add(person)
    return person


def chat_of(tx: Transaction, person: Person) -> int:
    """Return the chat of a person. Raises KeysError."""
    return int(tx.unseal(person, "chat") or 0)


def details(tx: Transaction, person: Person) -> Details:
    """Open what is kept about a person. Raises KeysError."""
    opened: dict[str, Any] = {name: tx.unseal(person, name) for name in SEALED}
    return Details(**{name: getattr(person, name) for name in PLAIN}, **opened)


def has_contact(person: Person) -> bool:
    """Return whether anything is kept that the second consent covers."""
    kept = (person.name_sealed, person.phone_sealed, person.email_sealed, person.reach_how)
    return any(value is not None for value in kept)


def change(tx: Transaction, person: Person, **values: object) -> None:
    """Set some of the fields of `Details`; None empties one."""
    for name, value in values.items():
        if name in SEALED:
            tx.seal(person, name, None if value is None else str(value))
        else:
            setattr(person, name, value)
    if "age_band" in values:  # it ages from the day it is told
        person.age_told_on = tx.now.date()


def set_status(tx: Transaction, person: Person, status: Status) -> None:
    person.status, person.status_on = status, tx.now.date()


async def touch(tx: Transaction, chat: int) -> None:
    """Note the day of the person's last message: their keeping time counts from it."""
    person = await find(tx, chat, lock=True)
    if person is not None:
        person.last_contact_on = tx.now.date()


def await_answer(tx: Transaction, person: Person, question: str | None) -> None:
    """Note which question the person is being asked, None for no question."""
    person.awaiting, person.awaiting_at = question, tx.now if question else None
