"""Keep French names, numbers and links readable inside a text that runs from right to left. Pure.

Whatever is in Latin letters or digits gets an isolate (Unicode UAX #9): it turns nothing around it. Lines without a
right-to-left letter are left alone.
"""

import re
import unicodedata

_ISOLATE, _END = "\u2066", "\u2069"
_RIGHT_TO_LEFT = "\u200f"
_BY_HAND = re.compile("[\u2066-\u2069]")
# From a Latin letter or digit to the last one of the run, over what joins them, and with « (CEJ) » behind it; tags and
# Arabic end it.
_LETTER = r"[A-Za-zÀ-ÖØ-öø-ɏ0-9€]"
_WORDS = rf"{_LETTER}(?:(?:[^\S\n]|['’.,/@_+°–‑-]|:(?!\s))*{_LETTER})*(?:%|°)?"
_RUN = re.compile(rf"[+@#/]?{_WORDS}(?:[^\S\n]\({_WORDS}\))*(?:[^\S\n]?[?!.…]+(?=[^\S\n]?»))?")
_PART = re.compile(r"(<[^>]*>|&\w+;|\n)")


def isolated(html: str) -> str:
    """Return Telegram HTML, or plain text, with its left-to-right parts isolated where the line needs it."""
    return "\n".join(_line(line) if _runs_left(line) else line for line in html.split("\n"))


def _line(line: str) -> str:
    if _BY_HAND.search(line):  # whoever wrote it has seen to it
        return line
    parts = _PART.split(line)
    words = [part for part in parts if not _PART.fullmatch(part)]
    # Some applications take the direction of a line from its first letter, isolated or not.
    opening = "" if _begins_right("".join(words)) else _RIGHT_TO_LEFT
    told = (part if _PART.fullmatch(part) else _RUN.sub(rf"{_ISOLATE}\g<0>{_END}", part) for part in parts)
    return opening + "".join(told)


def _begins_right(line: str) -> bool:
    strong = (kind for letter in line if (kind := unicodedata.bidirectional(letter)) in ("L", "R", "AL"))
    return next(strong, "R") != "L"


def _runs_left(line: str) -> bool:
    return any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in line)
