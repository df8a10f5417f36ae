"""Read a first name or a nickname."""

import re
import unicodedata

from bot import identity_numbers
from bot.unreadable import Problem, Unreadable

LONGEST = 40  # characters
MOST_WORDS = 4
_REFUSED = re.compile(r"\d{4}|@|https?:|www\.|[<>{}\[\]=]|\.(?:com|fr|net|org)\b", re.IGNORECASE)


def read(text: str) -> str:
    """Return a name on one line without what hides or turns text. Raises Unreadable."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join(unicodedata.normalize("NFC", kept).split())
    if not any(c.isalpha() for c in name) or _REFUSED.search(name) or identity_numbers.find(name):
        raise Unreadable(Problem.NOT_A_NAME)
    if len(name) > LONGEST or len(name.split()) > MOST_WORDS or name.endswith("?"):
        raise Unreadable(Problem.NAME_TOO_LONG)
    return name
