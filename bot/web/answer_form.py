"""Read what a structure typed into one of the four answers."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from bot import exit_dates, unreadable
from bot.exit_dates import Ambiguous
from bot.mails import cleaned
from bot.receipts import LONGEST_LINE, LONGEST_MESSAGE, REASONS, Answer, Appointment, Cannot, Reached, Received
from bot.unreadable import Unreadable

RECEIVED, APPOINTMENT, CANNOT, REACHED = "received", "appointment", "cannot", "reached"
# What the forms may carry, besides their seal; `answer` is one of the four above, `reached` « yes » or « no ».
FIELDS = ("answer", "on", "at", "place", "reason", "other", "reached", "message")
FURTHEST = timedelta(days=366)
_HOUR = re.compile(r"(\d{1,2}) ?(?:h|:|\.|heures?) ?(\d\d)?(?::\d\d)?")
_LINK = re.compile(r"https?:|\bwww\.|\bt\.me\b", re.IGNORECASE)
_NO_LINK = "Écrivez sans lien : la personne ne doit rien avoir à ouvrir."

_PAST_DAY = "Ce jour est passé. Choisissez un jour à venir."
_FAR_DAY = "Ce jour est dans plus d'un an. Vérifiez l'année."
_DAY_SAID = {
    unreadable.Problem.EMPTY: "Indiquez le jour du rendez-vous.",
    unreadable.Problem.NO_SUCH_DAY: "Ce jour n'existe pas dans le calendrier.",
    unreadable.Problem.NO_SUCH_MONTH: "Ce mois n'existe pas : il y en a douze.",
    unreadable.Problem.DATE_TOO_OLD: _PAST_DAY,
    unreadable.Problem.DATE_TOO_FAR: _FAR_DAY,
}
_DAY_UNREAD = "Ce jour n'est pas lisible. Écrivez-le ainsi : 31/12/2026."
_HOUR_UNREAD = "Cette heure n'est pas lisible. Écrivez-la ainsi : 14h30."


class Mistakes(Exception):
    """What cannot be taken as it was typed: for each field, a sentence. Its own text says nothing."""

    def __init__(self, said: dict[str, str]) -> None:
        super().__init__()
        self.said = said


def read(typed: Mapping[str, str], now: datetime) -> Answer:
    """Return the answer; `now` is in the structure's zone. Raises Mistakes, of no field when there is no answer."""
    wrong: dict[str, str] = {}
    message = _message(typed.get("message", ""), wrong)
    answer: Answer | None = None
    match typed.get("answer"):
        case "received":
            answer = Received(message)
        case "appointment":
            answer = _appointment(typed, message, now, wrong)
        case "cannot":
            answer = _cannot(typed, message, wrong)
        case "reached" if typed.get("reached") in ("yes", "no"):
            answer = Reached(typed["reached"] == "yes", message)
    if wrong or answer is None:
        raise Mistakes(wrong)
    return answer


def _appointment(typed: Mapping[str, str], message: str, now: datetime, wrong: dict[str, str]) -> Appointment | None:
    on, at = _day(typed.get("on", ""), now.date(), wrong), _hour(typed.get("at", ""), wrong)
    place = _line(typed.get("place", ""), "place", wrong)
    if not place and "place" not in wrong:
        wrong["place"] = "Indiquez où la personne est attendue."
    if on == now.date() and at is not None and at < now.time():
        wrong["at"] = "Cette heure est déjà passée aujourd'hui."
    return None if on is None or at is None else Appointment(on, at, place, message)


def _day(text: str, today: date, wrong: dict[str, str]) -> date | None:
    try:
        found = exit_dates.read(text, today)  # reads « 31/12/2026 », « 2026-12-31 », « jeudi 3 décembre », « demain »
    except Unreadable as error:
        wrong["on"] = _DAY_SAID.get(error.problem, _DAY_UNREAD)
        return None
    if isinstance(found, Ambiguous):
        on = found.choices[0]  # the French way
    elif found.precision == "day":
        on = found.on
    else:
        wrong["on"] = _DAY_UNREAD
        return None
    if on < today:
        wrong["on"] = _PAST_DAY
    elif on > today + FURTHEST:
        wrong["on"] = _FAR_DAY
    return on


def _hour(text: str, wrong: dict[str, str]) -> time | None:
    typed = unreadable.plain(text).strip()
    found = _HOUR.fullmatch(typed)
    if found and int(found[1]) < 24 and int(found[2] or 0) < 60:
        return time(int(found[1]), int(found[2] or 0))
    wrong["at"] = _HOUR_UNREAD if typed else "Indiquez l'heure du rendez-vous."
    return None


def _cannot(typed: Mapping[str, str], message: str, wrong: dict[str, str]) -> Cannot:
    reason = typed.get("reason", "")
    if reason not in REASONS:
        wrong["reason"] = "Choisissez la raison qui convient le mieux."
    return Cannot(reason, _line(typed.get("other", ""), "other", wrong), message)


def _message(text: str, wrong: dict[str, str]) -> str:
    message = clean(text)
    if len(message) > LONGEST_MESSAGE:
        wrong["message"] = f"Ce mot fait {len(message)} caractères. Gardez-en {LONGEST_MESSAGE} au plus."
    if _LINK.search(message):
        wrong["message"] = _NO_LINK
    return message


def _line(text: str, field: str, wrong: dict[str, str]) -> str:
    line = " ".join(re.sub("[«»]", "", clean(text)).split())  # we put it between them
    if len(line) > LONGEST_LINE:
        wrong[field] = f"C'est un peu long : {len(line)} caractères. Gardez-en {LONGEST_LINE} au plus."
    if _LINK.search(line):
        wrong[field] = _NO_LINK
    return line


def clean(text: str) -> str:
    """Return a text without what cannot be seen, kept or trusted: controls but the line's end, turned directions."""
    return unicodedata.normalize("NFC", cleaned(text).replace("\t", " ")).strip()
