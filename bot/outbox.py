"""What is still to be said after a change: written in the transaction of the change, so that neither goes alone.

Whoever makes the change says it at once. If that process dies, the sweep says it when the lease is over. What Telegram
certainly did not take is tried again until it is too old to mean anything; after an accident it is said once more, so
at most twice.
"""

import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, and_, delete, not_, or_, select

from bot import clock, faults
from bot.crypto import KeysError
from bot.models import Outgoing
from bot.replies import Button, Reply, Undelivered
from bot.retention import NEWS_KEPT, OUTGOING_KEPT
from bot.vault import Transaction, Vault

LEASE = timedelta(seconds=90)  # longer than the time an update may take to be answered
NEWS = "news:"  # begins the id of what became of a request: nobody asks for it again, so it waits for longer
CLAIMS = 2  # at the first saying and after one accident; then it is parked, and erased with its keeping time

Say = Callable[[int, Reply], Awaitable[None]]

log = structlog.get_logger()


def put(
    tx: Transaction,
    chat: int,
    replies: Sequence[Reply],
    *,
    person_id: str | None,
    at: datetime | None = None,
    about: str = "",
) -> list[str]:
    """Write replies to be said to a chat after this transaction; return their ids for `say_now`.

    `at` leaves them to the sweep, from that instant on.
    """
    rows = [
        Outgoing(
            id=f"{NEWS}{about}:{uuid.uuid4().hex[:8]}" if about else str(uuid.uuid4()),
            person_id=person_id,
            position=position,
            written_at=at or tx.now,
            lease_until=at or tx.now + LEASE,
            attempts=0 if at else 1,
        )
        for position, reply in enumerate(replies)
    ]
    for row, reply in zip(rows, replies, strict=True):
        tx.seal(row, "chat", str(chat))
        tx.seal(row, "body", _to_text(reply))
    tx.session.add_all(rows)
    return [row.id for row in rows]


def too_old(now: datetime) -> ColumnElement[bool]:
    """Tell the rows that are not to be said any more."""
    is_news = Outgoing.id.startswith(NEWS)
    return or_(
        and_(is_news, Outgoing.written_at <= now - NEWS_KEPT),
        and_(not_(is_news), Outgoing.written_at <= now - OUTGOING_KEPT),
    )


async def unsay(tx: Transaction, about: str) -> None:
    """Take back what is still to be said of a request."""
    later = (Outgoing.id.startswith(f"{NEWS}{about}:"), Outgoing.written_at > tx.now)
    await tx.session.execute(delete(Outgoing).where(*later))


async def say_now(vault: Vault, say: Say, chat: int, ids: Sequence[str], replies: Sequence[Reply]) -> None:
    """Say what was just written, then erase it. Raises what `say` raises: the sweep says it later."""
    for one, reply in zip(ids, replies, strict=True):
        await say(chat, reply)
        faults.point("reply.before_erase")
        await _erase(vault, one)


async def sweep(vault: Vault, say: Say, *, now: datetime, everything: bool = False) -> int:
    """Say what others left unsaid and return how much. `everything`: no lease counts, as when only we are running."""
    said = 0
    for one in await vault.read(lambda tx: _left(tx, everything=everything), now=now):
        try:
            said += await _say_left(vault, say, one, now=now, everything=everything)
        except KeysError:  # one damaged row must not keep the others waiting
            log.error("outgoing_unreadable")
    return said


async def _say_left(vault: Vault, say: Say, one: str, *, now: datetime, everything: bool) -> bool:
    claimed = await vault.write(lambda tx: _claim(tx, one, everything=everything), now=now)
    if claimed is None:
        return False
    try:
        await say(*claimed)
    except Undelivered:
        await vault.write(lambda tx: _give_back(tx, one), now=now)
        return False
    await _erase(vault, one)
    return True


async def _left(tx: Transaction, *, everything: bool) -> list[str]:
    its_time = and_(Outgoing.written_at <= tx.now, not_(too_old(tx.now)))
    wanted = select(Outgoing.id).where(Outgoing.attempts < CLAIMS, its_time)
    if not everything:
        wanted = wanted.where(Outgoing.lease_until <= tx.now)
    return list(await tx.session.scalars(wanted.order_by(Outgoing.written_at, Outgoing.position)))


async def _claim(tx: Transaction, one: str, *, everything: bool) -> tuple[int, Reply] | None:
    row = await tx.session.get(Outgoing, one, with_for_update={"skip_locked": True})
    if row is None or row.attempts >= CLAIMS or not (everything or row.lease_until <= tx.now):
        return None
    row.attempts, row.lease_until = row.attempts + 1, tx.now + LEASE
    return int(tx.unseal(row, "chat") or 0), _from_text(tx.unseal(row, "body") or "")


async def _give_back(tx: Transaction, one: str) -> None:
    """It was certainly not said: the claim does not count, and the next one waits for the lease."""
    row = await tx.session.get(Outgoing, one)
    if row is not None:
        row.attempts -= 1


async def _erase(vault: Vault, one: str) -> None:
    async def work(tx: Transaction) -> None:
        await tx.session.execute(delete(Outgoing).where(Outgoing.id == one))

    await vault.write(work, now=clock.now())


def _to_text(reply: Reply) -> str:
    rows = [[[button.label, button.payload] for button in row] for row in reply.buttons]
    return json.dumps([reply.html, rows], ensure_ascii=False)


def _from_text(text: str) -> Reply:
    html, rows = json.loads(text)
    return Reply(html, tuple(tuple(Button(label, payload) for label, payload in row) for row in rows))
