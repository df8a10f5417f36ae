"""`relais directory confirm`: the mailboxes to which requests may go. Without one, nothing leaves for a structure."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from bot import addressees, clock, directory_store
from bot.commands import kept
from bot.commands.opening import console, fail, read_settings
from bot.directory import Directory
from bot.mailboxes import mailbox_problem, one_mailbox
from bot.models import Addressee
from bot.places import key_of
from bot.settings import Settings
from bot.structures import Structure
from bot.vault import Transaction

MOST_SHOWN = 8
shown = Console(highlight=False, emoji=False, soft_wrap=True)


def confirm(
    structure: Annotated[str, typer.Argument(help="The id of a structure, or words of its name.")] = "",
    mailbox: Annotated[str, typer.Argument(help="Its own mailbox, as accueil@structure.fr.")] = "",
    *,
    by: Annotated[str, typer.Option("--by", help="Who checked it: your name or initials; kept with the day.")] = "",
    remove: Annotated[bool, typer.Option("--remove", help="Send it nothing any more.")] = False,
) -> None:
    """Note that you have called a structure, and that this mailbox is its own and is read by several people.

    \b
    relais directory confirm                                            the mailboxes confirmed so far
    relais directory confirm "mission locale albi" accueil@mlalbi.fr --by "M. T."
    relais directory confirm mission_locale-81004-01 --remove

    A person's mailbox, a town hall's, a free or a disposable one is refused with the reason: what a young person
    writes must be read by the structure alone, and be read when somebody is on leave.
    """
    settings = read_settings()
    directory = directory_store.load(settings.content_dir, settings.var_dir).directory
    if not structure:
        kept.run(_list(settings, directory))
        return
    if remove:
        kept.run(_remove(settings, directory, structure))
        return
    found = _one(directory, structure)
    if not mailbox or not by.strip():
        fail("give the mailbox, and --by who checked it")
    if problem := mailbox_problem(mailbox):
        fail(problem)
    kept.run(_confirm(settings, found, one_mailbox(mailbox), by.strip()[:80]))
    shown.print(f"{found.name} ({found.departement}): requests may go to {one_mailbox(mailbox)}.")
    if settings.pages is None:
        console.print("WEB_PORT is not set: without its page nothing is sent yet.")


def _one(directory: Directory, told: str) -> Structure:
    """Return the structure that is meant; end the command with those it may be."""
    if told in directory.by_id:
        return directory.by_id[told]
    words = [key for word in told.split() if (key := key_of(word))]
    named = [
        one for one in directory.structures if words and all(word in key_of(f"{one.name} {one.town}") for word in words)
    ]
    named = [one for one in named if key_of(one.name) == key_of(told)] or named  # a seat, not its antennes too
    if not named:
        fail(f"{told}: no structure of that id or name; give other words of its name")
    if len(named) > 1:
        for one in named[:MOST_SHOWN]:
            console.print(f"  {one.id}  {one.name}, {one.town} ({one.departement})", markup=False)
        fail(f"{told}: {len(named)} structures, give the id of one")
    return named[0]


async def _confirm(settings: Settings, structure: Structure, mailbox: str, by: str) -> None:
    async with kept.vault(settings) as vault:
        await vault.write(lambda tx: addressees.confirm(tx, structure.id, mailbox, by), now=clock.now())


async def _remove(settings: Settings, directory: Directory, told: str) -> None:
    """Remove the mailbox of an id, even of one that has left the lists; else that of the structure of this name."""
    async with kept.vault(settings) as vault:
        removed = await vault.write(lambda tx: addressees.remove(tx, told), now=clock.now())
        known = directory.by_id.get(told) if removed else _one(directory, told)
        if known is not None and not removed:
            removed = await vault.write(lambda tx: addressees.remove(tx, known.id), now=clock.now())
    name = known.name if known else told
    shown.print(f"{name}: {'nothing is sent to it any more' if removed else 'it had no mailbox'}.", markup=False)


async def _list(settings: Settings, directory: Directory) -> None:
    async def look(tx: Transaction) -> list[Addressee]:
        return list(await addressees.everyone(tx))

    async with kept.vault(settings) as vault:
        rows = await vault.read(look, now=clock.now())
    if not rows:
        shown.print("No mailbox is confirmed: nothing is sent to anybody.")
        return
    whole = (Column(name, overflow="fold", no_wrap=False) for name in ("id", "structure", "mailbox"))
    table = Table(*whole, "confirmed", "by", "state")
    for row in rows:
        known = directory.by_id.get(row.structure_id)
        state = "ok" if row.refused_code is None else f"refused mail ({row.refused_code}) on {row.refused_on}"
        name = known.name if known else "not in the directory any more"
        table.add_row(row.structure_id, name, row.mailbox, f"{row.confirmed_on}", row.confirmed_by, state)
    shown.print(table)
