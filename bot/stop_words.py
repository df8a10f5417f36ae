"""The words that, alone in a message, end the messages we send: `content/stop_words.yml`, every language together."""

from pathlib import Path

from bot.words import fold
from bot.yaml_files import read


def load(path: Path) -> frozenset[str]:
    """Return the stop words, folded. Raises ContentError."""
    document = read(path)
    for lang, words in document.mapping().items():
        if not isinstance(words, list) or not all(isinstance(word, str) and fold(word) for word in words):
            document.fail("on attend une liste de mots", (lang,))
    return frozenset(fold(word) for words in document.mapping().values() for word in words)


def is_stop(text: str, words: frozenset[str]) -> bool:
    """Return whether a message says stop and nothing else: « STOP !!! », but not « stop à la violence »."""
    return fold(text) in words
