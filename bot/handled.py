"""Which updates were answered already. Answering never waits for the database: it is read once and written after."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.models import HandledUpdate

KEPT = timedelta(days=14)  # Telegram keeps updates for 24 hours and may restart their numbers after a week

log = structlog.get_logger()


class Handled:
    """The numbers of answered updates, in memory and in the database while there is one."""

    def __init__(self, engine: AsyncEngine | None) -> None:
        self._engine = engine
        self._seen: set[int] = set()
        self._unwritten: list[dict[str, Any]] = []
        self._writing = asyncio.Lock()

    async def load(self, now: datetime) -> None:
        """Read what earlier runs answered."""
        if self._engine is None:
            return
        try:
            async with self._engine.connect() as connection:
                rows = await connection.scalars(
                    select(HandledUpdate.update_id).where(HandledUpdate.handled_at > now - KEPT)
                )
                self._seen.update(rows)
        except (SQLAlchemyError, OSError) as error:
            log.error("database_unavailable", error=type(error).__name__)

    def __contains__(self, update_id: int) -> bool:
        return update_id in self._seen

    async def add(self, update_id: int, now: datetime) -> None:
        """Note an update as answered; without a database, in memory alone.

        SQLite takes one writer at a time and refuses those who wait too long: whoever waits here is written with the
        next one.
        """
        self._seen.add(update_id)
        if self._engine is None:
            return
        self._unwritten.append({"update_id": update_id, "handled_at": now})
        async with self._writing:
            rows, self._unwritten = self._unwritten, []
            if rows:
                await self._write(self._engine, rows)

    async def _write(self, engine: AsyncEngine, rows: Sequence[dict[str, Any]]) -> None:
        try:
            async with engine.begin() as connection:
                await connection.execute(insert(HandledUpdate), rows)
        except IntegrityError:  # another copy of the bot was faster with one of them
            for row in rows if len(rows) > 1 else ():
                await self._write(engine, [row])
        except (SQLAlchemyError, OSError) as error:
            log.error("database_unavailable", error=type(error).__name__)

    async def forget_old(self, now: datetime) -> None:
        """Erase what is past its keeping time; the memory is renewed with it."""
        if self._engine is None:
            return
        async with self._engine.begin() as connection:
            await connection.execute(delete(HandledUpdate).where(HandledUpdate.handled_at <= now - KEPT))
        self._seen.clear()
        await self.load(now)
