"""Backups: taken while people join, put back into either database, and never half of anything."""

import asyncio
import gzip
import hashlib
import json
import os
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from sqlalchemy import MetaData, insert, select
from sqlalchemy.exc import IntegrityError

from bot import backups, consents, db, keys, leaving, ledger, people
from bot.backups import TABLES, BackupError, Tally
from bot.commands.db import NAMED, drop_old
from bot.consent_texts import ConsentText, Purpose
from bot.crypto import KeysError
from bot.models import HandledUpdate, JobRun, Person, Status
from bot.retention import BACKUP_KEPT
from bot.vault import Transaction, Vault, open_vault
from tests.conftest import AMINA, BILAL, DENIS
from tests.databases import Cluster

pytestmark = pytest.mark.slow  # whole databases, written and read again

NOW = datetime(2026, 11, 22, 15, 4, 5, 678901, tzinfo=UTC)
YES = ConsentText(Purpose.CHECK_IN, date(2026, 11, 22), "fr", "", "0" * 64)
PLAIN = {AMINA: ("Amina", "+33639981234"), BILAL: ("Bilal", "+33639985678"), DENIS: ("Denis", "+33639980000")}


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def other_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A second database without a table: with `vault`, every pair of the two kinds."""
    if request.param == "postgresql":
        cluster: Cluster = request.getfixturevalue("postgresql")
        return cluster.empty()
    return f"sqlite:///{tmp_path / 'other.db'}"


async def joins(vault: Vault, chat: int, *, now: datetime = NOW) -> None:
    """Say yes and leave a name and a number."""
    name, phone = PLAIN.get(chat, ("Personne", "+33639989999"))

    async def work(tx: Transaction) -> None:
        person = await people.join(tx, chat, lang="fr", age_band="18-20", situation=people.LEFT)
        people.change(tx, person, name=name, phone=phone, exit_on=date(2026, 3, 31))
        await consents.answer(tx, person, YES, consents.Action.GRANT, how="button")

    await vault.write(work, now=now)


async def leaves(vault: Vault, chat: int, *, now: datetime = NOW) -> None:
    async def work(tx: Transaction) -> None:
        person = await people.find(tx, chat, lock=True)
        assert person is not None
        await leaving.erase(tx, person)

    await vault.write(work, now=now)


async def stops(vault: Vault, chat: int, *, now: datetime = NOW) -> None:
    async def work(tx: Transaction) -> None:
        person = await people.find(tx, chat, lock=True)
        assert person is not None
        await leaving.stop(tx, person, Status.STOPPED, how="word")

    await vault.write(work, now=now)


async def row_of(vault: Vault, chat: int) -> Person | None:
    return await vault.read(lambda tx: people.find(tx, chat), now=NOW)


async def traces(url: str, values: list[str]) -> dict[str, int]:
    """Walk every column of every table that is really there, and count the rows that hold one of the values."""
    database = db.open_at(url)
    found: dict[str, int] = {}
    async with database.reading() as connection:
        there = MetaData()
        await connection.run_sync(there.reflect)
        assert set(TABLES) <= set(there.tables)
        for table in there.sorted_tables:
            rows = [" ".join(map(str, row)) for row in await connection.execute(select(table))]
            # Looked for here: asked of the server, the values would stand in its log.
            if count := sum(any(value in row for value in values) for row in rows):
                found[table.name] = count
    await database.close()
    return found


async def tallies(url: str) -> dict[str, Tally]:
    database = db.open_at(url)
    async with database.reading() as connection:
        found = await connection.run_sync(lambda sync: backups.tally(backups.lines_of(sync)))
    await database.close()
    return found


async def back_up(vault: Vault, file: Path) -> backups.Header:
    return await backups.back_up(vault.database, file, vault.keys_file, now=NOW)


async def bring_back(url: str, file: Path, vault: Vault, **options: Any) -> None:
    await backups.restore(url, backups.read(file, vault.keys_file), vault.keys_file, then=lambda _: None, **options)


def opened(file: Path, vault: Vault) -> bytes:
    identity = pyrage.x25519.Identity.from_str(vault.keyring.backup_identity)
    return gzip.decompress(pyrage.decrypt(file.read_bytes(), [identity]))


def closed(content: bytes, vault: Vault) -> bytes:
    identity = pyrage.x25519.Identity.from_str(vault.keyring.backup_identity)
    return bytes(pyrage.encrypt(gzip.compress(content), [identity.to_public()]))


def forged(file: Path, vault: Vault, *, extra: list[bytes] | None = None, **header: Any) -> None:
    """Change the first line of a backup, or add lines that it counts."""
    first, *lines = opened(file, vault).splitlines(keepends=True)
    told = json.loads(first) | header
    lines = sorted([*lines, *(extra or [])], key=lambda line: list(TABLES).index(json.loads(line)[0]))
    if extra:
        for name in TABLES:
            mine = [line for line in lines if json.loads(line)[0] == name]
            told["tables"][name] = {"rows": len(mine), "sha256": hashlib.sha256(b"".join(mine)).hexdigest()}
    file.write_bytes(closed(json.dumps(told).encode() + b"\n" + b"".join(lines), vault))


async def test_a_backup_taken_while_people_join_holds_one_instant_and_comes_back_whole(
    vault: Vault, other_url: str, tmp_path: Path
) -> None:
    async with vault.database.writing() as connection:
        done = [{"update_id": 8_000_000_000 + n, "handled_at": NOW + timedelta(microseconds=n)} for n in range(5000)]
        await connection.execute(insert(HandledUpdate), done)
    for chat in range(20):
        await joins(vault, chat)
    joined, started, over = 20, asyncio.Event(), asyncio.Event()

    async def others_join() -> None:
        nonlocal joined
        while not over.is_set():
            await joins(vault, 1_000 + joined)
            joined += 1
            started.set()

    others = asyncio.create_task(others_join())
    await started.wait()
    before = joined
    header = await back_up(vault, tmp_path / "one.age")
    after = joined
    over.set()
    await others

    assert after > before, "somebody joined meanwhile"
    assert before <= header.tables["person"].rows <= after
    assert header.tables["person"].rows == header.tables["consent_event"].rows, "a person and their yes, or neither"
    assert header.tables["handled_update"].rows == 5000
    await bring_back(other_url, tmp_path / "one.age", vault)
    assert await tallies(other_url) == header.tables
    again = await open_vault(other_url, vault.keys_file)
    everyone = await again.read(_contacts, now=NOW)
    assert everyone == [("Personne", "+33639989999", date(2026, 3, 31), True)] * header.tables["person"].rows
    await joins(again, AMINA)  # numbers of proofs go on after those restored
    await again.database.close()


async def _contacts(tx: Transaction) -> list[tuple[str | None, str | None, date | None, bool]]:
    found = []
    for person in list(await tx.session.scalars(select(Person))):
        kept = people.details(tx, person)
        chain = await consents.history(tx, person)
        found.append((kept.name, kept.phone, kept.exit_on, len(chain) == 1 and consents.is_unbroken(chain)))
    return found


async def test_every_kind_of_value_comes_back_as_it_was(vault: Vault, other_url: str, tmp_path: Path) -> None:
    await joins(vault, AMINA, now=NOW.replace(microsecond=1))
    await stops(vault, AMINA, now=NOW.replace(microsecond=0))
    async with vault.database.writing() as connection:
        await connection.execute(insert(HandledUpdate), [{"update_id": 2**40, "handled_at": NOW}])
        await connection.execute(insert(JobRun), [{"job": "purge", "ended_at": NOW.replace(microsecond=999_999)}])
        await connection.execute(
            insert(TABLES["outgoing"]),
            [
                {
                    "id": "one",
                    "person_id": None,
                    "position": 0,
                    "chat_sealed": "é مرحبا 😀 \\ \" ' \n",
                    "body_sealed": "",
                    "written_at": NOW,
                    "lease_until": NOW,
                    "attempts": 0,
                }
            ],
        )
    await back_up(vault, tmp_path / "one.age")
    await bring_back(other_url, tmp_path / "one.age", vault)
    other = db.open_at(other_url)
    assert await every_row(vault.database) == await every_row(other)
    await other.close()


async def every_row(database: db.Database) -> dict[str, list[tuple[Any, ...]]]:
    async with database.reading() as connection:
        return {
            name: sorted((tuple(row) for row in await connection.execute(select(table))), key=repr)
            for name, table in TABLES.items()
        }


async def test_neither_the_backup_nor_a_dump_says_who_anyone_is(
    request: pytest.FixtureRequest, vault: Vault, database_url: str, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    await back_up(vault, tmp_path / "one.age")
    if vault.database.is_sqlite:
        with sqlite3.connect(tmp_path / "relais.db") as connection:
            dump = "\n".join(connection.iterdump())
        connection.close()
    else:
        dump = request.getfixturevalue("postgresql").dump(database_url)
    index = vault.keyring.index(str(AMINA))
    file, lines = (tmp_path / "one.age").read_bytes(), opened(tmp_path / "one.age", vault).decode()
    assert index in dump, "the search finds what is there"
    assert index in lines
    assert index.encode() not in file
    for value in ("Amina", "639981234", str(AMINA)):
        assert value not in dump
        assert value not in lines
        assert value.encode() not in file


def _is_truncated(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def _has_lost_its_end(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:150])


def _has_one_wrong_bit(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _has_something_behind(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"\n")


def _is_empty(file: Path) -> None:
    file.write_bytes(b"")


def _is_another_file(file: Path) -> None:
    file.write_bytes(b"SQLite format 3\0" + os.urandom(500))


def _is_away(file: Path) -> None:
    file.unlink()


def _is_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_is_truncated, "is damaged"),
        (_has_lost_its_end, "is damaged"),
        (_has_one_wrong_bit, "is damaged"),
        (_has_something_behind, "is damaged"),
        (_is_empty, "is not a backup"),
        (_is_another_file, "is not a backup"),
        (_is_away, "cannot be read (No such file"),
        (_is_a_folder, "cannot be read (Is a directory)"),
    ],
)
async def test_a_file_that_is_not_whole_is_refused_in_one_line(
    vault: Vault, tmp_path: Path, spoil: Callable[[Path], None], said: str
) -> None:
    file = tmp_path / "one.age"
    await joins(vault, AMINA)
    await back_up(vault, file)
    spoil(file)
    with pytest.raises(BackupError) as refused:
        backups.read(file, vault.keys_file)
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(file) in str(refused.value)


async def test_a_backup_of_another_installation_is_refused(vault: Vault, tmp_path: Path) -> None:
    await back_up(vault, tmp_path / "one.age")
    keys.create(tmp_path / "others.json")
    with pytest.raises(BackupError, match=r"needs other keys than .*others\.json"):
        backups.read(tmp_path / "one.age", tmp_path / "others.json")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"schema": "0001"}, "needs 0004: restore it with relais 0.1.0, then run `relais db upgrade`"),
        ({"schema": "0999", "code": "7.0"}, "install relais 7.0 or newer"),
        ({"format": 2, "code": "7.0"}, "install relais 7.0 or newer"),
        ({"tables": {}}, "does not hold the rows"),
        ({"tables": None}, "is damaged, or is not a backup"),
    ],
)
async def test_a_first_line_that_does_not_fit_is_refused(
    vault: Vault, tmp_path: Path, header: dict[str, Any], said: str
) -> None:
    await back_up(vault, tmp_path / "one.age")
    forged(tmp_path / "one.age", vault, **header)
    with pytest.raises(BackupError) as refused:
        backups.read(tmp_path / "one.age", vault.keys_file)
    assert said in str(refused.value)


@pytest.mark.parametrize("line", [b"", b"{}\n", b'["nobody", {}]\n', b'["job_run", {"job": 3, "ended_at": null}]\n'])
async def test_what_the_right_key_opens_but_is_not_ours_is_refused(vault: Vault, tmp_path: Path, line: bytes) -> None:
    await back_up(vault, tmp_path / "one.age")
    first = opened(tmp_path / "one.age", vault).splitlines(keepends=True)[0] if line else b""
    (tmp_path / "one.age").write_bytes(closed(first + line, vault))
    with pytest.raises(BackupError, match="is damaged, or is not a backup"):
        backups.read(tmp_path / "one.age", vault.keys_file)


async def test_keys_that_do_not_open_the_rows_are_noticed_before_a_database_is_made(
    vault: Vault, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    await back_up(vault, tmp_path / "one.age")
    stranger = keys.create(tmp_path / "others.json")
    keys.write(tmp_path / "others.json", replace(stranger, backup_identity=vault.keyring.backup_identity))
    read = backups.read(tmp_path / "one.age", tmp_path / "others.json")
    with pytest.raises(KeysError, match="these are not the keys of this database"):
        await backups.restore(f"sqlite:///{tmp_path / 'new.db'}", read, tmp_path / "others.json", then=lambda _: None)
    assert not (tmp_path / "new.db").exists()


async def test_the_keys_of_another_installation_take_no_backup(vault: Vault, tmp_path: Path) -> None:
    """Nobody could open it."""
    keys.create(tmp_path / "others.json")
    with pytest.raises(KeysError, match="these are not the keys of this database"):
        await backups.back_up(vault.database, tmp_path / "one.age", tmp_path / "others.json", now=NOW)
    assert list(tmp_path.glob("one.age*")) == []


async def test_a_database_that_holds_someone_is_replaced_only_if_asked(vault: Vault, tmp_path: Path) -> None:
    await joins(vault, AMINA)
    await joins(vault, BILAL)
    header = await back_up(vault, tmp_path / "one.age")
    await leaves(vault, BILAL)
    await joins(vault, DENIS)
    url = vault.database.engine.url.render_as_string(hide_password=False)
    before = await tallies(url)
    with pytest.raises(BackupError, match=r"holds rows \(consent_event, erasure, key_check, person\): --replace"):
        await bring_back(url, tmp_path / "one.age", vault)
    assert await tallies(url) == before
    await bring_back(url, tmp_path / "one.age", vault, replace=True)
    assert await tallies(url) == header.tables
    assert [await row_of(vault, chat) is not None for chat in (AMINA, BILAL, DENIS)] == [True, True, False]


async def test_a_database_in_which_a_bot_has_only_been_started_is_taken(
    vault: Vault, other_url: str, tmp_path: Path
) -> None:
    await joins(vault, AMINA)
    header = await back_up(vault, tmp_path / "one.age")
    other = await open_vault(other_url, vault.keys_file)
    await other.database.close()
    await bring_back(other_url, tmp_path / "one.age", vault)
    assert await tallies(other_url) == header.tables


async def test_a_row_that_the_database_refuses_leaves_everything_as_it_was(vault: Vault, tmp_path: Path) -> None:
    await joins(vault, AMINA)
    await back_up(vault, tmp_path / "one.age")
    twice = [line for line in opened(tmp_path / "one.age", vault).splitlines(keepends=True)[1:] if b'"person"' in line]
    forged(tmp_path / "one.age", vault, extra=twice)
    await joins(vault, BILAL)
    url = vault.database.engine.url.render_as_string(hide_password=False)
    before = await tallies(url)
    with pytest.raises(IntegrityError):
        await bring_back(url, tmp_path / "one.age", vault, replace=True)
    assert await tallies(url) == before


async def test_what_was_replaced_is_not_left_in_the_file(sqlite_template: Path, tmp_path: Path) -> None:
    shutil.copy(sqlite_template, tmp_path / "relais.db")
    vault = await open_vault(f"sqlite:///{tmp_path / 'relais.db'}", tmp_path / "keys.json")
    await back_up(vault, tmp_path / "one.age")
    await joins(vault, AMINA)
    person = await row_of(vault, AMINA)
    assert person is not None
    assert person.phone_sealed is not None
    told = [person.id.encode(), person.chat_index.encode(), person.phone_sealed.encode()]
    assert all(value in on_disk(tmp_path) for value in told), "the search finds what is there"
    await bring_back(f"sqlite:///{tmp_path / 'relais.db'}", tmp_path / "one.age", vault, replace=True)
    assert not any(value in on_disk(tmp_path) for value in told)
    await vault.database.close()


def on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.glob("relais.db*"))


async def test_whoever_was_erased_or_stopped_since_the_backup_is_so_again_after_it(
    vault: Vault, database_url: str, tmp_path: Path
) -> None:
    register = tmp_path / "erasures.jsonl"
    for chat in (AMINA, BILAL, DENIS):
        await joins(vault, chat)
    person = await row_of(vault, AMINA)
    assert person is not None
    await back_up(vault, tmp_path / "one.age")
    later = NOW + timedelta(hours=1)
    await leaves(vault, AMINA, now=later)
    await stops(vault, BILAL, now=later)
    await ledger.copy_to_file(vault, register, now=later)

    await bring_back(database_url, tmp_path / "one.age", vault, replace=True)
    values = [person.id, person.chat_index, str(AMINA), "Amina", "639981234"]
    assert set(await traces(database_url, values)) == {"person", "consent_event"}
    with pytest.raises(ledger.ReplayNeeded, match="lacks 2 erasures or stops"):
        await ledger.check(vault, register, now=later)

    entries = ledger.read(register)
    assert await vault.write(lambda tx: leaving.replay(tx, entries), now=later) == 2
    await vault.database.leave_no_trace()
    await ledger.check(vault, register, now=later)
    assert await vault.write(lambda tx: leaving.replay(tx, entries), now=later) == 0, "twice is once"
    assert await traces(database_url, values) == {}
    if vault.database.is_sqlite:
        assert not any(value.encode() in on_disk(tmp_path) for value in values)
    bilal = await row_of(vault, BILAL)
    assert bilal is not None
    assert bilal.status == Status.STOPPED
    assert not await vault.read(lambda tx: consents.is_granted(tx, bilal, Purpose.CHECK_IN), now=later)
    denis = await row_of(vault, DENIS)
    assert denis is not None
    assert denis.status == Status.ACTIVE


async def test_whoever_joined_again_on_a_later_day_stays(vault: Vault, database_url: str, tmp_path: Path) -> None:
    await joins(vault, AMINA)
    await leaves(vault, AMINA)
    await ledger.copy_to_file(vault, tmp_path / "erasures.jsonl", now=NOW)
    entries = ledger.read(tmp_path / "erasures.jsonl")
    tomorrow = NOW + timedelta(days=1)
    await joins(vault, AMINA, now=tomorrow)
    async with vault.database.writing() as connection:
        await connection.execute(TABLES["erasure"].delete())  # as in a backup that was taken elsewhere
    assert await vault.write(lambda tx: leaving.replay(tx, entries), now=tomorrow) == 0
    assert await row_of(vault, AMINA) is not None


@contextmanager
def disk_full_after(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond `size`."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_a_full_disk_leaves_no_file_behind(vault: Vault, tmp_path: Path) -> None:
    await joins(vault, AMINA)
    folder = tmp_path / "backups"
    folder.mkdir()
    with disk_full_after(500), pytest.raises(BackupError, match=r"cannot be written \(File too large\)"):
        await back_up(vault, folder / "one.age")
    assert list(folder.iterdir()) == []
    await back_up(vault, folder / "one.age")
    backups.read(folder / "one.age", vault.keys_file)


async def test_a_backup_is_for_its_owner_alone_and_overwrites_nothing(vault: Vault, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        await back_up(vault, tmp_path / "one.age")
    finally:
        os.umask(before)
    assert (tmp_path / "one.age").stat().st_mode & 0o777 == 0o600
    taken = (tmp_path / "one.age").read_bytes()
    with pytest.raises(BackupError, match="exists already"):
        await back_up(vault, tmp_path / "one.age")
    assert (tmp_path / "one.age").read_bytes() == taken


def test_old_backups_go_and_other_files_stay(tmp_path: Path) -> None:
    old = (NOW - BACKUP_KEPT - timedelta(seconds=2)).strftime(NAMED)
    young = (NOW - BACKUP_KEPT + timedelta(seconds=2)).strftime(NAMED)
    gone = [f"{old}.age", f"{old}.age.0a1b2c3d.new"]
    stay = [f"{young}.age", f"{young}.age.0a1b2c3d.new", f"{old}.age.mine", "relais-20261399T000000Z.age", "old.age"]
    for name in (*gone, *stay):
        (tmp_path / name).touch()
    assert drop_old(tmp_path, now=NOW) == len(gone)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(stay)
    assert drop_old(tmp_path / "absent", now=NOW) == 0


@pytest.mark.slow
async def test_a_server_of_another_language_and_time_zone_holds_the_same_rows(
    postgresql: Cluster, sqlite_template: Path, tmp_path: Path
) -> None:
    """There, « a » sorts before « B », and an instant comes in the time of Paris."""
    shutil.copy(sqlite_template, tmp_path / "relais.db")
    vault = await open_vault(f"sqlite:///{tmp_path / 'relais.db'}", tmp_path / "keys.json")
    await joins(vault, AMINA)
    async with vault.database.writing() as connection:
        jobs = [{"job": job, "ended_at": NOW} for job in ("B", "a", "é", "Z", "-b", "_")]
        await connection.execute(insert(JobRun), jobs)
    header = await back_up(vault, tmp_path / "one.age")
    postgresql.run("CREATE DATABASE french TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'fr-FR'")
    postgresql.run("ALTER DATABASE french SET timezone = 'Europe/Paris'")
    await bring_back(postgresql.url("french"), tmp_path / "one.age", vault)
    assert await tallies(postgresql.url("french")) == header.tables
    french = await open_vault(postgresql.url("french"), vault.keys_file)
    async with french.database.reading() as connection:
        in_french = [job for (job,) in await connection.execute(select(JobRun.job).order_by(JobRun.job))]
    assert in_french != sorted(in_french), "this server does sort otherwise"
    assert [chain for *_, chain in await french.read(_contacts, now=NOW)] == [True]
    await french.database.close()
    await vault.database.close()
