"""`relais referrals`: the requests sent to structures, for operators. What they say stays closed to them."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from bot import addressees, clock, following, letters, place_lists, referral_words, referrals, telling
from bot.commands import kept
from bot.commands.opening import fail, read_settings
from bot.letters import Kind
from bot.models import Letter, LetterState, Person, Referral, ReferralState
from bot.settings import Settings
from bot.vault import Transaction

referrals_commands = typer.Typer(help="The requests sent to structures; never what they say.", no_args_is_help=True)
shown = Console(highlight=False, emoji=False)
Reference = Annotated[str, typer.Argument(help="The reference of a request, as R-ABC234.", show_default=False)]


@referrals_commands.command("list")
def list_(
    *, stuck: Annotated[bool, typer.Option("--stuck", help="Only those that nobody has answered in time.")] = False
) -> None:
    """Show the requests: reference, structure, state, days. Never what they say, nor whose they are.

    \b
    relais referrals list            all of them, the newest first
    relais referrals list --stuck    not posted yet, or without an answer after REFERRAL_TELL_DAY days
    """
    kept.run(_list(read_settings(), stuck=stuck))


@referrals_commands.command()
def show(reference: Reference) -> None:
    """Show one request: its days, its letters, the relay's last word."""
    kept.run(_show(read_settings(), reference.upper()))


@referrals_commands.command()
def resend(reference: Reference) -> None:
    """Write the letter of a request once more, with the same link, to the mailbox that is confirmed now.

    For a letter that was lost, parked after two accidents, or that the structure cannot find any more.
    """
    kept.run(_change(read_settings(), reference.upper(), _resend))
    shown.print(f"{reference.upper()}: a new letter goes with the next tick of the bot.")


@referrals_commands.command()
def close(reference: Reference) -> None:
    """End a request that nobody has answered, erase what it said, and have the bot tell the person.

    Of a request that is erased already, it ends the letters that may have arrived or not.
    """
    kept.run(_close_all(read_settings(), reference.upper()))
    shown.print(f"{reference.upper()}: closed, and its words erased.")


async def _list(settings: Settings, *, stuck: bool) -> None:
    days = following.days_of(settings)

    async def look(tx: Transaction) -> list[Referral]:
        if stuck:
            return list(await following.stuck(tx, days))
        wanted = select(Referral).where(Referral.state != ReferralState.DRAFT)
        return list(await tx.session.scalars(wanted.order_by(Referral.confirmed_at.desc())))

    async with kept.vault(settings) as vault:
        rows = await vault.read(look, now=clock.now())
    if not rows:
        shown.print("No request is stuck." if stuck else "No request yet.")
        return
    table = Table("reference", "structure", "state", "confirmed", "posted", "answered")
    for row in rows:
        instants = (row.confirmed_at, row.sent_at, row.answered_at)
        table.add_row(row.ref, row.structure_name, row.state, *(f"{at:%Y-%m-%d}" if at else "–" for at in instants))
    shown.print(table)


async def _show(settings: Settings, reference: str) -> None:
    async def look(tx: Transaction) -> tuple[Referral | None, list[Letter]]:
        return await _find(tx, reference), await letters.of(tx, reference)

    async with kept.vault(settings) as vault:
        row, posted = await vault.read(look, now=clock.now())
    if row is None:
        fail(f"{reference}: there is no such request")
    shown.print(f"{row.ref}  {row.structure_name} ({row.kind}): {row.state}")
    for name in ("confirmed_at", "sent_at", "answered_at", "told_late_at", "told_silent_at"):
        if at := getattr(row, name):
            shown.print(f"  {name.removesuffix('_at').replace('_', ' ')}: {at:%Y-%m-%d %H:%M} UTC")
    for letter in posted:
        code = f", relay said {letter.code}" if letter.code else ""
        shown.print(f"  letter {letter.kind} to {letter.mailbox}: {letter.state}, {letter.tries} tries{code}")


async def _change(
    settings: Settings, reference: str, change: Callable[[Transaction, Referral], Awaitable[None]]
) -> None:
    async def work(tx: Transaction) -> None:
        row = await _find(tx, reference)
        if row is None:
            fail(f"{reference}: there is no such request")
        await change(tx, row)

    async with kept.vault(settings) as vault:
        await vault.write(work, now=clock.now())


async def _find(tx: Transaction, reference: str) -> Referral | None:
    found: Referral | None = await tx.session.scalar(
        select(Referral).where(Referral.ref == reference, Referral.state != ReferralState.DRAFT)
    )
    return found


async def _resend(tx: Transaction, row: Referral) -> None:
    if row.payload_sealed is None:
        fail(f"{row.ref}: what it said is erased, nothing can be sent again")
    to = await addressees.confirmed(tx, row.structure_id)
    if to is None:
        fail(f"{row.ref}: no mailbox of {row.structure_name} is confirmed: run `relais directory confirm`")
    before = await letters.of(tx, row.ref)
    if any(letter.state in letters.UNFINISHED for letter in before):
        fail(f"{row.ref}: a letter is on its way already")
    for letter in before:
        if letter.state == LetterState.PARKED:
            letter.state = LetterState.FAILED
    if row.state == ReferralState.FAILED:  # parked: nobody knew whether it had come
        row.state, row.closed_on, row.sent_at, row.told_late_at = ReferralState.WAITING, None, None, tx.now
    letters.write(tx, row.ref, Kind.REQUEST, to, issue=len(before))


async def _close_all(settings: Settings, reference: str) -> None:
    places = place_lists.load(settings.content_dir / "directory")

    async def work(tx: Transaction) -> bool:
        row = await _find(tx, reference)
        parked = [one for one in await letters.of(tx, reference) if one.state == LetterState.PARKED]
        for letter in parked:
            letter.state = LetterState.FAILED
        if row is None or row.payload_sealed is None:
            return bool(parked)
        if row.answered_at is not None:
            fail(f"{reference}: a human has answered it")
        referrals.close(tx, row, ReferralState.FAILED if parked or row.sent_at is None else ReferralState.EXPIRED)
        referrals.empty(row)
        if (person := await tx.session.get(Person, row.person_id)) is not None:
            await telling.tell(tx, person, row.ref, referral_words.news(row, person.lang), places)
        return True

    async with kept.vault(settings) as vault:
        if not await vault.write(work, now=clock.now()):
            fail(f"{reference}: there is no such request, or it is over already")
