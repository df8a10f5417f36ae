"""Sending what is due: consent and hours are read again with each claim; nothing is lost, doubled or silently late."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from bot import claims, due, leaving, people, planned
from bot.due import Lane
from bot.models import Person, Planned, PlannedState, Status
from bot.plan import CHECK_IN, REMINDER
from bot.replies import Delivery, Outcome, Reply
from bot.services import Services
from bot.vault import Transaction, Vault
from tests.command_line import relais
from tests.many import DUE, FIRST_CHAT, many
from tests.test_rotation import settings_of

SENT = Delivery(Outcome.SENT)


class Phones:
    """What arrives, on which phone; `answers` says what Telegram makes of the next messages."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, Reply]] = []
        self.answers: list[Delivery] = []
        self.meanwhile: Callable[[int], Awaitable[object]] | None = None

    async def deliver(self, chat: int, reply: Reply) -> Delivery:
        if self.meanwhile is not None:
            await self.meanwhile(chat)
        found = self.answers.pop(0) if self.answers else SENT
        if found.outcome in (Outcome.SENT, Outcome.MAYBE):
            self.heard.append((chat, reply))
        return found

    @property
    def texts(self) -> list[str]:
        return [reply.text for _, reply in self.heard]

    @property
    def copies(self) -> Counter[int]:
        return Counter(chat for chat, _ in self.heard)


