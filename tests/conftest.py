"""What tests share. The content, the NLU and Telegram's stand-in are real; only the people are invented."""

import functools
import logging
import os
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest
import structlog
from telegram import Bot

os.environ["PTB_TIMEDELTA"] = "1"  # PTB's future type for durations; without it each RetryAfter warns

from bot import app, content, db, keywords, place_lists, training
from bot.handlers.context import App
from bot.library import Library
from bot.places import Places
from bot.services import Services
from bot.terminal import Said, Terminal
from bot.understanding import Ears
from bot.vault import Vault, open_vault
from tests import databases, sweep
from tests.editor import Editor, copy_of_content
from tests.stand_in.client import Control, stand_in, stand_in_process

# How long one example takes says nothing on a busy machine; a failure prints how to run it again.
hypothesis.settings.register_profile("relais", deadline=None, print_blob=True)
hypothesis.settings.load_profile("relais")

ROOT = Path(__file__).parent.parent
COMMUNES = Path(__file__).parent / "communes.csv"  # a few towns, some of one name
LONG = (
    "test_killed_while_keeping", "test_six_months_later", "test_requests_killed", "test_purging", "test_check_in",
    "test_storms", "test_trained_while_running", "test_content_mutations", "test_nlu_training",
    "test_request_end_to_end",
)  # fmt: skip
AMINA, BILAL, DENIS = 7_770_001_901, 7_770_001_702, 7_770_009_903  # chats beyond 32 bits, as those of new accounts


