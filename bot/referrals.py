"""Requests to a structure: written with the person, sent after their yes to exactly these lines, closed by a human.

Works inside the caller's transaction, with the person locked.
"""

import hashlib
import json
import secrets
import uuid
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import func, select

from bot import addressees, consents, letters, outbox, people
from bot.check_in_labels import need_labels
from bot.checkins import CODES, Ask
from bot.consent_texts import ConsentText, Purpose
from bot.consents import Action
from bot.i18n import SOURCE_LANGUAGE, language_name, translator
from bot.joining import ways_text
from bot.letters import Kind as LetterKind
from bot.mails import one_line
from bot.models import Person, Referral, ReferralState
from bot.receipts import Line
from bot.retention import DRAFT_KEPT
from bot.structures import Structure
from bot.vault import Transaction

PER_PERSON = 3  # confirmed in MONTH: more would wear out those who answer
PER_STRUCTURE = 20  # confirmed in a day
MONTH, DAY = timedelta(days=30), timedelta(days=1)
ASE = "ase"  # the one line that is left out unless it is ticked
LINES = ("need", "name", "phone", "email", "how", "age", "town", "lang", ASE)
UNANSWERED = (ReferralState.WAITING, ReferralState.SENT)
OVER = (ReferralState.CANNOT, ReferralState.FAILED, ReferralState.WITHDRAWN, ReferralState.EXPIRED)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else


class Refused(Exception):
    """A request that cannot be made now; `why` is « person », « structure », « mailbox » or « changed »."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


async def of(tx: Transaction, person: Person) -> list[Referral]:
    """Return the requests of a person that were confirmed, the newest first."""
    mine = (Referral.person_id == person.id, Referral.state != ReferralState.DRAFT)
    return list(await tx.session.scalars(select(Referral).where(*mine).order_by(Referral.confirmed_at.desc())))


async def find(tx: Transaction, person: Person, ref: str) -> Referral | None:
    """Return a request of this person; somebody else's is not found."""
    mine = select(Referral).where(Referral.ref == ref, Referral.person_id == person.id)
    found: Referral | None = await tx.session.scalar(mine)
    return found


async def draft_of(tx: Transaction, person: Person) -> Referral | None:
    """Return the request that is being written, if one is."""
    mine = (Referral.person_id == person.id, Referral.state == ReferralState.DRAFT)
    recent = Referral.drafted_at > tx.now - DRAFT_KEPT
    found: Referral | None = await tx.session.scalar(select(Referral).where(*mine, recent))
    return found


async def draft(tx: Transaction, person: Person, structure: Structure, needs: Sequence[str]) -> Referral:
    """Begin a request; one that was being written is given up for it."""
    await give_up(tx, person)
    referral = Referral(
        id=str(uuid.uuid4()),
        ref="R-" + "".join(secrets.choice(_ALPHABET) for _ in range(6)),
        person_id=person.id,
        kind=structure.kind,
        structure_id=structure.id,
        structure_name=_name(structure),
        state=ReferralState.DRAFT,
        drafted_at=tx.now,
        needs=",".join(need for need in CODES[Ask.NEEDS] if need in needs) or None,
        left_out=ASE,
    )
    tx.session.add(referral)
    await tx.session.flush()
    return referral


def _name(structure: Structure) -> str:
    """Return the name with its town: ten residences of the open data are called « FJT - Résidence Sociale »."""
    where = "" if structure.town in structure.name else f", {structure.town}"[:80]
    return f"{structure.name[: 200 - len(where)]}{where}"


async def give_up(tx: Transaction, person: Person) -> None:
    """Forget the request that is being written."""
    mine = (Referral.person_id == person.id, Referral.state == ReferralState.DRAFT)
    for referral in list(await tx.session.scalars(select(Referral).where(*mine))):
        await tx.session.delete(referral)
    await tx.session.flush()


def toggle(referral: Referral, line: str) -> None:
    """Leave a line out, or put it back."""
    left_out = {*(referral.left_out or "").split(",")} & {*LINES}
    left_out ^= {line} & {*LINES}
    referral.left_out = ",".join(one for one in LINES if one in left_out) or None


def is_in(referral: Referral, line: str) -> bool:
    return line not in (referral.left_out or "").split(",")


def possible_lines(tx: Transaction, person: Person, referral: Referral) -> dict[str, Line]:
    """Return every line that this request may have, by name, in French: those who read it are French offices."""
    _ = translator(SOURCE_LANGUAGE)
    about = people.details(tx, person)
    values = {
        "need": (_("Besoin"), ", ".join(need_labels(SOURCE_LANGUAGE)[need] for need in needs_of(referral))),
        "name": (_("Prénom ou surnom"), about.name),
        "phone": (_("Téléphone"), about.phone),
        "email": (_("E-mail"), about.email),
        "how": (_("Comment me joindre"), ways_text(about.reach_how, SOURCE_LANGUAGE)),
        "age": (_("Âge"), _age(person.age_band)),
        "town": (_("Où j'habite"), about.home or about.home_departement),
        "lang": (_("Langue"), language_name(person.lang, SOURCE_LANGUAGE)),
        ASE: (_("Ma situation"), _("J'ai été suivi·e par l'aide sociale à l'enfance (ASE).")),
    }
    # What somebody typed ends no line of ours, on the screen as in the mail.
    return {name: Line(label, one_line(value)) for name, (label, value) in values.items() if value}


def lines(tx: Transaction, person: Person, referral: Referral) -> tuple[Line, ...]:
    """Return exactly what would be sent now."""
    return tuple(line for name, line in possible_lines(tx, person, referral).items() if is_in(referral, name))


