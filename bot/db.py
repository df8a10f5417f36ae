"""The database: SQLite in `var/` by default. Opening it brings its tables up to date."""

import asyncio
from pathlib import Path
from sqlite3 import Connection

from alembic import command
from alembic.config import Config
from sqlalchemy import event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK_WAIT = 2  # seconds that SQLite waits for another writer


async def connect(url: str) -> AsyncEngine:
    """Open the database at `url`, migrated to the latest version. Raises SQLAlchemyError or OSError."""
    address = make_url(url)
    if address.get_backend_name() == "sqlite" and address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(address, hide_parameters=True, pool_pre_ping=True)
    if address.get_backend_name() == "sqlite":
        event.listen(engine.sync_engine, "connect", _configure_sqlite)
    await asyncio.to_thread(upgrade, url)
    return engine


def upgrade(url: str) -> None:
    """Run the migrations that are missing."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["url"] = url
    command.upgrade(config, "head")


def _configure_sqlite(connection: Connection, _record: object) -> None:
    cursor = connection.cursor()
    for setting in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={LOCK_WAIT * 1000}"):
        cursor.execute(f"PRAGMA {setting}")
    cursor.close()
