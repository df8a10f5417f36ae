"""`relais doctor`: look at everything the bot needs and say what to do. It changes nothing and shows no value."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot import logs
from bot import settings as installation
from bot.commands import checks, checks_kept
from bot.commands.checks import Check, State
from bot.commands.opening import run
from bot.settings import Settings, SettingsError

MARKS = {State.GOOD: Text("✓", "green"), State.CARE: Text("!", "yellow"), State.BAD: Text("✗", "red")}


def doctor(as_json: Annotated[bool, typer.Option("--json", help="The same as JSON.")] = False) -> None:
    """Look at everything the bot needs: ✓ good, ! look at it, ✗ mend it, with what to do. Changes nothing.

    Shows no token, password or key, and nothing about anybody. Ends with 1 if there is a ✗.
    """
    try:
        settings = installation.read()
    except SettingsError as error:
        found = [Check("settings", State.BAD, f"wrong in the environment or .env: {error}")]
    else:
        logs.set_up(settings.log_level)
        found = run(examine(settings))
    if as_json:
        print(json.dumps([asdict(check) for check in found], ensure_ascii=False, indent=1))
    else:
        _show(found)
    if any(check.state == State.BAD for check in found):
        raise typer.Exit(1)


def _show(found: list[Check]) -> None:
    console = Console(highlight=False, emoji=False)
    if not console.is_terminal:
        console.width = 1000  # for grep: a line stays one
    table = Table.grid(padding=(0, 2))
    for check in found:
        table.add_row(MARKS[check.state], check.name, Text(check.told))
    console.print(table)


async def examine(settings: Settings) -> list[Check]:
    """Make every check, in the order of the table. None of them creates or changes anything; never raises."""
    found: list[Check] = []
    looks: tuple[tuple[str, Callable[[Settings], Awaitable[list[Check]]]], ...] = (
        ("settings", checks.of_settings),
        ("folder", checks.of_folder),
        ("disk", checks.of_disk),
        ("database", checks_kept.of_kept),
        ("backup", checks_kept.of_backup),
        ("content", checks.of_content),
        ("nlu", checks.of_nlu),
        ("clock", checks.of_clock),
        ("time zones", checks.of_zones),
    )
    for name, look in looks:
        try:
            found += await look(settings)
        except Exception as error:  # noqa: BLE001 - the other checks are wanted; its text may hold an address
            found.append(Check(name, State.BAD, f"cannot be looked at ({type(error).__name__})"))
    return found
