"""What a translation must share with its French: the same amounts and numbers, and no line left in French."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot import sections
from bot.i18n import SOURCE_LANGUAGE
from bot.pages import fingerprint
from bot.topics import Heading
from bot.yaml_files import ContentError, Document, parse, read, read_text

PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_WORDS_OF_A_SENTENCE = 4  # « Habitat Jeunes » may stand alone on a line in any language
_TEXT = re.compile(r"^\s*(?:[-*]|\d+\.)?\s*(.*?)\s*$")


def check(folder: Path, is_stale: Callable[[str, str], bool]) -> None:
    """Compare every translation of a content folder with its French. Raises ContentError in the translation.

    `is_stale` gets a topic and a language: where it is true the French is shown, and nothing has to be the same.
    """
    for path in sorted(folder.glob("faq/*/*.md")):
        if path.stem != SOURCE_LANGUAGE and not is_stale(path.parent.name, path.stem):
            check_page(path.with_name(f"{SOURCE_LANGUAGE}.md"), path)
    for name, below in (("contacts", None), ("danger", "answers")):
        _check_entries(folder / name, below)
    french = sections.read(folder / "plan" / f"{SOURCE_LANGUAGE}.md")
    for path in sorted((folder / "plan").glob("*.md")):
        for part, (_, line, text) in sections.read(path).items():
            if problem := differing(french[part].text, text):
                raise ContentError(path, line, problem)


def _check_entries(folder: Path, below: str | None) -> None:
    """Compare the entries of each language that French has too."""
    files = {path.stem: read(path) for path in sorted(folder.glob("*.yml"))}
    french = _entries(files[SOURCE_LANGUAGE], below)
    for document in files.values():
        for key, entry in _entries(document, below).items():
            if key in french and (problem := differing(french[key], entry)):
                document.fail(problem, (below, key) if below else (key,))


def _entries(document: Document, below: str | None) -> dict[str, str]:
    """Return the text of each entry, its fields one after the other."""
    entries: dict[str, Any] = document.mapping()[below] if below else document.mapping()
    return {key: " ".join(entry.values()) if isinstance(entry, dict) else entry for key, entry in entries.items()}


def check_page(french: Path, translated: Path) -> None:
    """Compare the text of a topic with its translation, part by part. Raises ContentError in the translation."""
    source, target = parts(french), parts(translated)
    left = {_sentence(line) for part in source for _, line in part}
    for ours, theirs in zip(source, target, strict=False):  # the number of parts is checked elsewhere
        wanted, found = (dict(_placeholders(part)) for part in (ours, theirs))
        for one in sorted(wanted.keys() - found.keys()):
            raise ContentError(
                translated, theirs[0][0], f"il manque {one}, qui est dans cette partie du texte français"
            )
        for one in sorted(found.keys() - wanted.keys()):
            raise ContentError(translated, found[one], f"{one} n'est pas dans cette partie du texte français")
        for number, line in theirs:
            if _sentence(line) in left and len(_sentence(line).split()) >= _WORDS_OF_A_SENTENCE:
                raise ContentError(translated, number, "cette ligne est restée en français")


def differing(french: str, translated: str) -> str | None:
    """Return what two short texts do not share, or None."""
    wanted, found = (set(PLACEHOLDER.findall(text)) for text in (french, translated))
    if lost := sorted(wanted - found):
        return f"il manque {', '.join(lost)}, comme dans le texte français"
    if more := sorted(found - wanted):
        return f"le texte français n'a pas {', '.join(more)}"
    return None


def body(path: Path) -> list[tuple[int, str]]:
    """Return the lines below the front matter of a text, numbered as in the file. Raises ContentError."""
    return _front_and_body(path)[1]


def heading(path: Path) -> Heading:
    """Return the front matter of a text. Raises ContentError."""
    return parse("\n".join(line for _, line in _front_and_body(path)[0]), path, 2).as_model(Heading)


def mark(path: Path) -> str:
    """Return the fingerprint of a text: a translation carries that of its French. Raises ContentError."""
    return fingerprint(heading(path), "\n".join(line for _, line in body(path)))


def _front_and_body(path: Path) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    lines = list(enumerate(read_text(path).split("\n"), 1))
    end = next((at for at, (_, line) in enumerate(lines) if at and line == "---"), None)
    if end is None:
        raise ContentError(path, 1, "il manque la ligne --- qui ferme l'en-tête")
    return lines[1:end], lines[end + 1 :]


def parts(path: Path) -> list[list[tuple[int, str]]]:
    """Return the lines of each part of a text, each from its heading on."""
    found: list[list[tuple[int, str]]] = []
    for number, line in body(path):
        if line.startswith("## "):
            found.append([])
        if found:
            found[-1].append((number, line))
    return found


def _placeholders(part: list[tuple[int, str]]) -> list[tuple[str, int]]:
    return [(found, number) for number, line in part for found in PLACEHOLDER.findall(line)]


def _sentence(line: str) -> str:
    found = _TEXT.match(line)
    return found[1] if found else ""
