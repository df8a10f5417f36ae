"""Claims on what is due, each inside its caller's transaction: take, give back, note what became of it.

A claim re-reads consent, hours and plan. Whoever dies with one leaves it to the end of its lease; it is then sent once
more, so at most twice, and after a second accident a human looks at it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, exists, func, or_, select, tuple_, update
from sqlalchemy.orm import aliased

from bot import leaving, people, planned
from bot.consent_texts import Purpose
from bot.consents import Action
from bot.crypto import KeysError
from bot.decent_hours import is_decent, next_decent, next_open_day
from bot.models import ConsentEvent, Instant, Person, Planned, PlannedState, Status
from bot.openings import opening
from bot.places import Places
from bot.plan import CHECK_IN, REMINDER, Plan, line_of
from bot.replies import Delivery, Outcome, Reply
from bot.vault import Transaction

APART = timedelta(hours=15)  # between two messages to one person, so that they are of different days
ATTEMPTS = 2  # that may each have left a copy
MAYBE_AGAIN = timedelta(minutes=30)  # before what may have arrived is sent once more
UNREACHED_AGAIN = timedelta(minutes=1)  # before Telegram is tried again after it could not be reached
LONGEST_WAIT = timedelta(hours=24)  # whatever Telegram asks for
SHUT_OUT_AGAIN = timedelta(hours=1)  # before a refused token is tried again
WAITING_FOR = (PlannedState.SENT, PlannedState.PARKED)  # a check-in in these states has its reminder

log = structlog.get_logger()


@dataclass(frozen=True)
class Claimed:
    """A message to send, and to whom."""

    id: str
    rule: str
    chat: int
    reply: Reply
    attempt: int  # whoever wakes up after their lease must not undo the claim of another


async def take_back(tx: Transaction) -> None:
    """End the claims whose lease is over: whoever had them is dead."""
    over = (Planned.state == PlannedState.SENDING, Planned.lease_until < tx.now)
    parked = await _set(tx, *over, Planned.attempts >= ATTEMPTS, state=PlannedState.PARKED, lease_until=None)
    again = await _set(tx, *over, state=PlannedState.PLANNED, due_at=tx.now, lease_until=None)
    if parked or again:
        log.warning("claims_taken_back", again=again, parked=parked)


async def sent_within(tx: Transaction, time: timedelta) -> int:
    """Return how many messages went in the time before now."""
    count = select(func.count()).select_from(Planned).where(_sent_lately(tx, time))
    return int(await tx.session.scalar(count) or 0)


def _sent_lately(tx: Transaction, time: timedelta) -> ColumnElement[bool]:
    """Not what a clock that was far ahead for a while has marked: it would hold the lane until that day."""
    return Planned.sent_at.between(tx.now - time, tx.now + APART)


async def of_day(tx: Transaction, day: date) -> dict[str, int]:
    """Return how many messages were expected on a local day, how many went, and what became of the others."""
    of_each = select(Planned.state, func.count()).where(Planned.due_on == day).group_by(Planned.state)
    states = {state: count for state, count in await tx.session.execute(of_each) if state != PlannedState.DROPPED}
    went = (PlannedState.SENT, PlannedState.ANSWERED, PlannedState.NO_ANSWER)
    others = {state: count for state, count in states.items() if state not in went}
    return {"expected": sum(states.values()), "sent": sum(states.get(state, 0) for state in went), **others}


async def _set(tx: Transaction, *where: object, **values: object) -> int:
    change = update(Planned).where(*where).values(values)  # type: ignore[arg-type]
    done = await tx.session.execute(change, execution_options={"synchronize_session": False})
    return int(done.rowcount)  # type: ignore[attr-defined]


async def note(tx: Transaction, results: Sequence[tuple[Claimed, Delivery]]) -> None:
    """Keep what became of each message. A row that left with its person meanwhile is not there any more."""
    by_outcome: dict[Outcome, list[tuple[Claimed, Delivery]]] = {}
    for one, found in results:
        by_outcome.setdefault(found.outcome, []).append((one, found))
    for outcome, rows in by_outcome.items():
        ids = [one.id for one, _ in rows]
        claim = tuple_(Planned.id, Planned.attempts).in_([(one.id, one.attempt) for one, _ in rows])
        ours = (Planned.id.in_(ids), claim, Planned.state == PlannedState.SENDING)
        match outcome:
            case Outcome.SENT:
                await _set(tx, *ours, state=PlannedState.SENT, sent_at=tx.now, lease_until=None)
            case Outcome.REFUSED:
                log.error("first_messages_refused", count=len(ids))
                await _set(tx, *ours, state=PlannedState.REFUSED, lease_until=None)
            case Outcome.MAYBE:
                log.warning("first_messages_uncertain", count=len(ids))
                again = tx.now + MAYBE_AGAIN
                await _set(tx, *ours, Planned.attempts >= ATTEMPTS, state=PlannedState.PARKED, lease_until=None)
                await _set(tx, *ours, state=PlannedState.PLANNED, due_at=again, lease_until=None)
            case Outcome.LATER | Outcome.SHUT_OUT:
                again, less = tx.now + max(wait_after(found) for _, found in rows), Planned.attempts - 1
                # Its hour stays: whoever watches us must see how late it is.
                await _set(tx, *ours, state=PlannedState.PLANNED, lease_until=again, attempts=less)
            case Outcome.BLOCKED:
                await _lost(tx, ids)


def wait_after(found: Delivery) -> timedelta:
    """Return how long to wait after what was certainly not taken."""
    if found.outcome == Outcome.SHUT_OUT:
        return SHUT_OUT_AGAIN
    return UNREACHED_AGAIN if found.wait is None else min(found.wait, LONGEST_WAIT) + timedelta(seconds=1)


async def _lost(tx: Transaction, ids: Sequence[str]) -> None:
    """They blocked us, or their account is gone: the same as a stop, and their keeping time begins to run."""
    whose = select(Planned.person_id).where(Planned.id.in_(ids))
    for person in list(await tx.session.scalars(select(Person).where(Person.id.in_(whose)).with_for_update())):
        ours = (Planned.person_id == person.id, Planned.id.in_(ids))
        await _set(tx, *ours, state=PlannedState.UNREACHABLE, lease_until=None)
        await leaving.stop(tx, person, Status.BLOCKED, how="unreachable")
    log.info("people_unreachable", count=len(ids))


@dataclass(frozen=True)
class Claims:
    """What one look at the queue gave: `seen` rows were due, of which these may go."""

    seen: int = 0
    claimed: tuple[Claimed, ...] = ()


async def claim(tx: Transaction, limit: int, plan: Plan, places: Places, lease: timedelta) -> Claims:
    """Claim up to `limit` rows, the first due first.

    Those that may not go now are moved, ended or taken away: they never keep the others waiting.
    """
    if limit <= 0:
        return Claims()
    about = {"now": tx.now, "lately": tx.now - APART, "soon": tx.now + APART, "limit": limit}
    rows = (await tx.session.execute(_due(), about)).all()
    claimed, written_to = [], set()
    for row, person, last_word, went_today, check_in, has_reminder in rows:
        willing = person.status == Status.ACTIVE and last_word == Action.GRANT
        if not willing or row.rule not in plan.rules:
            log.info("planned_taken_away", rule=row.rule)
            await tx.session.delete(row)
        elif row.rule == REMINDER and check_in not in WAITING_FOR:
            await tx.session.delete(row)  # answered, or put off: nothing to remind of
        elif went_today or person.id in written_to:  # one a day is enough
            _put_to_tomorrow(tx, row, person, places)
        elif one := _ready(tx, row, person, places):
            claimed.append(one)
            written_to.add(person.id)
            if row.rule == CHECK_IN and not has_reminder:
                _plan_reminder(tx, person, plan, places)
    if claimed:
        ours, more = Planned.id.in_([one.id for one in claimed]), Planned.attempts + 1
        await _set(tx, ours, state=PlannedState.SENDING, lease_until=tx.now + lease, attempts=more)
    return Claims(len(rows), tuple(claimed))


@cache  # asked some times a second, and slow to put together
def _due() -> Select[Any]:
    """What is due, each with its person, their last word on being written to, and how far their other messages are.

    Locked with the person: whoever changes something at this moment is left to the next look, and no other claim takes
    another message to the same one.
    """
    theirs, word = aliased(Planned), aliased(ConsentEvent)
    mine = theirs.person_id == Person.id
    about = (word.person_id == Person.id, word.purpose == Purpose.CHECK_IN)
    last_word = select(word.action).where(*about).order_by(word.id.desc()).limit(1).scalar_subquery()
    # Not what a clock that was far ahead for a while has marked: it would hold them until that day.
    lately = theirs.sent_at.between(_at("lately"), _at("soon"))
    went_today = exists().where(mine, or_(lately, theirs.state == PlannedState.SENDING))
    check_in = select(theirs.state).where(mine, theirs.rule == CHECK_IN).scalar_subquery()
    has_reminder = exists().where(mine, theirs.rule == REMINDER)
    may_go = or_(Planned.lease_until.is_(None), Planned.lease_until <= _at("now"))
    return (
        select(Planned, Person, last_word, went_today, check_in, has_reminder)
        .join(Person, Person.id == Planned.person_id)
        .where(Planned.state == PlannedState.PLANNED, Planned.due_at <= _at("now"), may_go)
        .order_by(Planned.due_at)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True, of=(Planned, Person))
    )


def _at(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=Instant)


def _put_to_tomorrow(tx: Transaction, row: Planned, person: Person, places: Places) -> None:
    tomorrow = planned.local_day(tx.now, person, places) + timedelta(days=1)
    row.due_at = planned.instant(person, next_open_day(tomorrow, planned.where(person)), places)


def _ready(tx: Transaction, row: Planned, person: Person, places: Places) -> Claimed | None:
    """Return the message of a row if it may go now; else move the row to when it may, or end it."""
    departement, zone = planned.where(person), planned.zone_of(person, places)
    today = planned.local_day(tx.now, person, places)
    if today > row.expires_on:
        log.warning("planned_expired", rule=row.rule)
        row.state = PlannedState.EXPIRED
        return None
    if not is_decent(tx.now, departement, zone):
        soonest = next_decent(tx.now, departement, zone)
        row.due_at = max(soonest, planned.instant(person, planned.local_day(soonest, person, places), places))
        return None
    try:
        reply = opening(row.rule, tx.unseal(person, "name"), person.lang, late=today > row.late_from)
        return Claimed(row.id, row.rule, people.chat_of(tx, person), reply, row.attempts + 1)
    except (KeysError, ValueError) as error:  # one damaged row must not keep the others waiting
        log.error("planned_unreadable", error=type(error).__name__)
        row.state = PlannedState.PARKED
        return None


def _plan_reminder(tx: Transaction, person: Person, plan: Plan, places: Places) -> None:
    """Plan the reminder with the claim of its check-in; its own claim looks whether there was an answer."""
    today = planned.local_day(tx.now, person, places)
    line = line_of(plan, REMINDER, replace(planned.profile(person), check_in_on=today), today)
    if line is not None:
        tx.session.add(planned.new(person, line, places))