class Clock:
    """A time that stands still until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class Sender:
    """The sender of one process, on a database with its people."""

    def __init__(self, services: Services, vault: Vault) -> None:
        self.vault, self.plan, self.places = vault, services.library.plan, services.places
        self.phones, self.clock = Phones(), Clock(DUE)
        self.lane = Lane(per_second=1e9)

    async def ticks(self) -> Counter[Outcome]:
        self.lane.paused_until = 0.0  # what the lane waits for is told by its own tests
        return await due.send_due(self.vault, self.phones.deliver, self.plan, self.places, self.lane, now=self.clock)

    async def rows(self, rule: str = CHECK_IN) -> list[Planned]:
        async def look(tx: Transaction) -> list[Planned]:
            return list(await tx.session.scalars(select(Planned).where(Planned.rule == rule)))

        return await self.vault.read(look, now=self.clock())

    async def states(self, rule: str = CHECK_IN) -> Counter[str]:
        return Counter(row.state for row in await self.rows(rule))

    async def does(self, work: Callable[[Transaction, Person], Awaitable[object]], chat: int = FIRST_CHAT) -> None:
        async def found(tx: Transaction) -> None:
            person = await people.find(tx, chat, lock=True)
            assert person is not None
            await work(tx, person)

        await self.vault.write(found, now=self.clock())


@pytest.fixture
def sender(services: Services, vault: Vault) -> Sender:
    return Sender(services, vault)


async def people_due(sender: Sender, count: int = 1) -> list[int]:
    return await many(sender.vault, sender.plan, sender.places, count)


async def test_each_person_is_written_to_once_and_the_reminder_is_planned(sender: Sender) -> None:
    chats = await people_due(sender, 10)
    assert await sender.ticks() == {Outcome.SENT: 10}
    assert sender.phones.copies == dict.fromkeys(chats, 1)
    assert set(sender.phones.texts) == {"Salut, c'est Relais. On avait dit qu'on se reparlait. Ça va ?"}
    assert await sender.ticks() == {}
    assert {row.due_on for row in await sender.rows(REMINDER)} == {date(2026, 12, 2)}


async def test_nothing_goes_before_its_hour(sender: Sender) -> None:
    await people_due(sender)
    [row] = await sender.rows()
    sender.clock.now = row.due_at - timedelta(seconds=1)
    assert await sender.ticks() == {}
    sender.clock.now = row.due_at
    assert await sender.ticks() == {Outcome.SENT: 1}


async def test_the_reminder_goes_a_week_later_unless_there_was_an_answer(sender: Sender) -> None:
    first, second = await people_due(sender, 2)
    await sender.ticks()

    async def answer(tx: Transaction, person: Person) -> None:
        row = await planned.find(tx, person, CHECK_IN)
        assert row is not None
        row.state = PlannedState.ANSWERED

    await sender.does(answer, first)
    sender.clock.now = DUE + timedelta(days=7)
    assert await sender.ticks() == {Outcome.SENT: 1}
    assert sender.phones.copies == {first: 1, second: 2}
    assert "Je te le redemande une fois" in sender.phones.texts[-1]
    sender.clock.now = DUE + timedelta(days=30)
    assert await sender.ticks() == {}


@pytest.mark.parametrize(
    ("hour", "may"),
    [
        (datetime(2026, 11, 25, 17, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 25, 18, 0, tzinfo=UTC), False),  # 19:00
        (datetime(2026, 11, 26, 8, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 26, 9, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 29, 12, tzinfo=UTC), False),  # a Sunday
        (datetime(2026, 12, 25, 12, tzinfo=UTC), False),
    ],
)
async def test_what_is_overdue_still_waits_for_a_decent_hour(sender: Sender, hour: datetime, may: bool) -> None:
    await people_due(sender)
    sender.clock.now = hour
    assert sum((await sender.ticks()).values()) == int(may)
    if not may:
        [row] = await sender.rows()
        assert row.state == PlannedState.PLANNED
        assert row.due_at > hour
        sender.clock.now = row.due_at
        assert await sender.ticks() == {Outcome.SENT: 1}


@pytest.mark.parametrize(
    ("outage", "told"),
    [
        (timedelta(hours=2), None),  # 20:30 in Paris: the next morning
        (timedelta(days=3), "On avait dit qu'on se reparlait. Ça va ?"),
        (timedelta(days=40), "J'ai du retard, pardon. Ça va ?"),
        (timedelta(days=200), None),
    ],
)
async def test_after_an_outage_it_comes_late_and_says_so_or_ends_where_it_is_seen(
    sender: Sender, outage: timedelta, told: str | None
) -> None:
    await people_due(sender, 3)
    sender.clock.now = DUE + outage
    await sender.ticks()
    if told is not None:
        assert [told in text for text in sender.phones.texts] == [True] * 3
    elif outage < timedelta(days=1):
        sender.clock.now = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
        assert await sender.ticks() == {Outcome.SENT: 3}
    else:
        assert sender.phones.heard == []
        assert await sender.states() == {PlannedState.EXPIRED: 3}


async def test_after_an_outage_the_lane_keeps_its_pace(sender: Sender) -> None:
    await people_due(sender, 30)
    sender.lane.per_hour = 10
    sender.clock.now = DUE - timedelta(minutes=10) + timedelta(days=1)
    for minutes, sent in ((0, 10), (10, 0), (50, 0), (61, 10), (62, 0), (123, 10), (190, 0)):
        sender.clock.now = datetime(2026, 11, 26, 10, tzinfo=UTC) + timedelta(minutes=minutes)
        assert sum((await sender.ticks()).values()) == sent, minutes
    assert set(sender.phones.copies.values()) == {1}


async def test_a_clock_set_back_or_forward_doubles_nothing(sender: Sender) -> None:
    await people_due(sender, 5)
    await sender.ticks()
    for moved in (timedelta(hours=-1), timedelta(days=2), timedelta()):
        sender.clock.now = DUE + moved
        assert await sender.ticks() == {}


async def test_too_many_requests_pauses_the_lane_and_costs_no_attempt(sender: Sender) -> None:
    await people_due(sender, 6)
    sender.lane.at_once = 4
    sender.phones.answers = [Delivery(Outcome.LATER, wait=timedelta(seconds=600))] * 4
    assert await sender.ticks() == {Outcome.LATER: 4}
    assert {row.attempts for row in await sender.rows()} == {0}
    assert sender.lane.paused_until > 0
    sender.clock.now = DUE + timedelta(seconds=590)
    assert await sender.ticks() == {Outcome.SENT: 2}, "those that had not been tried"
    sender.clock.now = DUE + timedelta(seconds=602)
    assert await sender.ticks() == {Outcome.SENT: 4}


async def test_a_paused_lane_sends_nothing(sender: Sender) -> None:
    await people_due(sender)
    sender.phones.answers = [Delivery(Outcome.SHUT_OUT)]
    await sender.ticks()
    sender.clock.now = DUE + timedelta(minutes=5)
    done = await due.send_due(
        sender.vault, sender.phones.deliver, sender.plan, sender.places, sender.lane, now=sender.clock
    )
    assert done == {}
    assert sender.phones.heard == []


async def test_what_may_have_arrived_is_sent_once_more_then_a_human_looks(sender: Sender) -> None:
    [chat] = await people_due(sender)
    sender.clock.now = DUE - timedelta(hours=1)
    sender.clock.now = (await sender.rows())[0].due_at
    sender.phones.answers = [Delivery(Outcome.MAYBE), Delivery(Outcome.MAYBE)]
    assert await sender.ticks() == {Outcome.MAYBE: 1}
    sender.clock.now += timedelta(minutes=29)
    assert await sender.ticks() == {}
    sender.clock.now = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
    assert await sender.ticks() == {Outcome.MAYBE: 1}
    sender.clock.now = datetime(2026, 11, 27, 17, 30, tzinfo=UTC)
    assert await sender.ticks() == {}
    assert sender.phones.copies == {chat: 2}
    assert await sender.states() == {PlannedState.PARKED: 1}


async def test_whoever_blocked_the_bot_is_written_to_no_more(sender: Sender) -> None:
    await people_due(sender)
    sender.phones.answers = [Delivery(Outcome.BLOCKED)]
    await sender.ticks()
    assert await sender.states() == {PlannedState.UNREACHABLE: 1}

    async def status(tx: Transaction) -> list[str]:
        return list(await tx.session.scalars(select(Person.status)))

    assert await sender.vault.read(status, now=DUE) == [Status.BLOCKED]
    left = [row for rule in sender.plan.rules for row in await sender.rows(rule)]
    assert [row.rule for row in left] == [CHECK_IN], "nothing else is to come"


async def test_what_telegram_refuses_for_good_is_not_tried_again(sender: Sender) -> None:
    await people_due(sender)
    sender.phones.answers = [Delivery(Outcome.REFUSED, error="BadRequest")]
    await sender.ticks()
    assert await sender.states() == {PlannedState.REFUSED: 1}
    assert await sender.ticks() == {}


async def test_a_damaged_row_is_parked_and_the_others_go(sender: Sender) -> None:
    chats = await people_due(sender, 12)

    async def damage(tx: Transaction) -> None:
        index = tx.keyring.index(str(chats[0]))
        await tx.session.execute(update(Person).where(Person.chat_index == index).values(chat_sealed="v1.x.AAAA"))

    await sender.vault.write(damage, now=DUE)
    await sender.ticks()
    assert sender.phones.copies == dict.fromkeys(chats[1:], 1)
    assert await sender.states() == {PlannedState.SENT: 11, PlannedState.PARKED: 1}


async def test_a_rule_that_left_the_plan_is_not_sent(sender: Sender) -> None:
    await people_due(sender)

    async def rename(tx: Transaction) -> None:
        await tx.session.execute(update(Planned).where(Planned.rule == CHECK_IN).values(rule="of_last_year"))

    await sender.vault.write(rename, now=DUE)
    assert await sender.ticks() == {}
    assert sender.phones.heard == []
    assert await sender.rows("of_last_year") == []


async def stop(tx: Transaction, person: Person) -> None:
    await leaving.stop(tx, person, Status.STOPPED, how="word")


async def block(tx: Transaction, person: Person) -> None:
    await leaving.stop(tx, person, Status.BLOCKED, how="blocked")


async def erase(tx: Transaction, person: Person) -> None:
    await leaving.erase(tx, person)


@pytest.mark.parametrize("leave", [stop, block, erase])
@pytest.mark.parametrize("moment", ["planned", "due", "given back", "taken back", "reminder"])
async def test_whoever_leaves_between_plan_and_sending_hears_nothing_more(
    sender: Sender, leave: Callable[[Transaction, Person], Awaitable[None]], moment: str
) -> None:
    [chat] = await people_due(sender)
    if moment == "given back":
        sender.phones.answers = [Delivery(Outcome.LATER, wait=timedelta(seconds=1))]
        await sender.ticks()
    if moment == "taken back":  # a sender died with it
        lost = update(Planned).where(Planned.rule == CHECK_IN)

        async def claim(tx: Transaction) -> None:
            await tx.session.execute(lost.values(state=PlannedState.SENDING, attempts=1, lease_until=DUE))

        await sender.vault.write(claim, now=DUE)
    if moment == "reminder":
        await sender.ticks()
    heard = len(sender.phones.heard)
    sender.clock.now = DUE - timedelta(days=30) if moment == "planned" else DUE
    await sender.does(leave, chat)
    for days in (0, 1, 7, 8, 900):
        sender.clock.now = DUE + timedelta(days=days)
        await sender.ticks()
    assert len(sender.phones.heard) == heard


async def test_who_stops_while_a_message_is_on_its_way_gets_that_one_and_no_other(sender: Sender) -> None:
    [chat] = await people_due(sender)

    async def stops(_: int) -> None:
        await sender.does(stop, chat)

    sender.phones.meanwhile = stops
    await sender.ticks()
    sender.phones.meanwhile = None
    assert sender.phones.copies == {chat: 1}
    for days in (7, 8, 900):
        sender.clock.now = DUE + timedelta(days=days)
        await sender.ticks()
    assert sender.phones.copies == {chat: 1}


async def test_an_answer_that_comes_while_the_message_is_noted_stays_an_answer(sender: Sender) -> None:
    [chat] = await people_due(sender)

    async def answers(_: int) -> None:
        async def work(tx: Transaction, person: Person) -> None:
            row = await planned.find(tx, person, CHECK_IN)
            assert row is not None
            row.state = PlannedState.ANSWERED

        await sender.does(work, chat)

    sender.phones.meanwhile = answers
    await sender.ticks()
    assert await sender.states() == {PlannedState.ANSWERED: 1}


async def test_three_senders_share_the_work_without_a_double(services: Services, vault: Vault) -> None:
    senders = [Sender(services, vault) for _ in range(3)]
    chats = await people_due(senders[0], 60)
    await asyncio.gather(*(one.ticks() for one in senders))
    heard = sum((one.phones.copies for one in senders), Counter())
    assert heard == dict.fromkeys(chats, 1)


async def test_an_operator_ends_the_doubt(sender: Sender) -> None:
    [chat] = await people_due(sender)

    async def park(tx: Transaction) -> None:
        await tx.session.execute(
            update(Planned).where(Planned.rule == CHECK_IN).values(state=PlannedState.PARKED, attempts=2)
        )

    await sender.vault.write(park, now=DUE)
    settings = settings_of(sender.vault)
    assert "1 messages in doubt" in (await asyncio.to_thread(relais, "plan", "parked", **settings)).stdout
    assert "not both" in (await asyncio.to_thread(relais, "plan", "parked", "--again", "--close", **settings)).stderr
    told = (await asyncio.to_thread(relais, "plan", "parked", "--again", **settings)).stdout
    assert told == "1 messages will be sent once more.\n"
    assert (await asyncio.to_thread(relais, "plan", "parked", **settings)).stdout == "No message is in doubt.\n"

    async def now_due(tx: Transaction) -> None:
        await tx.session.execute(update(Planned).where(Planned.rule == CHECK_IN).values(due_at=DUE))

    await sender.vault.write(now_due, now=DUE)
    await sender.ticks()
    assert sender.phones.copies == {chat: 1}


async def test_two_messages_to_one_person_go_on_two_days(sender: Sender) -> None:
    [chat] = await people_due(sender)

    async def all_due(tx: Transaction) -> None:
        await tx.session.execute(update(Planned).values(due_at=DUE))

    await sender.vault.write(all_due, now=DUE)
    for day in range(3):
        sender.clock.now = DUE + timedelta(days=day)
        await sender.ticks()
        assert sender.phones.copies == {chat: day + 1}


async def test_the_day_is_told_with_what_was_expected_and_what_became_of_it(sender: Sender) -> None:
    await people_due(sender, 6)
    sender.lane.at_once = 6
    maybe, refused, blocked = (Delivery(one) for one in (Outcome.MAYBE, Outcome.REFUSED, Outcome.BLOCKED))
    sender.phones.answers = [maybe, refused, blocked, SENT, SENT, SENT]
    await sender.ticks()

    async def told(tx: Transaction) -> dict[str, int]:
        return await claims.of_day(tx, DUE.date())

    day = {"expected": 6, "sent": 3, "planned": 1, "refused": 1, "unreachable": 1}
    assert await sender.vault.read(told, now=DUE) == day


async def test_many_in_one_day_are_not_all_written_to_in_its_first_minute(sender: Sender) -> None:
    await people_due(sender, 100)
    hours = Counter(row.due_at.astimezone(ZoneInfo("Europe/Paris")).hour for row in await sender.rows())
    assert set(hours) <= set(range(10, 18))
    assert max(hours.values()) < 50
