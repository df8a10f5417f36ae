"""Send what is due: claim a few rows, send them outside any transaction, note how it went with the next claim."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot import claims, faults
from bot.claims import Claimed, Claims
from bot.places import Places
from bot.plan import Plan
from bot.replies import Delivery, Outcome, Reply
from bot.vault import Transaction, Vault

Deliver = Callable[[int, Reply], Awaitable[Delivery]]
Results = Sequence[tuple[Claimed, Delivery]]

HOUR = timedelta(hours=1)
RECOUNTS = 10  # in an hour's worth of messages
WIRES = 4  # messages under way at one moment: more of them cost one process more time than they save

log = structlog.get_logger()


@dataclass
class Lane:
    """How fast messages may go that nobody is waiting for: after an outage they keep this pace instead of flooding."""

    at_once: int = 16  # claimed and sent together: as many as one accident may leave in doubt
    per_second: float = 20  # Telegram allows a bot about 30, replies included
    per_hour: int = 400
    lease: timedelta = timedelta(minutes=10)
    longest: float = 30.0  # seconds of one tick; what is left waits for the next
    unnoted: Results = ()  # what is known and not kept yet: the database may be away for a while
    paused_until: float = 0.0  # by time.monotonic(): no clock that is set moves it
    stopping: bool = False


async def send_due(
    vault: Vault, deliver: Deliver, plan: Plan, places: Places, lane: Lane, *, now: Callable[[], datetime]
) -> Counter[Outcome]:
    """Send what is due, as much as the lane allows now, and return how many messages had which outcome."""
    done: Counter[Outcome] = Counter()
    if time.monotonic() < lane.paused_until and not lane.unnoted:
        return done
    allowed = lane.per_hour - await vault.write(partial(_begin, results=lane.unnoted), now=now())
    lane.unnoted, counted = (), 0
    wires = asyncio.Semaphore(WIRES)
    until = time.monotonic() + lane.longest
    while True:
        started = time.monotonic()
        ended = lane.stopping or started < lane.paused_until or started > until
        limit = 0 if ended else min(lane.at_once, allowed)
        step = partial(_next, results=lane.unnoted, limit=limit, plan=plan, places=places, lease=lane.lease)
        given = await vault.write(step, now=now())
        lane.unnoted = ()
        if not given.seen:
            return done
        faults.point("due.claimed")
        found = await asyncio.gather(*(_deliver_one(deliver, one, wires) for one in given.claimed))
        faults.point("due.delivered")
        lane.unnoted = list(zip(given.claimed, found, strict=True))
        done.update(one.outcome for one in found)
        allowed, counted = allowed - len(found), counted + len(found)
        _pause(lane, found)
        ahead = len(found) / lane.per_second - (time.monotonic() - started)
        if ahead > 0:  # what is known is kept before we wait
            await vault.write(partial(claims.note, results=lane.unnoted), now=now())
            lane.unnoted = ()
            await asyncio.sleep(ahead)
        if counted >= lane.per_hour // RECOUNTS:  # other processes send too: the hour is everybody's
            sent = await vault.read(partial(claims.sent_within, time=HOUR), now=now())
            allowed, counted = lane.per_hour - sent - len(lane.unnoted), 0


async def _deliver_one(deliver: Deliver, one: Claimed, wires: asyncio.Semaphore) -> Delivery:
    """Say one message; whatever is raised, it may have arrived, and the others are not concerned."""
    async with wires:
        try:
            return await deliver(one.chat, one.reply)
        except Exception as error:  # noqa: BLE001 - an answer that nobody foresaw
            return Delivery(Outcome.MAYBE, error=type(error).__name__)


async def _begin(tx: Transaction, *, results: Results) -> int:
    await claims.note(tx, results)
    await claims.take_back(tx)
    return await claims.sent_within(tx, HOUR)


async def _next(
    tx: Transaction, *, results: Results, limit: int, plan: Plan, places: Places, lease: timedelta
) -> Claims:
    """Note what became of the last messages and claim the next: one transaction for both."""
    await claims.note(tx, results)
    given = await claims.claim(tx, limit, plan, places, lease)
    await tx.session.flush()
    faults.point("due.before_commit")
    return given


def _pause(lane: Lane, found: Sequence[Delivery]) -> None:
    """Stop the lane when Telegram asks for it, cannot be reached or refuses our token. Replies go on."""
    waits = [claims.wait_after(one) for one in found if one.outcome in (Outcome.LATER, Outcome.SHUT_OUT)]
    if waits:
        lane.paused_until = time.monotonic() + max(waits).total_seconds()
        log.warning("first_messages_paused", seconds=round(max(waits).total_seconds()))
