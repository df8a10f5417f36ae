"""Backups: one format for both databases, so that what SQLite kept goes into PostgreSQL and back.

A backup is lines of JSON, compressed, then encrypted to the installation's own age identity (`age -d` opens it
without this code). The first line says what follows: schema, instant, and for each table how many rows and their hash.
"""

import gzip
import hashlib
import io
import json
import os
import secrets
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from itertools import groupby, islice
from pathlib import Path
from typing import Any

import pyrage
from sqlalchemy import Column, Connection, String, Table, TypeDecorator, collate, delete, func, insert, select, text

from bot import db, keys
from bot.db import Database
from bot.models import Base, ConsentEvent, JobRun, KeyCheck, Person

FORMAT, BATCH = 1, 500  # of this code's backups; rows read or written at once
TABLES = {table.name: table for table in Base.metadata.sorted_tables}
MARKS = {KeyCheck.__tablename__, JobRun.__tablename__}  # what a bot that has served nobody leaves in its database

Then = Callable[[Connection], object]  # what to do with the restored rows before they count
Told = Callable[[int], object]  # is told how many more rows are done


class BackupError(Exception):
    """A backup cannot be written, read or restored; the text says why, and nothing was changed."""


@dataclass(frozen=True)
class Tally:
    """How many rows a table has, and the hash of their lines in the order of the primary key."""

    rows: int
    sha256: str


@dataclass(frozen=True)
class Header:
    """The first line of a backup; `code` is the version of relais that made it."""

    format: int
    schema: str
    code: str
    created_at: str
    tables: dict[str, Tally]


@dataclass(frozen=True)
class Backup:
    """A backup that was read to its end and is whole."""

    header: Header
    content: io.BytesIO


