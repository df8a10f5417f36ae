"""What sending first costs: beside a bare loop of python-telegram-bot, and as the number of planned people grows.

    python -m tests.bench.due                 both measures, both databases (some minutes)
    python -m tests.bench.due --people 2000   a first look

Ratios of one run on one machine; nothing here passes or fails.
"""

import argparse
import asyncio
import re
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import event, select, text, update
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode

from bot import content, db, due, place_lists, sender
from bot.due import Lane
from bot.models import Planned, PlannedState
from bot.openings import opening
from bot.places import Places
from bot.plan import CHECK_IN, Plan
from bot.replies import Delivery, Outcome, Reply
from bot.vault import Transaction, Vault, open_vault
from tests import databases
from tests.many import DUE, JOINED, LEFT_ON, many
from tests.processes import ROOT
from tests.stand_in.client import TOKEN, stand_in, stand_in_process

SENT = Delivery(Outcome.SENT)
TICKS = 5  # of each size; the middle one counts
DUE_AT_ONCE = 100
SLICES = 40

console = Console(highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=20_000, help="check-ins due in the first measure")
    parser.add_argument("--planned", type=int, default=100_000, help="people planned in the second")
    wanted = parser.parse_args()
    with ExitStack() as stack:
        urls = dict(stack.enter_context(_empty_databases()))
        telegram = stack.enter_context(stand_in_process())
        asyncio.run(_measure(urls, telegram, wanted.people, wanted.planned))


async def _measure(urls: dict[str, list[str]], telegram: str, count: int, planned: int) -> None:
    library = content.load(ROOT / "content")
    places = place_lists.load(ROOT / "content" / "directory", None)
    table = Table("database", "bare loop", "Relais", "ratio", "memory while sending", title=f"{count} due check-ins")
    for name, (url, _, _) in urls.items():
        async with _vault(url) as vault:
            console.print(f"{name}: keeping {count} people …")
            chats = await many(vault, library.plan, places, count)
            await _gather_statistics(vault)
            bare, ours, memory = await _send_both(vault, telegram, chats, library.plan, places)
        table.add_row(name, f"{count / bare:.0f} /s", f"{count / ours:.0f} /s", f"{bare / ours:.2f}", memory)
    console.print(table)

    table = Table("database", "1,000 planned", f"{planned:,} planned", "ratio", title=f"a tick with {DUE_AT_ONCE} due")
    for name, (_, small, large) in urls.items():
        times = []
        for url, people in ((small, 1_000), (large, planned)):
            async with _vault(url) as vault:
                console.print(f"{name}: keeping {people} people …")
                month = timedelta(days=30)
                await many(vault, library.plan, places, people, left_on=LEFT_ON + month, joined=JOINED + month)
                await _gather_statistics(vault)
                times.append(await _tick(vault, library.plan, places))
                if people == planned:
                    await _show_query_plans(vault, library.plan, places)
        table.add_row(name, *(f"{seconds * 1000:.0f} ms" for seconds in times), f"{times[1] / times[0]:.2f}")
    console.print(table)


@contextmanager
def _empty_databases() -> Iterator[Iterator[tuple[str, list[str]]]]:
    with tempfile.TemporaryDirectory() as folder, databases.cluster() as cluster:
        files = [f"sqlite:///{folder}/{number}.db" for number in range(3)]
        for file in files:
            db.upgrade(file)
        yield iter({"sqlite": files, "postgresql": [cluster.copy() for _ in range(3)]}.items())


@asynccontextmanager
async def _vault(url: str) -> AsyncIterator[Vault]:
    with tempfile.TemporaryDirectory() as folder:
        vault = await open_vault(url, Path(folder) / "keys.json")
        try:
            yield vault
        finally:
            await vault.database.close()


def _bot(telegram: str) -> Bot:
    return Bot(TOKEN, base_url=f"{telegram}/bot")


async def _open_chats(telegram: str, chats: list[int]) -> None:
    async with stand_in(telegram) as control:
        for chat in chats:
            await control.user(chat)


