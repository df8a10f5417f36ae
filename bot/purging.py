"""The nightly work: erase what is past its keeping time (`retention.py`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, update

from bot import faults, leaving, outbox
from bot.letters import UNFINISHED
from bot.models import (
    Base,
    CheckIn,
    Erasure,
    HandledUpdate,
    JobRun,
    Letter,
    Outgoing,
    Person,
    Planned,
    PlannedState,
    Referral,
    ReferralState,
    Status,
)
from bot.plan import CHECK_IN
from bot.retention import (
    ANSWERS_KEPT,
    AWAITING_KEPT,
    DRAFT_KEPT,
    ERASURE_KEPT,
    LETTER_KEPT,
    PERSON_KEPT,
    STOPPED_KEPT,
    UPDATE_KEPT,
)
from bot.vault import Transaction, Vault

JOB = "purge"
BATCH = 500
ANSWER_WITHIN = timedelta(days=30)  # after that a check-in ends without one
CAUTIOUS_FROM = 20  # people; below, a share means nothing
CAUTIOUS_SHARE = 0.2  # of all people erased in one night: more looks like a wrong clock


class TooMany(Exception):
    """More people than is plausible would be erased: a human must look first."""


@dataclass(frozen=True)
class Due:
    """What is past its keeping time."""

    people: int
    updates: int
    answers_awaited: int
    replies: int
    erasures: int
    check_ins: int


def _people_past(today: date) -> ColumnElement[bool]:
    return or_(
        Person.last_contact_on <= today - PERSON_KEPT,
        and_(Person.status != Status.ACTIVE, Person.status_on <= today - STOPPED_KEPT),
    )


async def due(tx: Transaction) -> Due:
    """Return how much is past its keeping time now."""

    async def count(model: type[Base], past: ColumnElement[bool]) -> int:
        return int(await tx.session.scalar(select(func.count()).select_from(model).where(past)) or 0)

    return Due(
        people=await count(Person, _people_past(tx.now.date())),
        updates=await count(HandledUpdate, HandledUpdate.handled_at <= tx.now - UPDATE_KEPT),
        answers_awaited=await count(Person, Person.awaiting_at <= tx.now - AWAITING_KEPT),
        replies=await count(Outgoing, outbox.too_old(tx.now)),
        erasures=await count(Erasure, Erasure.executed_at <= tx.now - ERASURE_KEPT),
        check_ins=await count(CheckIn, CheckIn.closed_on <= tx.now.date() - ANSWERS_KEPT),
    )


async def purge(
    vault: Vault, *, now: datetime, even_many: bool = False, told: Callable[[int], object] = lambda _: None
) -> Due:
    """Erase what is past its keeping time, in batches: stopped half-way, the next night goes on.

    Returns what was due; `told` gets how many more people are erased.
    Raises TooMany, before anything is erased, when that would be a large share of everyone.
    """
    found = await vault.read(due, now=now)
    everyone = await vault.read(_everyone, now=now)
    if not even_many and found.people > max(CAUTIOUS_FROM, everyone * CAUTIOUS_SHARE):
        raise TooMany(f"{found.people} people of {everyone} are past their keeping time: is the clock right?")
    while erased := await vault.write(_erase_people, now=now):
        told(erased)
        faults.point("purge.between_batches")
    await vault.write(_erase_the_rest, now=now)
    return found


async def _everyone(tx: Transaction) -> int:
    return int(await tx.session.scalar(select(func.count()).select_from(Person)) or 0)


async def _erase_people(tx: Transaction) -> int:
    # Locked and looked at again: someone who writes at this very moment stays.
    past = select(Person).where(_people_past(tx.now.date())).limit(BATCH).with_for_update(skip_locked=True)
    found = list(await tx.session.scalars(past))
    for person in found:
        await leaving.erase_rows(tx, person)
    return len(found)


async def _erase_the_rest(tx: Transaction) -> None:
    """Everything that is in no need of batches, and the hour of this run."""
    old_letter = Letter.written_at <= tx.now - LETTER_KEPT
    open_still = select(Referral.ref).where(Referral.payload_sealed.is_not(None))  # a withdrawal must find its letters
    for model, past in (
        (HandledUpdate, HandledUpdate.handled_at <= tx.now - UPDATE_KEPT),
        (Outgoing, outbox.too_old(tx.now)),
        (Erasure, Erasure.executed_at <= tx.now - ERASURE_KEPT),
        (CheckIn, CheckIn.closed_on <= tx.now.date() - ANSWERS_KEPT),
        (Referral, (Referral.state == ReferralState.DRAFT) & (Referral.drafted_at <= tx.now - DRAFT_KEPT)),
        (Letter, Letter.state.not_in(UNFINISHED) & Letter.ref.not_in(open_still) & old_letter),
    ):
        await tx.session.execute(delete(model).where(past))
    await _close_check_ins(tx)
    await _mend_calendars(tx)
    idle = Person.awaiting_at <= tx.now - AWAITING_KEPT
    await tx.session.execute(update(Person).where(idle).values(awaiting=None, awaiting_at=None))
    await tx.session.merge(JobRun(job=JOB, ended_at=tx.now))


async def _close_check_ins(tx: Transaction) -> None:
    """End what nobody answers any more: a check-in without an answer, and one that was left half-way."""
    silent = (Planned.rule == CHECK_IN, Planned.state == PlannedState.SENT, Planned.sent_at <= tx.now - ANSWER_WITHIN)
    await tx.session.execute(update(Planned).where(*silent).values(state=PlannedState.NO_ANSWER))
    left = (CheckIn.closed_on.is_(None), CheckIn.opened_on <= tx.now.date() - ANSWER_WITHIN)
    # Counted from the day of the answers: the consent says 90 days, not 90 after 30.
    await tx.session.execute(update(CheckIn).where(*left).values(closed_on=CheckIn.opened_on, asking=None))


async def _mend_calendars(tx: Transaction) -> None:
    """Look again at whoever a clock that was ahead has ended too early, and leave no row of somebody who is gone."""
    too_early = select(Planned.person_id).where(
        Planned.state == PlannedState.EXPIRED, Planned.expires_on > tx.now.date() + timedelta(days=1)
    )
    await tx.session.execute(update(Person).where(Person.id.in_(too_early)).values(plan_mark=None))
    await tx.session.execute(delete(Planned).where(Planned.person_id.not_in(select(Person.id))))


async def last_run(tx: Transaction) -> datetime | None:
    """Return when the last purge ended well, None if none ever did."""
    run = await tx.session.get(JobRun, JOB)
    return run.ended_at if run else None