async def back_up(
    database: Database, file: Path, keys_file: Path, *, now: datetime, told: Told = lambda _: None
) -> Header:
    """Write all that the database holds at one instant to a new file, which appears whole or not at all.

    Raises SchemaError, KeysError when the keys are not those of the database (nobody could open the backup), and
    BackupError when the file exists or cannot be written.
    """
    if file.exists():
        raise BackupError(f"{file} exists already: give another name")
    await db.check_revision(database)
    rows = io.BytesIO()

    def written(lines: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
        with gzip.open(rows, "wb") as out:
            for name, line in lines:
                out.write(line)
                told(1)
                yield name, line

    async with database.reading() as connection:
        keyring = await keys.checked(connection, keys_file)
        tallies = await connection.run_sync(lambda sync: tally(written(lines_of(sync))))
    header = Header(FORMAT, db.head(), version("relais"), now.astimezone(UTC).isoformat(), tallies)
    # Two gzip files one behind the other read as one: so the first line can tell what was counted on the way.
    content = gzip.compress(json.dumps(asdict(header)).encode() + b"\n") + rows.getvalue()
    recipient = pyrage.x25519.Identity.from_str(keyring.backup_identity).to_public()
    try:
        _write_new(file, pyrage.encrypt(content, [recipient]))
    except OSError as error:
        raise BackupError(f"{file} cannot be written ({error.strerror}): no backup was made") from None
    return header


def _write_new(file: Path, content: bytes) -> None:
    beside = file.with_name(f"{file.name}.{secrets.token_hex(4)}.new")
    try:
        with os.fdopen(os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(file)
    finally:
        beside.unlink(missing_ok=True)
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def read(file: Path, keys_file: Path) -> Backup:
    """Open a backup and read it to its end. Raises BackupError and KeysError."""
    identity = pyrage.x25519.Identity.from_str(keys.read(keys_file).backup_identity)
    try:
        closed = file.read_bytes()
        if not closed.startswith(b"age-encryption.org/"):
            raise BackupError(f"{file} is not a backup of relais")
        content = io.BytesIO(pyrage.decrypt(closed, [identity]))
    except OSError as error:
        raise BackupError(f"{file} cannot be read ({error.strerror})") from None
    except pyrage.DecryptError as error:
        wrong_key = "No matching keys" in str(error)
        raise BackupError(f"{file} {f'needs other keys than {keys_file}' if wrong_key else 'is damaged'}") from None
    try:
        backup = Backup(_header(file, content), content)
        found = tally((table.name, _line(table, row)) for table, row in rows_of(backup))
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, OSError, zlib.error):
        raise BackupError(f"{file} is damaged, or is not a backup of relais") from None
    if found != backup.header.tables:
        raise BackupError(f"{file} does not hold the rows that its first line tells of")
    return backup


def _header(file: Path, content: io.BytesIO) -> Header:
    content.seek(0)
    with gzip.open(content) as lines:
        told = json.loads(lines.readline())
    needed, code = db.head(), told["code"]
    made_by = f"{file} was made by relais {code}, with tables of version {told['schema']}, and this code"
    if told["format"] > FORMAT or told["schema"] > needed:
        raise BackupError(f"{made_by} knows {needed}: install relais {code} or newer")
    if told["schema"] < needed:
        raise BackupError(f"{made_by} needs {needed}: restore it with relais {code}, then run `relais db upgrade`")
    return Header(**told | {"tables": {name: Tally(**counted) for name, counted in told["tables"].items()}})


async def restore(
    url: str, backup: Backup, keys_file: Path, *, then: Then, replace: bool = False, told: Told = lambda _: None
) -> None:
    """Put a backup into the database at `url`, all of it and what `then` does, or nothing; it may have no tables yet.

    A database that holds anything is emptied first, and only if `replace`. Raises BackupError, KeysError when the keys
    are not those of the backup, SchemaError and SQLAlchemyError: the rows are then as they were.
    """
    await _check_keys(backup, keys_file)
    database = await db.connect(url)
    try:
        async with database.writing() as connection:
            await connection.run_sync(_refill, backup, even_if_full=replace, told=told)
            await connection.run_sync(then)
        await database.leave_no_trace()
    finally:
        await database.close()


def _refill(connection: Connection, backup: Backup, *, even_if_full: bool, told: Told) -> None:
    on_postgresql = connection.dialect.name == "postgresql"
    if on_postgresql:  # a bot that still runs must not write between the reading back and the end
        connection.execute(text(f"LOCK TABLE {', '.join(TABLES)} IN EXCLUSIVE MODE"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))
    full = [name for name, table in TABLES.items() if connection.execute(select(table).limit(1)).first()]
    if not even_if_full and not MARKS.issuperset(full):
        raise BackupError(f"the database holds rows ({', '.join(full)}): --replace erases them first")
    for table in sorted(TABLES.values(), key=lambda table: table is not Person.__table__):  # a proof goes after them
        connection.execute(delete(table))
    for table, group in groupby(rows_of(backup), key=lambda pair: pair[0]):
        while some := [row for _, row in islice(group, BATCH)]:
            connection.execute(insert(table), some)
            told(len(some))
    if on_postgresql:  # or it would number the next proof 1
        after = func.setval("consent_event_id_seq", func.coalesce(func.max(ConsentEvent.id), 0) + 1, False)
        connection.execute(select(after))
    if tally(lines_of(connection)) != backup.header.tables:
        raise BackupError("what was written is not what the backup holds: nothing was changed")


async def _check_keys(backup: Backup, keys_file: Path) -> None:
    """See that the keys open what will be restored, in a database in memory: the real one is not touched yet."""
    proofs = [row for table, row in rows_of(backup) if table is KeyCheck.__table__]
    memory = db.open_at("sqlite://")
    try:
        async with memory.writing() as connection:
            await connection.run_sync(TABLES[KeyCheck.__tablename__].create)
            if proofs:
                await connection.execute(insert(KeyCheck), proofs)
            await keys.checked(connection, keys_file)
    finally:
        await memory.close()


def tally(lines: Iterable[tuple[str, bytes]]) -> dict[str, Tally]:
    """Return the count and the hash of every table: equal for equal rows, on both databases."""
    counts, digests = dict.fromkeys(TABLES, 0), {name: hashlib.sha256() for name in TABLES}
    for name, line in lines:
        counts[name] += 1
        digests[name].update(line)
    return {name: Tally(counts[name], digests[name].hexdigest()) for name in TABLES}


def lines_of(connection: Connection) -> Iterator[tuple[str, bytes]]:
    """Give every row of a database as a line, in the order of the primary keys."""
    bytewise = connection.dialect.name == "postgresql"  # there, the language of the server decides unless told
    for table in TABLES.values():
        order = [collate(key, "C") if bytewise and isinstance(key.type, String) else key for key in table.primary_key]
        found = connection.execute(select(table).order_by(*order).execution_options(yield_per=BATCH))
        for row in found.mappings():
            yield table.name, _line(table, dict(row))


def rows_of(backup: Backup) -> Iterator[tuple[Table, dict[str, Any]]]:
    """Give every row of a backup, with the values that the tables take."""
    backup.content.seek(0)
    with gzip.open(backup.content) as lines:
        lines.readline()
        for line in lines:
            name, plain = json.loads(line)
            yield TABLES[name], {column.name: _value(column, plain[column.name]) for column in TABLES[name].columns}


def _line(table: Table, row: dict[str, Any]) -> bytes:
    return (json.dumps([table.name, row], default=_plain, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _plain(value: date) -> str:
    return (value.astimezone(UTC) if isinstance(value, datetime) else value).isoformat()


def _value(column: Column[Any], plain: Any) -> Any:
    kind = (column.type.impl_instance if isinstance(column.type, TypeDecorator) else column.type).python_type
    if plain is None or type(plain) is kind:
        return plain
    if kind in (date, datetime):
        return kind.fromisoformat(plain)
    raise TypeError(column.name)
