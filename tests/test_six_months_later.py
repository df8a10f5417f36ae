"""The bot as a process under a clock that jumps: join today, be written to in six months, answer."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.models import CheckIn, Planned, PlannedState
from bot.plan import CHECK_IN
from bot.vault import Transaction, Vault, open_vault
from tests.conftest import shifted_clock
from tests.processes import BotProcess, bot_process, connected, empty, newcomer
from tests.stand_in.client import Control, User, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

NOW = datetime(2027, 5, 24, tzinfo=UTC)  # for what is only looked at
HELLO = "Salut, c'est Relais."
TICK = 40.0  # seconds within which a tick happens, on a busy machine


@pytest.fixture
def bot(telegram_address: str, tmp_path: Path, database_url: str) -> Iterator[BotProcess]:
    empty(telegram_address)
    with bot_process(telegram_address, tmp_path, DATABASE_URL=database_url, **shifted_clock()) as process:
        yield process


@pytest.fixture
async def telegram(telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


@pytest.fixture
async def kept(bot: BotProcess) -> AsyncIterator[Vault]:
    """What the bot keeps, opened beside it."""
    vault = await open_vault(bot.settings["DATABASE_URL"], bot.var_dir / "keys.json")
    yield vault
    await vault.database.close()


async def jump(bot: BotProcess, kept: Vault, when: str) -> None:
    """Kill -9 the bot once it has noted what it sent, and start it at another time, UTC."""
    if bot.running:
        await wait_for(lambda: states(kept), lambda found: PlannedState.SENDING not in found, within=TICK)
        bot.kill()
    bot.settings["FAKETIME"] = f"@{when}"
    bot.start()


async def states(kept: Vault) -> list[str]:
    """Return how far each check-in has come."""
    wanted = select(Planned.state).where(Planned.rule == CHECK_IN).order_by(Planned.state)

    async def look(tx: Transaction) -> list[str]:
        return list(await tx.session.scalars(wanted))

    return await kept.read(look, now=NOW)


async def joins(person: User, left_on: str) -> None:
    """Ask something, say yes, and answer with the day of leaving, a département and a town."""
    for press, what in (
        (False, "c'est quoi le cej"), (True, "Écris-moi dans 6 mois"), (True, "18 à 20 ans"), (True, "C'est terminé"),
        (True, "Oui, je veux bien"), (False, left_on), (False, "62"), (False, "62000"), (True, "Non, je ne veux pas"),
    ):  # fmt: skip
        await (person.presses if press else person.says)(what)
        last = (await person.hears(within=20))[-1].text
    assert "Je t'écrirai vers le" in last


async def hellos(person: User) -> list[str]:
    """Every message that the bot sent first."""
    return [heard.text for heard in await person.heard() if heard.text.startswith(HELLO)]


async def test_six_months_later_one_message_arrives_whatever_was_killed_and_the_answer_is_kept(
    bot: BotProcess, telegram: Control, kept: Vault
) -> None:
    await jump(bot, kept, "2026-11-23 15:00:00")
    amina, bilal = await newcomer(telegram, "Amina"), await newcomer(telegram, "Bilal")
    await joins(amina, "23/11/2026")
    await joins(bilal, "25/11/2026")

    await jump(bot, kept, "2027-05-24 07:00:00")  # 23 May is a Sunday; it is 9:00 in Arras
    await amina.hears_nothing(during=1)
    await jump(bot, kept, "2027-05-24 16:30:00")
    [heard] = await amina.hears(within=TICK)
    assert heard.text == f"{HELLO} On avait dit qu'on se reparlait. Ça va ?"

    await jump(bot, kept, "2027-05-25 16:30:00")
    await bilal.hears(within=TICK)  # the clock has ticked: Amina had her chance to hear it again
    await jump(bot, kept, "2027-05-25 16:40:00")
    assert [len(await hellos(person)) for person in (amina, bilal)] == [1, 1]

    await amina.presses("Répondre")
    [question] = await amina.hears(within=20)
    assert "Où as-tu besoin d'un coup de main ?" in question.text
    await amina.presses("⬜ logement")
    await amina.hears(within=20)
    await amina.presses("C'est bon")
    await amina.hears(within=20)

    await jump(bot, kept, "2027-06-02 16:30:00")
    await bilal.hears(within=TICK)  # a week without an answer
    assert [len(await hellos(person)) for person in (amina, bilal)] == [1, 2]

    async def needs(tx: Transaction) -> list[str | None]:
        return list(await tx.session.scalars(select(CheckIn.needs)))

    assert await kept.read(needs, now=NOW) == ["housing"]
    assert await states(kept) == [PlannedState.ANSWERED, PlannedState.SENT]


async def test_a_clock_set_back_while_the_bot_was_off_says_nothing_twice(
    bot: BotProcess, telegram: Control, kept: Vault
) -> None:
    await jump(bot, kept, "2026-11-23 15:00:00")
    amina, bilal = await newcomer(telegram, "Amina"), await newcomer(telegram, "Bilal")
    await joins(amina, "24/11/2026")
    await joins(bilal, "26/11/2026")
    await jump(bot, kept, "2027-05-24 16:30:00")
    await amina.hears(within=TICK)
    await jump(bot, kept, "2027-05-24 15:30:00")
    await jump(bot, kept, "2027-05-26 16:30:00")
    await bilal.hears(within=TICK)
    assert [len(await hellos(person)) for person in (amina, bilal)] == [1, 1]
