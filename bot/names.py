"""Read a first name or a nickname."""

import re
import unicodedata

from bot import identity_numbers
from bot.unreadable import Problem, Unreadable, plain

LONGEST = 40  # characters
MOST_WORDS = 3
_REFUSED = re.compile(r"(?:\d\D*){5}|@|https?:|www\.|[<>{}\[\]=]|\.(?:com|fr|net|org)\b", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:je m['’]appell?e|moi c['’]est|c['’]est|mon (?:pr[ée]nom|surnom)[^:]*?(?:c['’]est|est|:)) +", re.IGNORECASE
)
# Alone in a message, these tell us something that is not a name.
_SAID = frozenset(
    word
    for words in (
        "aide aides aidez aider help sos besoin faim froid peur mal seul seule perdu perdue triste fatigue fatiguee",
        "malade enceinte dehors rue fugue vire viree rien personne quoi comment pourquoi combien aucun aucune moi",
        "oui ouais non nan ok menu urgence passer enlever retour stop jsp salut bonjour bonsoir coucou hello merci",
    )
    for word in words.split()
)


def read(text: str) -> str:
    """Return a name on one line without what hides or turns text. Raises Unreadable."""
    kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    name = _LEAD.sub("", " ".join(unicodedata.normalize("NFC", kept).split()))
    words = name.split()
    if not any(c.isalpha() for c in name) or _REFUSED.search(name) or identity_numbers.find(name):
        raise Unreadable(Problem.NOT_A_NAME)
    if len(name) > LONGEST or len(words) > MOST_WORDS or name.endswith("?"):
        raise Unreadable(Problem.NAME_TOO_LONG)
    # Several words in small letters are a sentence: « nulle part où aller ». Arabic and others have no capitals.
    if plain(name) in _SAID or (len(words) > 1 and any(word[0].islower() for word in words)):
        raise Unreadable(Problem.NOT_A_NAME)
    return name
