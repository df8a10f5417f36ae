"""Every timed job, in order. APScheduler is only the clock: it stores nothing, a job may run late or twice."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger
from telegram import Bot

from bot import claims, clock, due, following, mailer, opened, outbox, planned, posting, purging, reloading, sender
from bot.crypto import KeysError
from bot.db import UNAVAILABLE, SchemaError, Taken
from bot.due import Lane
from bot.handled import Handled
from bot.ledger import ReplayNeeded
from bot.mailer import Posted
from bot.mails import Mail
from bot.replies import Outcome
from bot.services import Services
from bot.settings import Settings

CONTENT_CHECK = timedelta(seconds=2)
MODEL_CHECK = timedelta(seconds=5)
SWEEP = timedelta(seconds=15)
SEND = timedelta(seconds=15)
FOLLOW_PLAN = timedelta(minutes=1)
SILENT = 3 * SEND.total_seconds()  # without a tick for so long, the clock is woken
LONGEST_TICK = 60.0  # seconds; a tick that hangs would keep all later ones from happening
POST = timedelta(seconds=15)
FOLLOW_UP = timedelta(minutes=1)
REOPEN = timedelta(seconds=5)  # between two tries at a database, or keys, that could not be opened
PURGE_HOUR = 3  # UTC
REPORT_AT = {"hour": 23, "minute": 45}  # UTC: the day's open hours are over everywhere
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
    lane = Lane(per_hour=settings.sends_per_hour)

    def add(job: Job, *arguments: object, trigger: str | None, **when: Any) -> None:
        async def work() -> None:
            at_work.add(task := asyncio.current_task())
            try:
                await job(*arguments)
            finally:
                at_work.discard(task)

        scheduler.add_job(work, trigger, **when)

    add(reloading.content, services, trigger="interval", seconds=CONTENT_CHECK.total_seconds())
    add(reloading.lists, services, trigger="interval", seconds=CONTENT_CHECK.total_seconds())
    add(load_model, settings, services, trigger="interval", seconds=MODEL_CHECK.total_seconds())
    add(reopen, settings, services, handled, trigger="interval", seconds=REOPEN.total_seconds())
    add(say_what_was_left, services, bot, trigger="interval", seconds=SWEEP.total_seconds())
    # The first one at once: a bot that was off may be late already. One job, so that no two share the lane.
    now = clock.now()
    add(send_due, services, lane, bot, trigger="interval", seconds=SEND.total_seconds(), next_run_time=now)
    add(post_letters, settings, services, trigger="interval", seconds=POST.total_seconds(), next_run_time=now)
    every = FOLLOW_UP.total_seconds()
    add(follow_requests, settings, services, trigger="interval", seconds=every, next_run_time=now)
    add(follow_plan, services, trigger="interval", seconds=FOLLOW_PLAN.total_seconds())
    add(follow_plan, services, trigger=None)
    add(report_day, services, trigger="cron", **REPORT_AT)
    add(purge, settings, services, handled, trigger="cron", hour=PURGE_HOUR)
    add(purge, settings, services, handled, trigger=None)  # once now: a bot that was off at night has missed it
    scheduler.start()
    watchdog = asyncio.create_task(watch(scheduler, services))
    try:
        yield
    finally:
        watchdog.cancel()
        scheduler.pause()
        lane.stopping = True
        if unfinished := [task for task in at_work if task is not None]:  # one that is cancelled may never end
            await asyncio.wait(unfinished, timeout=FINISH)
        scheduler.shutdown(wait=False)


async def load_model(settings: Settings, services: Services) -> None:
    """Take up the model that was just trained; a server elsewhere loads it when its operator wants."""
    await reloading.model(services, settings.nlu_dir, ours=settings.nlu_url is None)


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


async def send_due(services: Services, lane: Lane, bot: Bot) -> None:
    """Write to those whose day it is."""
    services.ticked_at = time.monotonic()
    if services.vault is None:
        return
    with reported("send_due"):
        plan, deliver = services.library.plan, partial(sender.deliver, bot)
        async with asyncio.timeout(LONGEST_TICK):
            done = await due.send_due(services.vault, deliver, plan, services.places, lane, now=clock.now)
        if done:
            log.info("first_messages", **{str(outcome): count for outcome, count in done.items()})
        if done[Outcome.BLOCKED]:
            await services.clean_up()
    services.ticked_at = time.monotonic()


async def post_letters(settings: Settings, services: Services) -> None:
    """Post to the structures what was agreed to; without a relay letters become files, for demonstrations."""
    if services.vault is None or services.office is None:
        return
    relay, folder = settings.relay, settings.var_dir / "mail"

    async def post(mail: Mail, at: datetime) -> Posted:
        if relay is None:
            return mailer.keep_in_folder(mail, folder, settings.sender, at=at)
        return await mailer.post(mail, relay, at=at)

    with reported("post_letters"):
        await posting.post_due(services.vault, post, services.office, services.library, services.places, now=clock.now)


async def follow_requests(settings: Settings, services: Services) -> None:
    """Remind the structures, tell the people who wait, erase what has had its time."""
    if services.vault is not None:
        days = following.days_of(settings)
        with reported("follow_requests"):
            follow = partial(following.follow_up, days=days, places=services.places)
            while await services.vault.write(follow, now=clock.now()):
                pass


async def follow_plan(services: Services) -> None:
    """Bring everybody to the plan of the content, after it changed."""
    if services.vault is not None:
        with reported("follow_plan"):
            plan = services.library.plan
            if moved := await planned.follow_all(services.vault, plan, services.places, now=clock.now()):
                log.info("plan_followed", people=moved, version=plan.version.isoformat())


async def report_day(services: Services) -> None:
    """Say how many messages were expected today and what became of them."""
    if services.vault is not None:
        with reported("report_day"):
            day = clock.now().date()
            log.info(
                "day_report",
                day=day.isoformat(),
                **await services.vault.read(partial(claims.of_day, day=day), now=clock.now()),
            )


async def watch(scheduler: AsyncIOScheduler, services: Services) -> None:
    """Wake the clock when no tick happened: one set back by an hour would leave every job waiting for that hour."""
    while True:
        await asyncio.sleep(SEND.total_seconds())
        if time.monotonic() - services.ticked_at > SILENT:
            log.error("tick_missed", seconds=round(time.monotonic() - services.ticked_at))
            for job in scheduler.get_jobs():
                if isinstance(job.trigger, IntervalTrigger):
                    job.modify(next_run_time=clock.now())


async def purge(settings: Settings, services: Services, handled: Handled) -> None:
    """Erase what is past its keeping time."""
    mailer.clear_folder(settings.var_dir / "mail", clock.now() - timedelta(days=settings.referral_erase_day))
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
    except (KeysError, SchemaError, Taken, ReplayNeeded, purging.TooMany, *UNAVAILABLE) as error:
        log.error("job_failed", job=job, error=type(error).__name__)
