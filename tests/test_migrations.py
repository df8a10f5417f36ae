"""The schema: one line of migrations, up and down, before or after but never between, and what the triggers refuse."""

import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select, text, update
from sqlalchemy.exc import DBAPIError

from bot import db
from bot.models import Base, ConsentEvent, HandledUpdate, Person
from tests.databases import Cluster

NOW = datetime(2026, 11, 22, 15, 4, 5, 678901, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table."""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql")
        return cluster.empty()
    return f"sqlite:///{tmp_path / 'empty.db'}"


def config(url: str) -> Config:
    found = Config()
    found.set_main_option("script_location", str(db.MIGRATIONS))
    found.attributes["database"] = db.open_at(url, in_a_hurry=False)
    return found


def scripts() -> ScriptDirectory:
    return ScriptDirectory(str(db.MIGRATIONS))


def looked_at(url: str, look: Callable[[Connection], Any]) -> Any:
    """Return what `look` finds in the database; what it writes is kept."""

    async def opened() -> Any:
        database = db.open_at(url)
        try:
            async with database.writing() as connection:
                return await connection.run_sync(look)
        finally:
            await database.close()

    return asyncio.run(opened())


def tables(url: str) -> set[str]:
    return set(looked_at(url, lambda connection: inspect(connection).get_table_names()))


def versions(url: str) -> list[str]:
    found = looked_at(url, lambda sync: sync.execute(text("SELECT version_num FROM alembic_version")).scalars().all())
    return list(found)


def set_versions(url: str, *names: str) -> None:
    def change(connection: Connection) -> None:
        connection.execute(text("DELETE FROM alembic_version"))
        for name in names:
            connection.execute(text("INSERT INTO alembic_version VALUES (:name)"), {"name": name})

    looked_at(url, change)


def test_the_migrations_are_one_line_numbered_in_order() -> None:
    """Backups compare the numbers to tell an older schema from a newer one."""
    assert len(scripts().get_heads()) == 1
    line = [script.revision for script in scripts().walk_revisions()][::-1]
    assert line == [f"{number:04}" for number in range(1, len(line) + 1)]
    for script in scripts().walk_revisions():
        assert not script.is_merge_point
        assert not script.is_branch_point
        assert re.fullmatch(rf"\d{{8}}_{script.revision}_[a-z_]+\.py", Path(script.path).name)


def test_the_schema_goes_up_down_and_up_again(empty_url: str) -> None:
    db.upgrade(empty_url)
    full = tables(empty_url)
    assert full == {*Base.metadata.tables, "alembic_version"}
    command.downgrade(config(empty_url), "base")
    assert tables(empty_url) == {"alembic_version"}
    db.upgrade(empty_url)
    assert tables(empty_url) == full
    db.upgrade(empty_url)
    assert versions(empty_url) == [db.head()]


def test_the_migrated_schema_is_that_of_the_models(database_url: str) -> None:
    def difference(connection: Connection) -> list[Any]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))

    assert looked_at(database_url, difference) == []
    looked_at(database_url, lambda connection: connection.execute(text("DROP INDEX ix_outgoing_person_id")))
    assert len(looked_at(database_url, difference)) == 1, "the comparison sees a difference"


def test_what_0001_kept_is_still_there_after_0002(empty_url: str) -> None:
    command.upgrade(config(empty_url), "0001")
    kept = [(1, NOW), (2**40, NOW.replace(microsecond=0))]
    rows = [{"update_id": number, "handled_at": at} for number, at in kept]
    looked_at(empty_url, lambda connection: connection.execute(insert(HandledUpdate), rows))
    command.upgrade(config(empty_url), "0002")
    wanted = select(HandledUpdate.update_id, HandledUpdate.handled_at).order_by(HandledUpdate.update_id)
    assert looked_at(empty_url, lambda connection: [tuple(row) for row in connection.execute(wanted)]) == kept
    command.downgrade(config(empty_url), "0001")
    assert looked_at(empty_url, lambda connection: [tuple(row) for row in connection.execute(wanted)]) == kept


# Dies at the n-th table or index that the migrations make.
DIES = """
import os, signal, sys
from alembic import op
from bot import db
left = int(sys.argv[2])
def dying(do):
    def make(*arguments, **options):
        global left
        do(*arguments, **options)
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
    return make
op.create_table, op.create_index = dying(op.create_table), dying(op.create_index)
db.upgrade(sys.argv[1])
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dies_at", "version"), [(1, None), (2, None), (3, "0001"), (5, "0001"), (8, "0001"), (12, "0001")]
)
def test_a_kill_in_the_middle_of_a_migration_leaves_before_or_after(
    empty_url: str, dies_at: int, version: str | None
) -> None:
    ended = subprocess.run([sys.executable, "-c", DIES, empty_url, str(dies_at)], check=False, timeout=60)
    assert ended.returncode == -signal.SIGKILL
    expected = {None: set(), "0001": {"handled_update"}}[version]
    assert tables(empty_url) - {"alembic_version"} == expected
    if version is not None:
        assert versions(empty_url) == [version]
    db.upgrade(empty_url)
    assert versions(empty_url) == [db.head()]
    assert tables(empty_url) == {*Base.metadata.tables, "alembic_version"}


