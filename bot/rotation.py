"""Give every sealed value a new key while the bot runs. Killed at any point, the next run goes on from there.

1. The file gets the new key, and the database calls it current: whoever writes from then on seals with it.
2. Every value is sealed again, in small transactions.
3. The file marks the old key as retired, and the database forgets it. It still opens the backups that it sealed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot import faults, keys
from bot.crypto import Keyring, KeysError, prefix_of
from bot.models import SEALED, KeyCheck
from bot.retention import ERASURE_KEPT
from bot.vault import Transaction, Vault, place

BATCH = 100  # rows in one transaction: those who write to one of them meanwhile wait milliseconds

Progress = Callable[[int, int], None]  # values done, of how many


@dataclass(frozen=True)
class Rotated:
    """What a rotation did. Rows that do not open keep the key before in use; nothing of theirs is lost."""

    key: str
    values: int
    damaged: tuple[str, ...]  # « table id »
    retired: tuple[str, ...]


@dataclass(frozen=True)
class _Batch:
    last: Any  # id of the last row looked at
    values: int
    damaged: tuple[str, ...]


async def rotate(vault: Vault, *, now: datetime, progress: Progress = lambda _done, _total: None) -> Rotated:
    """Give every sealed value a new key, or go on with the rotation that was stopped. Raises KeysError."""
    await _begin(vault, now.date())
    async with vault.database.reading() as connection:
        total = await _left(connection)
    values, damaged = 0, list[str]()
    for table in dict.fromkeys(column.table for column in SEALED):
        after = None
        while batch := await vault.write(partial(_seal_again, table=table, after=after), now=now):
            after, values = batch.last, values + batch.values
            damaged += batch.damaged
            progress(values, total)
            faults.point("rotate.mid")
    faults.point("rotate.before_retire")
    return await _retire(vault, now.date(), values, damaged)


async def counts(connection: AsyncConnection, names: Sequence[str]) -> dict[str, int]:
    """Return how many values each key seals; those that none of `names` seals are counted under « ? »."""
    found = {name: await _count(connection, partial(_under, name=name)) for name in names}
    others = await _count(connection, lambda column: column.is_not(None)) - sum(found.values())
    return found | ({"?": others} if others else {})


async def _begin(vault: Vault, today: date) -> None:
    """Make a new key current, unless a rotation is to be finished first.

    The file is read and written while the database lets nobody else rotate: two commands at once make one new key.
    """
    async with vault.database.writing() as connection:
        current = await keys.current_key(connection, lock="alone")
        keyring = await keys.checked(connection, vault.keys_file)
        if len(await keys.named(connection)) > 1:
            return
        newest = max(keyring.sealing, key=_number)
        if newest == current:
            newest = f"k{_number(newest) + 1}"
            keyring = keys.with_new(_without_outdated(keyring, today), newest)
            keys.write(vault.keys_file, keyring)
        # Else the file is ahead: a rotation was killed before the commit below, or an older backup was restored.
        faults.point("rotate.file_written")
        proof = keys.proof(replace(keyring, current=newest))
        await connection.execute(update(KeyCheck).values(current=False))
        await connection.execute(insert(KeyCheck).values(name=newest, proof=proof, current=True))


async def _seal_again(tx: Transaction, table: Table, after: Any) -> _Batch | None:
    """Seal some rows of a table with the current key, the first ones after an id; None when there are no more."""
    columns = [column for column in SEALED if column.table is table]
    wanted = select(table.c.id, *columns).where(or_(*(_not_under(column, tx.keyring.current) for column in columns)))
    if after is not None:
        wanted = wanted.where(table.c.id > after)
    rows = (await tx.session.execute(wanted.order_by(table.c.id).limit(BATCH).with_for_update())).all()
    changes, damaged, values = [], dict[str, None](), 0
    for row in rows:
        change = {"row": row.id}
        for column in columns:
            sealed = change[column.name] = getattr(row, column.name)
            if sealed is None or sealed.startswith(prefix_of(tx.keyring.current)):
                continue
            where = place(table.name, column.name, row.id)
            try:
                change[column.name] = tx.keyring.seal(tx.keyring.unseal(sealed, where), where)
                values += 1
            except KeysError:
                damaged[f"{table.name} {row.id}"] = None
        changes.append(change)
    if not changes:
        return None
    await (await tx.session.connection()).execute(update(table).where(table.c.id == bindparam("row")), changes)
    return _Batch(rows[-1].id, values, tuple(damaged))


async def _retire(vault: Vault, today: date, values: int, damaged: Sequence[str]) -> Rotated:
    """Retire the keys that seal nothing any more, in the file first: the database is what says that all is done."""
    async with vault.database.writing() as connection:
        current = await keys.current_key(connection, lock="alone")
        keyring = await keys.checked(connection, vault.keys_file)
        old = [name for name in await keys.named(connection) if name != current]
        if old and not await _left(connection):
            keys.write(vault.keys_file, replace(keyring, retired=keyring.retired | dict.fromkeys(old, today)))
            faults.point("rotate.file_retired")
            await connection.execute(delete(KeyCheck).where(KeyCheck.name.in_(old)))
        else:
            old = []
    return Rotated(keyring.current, values, tuple(damaged), tuple(old))


def _without_outdated(keyring: Keyring, today: date) -> Keyring:
    """Drop the keys that were retired before the oldest backup was made."""
    gone = {name for name, day in keyring.retired.items() if day < today - ERASURE_KEPT}
    return replace(
        keyring,
        sealing={name: key for name, key in keyring.sealing.items() if name not in gone},
        retired={name: day for name, day in keyring.retired.items() if name not in gone},
    )


def _number(name: str) -> int:
    return int(name.removeprefix("k"))


def _under(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return column.startswith(prefix_of(name))


def _not_under(column: ColumnElement[str], name: str) -> ColumnElement[bool]:
    return and_(column.is_not(None), ~column.startswith(prefix_of(name)))


async def _left(connection: AsyncConnection) -> int:
    """Return how many values another key than the current one seals."""
    current = await keys.current_key(connection) or ""
    return await _count(connection, partial(_not_under, name=current))


async def _count(connection: AsyncConnection, which: Callable[[ColumnElement[str]], ColumnElement[bool]]) -> int:
    found = [await connection.scalar(select(func.count()).where(which(column))) for column in SEALED]
    return sum(count or 0 for count in found)
