"""Read what editors write, strictly: every value stays the text they typed, and every error names file and line.

YAML would turn `01` into 1, `14:30` into 870, `no` into False and keep the last of two equal keys in silence.
Here there are only texts, lists and mappings; nothing is guessed.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

LARGEST_FILE = 1_000_000  # bytes
DEEPEST = 20  # levels; content needs four

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd]")  # left by a wrong copy or a wrong encoding
_TOO_DEEP = "il y a trop de niveaux les uns dans les autres"
_NO_ANCHORS = "les ancres (& et *) et les étiquettes (!) ne sont pas acceptées"
# What a value may be taken for while no tag is written; it stays a text whatever it looks like.
_UNTAGGED = {
    f"tag:yaml.org,2002:{kind}"
    for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "value", "seq", "map")
}
_YAML_IN_FRENCH = {  # by the beginning of what ruamel says; the first that fits
    "found character '\\t'": "il y a une tabulation, mets des espaces",
    "found character": "une valeur qui commence par ce signe se met entre guillemets",
    "mapping values": "il y a un « : » de trop, ou il en manque un à la ligne d'avant",
    "could not find expected ':'": "il manque « : » après la clé",
    "found unexpected end": "les guillemets ne sont pas fermés",
    "expected ',' or": "le crochet ou l'accolade n'est pas fermé",
    "found undefined alias": _NO_ANCHORS,
    "expected <block end>": "cette ligne n'est pas alignée avec les autres",
    "expected '<document start>'": "cette ligne n'est pas alignée avec les autres",
    "but found another document": "il y a une ligne --- de trop",
    "expected the node content": "il manque une valeur",
}

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
            # A misspelt key is one too many and one too few: its line is the one to show.
            first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
            field = ".".join(str(step) for step in first["loc"])
            self.fail(f"{field or 'fichier'} : {_in_french(first)}", loc + first["loc"])


def read_text(path: Path) -> str:
    """Return the text of a content file. Raises ContentError if it is missing, a link, too large or not clean UTF-8."""
    if path.is_symlink():
        raise ContentError(path, 1, "les liens vers un autre fichier ne sont pas acceptés")
    try:
        raw = path.read_bytes()
    except FileNotFoundError as error:
        raise ContentError(path, 1, "il manque ce fichier") from error
    except OSError as error:
        raise ContentError(path, 1, "ce fichier ne peut pas être lu") from error
    if len(raw) > LARGEST_FILE:
        raise ContentError(path, 1, "fichier trop gros (1 Mo au plus)")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ContentError(path, line, "le fichier n'est pas en UTF-8, enregistre-le en UTF-8") from error
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    for number, line_text in enumerate(text.split("\n"), 1):
        if line_text.startswith(("<<<<<<< ", ">>>>>>> ")):
            raise ContentError(path, number, "il reste une marque de fusion de git")
        if _INVISIBLE.search(line_text):
            raise ContentError(path, number, "il y a un signe invisible ou abîmé, efface-le et écris de nouveau le mot")
    return text


def read(path: Path) -> Document:
    """Parse a YAML file. Raises ContentError."""
    return parse(read_text(path), path)


def parse(text: str, path: Path, first_line: int = 1) -> Document:
    """Parse YAML `text` that begins at `first_line` of `path`. Raises ContentError."""
    try:
        value, lines = _parsed(text)
    except _Mistake as mistake:
        raise ContentError(path, mistake.line + first_line, mistake.problem) from None
    return Document(path, value, {loc: line + first_line for loc, line in lines.items()})


class _Mistake(Exception):
    """What is wrong with a text, on which line of it counted from 0."""

    def __init__(self, problem: str, line: int) -> None:
        self.problem = problem
        self.line = line


# A folder is read whole whenever one of its files changes: the others need not be parsed again.
@lru_cache(maxsize=1024)
def _parsed(text: str) -> tuple[Any, Mapping[Loc, int]]:
    """Return what YAML `text` holds, never to be changed, and the line of each part counted from 0."""
    lines: dict[Loc, int] = {}

    def refuse_marks(node: Node) -> None:
        if node.anchor or str(node.tag) not in _UNTAGGED:
            raise _Mistake(_NO_ANCHORS, node.start_mark.line)

    def build(node: Node, loc: Loc) -> Any:
        line = node.start_mark.line
        lines.setdefault(loc, line)
        if len(loc) > DEEPEST:
            raise _Mistake(_TOO_DEEP, line)
        refuse_marks(node)
        if isinstance(node, ScalarNode):
            return None if node.value == "" and node.style is None else str(node.value)
        if isinstance(node, SequenceNode):
            return [build(item, (*loc, index)) for index, item in enumerate(node.value)]
        if not isinstance(node, MappingNode):
            raise _Mistake("écriture non acceptée", line)
        mapping: dict[str, Any] = {}
        for key_node, value_node in node.value:
            refuse_marks(key_node)
            key = str(key_node.value)
            if not isinstance(key_node, ScalarNode):
                raise _Mistake("une clé doit être un mot", key_node.start_mark.line)
            if key in mapping:
                raise _Mistake(f"la clé « {key} » est écrite deux fois", key_node.start_mark.line)
            lines[(*loc, key)] = key_node.start_mark.line
            mapping[key] = build(value_node, (*loc, key))
        return mapping

    try:
        root = YAML(typ="safe", pure=True).compose(text)
    except (MarkedYAMLError, ReaderError, RecursionError) as error:
        raise _Mistake(*_what_and_where(error, text)) from error
    return build(root, ()) if root is not None else None, lines


def _what_and_where(error: MarkedYAMLError | ReaderError | RecursionError, text: str) -> tuple[str, int]:
    """Return what YAML found wrong, in words that help an editor, and the line on which to look."""
    if isinstance(error, RecursionError):
        return _TOO_DEEP, 0
    if isinstance(error, ReaderError):
        return "il y a un signe que ce fichier n'accepte pas", text.count("\n", 0, error.position)
    # What is left open is found far below: the line to show is where it begins.
    left_open = str(error.context).startswith(("while scanning a", "while parsing a flow"))
    mark = (error.context_mark if left_open else None) or error.problem_mark
    said = str(error.problem)
    problem = next((ours for theirs, ours in _YAML_IN_FRENCH.items() if said.startswith(theirs)), "mal écrit")
    return problem, mark.line if mark else 0


def _in_french(error: ErrorDetails) -> str:
    """Return what pydantic found wrong, in words that help an editor."""
    kind, limits = error["type"], error.get("ctx", {})
    day = "on attend une date, par exemple 2026-11-22"
    whole = "on attend un nombre entier"
    number = "on attend un nombre, avec un point : 561.68"
    return {
        "missing": "il manque cette ligne",
        "extra_forbidden": "cette clé n'existe pas",
        "model_type": "on attend des lignes « clé: valeur »",
        "dict_type": "on attend des lignes « clé: valeur »",
        "string_type": "on attend un texte",
        "string_too_short": f"trop court, le minimum est {limits.get('min_length')}",
        "string_too_long": f"trop long, le maximum est {limits.get('max_length')}",
        "tuple_type": "on attend une liste entre crochets : [cej, pacea]",
        "too_short": f"il en faut au moins {limits.get('min_length')}",
        "too_long": f"il en faut au plus {limits.get('max_length')}",
        "date_type": day,
        "int_type": whole,
        "int_parsing": whole,
        "decimal_type": number,
        "decimal_parsing": number,
        "finite_number": number,
        "greater_than": f"on attend un nombre plus grand que {limits.get('gt')}",
        "greater_than_equal": f"on attend {limits.get('ge')} ou plus",
        "less_than_equal": f"on attend {limits.get('le')} ou moins",
        "literal_error": f"on attend {limits.get('expected')}".replace(" or ", " ou "),
        "enum": f"on attend {limits.get('expected')}".replace(" or ", " ou "),
        "value_error": error["msg"].removeprefix("Value error, "),
    }.get(kind, "cette valeur n'est pas acceptée")
