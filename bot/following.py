"""What time does to a request: the structure is reminded, the person is told kindly, the words are erased.

Works inside the caller's transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select

from bot import addressees, letters, referral_words, referrals, telling
from bot.letters import Kind
from bot.models import Person, Referral, ReferralState
from bot.places import Places
from bot.settings import Settings
from bot.vault import Transaction

LATE_AFTER = timedelta(hours=1)  # a letter that nobody took by then: the person is told, with whom to call meanwhile
GIVE_UP_AFTER = letters.TRY_FOR + timedelta(hours=5)  # after that word: nothing posts it, as without a page
BATCH = 50


@dataclass(frozen=True)
class Days:
    """After how many days, counted from the relay's yes. 15 comes from the Pas-de-Calais call of 2025."""

    remind: tuple[int, ...] = (3, 10)
    tell: int = 15
    erase: int = 30


def days_of(settings: Settings) -> Days:
    return Days(settings.referral_remind_days, settings.referral_tell_day, settings.referral_erase_day)


async def follow_up(tx: Transaction, days: Days, places: Places) -> int:
    """Do what is due for some requests and return how many there were; called again until it returns 0."""
    wanted = select(Referral).where(_due(tx, days)).limit(BATCH).with_for_update(skip_locked=True)
    found = list(await tx.session.scalars(wanted))
    for referral in found:
        person = await tx.session.get(Person, referral.person_id)
        if person is None:
            await tx.session.delete(referral)
        elif referral.state == ReferralState.WAITING and referral.told_late_at is not None:
            await _give_up(tx, referral, person, places)
        elif referral.state == ReferralState.WAITING:
            referral.told_late_at = tx.now
            await telling.tell(tx, person, referral.ref, referral_words.late(referral, person.lang), places)
        else:
            await _grow_old(tx, referral, person, days, places)
    return len(found)


def _due(tx: Transaction, days: Days) -> ColumnElement[bool]:
    def old(of_days: int) -> ColumnElement[bool]:
        return Referral.sent_at <= tx.now - timedelta(days=of_days)

    silent = Referral.state == ReferralState.SENT
    late = (
        (Referral.state == ReferralState.WAITING)
        & Referral.told_late_at.is_(None)
        & (Referral.confirmed_at <= tx.now - LATE_AFTER)
    )
    lost = (Referral.state == ReferralState.WAITING) & (Referral.told_late_at <= tx.now - GIVE_UP_AFTER)
    remind = [silent & old(day) & (Referral.reminders < number) for number, day in enumerate(days.remind, 1)]
    tell = silent & old(days.tell) & Referral.told_silent_at.is_(None)
    erase = old(days.erase) & or_(Referral.payload_sealed.is_not(None), silent)
    return or_(late, lost, tell, erase, _answer_is_old(tx, days), *remind)


def _answer_is_old(tx: Transaction, days: Days) -> ColumnElement[bool]:
    """An answer is kept as long as a request, from its own day on, and until the day of the appointment."""
    alone = Referral.answer_sealed.is_not(None) & Referral.payload_sealed.is_(None)
    over = or_(Referral.closed_on.is_(None), Referral.closed_on < tx.now.date())
    return alone & over & (Referral.answered_at <= tx.now - timedelta(days=days.erase))


async def _give_up(tx: Transaction, referral: Referral, person: Person, places: Places) -> None:
    """End a request that nothing posts any more, and say so."""
    if await letters.give_up(tx, referral.ref):
        referral.sent_at = tx.now  # it may have come: its page must open
    else:
        referrals.empty(referral)
    referrals.close(tx, referral, ReferralState.FAILED)
    await telling.tell(tx, person, referral.ref, referral_words.news(referral, person.lang), places)


async def _grow_old(tx: Transaction, referral: Referral, person: Person, days: Days, places: Places) -> None:
    assert referral.sent_at is not None, "`_due` asks for it"
    age = tx.now - referral.sent_at
    silent = referral.state == ReferralState.SENT
    if age >= timedelta(days=days.erase):
        answer = referral.answer_sealed if referral.payload_sealed is not None else None
        referrals.empty(referral)
        referral.answer_sealed = answer  # its own time goes on
        if silent:
            referrals.close(tx, referral, ReferralState.EXPIRED)
    if silent and age >= timedelta(days=days.tell) and referral.told_silent_at is None:
        referral.told_silent_at = tx.now
        await telling.tell(tx, person, referral.ref, referral_words.news(referral, person.lang), places)
    # After an outage one reminder, not all that were missed.
    passed = sum(age >= timedelta(days=day) for day in days.remind)
    if silent and passed > referral.reminders:
        referral.reminders = passed
        to = await addressees.confirmed(tx, referral.structure_id)
        if to is not None and age < timedelta(days=days.tell):
            letters.write(tx, referral.ref, Kind.REMINDER, to, issue=passed)


async def stuck(tx: Transaction, days: Days) -> Sequence[Referral]:
    """Return the requests that no human has answered in the time that the person was told."""
    old = Referral.sent_at <= tx.now - timedelta(days=days.tell)
    waiting = or_((Referral.state == ReferralState.SENT) & old, Referral.state == ReferralState.WAITING)
    return list(await tx.session.scalars(select(Referral).where(waiting).order_by(Referral.confirmed_at)))