@pytest.mark.slow
def test_a_process_that_is_not_killed_goes_to_the_end(empty_url: str) -> None:
    """Else the test above would be empty."""
    ended = subprocess.run([sys.executable, "-c", DIES, empty_url, "99"], check=False, timeout=60, env=os.environ)
    assert ended.returncode == 0
    assert versions(empty_url) == [db.head()]


async def opening(url: str) -> None:
    database = await db.connect(url)
    await database.close()


def test_an_older_schema_is_refused_and_what_to_run_is_said(empty_url: str) -> None:
    command.upgrade(config(empty_url), "0001")
    with pytest.raises(db.SchemaError, match=r"version 0001, this code needs 0004: run `relais db upgrade`"):
        asyncio.run(opening(empty_url))
    db.upgrade(empty_url)
    asyncio.run(opening(empty_url))


def test_a_newer_schema_is_refused_and_not_touched(database_url: str) -> None:
    set_versions(database_url, "0999")
    with pytest.raises(db.SchemaError, match=r"version 0999, newer than this code \(0004\): install the newer code"):
        asyncio.run(opening(database_url))
    with pytest.raises(db.SchemaError, match="newer than this code"):
        db.upgrade(database_url)
    assert versions(database_url) == ["0999"]


def test_two_versions_at_once_are_refused(database_url: str) -> None:
    set_versions(database_url, "0001", "0002")
    with pytest.raises(db.SchemaError, match="at 2 versions at once: restore a backup"):
        asyncio.run(opening(database_url))


@pytest.fixture
def proof(database_url: str) -> str:
    """The address of a database with one person and their yes."""
    event = {
        "person_id": "one",
        "purpose": "checkin",
        "action": "grant",
        "text_version": date(2026, 11, 22),
        "text_lang": "fr",
        "text_sha256": "0" * 64,
        "age_band": "18-20",
        "how": "button",
        "occurred_at": NOW,
        "previous_hash": "0" * 64,
        "hash": "1" * 64,
    }
    day = date(2026, 11, 22)
    person = {"id": "one", "chat_index": "x", "chat_sealed": "v1.k1.x", "lang": "fr", "age_band": "18-20"}
    person |= {"status": "active"}
    days = {"joined_on": day, "last_contact_on": day, "status_on": day}

    def fill(connection: Connection) -> None:
        connection.execute(insert(Person).values(**person, **days))
        connection.execute(insert(ConsentEvent).values(**event))

    looked_at(database_url, fill)
    return database_url


def test_a_proof_of_consent_is_never_changed(proof: str) -> None:
    changed = update(ConsentEvent).values(action="refuse")
    with pytest.raises(DBAPIError, match="append-only"):
        looked_at(proof, lambda connection: connection.execute(changed))
    looked_at(proof, lambda connection: connection.execute(delete(Person)))
    with pytest.raises(DBAPIError, match="append-only"):
        looked_at(proof, lambda connection: connection.execute(changed))
    assert looked_at(proof, lambda connection: connection.scalar(select(ConsentEvent.action))) == "grant"


def test_a_proof_of_consent_goes_only_after_its_person(proof: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        looked_at(proof, lambda connection: connection.execute(delete(ConsentEvent)))
    assert looked_at(proof, lambda connection: connection.scalar(select(ConsentEvent.action))) == "grant"
    looked_at(proof, lambda connection: connection.execute(delete(Person)))
    looked_at(proof, lambda connection: connection.execute(delete(ConsentEvent)))
    assert looked_at(proof, lambda connection: connection.scalar(select(ConsentEvent.action))) is None


def test_an_empty_database_gets_its_tables_when_it_is_opened(empty_url: str) -> None:
    asyncio.run(opening(empty_url))
    assert versions(empty_url) == [db.head()]
