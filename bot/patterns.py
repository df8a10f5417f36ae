"""Patterns of words, as editors write them. `content/danger/README.md` explains their language."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bot.words import SIGNS, Word, beginning_sound, fold, sound

LONGEST_GAP = 3  # words that `...` may stand for

_FORM = re.compile(rf"[\w{SIGNS}]+|\w\w+\*|\*\w\w+\*")


@dataclass(frozen=True)
class _Place:
    """One place of a pattern: the words that may stand there, given whole, by their beginning or by a part.

    `sounds` and `sound_beginnings` are the same by ear; they are empty where only the writing counts.
    """

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    sounds: frozenset[str] = frozenset()
    sound_beginnings: tuple[str, ...] = ()
    optional: bool = False
    end: bool = False  # the end of the text will do as well
    gap: bool = False  # any words, up to LONGEST_GAP

    def takes(self, word: Word) -> bool:
        return (
            word.folded in self.words
            or word.bare in self.words
            or word.sound in self.sounds
            or word.folded.startswith(self.beginnings)
            or word.bare.startswith(self.beginnings)
            or word.sound.startswith(self.sound_beginnings)
            or (bool(self.parts) and any(part in word.folded for part in self.parts))
        )

    def keys(self) -> Iterator[str]:
        """Yield what the words that it takes are filed under, see _keys."""
        yield from self.words
        yield from (f"{beginning[:2]}*" for beginning in self.beginnings)
        yield from (f"~{heard}" for heard in self.sounds)
        yield from (f"~{beginning[:2]}*" for beginning in self.sound_beginnings)
        if self.parts or self.gap:
            yield "*"


def _keys(word: Word) -> Iterator[str]:
    """Yield what a word is filed under: itself, how it begins, both bare and by ear, and what stands for any word."""
    yield from (word.folded, f"{word.folded[:2]}*", f"~{word.sound}", f"~{word.sound[:2]}*", "*")
    yield from (word.bare, f"{word.bare[:2]}*")
    if word.elided:
        letters, second = word.elided
        yield letters
        yield from _keys(second)


@dataclass(frozen=True)
class Pattern:
    """A sequence of places; `anchored` if it must begin with the text."""

    places: tuple[_Place, ...]
    anchored: bool = False

    @classmethod
    def parse(cls, written: str, groups: Mapping[str, Sequence[str]], *, by_ear: bool) -> "Pattern":
        """Read a pattern as editors write it. Raises ValueError, in French.

        `by_ear` also takes French words that only sound like those written; not where a single word decides.
        """
        places = written.split()
        anchored = places[:1] == ["<"]
        by_ear = by_ear and len(places) > 1
        pattern = cls(tuple(_place(place, groups, by_ear=by_ear) for place in places[anchored:]), anchored)
        if not any(place.words or place.beginnings or place.parts for place in pattern.places if not place.optional):
            raise ValueError("il faut au moins un mot obligatoire, sinon tout message serait reconnu")
        return pattern

    def openings(self) -> Iterator[str]:
        """Yield what the words with which a fit may begin are filed under."""
        for place in self.places:
            yield from place.keys()
            if not place.optional:
                return

    def end(self, words: Sequence[Word], start: int) -> int | None:
        """Return the word after the shortest fit that begins at word `start`, or None."""
        return None if self.anchored and start else _end(self.places, words, start)


class Index:
    """Many patterns, filed so that few are tried: those whose rarest word is in the text, where they may begin."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        self._patterns = patterns
        used = Counter(key for pattern in patterns for place in pattern.places for key in set(place.keys()))
        used["*"] = len(patterns) ** 2
        self._openings = _filed(pattern.openings() for pattern in patterns)
        self._rarest = _filed(_rarest(pattern, used) for pattern in patterns)

    def spans(self, words: Sequence[Word]) -> Iterator[tuple[int, int, int]]:
        """Yield where a pattern fits: its number, its first word, the word after its last."""
        keys = [set(_keys(word)) for word in words]
        tried = {number for key in set().union(*keys) for number in self._rarest.get(key, ())}
        for start, of_word in enumerate(keys):
            for number in {number for key in of_word for number in self._openings.get(key, ())} & tried:
                if (end := self._patterns[number].end(words, start)) is not None:
                    yield number, start, end


def _filed(keys_of_patterns: Iterable[Iterable[str]]) -> dict[str, list[int]]:
    filed: dict[str, list[int]] = {}
    for number, keys in enumerate(keys_of_patterns):
        for key in set(keys):
            filed.setdefault(key, []).append(number)
    return filed


def _rarest(pattern: Pattern, used: Mapping[str, int]) -> Iterable[str]:
    """Return the keys of the place that fewest patterns share, one of which every text that fits must have."""
    places = [set(place.keys()) for place in pattern.places if not (place.optional or place.end or place.gap)]
    return min(places, key=lambda keys: sum(used[key] for key in keys), default={"*"})


def _end(places: Sequence[_Place], words: Sequence[Word], at: int, rest_of_word: Word | None = None) -> int | None:
    if not places:
        return None if rest_of_word else at
    place, rest = places[0], places[1:]
    if place.gap:
        ends = (_end(rest, words, at + skipped) for skipped in range(min(LONGEST_GAP, len(words) - at) + 1))
        return next((end for end in ends if end is not None), None)
    word = rest_of_word or (words[at] if at < len(words) else None)
    if word is not None:
        if place.takes(word) and (end := _end(rest, words, at + 1)) is not None:
            return end
        if word.elided and word.elided[0] in place.words:
            end = _end(rest, words, at, word.elided[1])
            if end is not None:
                return end
    if place.optional or (place.end and word is None):
        return _end(rest, words, at, rest_of_word)
    return None


def _place(written: str, groups: Mapping[str, Sequence[str]], *, by_ear: bool) -> _Place:
    if written == "...":
        return _Place(gap=True)
    optional = written.startswith("[") and written.endswith("]")
    forms: list[str] = []
    for form in (written[1:-1] if optional else written).split("|"):
        if form.startswith("$") and form[1:] not in groups:
            raise ValueError(f"le groupe {form} n'est pas défini sous words")
        forms += groups[form[1:]] if form.startswith("$") else [form]
    folded = [(form, _folded(form)) for form in forms if form != ">"]
    whole = frozenset(word for form, word in folded if "*" not in form)
    beginnings = tuple(word for form, word in folded if form[0] != "*" and form[-1] == "*")
    return _Place(
        words=whole,
        beginnings=beginnings,
        parts=tuple(word for form, word in folded if form[0] == "*"),
        sounds=frozenset(map(sound, whole)) if by_ear else frozenset(),
        sound_beginnings=tuple(map(beginning_sound, beginnings)) if by_ear else (),
        optional=optional,
        end=">" in forms,
    )


@cache
def _folded(form: str) -> str:
    word = fold(form)
    if not _FORM.fullmatch(form) or len(word.split()) != 1 or ("*" in form and len(word) < 2):
        raise ValueError(f"« {form} » n'est pas un mot (une apostrophe ou un trait d'union s'écrit avec une espace)")
    return word