async def _send_both(
    vault: Vault, telegram: str, chats: list[int], plan: Plan, places: Places
) -> tuple[float, float, str]:
    """Return the seconds of the bare loop and of ours, and our memory at each quarter of the way.

    They take turns, a slice each, so that whatever else the machine does falls on both.
    """
    async with stand_in(telegram) as control:
        for chat in chats:
            await control.user(chat)
    bare = ours = 0.0
    memory: list[float] = []
    slice_of = max(1, len(chats) // SLICES)
    async with _bot(telegram) as bot:
        deliver = partial(sender.deliver, bot)
        for done in range(0, len(chats), slice_of):
            some = chats[done : done + slice_of]
            started = time.perf_counter()
            await _bare_loop(bot, some)
            turned = time.perf_counter()
            lane = Lane(per_second=1e9, per_hour=done + len(some), longest=1e9)  # all of the slice, and no more
            sent = await due.send_due(vault, deliver, plan, places, lane, now=lambda: DUE)
            bare, ours = bare + turned - started, ours + time.perf_counter() - turned
            assert sent == {Outcome.SENT: len(some)}, sent
            if (done // slice_of) % (SLICES // 4) == 0:
                memory.append(_megabytes())
    return bare, ours, " → ".join(f"{used:.0f}" for used in memory) + " MB"


async def _bare_loop(bot: Bot, chats: list[int]) -> None:
    """Send the same with the shortest program."""
    said = opening(CHECK_IN, None, "fr", late=False)
    buttons = InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.payload) for button in row] for row in said.buttons]
    )
    for chat in chats:
        await bot.send_message(
            chat,
            said.html,
            parse_mode=ParseMode.HTML,
            reply_markup=buttons,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )


def _megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def _gather_statistics(vault: Vault) -> None:
    """What a database does by itself after a while."""
    async with vault.database.writing() as connection:
        await connection.execute(text("ANALYZE"))


async def _tick(vault: Vault, plan: Plan, places: Places) -> float:
    """Return how many seconds a tick takes that finds the same few due among all that are planned."""
    times = []
    for _ in range(TICKS):
        await vault.write(_make_few_due, now=DUE)
        started = time.perf_counter()
        done = await due.send_due(vault, _at_once, plan, places, Lane(per_second=1e9, per_hour=10**9), now=lambda: DUE)
        times.append(time.perf_counter() - started)
        assert done == {Outcome.SENT: DUE_AT_ONCE}, done
    return statistics.median(times)


async def _at_once(_chat: int, _reply: Reply) -> Delivery:
    return SENT


async def _make_few_due(tx: Transaction) -> None:
    """Make a hundred due among those that are to come in a month.

    Not the other way round: rows moved by the hundred thousand leave their dead behind, which no real day does.
    """
    waiting = (Planned.rule == CHECK_IN, Planned.state == PlannedState.PLANNED)
    few = select(Planned.id).where(*waiting).order_by(Planned.id).limit(DUE_AT_ONCE)
    ids = list(await tx.session.scalars(few))
    await tx.session.execute(update(Planned).where(Planned.id.in_(ids)).values(due_at=DUE - timedelta(hours=1)))


async def _show_query_plans(vault: Vault, plan: Plan, places: Places) -> None:
    """Show how the database finds what a tick looks for, with the tick's own statements."""
    asked: dict[str, Any] = {}

    def note(_connection: object, _cursor: object, statement: str, values: Any, *_: object) -> None:
        if re.search(r"(FROM|UPDATE) planned", statement):
            asked.setdefault(statement, values)

    engine = vault.database.engine
    await vault.write(_make_few_due, now=DUE)
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    await due.send_due(vault, _at_once, plan, places, Lane(per_second=1e9, per_hour=10**9), now=lambda: DUE)
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN" if vault.database.is_sqlite else "EXPLAIN"
    for statement, values in asked.items():
        async with engine.connect() as connection:
            rows = await connection.exec_driver_sql(f"{explain} {statement}", values)
            console.print(f"\n{statement}", *(f"    {row[-1]}" for row in rows), sep="\n")


if __name__ == "__main__":
    main()
