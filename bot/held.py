"""Everything held about a person, opened: for the chat, as JSON to take away, for operators' export."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from bot import consents, people, planned, referrals
from bot.checkins import Ask
from bot.models import Base, CheckIn, ConsentEvent, Person, Planned, Referral, Status
from bot.people import Details
from bot.receipts import Line
from bot.retention import PERSON_KEPT, STOPPED_KEPT
from bot.vault import Transaction

PLANNED_SHOWN = ("rule", "state", "anchor_on", "due_on", "due_at", "late_from", "expires_on", "snoozed", "sent_at")
REQUEST_SHOWN = (
    "ref",
    "structure_name",
    "kind",
    "state",
    "needs",
    "confirmed_at",
    "sent_at",
    "answered_at",
    "reason",
    "closed_on",
)
CHECK_IN_SHOWN = ("opened_on", "closed_on", "asking", *Ask)


@dataclass(frozen=True)
class Held:
    """One person, opened: what a transaction found, to be shown after it."""

    id: str
    lang: str
    age_band: str
    age_told_on: date | None
    status: str
    joined_on: date
    last_contact_on: date
    kept_until: date
    chat: int
    details: Details
    consents: tuple[ConsentEvent, ...]
    planned: tuple[Planned, ...]
    check_ins: tuple[CheckIn, ...]
    requests: tuple[tuple[Referral, tuple[Line, ...], dict[str, str | None]], ...] = ()  # lines sent, what was answered


def kept_until(person: Person) -> date:
    """Return the day on which everything about a person is erased, if they do not write again."""
    until = person.last_contact_on + PERSON_KEPT
    return until if person.status == Status.ACTIVE else min(until, person.status_on + STOPPED_KEPT)


async def everything(tx: Transaction, person: Person) -> Held:
    """Open everything about a person. Raises KeysError."""
    answers = select(CheckIn).where(CheckIn.person_id == person.id).order_by(CheckIn.opened_on)
    return Held(
        id=person.id,
        lang=person.lang,
        age_band=person.age_band,
        age_told_on=person.age_told_on,
        status=person.status,
        joined_on=person.joined_on,
        last_contact_on=person.last_contact_on,
        kept_until=kept_until(person),
        chat=people.chat_of(tx, person),
        details=people.details(tx, person),
        consents=tuple(await consents.history(tx, person)),
        planned=tuple(await planned.of(tx, person)),
        check_ins=tuple(await tx.session.scalars(answers)),
        requests=tuple(
            (one, referrals.payload(tx, one), referrals.answer(tx, one)) for one in await referrals.of(tx, person)
        ),
    )


def as_json(found: Held) -> dict[str, Any]:
    """Return all of it with plain keys, dates in ISO 8601."""
    whole: dict[str, Any] = {
        "reference": found.id,
        "telegram_chat": found.chat,
        "language": found.lang,
        "age_band": found.age_band,
        "age_told_on": found.age_told_on.isoformat() if found.age_told_on else None,
        "status": found.status,
        "joined_on": found.joined_on.isoformat(),
        "last_contact_on": found.last_contact_on.isoformat(),
        "kept_until": found.kept_until.isoformat(),
    }
    whole |= {name: _plain(value) for name, value in asdict(found.details).items()}
    whole["planned"] = [_columns(row, PLANNED_SHOWN) for row in found.planned]
    whole["check_ins"] = [_columns(row, CHECK_IN_SHOWN) for row in found.check_ins]
    whole["consents"] = [
        {
            "purpose": event.purpose,
            "action": event.action,
            "text_version": event.text_version.isoformat(),
            "text_language": event.text_lang,
            "text_sha256": event.text_sha256,
            "age_band": event.age_band,
            "how": event.how,
            "at": event.occurred_at.isoformat(),
        }
        for event in found.consents
    ]
    whole["sent_to_others"] = [
        _columns(one, REQUEST_SHOWN)
        | {"lines": {line.label: line.value for line in lines}}
        | {"answer": {name: value for name, value in answer.items() if value}}
        for one, lines, answer in found.requests
    ]
    return whole


def _columns(row: Base, names: Iterable[str]) -> dict[str, Any]:
    return {str(name): _plain(getattr(row, name)) for name in names}


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value
