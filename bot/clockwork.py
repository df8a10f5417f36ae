"""Every timed job, in order. APScheduler is only the clock: it stores nothing, a job may run late or twice."""

from datetime import timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler

from bot import clock
from bot.handled import Handled
from bot.services import Services

CONTENT_CHECK = timedelta(seconds=2)


def start(services: Services, handled: Handled) -> AsyncIOScheduler:
    """Start the clock in the running event loop."""
    scheduler = AsyncIOScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(services.reload_content, "interval", seconds=CONTENT_CHECK.total_seconds())
    scheduler.add_job(forget_old_updates, "cron", hour=3, args=[handled])
    scheduler.start()
    return scheduler


async def forget_old_updates(handled: Handled) -> None:
    await handled.forget_old(clock.now())
