"""Whether a typed answer may be more than one: « dehors depuis 3 jours » is no date, « j'ai faim » no first name."""

import re

from bot import exit_dates
from bot.joining import Step
from bot.unreadable import plain

LONG = 3  # words: more than a place or a number needs
_WORDS = re.compile(r"[^\W\d_]+")
# What stands around a date when somebody only tells a date.
_AROUND_A_DATE = frozenset(
    plain(word)
    for words in (
        "le la l en au du de des d a fin debut mi milieu mois ce cette",
        "dernier derniere passe passee prochain prochaine",
        "je j suis sors sorti sortie pars parti partie vais partir sortir quitte quitter partirai sortirai",
        "depuis il y dans ici environ vers c est etait ca sera normalement avant apres hui peu pres crois foyer",
        "the on of in last next ago since left leave leaving i منذ قبل بعد في الماضي القادم",
    )
    for word in words.split()
)


def may_be_more(text: str, step: Step) -> bool:
    """Return whether a typed answer must first be read as a message to us."""
    words = _WORDS.findall(plain(text))
    match step:
        case Step.NAME:
            return True
        case Step.EXIT:
            return not is_only_a_date(text)
        case _:
            return len(words) >= LONG


def is_only_a_date(text: str) -> bool:
    """Return whether nothing stands in an answer but a date and the words around one."""
    return all(word in _AROUND_A_DATE or exit_dates.is_of_a_date(word) for word in _WORDS.findall(plain(text)))
