"""`relais chat`: the same conversation as on Telegram, in a terminal. Buttons are numbers."""

import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from bot import app
from bot.commands import opening
from bot.services import Services
from bot.settings import Settings
from bot.terminal import Said, Terminal
from bot.vault import open_vault

Show = Callable[[str], None]


async def converse(settings: Settings, *, with_nlu: bool = True) -> None:
    """Talk with whoever is at the keyboard until the end of input."""
    async with opening.services(settings, with_nlu=with_nlu) as services:
        with tempfile.TemporaryDirectory() as folder:  # joining can be tried: what is said goes when the command ends
            place = Path(folder)
            services.vault = await open_vault(f"sqlite:///{place / 'chat.db'}", place / "keys.json")
            services.ledger_file = place / "erasures.jsonl"
            try:
                await talk(services, _typed(), print)
            finally:
                await services.vault.database.close()


def _typed() -> Iterator[str]:
    """Yield the lines typed; those piped in are shown, so that the output reads as a conversation."""
    while True:
        if sys.stdin.isatty():
            print("> ", end="", flush=True)
        line = sys.stdin.readline()
        if not line:
            return
        if not sys.stdin.isatty():
            print(f"> {line.rstrip()}")
        if line.strip():
            yield line.strip()


async def talk(services: Services, lines: Iterable[str], show: Show) -> None:
    """Run a conversation: each line is a message, or the number of a button just shown."""
    terminal = Terminal()
    application = app.add_handlers(app.builder().token("1:terminal").request(terminal).build(), services)
    async with application:
        buttons = _show(await terminal.hears(application, "/start"), show)
        for line in lines:
            if line.isdecimal() and 1 <= int(line) <= len(buttons):
                said = await terminal.pressed(application, buttons[int(line) - 1])
            else:
                said = await terminal.hears(application, line)
            buttons = _show(said, show)


def _show(said: list[Said], show: Show) -> list[str]:
    """Show bubbles and numbered buttons; return what each number sends."""
    payloads = []
    for bubble in said:
        show(f"\n{bubble.text}\n")
        for label, payload in bubble.buttons:
            payloads.append(payload)
            show(f"  [{len(payloads)}] {label}")
    show("")
    return payloads
