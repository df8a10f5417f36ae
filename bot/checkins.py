"""The check-in: its questions in their order, and what was answered, as codes of the lists below, never a word.

Works inside the caller's transaction, with the person locked, so that nobody has two check-ins open.
"""

import uuid
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from sqlalchemy import select

from bot import people, planned
from bot.models import CheckIn, Person, Planned, PlannedState, Status
from bot.places import Places
from bot.plan import CHECK_IN, REMINDER, Plan, is_due_at_once
from bot.vault import Transaction

LISTENING = timedelta(days=14)  # after it was opened, what is typed may still answer its question


class Ask(StrEnum):
    """The questions in their order, each named as its column."""

    NEEDS = "needs"
    HELP = "help"  # only to whoever has a need, no roof, or says that they are not well
    HOUSING = "housing"
    INCOME = "income"
    WORK = "work"
    HEALTH_COVER = "health_cover"
    INTERVIEW = "interview"
    CEJ = "cej"
    SATISFACTION = "satisfaction"


SKIPPED = "skip"  # asked, and not answered: empty is what was never asked
NO_NEED = "none"
WANTED = "wanted"
ROOFLESS = ("emergency", "outside")
NOT_TOLD = ("not_offered", "unknown")  # of the interview
CODES: dict[Ask, tuple[str, ...]] = {
    # The six needs of décret 2022-1125 (CASF R222-6), any number of them, joined by commas.
    Ask.NEEDS: ("money", "housing", "work", "health", "papers", "support"),
    Ask.HELP: (WANTED, "no"),
    Ask.HOUSING: ("own", "residence", "supported", "hosted", "emergency", "outside", "other"),
    Ask.INCOME: ("regular", "sometimes", "none"),
    Ask.WORK: ("school", "apprenticeship", "job", "civic_service", "cej", "nothing"),
    Ask.HEALTH_COVER: ("full", "basic", "none", "unknown"),
    Ask.INTERVIEW: ("held", "offered", "not_offered", "unknown"),
    Ask.CEJ: ("yes", "no", "unknown"),
    Ask.SATISFACTION: ("yes", "so_so", "no"),
}


async def current(tx: Transaction, person: Person) -> CheckIn | None:
    """Return the check-in that is open."""
    wanted = select(CheckIn).where(CheckIn.person_id == person.id, CheckIn.closed_on.is_(None))
    found: CheckIn | None = await tx.session.scalar(wanted)
    return found


async def was_ever_opened(tx: Transaction, person: Person) -> bool:
    """Return whether a check-in of this person is open, or closed and not erased yet."""
    return await tx.session.scalar(select(CheckIn.id).where(CheckIn.person_id == person.id).limit(1)) is not None


async def row_of(tx: Transaction, person: Person, plan: Plan, places: Places) -> Planned | None:
    """Return the planned message of the check-in, planned now if it was not yet."""
    row = await planned.find(tx, person, CHECK_IN)
    if row is None:
        await planned.follow(tx, person, plan, places)
        row = await planned.find(tx, person, CHECK_IN)
    return row


async def is_there(tx: Transaction, person: Person, row: Planned | None, plan: Plan, places: Places) -> bool:
    """Return whether there is a check-in to answer or to put off: its day has come, and it is not over.

    A button outlives the date it came from: whoever corrected it to a later one is asked then, not now.
    """
    if await current(tx, person) is not None:
        return True
    if row is None or row.state == PlannedState.ANSWERED:
        return False
    return row.sent_at is not None or _day_has_come(tx, person, plan, places)


async def is_late(tx: Transaction, person: Person, plan: Plan, places: Places) -> bool:
    """Return whether to ask somebody at once: they joined after the day, and were neither asked nor put it off."""
    row = await row_of(tx, person, plan, places)
    untouched = row is not None and row.state == PlannedState.PLANNED and not row.snoozed
    return untouched and _day_has_come(tx, person, plan, places) and not await was_ever_opened(tx, person)


def _day_has_come(tx: Transaction, person: Person, plan: Plan, places: Places) -> bool:
    return is_due_at_once(plan, planned.profile(person), planned.local_day(tx.now, person, places))


