"""Recognise a cry for help: a pure matcher over word patterns, run on every text before anything else.

It needs no database, no network and no model. A false alarm costs one message too many, a miss may cost a life.
The patterns stand in `content/danger/<lang>.yml`; `content/danger/README.md` explains how they are written.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from bot.patterns import Index, Pattern
from bot.words import words

# In the order in which they win when a text matches several.
DANGERS = ("danger_immediat", "danger_suicide", "danger_violences")

# Said when nothing else can be: content missing, or any failure while a danger is being answered.
LAST_RESORT = (
    "Si toi ou quelqu'un est en danger, appelle maintenant :\n"
    "• <b>15</b> (SAMU) ou <b>112</b>\n"
    "• <b>17</b> (police), <b>18</b> (pompiers)\n"
    "• <b>114</b> par SMS, si tu ne peux pas parler\n"
    "• <b>3114</b> si tu penses à mourir, jour et nuit, gratuit\n"
    "• <b>119</b> si on te fait du mal, jusqu'à 21 ans, jour et nuit, gratuit\n"
    "• <b>3919</b> violences faites aux femmes, jour et nuit, gratuit\n"
    "Je suis un robot : je ne peux pas appeler pour toi, et personne ne lit ici."
)

LONGEST_TEXT = 10_000  # characters read; Telegram sends 4,096 at most


class LexiconError(ValueError):
    """A danger file that cannot be used; `loc` tells which part."""

    def __init__(self, problem: str, loc: tuple[str | int, ...]) -> None:
        super().__init__(problem)
        self.loc = loc


@dataclass(frozen=True)
class Lexicon:
    """One language's patterns, and the answer to each danger as Telegram HTML."""

    lang: str
    patterns: tuple[tuple[str, Pattern], ...]
    guards: tuple[Pattern, ...]
    answers: Mapping[str, str]

    @cached_property
    def index(self) -> Index:
        """The patterns, then the guards."""
        return Index([*(pattern for _, pattern in self.patterns), *self.guards])


def match(text: str, lexicons: Sequence[Lexicon]) -> str | None:
    """Return the danger that `text` speaks of: what a pattern of any language fits and no guard of any touches.

    None where there is none. Never raises on any text.
    """
    said = words(text[:LONGEST_TEXT])
    spans = [(lexicon, *span) for lexicon in lexicons for span in lexicon.index.spans(said)]
    innocent = [(start, end) for lexicon, number, start, end in spans if number >= len(lexicon.patterns)]
    found = {
        lexicon.patterns[number][0]
        for lexicon, number, start, end in spans
        if number < len(lexicon.patterns) and not any(start < after and before < end for before, after in innocent)
    }
    return next((danger for danger in DANGERS if danger in found), None)


def prepare(lexicons: Sequence[Lexicon]) -> None:
    """Build the indexes now: it takes half a second, which the first person to write would wait for."""
    for lexicon in lexicons:
        _ = lexicon.index


def compile_lexicon(lang: str, source: Mapping[str, Any], render: Callable[[str], str]) -> Lexicon:
    """Build a Lexicon from a danger file; `render` turns its Markdown answers into HTML. Raises LexiconError."""
    if unknown := set(source) - {"words", "patterns", "guards", "answers"}:
        raise LexiconError("on attend words, patterns, guards et answers", (min(unknown),))
    patterns = source.get("patterns") or {}
    answers = source.get("answers") or {}
    for danger in DANGERS:
        if not patterns.get(danger) or not answers.get(danger):
            raise LexiconError(f"il manque {danger} dans patterns ou dans answers", ("patterns",))
    alarms, guards = _patterns(lang, json.dumps([source.get("words"), patterns, source.get("guards")]))
    return Lexicon(
        lang=lang,
        patterns=alarms,
        guards=guards,
        answers={danger: _rendered(answers[danger], render, ("answers", danger)) for danger in DANGERS},
    )


@lru_cache(maxsize=16)  # a folder is read whole whenever one of its files changes, and these are the largest
def _patterns(lang: str, written: str) -> tuple[tuple[tuple[str, Pattern], ...], tuple[Pattern, ...]]:
    """Parse the patterns of each danger, and the guards, of a file's words, patterns and guards in JSON."""
    words_, patterns, guards = json.loads(written)
    groups = {name: str(value).split() for name, value in (words_ or {}).items()}
    alarms = tuple(
        (danger, _parsed(pattern, groups, ("patterns", danger, index), by_ear=lang == "fr"))
        for danger in DANGERS
        for index, pattern in enumerate(patterns[danger])
    )
    return alarms, tuple(
        _parsed(guard, groups, ("guards", index), by_ear=False) for index, guard in enumerate(guards or ())
    )


def _rendered(answer: str, render: Callable[[str], str], loc: tuple[str | int, ...]) -> str:
    try:
        return render(answer)
    except ValueError as error:
        raise LexiconError(str(error), loc) from error


def _parsed(pattern: Any, groups: Mapping[str, list[str]], loc: tuple[str | int, ...], *, by_ear: bool) -> Pattern:
    if not isinstance(pattern, str):
        raise LexiconError("on attend une suite de mots", loc)
    try:
        return Pattern.parse(pattern, groups, by_ear=by_ear)
    except ValueError as error:
        raise LexiconError(str(error), loc) from error
