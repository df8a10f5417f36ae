"""Whole conversations through the real application, with a database: each runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
import time_machine

from bot.services import Services
from tests import databases
from tests.conftest import AMINA, BILAL, DENIS, Chat, conversation
from tests.joined import TODAY


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def dump(request: pytest.FixtureRequest, database_url: str) -> Callable[[], bytes]:
    """Read all that the database holds, as whoever steals its files or a dump of it would."""
    if database_url.startswith("postgresql"):
        cluster: databases.Cluster = request.getfixturevalue("postgresql")
        return lambda: cluster.dump(database_url).encode()
    path = Path(database_url.removeprefix("sqlite:///"))
    return lambda: b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


@pytest.fixture
async def amina(keeping: Services) -> AsyncIterator[Chat]:
    """Amina, 19, left care last spring."""
    async with conversation(keeping, AMINA) as chat:
        yield chat


@pytest.fixture
async def bilal(keeping: Services) -> AsyncIterator[Chat]:
    """Bilal, 17, came alone from another country and is still in care."""
    async with conversation(keeping, BILAL) as chat:
        yield chat


@pytest.fixture
async def denis(keeping: Services) -> AsyncIterator[Chat]:
    """Denis, a stranger who must see nothing."""
    async with conversation(keeping, DENIS) as chat:
        yield chat
