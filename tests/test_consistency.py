"""House rules: what stands in one place stands in the others, and nothing forbidden is said."""

import re
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot import messages
from bot.danger import DANGERS
from bot.handlers.commands import DESCRIPTIONS
from bot.library import Library
from bot.question_files import lines_of
from bot.settings import Settings
from bot.understanding import FUNCTIONAL, OUT_OF_SCOPE
from tests.conftest import ROOT, Chat

NLU = ROOT / "nlu"
LANGUAGES = ("fr", "en", "ar")

# Lines wanted of a topic or a danger, of a functional intent, and out of scope.
LINES_WANTED = {"fr": (60, 30, 400), "en": (30, 30, 200), "ar": (30, 30, 200)}
TEST_LINES = {"fr": 8, "en": 5, "ar": 5}

HEADINGS = ["C'est quoi ?", "Pour qui ?", "Ce que tu peux avoir", "Ce que tu peux faire maintenant", "Qui peut t'aider"]
# « rendez-vous » is no « vous », and a refusal belongs to the one who decides, never to us.
FORBIDDEN = re.compile(
    r"pas (le )?droit|(?<!rendez-)\bvous\b|\bvotre\b|\bvos\b|·|\baucun droit\b|\btrop tard\b", re.IGNORECASE
)
ASE = re.compile(r"\bASE\b|aide sociale|protection de l'enfance|\bplacée?s?\b|\bfoyer\b|jeune majeur", re.IGNORECASE)


def counts(path: Path) -> Counter[str]:
    return Counter(intent for intent, _ in lines_of(path))


@pytest.fixture(scope="module")
def labels(library: Library) -> set[str]:
    return {*library.topics, *FUNCTIONAL, *DANGERS, OUT_OF_SCOPE}


def files_of(lang: str) -> tuple[Path, Path, Path]:
    """What is learnt, what thresholds are set on, what is asked in the exam."""
    return NLU / "data" / lang, NLU / "tuning" / f"{lang}.yml", NLU / "tests" / f"{lang}.yml"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_label_has_its_file_of_lines_and_each_file_its_label(labels: set[str], lang: str) -> None:
    data, *_ = files_of(lang)
    assert {path.stem for path in data.glob("*")} == labels
    for path in data.glob("*.yml"):
        assert set(counts(path)) == {path.stem}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_label_has_held_out_lines(labels: set[str], lang: str) -> None:
    for path in files_of(lang)[1:]:
        assert set(counts(path)) == labels


@pytest.mark.parametrize("lang", LANGUAGES)
def test_each_label_has_enough_lines(labels: set[str], lang: str) -> None:
    data, _, tests = files_of(lang)
    found, (topic, functional, rest) = counts(data), LINES_WANTED[lang]
    wanted = dict.fromkeys(labels, topic) | dict.fromkeys(FUNCTIONAL, functional) | {OUT_OF_SCOPE: rest}
    assert {label: found[label] for label in labels if found[label] < wanted[label]} == {}
    assert {label: n for label, n in counts(tests).items() if n < TEST_LINES[lang]} == {}


def test_no_line_is_learnt_and_asked_in_the_same_exam() -> None:
    """A line in two of the three would make the figures of `relais nlu evaluate` a lie."""
    where = defaultdict(set)
    twice = []
    for path in (path for part in zip(*map(files_of, LANGUAGES), strict=True) for path in part):
        for _, line in lines_of(path):
            bare = _bare(line)
            part = path.parent.name if path.suffix else "data"
            if where[bare] - {part}:
                twice.append(line)
            where[bare].add(part)
    assert twice == []
    assert len(where) > 15_000


def _bare(line: str) -> str:
    words = "".join(" " if unicodedata.category(c).startswith("P") else c for c in line.casefold())
    return " ".join(words.split()) or line  # a line of signs alone is what it is


