"""Saying yes or no to a text: which one was shown to whom, and what the answer to it changes.

Until the first yes nothing is stored: age band and situation travel in the button, sealed to the chat.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot import consents, ledger, people
from bot.consent_texts import ConsentText, Purpose, Texts, shown
from bot.consents import Action
from bot.joining import Step, first_unanswered
from bot.models import Person, Status
from bot.vault import Transaction

NOTICE_VALID = timedelta(days=30)  # a yes to a text shown longer ago is asked again


@dataclass(frozen=True)
class Notice:
    """A consent text shown to one chat. Its payload comes back with the yes, and is worth nothing to anyone else."""

    age_band: str
    situation: str
    text: str  # how the hash of the text begins
    shown_at: datetime

    def payload(self, tx: Transaction, chat: int) -> str:
        told = f"{self.age_band}:{self.situation}:{self.text}:{self.shown_at.timestamp():.0f}"
        return f"{told}:{tx.keyring.index(f'{chat}|{told}')[:10]}"


async def read_notice(tx: Transaction, chat: int, payload: str) -> Notice | None:
    """Return the notice that was shown to this chat.

    None for somebody else's, a forged or an old one, and for one from before this chat said stop or was erased.
    """
    try:
        age_band, situation, text, seconds, _ = payload.split(":")
        notice = Notice(age_band, situation, text, datetime.fromtimestamp(int(seconds), UTC))
    except (ValueError, OverflowError, OSError):
        return None
    if notice.payload(tx, chat) != payload or age_band not in people.AGE_BANDS:
        return None
    if tx.now - notice.shown_at > NOTICE_VALID or await ledger.left_since(tx, chat, notice.shown_at):
        return None
    return notice


def mark_of(text: ConsentText) -> str:
    """Return what a button says of the text it stood under: another text, or this one corrected, has another mark."""
    return text.sha256[:8]


def text_for(texts: Texts, purpose: Purpose, lang: str, age_band: str) -> ConsentText:
    return shown(texts, purpose, lang, minor=age_band == people.MINOR)


async def say_yes(
    tx: Transaction, chat: int, person: Person | None, notice: Notice, text: ConsentText, *, lang: str
) -> Person:
    """Keep someone who says yes to the first text, or take back one who had stopped, and ask the first question."""
    situation = notice.situation if notice.situation in (people.IN_CARE, people.LEFT) else None
    if person is None:
        person = await people.join(tx, chat, lang=lang, age_band=notice.age_band, situation=situation)
        await tx.session.flush()
    people.change(tx, person, age_band=notice.age_band, situation=situation or person.situation)
    people.set_status(tx, person, Status.ACTIVE)
    await consents.answer(tx, person, text, Action.GRANT, how="button")
    people.await_answer(tx, person, first_unanswered(person))
    return person


async def answer_contact(tx: Transaction, person: Person, text: ConsentText, action: Action, *, how: str) -> None:
    """Record the answer to the second text. Without a yes, what it covered is not kept."""
    await consents.answer(tx, person, text, action, how=how)
    if action == Action.GRANT:
        people.await_answer(tx, person, Step.NAME)
    else:
        people.change(tx, person, **dict.fromkeys(people.CONTACT_FIELDS))
        people.await_answer(tx, person, None)


async def has_just_said_yes(tx: Transaction, person: Person, text: ConsentText) -> bool:
    """Return whether this very yes was the last word, and the question that followed it is still open."""
    last = (await consents.history(tx, person))[-1]
    granted = last.action == Action.GRANT and last.text_sha256 == text.sha256
    return person.status == Status.ACTIVE and person.awaiting == first_unanswered(person) and granted


def await_contact(tx: Transaction, person: Person, text: ConsentText) -> None:
    """Note which text stands before the person, so that « oui » in words is a yes to that one."""
    awaited = f"{Step.CONTACT}:{mark_of(text)}"
    if person.awaiting != awaited:
        people.await_answer(tx, person, awaited)


def mark_awaited(person: Person) -> str:
    return (person.awaiting or "").partition(":")[2]
