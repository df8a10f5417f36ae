"""The database and its keys, held together: the one door to what is kept about people."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from bot import db, faults, keys
from bot.crypto import Keyring
from bot.db import Database
from bot.models import Base, HandledUpdate

TRIES = 3  # for a transaction that another one disturbed

T = TypeVar("T")


class AlreadyDone(Exception):
    """This update has had its effects: Telegram gave it twice."""


@dataclass(frozen=True)
class Transaction:
    """What a change works in: a session, the keys, and the instant at which it happens."""

    session: AsyncSession
    keyring: Keyring
    now: datetime

    def seal(self, row: Base, column: str, value: str | None) -> None:
        """Close `value` into `<column>_sealed` of a row that has its id; None empties it."""
        setattr(row, f"{column}_sealed", None if value is None else self.keyring.seal(value, _place(row, column)))

    def unseal(self, row: Base, column: str) -> str | None:
        """Return what `<column>_sealed` holds. Raises KeysError."""
        sealed = getattr(row, f"{column}_sealed")
        return None if sealed is None else self.keyring.unseal(sealed, _place(row, column))


def _place(row: Base, column: str) -> str:
    return place(row.__tablename__, f"{column}_sealed", row.id)  # type: ignore[attr-defined]


def place(table: str, column: str, row_id: object) -> str:
    """Return what a value is bound to: sealed for one place, it opens at no other."""
    return f"{table}|{column}|{row_id}"


@dataclass
class Vault:
    """An open database whose keys have been checked."""

    database: Database
    keys_file: Path
    keyring: Keyring
    alone: bool = False  # no other bot was running when this one opened it

    async def write(
        self, work: Callable[[Transaction], Awaitable[T]], *, now: datetime, update_id: int | None = None
    ) -> T:
        """Do `work` in one transaction, with the number of the update that caused it: all of it is kept, or none.

        Raises AlreadyDone when that update has been done, KeysError, and what `work` raises.
        """
        for attempt in range(1, TRIES + 1):
            try:
                async with self.database.writing() as connection, self._transaction(connection, now, lock=True) as tx:
                    if update_id is not None:
                        await _note(tx, update_id)
                    result = await work(tx)
                    await tx.session.flush()
                    if update_id is not None:
                        faults.point("change.before_commit")
                if update_id is not None:
                    faults.point("change.after_commit")
                return result
            except (IntegrityError, OperationalError):  # two taps at once, a deadlock, a writer that took too long
                if attempt == TRIES:
                    raise
        raise AssertionError

    async def read(self, look: Callable[[Transaction], Awaitable[T]], *, now: datetime) -> T:
        """Return what `look` finds, in a transaction that writes nothing. Raises KeysError."""
        async with self.database.reading() as connection, self._transaction(connection, now, lock=False) as tx:
            return await look(tx)

    @asynccontextmanager
    async def _transaction(
        self, connection: AsyncConnection, now: datetime, *, lock: bool
    ) -> AsyncIterator[Transaction]:
        keyring = self.keyring
        if await keys.current_key(connection, lock="share" if lock else None) != keyring.current:  # rotated meanwhile
            keyring = self.keyring = await keys.checked(connection, self.keys_file)
        async with AsyncSession(connection, expire_on_commit=False) as session:
            yield Transaction(session, keyring, now)


async def _note(tx: Transaction, update_id: int) -> None:
    if await tx.session.get(HandledUpdate, update_id) is not None:
        raise AlreadyDone
    tx.session.add(HandledUpdate(update_id=update_id, handled_at=tx.now))
    await tx.session.flush()


async def open_vault(url: str, keys_file: Path) -> Vault:
    """Open the database and its keys. Raises SchemaError, KeysError, SQLAlchemyError or OSError."""
    database = await db.connect(url)
    try:
        async with database.writing() as connection:
            keyring = await keys.open_for(connection, keys_file)
    except BaseException:
        await database.close()
        raise
    return Vault(database, keys_file, keyring)
