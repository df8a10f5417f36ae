"""Requests while processes die and the clock jumps: one mail or two with one Message-ID, the person told once."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot import addressees, people
from bot.vault import Transaction, Vault, open_vault
from tests.conftest import shifted_clock
from tests.joined import join
from tests.processes import BotProcess, bot_process, connected, empty, newcomer
from tests.stand_in.client import Control, User, wait_for
from tests.test_request_end_to_end import ARIEGE, BOX, WITHIN, MailServer, free_port, hears, mail

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

__all__ = ["mail"]  # a fixture
MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
LEASE = timedelta(minutes=6)
# Where the bot dies, and how many mails the server then takes in all; the steps between are in test_mailer.py.
POINTS = {"forward.claimed": 1, "smtp.after_250": 2, "forward.accepted": 1}


@pytest.fixture
def bot(telegram_address: str, tmp_path: Path, mail: MailServer) -> Iterator[BotProcess]:
    empty(telegram_address)
    settings = mail.settings | shifted_clock() | {"WEB_PORT": free_port(), "FAKETIME": stands_at(MONDAY)}
    with bot_process(telegram_address, tmp_path, **settings) as process:
        process.start()
        yield process


@pytest.fixture
async def telegram(telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


@pytest.fixture
async def kept(bot: BotProcess) -> AsyncIterator[Vault]:
    """What the bot keeps, opened beside it; the Mission Locale of the Ariège has a confirmed mailbox."""
    vault = await open_vault(f"sqlite:///{bot.var_dir / 'relais.db'}", bot.var_dir / "keys.json")
    await vault.write(lambda tx: addressees.confirm(tx, ARIEGE, BOX, "M. T."), now=MONDAY)
    yield vault
    await vault.database.close()


def stands_at(when: datetime) -> str:
    return f"@{when:%Y-%m-%d %H:%M:%S}"


async def known(telegram: Control, kept: Vault) -> User:
    """Somebody of whom everything is kept, near Foix."""
    person = await newcomer(telegram)
    await join(kept, person.id)

    async def move(tx: Transaction) -> None:
        found = await people.find(tx, person.id)
        assert found is not None
        people.change(tx, found, home="09000 Foix", home_departement="09", care_departement="09", name="Amina")

    await kept.write(move, now=MONDAY)
    return person


async def asks(person: User) -> None:
    """Go as far as the preview."""
    await person.says("/demandes")
    await hears(person, "Tu n'as pas de demande en cours.")
    for what, expected in (
        ("Faire une demande", "Pour quoi as-tu besoin d'aide ?"),
        ("logement", "À qui veux-tu demander de l'aide ?"),
        ("La Mission Locale : travail, argent, papiers, santé", "Voilà tout ce qui partirait"),
    ):
        await person.presses(what)
        await hears(person, expected)


async def times_told(person: User, what: str) -> int:
    return sum(what in heard.text for heard in await person.heard())


async def test_killed_at_each_step_of_posting_nobody_is_lost_nor_told_twice(
    bot: BotProcess, telegram: Control, kept: Vault, mail: MailServer
) -> None:
    now = MONDAY
    for point, wanted in POINTS.items():
        amina = await known(telegram, kept)
        before = len(mail.mails)
        assert bot.stop() == 0
        bot.settings |= {"FAULT": f"{point}:kill", "FAKETIME": stands_at(now)}
        bot.start()
        await asks(amina)
        await amina.presses("Envoyer")
        assert bot.exit_code() == -9
        now += LEASE
        del bot.settings["FAULT"]
        bot.settings["FAKETIME"] = stands_at(now)
        bot.start()
        await hears(amina, "C'est envoyé.")
        mails = mail.mails[before:]
        assert len(mails) == wanted, point
        assert len({(one["Message-ID"], one.as_bytes().partition(b"\n\n")[2]) for one in mails}) == 1, point
        assert await times_told(amina, "C'est envoyé.") == 1, point
        now += LEASE


async def test_silence_across_restarts_is_reminded_told_and_erased(
    bot: BotProcess, telegram: Control, kept: Vault, mail: MailServer
) -> None:
    amina = await known(telegram, kept)
    await asks(amina)
    await amina.presses("Envoyer")
    await hears(amina, "C'est envoyé.")
    for day, letters in ((2, 1), (3, 2), (4, 2), (10, 3), (14, 3), (16, 3)):
        assert bot.stop() == 0
        bot.settings["FAKETIME"] = stands_at(MONDAY + timedelta(days=day, hours=1))
        bot.start()
        if day > 15:
            await hears(amina, "J'ai du nouveau pour toi.")
        await amina.says("/demandes")
        await hears(amina, "Tes demandes")
        await wait_for(lambda: number(mail), lambda found, wanted=letters: found >= wanted, within=WITHIN)
        assert len(mail.mails) == letters, day
        assert await times_told(amina, "J'ai du nouveau pour toi.") == (day > 15), day
    assert bot.stop() == 0
    bot.settings["FAKETIME"] = stands_at(MONDAY + timedelta(days=31))
    bot.start()
    await amina.says("/demandes")
    assert "personne n'a répondu" in await hears(amina, "Tes demandes")


async def number(mail: MailServer) -> int:
    return len(mail.mails)
