"""E-mails to structures as rows: written with what they tell, claimed with a lease, sent at least once and at most
twice with one Message-ID. Works inside the caller's transaction."""

import uuid
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import Connection, func, or_, select, update

from bot.models import Addressee, Letter, LetterState
from bot.replies import Outcome
from bot.vault import Transaction

LEASE = timedelta(minutes=5)  # longer than all the time limits of one posting
TRY_FOR = timedelta(hours=48)  # as long as a relay that is down is tried again
WAITS = tuple(timedelta(minutes=m) for m in (5, 15, 60, 240))  # before each new try; the last one goes on
DOUBT_AGAIN = timedelta(minutes=30)  # before what may have arrived is sent once more
COPIES = 2
UNFINISHED = (LetterState.DUE, LetterState.POSTING)


class Kind(StrEnum):
    REQUEST = "request"  # the only one with words of a person, which stay in the referral
    REMINDER = "reminder"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"


def write(tx: Transaction, ref: str, kind: Kind, to: Addressee, *, issue: int = 0) -> None:
    """Write a letter, to be posted after this transaction; `issue` tells it from others of its kind."""
    tx.session.add(_new(tx, ref, kind, (to.structure_id, to.mailbox), issue))


def _new(tx: Transaction, ref: str, kind: Kind, to: tuple[str, str], issue: int = 0) -> Letter:
    structure_id, mailbox = to
    return Letter(
        id=str(uuid.uuid4()),
        ref=ref,
        kind=kind,
        issue=issue,
        structure_id=structure_id,
        mailbox=mailbox,
        state=LetterState.DUE,
        written_at=tx.now,
        due_at=tx.now,
        tries=0,
        in_doubt=0,
    )


async def of(tx: Transaction, ref: str, *, lock: bool = False) -> list[Letter]:
    """Return the letters about a request, the first first; locked for whoever stops one: it may just be claimed."""
    wanted = select(Letter).where(Letter.ref == ref).order_by(Letter.written_at)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    return list(await tx.session.scalars(wanted))


def may_have_come(letter: Letter) -> bool:
    """Return whether a structure may hold what this letter says; only what certainly never left does not count."""
    return bool(letter.in_doubt) or letter.state not in (LetterState.DUE, LetterState.FAILED)


async def requests_to(tx: Transaction, structure_id: str, within: timedelta) -> int:
    """Return how many requests were written to a structure; those of whoever is erased since still count."""
    about = (Letter.structure_id == structure_id, Letter.kind == Kind.REQUEST, Letter.issue == 0)
    recent = (Letter.written_at > tx.now - within, Letter.state != LetterState.FAILED)
    return int(await tx.session.scalar(select(func.count()).select_from(Letter).where(*about, *recent)) or 0)


async def call_back(tx: Transaction, ref: str, kind: Kind = Kind.WITHDRAWN) -> bool:
    """Stop the letters of a request that is no more; return whether its structure is told so: if one may have come."""
    told: tuple[str, str] | None = None
    for letter in await of(tx, ref, lock=True):
        if letter.kind in (Kind.WITHDRAWN, Kind.ERASED):
            if kind == letter.kind:
                return True
            continue
        if letter.kind == Kind.REQUEST and may_have_come(letter):
            told = (letter.structure_id, letter.mailbox)
        if letter.state == LetterState.DUE:
            await tx.session.delete(letter)
    if told is not None:
        tx.session.add(_new(tx, ref, kind, told))
    return told is not None


async def give_up(tx: Transaction, ref: str) -> bool:
    """End the tries at a request that nobody could post; return whether it may have come."""
    mine = [letter for letter in await of(tx, ref, lock=True) if letter.kind == Kind.REQUEST]
    for letter in mine:
        if letter.state in UNFINISHED:
            letter.lease_until = None
            letter.state = LetterState.PARKED if may_have_come(letter) else LetterState.FAILED
    return any(may_have_come(letter) for letter in mine)


async def take_back(tx: Transaction) -> Sequence[Letter]:
    """End the claims whose lease is over: whoever had them is dead, and the letter may have been taken.

    Returns those that a human must look at now.
    """
    over = (Letter.state == LetterState.POSTING, Letter.lease_until < tx.now)
    found = list(await tx.session.scalars(select(Letter).where(*over).with_for_update(skip_locked=True)))
    for letter in found:
        letter.in_doubt, letter.lease_until = letter.in_doubt + 1, None
        letter.state = LetterState.PARKED if letter.in_doubt >= COPIES else LetterState.DUE
    return [letter for letter in found if letter.state == LetterState.PARKED]


async def claim(tx: Transaction, limit: int) -> Sequence[Letter]:
    """Claim the letters that are due, the oldest first."""
    due = (Letter.state == LetterState.DUE, Letter.due_at <= tx.now)
    wanted = select(Letter).where(*due).order_by(Letter.due_at).limit(limit).with_for_update(skip_locked=True)
    found = list(await tx.session.scalars(wanted))
    for letter in found:
        letter.state, letter.lease_until, letter.tries = LetterState.POSTING, tx.now + LEASE, letter.tries + 1
    return found


async def claimed(tx: Transaction, one: str, tries: int) -> Letter | None:
    """Return a letter that is still ours: whoever wakes up after their lease must not undo the claim of another."""
    letter = await tx.session.get(Letter, one, with_for_update=True, populate_existing=True)
    ours = letter is not None and letter.state == LetterState.POSTING and letter.tries == tries
    return letter if ours else None


def note(tx: Transaction, letter: Letter, outcome: Outcome, code: int | None) -> None:
    """Keep what became of a letter: posted, failed, parked, or due again later."""
    letter.lease_until, letter.code = None, code
    match outcome:
        case Outcome.SENT:
            letter.state, letter.posted_at = LetterState.POSTED, tx.now
        case Outcome.REFUSED:  # another copy may have come before
            letter.state = LetterState.PARKED if letter.in_doubt else LetterState.FAILED
        case Outcome.MAYBE:
            letter.in_doubt += 1
            letter.state = LetterState.PARKED if letter.in_doubt >= COPIES else LetterState.DUE
            letter.due_at = tx.now + DOUBT_AGAIN
        case _ if tx.now - letter.written_at > TRY_FOR:
            letter.state = LetterState.PARKED if letter.in_doubt else LetterState.FAILED
        case _:
            letter.state = LetterState.DUE
            letter.due_at = tx.now + WAITS[min(letter.tries, len(WAITS)) - 1]


def hold(connection: Connection) -> None:
    """Leave to a human what was to be posted, in a restored database: it may have gone since the backup."""
    waiting = or_(Letter.state == LetterState.DUE, Letter.state == LetterState.POSTING)
    connection.execute(update(Letter).where(waiting).values(state=LetterState.PARKED, lease_until=None))
