"""From what a young person wrote to what they want: danger, stop words, language, NLU, then keywords."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot import danger, keywords, languages
from bot.library import Library
from bot.nlu import Nlu, Ranking
from bot.stop_words import is_stop

OUT_OF_SCOPE = "hors_sujet"
STOP = "arreter_messages"
COURTESIES = ("oui", "non", "salutation", "au_revoir", "remerciement")  # no question in them
FUNCTIONAL = (
    "salutation", "au_revoir", "remerciement", "aide_menu", "parler_humain", "trouver_contact", "changer_langue",
    "arreter_messages", "mes_donnees", "confidentialite", "bilan", "oui", "non", "qui_es_tu", "insulte",
)  # fmt: skip

NEAREST = 3  # topics offered when not sure
HALF_HEARD = 0.5  # of the threshold to be understood: from here the nearest topics are still worth offering
KEYWORD_ANSWER = 0.6  # a whole phrase of a title, a keyword or the glossary was found
KEYWORD_MARGIN = 0.15
KEYWORD_OFFER = 0.2  # one telling word was found


class Source(StrEnum):
    """Which part understood."""

    DANGER = "danger"
    NLU = "nlu"
    KEYWORD = "keyword"
    NONE = "none"


@dataclass(frozen=True)
class Thresholds:
    """Probabilities set on held-out lines when the model is trained (`relais nlu train`), never by hand.

    Those of French, and of each other language that has held-out lines: the model is surer in one than in another.
    """

    answer: float
    margin: float
    offer: float
    danger: float
    worry: float
    others: Mapping[str, "Thresholds"] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> "Thresholds":
        told = json.loads(path.read_text(encoding="utf-8"))
        others = {lang: cls(**one) for lang, one in told.pop("others", {}).items()}
        return cls(**told, others=others)

    def in_language(self, lang: str) -> "Thresholds":
        return self.others.get(lang, self)


@dataclass(frozen=True)
class Understanding:
    """What a message is about.

    `topic` is a slug of the catalogue, a danger or `hors_sujet`; `sure` says whether to answer it or to ask first,
    with `nearest` as the choices. `danger` names the one whose numbers must come first, whatever the topic;
    `worrying` asks for the numbers to call below whatever is said.
    """

    topic: str
    confidence: float
    source: Source
    lang: str
    danger: str | None = None
    worrying: bool = False
    sure: bool = True
    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ears:
    """What understanding needs: the content, its index, and the NLU where there is one."""

    library: Library
    index: keywords.Index
    nlu: Nlu | None
    thresholds: Thresholds | None


def known_intents(library: Library) -> frozenset[str]:
    """Return every label the NLU may use."""
    return frozenset([*library.topics, *FUNCTIONAL, *danger.DANGERS, OUT_OF_SCOPE])


async def understand(text: str, ears: Ears, *, lang: str = "fr", detect_language: bool = True) -> Understanding:
    """Say what `text` is about. `lang` is the language of the conversation; never raises on any text."""
    library = ears.library
    if found := danger.match(text, library.lexicons):
        understood_by = [one.lang for one in library.lexicons if danger.match(text, [one])]
        told = lang if lang in understood_by else understood_by[0]
        return Understanding(found, 1.0, Source.DANGER, told, danger=found)
    if is_stop(text, library.stop_words):
        return Understanding(STOP, 1.0, Source.KEYWORD, lang)
    if not any(c.isalnum() for c in text):
        return Understanding(OUT_OF_SCOPE, 0.0, Source.NONE, lang, sure=False)
    foreign = languages.foreign_script(text) or languages.guess(text) if detect_language else None
    if foreign in library.languages:
        lang = str(foreign)
    elif detect_language and (script := languages.foreign_script(text)):
        return Understanding(OUT_OF_SCOPE, 0.0, Source.NONE, script, sure=False)

    ranking = await ears.nlu.parse(text, known_intents(library)) if ears.nlu and ears.thresholds else None
    if ranking is None or ears.thresholds is None:
        understood = from_keywords(text, ears, lang)
    else:
        understood = from_ranking(ranking, ears, lang)
    if foreign and foreign != lang and not understood.sure and not understood.danger:
        return Understanding(OUT_OF_SCOPE, 0.0, Source.NONE, foreign, sure=False)
    return understood


def from_ranking(ranking: Ranking, ears: Ears, lang: str) -> Understanding:
    """Choose between answering, offering the nearest topics and giving up, by the thresholds of the model."""
    assert ears.thresholds is not None, "a ranking is only read with the thresholds of its model"
    limits = ears.thresholds.in_language(lang)
    (best, chance), *others = [*ranking, (OUT_OF_SCOPE, 0.0)]
    nearest = tuple(slug for slug, _ in ranking if slug in ears.library.topics)[:NEAREST]
    fear = sum(p for slug, p in ranking if slug in danger.DANGERS)
    if fear >= limits.danger:
        feared = next(slug for slug, _ in ranking if slug in danger.DANGERS)
        topic = best if best in ears.library.topics else feared
        return Understanding(topic, chance, Source.NLU, lang, danger=feared)
    worrying = fear >= limits.worry
    if chance < limits.offer or best in danger.DANGERS:  # a danger below the alert says nothing about the topic
        guesses = nearest if best in nearest and chance >= limits.offer * HALF_HEARD else ()
        return Understanding(OUT_OF_SCOPE, chance, Source.NONE, lang, sure=False, nearest=guesses, worrying=worrying)
    sure = chance >= limits.answer and chance - others[0][1] >= limits.margin
    return Understanding(best, chance, Source.NLU, lang, sure=sure, nearest=nearest, worrying=worrying)


def from_keywords(text: str, ears: Ears, lang: str) -> Understanding:
    """Search titles, keywords and glossary: what is left without the NLU."""
    found = keywords.search(text, ears.index, lang)
    if not found or found[0][1] < KEYWORD_OFFER:
        return Understanding(OUT_OF_SCOPE, 0.0, Source.NONE, lang, sure=False)
    best, score = found[0]
    clear = len(found) == 1 or score - found[1][1] >= KEYWORD_MARGIN
    nearest = tuple(slug for slug, _ in found[:NEAREST])
    return Understanding(best, score, Source.KEYWORD, lang, sure=score >= KEYWORD_ANSWER and clear, nearest=nearest)
