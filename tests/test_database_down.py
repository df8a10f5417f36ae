"""The database is down at the start, or goes in the middle: answers go on, nothing is lost, and it heals by itself."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.vault import open_vault
from tests import databases
from tests.joined import join, rows_in
from tests.processes import CARE, BotProcess, answer, bot_process, connected, empty, newcomer
from tests.stand_in.client import Control, wait_for

pytestmark = pytest.mark.slow

CANNOT_KEEP = "En ce moment je ne peux rien noter ni retrouver sur toi."
CEJ = "Le contrat d'engagement jeune (CEJ)"


@pytest.fixture
def server(postgresql: databases.Cluster) -> Iterator[databases.Cluster]:
    """A server of our own to stop and start; the one of the run must stay up."""
    with databases.cluster() as own:
        yield own


@pytest.fixture
def bot(telegram_address: str, tmp_path: Path, server: databases.Cluster) -> Iterator[BotProcess]:
    empty(telegram_address)
    with bot_process(telegram_address, tmp_path, DATABASE_URL=server.copy()) as process:
        yield process


@pytest.fixture
async def telegram(telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


async def test_without_its_database_the_bot_answers_and_takes_it_up_again_when_it_is_back(
    bot: BotProcess, telegram: Control, server: databases.Cluster
) -> None:
    amina = await newcomer(telegram)
    vault = await open_vault(bot.settings["DATABASE_URL"], bot.var_dir / "keys.json")
    await join(vault, amina.id)
    before = await rows_in(vault)
    await vault.database.close()
    server.stop()
    bot.start()
    assert "database_unavailable" in bot.errors
    assert (await answer(amina, amina.says("c'est quoi le cej"))).text.startswith(CEJ)
    assert (await answer(amina, amina.says("je veux mourir"))).text.startswith(CARE)
    assert (await answer(amina, amina.says("/mesdonnees"))).text.startswith(CANNOT_KEEP)
    assert (await answer(amina, amina.says("stop"))).text.startswith(CANNOT_KEEP)

    server.start()  # the bot looks again every five seconds

    async def asks_again() -> str:
        await amina.says("/mesdonnees")
        return (await amina.hears())[-1].text

    said = await wait_for(asks_again, lambda text: text.startswith("Ce que je garde sur toi"), within=60)
    assert "62000 Arras" in said

    server.stop()
    assert (await answer(amina, amina.says("c'est quoi le cej"))).text.startswith(CEJ)
    assert (await answer(amina, amina.says("/oublier"))).text.startswith(CANNOT_KEEP)
    server.start()
    said = await wait_for(asks_again, lambda text: text.startswith("Ce que je garde sur toi"), within=20)
    vault = await open_vault(bot.settings["DATABASE_URL"], bot.var_dir / "keys.json")
    assert await rows_in(vault) == before
    await vault.database.close()
