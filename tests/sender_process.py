"""Processes that only send what is due, over and over, by a clock that runs faster: `python -m tests.sender_process`.

Each line on stdin starts one, by a fork because a start takes a second; its number is printed.
Arguments: database, keys file, Telegram's address, token, the real instant at which the clock was at MORNING.
"""

import asyncio
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from telegram import Bot
from telegram.request import HTTPXRequest

from bot import due, logs, place_lists, plan_file, sender
from bot.due import Lane
from bot.vault import open_vault

ROOT = Path(__file__).parent.parent
MORNING = datetime(2026, 11, 26, 9, 30, tzinfo=UTC)  # the day after those of `many` were due, 10:30 in Paris
FASTER = 120  # times: the ten minutes of a lease take five seconds
ANSWERS_WITHIN = 1.0  # seconds; the bot itself waits for five


async def send(url: str, keys: str, telegram: str, token: str, started: str) -> None:
    content = ROOT / "content"
    topics = [path.name for path in (content / "faq").iterdir()]
    plan = plan_file.load(content, topics, lambda _path, _line, text: text)
    places = place_lists.load(content / "directory", None)
    vault = await open_vault(url, Path(keys))
    lane = Lane(per_second=1e9, per_hour=100_000)

    def now() -> datetime:
        return MORNING + timedelta(seconds=(time.time() - float(started)) * FASTER)

    async with Bot(token, base_url=f"{telegram}/bot", request=HTTPXRequest(read_timeout=ANSWERS_WITHIN)) as bot:
        while True:
            await due.send_due(vault, partial(sender.deliver, bot), plan, places, lane, now=now)
            await asyncio.sleep(0.1)


if __name__ == "__main__":
    logs.set_up("ERROR")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that are killed
    for _ in sys.stdin:
        if (child := os.fork()) == 0:
            asyncio.run(send(*sys.argv[1:]))
        print(child, flush=True)
