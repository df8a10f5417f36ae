"""Many people at once, each with a calendar: written directly, because 100,000 conversations take hours."""

import uuid
from datetime import UTC, date, datetime
from functools import partial

from sqlalchemy import insert

from bot import people, plan, planned
from bot.consent_texts import Purpose
from bot.consents import Action
from bot.models import Base, ConsentEvent, Person, Planned, Status
from bot.places import Places
from bot.plan import Plan
from bot.vault import Transaction, Vault

JOINED = datetime(2026, 6, 1, 12, tzinfo=UTC)
LEFT_ON = date(2026, 5, 25)
DUE = datetime(2026, 11, 25, 17, 30, tzinfo=UTC)  # a Wednesday, 18:30 in Paris: all of that day are due
FIRST_CHAT = 7_770_600_001  # beyond 32 bits, as those of new accounts; told apart by the sweep
BATCH = 1_000


async def many(
    vault: Vault,
    rules: Plan,
    places: Places,
    count: int,
    *,
    first_chat: int = FIRST_CHAT,
    left_on: date = LEFT_ON,
    joined: datetime = JOINED,
) -> list[int]:
    """Keep people of Arras who said yes and left on one day; return their chats."""
    chats = list(range(first_chat, first_chat + count))
    for start in range(0, count, BATCH):
        work = partial(_join, chats=chats[start : start + BATCH], rules=rules, places=places, left_on=left_on)
        await vault.write(work, now=joined)
    return chats


async def _join(tx: Transaction, *, chats: list[int], rules: Plan, places: Places, left_on: date) -> None:
    everybody = [_person(tx, chat, rules, left_on) for chat in chats]
    today = planned.local_day(tx.now, everybody[0], places)
    lines = plan.lines(rules, planned.profile(everybody[0]), today)  # the same for all of them
    rows = [planned.new(person, line, places) for person in everybody for line in lines]
    for model, objects in ((Person, everybody), (Planned, rows), (ConsentEvent, [_yes(tx, one) for one in everybody])):
        await tx.session.execute(insert(model), [_values(one) for one in objects])


def _person(tx: Transaction, chat: int, rules: Plan, left_on: date) -> Person:
    today = tx.now.date()
    person = Person(
        id=str(uuid.uuid4()), chat_index=tx.keyring.index(str(chat)), joined_on=today, last_contact_on=today,
        status=Status.ACTIVE, status_on=today, lang="fr", age_band="18-20", age_told_on=today, situation=people.LEFT,
        exit_on=left_on, exit_precision="day", home_departement="62", plan_mark=rules.mark,
    )  # fmt: skip
    tx.seal(person, "chat", str(chat))
    return person


def _yes(tx: Transaction, person: Person) -> ConsentEvent:
    return ConsentEvent(
        person_id=person.id, purpose=Purpose.CHECK_IN, action=Action.GRANT, text_version=tx.now.date(), text_lang="fr",
        text_sha256="0" * 64, age_band=person.age_band, how="button", occurred_at=tx.now, previous_hash="0" * 64,
        hash="0" * 64,
    )  # fmt: skip


def _values(row: Base) -> dict[str, object]:
    return {name: value for name, value in vars(row).items() if not name.startswith("_")}
