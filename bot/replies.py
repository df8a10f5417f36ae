"""What is said, with no trace of Telegram: a text in Telegram's HTML subset and buttons."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

LONGEST_MESSAGE = 4096  # UTF-16 units after entities, Telegram's limit
LONGEST_PAYLOAD = 64  # bytes of a button's callback data, Telegram's limit

_TAG = re.compile(r"<[^>]*>")


class Undelivered(Exception):
    """Telegram certainly did not take what was said: it may be said again."""


class Outcome(StrEnum):
    """What became of one attempt to say something."""

    SENT = "sent"
    LATER = "later"  # certainly not taken: not connected, or Telegram says when to come back
    MAYBE = "maybe"  # perhaps taken: the answer was lost, or made no sense
    BLOCKED = "blocked"  # by the person, or the account is gone
    REFUSED = "refused"  # and it would be again
    SHUT_OUT = "shut_out"  # nothing will be taken with this token


@dataclass(frozen=True)
class Delivery:
    """An outcome; `wait` is Telegram's own word, `error` the class of what was raised."""

    outcome: Outcome
    wait: timedelta | None = None
    error: str = ""


@dataclass(frozen=True)
class Button:
    """A label and what it sends back when pressed; a payload names a topic or an action, never a person."""

    label: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One thing said: HTML and rows of buttons under its last bubble."""

    html: str
    buttons: tuple[tuple[Button, ...], ...] = ()

    @property
    def text(self) -> str:
        """What a reader sees, without markup."""
        return plain(self.html)


def plain(markup: str) -> str:
    """Return what is left to read of Telegram HTML."""
    return html.unescape(_TAG.sub("", markup))


def length(markup: str) -> int:
    """Return the length of a message as Telegram counts it: UTF-16 units of its text, entities resolved."""
    return len(plain(markup).encode("utf-16-le", "surrogatepass")) // 2


def bubbles(markup: str, limit: int = LONGEST_MESSAGE) -> Iterator[str]:
    """Split a long text at paragraphs, then lines, into bubbles that Telegram accepts.

    Content is written so that no tag crosses a line. A single line over the limit loses its markup and is cut.
    """
    bubble = ""
    for piece in _pieces(markup, limit):
        if length(bubble + piece) > limit:
            yield from _shown(bubble)
            bubble = ""
        bubble += piece
    yield from _shown(bubble)


def _shown(bubble: str) -> Iterator[str]:
    if plain(bubble).strip():  # Telegram refuses a bubble in which there is nothing to read
        yield bubble.strip()


def _pieces(markup: str, limit: int) -> Iterator[str]:
    for paragraph in re.split(r"(?<=\n\n)", markup):
        if length(paragraph) <= limit:
            yield paragraph
            continue
        for line in re.split(r"(?<=\n)", paragraph):
            if length(line) <= limit:
                yield line
            else:
                words = plain(line)
                half = limit // 2  # half as many characters are never too many UTF-16 units
                yield from (html.escape(words[i : i + half], quote=False) for i in range(0, len(words), half))
