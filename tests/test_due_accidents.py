"""What goes wrong around the sending: a strange answer, a database away, a wrong clock, another process, a restore."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from telegram import Bot

from bot import backups, claims, health, planned, purging
from bot.claims import Claims
from bot.models import Person, Planned, PlannedState, Status
from bot.plan import CHECK_IN, REMINDER
from bot.replies import Delivery, Outcome, Reply
from bot.sender import deliver
from bot.services import Services
from bot.vault import Transaction, Vault, open_vault
from tests.databases import Cluster
from tests.many import DUE, many
from tests.stand_in.client import TOKEN, Control, wait_for
from tests.stand_in.faults import Fault, html_page
from tests.test_due import Sender, erase, people_due, stop
from tests.test_rotation import settings_of

MORNING = datetime(2026, 11, 26, 10, tzinfo=UTC)  # of the day after, 11:00 in Paris


@pytest.fixture
def sender(services: Services, vault: Vault) -> Sender:
    return Sender(services, vault)


@pytest.fixture
async def racing(services: Services, postgresql: Cluster, tmp_path: Path) -> AsyncIterator[Sender]:
    """A sender where two changes are made at once: SQLite makes them one after the other."""
    opened = await open_vault(postgresql.copy(), tmp_path / "keys.json")
    yield Sender(services, opened)
    await opened.database.close()


@pytest.fixture
async def bot(telegram: Control) -> AsyncIterator[Bot]:
    async with Bot(TOKEN, base_url=telegram.base_url) as opened:
        yield opened


class Gate:
    """Where somebody stops until they are let through."""

    def __init__(self) -> None:
        self.reached, self.opened = asyncio.Event(), asyncio.Event()

    async def stops(self, _: object = None) -> None:
        self.reached.set()
        await self.opened.wait()


async def claim_and_stop(sender: Sender, gate: Gate) -> Claims:
    """Claim one message, and stop before the claim is kept."""

    async def work(tx: Transaction) -> Claims:
        given = await claim(tx, sender)
        await tx.session.flush()
        await gate.stops()
        return given

    return await sender.vault.write(work, now=DUE)


async def claim(tx: Transaction, sender: Sender) -> Claims:
    return await claims.claim(tx, 1, sender.plan, sender.places, sender.lane.lease)


async def somebody_waits(vault: Vault) -> None:
    """Return once a change waits for what another one has locked."""

    async def look(tx: Transaction) -> int:
        return int(await tx.session.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted")) or 0)

    await wait_for(partial(vault.read, look, now=DUE), bool)


@pytest.mark.slow
@pytest.mark.parametrize("status", [400, 403])
async def test_a_page_of_a_proxy_is_neither_a_block_nor_a_refusal(
    sender: Sender, bot: Bot, telegram: Control, status: int
) -> None:
    await people_due(sender, 3)
    await telegram.fault(html_page(status), times=None)
    sender.phones.deliver = partial(deliver, bot)  # type: ignore[method-assign]
    assert await sender.ticks() == {Outcome.LATER: 3}
    assert await sender.states() == {PlannedState.PLANNED: 3}

    async def statuses(tx: Transaction) -> list[str]:
        return list(await tx.session.scalars(select(Person.status)))

    assert await sender.vault.read(statuses, now=DUE) == [Status.ACTIVE] * 3


@pytest.mark.slow
@pytest.mark.parametrize("result", ['"x"', "{}", "null", "[1]"])
async def test_an_answer_that_makes_no_sense_is_a_doubt(bot: Bot, telegram: Control, result: str) -> None:
    await telegram.fault(Fault(status=200, body=f'{{"ok": true, "result": {result}}}'))
    assert (await deliver(bot, 777, Reply("Bonjour"))).outcome == Outcome.MAYBE


async def test_a_sending_that_raises_doubles_nobody_else(sender: Sender) -> None:
    chats = await people_due(sender, 8)
    others = sender.phones.deliver

    async def raises_for_the_first(chat: int, reply: Reply) -> Delivery:
        if chat == chats[0]:
            raise AttributeError
        return await others(chat, reply)

    sender.phones.deliver = raises_for_the_first  # type: ignore[method-assign]
    for minutes in (0, 11, 22, 33):
        sender.clock.now = MORNING + timedelta(minutes=minutes)
        await sender.ticks()
    assert sender.phones.copies == dict.fromkeys(chats[1:], 1)
    assert await sender.states() == {PlannedState.SENT: 7, PlannedState.PARKED: 1}


async def test_a_telegram_that_cannot_be_reached_is_told_after_half_an_hour(sender: Sender) -> None:
    await people_due(sender)
    [row] = await sender.rows()
    told = {}
    for minutes in range(40):
        sender.clock.now = row.due_at + timedelta(minutes=minutes)
        sender.phones.answers = [Delivery(Outcome.LATER)]
        assert await sender.ticks() == {Outcome.LATER: 1}
        told[minutes] = len(await sender.vault.read(health.unsent, now=sender.clock.now))
    assert told == {minutes: int(minutes >= 30) for minutes in range(40)}


async def test_what_was_refused_for_good_is_told_for_a_day(sender: Sender) -> None:
    await people_due(sender)
    sender.phones.answers = [Delivery(Outcome.REFUSED, error="BadRequest")]
    await sender.ticks()
    [line] = await sender.vault.read(health.unsent, now=DUE + timedelta(hours=2))
    assert line.startswith("1 messages of the last day were refused")
    assert await sender.vault.read(health.unsent, now=DUE + timedelta(days=2)) == []


@pytest.mark.parametrize("seconds", [10**9, 10**12])
async def test_an_absurd_wait_is_a_day(sender: Sender, seconds: int) -> None:
    [chat] = await people_due(sender)
    sender.phones.answers = [Delivery(Outcome.LATER, wait=timedelta(seconds=seconds))]
    await sender.ticks()
    sender.clock.now = DUE + timedelta(days=2)
    await sender.ticks()
    assert sender.phones.copies == {chat: 1}


async def test_a_database_that_goes_away_after_the_sending_doubles_nobody(sender: Sender) -> None:
    chats = await people_due(sender, 4)

    async def rename(table: str, to: str) -> None:
        async with sender.vault.database.writing() as connection:
            await connection.exec_driver_sql(f"ALTER TABLE {table} RENAME TO {to}")

    async def goes_away(chat: int) -> None:
        if chat == chats[0]:
            await rename("planned", "planned_away")

    sender.phones.meanwhile = goes_away
    with pytest.raises(DBAPIError):
        await sender.ticks()
    await rename("planned_away", "planned")
    for minutes in (1, 11, 12):
        sender.clock.now = DUE + timedelta(minutes=minutes)
        await sender.ticks()
    assert sender.phones.copies == dict.fromkeys(chats, 1)


@pytest.mark.parametrize("state", [PlannedState.ANSWERED, PlannedState.DROPPED, PlannedState.PLANNED])
async def test_an_answer_that_comes_first_is_not_undone_by_the_end_of_the_lease(
    sender: Sender, state: PlannedState
) -> None:
    [chat] = await people_due(sender)

    async def acts(tx: Transaction, person: Person) -> None:
        row = await planned.find(tx, person, CHECK_IN)
        assert row is not None
        if state == PlannedState.PLANNED:
            planned.snooze(tx, person, row, sender.plan, sender.places)
        row.state = state

    sender.phones.meanwhile = lambda _: sender.does(acts, chat)
    await sender.ticks()
    for minutes in (11, 12):
        sender.clock.now = DUE + timedelta(minutes=minutes)
        await sender.ticks()
    assert sender.phones.copies == {chat: 1}
    assert await sender.states() == {state: 1}


async def test_a_sender_that_wakes_after_its_lease_does_not_undo_the_claim_of_another(
    services: Services, vault: Vault
) -> None:
    one, other = Sender(services, vault), Sender(services, vault)
    await people_due(one)
    frozen, busy = Gate(), Gate()
    one.clock.now, other.clock.now = MORNING, MORNING + timedelta(minutes=11)
    one.phones.meanwhile, one.phones.answers = frozen.stops, [Delivery(Outcome.LATER)]
    other.phones.meanwhile = busy.stops
    async with asyncio.TaskGroup() as both:
        first = both.create_task(one.ticks())
        await frozen.reached.wait()
        both.create_task(other.ticks())
        await busy.reached.wait()
        one.clock.now = other.clock.now
        frozen.opened.set()
        await first
        busy.opened.set()
    for minutes in (31, 71):
        one.clock.now = MORNING + timedelta(minutes=minutes)
        await one.ticks()
    assert (len(one.phones.heard), len(other.phones.heard)) == (0, 1)


@pytest.mark.slow
async def test_three_senders_keep_one_hour(services: Services, vault: Vault) -> None:
    senders = [Sender(services, vault) for _ in range(3)]
    await people_due(senders[0], 120)
    for one in senders:
        one.lane.per_hour, one.lane.at_once = 40, 4
    await asyncio.gather(*(one.ticks() for one in senders))
    sent = sum(len(one.phones.heard) for one in senders)
    assert 40 <= sent <= 40 + 3 * 2 * 4, "each may have four on their way and four not counted yet"


async def test_a_clock_that_was_ten_years_ahead_ends_nobody(sender: Sender) -> None:
    chats = await people_due(sender, 3)
    sender.clock.now = DUE.replace(year=2036)
    await sender.ticks()
    assert await sender.states() == {PlannedState.EXPIRED: 3}
    await purging.purge(sender.vault, now=DUE)
    await planned.follow_all(sender.vault, sender.plan, sender.places, now=DUE)
    for days in range(5):
        sender.clock.now = DUE + timedelta(days=days)
        await sender.ticks()
    assert sender.phones.copies == dict.fromkeys(chats, 1)


async def test_a_clock_that_was_two_days_ahead_does_not_hold_the_lane(sender: Sender) -> None:
    await people_due(sender, 3)
    sender.lane.per_hour = 3
    sender.clock.now = DUE + timedelta(days=2)
    assert await sender.ticks() == {Outcome.SENT: 3}
    await many(sender.vault, sender.plan, sender.places, 2, first_chat=7_770_700_001)
    sender.clock.now = DUE
    assert await sender.ticks() == {Outcome.SENT: 2}


async def test_what_never_went_follows_a_corrected_date(sender: Sender) -> None:
    await people_due(sender)
    sender.clock.now = DUE + timedelta(days=125)
    await sender.ticks()
    assert await sender.states() == {PlannedState.EXPIRED: 1}
    await sender.does(partial(leaves_later, sender, timedelta(days=60)))
    assert await sender.states() == {PlannedState.PLANNED: 1}


async def leaves_later(sender: Sender, by: timedelta, tx: Transaction, person: Person) -> None:
    assert person.exit_on is not None
    person.exit_on += by
    await planned.follow(tx, person, sender.plan, sender.places)


async def test_a_doubt_that_is_closed_leaves_the_reminder(sender: Sender) -> None:
    [chat] = await people_due(sender)
    sender.phones.answers = [Delivery(Outcome.MAYBE), Delivery(Outcome.MAYBE)]
    for days in range(20):
        sender.clock.now = DUE + timedelta(days=days)
        await sender.ticks()
        if days == 1:
            assert await sender.states() == {PlannedState.PARKED: 1}
            await sender.vault.write(partial(planned.end_doubt, again=False), now=sender.clock.now)
    assert sender.phones.copies == {chat: 3}
    assert await sender.states(REMINDER) == {PlannedState.SENT: 1}


async def test_what_a_restored_backup_may_have_said_since_waits_for_a_human(sender: Sender, tmp_path: Path) -> None:
    chats = await people_due(sender, 3)
    vault, file = sender.vault, tmp_path / "relais.age"
    await backups.back_up(vault.database, file, vault.keys_file, now=DUE - timedelta(days=1))
    await sender.ticks()
    backup, hold = backups.read(file, vault.keys_file), partial(planned.hold, now=DUE + timedelta(hours=15))
    await backups.restore(settings_of(vault)["DATABASE_URL"], backup, vault.keys_file, replace=True, then=hold)
    assert await sender.states() == {PlannedState.PARKED: 3}
    for hours in (16, 20, 40, 44):
        sender.clock.now = DUE + timedelta(hours=hours)
        await sender.ticks()
    assert sender.phones.copies == dict.fromkeys(chats, 1)


@pytest.mark.slow
@pytest.mark.parametrize("leave", [stop, erase])
async def test_who_leaves_while_their_message_is_claimed_leaves_no_reminder(
    racing: Sender, leave: Callable[[Transaction, Person], Awaitable[None]]
) -> None:
    await people_due(racing)
    gate = Gate()
    async with asyncio.TaskGroup() as both:
        both.create_task(claim_and_stop(racing, gate))
        await gate.reached.wait()
        both.create_task(racing.does(leave))
        await somebody_waits(racing.vault)
        gate.opened.set()
    assert await racing.rows(REMINDER) == []


@pytest.mark.slow
async def test_two_claims_at_once_take_one_message_to_one_person(racing: Sender) -> None:
    await people_due(racing)

    async def all_due(tx: Transaction) -> None:
        await tx.session.execute(update(Planned).values(due_at=DUE))

    await racing.vault.write(all_due, now=DUE)
    gate = Gate()
    async with asyncio.TaskGroup() as both:
        first = both.create_task(claim_and_stop(racing, gate))
        await gate.reached.wait()
        second = await racing.vault.write(partial(claim, sender=racing), now=DUE)
        gate.opened.set()
    assert (len(first.result().claimed), len(second.claimed)) == (1, 0)


@pytest.mark.slow
async def test_a_date_that_is_being_corrected_is_waited_for(racing: Sender) -> None:
    [chat] = await people_due(racing)
    gate = Gate()

    async def correct(tx: Transaction, person: Person) -> None:
        await gate.stops()
        await leaves_later(racing, timedelta(days=300), tx, person)

    async with asyncio.TaskGroup() as both:
        both.create_task(racing.does(correct))
        await gate.reached.wait()
        assert await racing.ticks() == {}
        gate.opened.set()
    assert await racing.ticks() == {}
    racing.clock.now = datetime(2027, 9, 30, 12, tzinfo=UTC)
    await racing.ticks()
    assert racing.phones.copies == {chat: 1}
