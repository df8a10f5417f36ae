"""What commands about kept data open: a database that is there, and its keys. Nothing is made."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from sqlite3 import Error as SqliteError
from typing import Any, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from bot import db, keys
from bot.commands import opening
from bot.commands.opening import fail
from bot.db import Database
from bot.settings import Settings
from bot.vault import Vault

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run to the end; a file or a database that cannot be used is one line."""

    async def guarded() -> T:
        try:
            return await work
        except OSError as error:
            fail(f"{error.filename or 'the database'}: {error.strerror or type(error).__name__}")
        except (SQLAlchemyError, SqliteError) as error:  # a driver's text may hold the address
            fail(f"the database cannot be used ({type(getattr(error, 'orig', None) or error).__name__})")

    return opening.run(guarded())


def where(settings: Settings) -> str:
    """Say where the database is, without its password, which may stand after the `?` as well."""
    return str(db.address(settings.database).set(password=None, query={}))


def is_there(settings: Settings) -> bool:
    """Return whether there is a database to open; SQLite would make a missing one."""
    url = db.address(settings.database)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").is_file()


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[Database]:
    """Open a database that is there, whatever its tables."""
    if not is_there(settings):
        fail("there is no database yet: the bot makes it at its first run")
    found = db.open_at(settings.database)
    try:
        yield found
    finally:
        await found.close()


@asynccontextmanager
async def vault(settings: Settings) -> AsyncIterator[Vault]:
    """Open a database that is there, with its keys. Raises SchemaError and KeysError."""
    async with database(settings) as found:
        await db.check_revision(found)
        async with found.reading() as connection:
            if not await keys.named(connection):
                fail("the database is empty: the bot gives it its keys at its first run")
            keyring = await keys.checked(connection, settings.keys)
        yield Vault(found, settings.keys, keyring)
