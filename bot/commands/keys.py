"""`relais keys`: what the keys file holds, and a new key for everything that is sealed."""

import os
import stat
from pathlib import Path

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from bot import clock, db, keys, rotation
from bot.commands import kept
from bot.commands.opening import console, fail, read_settings, run
from bot.crypto import Keyring
from bot.retention import ERASURE_KEPT
from bot.rotation import Rotated
from bot.settings import Settings
from bot.vault import open_vault

keys_commands = typer.Typer(
    help="The keys that seal names, numbers and places: look at them, renew them.", no_args_is_help=True
)
shown = Console(highlight=False, soft_wrap=True, emoji=False)


@keys_commands.command()
def status() -> None:
    """Show the keys by name, how many values each one seals, and whether the file is the one of this database.

    Nothing is changed, and no key is shown. Ends with 1 when the file is missing or wrong.
    """
    run(_status(read_settings()))


@keys_commands.command()
def rotate() -> None:
    """Seal every value with a new key, while the bot runs. Stopped half-way, run it again: it goes on from there.

    The old key stays in the file to open older backups, until a rotation finds it past their keeping time.
    Afterwards, copy the keys file to where you keep its copy.
    """
    run(_rotate(read_settings()))


async def _status(settings: Settings) -> None:
    path = settings.keys
    keyring = keys.read(path)
    counts: dict[str, int] = {}
    belongs = "there is no database yet"
    if kept.is_there(settings):
        database = db.open_at(settings.database)
        try:
            await db.check_revision(database)
            async with database.reading() as connection:
                if await keys.named(connection) or await keys.sealed_rows(connection):
                    keyring = await keys.checked(connection, path)
                    belongs = "the one of this database"
                else:
                    belongs = "the database is empty, and will take this file"
                counts = await rotation.counts(connection, list(keyring.sealing))
        except db.UNAVAILABLE as error:
            fail(f"the database cannot be read ({type(error).__name__})")
        finally:
            await database.close()
    shown.print(f"Keys file: {path}", markup=False)
    shown.print(f"Mode: {_mode(path)}", markup=False)
    shown.print(f"Database: {belongs}")
    shown.print(_table(keyring, counts))


def _table(keyring: Keyring, counts: dict[str, int]) -> Table:
    table = Table("key", "values sealed", "state")
    for name in keyring.sealing:
        state = "of an unfinished rotation: run `relais keys rotate`"
        if name == keyring.current:
            state = "current"
        elif name in keyring.retired:
            day = keyring.retired[name]
            state = f"retired since {day}, kept until {day + ERASURE_KEPT}"
        table.add_row(name, str(counts.get(name, 0)), state)
    if "?" in counts:
        table.add_row("?", str(counts["?"]), "sealed with a key that is not in the file, or damaged")
    return table


def _mode(path: Path) -> str:
    mode = stat.S_IMODE(path.stat().st_mode)
    return f"{mode:04o}, " + (f"others can read it: run `chmod 600 {path}`" if mode & 0o077 else "private")


async def _rotate(settings: Settings) -> None:
    if not kept.is_there(settings):
        fail("there is no database yet: the bot makes it, and its keys, at its first run")
    try:
        vault = await open_vault(settings.database, settings.keys)
        try:
            owner = settings.keys.stat().st_uid
            if owner != os.geteuid():  # the file written here would be ours, and closed to the bot
                fail(f"{settings.keys} belongs to user {owner}: run this as that user, as the bot does")
            columns = (TextColumn("Sealing again"), BarColumn(), MofNCompleteColumn(), TextColumn("values"))
            with Progress(*columns, console=console) as bar:
                task = bar.add_task("", total=None)
                done = await rotation.rotate(
                    vault, now=clock.now(), progress=lambda done, total: bar.update(task, completed=done, total=total)
                )
        finally:
            await vault.database.close()
    except db.UNAVAILABLE as error:
        fail(f"the database cannot be used ({type(error).__name__}): run this again, it goes on where it stopped")
    _tell(done, settings.keys)


def _tell(done: Rotated, path: Path) -> None:
    for row in done.damaged:
        console.print(f"does not open: {escape(row)}")
    if done.damaged:
        fail(
            f"rows that do not open: {len(done.damaged)}. The key before {done.key} stays in use: erase them, "
            "or restore them from a backup, then run this again"
        )
    retired = f" Retired: {', '.join(done.retired)}." if done.retired else ""
    shown.print(f"{done.values} values are sealed again; the key is now {done.key}.{retired}")
    shown.print(f"Copy {path} to where you keep its copy: the old one does not open what is sealed now.", markup=False)
