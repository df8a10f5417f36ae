"""Read the month somebody was born in as people type it, and what it says of their age. Never a day."""

import re
from datetime import date

from bot import exit_dates
from bot.decent_hours import months_after
from bot.exit_dates import Ambiguous
from bot.unreadable import Problem, Unreadable, plain

OLDEST_AGE = 35  # years: beyond, the year was mistyped
YOUNGEST_WRITER = 6  # years: a month more recent than that is the answer to another question
AGES = {"15-17": range(15, 18), "18-20": range(18, 21), "21+": range(21, 200)}

_AROUND = frozenset(plain("je j suis née né nee c est le l la en au du de mois ans born in i was ولدت في").split())
_WORDS = re.compile(r"[^\W\d_]+")
_MONTH_AND_SHORT_YEAR = re.compile(r"\s*(\d{1,2})\s*[-/.,\s]\s*(\d\d)\s*")
_TOLD = {  # what `exit_dates` finds wrong, in the words of a birth
    Problem.EMPTY: Problem.EMPTY,
    Problem.HIJRI_DATE: Problem.HIJRI_DATE,
    Problem.DATE_TOO_OLD: Problem.BIRTH_TOO_OLD,
    Problem.DATE_TOO_FAR: Problem.BIRTH_TOO_RECENT,
}


def read(text: str, today: date) -> date:
    """Return the first day of the month of birth that `text` tells. Raises Unreadable.

    Stricter than a date of leaving: a month below 15 years erases everything, so nothing is guessed. Among other words
    it may be the month of something else, and a year that is not written in full is believed only for 15 or more.
    """
    answer = plain(text)
    if not all(word in _AROUND or exit_dates.is_of_a_date(word) for word in _WORDS.findall(answer)):
        raise Unreadable(Problem.BIRTH_MONTH)
    if short := _MONTH_AND_SHORT_YEAR.fullmatch(answer):  # « 05/08 » is no 5 August here
        answer = f"{short[1]}/{_full_year(short[2], today)}"
    try:
        found = exit_dates.read(answer, today)
    except Unreadable as error:
        raise Unreadable(_TOLD.get(error.problem, Problem.BIRTH_MONTH)) from None
    on = found.choices[0] if isinstance(found, Ambiguous) else found.on  # it is read back: the French way will do
    month = on.replace(day=1)
    told_in_full = str(month.year) in plain(text)
    if not told_in_full and (is_under_15(month, today) or not answer.rstrip(" .").endswith(f"{month.year % 100:02}")):
        raise Unreadable(Problem.BIRTH_YEAR)
    if months_after(month, YOUNGEST_WRITER * 12) > today:
        raise Unreadable(Problem.BIRTH_TOO_RECENT)
    if months_after(month, OLDEST_AGE * 12 + 1) <= today:
        raise Unreadable(Problem.BIRTH_TOO_OLD)
    return month


def is_under_15(month: date, today: date) -> bool:
    """Return whether somebody born in a month is surely under 15; in the month of their 15 years, their word counts."""
    return max(_ages(month, today)) < 15


def band(month: date, today: date, told: str) -> str:
    """Return the age band of somebody of 15 or more: the one they told if it can be, else the youngest that can."""
    ages = _ages(month, today)
    possible = [name for name, years in AGES.items() if any(age in years for age in ages)]
    return told if told in possible else possible[0]


def _ages(month: date, today: date) -> set[int]:
    """Return how old somebody born in a month may be: the day is not known."""
    years = today.year - month.year
    if today.month == month.month:
        return {years - 1, years}
    return {years if today.month > month.month else years - 1}


def _full_year(short: str, today: date) -> int:
    year = today.year // 100 * 100 + int(short)
    return year if year <= today.year else year - 100