@pytest.fixture(scope="session", autouse=True)
def _canary_sweep(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """When the run is over: nothing that it left, nor what its tests printed, holds anything about a person."""
    yield
    found = [*sweep.found_in(tmp_path_factory.getbasetemp()), *_printed]
    assert found == []


_printed: list[str] = []
_counts = {"sqlite": Counter[str](), "postgresql": Counter[str]()}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Sweep what a test printed, and count it for its database."""
    for name, printed in report.sections:
        _printed.extend(f"{report.nodeid}, {name}: {mark}" for mark in sweep.marks(printed.encode()))
    for database, counts in _counts.items():
        if re.search(rf"\[{database}\b", report.nodeid) and (report.when == "call" or report.skipped):
            counts[report.outcome] += 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes: run last, one of them would keep a single worker busy alone."""
    first = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: first.get(item.path.stem, len(LONG)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The same tests on both databases, and how many; a database that is absent is said."""
    if any(_counts.values()):
        terminalreporter.section("databases")
        for database, counts in _counts.items():
            told = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items())) or "none run"
            terminalreporter.write_line(f"{database}: {told}")
        if databases.binaries() is None:
            terminalreporter.write_line(databases.ABSENT)


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """A command run in this process sets up the logs on a stream that ends with it."""
    handlers = logging.root.handlers[:]
    yield
    logging.root.handlers[:] = handlers
    structlog.reset_defaults()


@functools.cache
def _content() -> tuple[Ears, Places, tuple[tuple[str, int, int], ...]]:
    """What every bot of the tests is made of and none changes: reading it takes seconds."""
    folder = ROOT / "content"
    seen, library = content.files_mark(folder), content.load(folder)
    ears = Ears(library, keywords.index(library), None, None)
    return ears, place_lists.load(folder / "directory", COMMUNES), seen


@pytest.fixture(scope="session")
def library() -> Library:
    """The content as young people get it."""
    return _content()[0].library


@pytest.fixture
def services() -> Services:
    """The bot without its NLU and without a database: it answers, and keeps nothing."""
    return answering()


def answering() -> Services:
    ears, towns, seen = _content()
    return Services(ears, ROOT / "content", towns, seen)


def absent(what: str) -> NoReturn:
    """Leave a test out, saying what to do about it; CI has everything, and fails."""
    if os.environ.get("CI"):
        pytest.fail(what)
    pytest.skip(what)


def shifted_clock() -> dict[str, str]:
    """Return the environment in which FAKETIME sets the clock of a process, but for the time it lets pass."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        absent("no process was run under a shifted clock, for want of faketime: `make system` installs it (Debian)")
    return {"LD_PRELOAD": str(library), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}


@pytest.fixture(scope="session")
def reference() -> Path:
    """The project's reference data: verified facts, every commune. The product never needs it."""
    folder = ROOT.parent / "shared"
    if not (folder / "facts.csv").exists():
        absent(f"the reference data is not in {folder}: what the content claims is compared with it in CI alone")
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    db.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[databases.Cluster]:
    """One server for the run. Where there is none the run says so at its end, and in CI it fails."""
    if databases.binaries() is None:
        absent(databases.ABSENT)
    with databases.cluster() as running:
        yield running
        left = {"dump of every database": running.dump_all(), "log of the server": running.log}
        found = [f"PostgreSQL's {name}: {mark}" for name, text in left.items() for mark in sweep.marks(text.encode())]
        assert found == []


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with its tables: every test that takes it runs on both."""
    if request.param == "postgresql":
        cluster: databases.Cluster = request.getfixturevalue("postgresql")
        return cluster.copy()
    path = tmp_path / "relais.db"
    shutil.copy(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
async def vault(database_url: str, tmp_path: Path) -> AsyncIterator[Vault]:
    opened = await open_vault(database_url, tmp_path / "keys.json")
    yield opened
    await opened.database.close()


@pytest.fixture
def keeping(vault: Vault, tmp_path: Path) -> Services:
    """The bot with a database, without its NLU."""
    services = answering()
    services.vault, services.ledger_file = vault, tmp_path / "erasures.jsonl"
    return services


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
        return await self.presses_payload(self.payload(label))

    async def presses_payload(self, payload: str) -> str:
        """Press a button that is not, or not any more, in sight."""
        return self._hear(await self._terminal.pressed(self._app, payload))

    def payload(self, label: str) -> str:
        """Return what the button that bears `label` sends."""
        [payload] = [payload for said in self._heard for shown, payload in said.buttons if shown == label]
        return payload

    async def sends(self, **fields: Any) -> str:
        """Send a message of another kind: contact=…, photo=…"""
        person = {"from": self._terminal.person, "chat": self._terminal.chat}
        return await self.does({"message": {"message_id": 1, "date": 0, **person, **fields}})

    async def blocks(self, status: str = "kicked") -> str:
        """Block the bot in Telegram, or come back (« member »)."""
        bot = {"id": 1, "is_bot": True, "first_name": "Relais"}
        ended = {"user": bot, "status": status} | ({"until_date": 0} if status == "kicked" else {})
        change = {"old_chat_member": {"user": bot, "status": "member"}, "new_chat_member": ended, "date": 0}
        return await self.does(
            {"my_chat_member": {"from": self._terminal.person, "chat": self._terminal.chat, **change}}
        )

    async def does(self, event: dict[str, Any]) -> str:
        return self._hear(await self._terminal.update(self._app, event))

    def typed(self, text: str) -> dict[str, Any]:
        """Return the event of a message, to be given as it is or twice."""
        person = {"from": self._terminal.person, "chat": self._terminal.chat}
        return {"message": {"message_id": 1, "date": 0, "text": text, **person}}

    @property
    def bot(self) -> Bot:
        """The bot's side of the conversation."""
        return self._app.bot

    @property
    def files(self) -> list[bytes]:
        """What was sent as a document."""
        return self._terminal.files

    @property
    def buttons(self) -> list[str]:
        return [label for said in self._heard for label, _ in said.buttons]

    @property
    def payloads(self) -> list[str]:
        return [payload for said in self._heard for _, payload in said.buttons]

    @property
    def heard(self) -> str:
        """The last thing heard."""
        return "\n\n".join(bubble.text for bubble in self._heard)

    def _hear(self, said: list[Said]) -> str:
        self._heard = said
        return self.heard


@pytest.fixture
async def amina(services: Services) -> AsyncIterator[Chat]:
    """Amina, 19, left care last spring. The NLU is down: she talks with keywords, menu and danger alone."""
    async with conversation(services) as chat:
        yield chat


class conversation:  # noqa: N801 - used as a function
    """A Chat with the given services, opened and closed as the bot is."""

    def __init__(
        self, services: Services, person: int = AMINA, first_name: str = sweep.NAME, language: str = "fr"
    ) -> None:
        self._terminal = Terminal(person, first_name, language)
        self._app = app.add_handlers(
            app.builder().token("1:test").request(self._terminal).get_updates_request(self._terminal).build(), services
        )

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
