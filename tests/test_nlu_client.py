"""The door to Rasa: whatever stands behind it, a message gets a sane answer or none, and never waits long."""

import gzip
import io
import json
import logging
import time
import tracemalloc
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, redirect_stderr

import httpx
import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot import logs
from bot.nlu import Nlu
from bot.services import open_services, respond
from bot.understanding import Source, Thresholds
from tests.conftest import ROOT
from tests.scripted_rasa import TOKEN, Answer, Rasa, drips, hangs, hangs_up, ranks, rows, says, scripted_rasa

INTENTS = frozenset({"cej", "cjm", "salutation", "danger_suicide"})
GOOD = [{"name": "cej", "confidence": 0.8}, {"name": "cjm", "confidence": 0.15}]

BROKEN: dict[str, Answer] = {
    "hangs": hangs,
    "drips": drips,
    "hangs up in the middle": hangs_up,
    "500": says("oops", status=500),
    "500 with a good body": says(json.dumps({"intent_ranking": GOOD}), status=500),
    "409, no model loaded": says('{"status": "failure"}', status=409),
    "401, wrong token": says("no", status=401),
    "redirect elsewhere": says("", status=307, Location="/model/parse"),
    "nothing": says(""),
    "HTML": says("<!DOCTYPE html><title>502 Bad Gateway</title>", Content_Type="text/html"),
    "null": says("null"),
    "NaN": says("NaN"),
    "Infinity": says("Infinity"),
    "a list": says(json.dumps(GOOD)),
    "a text": says('"cej"'),
    "half of a JSON": says('{"intent_ranking": [{"name": "cej", "conf'),
    "JSON of 60,000 levels": says("[" * 60_000),
    "no ranking": says('{"text": "c quoi le cej", "intent": {"name": "cej", "confidence": 1.0}}'),
    "a ranking that is null": rows(None),
    "a ranking that is an object": rows({"name": "cej", "confidence": 0.9}),
    "an empty ranking": rows([]),
    "unknown intents only": ranks({"restart": 1.0, "": 0.5, "CEJ": 0.4}),
    "names that are no text": rows([{"name": name, "confidence": 0.9} for name in (None, 1, ["cej"], {"cej": 1})]),
    "rows that are no objects": rows([None, "cej", 0.9, ["cej", 0.9]]),
    "a good body of 10 MB": says(json.dumps({"intent_ranking": GOOD}) + " " * 10_000_000),
    "compressed though not asked for": says(gzip.compress(b"{}"), Content_Encoding="gzip"),
    "another encoding": says('{"é": 1, "intent_ranking": []}'.encode("latin-1")),
    "bytes that are no text": says(b"\xff\xfe\xfd\x00\x81"),
}
ABSURD = ["NaN", "Infinity", "-Infinity", "1e999", "7", "1.01", "-1", '"0.9"', "true", "null", "[0.9]", "9" * 400]


@pytest.fixture
async def rasa() -> AsyncIterator[Rasa]:
    async with scripted_rasa() as server:
        yield server


@pytest.fixture
async def nlu(rasa: Rasa) -> AsyncIterator[Nlu]:
    async with httpx.AsyncClient(base_url=rasa.url) as client:
        yield Nlu(client, TOKEN)


async def test_a_good_answer_comes_back_best_first(nlu: Nlu, rasa: Rasa) -> None:
    rasa.answer = ranks({"cjm": 0.15, "cej": 0.8})
    assert await nlu.parse("c quoi le cej", INTENTS) == [("cej", 0.8), ("cjm", 0.15)]


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_a_broken_answer_is_no_answer_within_two_seconds(nlu: Nlu, rasa: Rasa, answer: Answer) -> None:
    rasa.answer = answer
    began = time.monotonic()
    assert await nlu.parse("c quoi le cej", INTENTS) is None
    assert time.monotonic() - began < 2


async def test_a_server_that_refuses_is_no_answer() -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:9") as client:
        assert await Nlu(client, TOKEN).parse("c quoi le cej", INTENTS) is None


@pytest.mark.parametrize("confidence", ABSURD)
async def test_an_absurd_confidence_is_dropped_and_the_rest_kept(nlu: Nlu, rasa: Rasa, confidence: str) -> None:
    absurd = f'{{"name": "salutation", "confidence": {confidence}}}'
    rasa.answer = says(f'{{"intent_ranking": [{absurd}, {{"name": "cej", "confidence": 0.8}}, {{"name": "cjm"}}]}}')
    assert await nlu.parse("c quoi le cej", INTENTS) == [("cej", 0.8)]
    rasa.answer = says(f'{{"intent_ranking": [{absurd}]}}')
    assert await nlu.parse("c quoi le cej", INTENTS) is None


