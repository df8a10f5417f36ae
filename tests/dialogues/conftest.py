"""Whole conversations through the real application, with a database: each runs on SQLite and on PostgreSQL."""

from collections.abc import AsyncIterator, Iterator

import pytest
import time_machine

from bot.services import Services
from tests.conftest import AMINA, BILAL, DENIS, Chat, conversation
from tests.joined import TODAY


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
async def amina(keeping: Services) -> AsyncIterator[Chat]:
    """Amina, 19, left care last spring."""
    async with conversation(keeping, AMINA, "Amina") as chat:
        yield chat


@pytest.fixture
async def bilal(keeping: Services) -> AsyncIterator[Chat]:
    """Bilal, 17, came alone from another country and is still in care."""
    async with conversation(keeping, BILAL, "Bilal") as chat:
        yield chat


@pytest.fixture
async def denis(keeping: Services) -> AsyncIterator[Chat]:
    """Denis, a stranger who must see nothing."""
    async with conversation(keeping, DENIS, "Denis") as chat:
        yield chat
