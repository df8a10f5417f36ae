"""`relais export`, `forget` and `purge`: what is held about one person, erased on demand, erased in time."""

import json
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from bot import clock, held, leaving, ledger, purging
from bot.commands import kept
from bot.commands.opening import console, fail, read_settings
from bot.held import Held
from bot.ledger import ReplayNeeded
from bot.models import Person
from bot.purging import Due, TooMany
from bot.settings import Settings
from bot.vault import Transaction, Vault

YES = {"effacer", "erase"}
SHORT = 8  # characters of a reference that are typed again
shown = Console(highlight=False, soft_wrap=True, emoji=False)  # what was asked for: standard output

Reference = Annotated[
    str, typer.Argument(metavar="ID", help="The reference that /mesdonnees shows at its end.", show_default=False)
]

T = TypeVar("T")


def export(reference: Reference) -> None:
    """Write everything held about one person to standard output, as JSON. Changes nothing.

    It is the file that /mesdonnees gives. For an answer to someone who asks for their data:
    `relais export ID > data.json`, then send it to them alone and delete it.
    """
    found = kept.run(_held(read_settings(), reference))
    if found is None:
        fail("nobody has this reference: erased, mistyped, or another installation")
    print(json.dumps(held.as_json(found), ensure_ascii=False, indent=1))


async def _held(settings: Settings, reference: str) -> Held | None:
    async def look(tx: Transaction) -> Held | None:
        person = await _person(tx, reference)
        return None if person is None else await held.everything(tx, person)

    async with kept.vault(settings) as vault:
        return await vault.read(look, now=clock.now())


def forget(reference: Reference, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Erase one person, as /oublier does, and print the receipt to give them. There is no way back.

    Asks twice: the beginning of the reference again, then a word. Run twice, it says that there is nobody.
    """
    settings = read_settings()
    told = kept.run(_about(settings, reference))
    if told is None:
        console.print("Nobody has this reference: there is nothing to erase.")
        return
    console.print(told, markup=False)
    if not yes:
        _ask_twice(_cleaned(reference))
    kept.run(_forget(settings, reference))


async def _about(settings: Settings, reference: str) -> str | None:
    """Say enough to recognise the right person, and nothing that tells who it is."""

    async def look(tx: Transaction) -> str | None:
        person = await _person(tx, reference)
        if person is None:
            return None
        return f"To be erased: joined on {person.joined_on}, last contact on {person.last_contact_on}, {person.status}."

    async with kept.vault(settings) as vault:
        return await vault.read(look, now=clock.now())


def _ask_twice(reference: str) -> None:
    try:
        if _cleaned(console.input(f"Type the first {SHORT} characters of the reference again: ")) != reference[:SHORT]:
            fail("that is another reference: nothing was erased")
        if console.input("Type « effacer » or « erase » to erase everything: ").strip(" «»").lower() not in YES:
            fail("nothing was erased")
    except EOFError:
        fail("nothing was erased")


async def _forget(settings: Settings, reference: str) -> None:
    async def work(tx: Transaction) -> str | None:
        person = await _person(tx, reference, lock=True)
        return None if person is None else await leaving.erase(tx, person)

    async with kept.vault(settings) as vault:
        receipt = await vault.write(work, now=clock.now())
        if receipt is None:
            console.print("Nobody has this reference any more: there is nothing to erase.")
            return
        shown.print(f"Erased. Receipt: {receipt}")
        await _leave_no_trace(vault, settings)


def purge(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what is past its time; change nothing.")] = False,
    even_many: Annotated[bool, typer.Option("--even-many", help="Go on even if it is a large share.")] = False,
) -> None:
    """Erase what is past its keeping time, now. The bot does it every night; stopped half-way, run it again.

    Refuses to erase a large share of all people at once, which a wrong clock would do, unless --even-many is given.
    """
    kept.run(_purge(read_settings(), dry_run=dry_run, even_many=even_many))


async def _purge(settings: Settings, *, dry_run: bool, even_many: bool) -> None:
    now = clock.now()
    async with kept.vault(settings) as vault:
        due = await vault.read(purging.due, now=now)
        if dry_run:
            shown.print(f"Past its keeping time on {now:%d %B %Y}, erased by the next purge:\n{_in_words(due)}")
            return
        columns = (TextColumn("Erasing"), BarColumn(), MofNCompleteColumn(), TextColumn("people"))
        with Progress(*columns, console=console, transient=True) as bar:
            task = bar.add_task("", total=due.people)
            try:
                done = await purging.purge(
                    vault, now=now, even_many=even_many, told=lambda more: bar.advance(task, more)
                )
            except TooMany as error:
                fail(f"{error} Nothing was erased. If it is (`relais doctor` looks), run this with --even-many")
        shown.print(f"Erased:\n{_in_words(done)}")
        await _leave_no_trace(vault, settings)


def _in_words(due: Due) -> str:
    lines = (
        (due.people, "people: two years without a message, or 30 days after a stop or a block"),
        (due.answers_awaited, "questions left without an answer (the person stays)"),
        (due.check_ins, "answers to check-ins, 90 days after their end"),
        (due.replies, "replies that could not be said"),
        (due.updates, "numbers of answered updates"),
        (due.erasures, "lines of the erasure ledger"),
    )
    return "\n".join(f"{count:>7}  {what}" for count, what in lines)


async def _leave_no_trace(vault: Vault, settings: Settings) -> None:
    """Bring the ledger's file up to date, and empty SQLite's journal of what was erased."""
    try:
        await ledger.copy_to_file(vault, settings.ledger, now=clock.now())
    except OSError as error:
        fail(
            f"it is erased, but {settings.ledger} cannot be written ({error.strerror}): mend that, start the bot again"
        )
    except ReplayNeeded as error:
        fail(f"it is erased, but not noted beside the database: {error}")
    if not await vault.database.leave_no_trace():
        console.print("Another process reads the database: what was erased leaves its journal when that ends.")


async def _person(tx: Transaction, reference: str, *, lock: bool = False) -> Person | None:
    return await tx.session.get(Person, _cleaned(reference), with_for_update=lock or None)


def _cleaned(reference: str) -> str:
    return reference.strip().lower()
