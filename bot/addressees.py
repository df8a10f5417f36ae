"""The mailboxes that an operator confirmed, one for a structure. Works inside the caller's transaction."""

from collections.abc import Sequence

from sqlalchemy import select

from bot.models import Addressee
from bot.vault import Transaction


async def confirmed(tx: Transaction, structure_id: str, *, lock: bool = False) -> Addressee | None:
    """Return where requests to a structure go; None where nobody confirmed it, or where mail was refused since."""
    found = await tx.session.get(Addressee, structure_id, with_for_update=lock or None)
    return found if found is not None and found.refused_code is None else None


async def confirm(tx: Transaction, structure_id: str, mailbox: str, by: str) -> None:
    """Note that `by` has checked that this mailbox is the structure's; a refusal of before is forgotten."""
    await tx.session.merge(
        Addressee(
            structure_id=structure_id,
            mailbox=mailbox,
            confirmed_on=tx.now.date(),
            confirmed_by=by,
            refused_code=None,
            refused_on=None,
        )
    )


async def remove(tx: Transaction, structure_id: str) -> bool:
    """Send nothing to a structure any more; return whether anything was."""
    found = await tx.session.get(Addressee, structure_id)
    if found is not None:
        await tx.session.delete(found)
    return found is not None


async def flag(tx: Transaction, structure_id: str, mailbox: str, code: int | None) -> None:
    """Note that a mailbox refused a letter for good, unless another one was confirmed meanwhile."""
    found = await tx.session.get(Addressee, structure_id)
    if found is not None and found.mailbox == mailbox:
        found.refused_code, found.refused_on = code or 0, tx.now.date()


async def everyone(tx: Transaction) -> Sequence[Addressee]:
    return list(await tx.session.scalars(select(Addressee).order_by(Addressee.structure_id)))
