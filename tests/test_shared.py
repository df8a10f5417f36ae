"""Every claim of the content rests on the reference data that stands beside the repository."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.danger import DANGERS
from bot.library import Library
from bot.understanding import FUNCTIONAL

pytestmark = pytest.mark.shared

TERRITORIES = "selon les territoires"


@pytest.fixture(scope="module")
def confidence(reference: Path) -> dict[str, str]:
    with (reference / "facts.csv").open(encoding="utf-8", newline="") as rows:
        return {row["id"]: row["confidence"] for row in csv.DictReader(rows)}


def used(library: Library) -> Iterator[tuple[str, str, str]]:
    """Yield each fact that the content rests on, where, and the text that rests on it."""
    for slug, topic in library.topics.items():
        for fact in topic.facts:
            yield fact, slug, library.page(slug, "fr").body
    for name, rule in library.plan.rules.items():
        for fact in rule.facts:
            yield fact, f"plan: {name}", library.plan.text(rule.text, "fr").html
    for key, amount in library.facts.amounts.items():
        yield amount.fact, key, amount.label
    for key, number in library.facts.numbers.items():
        yield number.fact, key, number.hours


def test_every_fact_of_the_content_is_known(library: Library, confidence: dict[str, str]) -> None:
    assert {(fact, where) for fact, where, _ in used(library) if fact not in confidence} == set()
    assert len(confidence) > 100


def test_nothing_uncertain_is_told(library: Library, confidence: dict[str, str]) -> None:
    told = {(fact, where) for fact, where, _ in used(library) if confidence[fact].startswith("incertain")}
    assert told == set()


def test_what_one_territory_alone_told_us_is_told_with_care(library: Library, confidence: dict[str, str]) -> None:
    bold = {
        (fact, where)
        for fact, where, text in used(library)
        if confidence[fact].startswith("seed") and TERRITORIES not in text.lower()
    }
    assert bold == set()


def test_every_topic_of_the_catalogue_is_there(library: Library, reference: Path) -> None:
    _, topics, functional, dangers, *_ = re.split(
        r"^## ", (reference / "topics.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert _slugs(topics) <= set(library.topics)  # editors may add others
    assert set(FUNCTIONAL) == _slugs(functional) - _slugs(topics)
    assert set(DANGERS) == _slugs(dangers)


def _slugs(section: str) -> set[str]:
    return set(re.findall(r"`([a-z0-9_]+)`", section))
