"""Read the day or month of leaving care as people type it: French first, then English and Arabic."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeVar

from dateutil.relativedelta import relativedelta
from rapidfuzz.distance import OSA

from bot.unreadable import Problem, Unreadable, plain

OLDEST = date(1990, 1, 1)
FURTHEST = relativedelta(years=5)
V = TypeVar("V")
LONGEST_ANSWER = 200  # characters: beyond, it is a story and its dates are about something else


def _by_word(table: dict[V, str]) -> dict[str, V]:
    return {word.replace("_", " "): value for value, words in table.items() for word in plain(words).split()}


_MONTHS = _by_word(
    {
        1: "janvier janv jan january يناير جانفي كانون_الثاني",
        2: "fevrier fevr fev february feb فبراير فيفري شباط",
        3: "mars mar march مارس آذار",
        4: "avril avr april apr أبريل ابريل إبريل أفريل نيسان",
        5: "mai may مايو ماي أيار",
        6: "juin june jun يونيو يونيه جوان حزيران",
        7: "juillet juil july jul يوليو يوليوز يوليه جويلية تموز",
        8: "aout august aug أغسطس غشت أوت آب",
        9: "septembre sept sep september سبتمبر شتنبر أيلول",
        10: "octobre oct october أكتوبر تشرين_الأول",
        11: "novembre nov november نوفمبر نونبر تشرين_الثاني",
        12: "decembre dec december ديسمبر دجنبر كانون_الأول",
    }
)
_ENGLISH = frozenset("january february march april may june july august september october november december".split())  # noqa: SIM905
# « mars », « mai » and « march » are too close to other words: « marche », « mais »
_MISSPELT = {name: month for name, month in _MONTHS.items() if len(name) > 4 and name != "march"}
_HIJRI_WORDS = plain("هـ هجري محرم رمضان شعبان شوال رجب ramadan chaabane chawwal mouharram rajab hijri").split()
_DAY_WORDS = _by_word({-1: "hier yesterday أمس امبارح", 0: "aujourd aujourdhui today اليوم", 1: "demain tomorrow غدا"})
_NUMBERS = "un deux trois quatre cinq six sept huit neuf dix onze douze"
_NUMBER_WORDS = _by_word(dict(enumerate(_NUMBERS.split(), 1))) | _by_word({1: "une a one", 2: "two", 3: "three"})
_DAY, _WEEK = relativedelta(days=1), relativedelta(weeks=1)
_MONTH, _YEAR = relativedelta(months=1), relativedelta(years=1)
_UNITS = _by_word({_DAY: "jour jours day days يوم أيام", _WEEK: "semaine semaines week weeks أسبوع أسابيع"})
_UNITS |= _by_word({_MONTH: "mois month months شهر أشهر شهور", _YEAR: "an ans annee annees year years سنة سنوات"})
_BEFORE = ("il y a", "ya", "y a", "depuis", *plain("منذ قبل").split())
_AFTER = ("dans", "d'ici", "in", plain("بعد"))
_WHEN = "|".join((*_BEFORE, *_AFTER))
_AMOUNT = rf"(\d{{1,3}}|{'|'.join(_NUMBER_WORDS)})\s+({'|'.join(_UNITS)})"
_RELATIVE = re.compile(rf"\b({_WHEN})\s+(?:environ\s+)?{_AMOUNT}\b")
_NOT_DATES = re.compile(r"\b\d{1,2} ?(?:h|:) ?(?:\d\d)?\b|\b\d{1,2} ans\b")  # an hour, an age
_BETWEEN = r"\s*[-/.,_\\\s]\s*"
_THREE_NUMBERS = re.compile(rf"(?<!\d)(\d{{1,4}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{1,4}})(?!\d)")
_DAY_GLUED = re.compile(r"(?<!\d)(\d\d)(\d\d)((?:19|20)\d\d)(?!\d)")
_TWO_NUMBERS = re.compile(rf"(?<!\d)(?!\d{{4}}\D+\d{{4}})(\d{{4}}|\d{{1,2}}){_BETWEEN}(\d{{4}}|\d{{1,2}})(?!\d)")
_WORDS = re.compile(r"[^\W\d_]+|\d+")


@dataclass(frozen=True)
class Exit:
    """When someone leaves care; with precision "month", `on` is the last day of the month."""

    on: date
    precision: Literal["day", "month"]


@dataclass(frozen=True)
class Ambiguous:
    """A day that reads two ways; the French way comes first."""

    choices: tuple[date, ...]


def read(text: str, today: date) -> Exit | Ambiguous:
    """Return when `text` says that someone leaves or left care. Raises Unreadable.

    What stands around the date is passed over (« le 31 mars je crois »), so the answer is to be read back.
    """
    answer = plain(text).strip()
    if not any(c.isalnum() for c in answer):
        raise Unreadable(Problem.EMPTY)
    if len(answer) > LONGEST_ANSWER:
        raise Unreadable(Problem.NOT_A_DATE)
    if found := _RELATIVE.search(re.sub(r"\b(\w+ \w+) ago\b", r"il y a \1", answer)):
        number = int(found[2]) if found[2].isdigit() else _NUMBER_WORDS[found[2]]
        return _checked(_shifted(today, -number if found[1] in _BEFORE else number, _UNITS[found[3]]), today)
    answer = _NOT_DATES.sub(" ", answer)
    words = _WORDS.findall(answer)
    years = [int(word) for word in words if len(word) == 4 and word.isdigit()]
    if any(1300 <= year <= 1500 for year in years) or any(word in _HIJRI_WORDS for word in words):
        raise Unreadable(Problem.HIJRI_DATE)
    if found := _alone(_THREE_NUMBERS, answer) or _alone(_DAY_GLUED, answer):
        return _day_in_numbers(found[1], found[2], found[3], today)
    return _checked(_in_words(answer, words, today) or _without_day(answer, words, today), today)


def _alone(pattern: re.Pattern[str], answer: str) -> re.Match[str] | None:
    """Return where `pattern` is found. Raises Unreadable if other numbers stand beside it."""
    found = pattern.search(answer)
    if found and any(c.isdigit() for c in answer[: found.start()] + answer[found.end() :]):
        raise Unreadable(Problem.NOT_A_DATE)
    return found


def _shifted(today: date, number: int, size: relativedelta) -> Exit:
    """Return the day so far from today if it is told in days; told in weeks or more, nobody claims a day."""
    on = today + size * number
    return Exit(on, "day") if size == _DAY else _month(on.year, on.month)


def _day_in_numbers(first: str, second: str, third: str, today: date) -> Exit | Ambiguous:
    if len(first) == 4 and len(third) <= 2:
        return _checked(Exit(_day(int(first), int(second), int(third)), "day"), today)
    if len(first) > 2 or len(third) not in (2, 4):
        raise Unreadable(Problem.NOT_A_DATE)
    year = _year(third, today)
    french = _checked(Exit(_day(year, int(second), int(first)), "day"), today)
    try:
        american = _checked(Exit(_day(year, int(first), int(second)), "day"), today)
    except Unreadable:
        return french
    return french if len(third) == 4 or american == french else Ambiguous((french.on, american.on))


def _in_words(answer: str, words: list[str], today: date) -> Exit | None:
    named = [(place, month) for place, word in enumerate(words) if (month := _month_named(word))]
    named = named or [(0, month) for name, month in _MONTHS.items() if " " in name and name in answer]
    if not named:
        return None
    place, month = named[0]
    numbers = [(where, word) for where, word in enumerate(words) if word.isdigit()]
    years = [word for _, word in numbers if len(word) == 4]
    short = [(where, word) for where, word in numbers if len(word) <= 2]
    last_is_year = len(short) == 2 or words[place] not in _ENGLISH  # « March 27 » is a day, « mars 27 » is not
    if not years and short and short[-1][0] > place and last_is_year and len(short[-1][1]) == 2:
        years = [short.pop()[1]]
    if (
        any(month != other for _, other in named)
        or len(years) > 1
        or len(short) > 1
        or len(years) + len(short) != len(numbers)
    ):
        raise Unreadable(Problem.NOT_A_DATE)
    day = int(short[0][1]) if short else None
    direction = _direction(words)
    if years:
        year = _year(years[0], today)
    elif _YEAR in map(_UNITS.get, words) and (direction or "cette" in words):
        year = today.year + direction  # « en mars l'année dernière »
    else:
        return _nearest(month, day, today, direction)
    return _month(year, month) if day is None else Exit(_day(year, month, day), "day")


def is_of_a_date(word: str) -> bool:
    """Return whether a plain word is a month, misspelt or not, a day, a number or a unit."""
    return _month_named(word) is not None or any(word in table for table in (_DAY_WORDS, _NUMBER_WORDS, _UNITS))


def _month_named(word: str) -> int | None:
    if word in _MONTHS or len(word) < 4:
        return _MONTHS.get(word)
    near = {
        month
        for name, month in _MISSPELT.items()
        if name[0] == word[0] and OSA.distance(word, name) <= (1 if len(name) < 7 else 2)
    }
    return near.pop() if len(near) == 1 else None


def _without_day(answer: str, words: list[str], today: date) -> Exit:
    """Return the date of an answer with no month name: « 03/2027 », « 31/03 », « hier »."""
    if found := _alone(_TWO_NUMBERS, answer):
        return _two_numbers(found[1], found[2], today)
    numbers = [word for word in words if word.isdigit()]
    if len(numbers) == 1 and len(numbers[0]) == 4 and 1900 <= int(numbers[0]) < 2200:
        _checked(_month(int(numbers[0]), 1 if int(numbers[0]) > today.year else 12), today)
        raise Unreadable(Problem.YEAR_ALONE)
    if numbers:
        raise Unreadable(Problem.NOT_A_DATE)
    for word in words:
        if word in _DAY_WORDS:
            return _shifted(today, _DAY_WORDS[word] * (2 if {"avant", "apres"} & set(words) else 1), _DAY)
    size = next((_UNITS[word] for word in words if word in _UNITS), None)
    direction = _direction(words)
    if size in (_WEEK, _MONTH) and (direction or {"ce", "cette", "this", "fin"} & set(words)):
        return _shifted(today, direction, size)
    raise Unreadable(Problem.YEAR_ALONE if size == _YEAR and direction else Problem.NOT_A_DATE)


def _two_numbers(first: str, second: str, today: date) -> Exit:
    if len(first) == 4:
        first, second = second, first
    if len(second) == 4 or (int(second) > 12 and 1 <= int(first) <= 12):
        return _month(_year(second, today), int(first))
    return _nearest(int(second), int(first), today, 0)


def _direction(words: list[str]) -> int:
    """Return -1 for « dernier », 1 for « prochain », 0 when nothing is told."""
    if any(word.startswith(("derni", "passe", "last", plain("الماضي"))) for word in words):
        return -1
    return int(any(word.startswith(("prochain", "next", plain("القادم"), plain("المقبل"))) for word in words))


def _nearest(month: int, day: int | None, today: date, direction: int) -> Exit:
    """Return such a day or month nearest to today, on the side of `direction` if any; in November, May was last May."""
    _day(2000, month, 1 if day is None else day)  # refuses « 31 février » whatever the year; 2000 is a leap year
    years = range(today.year - 8, today.year + 9)  # leap days may be eight years apart
    if day is None:
        found = [(12 * (year - today.year) + month - today.month, _month(year, month)) for year in years]
    else:
        days = [date(year, month, day) for year in years if day <= monthrange(year, month)[1]]
        found = [((on - today).days, Exit(on, "day")) for on in days]
    right = [(away, one) for away, one in found if away * direction > 0 or not direction]
    return min(right, key=lambda one: (abs(one[0]), one[0]))[1]


def _month(year: int, month: int) -> Exit:
    return Exit(_day(year, month, 1) + relativedelta(day=31), "month")


def _day(year: int, month: int, day: int) -> date:
    if not 1 <= month <= 12:
        raise Unreadable(Problem.NO_SUCH_MONTH)
    if not 1 <= year <= 9999:
        raise Unreadable(Problem.DATE_TOO_OLD if year < 1 else Problem.DATE_TOO_FAR)
    if not 1 <= day <= monthrange(year, month)[1]:
        raise Unreadable(Problem.NO_SUCH_DAY)
    return date(year, month, day)


def _year(typed: str, today: date) -> int:
    if len(typed) == 4:
        return int(typed)
    return 2000 + int(typed) - (100 if 2000 + int(typed) >= today.year + 30 else 0)


def _checked(found: Exit, today: date) -> Exit:
    """Return `found` if it is within limits; a month is judged on its first day."""
    if (found.on if found.precision == "day" else found.on.replace(day=1)) > today + FURTHEST:
        raise Unreadable(Problem.DATE_TOO_FAR)
    if found.on < OLDEST:
        raise Unreadable(Problem.DATE_TOO_OLD)
    return found
