"""Recognise a cry for help: a pure matcher over word patterns, run on every text before anything else.

It needs no database, no network and no model. A false alarm costs one message too many, a miss may cost a life.
The patterns stand in `content/danger/<lang>.yml`; `content/danger/README.md` explains how they are written.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

LONGEST_GAP = 3  # words that `...` may stand for

# Letters of other alphabets that look like ours. Telegram users meet them in copied or disguised text.
_LOOK_ALIKES = str.maketrans(
    "авсԁеһіјкмнорԛѕтухүѡ" + "αβεηικνορτυχω" + "ıłøđ",
    "abcdehijkmhopqstuxyw" + "abenikvoptuxw" + "ilod",
) | str.maketrans({"œ": "oe", "æ": "ae"})
_LEET = str.maketrans("0134578@$!", "oieastbasi")
_SIGNS = "🆘🔪🩸💀☠🔫"  # emoji kept as words of their own, because they cry for help without words
_WORD = re.compile(rf"\*?[\w{_SIGNS}]+\*?")
_NOT_WORDS = re.compile(rf"([{_SIGNS}])|[\W_]")
_LETTER_RUN = re.compile(r"(?<!\S)(?:\w ){3,}\w(?!\S)")
_DOUBLED = re.compile(r"([^\W\d])\1+")


class LexiconError(ValueError):
    """A danger file that cannot be used; `loc` tells which part."""

    def __init__(self, problem: str, loc: tuple[str | int, ...]) -> None:
        super().__init__(problem)
        self.loc = loc


@dataclass(frozen=True)
class Lexicon:
    """One language's patterns, compiled, and the answer to each danger as Telegram HTML."""

    lang: str
    patterns: tuple[tuple[str, re.Pattern[str]], ...]  # danger, pattern; in order of priority
    guards: tuple[re.Pattern[str], ...]
    answers: Mapping[str, str]


def match(text: str, lexicons: Sequence[Lexicon]) -> str | None:
    """Return the danger that `text` speaks of, or None. Never raises on any text."""
    folded = f" {fold(text)} "
    found = {danger for lexicon in lexicons for danger in _hits(folded, lexicon)}
    return next((danger for danger in DANGERS if danger in found), None)


def _hits(folded: str, lexicon: Lexicon) -> Iterator[str]:
    innocent = [found.span() for guard in lexicon.guards for found in guard.finditer(folded)]
    for danger, pattern in lexicon.patterns:
        for found in pattern.finditer(folded):
            if not any(start < found.end() and found.start() < end for start, end in innocent):
                yield danger
                break


def fold(text: str) -> str:
    """Return `text` as plain lower-case words and a few emoji, one space apart, each run of one letter written once.

    Undoes what hides a word on purpose or by accident: accents, full-width and look-alike letters, zero-width
    characters, digits for letters, spaced letters, repeated letters.
    """
    text = unicodedata.normalize("NFKD", text.encode("utf-8", "ignore").decode("utf-8")).casefold()
    text = "".join(c for c in text if c.isspace() or unicodedata.category(c) not in ("Mn", "Cf", "Cc"))
    text = text.translate(_LOOK_ALIKES)
    words = (_unleet(word) for word in text.split())
    text = " ".join(_NOT_WORDS.sub(r" \1 ", " ".join(words)).split())
    text = _LETTER_RUN.sub(lambda run: run.group().replace(" ", ""), text)
    return _DOUBLED.sub(r"\1", text)


def _unleet(word: str) -> str:
    """Read digits as letters where they stand between letters: « su1cide », but not « 18 » nor « 2main »."""
    return re.sub(r"(?<=[^\W\d])[0134578@$!](?=[^\W\d])", lambda digit: digit.group().translate(_LEET), word)


def compile_lexicon(lang: str, source: Mapping[str, Any], render: Callable[[str], str]) -> Lexicon:
    """Build a Lexicon from a danger file; `render` turns its Markdown answers into HTML. Raises LexiconError."""
    if unknown := set(source) - {"words", "patterns", "guards", "answers"}:
        raise LexiconError("on attend words, patterns, guards et answers", (min(unknown),))
    words = {name: str(value).split() for name, value in (source.get("words") or {}).items()}
    patterns = source.get("patterns") or {}
    answers = source.get("answers") or {}
    for danger in DANGERS:
        if not patterns.get(danger) or not answers.get(danger):
            raise LexiconError(f"il manque {danger} dans patterns ou dans answers", ("patterns",))
    return Lexicon(
        lang=lang,
        patterns=tuple(
            (danger, _compile(pattern, words, ("patterns", danger, index)))
            for danger in DANGERS
            for index, pattern in enumerate(patterns[danger])
        ),
        guards=tuple(
            _compile(guard, words, ("guards", index)) for index, guard in enumerate(source.get("guards") or ())
        ),
        answers={danger: _rendered(answers[danger], render, ("answers", danger)) for danger in DANGERS},
    )


def _rendered(answer: str, render: Callable[[str], str], loc: tuple[str | int, ...]) -> str:
    try:
        return render(answer)
    except ValueError as error:
        raise LexiconError(str(error), loc) from error


def _compile(pattern: Any, words: Mapping[str, list[str]], loc: tuple[str | int, ...]) -> re.Pattern[str]:
    """Compile one pattern: words, `a|b`, `début*`, `*fin`, `[facultatif]`, `$groupe`, `...` for up to LONGEST_GAP words,
    `<` for the beginning of the message and `>` for its end. The shortest stretch of text that fits is the hit.
    """
    if not isinstance(pattern, str) or not pattern.strip():
        raise LexiconError("on attend une suite de mots", loc)
    out = ""
    for place in pattern.split():
        if place == "...":
            out += rf"(?:\S+ ){{0,{LONGEST_GAP}}}?"
        elif place == "<":
            out += r"(?<=\A )"
        else:
            optional = place.startswith("[") and place.endswith("]")
            parts = (place[1:-1] if optional else place).split("|")
            forms = [form for part in parts for form in _forms(part, words, loc)]
            out += rf"(?:{'|'.join(forms)}){'?' if optional else ''}"
    if re.fullmatch(out.replace(r"(?<=\A )", ""), ""):
        raise LexiconError("il faut au moins un mot obligatoire, sinon tout message serait reconnu", loc)
    return re.compile(rf"(?<= ){out}")


def _forms(part: str, words: Mapping[str, list[str]], loc: tuple[str | int, ...]) -> list[str]:
    if part == ">":
        return [r"\Z"]
    if part.startswith("$"):
        if part[1:] not in words:
            raise LexiconError(f"le groupe {part} n'est pas défini sous words", loc)
        return [form for word in words[part[1:]] for form in _forms(word, {}, loc)]
    folded = fold(part)
    if not _WORD.fullmatch(part) or not folded or " " in folded:
        raise LexiconError(f"« {part} » n'est pas un mot (apostrophe et trait d'union s'écrivent avec une espace)", loc)
    before, after = (r"\S*" if star else "" for star in (part.startswith("*"), part.endswith("*")))
    return [before + re.escape(folded) + after + " "]
