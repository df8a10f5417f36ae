"""`relais plan parked`: the messages that two accidents left in doubt, for a human to decide."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot import clock, planned
from bot.commands import kept
from bot.commands.opening import fail, read_settings
from bot.models import Planned
from bot.settings import Settings
from bot.vault import Transaction

shown = Console(highlight=False, emoji=False)


def parked(
    *,
    again: Annotated[bool, typer.Option("--again", help="Send them once more: some may come a third time.")] = False,
    close: Annotated[bool, typer.Option("--close", help="Leave them: some may never have come.")] = False,
) -> None:
    """Show the messages that were sent twice without an answer from Telegram, and end the doubt.

    \b
    relais plan parked           which ones: the rule, the day, the person's reference
    relais plan parked --again   send them once more, at a decent hour
    relais plan parked --close   leave them as they are

    What was said is not kept and is not shown. A check-in in doubt has its reminder a week later in any case.
    """
    if again and close:
        fail("--again or --close, not both")
    kept.run(_parked(read_settings(), again=again, close=close))


async def _parked(settings: Settings, *, again: bool, close: bool) -> None:
    async with kept.vault(settings) as vault:
        if again or close:

            async def end(tx: Transaction) -> int:
                return await planned.end_doubt(tx, again=again)

            count = await vault.write(end, now=clock.now())
            shown.print(f"{count} messages will be sent once more." if again else f"{count} messages are left.")
            return
        _show(await vault.read(planned.in_doubt, now=clock.now()))


def _show(rows: list[Planned]) -> None:
    if not rows:
        shown.print("No message is in doubt.")
        return
    table = Table("rule", "day", "person", title=f"{len(rows)} messages in doubt")
    for row in rows:
        table.add_row(row.rule, row.due_on.isoformat(), row.person_id)
    shown.print(table)
