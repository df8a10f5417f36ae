"""What a watcher is told: red with the reason when something needs a human, and nothing about anybody."""

import json
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from bot import health, outbox, people, purging
from bot.models import HandledUpdate, Planned, PlannedState
from bot.plan import CHECK_IN
from bot.replies import Reply
from bot.retention import PURGE_EVERY
from bot.vault import Transaction, Vault
from bot.web.health import HOST, PortTaken, page, serving
from tests.conftest import AMINA
from tests.processes import bot_process, wait_until

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
LATE = PURGE_EVERY + timedelta(minutes=1)


async def problems(vault: Vault, now: datetime) -> list[str]:
    return await health.problems(vault, None, now=now)


async def handle(tx: Transaction) -> None:
    tx.session.add(HandledUpdate(update_id=7, handled_at=tx.now))


async def join(tx: Transaction) -> None:
    await people.join(tx, AMINA, lang="fr", age_band="18-20", situation=None)


async def leave_unsaid(tx: Transaction) -> None:
    outbox.put(tx, AMINA, [Reply("Bonjour Amina")], person_id=None)


async def test_without_a_vault_the_reason_is_told() -> None:
    assert await health.problems(None, "keys.json: the keys file is missing", now=NOW) == [
        "nothing can be kept: keys.json: the keys file is missing"
    ]
    assert await health.problems(None, None, now=NOW) == ["nothing can be kept: the database is not open yet"]


async def test_a_new_installation_is_well(vault: Vault) -> None:
    assert await problems(vault, NOW) == []
    await vault.write(handle, now=NOW)
    await vault.write(join, now=NOW)
    assert await problems(vault, NOW + PURGE_EVERY) == []


async def test_a_bot_that_never_purged_what_it_keeps_is_told(vault: Vault) -> None:
    await vault.write(handle, now=NOW)
    assert await problems(vault, NOW + LATE) == ["never purged in 26 hours: run `relais purge`, it says why"]


async def test_somebody_kept_for_days_without_a_purge_is_told_by_their_day_alone(vault: Vault) -> None:
    await vault.write(join, now=NOW)
    assert await problems(vault, NOW + timedelta(days=1)) == []
    [line] = await problems(vault, NOW + timedelta(days=3))
    assert line.startswith("never purged in ")


async def test_a_purge_that_stopped_coming_is_told_until_the_next_one(vault: Vault) -> None:
    await vault.write(handle, now=NOW - timedelta(days=3))
    await purging.purge(vault, now=NOW)
    assert await problems(vault, NOW + PURGE_EVERY) == []
    assert await problems(vault, NOW + LATE) == ["no purge for 26 hours: run `relais purge`, it says why"]
    await purging.purge(vault, now=NOW + LATE)
    assert await problems(vault, NOW + LATE) == []


def planned(state: str, due_at: datetime, **values: object) -> Planned:
    day = due_at.date()
    return Planned(
        id="1", person_id="2", rule=CHECK_IN, state=state, anchor_on=day, due_on=day, due_at=due_at, late_from=day,
        expires_on=day, snoozed=False, attempts=0, **values,
    )  # fmt: skip


async def test_a_message_that_is_half_an_hour_late_is_told(vault: Vault) -> None:
    async def plan(tx: Transaction) -> None:
        tx.session.add(planned(PlannedState.PLANNED, NOW))

    await vault.write(plan, now=NOW)
    assert await problems(vault, NOW + timedelta(minutes=29)) == []
    [line] = await problems(vault, NOW + timedelta(minutes=30))
    assert line.startswith("1 messages are more than 30 minutes late")


async def test_a_claim_whose_lease_is_long_over_is_told(vault: Vault) -> None:
    async def plan(tx: Transaction) -> None:
        tx.session.add(planned(PlannedState.SENDING, NOW, lease_until=NOW + timedelta(minutes=10)))

    await vault.write(plan, now=NOW)
    assert await problems(vault, NOW + timedelta(minutes=39)) == []
    assert len(await problems(vault, NOW + timedelta(minutes=40))) == 1


async def test_a_parked_message_is_told_until_somebody_looks(vault: Vault) -> None:
    async def plan(tx: Transaction) -> None:
        tx.session.add(planned(PlannedState.PARKED, NOW))

    await vault.write(plan, now=NOW)
    [line] = await problems(vault, NOW)
    assert line == "1 messages are parked after two accidents: `relais plan parked`"


async def test_a_clock_that_does_not_tick_is_told(vault: Vault) -> None:
    assert await health.problems(vault, None, now=NOW, silent=299) == []
    [line] = await health.problems(vault, None, now=NOW, silent=600)
    assert line == "the clock has not ticked for 10 minutes"


async def test_a_reply_that_waits_for_a_quarter_of_an_hour_is_told(vault: Vault) -> None:
    await vault.write(leave_unsaid, now=NOW)
    assert await problems(vault, NOW + timedelta(minutes=14)) == []
    [line] = await problems(vault, NOW + timedelta(minutes=15))
    assert line == "1 replies wait to be said for more than 15 minutes: can Telegram be reached?"


