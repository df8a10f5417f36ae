"""Is everything well? What an operator must look at, in lines that say nothing about anybody."""

import asyncio
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import ColumnElement, func, select

from bot import purging
from bot.crypto import KeysError
from bot.db import UNAVAILABLE
from bot.letters import UNFINISHED
from bot.models import Base, HandledUpdate, Letter, LetterState, Outgoing, Person, Planned, PlannedState
from bot.outbox import CLAIMS
from bot.retention import PURGE_EVERY
from bot.vault import Transaction, Vault

OVERDUE_FOR = timedelta(minutes=30)
REFUSED_FOR = timedelta(days=1)  # how long it is told
SILENT_FOR = timedelta(minutes=5)  # the clock looks for what is due every 15 seconds
UNPOSTED_FOR = timedelta(hours=1)
UNSAID_FOR = timedelta(minutes=15)  # a reply is said at once, or by the sweep within two minutes
PATIENCE = 5.0  # seconds; whoever watches us waits no longer


async def problems(vault: Vault | None, why: str | None, *, now: datetime, silent: float = 0.0) -> list[str]:
    """Return what is wrong, nothing when all is well; `why` there is no vault. Never raises.

    `silent`: seconds since the clock last looked for what is due.
    """
    if vault is None:
        return [f"nothing can be kept: {why or 'the database is not open yet'}"]
    stopped = [f"the clock has not ticked for {silent / 60:.0f} minutes"] if silent > SILENT_FOR.total_seconds() else []
    try:
        async with asyncio.timeout(PATIENCE):
            return stopped + await vault.read(_look, now=now)
    except (KeysError, *UNAVAILABLE) as error:
        return [f"the database cannot be read ({type(error).__name__})"]


async def _look(tx: Transaction) -> list[str]:
    looked = (await late_purge(tx), *await unsaid(tx), *await unsent(tx), *await unposted(tx))
    return [line for line in looked if line]


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


async def unsent(tx: Transaction) -> list[str]:
    """Return how many messages that we send first are late, and how many wait for a human to look at them."""
    late = tx.now - OVERDUE_FOR
    due = (Planned.state == PlannedState.PLANNED) & (Planned.due_at <= late)
    claimed = (Planned.state == PlannedState.SENDING) & (Planned.lease_until <= late)
    refused = (Planned.state == PlannedState.REFUSED) & (Planned.due_at > tx.now - REFUSED_FOR)
    return await _counted(
        tx,
        (Planned, refused, "messages of the last day were refused by Telegram for good: the log says why"),
        (
            Planned,
            due | claimed,
            "messages are more than 30 minutes late: is the bot running? can Telegram be reached?",
        ),
        (
            Planned,
            Planned.state == PlannedState.PARKED,
            "messages are parked after two accidents: `relais plan parked`",
        ),
    )


async def unsaid(tx: Transaction) -> list[str]:
    """Return how many replies wait for too long, and how many were given up after an accident."""
    waiting = (Outgoing.attempts < CLAIMS) & (Outgoing.written_at <= tx.now - UNSAID_FOR)
    parked = (Outgoing.attempts >= CLAIMS) & (Outgoing.lease_until < tx.now)
    return await _counted(
        tx,
        (Outgoing, waiting, "replies wait to be said for more than 15 minutes: can Telegram be reached?"),
        (
            Outgoing,
            parked,
            f"replies were tried {CLAIMS} times and given up: the log says why; they go with the next purge",
        ),
    )


async def unposted(tx: Transaction) -> list[str]:
    """Return how many letters to structures are late, and how many wait for a human to look at them."""
    waiting = Letter.state.in_(UNFINISHED) & (Letter.written_at <= tx.now - UNPOSTED_FOR)
    return await _counted(
        tx,
        (Letter, waiting, "letters to structures wait for more than an hour: does the mail relay answer?"),
        (Letter, Letter.state == LetterState.PARKED, "letters may have arrived or not: `relais referrals list`"),
    )


async def _counted(tx: Transaction, *looks: tuple[type[Base], ColumnElement[bool], str]) -> list[str]:
    """Return a line with their number for each kind of row that is there."""
    found = []
    for model, where, told in looks:
        if count := await tx.session.scalar(select(func.count()).select_from(model).where(where)):
            found.append(f"{count} {told}")
    return found
