"""The bot as operators run it: a process that is started, killed, stopped, and read on stderr."""

import itertools
import json
import os
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests import sweep
from tests.command_line import RELAIS, environment
from tests.forked import Forked
from tests.stand_in.client import TOKEN, Control, User
from tests.stand_in.markup import Json
from tests.stand_in.seen import Heard
from tests.stand_in.users import PATIENCE

ROOT = Path(__file__).parent.parent
STARTS_WITHIN = 60.0  # seconds; 3 on a quiet machine
STOPS_WITHIN = 30.0  # seconds; the bot takes up to 20 to finish what it is answering
NO_NLU = "http://127.0.0.1:9"  # nothing listens there: keywords do the work, and the start is fast
# How the answer to someone who thinks of dying begins. A number alone would prove nothing: all refusals show some.
CARE = "Merci de l'avoir écrit. Ce que tu ressens compte"
_ids = itertools.count(7_770_500_001)  # beyond 32 bits, as those of new accounts; told apart by the sweep


class BotProcess:
    """One `relais bot` after the other, with the same settings, the same folder and the same stderr."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        self.var_dir = folder / "var"
        self._stderr = folder / "stderr.txt"
        self._stderr.touch()
        self._process: subprocess.Popen[bytes] | Forked | None = None
        self.settings = {
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": url,
            "NLU_URL": NO_NLU,
            "VAR_DIR": str(self.var_dir),
            "DATABASE_URL": "",  # whatever the developer's .env says
        } | settings

    @property
    def secret(self) -> str:
        """What must never be shown: the token without the bot's number, which is public."""
        return self.settings["TELEGRAM_BOT_TOKEN"].partition(":")[2] or "no token"

    @property
    def stderr(self) -> str:
        return self._stderr.read_text(encoding="utf-8")

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the bot logged, as a list of events."""
        return [json.loads(line) for line in self.stderr.splitlines() if line.startswith("{")]

    @property
    def errors(self) -> list[str]:
        """The names of the errors that the bot logged."""
        return [event["event"] for event in self.events if event["level"] == "error"]

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def launch(self) -> None:
        """Start the command without waiting for it to answer."""
        if "LD_PRELOAD" in self.settings:  # a shifted clock is there from the first instruction or not at all
            with self._stderr.open("ab") as stderr:
                self._process = subprocess.Popen([RELAIS, "bot"], env=environment(self.settings), stderr=stderr)
        else:
            streams = (Path(os.devnull), Path(os.devnull), self._stderr)
            self._process = Forked(["bot"], environment(self.settings), streams)

    def start(self) -> None:
        """Start the bot and wait until it asks Telegram for updates."""
        starts = self.stderr.count("Relais is on")
        self.launch()
        wait_until(lambda: self.stderr.count("Relais is on") > starts or not self.running, within=STARTS_WITHIN)
        assert self.running, f"the bot did not start:\n{self.stderr}"
        assert self._process is not None
        assert sweep.marks(Path(f"/proc/{self._process.pid}/cmdline").read_bytes()) == set()

    def kill(self) -> None:
        """Kill -9: no farewell, nothing written."""
        assert self._process is not None, "nothing to kill"
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        """Ask to stop as systemd and containers do, without waiting for the end."""
        assert self._process is not None, "nothing to stop"
        self._process.terminate()

    def exit_code(self) -> int:
        """Wait for the end."""
        assert self._process is not None, "nothing to wait for"
        return self._process.wait(STOPS_WITHIN)

    def stop(self) -> int:
        self.terminate()
        return self.exit_code()


@contextmanager
def bot_process(url: str, folder: Path, **settings: str) -> Iterator[BotProcess]:
    """Give a bot, not started yet. However it ends, it must not have told its token or a traceback."""
    bot = BotProcess(url, folder, **settings)
    try:
        yield bot
    finally:
        if bot.running:
            bot.kill()
    assert bot.secret not in bot.stderr
    assert "Traceback" not in bot.stderr


def empty(url: str) -> None:
    """Empty the stand-in: what the bot of another test left unconfirmed is not for ours."""
    httpx.post(f"{url}/control/reset", content="{}", trust_env=False).raise_for_status()


@contextmanager
def serving_bot(url: str, folder: Path, **settings: str) -> Iterator[BotProcess]:
    """Empty the stand-in and give a running bot, for a fixture that many tests share."""
    empty(url)
    with bot_process(url, folder, **settings) as bot:
        bot.start()
        yield bot


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Control]:
    """Join a stand-in that a bot is polling: emptying it now would end the poll.

    At the end: no call of the bot that the real Telegram would refuse.
    """
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        telegram = Control(http, url, TOKEN)
        yield telegram
        assert await telegram.errors(forget=True) == []


async def newcomer(telegram: Control, first_name: str = "Amina", **about: Any) -> User:
    """Let somebody open a chat whom the bot has never met."""
    return await telegram.user(next(_ids), first_name, **about)


async def answer(person: User, act: Awaitable[object]) -> Heard:
    """Let a person do something and return the one message that comes back."""
    await act
    (heard,) = await person.hears()
    return heard


async def texts(person: User) -> list[str]:
    """Everything a person has been told, the oldest first."""
    return [heard.text for heard in await person.heard()]


def message(person: User, **fields: Any) -> Json:
    """A message as Telegram would give it, but for `fields`: what the stand-in refuses to make up can be injected."""
    ordinary = {"message_id": 1, "date": 1_795_000_000, "from": person.account, "chat": person.private}
    return {"message": ordinary | {"text": "c'est quoi le cej ?"} | fields}


def wait_until(fact: Callable[[], bool], *, within: float = PATIENCE) -> None:
    """Look again and again until the fact holds."""
    deadline = time.monotonic() + within
    while not fact():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not so after {within} s")
        time.sleep(0.02)