async def test_a_reply_that_was_given_up_is_told_once_its_last_try_is_over(vault: Vault) -> None:
    await vault.write(leave_unsaid, now=NOW)

    async def nobody_hears(chat: int, reply: Reply) -> None:
        raise ConnectionError

    swept = NOW + timedelta(minutes=2)
    with pytest.raises(ConnectionError):
        await outbox.sweep(vault, nobody_hears, now=swept)
    assert await problems(vault, swept) == []
    [line] = await problems(vault, swept + outbox.LEASE + timedelta(seconds=1))
    assert line.startswith("1 replies were tried 2 times and given up")


async def test_a_database_that_cannot_be_read_is_told_by_the_class_of_its_error(
    vault: Vault, database_url: str
) -> None:
    async with vault.database.writing() as connection:
        await connection.exec_driver_sql("DROP TABLE outgoing")
    [line] = await problems(vault, NOW)
    assert line in (f"the database cannot be read ({kind})" for kind in ("OperationalError", "ProgrammingError"))


class Watched:
    """What the page shows; a test changes it."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    async def look(self) -> list[str]:
        return self.problems


@pytest.fixture
def watched() -> Watched:
    return Watched()


@pytest.fixture
async def http(watched: Watched) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=page(watched.look))
    async with httpx.AsyncClient(transport=transport, base_url="http://relais") as client:
        yield client


async def test_the_page_is_green_then_red_and_never_stored(http: httpx.AsyncClient, watched: Watched) -> None:
    green = await http.get("/healthz")
    assert (green.status_code, green.json()) == (200, {"status": "ok"})
    watched.problems = ["no purge for 30 hours"]
    red = await http.get("/healthz")
    assert (red.status_code, red.json()) == (503, {"status": "red", "problems": ["no purge for 30 hours"]})
    assert {green.headers["Cache-Control"], red.headers["Cache-Control"]} == {"no-store"}


async def test_asking_for_the_head_alone_tells_the_same(http: httpx.AsyncClient, watched: Watched) -> None:
    assert (await http.head("/healthz")).status_code == 200
    watched.problems = ["no purge for 30 hours"]
    assert (await http.head("/healthz")).status_code == 503


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/healthz/"), ("GET", "/healthz/x"), ("GET", "/docs"), ("POST", "/healthz")],
)
async def test_there_is_nothing_else(http: httpx.AsyncClient, method: str, path: str) -> None:
    answer = await http.request(method, path)
    assert (answer.status_code, answer.json()) == (404, {"status": "not found"})
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.fixture
def port() -> Iterator[int]:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        found = int(probe.getsockname()[1])
    yield found
    with socket.socket() as probe:
        assert probe.connect_ex((HOST, found)) != 0, "somebody still listens"


async def test_the_page_is_there_at_once_for_the_time_of_the_block(port: int, watched: Watched) -> None:
    async with serving(watched.look, port), httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"http://{HOST}:{port}/healthz")
        assert answer.json() == {"status": "ok"}
        assert "server" not in answer.headers


async def test_a_block_that_fails_closes_the_page_too(port: int, watched: Watched) -> None:
    with pytest.raises(LookupError):
        async with serving(watched.look, port):
            raise LookupError


async def test_a_port_that_is_taken_is_told_by_the_name_of_its_setting(port: int, watched: Watched) -> None:
    async with serving(watched.look, port):
        with pytest.raises(PortTaken, match=rf"HEALTH_PORT: nothing can listen on {HOST}:{port} \(Address already"):
            async with serving(watched.look, port):
                pass


def ask(port: int) -> tuple[int, dict[str, object]]:
    answer = httpx.get(f"http://{HOST}:{port}/healthz", trust_env=False)
    return answer.status_code, answer.json()


@pytest.mark.slow
def test_a_bot_shows_that_it_is_well_and_sigterm_ends_both(telegram_address: str, tmp_path: Path, port: int) -> None:
    with bot_process(telegram_address, tmp_path, HEALTH_PORT=str(port)) as bot:
        bot.start()
        assert ask(port) == (200, {"status": "ok"})
        assert bot.stop() == 0
        assert not [line for line in bot.stderr.splitlines() if "uvicorn" in line or "healthz" in line]


@pytest.mark.slow
def test_a_bot_without_its_keys_answers_and_is_red(telegram_address: str, tmp_path: Path, port: int) -> None:
    with bot_process(telegram_address, tmp_path, HEALTH_PORT=str(port)) as bot:
        bot.start()
        bot.stop()
        keys_file = bot.var_dir / "keys.json"
        kept = keys_file.read_text(encoding="utf-8")
        keys_file.write_text(json.dumps({"current": "k1"}), encoding="utf-8")
        bot.start()
        status, body = ask(port)
        assert (status, body["status"]) == (503, "red")
        assert str(body["problems"]).startswith(f"['nothing can be kept: {keys_file}: the keys file is damaged")
        keys_file.write_text(kept, encoding="utf-8")
        wait_until(lambda: ask(port)[0] == 200, within=40)
        assert bot.stop() == 0


@pytest.mark.slow
def test_a_bot_whose_port_is_taken_ends_with_one_line(telegram_address: str, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        port = str(other.getsockname()[1])
        with bot_process(telegram_address, tmp_path, HEALTH_PORT=port) as bot:
            bot.launch()
            assert bot.exit_code() == 1
            lines = [line for line in bot.stderr.splitlines() if not line.startswith("NLU:")]
    assert lines == [f"relais: HEALTH_PORT: nothing can listen on {HOST}:{port} (Address already in use)"]
