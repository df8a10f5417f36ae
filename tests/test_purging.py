"""Every keeping time, the day before and the day after; and what a wrong clock or a kill may not do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dateutil.relativedelta import relativedelta
from sqlalchemy import func, select, update

from bot import clock, consents, leaving, ledger, letters, outbox, people, purging
from bot.consent_texts import ConsentText, Purpose
from bot.consents import Action
from bot.ledger import Scope
from bot.models import (
    Addressee,
    Base,
    CheckIn,
    ConsentEvent,
    Erasure,
    HandledUpdate,
    JobRun,
    Letter,
    LetterState,
    Outgoing,
    Person,
    Planned,
    PlannedState,
    Referral,
    ReferralState,
    Status,
)
from bot.plan import CHECK_IN
from bot.purging import Due, TooMany
from bot.replies import Reply
from bot.retention import RULES
from bot.structures import Kind
from bot.vault import Transaction, Vault, open_vault
from tests.command_line import relais
from tests.conftest import AMINA, BILAL
from tests.databases import Cluster
from tests.test_keys import checksums
from tests.test_rotation import settings_of

pytestmark = pytest.mark.slow  # a limit of a day on each side, for each rule, on both databases

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
TEXT = ConsentText(Purpose.CHECK_IN, NOW.date(), "fr", "<b>oui ?</b>", "0" * 64)
WITHOUT_DURATION = {"key", "job", "addressee"}
# Backups are files, which `relais db backup` deletes; those of a request go by day, in dialogues/test_requests*.py.
ELSEWHERE = {"backup", "payload", "answer"}
SIDES = ("kept the day before", "erased the day after")


async def join(tx: Transaction) -> Person:
    person = await people.join(tx, AMINA, lang="fr", age_band="18-20", situation=people.LEFT)
    people.change(tx, person, name="Amina", phone="+33639981234", home="Arras")
    await tx.session.flush()
    await consents.answer(tx, person, TEXT, Action.GRANT, how="button")
    return person


async def stop(tx: Transaction) -> None:
    await leaving.stop(tx, await join(tx), Status.STOPPED, how="word")


async def block(tx: Transaction) -> None:
    await leaving.stop(tx, await join(tx), Status.BLOCKED, how="blocked")


async def ask(tx: Transaction) -> None:
    people.await_answer(tx, await join(tx), "exit")


async def reply(tx: Transaction) -> None:
    outbox.put(tx, AMINA, [Reply("Bonjour")], person_id=None)


async def note(tx: Transaction) -> None:
    ledger.note(tx, AMINA, Scope.ERASED)


async def handle(tx: Transaction) -> None:
    tx.session.add(HandledUpdate(update_id=7, handled_at=tx.now))


async def plan_something(tx: Transaction) -> None:
    person = await join(tx)
    day = tx.now.date()
    tx.session.add(
        Planned(
            id="1", person_id=person.id, rule=CHECK_IN, state=PlannedState.PLANNED, anchor_on=day, due_on=day,
            due_at=tx.now, late_from=day, expires_on=day, snoozed=False, attempts=0,
        )
    )  # fmt: skip


async def answer_check_in(tx: Transaction) -> None:
    person = await join(tx)
    tx.session.add(CheckIn(id="1", person_id=person.id, opened_on=tx.now.date(), closed_on=tx.now.date()))


async def begin_check_in(tx: Transaction) -> None:
    tx.session.add(CheckIn(id="1", person_id=(await join(tx)).id, opened_on=tx.now.date(), asking="needs"))


def request(tx: Transaction, person: Person, state: ReferralState) -> Referral:
    return Referral(
        id="1", ref="R-ABC234", person_id=person.id, kind=Kind.MISSION_LOCALE, structure_id="ml", structure_name="ML",
        state=state, drafted_at=tx.now, reminders=0,
    )  # fmt: skip


async def write_request(tx: Transaction) -> None:
    tx.session.add(request(tx, await join(tx), ReferralState.DRAFT))


async def send_request(tx: Transaction) -> None:
    tx.session.add(request(tx, await join(tx), ReferralState.EXPIRED))


async def post_letter(tx: Transaction) -> None:
    to = Addressee(structure_id="ml", mailbox="accueil@example.org", confirmed_on=tx.now.date(), confirmed_by="M. T.")
    letters.write(tx, "R-ABC234", letters.Kind.REQUEST, to)
    await tx.session.flush()
    [letter] = await letters.of(tx, "R-ABC234")
    letter.state = LetterState.POSTED


@dataclass(frozen=True)
class Rule:
    """One line of the table: what is written, what of it is counted, and when it must be gone."""

    name: str
    write: Callable[[Transaction], Awaitable[object]]
    counted: type[Base]
    having: str | None
    kept: timedelta | relativedelta
    margin: timedelta = timedelta(days=1)


KEPT = [
    Rule("update", handle, HandledUpdate, None, timedelta(days=14)),
    Rule("awaiting", ask, Person, "awaiting", timedelta(hours=24), timedelta(hours=1)),
    Rule("outgoing", reply, Outgoing, None, timedelta(hours=24), timedelta(hours=1)),
    Rule("person", join, Person, None, relativedelta(years=2)),
    Rule("person", stop, Person, None, timedelta(days=30)),
    Rule("person", block, Person, None, timedelta(days=30)),
    Rule("contact", join, Person, "name_sealed", relativedelta(years=2)),
    Rule("contact", stop, Person, "phone_sealed", timedelta(days=30)),
    Rule("planned", plan_something, Planned, None, relativedelta(years=2)),
    Rule("check_in", answer_check_in, CheckIn, None, timedelta(days=90)),
    Rule("referral", write_request, Referral, None, timedelta(hours=24), timedelta(hours=1)),
    Rule("referral", send_request, Referral, None, relativedelta(years=2)),
    Rule("letter", post_letter, Letter, None, timedelta(days=30)),
    Rule("consent", join, ConsentEvent, None, relativedelta(years=2)),
    Rule("consent", stop, ConsentEvent, None, timedelta(days=30)),
    Rule("erasure", note, Erasure, None, timedelta(days=40)),
]


async def count(vault: Vault, model: type[Base], having: str | None = None) -> int:
    counted = select(func.count()).select_from(model)
    if having:
        counted = counted.where(getattr(model, having).is_not(None))
    async with vault.database.reading() as connection:
        return int(await connection.scalar(counted) or 0)


def url_of(vault: Vault) -> str:
    return settings_of(vault)["DATABASE_URL"]


async def add(vault: Vault, chats: range, *, now: datetime) -> None:
    async def work(tx: Transaction) -> None:
        for chat in chats:
            person = await people.join(tx, chat, lang="fr", age_band="18-20", situation=people.LEFT)
            await consents.answer(tx, person, TEXT, Action.GRANT, how="button")

    await vault.write(work, now=now)


def test_every_rule_with_a_duration_is_tried_here() -> None:
    assert {rule.name for rule in KEPT} == RULES.keys() - WITHOUT_DURATION - ELSEWHERE


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("rule", KEPT, ids=lambda rule: f"{rule.name}-{rule.write.__name__}")
async def test_each_thing_is_kept_as_long_as_the_table_says(vault: Vault, rule: Rule, side: str) -> None:
    await vault.write(rule.write, now=NOW)
    written = await count(vault, rule.counted, rule.having)
    assert written > 0
    limit = NOW + rule.kept
    if side == SIDES[0]:
        await purging.purge(vault, now=limit - rule.margin)
        assert await count(vault, rule.counted, rule.having) == written
    else:
        await purging.purge(vault, now=limit + rule.margin)
        assert await count(vault, rule.counted, rule.having) == 0


async def test_a_question_left_open_goes_and_its_person_stays(vault: Vault) -> None:
    await vault.write(ask, now=NOW)
    await purging.purge(vault, now=NOW + timedelta(days=2))
    assert await count(vault, Person) == 1
    assert await count(vault, Person, "awaiting_at") == 0


async def test_a_check_in_left_half_way_is_closed_after_a_month_and_erased_after_ninety_days(vault: Vault) -> None:
    await vault.write(begin_check_in, now=NOW)
    await purging.purge(vault, now=NOW + timedelta(days=29))
    assert await count(vault, CheckIn, "asking") == 1
    await purging.purge(vault, now=NOW + timedelta(days=30))
    assert (await count(vault, CheckIn), await count(vault, CheckIn, "asking")) == (1, 0)
    await purging.purge(vault, now=NOW + timedelta(days=89))
    assert await count(vault, CheckIn) == 1
    await purging.purge(vault, now=NOW + timedelta(days=90))
    assert await count(vault, CheckIn) == 0


async def test_a_check_in_that_nobody_answers_ends_after_a_month(vault: Vault) -> None:
    await vault.write(plan_something, now=NOW)

    async def send(tx: Transaction) -> None:
        await tx.session.execute(update(Planned).values(state=PlannedState.SENT, sent_at=NOW))

    async def states(tx: Transaction) -> list[str]:
        return list(await tx.session.scalars(select(Planned.state)))

    await vault.write(send, now=NOW)
    for days, state in ((29, PlannedState.SENT), (30, PlannedState.NO_ANSWER)):
        await purging.purge(vault, now=NOW + timedelta(days=days))
        assert await vault.read(states, now=NOW) == [state]


async def test_a_message_starts_the_two_years_anew(vault: Vault) -> None:
    await vault.write(join, now=NOW)
    await vault.write(lambda tx: people.touch(tx, AMINA), now=NOW + timedelta(days=700))
    await purging.purge(vault, now=NOW + relativedelta(years=2, days=1))
    assert await count(vault, Person) == 1
    await purging.purge(vault, now=NOW + timedelta(days=700) + relativedelta(years=2, days=1))
    assert await count(vault, Person) == 0


async def test_someone_who_came_back_after_a_stop_is_not_erased(vault: Vault) -> None:
    await vault.write(stop, now=NOW)

    async def come_back(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        people.set_status(tx, person, Status.ACTIVE)

    await vault.write(come_back, now=NOW + timedelta(days=20))
    await purging.purge(vault, now=NOW + timedelta(days=60))
    assert await count(vault, Person) == 1


async def test_what_was_said_to_be_due_is_what_goes(vault: Vault) -> None:
    for write in (stop, handle, note, reply):
        await vault.write(write, now=NOW)
    later = NOW + timedelta(days=41)
    due = await vault.read(purging.due, now=later)
    assert due == Due(people=1, updates=1, answers_awaited=0, replies=1, erasures=2, check_ins=0)
    assert await purging.purge(vault, now=later) == due
    assert await vault.read(purging.due, now=later) == Due(0, 0, 0, 0, 0, 0)
    for model in (Person, ConsentEvent, HandledUpdate, Outgoing, Erasure):
        assert await count(vault, model) == 0


async def test_the_hour_of_each_run_is_noted(vault: Vault) -> None:
    assert await vault.read(purging.last_run, now=NOW) is None
    for now in (NOW, NOW + timedelta(days=1)):
        await purging.purge(vault, now=now)
        assert await vault.read(purging.last_run, now=now) == now
    assert await count(vault, JobRun) == 1


async def test_more_people_than_is_plausible_are_not_erased_before_a_human_has_looked(vault: Vault) -> None:
    """A clock ten years ahead would erase everybody."""
    await add(vault, range(21), now=NOW)
    await vault.write(handle, now=NOW)
    before = await checksums(url_of(vault))
    later = NOW + relativedelta(years=10)
    with pytest.raises(TooMany, match=r"21 people of 21 are past their keeping time: is the clock right\?"):
        await purging.purge(vault, now=later)
    assert await checksums(url_of(vault)) == before
    erased: list[int] = []
    await purging.purge(vault, now=later, even_many=True, told=erased.append)
    assert erased == [21]
    assert await count(vault, Person) == 0


@pytest.mark.parametrize(("past", "live", "refused"), [(20, 0, False), (21, 84, False), (21, 83, True)])
async def test_a_fifth_of_everyone_may_go_in_one_night_and_twenty_always(
    vault: Vault, past: int, live: int, refused: bool
) -> None:
    await add(vault, range(past), now=NOW)
    later = NOW + relativedelta(years=3)
    await add(vault, range(past, past + live), now=later)
    if refused:
        with pytest.raises(TooMany):
            await purging.purge(vault, now=later)
    else:
        await purging.purge(vault, now=later)
    assert await count(vault, Person) == (past + live if refused else live)


@pytest.mark.slow
async def test_someone_who_writes_at_that_very_moment_stays(postgresql: Cluster, tmp_path: Path) -> None:
    """On SQLite one of the two waits for the other."""
    vault = await open_vault(postgresql.copy(), tmp_path / "keys.json")
    later = NOW + relativedelta(years=3)
    await vault.write(join, now=NOW)

    async def write_meanwhile(tx: Transaction) -> None:
        await people.touch(tx, AMINA)
        await tx.session.flush()
        await purging.purge(vault, now=later)

    await vault.write(write_meanwhile, now=later)
    assert await count(vault, Person) == 1
    await vault.database.close()


async def test_nothing_of_the_erased_is_left_in_the_files_of_sqlite(vault: Vault, tmp_path: Path) -> None:
    await vault.write(join, now=NOW)
    await vault.write(lambda tx: people.join(tx, BILAL, lang="fr", age_band="21+", situation=None), now=NOW)
    found: list[bytes] = []

    async def look(tx: Transaction) -> None:
        for person in await tx.session.scalars(select(Person)):
            found.extend(value.encode() for value in (person.id, person.chat_index, person.chat_sealed))

    await vault.read(look, now=NOW)
    await purging.purge(vault, now=NOW + relativedelta(years=3))
    assert await vault.database.leave_no_trace()
    assert len(found) == 6
    for file in tmp_path.glob("relais.db*"):
        whole = file.read_bytes()
        assert not [value for value in found if value in whole], file


@pytest.mark.slow
async def test_killed_between_two_batches_the_next_run_erases_the_rest_and_nobody_else(vault: Vault) -> None:
    now = clock.now()
    await add(vault, range(1, 1201), now=now - relativedelta(years=3))
    await add(vault, range(2001, 2031), now=now)
    command = ("purge", "--even-many")
    settings = settings_of(vault)

    refused = relais("purge", **settings)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "1200 people of 1230 are past their keeping time" in refused.stderr
    assert "--even-many" in refused.stderr
    assert await count(vault, Person) == 1230

    killed = relais(*command, FAULT="purge.between_batches:kill", **settings)
    assert killed.returncode == -9
    assert await count(vault, Person) == 1230 - purging.BATCH
    assert await count(vault, ConsentEvent) == 1230 - purging.BATCH
    assert await vault.read(purging.last_run, now=now) is None

    again = relais(*command, **settings)
    assert again.returncode == 0, again.stderr
    assert "    700  people: two years without a message" in again.stdout
    assert await count(vault, Person) == await count(vault, ConsentEvent) == 30

    async def live(tx: Transaction) -> set[int]:
        return {people.chat_of(tx, person) for person in await tx.session.scalars(select(Person))}

    assert await vault.read(live, now=now) == set(range(2001, 2031))


@pytest.mark.slow
async def test_a_dry_run_counts_and_changes_nothing(vault: Vault) -> None:
    await vault.write(stop, now=clock.now() - timedelta(days=41))
    before = await checksums(url_of(vault))
    done = relais("purge", "--dry-run", **settings_of(vault))
    assert (done.returncode, done.stderr) == (0, "")
    assert "      1  people: two years without a message, or 30 days after a stop or a block" in done.stdout
    assert "      1  lines of the erasure ledger" in done.stdout
    assert await checksums(url_of(vault)) == before
    assert not (vault.keys_file.parent / "erasures.jsonl").exists()
