"""The clock: what it does at once, and how it ends."""

import asyncio

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
