"""The clock: what it does at once, and how it ends."""

import asyncio
from datetime import timedelta

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import clock, clockwork, purging
from bot.handled import Handled
from bot.services import Services
from bot.settings import Settings
from tests.conftest import conversation


async def test_a_job_at_work_is_finished_before_the_clock_stops(keeping: Services) -> None:
    """Cancelled in the middle of its work with SQLite, it would keep the process from ending."""
    assert keeping.vault is not None
    async with conversation(keeping) as chat:
        async with clockwork.running(Settings(_env_file=None), keeping, Handled(), chat.bot):
            await asyncio.sleep(0.05)  # the purge of the start is at work
    assert await keeping.vault.read(purging.last_run, now=clock.now()) is not None


async def test_a_clock_set_back_by_an_hour_is_woken(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    """A job waits for an instant: set back by an hour, the clock would leave it waiting for that hour."""
    monkeypatch.setattr(clockwork, "SEND", timedelta(seconds=0.01))
    ticked = asyncio.Event()

    async def tick() -> None:
        ticked.set()

    scheduler = AsyncIOScheduler(timezone="UTC")
    scheduler.add_job(tick, "interval", seconds=15, next_run_time=clock.now() + timedelta(hours=1))
    scheduler.start()
    services.ticked_at -= clockwork.SILENT + 1
    watchdog = asyncio.create_task(clockwork.watch(scheduler, services))
    async with asyncio.timeout(5):
        await ticked.wait()
    watchdog.cancel()
    scheduler.shutdown(wait=False)


async def test_a_clock_that_ticks_is_left_alone(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clockwork, "SEND", timedelta(seconds=0.01))
    scheduler = AsyncIOScheduler(timezone="UTC")
    later = clock.now() + timedelta(hours=1)
    job = scheduler.add_job(asyncio.sleep, "interval", [0], seconds=15, next_run_time=later)
    scheduler.start()
    watchdog = asyncio.create_task(clockwork.watch(scheduler, services))
    await asyncio.sleep(0.1)
    assert job.next_run_time == later
    watchdog.cancel()
    scheduler.shutdown(wait=False)
