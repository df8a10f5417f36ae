"""`relais db`: the tables, their backups, and the erasures to do again after a backup was restored."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from sqlalchemy import Connection, func, inspect, select

from bot import backups, clock, db, leaving, ledger, letters, planned
from bot.backups import TABLES, Backup, Header, Told
from bot.commands import kept
from bot.commands.opening import console, fail, read_settings
from bot.db import Database
from bot.models import Erasure
from bot.retention import BACKUP_KEPT
from bot.settings import Settings
from bot.vault import Vault

db_commands = typer.Typer(help="The database: its tables, backups, and erasures to do again.", no_args_is_help=True)
NAMED = "relais-%Y%m%dT%H%M%SZ"
shown = Console(highlight=False, soft_wrap=True, emoji=False)  # what was asked for: standard output
YES = {"restaurer", "restore"}

T = TypeVar("T")


@db_commands.command()
def status() -> None:
    """Tell where the database is, its version and rows, the last backup, and what is to be done (then ends with 1)."""
    kept.run(_status(read_settings()))


async def _status(settings: Settings) -> None:
    shown.print(f"Database: {escape(kept.where(settings))}")
    _show_backups(settings.var_dir / "backups")
    async with kept.database(settings) as database:
        shown.print(f"Tables: version {await db.revision(database) or 'none'}; this code needs {db.head()}")
        await _show_rows(database)
    async with kept.vault(settings) as vault:
        lacking = await _lacking(vault, settings)
    if lacking:
        fail(f"the database lacks {lacking} erasures or stops of {settings.ledger}: run `relais db replay`")
    shown.print("Erasures and stops to do again: none")


async def _lacking(vault: Vault, settings: Settings) -> int:
    entries = ledger.read(settings.ledger)
    return len(await vault.read(lambda tx: ledger.missing(tx, entries), now=clock.now()))


async def _show_rows(database: Database) -> None:
    table = Table("table", "rows")
    async with database.reading() as connection:
        there = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
        for name in TABLES:
            count = await connection.scalar(select(func.count()).select_from(TABLES[name])) if name in there else "-"
            table.add_row(name, str(count))
    shown.print(table)


def _show_backups(folder: Path) -> None:
    taken = [at for path, at in _ours(folder) if path.suffix == ".age"]
    last = f"the last {(clock.now() - max(taken)).total_seconds() / 3600:.1f} hours ago" if taken else "none yet"
    shown.print(f"Backups: {len(taken)} in {escape(str(folder))}, {last}")


@db_commands.command()
def upgrade() -> None:
    """Bring the tables to the version that this code needs. An empty database gets them all."""
    kept.run(_upgrade(read_settings().database))


async def _upgrade(url: str) -> None:
    database = db.open_at(url, in_a_hurry=False)
    try:
        before = await db.revision(database)
        await asyncio.to_thread(db.upgrade, url)
        after = await db.revision(database)
        changed = f"version {before or 'none'} -> {after}" if before != after else f"version {after}, up to date"
        console.print(f"Tables: {changed}")
    finally:
        await database.close()


@db_commands.command()
def backup(
    file: Annotated[Path | None, typer.Argument(help="By default VAR_DIR/backups/relais-<time>.age.")] = None,
) -> None:
    """Write everything to one encrypted file, even while the bot runs; then drop those past their keeping time.

    The keys file opens it: keep a copy of that one elsewhere.
    """
    kept.run(_backup(read_settings(), file))


async def _backup(settings: Settings, file: Path | None) -> None:
    folder, now = settings.var_dir / "backups", clock.now()
    if file is None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = folder / f"{now.strftime(NAMED)}.age"
    async with kept.vault(settings) as vault:
        with _progress("Backing up") as told:
            header = await backups.back_up(vault.database, file, settings.keys, now=now, told=told)
    console.print(f"Backup: {_rows(header)} rows in {escape(str(file))}")
    if dropped := drop_old(folder, now=now):
        console.print(f"Deleted {dropped} older than {BACKUP_KEPT.days} days.")


def drop_old(folder: Path, *, now: datetime) -> int:
    """Delete the backups that are past their keeping time and return how many; other files are left alone."""
    old = [path for path, at in _ours(folder) if at < now - BACKUP_KEPT]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def _ours(folder: Path) -> list[tuple[Path, datetime]]:
    """Return the backups under the names we give, half written ones (`.new`, after a kill) too, and their instants."""
    found = []
    for path in (path for path in folder.glob("relais-*.age*") if path.suffix in (".age", ".new")):
        with suppress(ValueError):
            found.append((path, datetime.strptime(path.name.partition(".age")[0], NAMED).replace(tzinfo=UTC)))
    return found


@db_commands.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A backup that `relais db backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Erase what the database holds first.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Put a backup into the database of DATABASE_URL, all of it or nothing. Stop the bot first.

    SQLite and PostgreSQL take each other's backups. Whoever was erased since must be erased again: `relais db replay`.
    """
    settings = read_settings()
    found = kept.run(asyncio.to_thread(backups.read, file, settings.keys))
    console.print(
        f"Backup of {found.header.created_at}, {_rows(found.header)} rows, for {escape(kept.where(settings))}"
    )
    if not yes and typer.prompt("Type « restaurer » or « restore » to go on", err=True).strip(" «»").lower() not in YES:
        fail("nothing was changed")
    lacking = kept.run(_restore(settings, found, replace=replace))
    console.print("Restored. What was to be written first by now is held: see `relais plan parked`.")
    if lacking:
        console.print(f"It lacks {lacking} erasures or stops that were done since: run `relais db replay` now.")


async def _restore(settings: Settings, found: Backup, *, replace: bool) -> int:
    """Restore and return how many erasures are to do again."""
    if replace and kept.is_there(settings):
        await _save_ledger(settings)

    def hold(connection: Connection) -> None:
        planned.hold(connection, clock.now())
        letters.hold(connection)

    with _progress("Restoring", total=_rows(found.header)) as told:
        await backups.restore(settings.database, found, settings.keys, then=hold, replace=replace, told=told)
    async with kept.vault(settings) as vault:
        return await _lacking(vault, settings)


async def _save_ledger(settings: Settings) -> None:
    """Copy what was erased to the ledger's file: noted only in this database, it would be lost with it."""
    async with kept.database(settings) as database, database.reading() as connection:
        if await db.revision(database) is None or not await connection.scalar(select(func.count(Erasure.receipt))):
            return
    async with kept.vault(settings) as vault:
        await ledger.copy_to_file(vault, settings.ledger, now=clock.now())


@db_commands.command()
def replay() -> None:
    """Erase or stop again whoever was since the restored backup was taken. Run twice, it does nothing more."""
    kept.run(_replay(read_settings()))


async def _replay(settings: Settings) -> None:
    now, entries = clock.now(), ledger.read(settings.ledger)
    async with kept.vault(settings) as vault:
        done = await vault.write(lambda tx: leaving.replay(tx, entries), now=now)
        await ledger.copy_to_file(vault, settings.ledger, now=now)
        if not await vault.database.leave_no_trace():
            console.print("Another process reads the database: what was erased leaves its journal when that ends.")
    console.print(f"Erased or stopped again: {done} people.")


@contextmanager
def _progress(what: str, *, total: int | None = None) -> Iterator[Told]:
    with Progress(TextColumn(what), BarColumn(), MofNCompleteColumn(), console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        yield lambda more: bar.advance(task, more)


def _rows(header: Header) -> int:
    return sum(tally.rows for tally in header.tables.values())
