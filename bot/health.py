"""Is everything well? What an operator must look at, in lines that say nothing about anybody."""

import asyncio
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select

from bot import purging
from bot.crypto import KeysError
from bot.db import UNAVAILABLE
from bot.models import HandledUpdate, Outgoing, Person
from bot.outbox import CLAIMS
from bot.retention import PURGE_EVERY
from bot.vault import Transaction, Vault

UNSAID_FOR = timedelta(minutes=15)  # a reply is said at once, or by the sweep within two minutes
PATIENCE = 5.0  # seconds; whoever watches us waits no longer


async def problems(vault: Vault | None, why: str | None, *, now: datetime) -> list[str]:
    """Return what is wrong, nothing when all is well; `why` there is no vault. Never raises."""
    if vault is None:
        return [f"nothing can be kept: {why or 'the database is not open yet'}"]
    try:
        async with asyncio.timeout(PATIENCE):
            return await vault.read(_look, now=now)
    except (KeysError, *UNAVAILABLE) as error:
        return [f"the database cannot be read ({type(error).__name__})"]


async def _look(tx: Transaction) -> list[str]:
    return [line for line in (await late_purge(tx), *await unsaid(tx)) if line]


async def late_purge(tx: Transaction) -> str | None:
    """Return what to do when no purge ended well for too long.

    A new installation dates from the first thing it kept: until something could be past its time, no purge is late.
    """
    last = await purging.last_run(tx)
    since = last or await _first_kept(tx)
    if since is None or tx.now - since <= PURGE_EVERY:
        return None
    hours = (tx.now - since).total_seconds() / 3600
    return f"{'no purge for' if last else 'never purged in'} {hours:.0f} hours: run `relais purge`, it says why"


async def _first_kept(tx: Transaction) -> datetime | None:
    """Every answered update leaves a row that only a purge takes away: the oldest tells since when we serve."""
    answered = await tx.session.scalar(select(func.min(HandledUpdate.handled_at)))
    joined = await tx.session.scalar(select(func.min(Person.joined_on)))
    kept = [answered, joined and datetime.combine(joined, time.max, UTC)]
    return min((at for at in kept if at), default=None)


async def unsaid(tx: Transaction) -> list[str]:
    """Return how many replies wait for too long, and how many were given up after an accident."""
    counted = select(func.count()).select_from(Outgoing)
    waiting = counted.where(Outgoing.attempts < CLAIMS, Outgoing.written_at <= tx.now - UNSAID_FOR)
    parked = counted.where(Outgoing.attempts >= CLAIMS, Outgoing.lease_until < tx.now)
    found = (
        (waiting, "replies wait to be said for more than 15 minutes: can Telegram be reached?"),
        (parked, f"replies were tried {CLAIMS} times and given up: the log says why; they go with the next purge"),
    )
    return [f"{count} {line}" for query, line in found if (count := await tx.session.scalar(query))]
