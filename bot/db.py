"""The database: SQLite in `var/` by default, PostgreSQL by DATABASE_URL. One schema, the migrations'."""

import asyncio
import fcntl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from sqlite3 import Connection as SqliteConnection
from typing import IO, Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_WAIT = 2  # seconds to wait for another writer
CONNECT_WAIT = 3  # seconds
PRESENCE = 7_364_001  # the advisory lock of running bots, any number that nobody else uses
STATEMENT_LIMIT = 5  # seconds; nobody waits longer for an answer
UNAVAILABLE = (SQLAlchemyError, OSError, TimeoutError)  # what a database that is down raises


class SchemaError(Exception):
    """The tables are older or newer than this version of the code; the text says what to run."""


class Taken(Exception):
    """Another bot works on this SQLite database; the text says what to do."""


@dataclass
class Database:
    """An open database. Writers on SQLite take turns here instead of refusing each other."""

    engine: AsyncEngine
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _presence: AsyncConnection | None = None
    _lock: IO[str] | None = None

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: committed at the end of the block, rolled back on any error."""
        if not self.is_sqlite:
            async with self.engine.begin() as connection:
                yield connection
            return
        # IMMEDIATE: a deferred transaction that reads, then writes, is refused at once whatever the time to wait.
        async with self._turn, self.engine.connect() as connection:
            await connection.execution_options(sqlite_begin="BEGIN IMMEDIATE")
            async with connection.begin():
                yield connection

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that sees one state of the whole database, whatever is written meanwhile."""
        async with self.engine.connect() as connection:
            if not self.is_sqlite:
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            async with connection.begin():
                yield connection

    async def leave_no_trace(self) -> bool:
        """Take what was erased out of SQLite's journal too. False when a reader is in the way: the next one does it."""
        if not self.is_sqlite:
            return True
        async with self.engine.connect() as connection:
            blocked = await connection.scalar(text("PRAGMA wal_checkpoint(TRUNCATE)"))
            return not blocked

    async def alone(self) -> bool:
        """Return whether no other bot was using this database, and be counted as one that does until `close`.

        The first takes the lock alone, then shares it; a process that dies gives it back with its connection.
        On SQLite there is no second one. Raises Taken.
        """
        if self.is_sqlite:
            if (file := self.engine.url.database) and file != ":memory:":
                self._lock = _lock_beside(Path(file))
            return True
        self._presence = connection = await self.engine.connect()
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        first = bool(await connection.scalar(text(f"SELECT pg_try_advisory_lock({PRESENCE})")))
        await connection.execute(text(f"SELECT pg_advisory_lock_shared({PRESENCE})"))
        if first:
            await connection.execute(text(f"SELECT pg_advisory_unlock({PRESENCE})"))
        return first

    async def close(self) -> None:
        if self._presence is not None:
            await self._presence.close()
        if self._lock is not None:
            self._lock.close()
        await self.engine.dispose()


def _lock_beside(path: Path) -> IO[str]:
    """Lock a file beside a database until it is closed, or the process ends. Raises Taken."""
    lock = path.with_name(f"{path.name}.lock").open("a")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise Taken(
            f"another bot already works on {path}: on SQLite only one can. Stop it, or set DATABASE_URL to PostgreSQL"
        ) from None
    return lock


def address(url: str) -> URL:
    """Return where the database is, with the drivers used here. Raises ArgumentError."""
    parsed = make_url(url)
    match parsed.get_backend_name():
        case "sqlite":
            return parsed.set(drivername="sqlite+aiosqlite")
        case "postgresql" | "postgres":
            return parsed.set(drivername="postgresql+psycopg")
        case other:
            raise ArgumentError(f"DATABASE_URL must begin with sqlite:// or postgresql://, not {other}://")


async def connect(url: str) -> Database:
    """Open the database at `url`; an empty one gets its tables.

    Raises SchemaError when its tables are not those of this version, SQLAlchemyError or OSError when it cannot be
    opened.
    """
    database = open_at(url)
    try:
        if await revision(database) is None:
            await asyncio.to_thread(upgrade, url)
        await check_revision(database)
    except BaseException:
        await database.close()
        raise
    return database


def open_at(url: str, *, in_a_hurry: bool = True) -> Database:
    """Return the database at `url` without looking at its tables. In a hurry, no statement may take long."""
    where = address(url)
    options: dict[str, Any] = {}
    if where.get_backend_name() == "sqlite":
        if where.database and where.database != ":memory:":
            Path(where.database).parent.mkdir(parents=True, exist_ok=True)
    else:
        limits = f" -c statement_timeout={STATEMENT_LIMIT * 1000} -c lock_timeout={LOCK_WAIT * 1000}"
        # In the server's own zone an instant would come back written otherwise, and the proofs' hashes not match.
        session = "-c timezone=UTC" + (limits if in_a_hurry else "")
        options = {"connect_args": {"connect_timeout": CONNECT_WAIT, "options": session}}
    if not in_a_hurry:
        options["poolclass"] = NullPool  # a migration that fails leaves no connection open behind it
    engine = create_async_engine(where, hide_parameters=True, pool_pre_ping=True, **options)
    if where.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
        event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return Database(engine)


async def revision(database: Database) -> str | None:
    """Return the version of the tables, None for an empty database. Raises SchemaError if it has several."""
    async with database.engine.connect() as connection:
        heads: tuple[str, ...] = await connection.run_sync(
            lambda sync: MigrationContext.configure(sync).get_current_heads()
        )
    if len(heads) > 1:
        raise SchemaError(f"the database says it is at {len(heads)} versions at once: restore a backup")
    return heads[0] if heads else None


def head() -> str:
    """Return the version of the tables that this code needs."""
    return str(_scripts().get_current_head())


async def check_revision(database: Database) -> None:
    """Refuse tables that are not those of this code. Raises SchemaError saying what to run."""
    found, wanted = await revision(database), head()
    if found == wanted:
        return
    if found is None or found in {script.revision for script in _scripts().walk_revisions()}:
        at = found or "none"
        raise SchemaError(f"the database is at version {at}, this code needs {wanted}: run `relais db upgrade`")
    raise SchemaError(f"the database is at version {found}, newer than this code ({wanted}): install the newer code")


def upgrade(url: str) -> None:
    """Run the migrations that are missing, each in a transaction of its own. Raises SchemaError on a newer database."""
    config = _config()
    config.attributes["database"] = open_at(url, in_a_hurry=False)
    try:
        command.upgrade(config, "head")
    except CommandError as error:  # Alembic's word for a version it has never heard of
        raise SchemaError(f"the database is newer than this code: install the newer code ({error})") from None


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _configure_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN, in _begin_sqlite
    cursor: SqliteConnection = connection.cursor()
    for setting in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={LOCK_WAIT * 1000}", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("sqlite_begin", "BEGIN"))
