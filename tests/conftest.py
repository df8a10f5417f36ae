"""What tests share. The content, the NLU and Telegram's stand-in are real; only the people are invented."""

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

os.environ["PTB_TIMEDELTA"] = "1"  # PTB's future type for durations; without it each RetryAfter warns

from bot import app, content, keywords, training
from bot.content import Library
from bot.handlers.context import App
from bot.services import Services
from bot.terminal import Said, Terminal
from bot.understanding import Ears
from tests.editor import Editor, copy_of_content
from tests.stand_in.client import Control, stand_in, stand_in_process

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def library() -> Library:
    """The content as young people get it."""
    return content.load(ROOT / "content")


@pytest.fixture
def services(library: Library) -> Services:
    """The bot without its NLU: what is left when Rasa is down. Reading the content anew takes seconds."""
    seen = content.fingerprint(ROOT / "content")
    return Services(Ears(library, keywords.index(library), None, None), ROOT / "content", seen)


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    """Someone who corrects texts, on a copy of the content."""
    return copy_of_content(ROOT / "content", tmp_path / "content")


class Chat:
    """One person's conversation with the real application; what they say and press, what they hear."""

    def __init__(self, application: App, terminal: Terminal) -> None:
        self._app = application
        self._terminal = terminal
        self._heard: list[Said] = []

    async def says(self, text: str) -> str:
        """Send a text and return what is heard, bubbles one after the other."""
        return self._hear(await self._terminal.hears(self._app, text))

    async def presses(self, label: str) -> str:
        """Press the button of the last bubbles that bears `label`."""
        [payload] = [payload for said in self._heard for shown, payload in said.buttons if shown == label]
        return self._hear(await self._terminal.pressed(self._app, payload))

    @property
    def buttons(self) -> list[str]:
        return [label for said in self._heard for label, _ in said.buttons]

    def _hear(self, said: list[Said]) -> str:
        self._heard = said
        return "\n\n".join(bubble.text for bubble in said)


@pytest.fixture
async def amina(services: Services) -> AsyncIterator[Chat]:
    """Amina, 19, left care last spring. The NLU is down: she talks with keywords, menu and danger alone."""
    async with conversation(services) as chat:
        yield chat


class conversation:  # noqa: N801 - used as a function
    """A Chat with the given services, opened and closed as the bot is."""

    def __init__(self, services: Services) -> None:
        self._terminal = Terminal()
        self._app = app.add_handlers(app.builder().token("1:test").request(self._terminal).build(), services)

    async def __aenter__(self) -> Chat:
        await self._app.initialize()
        return Chat(self._app, self._terminal)

    async def __aexit__(self, *_: object) -> None:
        await self._app.shutdown()


@pytest.fixture(scope="session")
def telegram_address() -> Iterator[str]:
    """One stand-in process for the run: it takes seconds to start."""
    with stand_in_process() as url:
        yield url


@pytest.fixture
async def telegram(telegram_address: str) -> AsyncIterator[Control]:
    """Telegram, empty, and at the end: no call of ours that the real one would refuse."""
    async with stand_in(telegram_address) as control:
        yield control
        assert await control.errors() == []


@pytest.fixture(scope="session")
def model() -> Path:
    """The trained model of the present data."""
    if not training.is_trained(ROOT / "nlu"):
        pytest.fail("the NLU is not trained: run `make train`")
    return training.model_path(ROOT / "nlu")
