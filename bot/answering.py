"""What the receipt page asks of what is kept: look a link up, keep a structure's answer, tell the person."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select

from bot import planned, referral_words, referrals, telling
from bot.i18n import SOURCE_LANGUAGE
from bot.models import Person, Referral, ReferralState
from bot.places import Places
from bot.receipts import PARIS, Answer, Appointment, Cannot, Reached, Received, Request
from bot.vault import Transaction, Vault

# A letter that the relay took may be read before we have noted that it did.
OPEN = (
    ReferralState.WAITING,
    ReferralState.SENT,
    ReferralState.RECEIVED,
    ReferralState.APPOINTMENT,
    ReferralState.REACHED,
    ReferralState.NOT_REACHED,
    ReferralState.CANNOT,
    ReferralState.FAILED,  # nobody knows whether it came; its words are erased if it certainly did not
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Desk:
    """The `Requests` of the page, over a vault that may be away for a while."""

    vault: Callable[[], Vault | None]
    places: Callable[[], Places]
    now: Callable[[], datetime]

    async def look(self, token: str) -> Request | None:
        vault = self.vault()
        if vault is None:
            raise OSError("no database")
        return await vault.read(partial(_look, token=token, places=self.places()), now=self.now())

    async def answer(self, token: str, answer: Answer) -> Request | None:
        vault = self.vault()
        if vault is None:
            raise OSError("no database")
        return await vault.write(partial(_answer, token=token, answer=answer, places=self.places()), now=self.now())


async def _find(tx: Transaction, token: str, *, lock: bool) -> tuple[Referral, Person] | None:
    wanted = select(Referral).where(Referral.receipt_index == referrals.receipt_index(token), Referral.state.in_(OPEN))
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    referral: Referral | None = await tx.session.scalar(wanted)
    person = await tx.session.get(Person, referral.person_id) if referral is not None else None
    return None if referral is None or person is None else (referral, person)


async def _look(tx: Transaction, *, token: str, places: Places) -> Request | None:
    found = await _find(tx, token, lock=False)
    return None if found is None else _request(tx, *found, places)


async def _answer(tx: Transaction, *, token: str, answer: Answer, places: Places) -> Request | None:
    found = await _find(tx, token, lock=True)
    if found is None:
        return None
    referral, person = found
    before = (referral.state, referral.reason, tx.unseal(referral, "answer"))
    state, told = _kept(answer)
    if state != ReferralState.CANNOT and "on" not in told:  # a later word takes no appointment back
        told |= {name: value for name, value in referrals.answer(tx, referral).items() if name in ("on", "at", "place")}
        if state == ReferralState.RECEIVED and "on" in told:
            state = ReferralState.APPOINTMENT
    if (state, told["reason"], json.dumps(told, ensure_ascii=False)) != before:
        referral.sent_at = referral.sent_at or tx.now
        referral.state, referral.reason, referral.answered_at = state, told["reason"], tx.now
        tx.seal(referral, "answer", json.dumps(told, ensure_ascii=False))
        ends_on = date.fromisoformat(str(told["on"])) if "on" in told else None  # the appointment is read until then
        referral.closed_on = tx.now.date() if state == ReferralState.CANNOT else ends_on
        await telling.tell(tx, person, referral.ref, referral_words.news(referral, person.lang), places)
        log.info("request_answered", state=state)
    return _request(tx, referral, person, places)


def _kept(answer: Answer) -> tuple[ReferralState, dict[str, str | None]]:
    """Return the state that an answer brings, and what is kept of it."""
    told: dict[str, str | None] = {"reason": None, "message": answer.message or None}
    match answer:
        case Received():
            return ReferralState.RECEIVED, told
        case Appointment():
            day = {"on": answer.on.isoformat(), "at": answer.at.isoformat("minutes"), "place": answer.place}
            return ReferralState.APPOINTMENT, told | day
        case Cannot():
            return ReferralState.CANNOT, told | {"reason": answer.reason, "other": answer.other or None}
        case Reached(reached=True):
            return ReferralState.REACHED, told
        case _:
            return ReferralState.NOT_REACHED, told


def _request(tx: Transaction, referral: Referral, person: Person, places: Places) -> Request:
    zone = planned.zone_of(person, places) or PARIS
    sent = (referral.sent_at or tx.now).astimezone(ZoneInfo(zone)).date()
    answered: tuple[str, ...] = ()
    if referral.answered_at is not None:
        answer = referrals.answer(tx, referral)
        answered = tuple(referral_words.answer_lines(referral, answer, SOURCE_LANGUAGE))
        if message := answer.get("message"):
            answered += (f"« {message} »",)
    return Request(
        ref=referral.ref,
        structure=referral.structure_name,
        sent_on=sent,
        lines=referrals.payload(tx, referral),
        state=referral.state,
        answered=answered,
        zone=zone,
    )