async def test_a_gzip_bomb_is_not_inflated(nlu: Nlu, rasa: Rasa) -> None:
    rasa.answer = says(gzip.compress(b" " * 60_000_000), Content_Encoding="gzip")
    tracemalloc.start()
    try:
        assert await nlu.parse("c quoi le cej", INTENTS) is None
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5_000_000


async def test_after_five_failures_the_breaker_opens_rests_and_recovers(nlu: Nlu, rasa: Rasa) -> None:
    good, rasa.answer = rasa.answer, says("oops", status=500)
    for _ in range(5):
        assert await nlu.parse("c quoi le cej", INTENTS) is None
    assert len(rasa.asked) == 5
    rasa.answer = good
    assert await nlu.parse("c quoi le cej", INTENTS) is None
    assert len(rasa.asked) == 5, "an open breaker does not knock"
    assert 29 < nlu.closed_until - time.monotonic() <= 30

    nlu.closed_until -= 30  # half a minute goes by
    rasa.answer = says("oops", status=500)
    assert await nlu.parse("c quoi le cej", INTENTS) is None
    assert len(rasa.asked) == 6
    assert nlu.closed_until > time.monotonic(), "one more failure and it rests again"

    nlu.closed_until -= 30
    rasa.answer = good
    assert await nlu.parse("c quoi le cej", INTENTS) is not None
    rasa.answer = says("oops", status=500)
    assert [await nlu.parse("c quoi le cej", INTENTS) for _ in range(4)] == [None] * 4
    rasa.answer = good
    assert await nlu.parse("c quoi le cej", INTENTS) is not None, "four failures after a success do not open it"


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("/restart", "restart"),
        ('/intent@0.99{"a":"b"}', 'intent@0.99{"a":"b"}'),
        ("  /x", "x"),
        ("///x", "x"),
        ("/ /x", "x"),
        ("\u200b/x", "x"),  # zero-width space
        ("\u2060\ufeff\u200d/x", "x"),
        ("\u00a0/x", "x"),  # Rasa strips every space that Python knows
        ("\u2003\x1f\x85/x", "x"),
        (".../x", "x"),
        ("\ud800/x", "x"),
        ("et/ou", "et/ou"),
        ("😢 à l'aide", "à l'aide"),
    ],
)
async def test_what_is_sent_never_begins_with_a_slash(nlu: Nlu, rasa: Rasa, typed: str, sent: str) -> None:
    await nlu.parse(typed, INTENTS)
    assert rasa.asked == [sent]


async def test_of_a_long_story_the_last_thousand_characters_are_sent(nlu: Nlu, rasa: Rasa) -> None:
    await nlu.parse("x" * 5000 + "\t/restart " + "y" * 990, INTENTS)
    assert rasa.asked == ["restart " + "y" * 990]
    await nlu.parse("é" * 5000, INTENTS)
    assert rasa.asked[1] == "é" * 1000


@given(typed=st.text(st.characters(exclude_categories=()), max_size=30) | st.from_regex(r"\s*/\w*"))
@settings(deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_typed_rasa_finds_no_order_in_it(nlu: Nlu, rasa: Rasa, typed: str) -> None:
    await nlu.parse(typed, INTENTS)
    assert not rasa.asked[-1].strip().startswith("/")


@contextmanager
def operators_log() -> Iterator[io.StringIO]:
    """Log as set up for an operator, and put everything back."""
    handlers = logging.getLogger().handlers[:]
    with redirect_stderr(io.StringIO()) as log:
        logs.set_up("INFO")
        try:
            yield log
        finally:
            structlog.reset_defaults()
            logging.getLogger().handlers[:] = handlers


@pytest.mark.parametrize("answer", [hangs, says("oops", status=500), ranks({"cej": 0.8})], ids=["hangs", "500", "good"])
async def test_neither_the_token_nor_the_words_are_logged(nlu: Nlu, rasa: Rasa, answer: Answer) -> None:
    rasa.answer = answer
    with operators_log() as log:
        heard = await nlu.parse("mon secret à moi", INTENTS)
    assert ("nlu_unavailable" in log.getvalue()) == (heard is None)
    assert TOKEN not in log.getvalue()
    assert rasa.url not in log.getvalue(), "an exception's own text is not ours to log"
    assert "secret" not in log.getvalue()


@pytest.mark.parametrize("answer", [hangs, drips])
async def test_with_an_nlu_that_hangs_the_whole_reply_comes_within_two_and_a_half_seconds(
    nlu: Nlu, rasa: Rasa, answer: Answer
) -> None:
    rasa.answer = answer
    services = open_services(
        ROOT / "content", nlu, Thresholds(answer=0.5, margin=0.1, offer=0.3, danger=0.3, worry=0.2)
    )
    for text, source in [("ich suche einen schlafplatz fur heute nacht", Source.NONE), ("c quoi le cej", "keyword")]:
        began = time.monotonic()
        understanding, replies = await respond(services, 1, text, lang="fr")
        assert time.monotonic() - began < 2.5
        assert understanding.source == source
        assert replies