def needs_of(referral: Referral) -> list[str]:
    return referral.needs.split(",") if referral.needs else []


def _age(band: str) -> str:
    _ = translator(SOURCE_LANGUAGE)
    return {"15-17": _("15 à 17 ans"), "18-20": _("18 à 20 ans")}.get(band, _("21 ans ou plus"))


def mark(of_lines: Sequence[Line], referral: Referral, text: ConsentText) -> str:
    """Return the hash of a preview: a yes is worth for this request, these lines and this text, not for others."""
    about = (referral.ref, referral.structure_id, referral.structure_name, text.sha256)
    told = json.dumps([*about, *([line.label, line.value] for line in of_lines)], ensure_ascii=False)
    return hashlib.sha256(told.encode()).hexdigest()


async def confirm(
    tx: Transaction, person: Person, referral: Referral, *, text: ConsentText, shown: str, known: bool
) -> None:
    """Take the yes to a preview whose hash begins with `shown`, and write the letter. Raises Refused.

    `text` stood below the preview; `known`: the structure is still in the directory.
    """
    found = lines(tx, person, referral)
    whole = mark(found, referral, text)
    if not shown or not whole.startswith(shown) or not found:
        raise Refused("changed")
    to = await addressees.confirmed(tx, referral.structure_id, lock=True)  # one after the other: they are counted
    if not known or to is None:
        raise Refused("mailbox")
    if await _recent(tx, Referral.person_id == person.id, MONTH) >= PER_PERSON:
        raise Refused("person")
    if await letters.requests_to(tx, referral.structure_id, DAY) >= PER_STRUCTURE:
        raise Refused("structure")
    proof = hashlib.sha256(f"{text.sha256}|{whole}".encode()).hexdigest()
    agreed = ConsentText(Purpose.FORWARD, text.version, text.lang, text.html, proof)
    await consents.answer(tx, person, agreed, Action.GRANT, how="button")
    token = secrets.token_urlsafe(16)  # 128 bits
    referral.state, referral.confirmed_at, referral.preview_sha256 = ReferralState.WAITING, tx.now, proof
    referral.receipt_index = receipt_index(token)
    tx.seal(referral, "receipt", token)
    tx.seal(referral, "payload", json.dumps([[line.label, line.value] for line in found], ensure_ascii=False))
    letters.write(tx, referral.ref, LetterKind.REQUEST, to)


def receipt_index(token: str) -> str:
    """Return what a link is looked up by: who reads the database cannot open a page with it."""
    return hashlib.sha256(token.encode()).hexdigest()


async def _recent(tx: Transaction, whose: object, within: timedelta) -> int:
    recent = (whose, Referral.confirmed_at > tx.now - within, Referral.state != ReferralState.FAILED)
    return int(await tx.session.scalar(select(func.count()).select_from(Referral).where(*recent)) or 0)  # type: ignore[arg-type]


def payload(tx: Transaction, referral: Referral) -> tuple[Line, ...]:
    """Return the lines that were agreed to, none once they are erased. Raises KeysError."""
    return tuple(Line(*one) for one in json.loads(tx.unseal(referral, "payload") or "[]"))


async def withdraw(tx: Transaction, person: Person, referral: Referral, *, how: str) -> bool:
    """Take a request back and return whether the structure is told: only what may have reached it needs that."""
    to = await letters.call_back(tx, referral.ref)
    # After the letters, in the order of whoever posts: an answer given at this very moment is erased too.
    await tx.session.refresh(referral, with_for_update=True)
    await outbox.unsay(tx, referral.ref)
    await consents.withdraw(tx, person, Purpose.FORWARD, how=how, sha256=referral.preview_sha256)
    close(tx, referral, ReferralState.WITHDRAWN)
    empty(referral)
    return to


def close(tx: Transaction, referral: Referral, state: ReferralState) -> None:
    referral.state, referral.closed_on = state, tx.now.date()


def empty(referral: Referral) -> None:
    """Erase what it said and the way to it; that it was, and how it ended, stays for the person to see."""
    referral.needs = referral.left_out = None
    referral.payload_sealed = referral.answer_sealed = referral.receipt_sealed = referral.receipt_index = None


async def told_to(tx: Transaction, person: Person) -> list[str]:
    """Return the names of the structures that `leave` will ask to erase what they may hold."""
    held = [one for one in await of(tx, person) if one.payload_sealed is not None]
    came = [one for one in held if any(map(letters.may_have_come, await letters.of(tx, one.ref, lock=True)))]
    return list(dict.fromkeys(one.structure_name for one in came))


async def came_before(tx: Transaction, person: Person) -> bool:
    """Return whether any request may have reached somebody, be it taken back or erased since."""
    for one in await of(tx, person):
        found = await letters.of(tx, one.ref)
        if one.sent_at is not None or any(it.kind == LetterKind.WITHDRAWN or letters.may_have_come(it) for it in found):
            return True
    return False


async def leave(tx: Transaction, person: Person) -> None:
    """Before everything of a person is erased: tell whoever may hold their request (RGPD art. 19), by its reference.

    After its time nothing is told: the structure knows since the beginning that it had to erase it.
    """
    for referral in list(await tx.session.scalars(select(Referral).where(Referral.person_id == person.id))):
        if referral.payload_sealed is not None:
            await letters.call_back(tx, referral.ref, LetterKind.ERASED)
        await tx.session.delete(referral)
    await tx.session.flush()


def answer(tx: Transaction, referral: Referral) -> dict[str, str | None]:
    """Return what the structure answered: « on », « at », « place », « message », « other ». Raises KeysError."""
    return json.loads(tx.unseal(referral, "answer") or "{}")  # type: ignore[no-any-return]
