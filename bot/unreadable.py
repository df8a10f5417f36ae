"""What can be wrong with a typed answer, and the plain form in which every answer is read."""

import unicodedata
from enum import StrEnum
from functools import lru_cache

_ALIKE = str.maketrans({"œ": "oe", "æ": "ae", "’": "'", "ʼ": "'", "‘": "'", "`": "'", "ة": "ه", "ى": "ي", "ی": "ي"})
_ALIKE |= str.maketrans({"ک": "ك", "ـ": "", "−": "-"})


class Problem(StrEnum):
    """Why an answer cannot be read; each has its own sentence to say."""

    EMPTY = "empty"

    NOT_A_DATE = "not_a_date"
    DATE_AMONG_WORDS = "date_among_words"
    NO_SUCH_DAY = "no_such_day"
    NO_SUCH_MONTH = "no_such_month"
    YEAR_ALONE = "year_alone"
    DATE_TOO_FAR = "date_too_far"
    DATE_TOO_OLD = "date_too_old"
    HIJRI_DATE = "hijri_date"

    BIRTH_MONTH = "birth_month"
    BIRTH_YEAR = "birth_year"
    BIRTH_TOO_RECENT = "birth_too_recent"
    BIRTH_TOO_OLD = "birth_too_old"
    UNDER_15 = "under_15"

    NEITHER_PHONE_NOR_EMAIL = "neither_phone_nor_email"
    PHONE_TOO_SHORT = "phone_too_short"
    PHONE_TOO_LONG = "phone_too_long"
    PHONE_IMPOSSIBLE = "phone_impossible"
    SHORT_NUMBER = "short_number"
    TWO_PHONES = "two_phones"
    TWO_EMAILS = "two_emails"
    PHONE_AND_EMAIL = "phone_and_email"
    EMAIL_MALFORMED = "email_malformed"
    IDENTITY_NUMBER = "identity_number"

    DEPARTEMENT_UNKNOWN = "departement_unknown"
    CORSICA_2A_OR_2B = "corsica_2a_or_2b"
    POSTCODE_UNKNOWN = "postcode_unknown"
    TOWN_UNKNOWN = "town_unknown"
    TOWN_WITHOUT_POSTCODE = "town_without_postcode"

    NOT_A_NAME = "not_a_name"
    NAME_TOO_LONG = "name_too_long"

    PRESS_A_BUTTON = "press_a_button"


class Unreadable(Exception):
    """An answer that cannot be read. Its text never holds what was typed: it may end in a log."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem


def plain(text: str) -> str:
    """Return `text` in lower case, without accents or invisible signs, every digit as 0-9 and every space as one kind.

    Unlike `bot.words.fold` it keeps digits and punctuation as they are: « 31/03 » must not become letters.
    """
    return "".join(map(plain_letter, text))


@lru_cache(maxsize=4096)
def plain_letter(letter: str) -> str:
    """Return the plain form of one character: no character, one, or several (« œ »)."""
    if letter.isspace():
        return " "
    kept = (c for c in unicodedata.normalize("NFKD", letter).casefold() if not _is_invisible(c))
    return "".join(_sign(c) for c in kept).translate(_ALIKE)


def _is_invisible(letter: str) -> bool:
    return unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cc", "Cf", "Cs")


def _sign(letter: str) -> str:
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.digit(letter))
    return "-" if kind == "Pd" else letter
