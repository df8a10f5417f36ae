"""The texts that translators need, each with an id of its own, and files of a language written from what they gave.

`cej.title`, `cej.button`, `cej.keywords`, `cej.1` for the first part of a topic; `themes.droits`; `contacts.caf.name`;
`plan.check_in`.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from bot import sections, translations
from bot.i18n import SOURCE_LANGUAGE
from bot.topics import SIGNATURE
from bot.yaml_files import read, read_text

HEADING = ("title", "button", "keywords")
_COMMA = re.compile(r"\s*[,،]\s*")
_NO_WRAP = 1_000_000  # columns: a list of keywords stays on its line


@dataclass(frozen=True)
class Text:
    """One text to translate; `translated` is "" while it is not, `mark` the fingerprint of the French."""

    id: str
    french: str
    translated: str
    mark: str
    stale: bool  # translated from another French text


@dataclass(frozen=True)
class File:
    """A file of a language, there or not yet, and its texts in the order of the French one."""

    path: Path
    prefix: str
    texts: tuple[Text, ...]

    @property
    def is_whole(self) -> bool:
        """Return whether it is translated whole or not at all. Plan texts are shown in French one by one."""
        return self.prefix != "plan"

    @property
    def is_page(self) -> bool:
        return _is_page(self.path)

    @property
    def signed_by(self) -> str | None:
        """Return who signed the translation of a topic, if anyone has."""
        return translations.heading(self.path).reviewed_by if self.is_page and self.path.exists() else None


def files(folder: Path, lang: str) -> list[File]:
    """Return every file that a translation into `lang` has or may have. Raises ContentError for one not readable."""
    others = [
        _file(folder / name / f"{SOURCE_LANGUAGE}.{extension}", lang, name)
        for name, extension in (("themes", "yml"), ("contacts", "yml"), ("plan", "md"))
    ]
    topics = [_file(path, lang, path.parent.name) for path in sorted(folder.glob(f"faq/*/{SOURCE_LANGUAGE}.md"))]
    return [*others, *topics]


def _file(french: Path, lang: str, prefix: str) -> File:
    path = french.with_name(f"{lang}{french.suffix}")
    ours, theirs = _texts(french), _texts(path) if path.exists() else {}
    mark = translations.mark(french) if _is_page(french) else ""
    stale = bool(mark and theirs) and translations.heading(path).french != mark
    texts = (
        Text(f"{prefix}.{key}", text, theirs.get(key, ""), mark or _mark(text), stale) for key, text in ours.items()
    )
    return File(path, prefix, tuple(texts))


def _texts(path: Path) -> dict[str, str]:
    """Return the texts of a file by the end of their id."""
    if path.suffix == ".yml":
        return dict(_leaves(read(path).value))
    if not _is_page(path):
        return {name: tidy(section.text) for name, section in sections.read(path).items()}
    heading = translations.heading(path)
    parts = enumerate(translations.parts(path), 1)
    return {
        "title": heading.title,
        "button": heading.button,
        "keywords": ", ".join(heading.keywords),
        **{str(number): tidy("\n".join(line for _, line in part)) for number, part in parts},
    }


def _leaves(value: object, above: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, part in value.items():
            yield from _leaves(part, f"{above}.{key}" if above else str(key))
    else:
        yield above, tidy(str(value or ""))


def _is_page(path: Path) -> bool:
    return path.parent.parent.name == "faq"


def _mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def tidy(text: str) -> str:
    """Return a text as it is compared and kept: plain line ends, no space at the end of a line."""
    return "\n".join(line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")).strip()


def written(file: File, given: Mapping[str, str]) -> str:
    """Return what `file` is to hold with the texts `given` by id; what else is in it stays, but for signatures."""
    new = {text.id.removeprefix(f"{file.prefix}."): given[text.id] for text in file.texts}
    if _is_page(file.path):
        return _page(file.path, new, file.texts[0].mark)
    if file.path.suffix == ".yml":
        return _yaml(file.path, new)
    return "\n\n".join(f"## {name}\n\n{text}" for name, text in new.items() if text) + "\n"


def _page(path: Path, new: Mapping[str, str], mark: str) -> str:
    front = CommentedMap()
    if path.exists():
        front = _editor().load(read_text(path).removeprefix("---\n").partition("\n---\n")[0])
    for key in ("title", "button"):
        _set(front, key, new[key])
    keywords = [word for word in _COMMA.split(new["keywords"]) if word]
    if [str(word) for word in front.get("keywords") or ()] != keywords:
        front["keywords"] = CommentedSeq(keywords)
        front["keywords"].fa.set_flow_style()
    _set(front, "french", mark)
    for key in SIGNATURE:
        if key in front:
            front[key] = None
    parts = (text for key, text in new.items() if key not in HEADING)
    return f"---\n{_dumped(front)}---\n" + "\n\n".join(parts) + "\n"


def _yaml(path: Path, new: Mapping[str, str]) -> str:
    whole = (_editor().load(read_text(path)) if path.exists() else None) or CommentedMap()
    for name, text in new.items():
        *above, last = name.split(".")
        part = whole
        for key in above:
            if not isinstance(part.get(key), dict):
                part[key] = CommentedMap()
            part = part[key]
        _set(part, last, text)
    return _dumped(whole)


def _set(part: Any, key: str, text: str) -> None:
    """Change a value only if it says something else: it may be written in another way."""
    if tidy(str(part.get(key) or "")) != text:
        part[key] = text


def _editor() -> YAML:
    """Return what reads YAML and writes it again with its comments and its quotation marks."""
    editor = YAML()
    editor.preserve_quotes = True
    editor.width = _NO_WRAP
    return editor


def _dumped(part: CommentedMap) -> str:
    to = StringIO()
    _editor().dump(part, to)
    return to.getvalue()
