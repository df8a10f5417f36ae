"""Which updates were answered already. Answering never waits for the database: it is read once and written after."""

import asyncio
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bot.db import UNAVAILABLE, Database
from bot.models import HandledUpdate
from bot.retention import UPDATE_KEPT

log = structlog.get_logger()


class Handled:
    """The numbers of answered updates, in memory and in the database while there is one."""

    def __init__(self, database: Database | None = None) -> None:
        self._database = database
        self._seen: dict[int, datetime] = {}
        self._unwritten: list[dict[str, Any]] = []
        self._writing = asyncio.Lock()

    async def use(self, database: Database, now: datetime) -> None:
        """Go on with a database that could not be opened before; what was answered meanwhile is written to it."""
        self._database = database
        self._unwritten += [{"update_id": one, "handled_at": at} for one, at in self._seen.items()]
        await self.load(now)

    async def load(self, now: datetime) -> None:
        """Read what earlier runs answered, and drop what is past its keeping time."""
        if self._database is None:
            return
        wanted = select(HandledUpdate.update_id, HandledUpdate.handled_at)
        try:
            async with self._database.reading() as connection:
                rows = await connection.execute(wanted.where(HandledUpdate.handled_at > now - UPDATE_KEPT))
                found = {row.update_id: row.handled_at for row in rows}
        except UNAVAILABLE as error:
            log.error("database_unavailable", error=type(error).__name__)
            return
        self._seen = {one: at for one, at in self._seen.items() if at > now - UPDATE_KEPT} | found

    def __contains__(self, update_id: int) -> bool:
        return update_id in self._seen

    async def add(self, update_id: int, now: datetime) -> None:
        """Note an update as answered; without a database, in memory alone.

        SQLite takes one writer at a time and refuses those who wait too long: whoever waits here is written with the
        next one.
        """
        self._seen[update_id] = now
        if self._database is None:
            return
        self._unwritten.append({"update_id": update_id, "handled_at": now})
        async with self._writing:
            rows, self._unwritten = self._unwritten, []
            if rows:
                await self._write(self._database, rows)

    async def _write(self, database: Database, rows: list[dict[str, Any]]) -> None:
        # Those that changed something were noted with the change.
        dialect = sqlite if database.is_sqlite else postgresql
        noting = dialect.insert(HandledUpdate).on_conflict_do_nothing()
        try:
            async with database.writing() as connection:
                await connection.execute(noting, rows)
        except UNAVAILABLE as error:
            log.error("database_unavailable", error=type(error).__name__)
