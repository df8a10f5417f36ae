"""Read a first name or a nickname."""

import re
import unicodedata

from bot import identity_numbers
from bot.unreadable import Problem, Unreadable, plain

LONGEST = 40  # characters
MOST_WORDS = 4
_REFUSED = re.compile(r"\d{4}|@|https?:|www\.|[<>{}\[\]=]|\.(?:com|fr|net|org)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:je m['’]appell?e|moi c['’]est|c['’]est|mon (?:pr[ée]nom|surnom)[^:]*?(?:c['’]est|est|:)) +", re.IGNORECASE
)
# Words of a sentence: whoever writes one of them is telling us something, not their name. The NLU may be down.
_SAID = re.compile(
    r"\b(?:je|j(?=')|jai|jsuis|moi|tu|me|mon|ma|mes|svp|stp|aide[sz]?|aider|help|besoin|faim|froid|peur|dormir|dors|quoi|pas|"
    r"plus|suis|est|veux|peux|parler|rien|oui|non|menu|urgence|comment|pourquoi|combien|salut|bonjour|bonsoir|coucou|hello|merci)\b"
)


def read(text: str) -> str:
    """Return a name on one line without what hides or turns text. Raises Unreadable."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    name = _LEAD.sub("", " ".join(unicodedata.normalize("NFC", kept).split()))
    if not any(c.isalpha() for c in name) or _REFUSED.search(name) or identity_numbers.find(name):
        raise Unreadable(Problem.NOT_A_NAME)
    if _SAID.search(plain(name)):
        raise Unreadable(Problem.NOT_A_NAME)
    if len(name) > LONGEST or len(name.split()) > MOST_WORDS or name.endswith("?"):
        raise Unreadable(Problem.NAME_TOO_LONG)
    return name
