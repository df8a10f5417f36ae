"""Every timed job, in order. APScheduler is only the clock: it stores nothing, a job may run late or twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from telegram import Bot

from bot import clock, opened, outbox, purging, sender
from bot.crypto import KeysError
from bot.db import UNAVAILABLE, SchemaError
from bot.handled import Handled
from bot.ledger import ReplayNeeded
from bot.services import Services
from bot.settings import Settings

CONTENT_CHECK = timedelta(seconds=2)
SWEEP = timedelta(seconds=15)
REOPEN = timedelta(seconds=5)  # between two tries at a database, or keys, that could not be opened
PURGE_HOUR = 3  # UTC
FINISH = 20.0  # seconds for the jobs at work when the bot is asked to stop

Job = Callable[..., Awaitable[None]]

log = structlog.get_logger()


@asynccontextmanager
async def running(settings: Settings, services: Services, handled: Handled, bot: Bot) -> AsyncIterator[None]:
    """Run the clock for the time of the block; at its end, let the jobs that are at work finish."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    at_work: set[asyncio.Task[None] | None] = set()

    def add(job: Job, *arguments: object, trigger: str | None, **when: float) -> None:
        async def work() -> None:
            at_work.add(task := asyncio.current_task())
            try:
                await job(*arguments)
            finally:
                at_work.discard(task)

        scheduler.add_job(work, trigger, **when)

    add(services.reload_content, trigger="interval", seconds=CONTENT_CHECK.total_seconds())
    add(reopen, settings, services, handled, trigger="interval", seconds=REOPEN.total_seconds())
    add(say_what_was_left, services, bot, trigger="interval", seconds=SWEEP.total_seconds())
    add(purge, services, handled, trigger="cron", hour=PURGE_HOUR)
    add(purge, services, handled, trigger=None)  # once now: a bot that was off at night has missed it
    scheduler.start()
    try:
        yield
    finally:
        scheduler.pause()
        if unfinished := [task for task in at_work if task is not None]:  # one that is cancelled may never end
            await asyncio.wait(unfinished, timeout=FINISH)
        scheduler.shutdown(wait=False)


async def reopen(settings: Settings, services: Services, handled: Handled) -> None:
    """Try again to open what is kept, while only answers are given."""
    if services.vault is not None:
        return
    with reported("reopen"):
        if vault := await opened.open_for(services, settings):
            vault.alone = False  # we have been talking since: what is unsaid may be on its way
            await handled.use(vault.database, clock.now())


async def say_what_was_left(services: Services, bot: Bot) -> None:
    """Say the replies of a process that died before saying them: at once the first time, if no other one is running."""
    vault = services.vault
    if vault is not None:
        with reported("sweep"):
            first, vault.alone = vault.alone, False
            await outbox.sweep(vault, partial(sender.send, bot), now=clock.now(), everything=first)


async def purge(services: Services, handled: Handled) -> None:
    """Erase what is past its keeping time."""
    if services.vault is not None:
        with reported("purge"):
            await purging.purge(services.vault, now=clock.now())
            await services.clean_up()
            await handled.load(clock.now())


@contextmanager
def reported(job: str) -> Iterator[None]:
    """Log a job that failed by the class of its error, and let the next tick try again."""
    try:
        yield
    except (KeysError, SchemaError, ReplayNeeded, purging.TooMany, *UNAVAILABLE) as error:
        log.error("job_failed", job=job, error=type(error).__name__)