async def begin(tx: Transaction, person: Person, row: Planned | None, asking: Ask = Ask.NEEDS) -> tuple[CheckIn, bool]:
    """Return the open check-in, opened now if there is none, and whether it was. Its message counts as answered."""
    mark_answered(row)
    check_in = await current(tx, person)
    is_new = check_in is None
    if check_in is None:
        check_in = CheckIn(id=str(uuid.uuid4()), person_id=person.id, asking=asking)
        tx.session.add(check_in)
    check_in.opened_on = tx.now.date()  # taken up again: what is typed is listened to from now
    return check_in, is_new


def mark_answered(row: Planned | None) -> None:
    """Note that the message has its answer: no reminder follows."""
    if row is not None:
        row.state = PlannedState.ANSWERED


def asked(check_in: CheckIn) -> Ask:
    """Return the question that an open check-in is at."""
    return Ask(check_in.asking or Ask.NEEDS)


def needs(check_in: CheckIn) -> tuple[str, ...]:
    """Return the needs that are ticked."""
    ticked = (check_in.needs or "").split(",")
    return tuple(need for need in CODES[Ask.NEEDS] if need in ticked)


def tick(check_in: CheckIn, codes: Iterable[str], *, on: bool) -> None:
    """Tick needs, or take them out again. Said twice it is the same: a thumb trembles."""
    changed = set(codes)
    ticked = {*needs(check_in), *changed} if on else {*needs(check_in)} - changed
    check_in.needs = ",".join(need for need in CODES[Ask.NEEDS] if need in ticked) or None
    if asked(check_in) != Ask.NEEDS and _help_is_due(check_in):
        check_in.asking = Ask.HELP


def note(check_in: CheckIn, ask: Ask, code: str) -> bool:
    """Keep an answer and return True, False for a code that is none. Only an answer to the open question moves on."""
    if code not in ((NO_NEED,) if ask == Ask.NEEDS else CODES[ask]):
        return False
    setattr(check_in, ask, code)
    if ask == asked(check_in) or _help_is_due(check_in):
        check_in.asking = _following(check_in)
    return True


def go_on(check_in: CheckIn, ask: Ask) -> None:
    """Leave the question being asked for the next one; what was answered before stays."""
    if ask == asked(check_in):
        setattr(check_in, ask, getattr(check_in, ask) or SKIPPED)
        check_in.asking = _following(check_in)


def offer_help(check_in: CheckIn) -> None:
    """Ask now whether somebody should help."""
    check_in.asking = Ask.HELP


def _following(check_in: CheckIn) -> Ask | None:
    """Return the first question that has not been asked yet."""
    if _help_is_due(check_in):
        return Ask.HELP
    return next((ask for ask in Ask if ask != Ask.HELP and getattr(check_in, ask) is None), None)


def _help_is_due(check_in: CheckIn) -> bool:
    return check_in.help is None and bool(needs(check_in) or check_in.housing in ROOFLESS)


def lacks_offer(check_in: CheckIn) -> bool:
    """Return whether somebody has a need and ended before anybody offered help."""
    return _help_is_due(check_in)


def close(tx: Transaction, check_in: CheckIn) -> None:
    """End it: nothing changes in it any more, and it is erased after its keeping time."""
    check_in.asking, check_in.closed_on = None, tx.now.date()


async def awaits_words(tx: Transaction, person: Person) -> tuple[bool, CheckIn | None]:
    """Return whether what this person types may answer a check-in, and that check-in if it is open already."""
    if person.status != Status.ACTIVE:
        return False, None
    check_in = await current(tx, person)
    if check_in is not None:
        return tx.now.date() - check_in.opened_on < LISTENING, check_in
    row = await planned.find(tx, person, CHECK_IN)
    # A message in doubt may have arrived: whoever answers it is heard.
    return row is not None and (row.state in planned.ASKED or row.attempts > 0), None


async def hush(tx: Transaction, chat: int) -> None:
    """Ask nothing more of somebody who called for help: no question is open, and no reminder says they were silent."""
    person = await people.find(tx, chat, lock=True)
    if person is None:
        return
    people.await_answer(tx, person, None)
    reminder = await planned.find(tx, person, REMINDER)
    if reminder is not None and reminder.state == PlannedState.PLANNED:
        reminder.state = PlannedState.DROPPED
