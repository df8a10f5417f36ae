"""Alembic's entry: one connection, one transaction for each migration, so that a kill leaves before or after."""

import asyncio

from alembic import context
from sqlalchemy import Connection

from bot.db import Database
from bot.models import Base


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        transaction_per_migration=True,
        transactional_ddl=True,  # SQLite too, once it is told where a transaction begins (db.py)
    )
    with context.begin_transaction():
        context.run_migrations()


async def connect() -> None:
    database: Database = context.config.attributes["database"]
    async with database.engine.connect() as connection:
        await connection.run_sync(run)
        await connection.commit()
    await database.close()


asyncio.run(connect())
