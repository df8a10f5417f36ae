"""The proof of each yes and each no: rows are only added, each chained to the one before by its hash."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import select

from bot.consent_texts import ConsentText, Purpose
from bot.models import ConsentEvent, Person
from bot.vault import Transaction

_START = "0" * 64


class Action(StrEnum):
    GRANT = "grant"
    REFUSE = "refuse"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class Shown:
    """The text that was answered: its purpose, date, language and hash."""

    purpose: str
    version: date
    lang: str
    sha256: str


async def history(tx: Transaction, person: Person) -> list[ConsentEvent]:
    """Return every yes, no and withdrawal of a person, the oldest first."""
    found = await tx.session.scalars(
        select(ConsentEvent).where(ConsentEvent.person_id == person.id).order_by(ConsentEvent.id)
    )
    return list(found)


async def is_granted(tx: Transaction, person: Person, purpose: Purpose) -> bool:
    """Return whether the last word on a purpose was yes."""
    last = _last(await history(tx, person), purpose)
    return last is not None and last.action == Action.GRANT


async def answer(tx: Transaction, person: Person, text: ConsentText, action: Action, *, how: str) -> None:
    """Record a yes or a no to a text; `how` is what the person did, such as « button »."""
    shown = Shown(text.purpose, text.version, text.lang, text.sha256)
    await _add(tx, person, shown, action, how)


async def withdraw(tx: Transaction, person: Person, purpose: Purpose, *, how: str, sha256: str | None = None) -> None:
    """Record that a yes is taken back; nothing is written if there was none. `sha256`: the yes to this very text."""
    said = await history(tx, person)
    last = _last([event for event in said if sha256 in (None, event.text_sha256)], purpose)
    if last is not None and last.action == Action.GRANT:
        shown = Shown(purpose, last.text_version, last.text_lang, last.text_sha256)
        await _add(tx, person, shown, Action.WITHDRAW, how)


def is_unbroken(events: list[ConsentEvent]) -> bool:
    """Return whether no event of a person was changed, added in between or taken out of the middle."""
    previous = _START
    for event in events:
        if event.previous_hash != previous or event.hash != _hash(event):
            return False
        previous = event.hash
    return True


async def _add(tx: Transaction, person: Person, shown: Shown, action: Action, how: str) -> None:
    before = await history(tx, person)
    event = ConsentEvent(
        person_id=person.id,
        purpose=shown.purpose,
        action=action,
        text_version=shown.version,
        text_lang=shown.lang,
        text_sha256=shown.sha256,
        age_band=person.age_band,
        how=how,
        occurred_at=tx.now,
        previous_hash=before[-1].hash if before else _START,
    )
    event.hash = _hash(event)
    tx.session.add(event)
    await tx.session.flush()


def _last(events: list[ConsentEvent], purpose: Purpose) -> ConsentEvent | None:
    return next((event for event in reversed(events) if event.purpose == purpose), None)


def _hash(event: ConsentEvent) -> str:
    told = (
        event.previous_hash,
        event.person_id,
        event.purpose,
        event.action,
        event.text_version.isoformat(),
        event.text_lang,
        event.text_sha256,
        event.age_band,
        event.how,
        event.occurred_at.isoformat(),
    )
    return hashlib.sha256("|".join(told).encode()).hexdigest()
