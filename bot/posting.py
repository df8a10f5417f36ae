"""Post the letters that are due: claim a few, hand them to the relay outside any transaction, note what became of
each in the same transaction as what it means for the person."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import structlog
from sqlalchemy import select

from bot import addressees, faults, letter_texts, letters, referral_words, referrals, telling
from bot.crypto import KeysError
from bot.letter_texts import Office
from bot.letters import Kind
from bot.library import Library
from bot.mailer import Posted
from bot.mails import Mail
from bot.models import Letter, LetterState, Person, Referral, ReferralState
from bot.places import Places
from bot.receipts import Line
from bot.replies import Outcome
from bot.vault import Transaction, Vault

AT_ONCE = 3  # letters claimed in one transaction; all are posted within their lease, however slow the relay

Post = Callable[[Mail, datetime], Awaitable[Posted]]

log = structlog.get_logger()


@dataclass(frozen=True)
class Ready:
    """A letter that was claimed, and the mail it makes; `at` is when it was written, so that a repeat is the same."""

    id: str
    tries: int
    at: datetime
    mail: Mail


async def post_due(
    vault: Vault, post: Post, office: Office, library: Library, places: Places, *, now: Callable[[], datetime]
) -> Counter[Outcome]:
    """Post what is due and return how many letters had which outcome."""
    done: Counter[Outcome] = Counter()
    await vault.write(partial(_take_back, office=office, places=places), now=now())
    while ready := await vault.write(partial(_claim, office=office, library=library, places=places), now=now()):
        for one in ready:
            faults.point("forward.claimed")
            found = await post(one.mail, one.at)
            await vault.write(partial(_note, one=one, found=found, office=office, places=places), now=now())
            faults.point("forward.accepted")
            done[found.outcome] += 1
    return done


async def _take_back(tx: Transaction, *, office: Office, places: Places) -> None:
    for letter in await letters.take_back(tx):
        await _what_it_means(tx, letter, office, places)


async def _claim(tx: Transaction, *, office: Office, library: Library, places: Places) -> Sequence[Ready]:
    ready = []
    for letter in await letters.claim(tx, AT_ONCE):
        try:
            mail = await _mail(tx, letter, office, library)
        except (KeysError, ValueError) as error:  # one damaged row must not keep the others waiting
            log.error("letter_unreadable", error=type(error).__name__)
            letter.state, letter.lease_until = LetterState.PARKED, None
            await _what_it_means(tx, letter, office, places)
            continue
        if mail is None:
            await tx.session.delete(letter)
            continue
        if not await _may_go(tx, letter):
            letters.note(tx, letter, Outcome.REFUSED, None)
            await _what_it_means(tx, letter, office, places)
            continue
        ready.append(Ready(letter.id, letter.tries, letter.written_at, mail))
    return ready


async def _mail(tx: Transaction, letter: Letter, office: Office, library: Library) -> Mail | None:
    """Return the mail of a letter, None for one that has become pointless: withdrawn, answered or erased meanwhile."""
    lines: Sequence[Line] = ()
    link = ""
    if letter.kind in (Kind.REQUEST, Kind.REMINDER):
        referral = await _referral(tx, letter)
        if referral is None or referral.payload_sealed is None or not _is_wanted(letter, referral):
            return None
        lines = referrals.payload(tx, referral) if letter.kind == Kind.REQUEST else ()
        link = f"{office.public_url}/r/{tx.unseal(referral, 'receipt')}"
    return letter_texts.mail(letter, lines, link, office, operator=library.operator.name or "")


def _is_wanted(letter: Letter, referral: Referral) -> bool:
    """Return whether a letter still says something new; what an operator has written again always does."""
    if letter.kind == Kind.REQUEST:
        return letter.issue > 0 or referral.state in referrals.UNANSWERED
    return referral.state == ReferralState.SENT


async def _may_go(tx: Transaction, letter: Letter) -> bool:
    """Return whether an operator still stands for the mailbox: one taken back since the yes gets nothing more."""
    if letter.kind not in (Kind.REQUEST, Kind.REMINDER):
        return True  # a reference only, to whoever may hold the request
    to = await addressees.confirmed(tx, letter.structure_id)
    return to is not None and to.mailbox == letter.mailbox


async def _referral(tx: Transaction, letter: Letter) -> Referral | None:
    found: Referral | None = await tx.session.scalar(
        select(Referral).where(Referral.ref == letter.ref).with_for_update().execution_options(populate_existing=True)
    )
    return found


async def _note(tx: Transaction, *, one: Ready, found: Posted, office: Office, places: Places) -> None:
    letter = await letters.claimed(tx, one.id, one.tries)
    if letter is None:
        return
    letters.note(tx, letter, found.outcome, found.code)
    log.info("letter", kind=letter.kind, state=letter.state, outcome=found.outcome, code=found.code)
    if found.outcome == Outcome.REFUSED and found.code is not None:  # the relay's word, not ours
        await addressees.flag(tx, letter.structure_id, letter.mailbox, found.code)
    await _what_it_means(tx, letter, office, places)


async def _what_it_means(tx: Transaction, letter: Letter, office: Office, places: Places) -> None:
    """Bring the request to what became of its letter, and tell the person: only what is known."""
    referral = await _referral(tx, letter) if letter.kind == Kind.REQUEST else None
    if referral is None or referral.state != ReferralState.WAITING:  # answered, withdrawn: they know already
        return
    person = await tx.session.get(Person, referral.person_id)
    if person is None or referral.confirmed_at is None:
        return
    since = tx.now - referral.confirmed_at
    match letter.state:
        case LetterState.POSTED:
            referral.state, referral.sent_at = ReferralState.SENT, tx.now
            sent = referral_words.sent(referral, person.lang, wait=office.wait)
            await telling.tell(tx, person, referral.ref, sent, places, since=since)
        case LetterState.FAILED | LetterState.PARKED:
            referrals.close(tx, referral, ReferralState.FAILED)
            if letter.state == LetterState.FAILED:
                referrals.empty(referral)
            else:  # it may have come: then its page must open, and its time counts from now
                referral.sent_at = tx.now
            news = referral_words.news(referral, person.lang)
            await telling.tell(tx, person, referral.ref, news, places, since=since)
