"""A request from the first tick to the appointment: the bot, Telegram's stand-in, a mail server and a browser."""

import email.policy
import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from pathlib import Path

import pytest

from bot.decent_hours import next_decent
from bot.i18n import date_text
from docs.screenshots import ABSENT, chromium, is_there, opened, phone, send
from tests.command_line import RELAIS
from tests.conftest import absent, shifted_clock
from tests.processes import ROOT, BotProcess, bot_process, connected, empty, newcomer
from tests.smtp_server import environment
from tests.stand_in.client import Control, User

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ARIEGE = "mission_locale-09122-01"
BOX = "accueil@ml-essai.example.org"
# What is new of a request is told at a decent hour: the bot's clock stands at the next one.
DECENT = next_decent(datetime.now(UTC), "09", "Europe/Paris") + timedelta(minutes=5)
DAY = DECENT.date() + timedelta(days=30)
WITHIN = 40.0  # seconds for a tick of the clock, on a busy machine


class MailServer:
    """A real SMTP server in another process, and the mails it took."""

    def __init__(self, process: "subprocess.Popen[str]", folder: Path) -> None:
        self._process, self.folder = process, folder
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        self.settings = environment(told["port"], told["ca_file"])

    def answers(self, **wanted: list[str]) -> None:
        """Say what it answers next, at which step."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(wanted) + "\n")
        self._process.stdin.flush()

    @property
    def mails(self) -> list[EmailMessage]:
        files = sorted(self.folder.glob("*.eml"))
        return [message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]


@pytest.fixture
def mail() -> Iterator[MailServer]:
    # Not in pytest's own folder: mails rightly hold what a person agreed to send, and the sweep reads that folder.
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.smtp_server", "--folder", folder]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        ) as process:
            yield MailServer(process, Path(folder))
            assert process.stdin is not None
            process.stdin.close()
            process.wait(20)


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])


@pytest.fixture
def bot(telegram_address: str, tmp_path: Path, database_url: str, mail: MailServer) -> Iterator[BotProcess]:
    empty(telegram_address)
    settings = mail.settings | shifted_clock() | {"FAKETIME": f"@{DECENT:%Y-%m-%d %H:%M:%S}"}
    settings |= {"WEB_PORT": free_port(), "DATABASE_URL": database_url}
    with bot_process(telegram_address, tmp_path, **settings) as process:
        process.start()
        confirm(process)
        yield process


@pytest.fixture
async def telegram(telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


def confirm(bot: BotProcess) -> None:
    """Confirm the mailbox of the Mission Locale of the Ariège, as an operator does."""
    command = [RELAIS, "directory", "confirm", ARIEGE, BOX, "--by", "M. T."]
    done = subprocess.run(command, env=bot.settings, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


async def joins(person: User) -> None:
    """Say yes to both texts; she left care eight months ago, so that the check-in is offered at once."""
    for press, what in (
        (False, "c'est quoi le cej"), (True, "Écris-moi dans 6 mois"), (True, "18 à 20 ans"), (True, "C'est terminé"),
        (True, "Oui, je veux bien"), (False, "mars 2026"), (False, "09"), (False, "09000"),
        (True, "Oui, je veux bien"), (False, "Amina"), (False, "06 39 98 11 22"), (True, "C'est bon"),
    ):  # fmt: skip
        await (person.presses if press else person.says)(what)
        await person.hears(within=20)


async def asks(person: User) -> str:
    """From « on le fait maintenant » to the preview."""
    for what, expected in (
        ("On le fait maintenant", "Où as-tu besoin"),
        ("⬜ logement", "Où as-tu besoin"),
        ("C'est bon", "Tu veux que quelqu'un t'aide ?"),
        ("Oui, je veux bien", "À qui veux-tu demander de l'aide ?"),
        ("La Mission Locale : travail, argent, papiers, santé", "Voilà tout ce qui partirait"),
    ):
        await person.presses(what)
        said = await hears(person, expected)
    return said


async def hears(person: User, expected: str) -> str:
    """Wait for what begins or holds `expected`, among what else is said."""
    while True:
        for heard in await person.hears(within=WITHIN):
            if expected in heard.text:
                return str(heard.text)


def link_in(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return next(word for word in body.get_content().split() if "/r/" in word)


async def test_amina_asks_for_housing_and_reads_her_appointment_in_the_chat(
    bot: BotProcess, telegram: Control, mail: MailServer
) -> None:
    if not is_there():
        absent(ABSENT)
    amina = await newcomer(telegram, "Amina")
    await joins(amina)
    preview = await asks(amina)
    assert "Besoin : logement" in preview
    lines = preview.partition("rien d'autre :")[2].partition("Appuie sur")[0].strip().splitlines()

    await amina.presses("Envoyer")
    await hears(amina, "Je te dis dès qu'elle est partie.")
    await hears(amina, "C'est envoyé.")
    [letter] = mail.mails
    assert letter["To"] == BOX
    body = letter.get_body(("plain",))
    assert body is not None
    assert all(line in body.get_content() for line in lines)
    assert not any(value in str(letter["Subject"]) for value in ("Amina", "logement"))

    async with chromium() as browser:
        window = await phone(browser)
        page = await window.new_page()
        await page.goto(link_in(letter))
        assert "Amina" not in await page.inner_text("body")
        await send(page, "Voir la demande")
        shown = await page.inner_text("body")
        assert "Amina" in shown
        assert "+33639981122" in shown
        await opened(page, "Nous proposons")
        await page.get_by_label("Jour").fill(DAY.isoformat())
        await page.get_by_label("Heure").fill("14:30")
        await page.get_by_label("Lieu").fill("12 rue Fictive")
        await send(page, "Proposer ce rendez-vous")
        await window.close()

    assert "rue" not in await hears(amina, "J'ai du nouveau pour toi.")
    await amina.presses("Voir")
    shown = await hears(amina, "Rendez-vous le")
    assert date_text(DAY, "fr") in shown
    assert "à 14:30, 12 rue Fictive." in shown
