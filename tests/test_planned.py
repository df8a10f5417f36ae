"""The rows of a calendar follow the dates of a person, whatever changes and however often; on both databases."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot import leaving, people, place_lists, planned
from bot.consent_texts import ConsentText, Purpose
from bot.consents import Action, answer
from bot.decent_hours import months_after, next_open_day, opening
from bot.library import Library
from bot.models import Person, Planned, PlannedState, Status
from bot.plan import CHECK_IN, REMINDER, Plan
from bot.vault import Transaction, Vault
from tests.conftest import AMINA, ROOT
from tests.joined import TODAY

PLACES = place_lists.load(ROOT / "content" / "directory")
LEFT_ON = date(2026, 11, 15)
SEED = 42_026
CHECK_IN_ON = date(2027, 5, 15)  # a Saturday
Rows = dict[str, tuple[str, date, date]]


@pytest.fixture
def plan(library: Library) -> Plan:
    return library.plan


async def join(vault: Vault, plan: Plan, chat: int = AMINA, *, now: datetime = TODAY, **told: Any) -> None:
    """Keep somebody who said yes and told some things, with their calendar."""

    async def work(tx: Transaction) -> None:
        person = await people.join(tx, chat, lang="fr", age_band="18-20", situation=people.LEFT)
        people.change(tx, person, **{"exit_on": LEFT_ON, "exit_precision": "day", "home_departement": "62"} | told)
        await tx.session.flush()
        shown = ConsentText(Purpose.CHECK_IN, TODAY.date(), "fr", "…", "0" * 64)
        await answer(tx, person, shown, Action.GRANT, how="button")
        await planned.follow(tx, person, plan, PLACES)

    await vault.write(work, now=now)


async def change(
    vault: Vault, plan: Plan, act: Callable[[Transaction, Person], object] = lambda *_: None, *, now: datetime = TODAY
) -> None:
    """Do to Amina what a correction does: the change, and the calendar that follows from it."""

    async def work(tx: Transaction) -> None:
        person = await people.find(tx, AMINA, lock=True)
        assert person is not None
        act(tx, person)
        await planned.follow(tx, person, plan, PLACES)

    await vault.write(work, now=now)


def leaves(on: date | None) -> Callable[[Transaction, Person], object]:
    return lambda tx, person: people.change(tx, person, exit_on=on, exit_precision="day")


async def rows(vault: Vault) -> Rows:
    async def look(tx: Transaction) -> Rows:
        return {row.rule: (row.state, row.due_on, row.anchor_on) for row in await tx.session.scalars(select(Planned))}

    return await vault.read(look, now=TODAY)


async def put(vault: Vault, rule: str, state: PlannedState, sent_at: datetime | None = None) -> None:
    async def work(tx: Transaction) -> None:
        row = await tx.session.scalar(select(Planned).where(Planned.rule == rule))
        assert row is not None
        row.state, row.sent_at = state, sent_at

    await vault.write(work, now=TODAY)


def at(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


async def test_a_date_that_changes_three_times_leaves_the_calendar_of_the_last(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)
    assert (await rows(vault))[CHECK_IN] == (PlannedState.PLANNED, CHECK_IN_ON, LEFT_ON)
    for on in (date(2026, 8, 31), date(2027, 8, 31), LEFT_ON):
        await change(vault, plan, leaves(on))
        assert (await rows(vault))[CHECK_IN][2] == on
    fresh = await rows(vault)
    assert set(fresh) == {CHECK_IN, "housing_30_months", "housing_34_months"}
    assert fresh[CHECK_IN][1] == CHECK_IN_ON


async def test_leaving_today_is_having_left(vault: Vault, plan: Plan) -> None:
    await join(vault, plan, exit_on=TODAY.date())
    assert "before_leaving" not in await rows(vault)
    assert (await rows(vault))[CHECK_IN][1] == date(2027, 5, 22)


async def test_whoever_leaves_later_is_told_before_and_asked_after(vault: Vault, plan: Plan) -> None:
    await join(vault, plan, exit_on=date(2027, 8, 31), situation=people.IN_CARE)
    found = await rows(vault)
    assert found["before_leaving"][1] == date(2027, 5, 31)
    assert found[CHECK_IN][1] == date(2028, 2, 29), "31 August and six months"
    assert set(found) == {"before_leaving", CHECK_IN, "housing_30_months", "housing_34_months"}


async def test_without_a_date_nothing_is_planned_and_a_date_taken_back_takes_its_rows(vault: Vault, plan: Plan) -> None:
    await join(vault, plan, exit_on=None)
    assert await rows(vault) == {}
    await change(vault, plan, leaves(LEFT_ON))
    assert CHECK_IN in await rows(vault)
    await change(vault, plan, leaves(None))
    assert await rows(vault) == {}


async def test_a_correction_that_fails_half_way_leaves_the_old_date_and_the_old_calendar(
    vault: Vault, plan: Plan
) -> None:
    await join(vault, plan)
    before = await rows(vault)

    async def work(tx: Transaction) -> None:
        person = await people.find(tx, AMINA, lock=True)
        assert person is not None
        people.change(tx, person, exit_on=date(2028, 1, 31))
        await planned.follow(tx, person, plan, PLACES)
        await tx.session.flush()
        raise RuntimeError("the machine stops here")

    with pytest.raises(RuntimeError):
        await vault.write(work, now=TODAY)
    assert await rows(vault) == before
    assert await vault.read(lambda tx: tx.session.scalar(select(Person.exit_on)), now=TODAY) == LEFT_ON


OVER = [PlannedState.SENT, PlannedState.ANSWERED, PlannedState.NO_ANSWER]


@pytest.mark.parametrize("state", OVER)
@pytest.mark.parametrize(("days", "again"), [(-90, False), (1, False), (89, False), (95, True), (365, True)])
async def test_what_is_over_comes_back_only_for_a_much_later_date(
    vault: Vault, plan: Plan, state: PlannedState, days: int, again: bool
) -> None:
    await join(vault, plan)
    await put(vault, CHECK_IN, state, at(CHECK_IN_ON))
    await change(vault, plan, leaves(LEFT_ON + timedelta(days=days)), now=at(CHECK_IN_ON + timedelta(days=1)))
    assert ((await rows(vault))[CHECK_IN][0] == PlannedState.PLANNED) == again


@pytest.mark.parametrize("days", [1, 89, 91, 100, 115, 200, 400])
async def test_a_small_correction_asks_nobody_twice_however_late_it_comes(vault: Vault, plan: Plan, days: int) -> None:
    await join(vault, plan)
    await put(vault, CHECK_IN, PlannedState.ANSWERED, at(CHECK_IN_ON))
    await change(vault, plan, leaves(LEFT_ON + timedelta(days=1)), now=at(CHECK_IN_ON + timedelta(days=days)))
    assert (await rows(vault))[CHECK_IN][0] == PlannedState.ANSWERED


async def test_a_snoozed_and_a_dropped_row_stay_as_they_were_wanted(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)
    await put(vault, CHECK_IN, PlannedState.SENT, at(CHECK_IN_ON))
    await put(vault, "housing_30_months", PlannedState.DROPPED)

    async def snooze(tx: Transaction) -> date:
        person = await people.find(tx, AMINA, lock=True)
        assert person is not None
        row = await planned.find(tx, person, CHECK_IN)
        assert row is not None
        return planned.snooze(tx, person, row, plan, PLACES)

    day = await vault.write(snooze, now=at(CHECK_IN_ON))
    assert day == CHECK_IN_ON + timedelta(days=7)
    for on, expected in ((date(2026, 11, 10), day), (date(2027, 11, 15), date(2028, 5, 15))):
        await change(vault, plan, leaves(on), now=at(CHECK_IN_ON))
        found = await rows(vault)
        assert found[CHECK_IN][:2] == (PlannedState.PLANNED, expected)
        assert found["housing_30_months"][0] == PlannedState.DROPPED


async def test_a_reminder_is_planned_while_the_check_in_waits_for_an_answer(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)
    await put(vault, CHECK_IN, PlannedState.SENT, at(CHECK_IN_ON))
    await change(vault, plan, now=at(CHECK_IN_ON))
    assert (await rows(vault))[REMINDER][1] == date(2027, 5, 22)
    await put(vault, CHECK_IN, PlannedState.ANSWERED, at(CHECK_IN_ON))
    await change(vault, plan, now=at(CHECK_IN_ON))
    assert REMINDER not in await rows(vault)


async def test_changing_something_every_day_pushes_nothing_further(vault: Vault, plan: Plan) -> None:
    """Even while nothing is sent: whoever writes each day after their day has come is still asked on it."""
    await join(vault, plan, exit_on=date(2026, 1, 31))
    first = (await rows(vault))[CHECK_IN][1]
    for day in range(1, 60):
        on = TODAY.date() + timedelta(days=day)
        await change(vault, plan, lambda tx, person: people.change(tx, person, home_departement="59"), now=at(on))
        assert (await rows(vault))[CHECK_IN][:2] == (PlannedState.PLANNED, first), on


async def test_following_twice_changes_nothing(vault: Vault, plan: Plan) -> None:
    await join(vault, plan, birth_month=date(2008, 5, 1))
    before = await rows(vault)
    assert len(before) == 5
    await change(vault, plan)
    assert await rows(vault) == before


@pytest.mark.parametrize("departement", [None, "62", "67", "2A", "971", "972", "973", "974", "976", "987"])
async def test_every_zone_has_its_hour_and_an_unknown_place_a_safe_one(
    vault: Vault, plan: Plan, departement: str | None
) -> None:
    await join(vault, plan, home_departement=departement)

    async def look(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        for row in await planned.of(tx, person):
            opens, closes = opening(row.due_on, planned.zone_of(person, PLACES))
            assert opens <= row.due_at < closes
            assert next_open_day(row.due_on, departement) == row.due_on
            assert row.due_at == planned.instant(person, row.due_on, PLACES)

    await vault.read(look, now=TODAY)
    assert CHECK_IN in await rows(vault)


async def test_a_rule_that_leaves_the_plan_takes_its_rows_and_one_that_comes_brings_them(
    vault: Vault, plan: Plan
) -> None:
    await join(vault, plan)
    before = await rows(vault)
    kept = {name: rule for name, rule in plan.rules.items() if name != "housing_30_months"}
    await change(vault, replace(plan, rules=kept, mark="without"))
    assert set(await rows(vault)) == before.keys() - {"housing_30_months"}
    assert await vault.read(lambda tx: tx.session.scalar(select(Person.plan_mark)), now=TODAY) == "without"
    await change(vault, plan)
    assert await rows(vault) == before


async def test_what_was_sent_by_a_rule_that_has_left_the_plan_is_still_told(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)
    await put(vault, "housing_30_months", PlannedState.SENT, TODAY)
    kept = {name: rule for name, rule in plan.rules.items() if name != "housing_30_months"}
    await change(vault, replace(plan, rules=kept, mark="without"))
    assert (await rows(vault))["housing_30_months"][0] == PlannedState.SENT


async def test_everyone_comes_to_another_plan_in_batches(vault: Vault, plan: Plan) -> None:
    for chat in range(7_770_700_001, 7_770_700_004):
        await join(vault, plan, chat)
    kept = {name: rule for name, rule in plan.rules.items() if name != "housing_30_months"}
    other = replace(plan, rules=kept, mark="without")
    assert await planned.follow_all(vault, other, PLACES, now=TODAY) == 3
    assert await planned.follow_all(vault, other, PLACES, now=TODAY) == 0
    assert "housing_30_months" not in await rows(vault)


@pytest.mark.parametrize("status", [Status.STOPPED, Status.BLOCKED])
async def test_after_a_stop_nothing_is_left_to_come_and_nothing_comes_back(
    vault: Vault, plan: Plan, status: Status
) -> None:
    await join(vault, plan)
    await put(vault, "housing_34_months", PlannedState.SENDING)
    await put(vault, "housing_30_months", PlannedState.SENT, TODAY)

    async def stop(tx: Transaction) -> None:
        person = await people.find(tx, AMINA, lock=True)
        assert person is not None
        await leaving.stop(tx, person, status, how="word")
        await planned.follow(tx, person, plan, PLACES)

    await vault.write(stop, now=TODAY)
    assert set(await rows(vault)) == {"housing_30_months"}
    await change(vault, plan, leaves(date(2026, 10, 31)))
    assert set(await rows(vault)) == {"housing_30_months"}
    await change(vault, plan, lambda tx, person: people.set_status(tx, person, Status.ACTIVE))
    assert CHECK_IN in await rows(vault), "a new yes brings the calendar back"


async def test_an_erasure_leaves_no_row(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)

    async def erase(tx: Transaction) -> None:
        person = await people.find(tx, AMINA, lock=True)
        assert person is not None
        await leaving.erase(tx, person)

    await vault.write(erase, now=TODAY)
    assert await rows(vault) == {}


async def test_among_many_people_each_has_their_own_rows_and_no_row_has_nobody(vault: Vault, plan: Plan) -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)  # noqa: S311 - people in a test, not a secret
    chats = range(7_770_700_001, 7_770_700_061)
    for chat in chats:
        told: dict[str, Any] = {
            "exit_on": chance.choice([None, TODAY.date() + timedelta(days=chance.randint(-1500, 1500))]),
            "birth_month": chance.choice([None, months_after(date(2011, 1, 1), -chance.randint(0, 200))]),
            "home_departement": chance.choice([None, *PLACES.departements]),
        }
        await join(vault, plan, chat, **told)

    async def end_some(tx: Transaction) -> None:
        for chat in chats[::3]:
            person = await people.find(tx, chat, lock=True)
            assert person is not None
            if chance.random() < 0.5:
                await leaving.erase(tx, person)
            else:
                await leaving.stop(tx, person, Status.STOPPED, how="word")

    await vault.write(end_some, now=TODAY)

    async def look(tx: Transaction) -> None:
        persons = {person.id: person for person in await tx.session.scalars(select(Person))}
        found = list(await tx.session.scalars(select(Planned)))
        assert {row.person_id for row in found} <= {one.id for one in persons.values() if one.status == Status.ACTIVE}
        with_a_date = {one.id for one in persons.values() if one.status == Status.ACTIVE and one.exit_on}
        assert with_a_date == {row.person_id for row in found if row.rule == CHECK_IN}, "nobody silently dropped"
        each_day = Counter((row.person_id, row.due_on) for row in found)
        assert set(each_day.values()) == {1}, "at most one message a day"
        assert await tx.session.scalar(select(func.count()).select_from(Planned)) == len(found)

    await vault.read(look, now=TODAY)


async def test_what_is_past_its_last_day_ends_where_it_is_seen_even_if_its_person_writes_first(
    vault: Vault, plan: Plan
) -> None:
    await join(vault, plan)
    for rule, (state, *_) in (await rows(vault)).items():
        assert (rule, state) == (rule, PlannedState.PLANNED)
    await change(vault, plan, now=at(date(2029, 12, 1)))
    assert {state for state, *_ in (await rows(vault)).values()} <= {PlannedState.EXPIRED, PlannedState.PLANNED}
    assert (await rows(vault))["housing_30_months"][0] == PlannedState.EXPIRED


async def test_the_reminder_stays_while_nobody_knows_whether_the_check_in_arrived(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)
    for state in (PlannedState.SENDING, PlannedState.PARKED):
        await put(vault, CHECK_IN, state)
        await change(vault, plan, now=at(CHECK_IN_ON))
        assert REMINDER in await rows(vault)


async def test_whoever_blocked_the_bot_and_comes_back_is_planned_again(vault: Vault, plan: Plan) -> None:
    await join(vault, plan)
    await put(vault, CHECK_IN, PlannedState.UNREACHABLE)
    await change(vault, plan, now=at(CHECK_IN_ON))
    assert (await rows(vault))[CHECK_IN][:2] == (PlannedState.PLANNED, date(2027, 5, 18))  # after Pentecost
