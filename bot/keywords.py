"""Find a topic by the words of its title, its keywords and the glossary: what is left when the NLU is not there."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from bot.i18n import SOURCE_LANGUAGE
from bot.library import Library

PHRASE = 0.6  # confidence, from 0 to 1, that a phrase of one word brings; longer phrases bring more
WORD = 0.2  # what a single word of a title brings, shared by the topics that have it
SHORTEST_WORD = 4  # letters, for a word to tell something by itself
SHORTEST_MISSPELT = 6  # letters; shorter words are too close to each other
CLOSE_ENOUGH = 86  # rapidfuzz ratio, 0 to 100, of a misspelt word
_EMPTY_WORDS = frozenset(
    "le la les un une des de du d l a au aux en et ou pour mon ma mes ton ta tes sur avec sans dans par "  # noqa: SIM905
    "je tu on ne pas non que qui est ce c ca se s y plus faire avoir etre".split()
)
_ACRONYM = re.compile(r"\b(?:[a-z]\.){2,}[a-z]?\b\.?")


@dataclass(frozen=True)
class Index:
    """Which topics each phrase leads to, and, by language, each single word of a phrase; all folded.

    « from » tells nothing in English, and less in French.
    """

    phrases: dict[str, frozenset[str]]
    words: dict[str, dict[str, frozenset[str]]]


def fold(text: str) -> list[str]:
    """Return the telling words of `text` in lower case, without accents or punctuation; « C.E.J. » is « cej »."""
    text = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode("utf-8")).casefold()
    text = "".join(c for c in text if unicodedata.category(c) not in ("Mn", "Cf"))
    text = _ACRONYM.sub(lambda acronym: acronym.group().replace(".", "") + " ", text)
    return [word for word in re.sub(r"[\W_]+", " ", text).split() if word not in _EMPTY_WORDS]


def index(library: Library) -> Index:
    """Build the index of all languages: an acronym is the same in each of them."""
    phrases: dict[str, set[str]] = {}
    words: dict[str, dict[str, set[str]]] = {}
    for lang, slug, phrase in _entries(library):
        folded = fold(phrase)
        if folded:
            phrases.setdefault(" ".join(folded), set()).add(slug)
        for word in folded:
            if len(word) >= SHORTEST_WORD:
                words.setdefault(lang, {}).setdefault(word, set()).add(slug)
    return Index(
        {phrase: frozenset(slugs) for phrase, slugs in phrases.items()},
        {lang: {word: frozenset(slugs) for word, slugs in ours.items()} for lang, ours in words.items()},
    )


def _entries(library: Library) -> Iterator[tuple[str, str, str]]:
    for slug, pages in library.pages.items():
        yield SOURCE_LANGUAGE, slug, slug.replace("_", " ")
        for lang, page in pages.items():
            phrases = (page.heading.title, page.heading.button, *page.heading.keywords)
            yield from ((lang, slug, phrase) for phrase in phrases)
    yield from ((SOURCE_LANGUAGE, term.topic, term.term) for term in library.terms if term.topic)


def search(text: str, where: Index, lang: str = SOURCE_LANGUAGE) -> list[tuple[str, float]]:
    """Return the topics that `text`, of a conversation in `lang`, names, best first, each from 0 to 1.

    A whole phrase counts by its length; a single word counts a little, misspelt or not, and less when topics share it.
    """
    telling = where.words.get(SOURCE_LANGUAGE, {}) | where.words.get(lang, {})
    words = [_spelt(word, telling) for word in fold(text)]
    spaced = f" {' '.join(words)} "
    scores: dict[str, float] = {}
    for phrase, slugs in where.phrases.items():
        if f" {phrase} " in spaced:
            found = (PHRASE + 0.1 * phrase.count(" ") + 0.005 * len(phrase)) / len(slugs)
            for slug in slugs:
                scores[slug] = max(scores.get(slug, 0), found)
    for word in dict.fromkeys(words):
        slugs = telling.get(word, frozenset())
        for slug in slugs:
            scores[slug] = scores.get(slug, 0) + WORD / len(slugs)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [(slug, min(score, 1.0)) for slug, score in ranked]


def _spelt(word: str, telling: Mapping[str, object]) -> str:
    """Return the telling word that `word` misspells, else `word`."""
    if len(word) < SHORTEST_MISSPELT or word in telling:
        return word
    near = process.extractOne(word, telling.keys(), scorer=fuzz.ratio, score_cutoff=CLOSE_ENOUGH)
    return near[0] if near else word
