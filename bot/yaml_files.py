"""Read what editors write, strictly: every value stays the text they typed, and every error names file and line.

YAML would turn `01` into 1, `14:30` into 870, `no` into False and keep the last of two equal keys in silence.
Here there are only texts, lists and mappings; nothing is guessed.
"""

from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

LARGEST_FILE = 1_000_000  # bytes
DEEPEST = 20  # levels; content needs four

Loc = tuple[int | str, ...]
M = TypeVar("M", bound=BaseModel)


class ContentError(Exception):
    """Something wrong in a content file; its text begins with `file:line:`."""

    def __init__(self, path: Path, line: int, problem: str) -> None:
        super().__init__(f"{path}:{line}: {problem}")


class Document:
    """A parsed file: `value` is made of dicts, lists, texts and None; `line(loc)` tells where a part stands."""

    def __init__(self, path: Path, value: Any, lines: dict[Loc, int]) -> None:
        self.path = path
        self.value = value
        self._lines = lines

    def line(self, loc: Loc) -> int:
        """Return the line of the part at `loc`, or of the nearest part around it."""
        while loc and loc not in self._lines:
            loc = loc[:-1]
        return self._lines.get(loc, 1)

    def fail(self, problem: str, loc: Loc = ()) -> NoReturn:
        raise ContentError(self.path, self.line(loc), problem)

    def mapping(self) -> dict[str, Any]:
        if not isinstance(self.value, dict):
            self.fail("on attend une liste de « clé: valeur »")
        return self.value

    def as_model(self, model: type[M], loc: Loc = ()) -> M:
        """Return the part at `loc` as `model`. Raises ContentError at the line of the first wrong field."""
        part = self.value
        for step in loc:
            part = part[step]
        try:
            return model.model_validate(part)
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(step) for step in first["loc"])
            self.fail(f"{field or 'fichier'} : {_in_french(first['type'], first['msg'])}", loc + first["loc"])


def read_text(path: Path) -> str:
    """Return the text of a content file. Raises ContentError if it is missing, too large or not UTF-8."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ContentError(path, 1, f"fichier illisible ({error.strerror})") from error
    if len(raw) > LARGEST_FILE:
        raise ContentError(path, 1, "fichier trop gros (1 Mo au plus)")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError(path, line, "le fichier n'est pas en UTF-8, enregistre-le en UTF-8") from error
    text = text.replace("\r\n", "\n")
    for number, line_text in enumerate(text.split("\n"), 1):
        if line_text.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise ContentError(path, number, "il reste une marque de fusion de git")
    return text


def read(path: Path) -> Document:
    """Parse a YAML file. Raises ContentError."""
    return parse(read_text(path), path)


def parse(text: str, path: Path, first_line: int = 1) -> Document:
    """Parse YAML `text` that begins at `first_line` of `path`. Raises ContentError."""
    offset = first_line
    lines: dict[Loc, int] = {}

    def fail(problem: str, line: int) -> NoReturn:
        raise ContentError(path, line + offset, problem)

    def build(node: Node, loc: Loc) -> Any:
        line = node.start_mark.line
        lines.setdefault(loc, line + offset)
        if len(loc) > DEEPEST:
            fail("trop de niveaux imbriqués", line)
        if node.anchor or (node.tag and not str(node.tag).startswith("tag:yaml.org,2002:")):
            fail("les ancres (&) et les étiquettes (!) ne sont pas acceptées", line)
        if isinstance(node, ScalarNode):
            return None if node.value == "" and node.style is None else str(node.value)
        if isinstance(node, SequenceNode):
            return [build(item, (*loc, index)) for index, item in enumerate(node.value)]
        if not isinstance(node, MappingNode):
            fail("écriture non acceptée", line)
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            if not isinstance(key_node, ScalarNode):
                fail("une clé doit être un mot", key_node.start_mark.line)
            if key in mapping:
                fail(f"la clé « {key} » est écrite deux fois", key_node.start_mark.line)
            lines[(*loc, key)] = key_node.start_mark.line + offset
            mapping[key] = build(value_node, (*loc, key))
        return mapping

    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        fail(f"YAML mal écrit ({error.problem or error.context})", mark.line if mark else 0)
    except (ReaderError, RecursionError) as error:
        fail(f"YAML illisible ({type(error).__name__})", 0)
    return Document(path, build(root, ()) if root is not None else None, lines)


def _in_french(kind: str, message: str) -> str:
    return {
        "missing": "il manque cette ligne",
        "extra_forbidden": "cette clé n'existe pas",
        "string_type": "on attend un texte",
        "date_from_datetime_parsing": "on attend une date, par exemple 2026-11-22",
        "date_parsing": "on attend une date, par exemple 2026-11-22",
        "int_parsing": "on attend un nombre entier",
        "decimal_parsing": "on attend un nombre, avec un point : 561.68",
    }.get(kind, message.removeprefix("Value error, "))
