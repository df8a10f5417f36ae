"""The core behind the receipt page, held in memory: what the page asked of it, and what it kept."""

from dataclasses import replace
from datetime import date

from bot.i18n import date_text
from bot.receipts import REASONS, Answer, Appointment, Cannot, Line, Reached, Received, Request

TOKEN = "q3Zx0cUeT4mVb2yKfN8hLg"
REQUEST = Request(
    ref="R-4821",
    structure="Mission Locale Toulouse",
    sent_on=date(2026, 11, 20),
    lines=(
        Line("Besoin", "logement"),
        Line("Prénom ou surnom", "Amina"),
        Line("Téléphone", "06 39 98 45 12"),
        Line("Comment me joindre", "SMS"),
    ),
    state="open",
)


class RequestsInMemory:
    """Requests by the token of their link. An answer equal to the last one changes nothing."""

    def __init__(self, **requests: Request) -> None:
        self.requests = requests or {TOKEN: REQUEST}
        self.looked: list[str] = []
        self.answers: list[Answer] = []

    async def look(self, token: str) -> Request | None:
        self.looked.append(token)
        return self.requests.get(token)

    async def answer(self, token: str, answer: Answer) -> Request | None:
        request = self.requests.get(token)
        if request is not None and self.answers[-1:] != [answer]:
            self.answers.append(answer)
            self.requests[token] = replace(request, state="answered", answered=(*request.answered, _told(answer)))
        return self.requests.get(token)


def _told(answer: Answer) -> str:
    match answer:
        case Received():
            said = "Bien reçu."
        case Appointment(on, at, place):
            said = f"Rendez-vous le {date_text(on, 'fr')} à {at:%H h %M}, {place}."
        case Cannot(reason, other):
            said = f"{REASONS[reason]}." + (f" À essayer : {other}" if other else "")
        case Reached(reached):
            said = "Vous vous êtes parlé." if reached else "Pas de réponse au téléphone."
    return f"{said}\n« {answer.message} »" if answer.message else said