def test_emergency_numbers_are_what_they_have_to_be(library: Library) -> None:
    """3114 typed as 3144 stops here."""
    pinned = {
        "samu": "15",
        "police": "17",
        "pompiers": "18",
        "urgence": "112",
        "urgence_sms": "114",
        "hebergement": "115",
        "enfance_danger": "119",
        "suicide": "3114",
        "violences_femmes": "3919",
    }
    assert {key: library.facts.numbers[key].number for key in pinned} == pinned


async def test_the_emergency_numbers_are_one_command_away(amina: Chat) -> None:
    said = await amina.says("/urgence")
    assert re.findall(r"• (\d+) :", said) == ["114", "15", "17", "18", "3114", "119", "3919", "115"]
    assert "Si c'est grave : 112 (urgence), 114 par SMS, 3114 (idées noires), 119" in await amina.says("/start")


@pytest.mark.parametrize("slug", ["cjm", "recours", "titre_sejour"])
def test_what_needs_a_jurist_leads_to_one(library: Library, slug: str) -> None:
    assert "avocat" in library.topics[slug].contacts
    assert "avocat" in library.answer(slug, "fr", today=library.topics[slug].review_by)


def test_no_topic_says_what_we_never_say(library: Library) -> None:
    texts = {slug: page.body for slug, pages in library.pages.items() for page in pages.values()}
    texts |= {kind: f"{contact.name} {contact.how}" for kind, contact in library.contacts["fr"].items()}
    texts |= {lexicon.lang: " ".join(lexicon.answers.values()) for lexicon in library.lexicons}
    assert {name: found.group() for name, text in texts.items() if (found := FORBIDDEN.search(text))} == {}


def test_whoever_looks_at_the_phone_does_not_learn_that_its_owner_was_in_care(library: Library) -> None:
    welcome = messages.welcome(library, "fr")
    labels = [button.label for row in welcome.buttons for button in row]
    for seen in (*DESCRIPTIONS, *DESCRIPTIONS.values(), welcome.text, *labels, messages.menu(library, "fr").text):
        assert ASE.search(seen) is None, seen


def test_every_topic_has_the_same_five_headings(library: Library) -> None:
    for slug in library.topics:
        page = (ROOT / "content" / "faq" / slug / "fr.md").read_text(encoding="utf-8")
        assert re.findall(r"^## (.*)$", page, flags=re.MULTILINE) == HEADINGS, slug


def test_neighbours_are_other_topics_each_named_once(library: Library) -> None:
    for slug, topic in library.topics.items():
        assert slug not in topic.related
        assert len(set(topic.related)) == len(topic.related), slug
        assert len(set(topic.contacts)) == len(topic.contacts), slug


def test_every_theme_has_at_least_two_topics_in_an_order_without_ties(library: Library) -> None:
    for theme in library.themes["fr"]:
        orders = [library.topics[slug].order for slug in library.in_theme(theme)]
        assert len(orders) >= 2, theme
        assert len(set(orders)) == len(orders), theme


async def test_every_topic_is_within_three_taps_of_the_menu(library: Library, amina: Chat) -> None:
    titles = {page.heading.title: slug for slug in library.topics for page in [library.page(slug, "fr")]}
    reached = set()
    await amina.says("/menu")
    for theme in amina.buttons[:-1]:
        await amina.says("/menu")
        await amina.presses(theme)
        for button in amina.buttons[:-2]:
            answer = await amina.presses(button)
            reached.add(titles[answer.split("\n", maxsplit=1)[0]])
            await amina.presses("Menu")
            await amina.presses(theme)
    assert reached == set(library.topics)


def test_every_setting_is_explained_in_the_example_and_copying_it_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    example = ROOT / ".env.example"
    explained = re.findall(r"^# .+\n#?([A-Z_]+)=", example.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert explained == [name.upper() for name in Settings.model_fields]
    from_example = Settings(_env_file=example)  # type: ignore[call-arg]
    assert from_example == Settings(_env_file=None)  # type: ignore[call-arg]
    assert not any(isinstance(value, SecretStr) for _, value in from_example)
