"""Stop being written to, or be erased: at once, all of it or nothing, and again after a backup is restored."""

from collections.abc import Sequence

from sqlalchemy import delete, select, update

from bot import consents, faults, ledger, people, planned, referrals
from bot.consent_texts import Purpose
from bot.ledger import Entry, Scope
from bot.models import CheckIn, ConsentEvent, Outgoing, Person, Planned, Status
from bot.vault import Transaction


async def stop(tx: Transaction, person: Person, status: Status, *, how: str) -> None:
    """End the messages we send first; `how` tells what the person did: « word », « blocked »."""
    if person.status == Status.ACTIVE:
        ledger.note(tx, people.chat_of(tx, person), Scope.STOPPED)
    await _stop(tx, person, status, how=how)


async def _stop(tx: Transaction, person: Person, status: Status, *, how: str) -> None:
    if person.status == Status.ACTIVE:  # the thirty days count from the first stop
        people.set_status(tx, person, status)
    people.await_answer(tx, person, None)
    await consents.withdraw(tx, person, Purpose.CHECK_IN, how=how)
    await planned.cancel(tx, person)
    to_come = (Outgoing.person_id == person.id, Outgoing.written_at > tx.now)  # what became of a request, tomorrow
    await tx.session.execute(delete(Outgoing).where(*to_come))
    left = (CheckIn.person_id == person.id, CheckIn.closed_on.is_(None))  # however they stopped, it is over
    await tx.session.execute(update(CheckIn).where(*left).values(closed_on=tx.now.date(), asking=None))


async def erase(tx: Transaction, person: Person) -> str:
    """Erase every row about a person and return the receipt code to give them."""
    receipt = ledger.note(tx, people.chat_of(tx, person), Scope.ERASED)
    await erase_rows(tx, person)
    faults.point("erase.before_commit")
    return receipt


async def erase_rows(tx: Transaction, person: Person) -> None:
    """Erase without a trace in the ledger, as at the end of a keeping time.

    The person goes first: the proof of consent can be erased only when nobody is left to prove it to.
    """
    # First alone with them: a claim made at this moment plans a reminder that a delete already begun would not see.
    await tx.session.execute(select(Person.id).where(Person.id == person.id).with_for_update())
    await referrals.leave(tx, person)
    for about in (Outgoing, Planned, CheckIn):
        await tx.session.execute(delete(about).where(about.person_id == person.id))
    await tx.session.delete(person)
    await tx.session.flush()
    await tx.session.execute(delete(ConsentEvent).where(ConsentEvent.person_id == person.id))


async def replay(tx: Transaction, entries: Sequence[Entry]) -> int:
    """Do again what a restored database lacks, and return to how many people it was done.

    Whoever joined on a later day than their erasure joined anew, and stays.
    """
    lacking = await ledger.missing(tx, entries)
    ends = {entry.person_index: entry for entry in lacking if entry.scope == Scope.STOPPED}
    ends |= {entry.person_index: entry for entry in lacking if entry.scope == Scope.ERASED}
    done = 0
    for person in list(await tx.session.scalars(select(Person))):
        entry = ends.get(tx.keyring.ledger_index(str(people.chat_of(tx, person))))
        if entry is None or person.joined_on > entry.executed_at.date():
            continue
        if entry.scope == Scope.ERASED:
            await erase_rows(tx, person)
        else:
            await _stop(tx, person, Status.STOPPED, how="replay")
        done += 1
    for entry in lacking:
        ledger.add(tx, entry)
    return done
