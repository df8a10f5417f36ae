"""How hard a text is to read: long sentences, acronyms that nobody explains, words that we never say. Pure."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

LONGEST_SENTENCE = 20  # words; the aim is 15

Line = tuple[int, str]  # its number in the file, and what it says

_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_OPENS_BLOCK = re.compile(r"\s*(?:#+|[-*]|\d+\.)\s+")
_END_OF_SENTENCE = re.compile(r"[.!?؟…]+[»”\")*\s]*(?:\s|$)")
_NAME = re.compile(r"[^\W\d_][^\W_]*(?:-[^\W_]+)*")


class Remark(NamedTuple):
    """Something to look at in a file, which stops nobody."""

    path: Path
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"


def remarks(
    path: Path, lines: Iterable[Line], known: Collection[str], forbidden: Mapping[str, str]
) -> Iterator[Remark]:
    """Yield what is hard to read in a text; `known` acronyms need no explanation, `forbidden` phrases have a reason."""
    met: set[str] = set()
    patterns = {phrase: (phrase_pattern(phrase), why) for phrase, why in forbidden.items()}
    for block in _blocks(lines):
        text = "\n".join(_plain(line) for _, line in block)

        def line_at(position: int, block: list[Line] = block, text: str = text) -> int:
            return block[text.count("\n", 0, position)][0]

        for start, words in _sentences(text):
            if words > LONGEST_SENTENCE:
                problem = f"phrase de {words} mots, {LONGEST_SENTENCE} au plus : coupe-la en deux"
                yield Remark(path, line_at(start), problem)
        for start, acronym in _acronyms(text):
            if acronym not in met and acronym not in known and not _is_explained(text, start, acronym):
                problem = f"« {acronym} » n'est ni expliqué la première fois, ni dans glossary.csv"
                yield Remark(path, line_at(start), problem)
            met.add(acronym)
        for phrase, (pattern, why) in patterns.items():
            if found := pattern.search(text):
                yield Remark(path, line_at(found.start()), f"« {phrase} » : {why}")


def phrase_pattern(phrase: str) -> re.Pattern[str]:
    """Return what finds a phrase as whole words (no « vous » in « rendez-vous »), whatever its spaces."""
    words = r"\s+".join(re.sub("['’]", "['’]", re.escape(word)) for word in phrase.split())
    return re.compile(rf"(?<![\w-]){words}(?![\w-])", re.IGNORECASE)


def _blocks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    """Yield the lines of each paragraph, heading and item of a list: a sentence runs over no two of them."""
    block: list[Line] = []
    for number, text in lines:
        if block and (not text.strip() or _OPENS_BLOCK.match(text) or block[-1][1].lstrip().startswith("#")):
            yield block
            block = []
        if text.strip():
            block.append((number, text))
    if block:
        yield block


def _plain(line: str) -> str:
    if opening := _OPENS_BLOCK.match(line):
        line = line[opening.end() :]
    return _PLACEHOLDER.sub("nombre", _LINK.sub(r"\1", line)).replace("**", "")


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each sentence begins, and its number of words."""
    start = 0
    for end in (*(found.end() for found in _END_OF_SENTENCE.finditer(text)), len(text)):
        words = [word for word in text[start:end].split() if any(letter.isalnum() for letter in word)]
        if words:
            yield start, len(words)
        start = end


def _acronyms(text: str) -> Iterator[tuple[int, str]]:
    """Yield the words with two capitals or more: CEJ, CeGIDD, C2S, but not Seine-Saint-Denis."""
    for found in _NAME.finditer(text):
        parts = found[0].split("-")
        if any(sum(letter.isupper() for letter in part) > 1 for part in parts):
            yield found.start(), found[0]


def _is_explained(text: str, start: int, acronym: str) -> bool:
    """« aide sociale à l'enfance (ASE) », « CSS (complémentaire santé solidaire) »."""
    before, after = text[:start], text[start + len(acronym) :]
    return before.rfind("(") > before.rfind(")") or after.lstrip(" *").startswith("(")
