"""Find the sentences to translate, for Babel. Its own reader misses those in f-strings and `translator(lang)("…")`.

Used by locales/babel.cfg: `extract` reads the code, `extract_numbers` what content/numbers.yml says of a number.
"""

import ast
from collections.abc import Iterator
from typing import IO


def extract(fileobj: IO[bytes], *_: object, **__: object) -> Iterator[tuple[int, str, str, list[str]]]:
    """Yield (line, function, sentence, comments) for each sentence given to a translator; Babel calls this."""
    for node in ast.walk(ast.parse(fileobj.read())):
        if isinstance(node, ast.Call) and _translates(node.func) and node.args:
            sentence = node.args[0]
            if isinstance(sentence, ast.Constant) and isinstance(sentence.value, str):
                yield node.lineno, "_", sentence.value, []


def extract_numbers(fileobj: IO[bytes], *_: object, **__: object) -> Iterator[tuple[int, str, str, list[str]]]:
    for line, row in enumerate(fileobj.read().decode().splitlines(), 1):
        key, _colon, value = row.strip().partition(": ")
        if key in ("name", "hours"):
            yield line, "_", value, []


def _translates(function: ast.expr) -> bool:
    if isinstance(function, ast.Call):
        function = function.func
        return isinstance(function, ast.Name) and function.id == "translator"
    return isinstance(function, ast.Name) and function.id in ("_", "to_translate")
