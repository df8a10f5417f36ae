"""Whatever is written and whatever the NLU makes of it, there is a reply, and in it a person to turn to."""

import re
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bot import languages
from bot.answers import choose
from bot.library import Library
from bot.menus import HUMAN, help_line
from bot.replies import LONGEST_MESSAGE, LONGEST_PAYLOAD, Reply, bubbles, length
from bot.services import Services, respond
from bot.understanding import Ears, Thresholds, from_ranking, known_intents
from tests.conftest import ROOT

NUMBER = re.compile(r"\b(15|17|18|112|114|115|119|3114|3919)\b")
EVERY_CHARACTER = st.characters(exclude_categories=())  # lone surrogates included
CRIES = [line["text"] for line in YAML(typ="safe").load(ROOT / "tests" / "golden" / "danger_fr.yml")["explicit"]]
SCRAPS = [
    "cej",
    "C.E.J",
    "stop",
    "/",
    "/start",
    "\u202e",
    "<b>",
    "&amp;",
    "[x](y)",
    "{montant:cej}",
    "%s",
    "je veux",
    "🆘",
]
PIECES = st.one_of(st.text(EVERY_CHARACTER, max_size=20), st.sampled_from(SCRAPS), st.sampled_from(CRIES))
TEXTS = st.lists(PIECES, max_size=12).flatmap(
    lambda parts: st.sampled_from(["", " ", "\n"]).map(lambda s: s.join(parts))
)
CHANCES = st.floats(0, 1)
LIMITS = Thresholds(answer=0.5, margin=0.1, offer=0.3, danger=0.3, worry=0.1)


def leads_to_a_person(reply: Reply) -> bool:
    payloads = [button.payload for row in reply.buttons for button in row]
    return bool(NUMBER.search(reply.text)) or any(payload.partition(":")[0] == HUMAN for payload in payloads)


def can_be_sent(reply: Reply) -> bool:
    payloads = [button.payload for row in reply.buttons for button in row]
    return (
        bool(reply.text.strip())
        and all(0 < length(part) <= LONGEST_MESSAGE for part in bubbles(reply.html))
        and all(0 < len(payload.encode()) <= LONGEST_PAYLOAD for payload in payloads)
    )


@pytest.fixture(scope="module", autouse=True)
def _language_model() -> None:
    languages.prepare()


@given(text=TEXTS, detect_language=st.booleans())
@settings(deadline=None, max_examples=400, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_text_gets_a_reply_with_a_number_or_a_way_to_a_person(
    services: Services, text: str, detect_language: bool
) -> None:
    understanding, replies = await respond(services, 1, text, lang="fr", detect_language=detect_language)
    assert understanding.topic in known_intents(services.library)
    assert 0 <= understanding.confidence <= 1
    assert any(leads_to_a_person(reply) for reply in replies)
    assert all(can_be_sent(reply) for reply in replies)


@given(data=st.data(), misses=st.integers(0, 3))
@settings(deadline=None, max_examples=300, database=None)
def test_any_ranking_gets_a_reply_with_a_number_or_a_way_to_a_person(
    library: Library, data: st.DataObject, misses: int
) -> None:
    intents = st.sampled_from(sorted(known_intents(library)))
    ranking = data.draw(st.lists(st.tuples(intents, CHANCES), min_size=1, max_size=6, unique_by=lambda row: row[0]))
    ranking.sort(key=lambda row: -row[1])
    ears = Ears(library, None, None, LIMITS)  # type: ignore[arg-type]  # no keywords are searched here
    understanding = from_ranking(ranking, ears, "fr")
    replies = choose(understanding, library, lang="fr", misses=misses, today=date(2026, 11, 22))
    assert any(leads_to_a_person(reply) for reply in replies)
    assert all(can_be_sent(reply) for reply in replies)
    if sum(chance for intent, chance in ranking if intent.startswith("danger_")) >= LIMITS.danger:
        assert NUMBER.search(replies[0].text), "the numbers first"
    for reply in replies:
        assert reply.text.count(help_line(library, "fr")) <= 1, "the numbers once are enough"
