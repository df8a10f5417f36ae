"""Words of a text in one plain form, and patterns of words.

Editors write the patterns; `content/danger/README.md` explains the language to them.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

LONGEST_GAP = 3  # words that `...` may stand for

# Letters of other alphabets that look like ours. Telegram users meet them in copied or disguised text.
_LOOK_ALIKES = str.maketrans(
    "авсԁеһіјкмнорԛѕтухүѡ" + "αβεηικνορτυχω" + "ıłøđ",
    "abcdehijkmhopqstuxyw" + "abenikvoptuxw" + "ilod",
) | str.maketrans({"œ": "oe", "æ": "ae"})
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_SIGNS = "🆘🔪🩸💀☠🔫"  # emoji kept as words, because they cry for help without words
_NOT_WORDS = re.compile(rf"([{_SIGNS}])|[\W_]")
_LETTER_RUN = re.compile(r"(?<!\S)(?:(?:\w {1,3}){3,}|(?:\w[.-]){3,})\w(?![\w-])")
_DOUBLED = re.compile(r"([^\W\d])\1+")
_FORM = re.compile(rf"[\w{_SIGNS}]+|\w\w+\*|\*\w\w+\*")


def fold(text: str) -> str:
    """Return `text` as plain lower-case words and a few emoji, one space apart, each run of one letter written once.

    Undoes what hides a word on purpose or by accident: accents, full-width and look-alike letters, zero-width
    characters, digits for letters, spaced letters, repeated letters.
    """
    text = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode("utf-8")).casefold()
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Mn", "Me", "Cf", "Cc"))
    text = _LETTER_RUN.sub(_joined, text.translate(_LOOK_ALIKES))
    words = (_unleet(word) for word in text.split())
    text = " ".join(_NOT_WORDS.sub(r" \1 ", " ".join(words)).split())
    return _DOUBLED.sub(r"\1", text)


def _joined(run: re.Match[str]) -> str:
    """Return spaced letters as words: « j e  v e u x » has wider spaces between words than between letters."""
    return " ".join(re.sub(r"\W", "", word) for word in re.split(r" {2,}", run.group()))


def _unleet(word: str) -> str:
    """Read signs as letters where they stand in a word: « su1cide », « $uicide », but not « 18 » nor « 2main »."""
    return re.sub(r"(?<=[^\W\d])[0134578@$!](?=[^\W\d])|^[@$](?=[^\W\d])", lambda s: s.group().translate(_LEET), word)


@dataclass(frozen=True)
class _Place:
    """One place of a pattern: the words that may stand there, given whole, by their beginning or by a part."""

    words: frozenset[str] = frozenset()
    beginnings: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()
    optional: bool = False
    end: bool = False  # the end of the text will do as well
    gap: bool = False  # any words, up to LONGEST_GAP

    def takes(self, word: str) -> bool:
        if word in self.words or word.startswith(self.beginnings):
            return True
        return bool(self.parts) and any(part in word for part in self.parts)


@dataclass(frozen=True)
class Pattern:
    """A sequence of places; `anchored` if it must begin with the text."""

    places: tuple[_Place, ...]
    anchored: bool = False

    @classmethod
    def parse(cls, written: str, groups: Mapping[str, Sequence[str]]) -> "Pattern":
        """Read a pattern as editors write it. Raises ValueError, in French."""
        places = written.split()
        anchored = places[:1] == ["<"]
        pattern = cls(tuple(_place(place, groups) for place in places[anchored:]), anchored)
        if not any(place.words or place.beginnings or place.parts for place in pattern.places if not place.optional):
            raise ValueError("il faut au moins un mot obligatoire, sinon tout message serait reconnu")
        return pattern

    def openings(self) -> Iterator[str]:
        """Yield the words with which a fit may begin, `ab*` for any that begins so, `*` for any at all."""
        for place in self.places:
            yield from place.words
            yield from (f"{beginning[:2]}*" for beginning in place.beginnings)
            if place.parts or place.gap:
                yield "*"
            if not place.optional:
                return

    def end(self, words: Sequence[str], start: int) -> int | None:
        """Return the word after the shortest fit that begins at word `start`, or None."""
        return None if self.anchored and start else _end(self.places, words, start)


def openings(word: str) -> tuple[str, str, str]:
    """Return the openings that `word` fits, see Pattern.openings."""
    return word, f"{word[:2]}*", "*"


def _end(places: Sequence[_Place], words: Sequence[str], at: int) -> int | None:
    if not places:
        return at
    place, rest = places[0], places[1:]
    if place.gap:
        ends = (_end(rest, words, at + skipped) for skipped in range(min(LONGEST_GAP, len(words) - at) + 1))
        return next((end for end in ends if end is not None), None)
    if at < len(words) and place.takes(words[at]) and (end := _end(rest, words, at + 1)) is not None:
        return end
    return _end(rest, words, at) if place.optional or (place.end and at == len(words)) else None


def _place(written: str, groups: Mapping[str, Sequence[str]]) -> _Place:
    if written == "...":
        return _Place(gap=True)
    optional = written.startswith("[") and written.endswith("]")
    forms: list[str] = []
    for form in (written[1:-1] if optional else written).split("|"):
        if form.startswith("$") and form[1:] not in groups:
            raise ValueError(f"le groupe {form} n'est pas défini sous words")
        forms += groups[form[1:]] if form.startswith("$") else [form]
    folded = [(form, _folded(form)) for form in forms if form != ">"]
    return _Place(
        words=frozenset(word for form, word in folded if "*" not in form),
        beginnings=tuple(word for form, word in folded if form[0] != "*" and form[-1] == "*"),
        parts=tuple(word for form, word in folded if form[0] == "*"),
        optional=optional,
        end=">" in forms,
    )


@cache
def _folded(form: str) -> str:
    word = fold(form)
    if not _FORM.fullmatch(form) or len(word.split()) != 1 or ("*" in form and len(word) < 2):
        raise ValueError(f"« {form} » n'est pas un mot (une apostrophe ou un trait d'union s'écrit avec une espace)")
    return word
