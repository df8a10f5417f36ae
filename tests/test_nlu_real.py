"""The real Rasa with the trained model: how well it understands, and how little it is trusted."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from ruamel.yaml import YAML

from bot import evaluation, keywords, question_files, rasa_server, training
from bot.evaluation import Report
from bot.library import Library
from bot.nlu import Nlu
from bot.rasa_server import NluError
from bot.understanding import Ears, Thresholds, known_intents, understand
from tests.conftest import ROOT

pytestmark = [pytest.mark.nlu, pytest.mark.slow]

TOKEN = "a-token-that-opens-nothing"
CANARY = "yellow-bird-4711"
NLU_DIR = ROOT / "nlu"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def rasa(model: Path) -> AsyncIterator[str]:
    """One server for all; when it started, the bot's environment held a secret."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TELEGRAM_BOT_TOKEN", f"123456:{CANARY}")
        environment.setenv("A_SECRET_NOBODY_LISTED", CANARY)
        async with rasa_server.serving(NLU_DIR, model, token=TOKEN) as url:
            yield url


@pytest.fixture
async def ears(rasa: str, model: Path, library: Library) -> AsyncIterator[Ears]:
    """The bot's understanding with its real NLU."""
    async with httpx.AsyncClient(base_url=rasa) as client:
        nlu = Nlu(client, TOKEN)
        yield Ears(library, keywords.index(library), nlu, Thresholds.read(training.thresholds_path(model)))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def report(rasa: str, model: Path) -> Report:
    held_out = list(question_files.lines_of(NLU_DIR / "tests" / "fr.yml"))
    rankings = await evaluation.rank(rasa, TOKEN, [line for _, line in held_out])
    limits = Thresholds.read(training.thresholds_path(model))
    return evaluation.report([intent for intent, _ in held_out], rankings, limits)


def test_most_questions_in_scope_are_understood(report: Report) -> None:
    assert report.lines > 500
    assert report.in_scope_accuracy >= 0.85


def test_most_of_what_is_out_of_scope_is_rejected(report: Report) -> None:
    assert report.out_of_scope_rejected >= 0.80


def test_what_is_answered_without_asking_back_is_mostly_right(report: Report) -> None:
    assert report.precision_of_answered >= 0.90
    assert report.answered >= 0.70, "precision bought by answering nothing is worth nothing"


def golden(kind: str) -> list[str]:
    lines = YAML(typ="safe").load(ROOT / "tests" / "golden" / "danger_fr.yml")
    return [line["text"] for line in lines[kind]]


async def unheard(ears: Ears, lines: list[str]) -> list[str]:
    return [line for line in lines if (await understand(line, ears)).danger is None]


async def test_every_explicit_call_for_help_is_heard(ears: Ears) -> None:
    assert await unheard(ears, golden("explicit")) == []


async def test_almost_every_veiled_call_for_help_is_heard(ears: Ears) -> None:
    lines = golden("explicit") + golden("veiled")
    assert len(await unheard(ears, lines)) <= 0.02 * len(lines)


async def test_few_innocent_lines_raise_the_alarm(ears: Ears) -> None:
    lines = golden("near_miss")
    calm = await unheard(ears, lines)
    assert len(lines) - len(calm) <= 0.05 * len(lines), set(lines) - set(calm)


async def test_the_server_says_that_it_serves_the_expected_model(rasa: str, model: Path) -> None:
    async with httpx.AsyncClient(base_url=rasa) as client:
        status = await client.get("/status", params={"token": TOKEN})
    assert Path(status.json()["model_file"]).name == model.name
    assert await rasa_server.serves(rasa, TOKEN, model)
    assert not await rasa_server.serves(rasa, TOKEN, model.with_name("relais-000000000000.tar.gz"))
    assert not await rasa_server.serves(rasa, "another-token", model)


@pytest.mark.parametrize("door", ["GET /status", "POST /model/parse", "PUT /model", "DELETE /model", "GET /domain"])
@pytest.mark.parametrize("token", [None, "", "wrong", TOKEN.upper(), TOKEN + "x"])
def test_without_the_right_token_every_door_is_closed(rasa: str, door: str, token: str | None) -> None:
    method, path = door.split()
    params = {} if token is None else {"token": token}
    answer = httpx.request(method, rasa + path, params=params, content=b'{"text": "cej"}', trust_env=False)
    assert answer.status_code == 401


def test_the_server_listens_on_loopback_only(rasa: str) -> None:
    assert {address for address, port in listening() if port == port_of(rasa)} == {"0100007F"}


def test_no_secret_of_ours_reaches_the_server(rasa: str, model: Path) -> None:
    processes = [
        path
        for path in Path("/proc").glob("[0-9]*")
        if f"-p\0{port_of(rasa)}\0" in (path / "cmdline").read_text(errors="replace")
    ]
    assert processes, "the server was not found among the processes"
    for process in processes:
        environment = (process / "environ").read_text(errors="replace")
        assert "RASA_TELEMETRY_ENABLED=false" in environment
        assert CANARY not in environment
        assert "A_SECRET_NOBODY_LISTED" not in environment


async def test_a_taken_port_is_told_in_one_line(rasa: str, model: Path) -> None:
    with pytest.raises(NluError, match=r"^port \d+ is taken .* NLU_PORT .*$"):
        async with rasa_server.serving(NLU_DIR, model, token=TOKEN, port=port_of(rasa)):
            pass


async def test_a_missing_model_is_refused(model: Path) -> None:
    """Rasa left alone would look for another one in the same folder and serve that."""
    with pytest.raises(NluError, match=r"^relais-000000000000.tar.gz .*make train.*$"):
        async with rasa_server.serving(NLU_DIR, model.with_name("relais-000000000000.tar.gz"), token=TOKEN):
            pass


@pytest.mark.parametrize("typed", ["/hors_sujet", "\u00a0/hors_sujet@1.0", '\u200b\t/hors_sujet@0.99{"a": "b"}'])
async def test_an_order_to_rasa_that_somebody_types_is_not_obeyed(ears: Ears, rasa: str, typed: str) -> None:
    assert ears.nlu is not None
    ranking = await ears.nlu.parse(typed, known_intents(ears.library))
    assert ranking is not None
    assert len(ranking) > 40, "an obeyed order ranks itself alone"
    assert ranking[0][1] < 0.99


async def test_rasa_does_obey_who_speaks_to_it_directly(rasa: str) -> None:
    """If this fails one day, our client may stop taking the slash away."""
    [ranking] = await evaluation.rank(rasa, TOKEN, ["\u00a0/hors_sujet"])
    assert ranking == [("hors_sujet", 1.0)]


def port_of(url: str) -> int:
    port = httpx.URL(url).port
    assert port is not None
    return port


def listening() -> Iterator[tuple[str, int]]:
    """Yield the address and the port of every listening socket of this machine, as the kernel writes them."""
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for row in Path(table).read_text().splitlines()[1:]:
            local, state = row.split()[1], row.split()[3]
            if state == "0A":
                address, _, port = local.partition(":")
                yield address, int(port, 16)
