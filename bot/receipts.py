"""What a structure sees of a request and may answer to it: the values that the receipt page and the core share.

Nothing here has a `repr` that tells a value of a person: what is raised on the way may end in a log.
"""

from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum
from typing import Protocol

from bot.i18n import to_translate

LONGEST_MESSAGE = 500  # characters, to the young person
LONGEST_LINE = 200  # characters of a place or of another structure
PARIS = "Europe/Paris"

# Why a structure cannot take somebody: what is kept, and what the page says.
REASONS = {
    "full": to_translate("Nous n'avons pas de place en ce moment"),
    "area": to_translate("Ce n'est pas notre secteur"),
    "age": to_translate("L'âge ne correspond pas à notre accueil"),
    "followed": to_translate("Une autre structure suit déjà cette personne"),
    "unreachable": to_translate("Nous n'arrivons pas à joindre cette personne"),
    "other": to_translate("Une autre raison"),
}


class Problem(StrEnum):
    """Why a request takes no answer. The page tells the first; of all others it says the same as of no request."""

    CLOSED = "closed"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    ERASED = "erased"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Line:
    """One line that the person agreed to send."""

    label: str
    value: str = field(repr=False)


@dataclass(frozen=True)
class Request:
    """A request as its structure may see it. Dates and hours are those of `zone`, an IANA name."""

    ref: str
    structure: str
    sent_on: date
    lines: tuple[Line, ...]
    state: str  # Problem.CLOSED: shown without its forms; the page knows no other
    answered: tuple[str, ...] = field(default=(), repr=False)  # sentences in French, the oldest first
    zone: str = PARIS


@dataclass(frozen=True)
class Received:
    """« We have it »: somebody will come back to the person."""

    message: str = field(default="", repr=False)


@dataclass(frozen=True)
class Appointment:
    """A day and an hour where the structure is; never past when it is given."""

    on: date = field(repr=False)
    at: time = field(repr=False)
    place: str = field(repr=False)
    message: str = field(default="", repr=False)


@dataclass(frozen=True)
class Cannot:
    """A code of REASONS, and who might, in the structure's own words."""

    reason: str
    other: str = field(default="", repr=False)
    message: str = field(default="", repr=False)


@dataclass(frozen=True)
class Reached:
    """Whether the structure reached the person."""

    reached: bool
    message: str = field(default="", repr=False)


Answer = Received | Appointment | Cannot | Reached


class Requests(Protocol):
    """What the page asks the core. None is a link that shows nothing (any more), whatever the reason."""

    async def look(self, token: str) -> Request | None:
        """Return the request of a link, changing nothing."""

    async def answer(self, token: str, answer: Answer) -> Request | None:
        """Keep an answer and return the request as it then is.

        An answer equal to the last one changes nothing and tells nobody twice: people press twice, browsers send again.
        """
