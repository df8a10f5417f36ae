"""`relais db` as an operator types it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import select, text
from typer.testing import CliRunner

from bot import clock, db, ledger
from bot.__main__ import app
from bot.models import Person, Planned, PlannedState, Status
from bot.vault import Transaction, Vault
from tests.command_line import relais
from tests.conftest import AMINA, BILAL, DENIS
from tests.databases import Cluster
from tests.test_backups import joins, leaves, on_disk, row_of, stops, tallies, traces

pytestmark = pytest.mark.slow  # whole databases, written and read again

Command = Callable[..., CompletedProcess[str]]


def relais_db(*arguments: str | Path, typed: str = "", **settings: str | Path) -> CompletedProcess[str]:
    """Run the command in this process, which starts no Python: in a thread, for it has an event loop of its own."""
    environment = {"KEYS_FILE": "", "LEDGER_FILE": "", "DATABASE_URL": ""}
    environment |= {name: str(value) for name, value in settings.items()}
    with ThreadPoolExecutor(1) as thread:
        words = ["db", *(str(argument) for argument in arguments)]
        done = thread.submit(CliRunner().invoke, app, words, input=typed, env=environment).result()
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def typed(database_url: str, tmp_path: Path) -> Command:
    """`relais db …` on the database of the test, with something typed when it asks."""

    def run(*arguments: str | Path, answer: str = "", url: str = database_url) -> CompletedProcess[str]:
        return relais_db(*arguments, typed=answer, VAR_DIR=tmp_path, DATABASE_URL=url)

    return run


def one_line(done: CompletedProcess[str]) -> str:
    """Return the last line, that of the refusal."""
    assert done.returncode == 1, done.stderr
    [line] = [line for line in done.stderr.splitlines() if line.startswith("relais: ")]
    return line


async def test_status_tells_the_version_the_rows_and_the_last_backup(
    typed: Command, vault: Vault, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    assert "0 in" in typed("status").stdout
    assert typed("backup").returncode == 0
    done = typed("status")
    assert done.returncode == 0, done.stderr
    for told in ("version 0004; this code needs 0004", "1 in", "the last 0.0 hours ago", "to do again: none"):
        assert told in done.stdout
    assert "person         │ 1" in done.stdout
    for secret in ("Amina", str(AMINA), vault.keyring.backup_identity):
        assert secret not in done.stdout + done.stderr


def test_status_makes_no_database_and_no_file(tmp_path: Path) -> None:
    for command in (["status"], ["backup"], ["replay"]):
        done = relais_db(*command, VAR_DIR=tmp_path / "var")
        assert "there is no database yet" in one_line(done)
    assert not list(tmp_path.rglob("*.db*"))
    assert not list(tmp_path.rglob("keys.json"))


def test_status_of_a_database_without_keys_leaves_everything_as_it_is(typed: Command, tmp_path: Path) -> None:
    before = sorted(path.name for path in tmp_path.iterdir())
    assert "the database is empty: the bot gives it its keys" in one_line(typed("status"))
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_no_password_is_shown(tmp_path: Path) -> None:
    for url in (
        "postgresql://relais:tres-secret@127.0.0.1:1/relais",
        "postgresql://relais@127.0.0.1:1/relais?password=tres-secret",
        "mysql://relais:tres-secret@localhost/relais",
        "tres-secret",
    ):
        done = relais_db("status", VAR_DIR=tmp_path, DATABASE_URL=url)
        assert "DATABASE" in one_line(done) or "cannot be used" in one_line(done)
        assert "tres-secret" not in done.stdout + done.stderr


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "relais.db").write_bytes(b"not a database, whatever its name\n" * 100)
    for command in (["status"], ["backup"], ["upgrade"], ["replay"]):
        assert "the database cannot be used (DatabaseError)" in one_line(relais_db(*command, VAR_DIR=tmp_path))


async def test_upgrade_says_from_where_to_where_and_does_nothing_twice(typed: Command, database_url: str) -> None:
    assert "version 0004, up to date" in typed("upgrade").stderr
    await set_version(database_url, "0999")
    assert "newer than this code" in one_line(typed("upgrade"))
    assert "newer than this code (0004): install the newer code" in one_line(typed("status"))
    assert "newer than this code" in one_line(typed("backup"))


def test_upgrade_makes_the_tables_of_an_empty_database(tmp_path: Path) -> None:
    assert "version none -> 0004" in relais_db("upgrade", VAR_DIR=tmp_path).stderr


async def set_version(url: str, name: str) -> None:
    database = db.open_at(url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})
    await database.close()


async def test_restore_asks_first_and_does_nothing_without_the_word(
    typed: Command, vault: Vault, database_url: str, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    typed("backup", tmp_path / "one.age")
    await joins(vault, BILAL)
    before = await tallies(database_url)
    for answer in ("oui\n", "", "\n", "y\n"):
        assert typed("restore", tmp_path / "one.age", "--replace", answer=answer).returncode == 1
    assert "--replace erases them first" in one_line(typed("restore", tmp_path / "one.age", "--yes"))
    assert await tallies(database_url) == before
    assert "Restored." in typed("restore", tmp_path / "one.age", "--replace", answer="« Restaurer »\n").stderr
    assert await row_of(vault, BILAL) is None


async def test_what_a_restored_database_would_send_again_is_held_for_a_human(
    typed: Command, vault: Vault, tmp_path: Path
) -> None:
    """Since the backup it may have been sent."""
    await joins(vault, AMINA)
    day = date(2026, 1, 5)

    async def plan(tx: Transaction) -> None:
        [person_id] = await tx.session.scalars(select(Person.id))
        for rule, due_at in (
            ("check_in", datetime(2026, 1, 5, tzinfo=UTC)),
            ("later", datetime(2999, 1, 5, tzinfo=UTC)),
        ):
            tx.session.add(
                Planned(
                    id=rule, person_id=person_id, rule=rule, state=PlannedState.PLANNED, anchor_on=day, due_on=day,
                    due_at=due_at, late_from=day, expires_on=day, snoozed=False, attempts=0,
                )
            )  # fmt: skip

    async def states(tx: Transaction) -> list[str]:
        return list(await tx.session.scalars(select(Planned.state).order_by(Planned.id)))

    await vault.write(plan, now=datetime(2026, 1, 4, tzinfo=UTC))
    typed("backup", tmp_path / "one.age")
    told = typed("restore", tmp_path / "one.age", "--replace", "--yes").stderr
    assert "`relais plan parked`" in told
    assert await vault.read(states, now=datetime(2026, 1, 6, tzinfo=UTC)) == [PlannedState.PARKED, PlannedState.PLANNED]


async def test_a_bad_backup_or_wrong_keys_leave_the_database_alone(
    typed: Command, vault: Vault, database_url: str, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    before = await tallies(database_url)
    (tmp_path / "bad.age").write_bytes(b"age-encryption.org/v1\n")
    assert "is damaged" in one_line(typed("restore", tmp_path / "bad.age", "--replace", "--yes"))
    assert "cannot be read" in one_line(typed("restore", tmp_path / "absent.age", "--replace", "--yes"))
    (tmp_path / "keys.json").rename(tmp_path / "away.json")
    assert "the keys file is missing" in one_line(typed("restore", tmp_path / "bad.age", "--replace", "--yes"))
    assert "the keys file is missing" in one_line(typed("backup"))
    assert await tallies(database_url) == before


async def test_who_was_erased_or_stopped_after_the_backup_is_so_again_after_replay(
    typed: Command, vault: Vault, database_url: str, tmp_path: Path
) -> None:
    """The erasures are in the database alone when it is replaced: its restoring must not lose them."""
    register, now = tmp_path / "erasures.jsonl", clock.now()
    for chat in (AMINA, BILAL, DENIS):
        await joins(vault, chat, now=now - timedelta(days=2))
    person = await row_of(vault, AMINA)
    assert person is not None
    assert person.phone_sealed is not None
    assert typed("backup", tmp_path / "one.age").returncode == 0
    await leaves(vault, AMINA, now=now)
    await stops(vault, BILAL, now=now)
    assert not register.exists()

    done = typed("restore", tmp_path / "one.age", "--replace", "--yes")
    assert "It lacks 2 erasures or stops that were done since: run `relais db replay` now." in done.stderr
    assert "run `relais db replay`" in one_line(typed("status"))
    with pytest.raises(ledger.ReplayNeeded):
        await ledger.check(vault, register, now=now)
    assert "Erased or stopped again: 2 people." in typed("replay").stderr
    assert "Erased or stopped again: 0 people." in typed("replay").stderr
    assert typed("status").returncode == 0
    await ledger.check(vault, register, now=now)

    values = [person.id, person.chat_index, person.phone_sealed, str(AMINA), "Amina", "639981234"]
    assert await traces(database_url, values) == {}
    if vault.database.is_sqlite:
        assert not any(value.encode() in on_disk(tmp_path) for value in values)
    bilal = await row_of(vault, BILAL)
    assert bilal is not None
    assert bilal.status == Status.STOPPED
    assert await row_of(vault, DENIS) is not None


async def test_a_damaged_ledger_is_named_and_nothing_is_replayed(typed: Command, vault: Vault, tmp_path: Path) -> None:
    await joins(vault, AMINA)
    (tmp_path / "erasures.jsonl").write_text("[1, 2\n")
    assert "erasures.jsonl:1: the erasure ledger is damaged" in one_line(typed("replay"))
    assert "erasures.jsonl:1: the erasure ledger is damaged" in one_line(typed("status"))


@pytest.mark.slow
async def test_a_backup_goes_into_an_empty_postgresql_by_the_commands(
    vault: Vault, typed: Command, postgresql: Cluster, database_url: str, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    typed("backup", tmp_path / "one.age")
    elsewhere = postgresql.empty()
    assert "Restored." in typed("restore", tmp_path / "one.age", "--yes", url=elsewhere).stderr
    assert await tallies(elsewhere) == await tallies(database_url)


@pytest.mark.slow
def test_the_installed_command_explains_each_of_its_parts() -> None:
    shown = relais("db", "--help").stdout
    assert all(name in shown for name in ("status", "upgrade", "backup", "restore", "replay"))
    assert "restaurer" not in relais("db", "backup", "--help").stdout
    assert "SQLite and PostgreSQL take each other's backups" in relais("db", "restore", "--help").stdout
