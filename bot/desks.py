"""To whom a request goes: the right desk for where somebody lives, or for the département that had them in care.

Never a desk that is only confirmed, and never a place that was not told (design.md 11).
"""

from collections.abc import Iterator, Sequence

from bot import addressees, contacts, messages, referrals, request_form
from bot.directory import Directory, Nearby, nearby
from bot.models import Person, Referral
from bot.places import Town
from bot.replies import Reply
from bot.services import Services
from bot.structures import Kind, Structure
from bot.vault import Transaction


async def begin(
    tx: Transaction,
    person: Person,
    services: Services,
    kind: Kind,
    lang: str,
    *,
    needs: Sequence[str],
    left_out: str | None = None,
) -> Reply:
    """Begin a request to the desk near them; where it may not be written to, give its contact."""
    near = _near(tx, person, services, kind)
    if near is None:
        return request_form.ask_place(services.library, lang, care=kind == Kind.DEPARTEMENT)
    draft = await _draft(tx, person, services, near.structures[:1], needs)
    if draft is None:
        return request_form.send_yourself(contact(tx, person, services, kind, lang), needs, lang)
    draft.left_out = left_out or draft.left_out
    return request_form.show(tx, person, draft, services.library, lang, instead=near.instead is not None)


async def preview(tx: Transaction, person: Person, services: Services, draft: Referral, lang: str) -> Reply:
    """What would be sent now; to the desk of the place that they have corrected since, if it is another one."""
    near = _near(tx, person, services, Kind(draft.kind))
    there = (
        [one.id for structure in near.structures for one in _with_seat(services.directory, structure)] if near else []
    )
    if draft.structure_id in there:
        return request_form.show(tx, person, draft, services.library, lang)
    needs, left_out = referrals.needs_of(draft), draft.left_out
    await referrals.give_up(tx, person)
    return await begin(tx, person, services, Kind(draft.kind), lang, needs=needs, left_out=left_out)


async def begin_with_another(
    tx: Transaction, person: Person, services: Services, referral: Referral, lang: str
) -> Reply | None:
    """Begin a request to another desk of the same kind that was not asked yet, None when there is none."""
    near = _near(tx, person, services, Kind(referral.kind))
    asked = {one.structure_id for one in await referrals.of(tx, person)}
    others = [one for one in near.structures if one.id not in asked] if near is not None else []
    draft = await _draft(tx, person, services, others, referrals.needs_of(referral))
    return request_form.show(tx, person, draft, services.library, lang) if draft is not None else None


def contact(tx: Transaction, person: Person, services: Services, kind: Kind, lang: str) -> Reply:
    """The contact to call oneself, as « Mon contact » gives it."""
    where = _where(tx, person, services, kind)
    if where is None:
        return messages.human(services.library, lang)
    return contacts.at(services, kind, where, contacts.living_of(tx, person, services.places), lang, told=False)


async def _draft(
    tx: Transaction, person: Person, services: Services, structures: Sequence[Structure], needs: Sequence[str]
) -> Referral | None:
    """Begin a request to the first that may be written to; to none where there is no page to answer on."""
    for structure in structures if services.office is not None else ():
        for one in _with_seat(services.directory, structure):
            if await addressees.confirmed(tx, one.id) is not None:
                return await referrals.draft(tx, person, one, needs)
    return None


def _with_seat(directory: Directory, structure: Structure) -> Iterator[Structure]:
    """A mailbox of the seat serves its antennes."""
    yield structure
    for one in directory.by_kind[structure.kind]:
        if structure.organisation and one.organisation == structure.organisation and one.is_seat and one != structure:
            yield one


def _near(tx: Transaction, person: Person, services: Services, kind: Kind) -> Nearby | None:
    where = _where(tx, person, services, kind)
    return nearby(services.directory, services.places, kind, where) if where is not None else None


def _where(tx: Transaction, person: Person, services: Services, kind: Kind) -> Town | None:
    """Where to look; None when it was not told precisely enough to name a desk."""
    living = contacts.living_of(tx, person, services.places)
    if kind == Kind.DEPARTEMENT:
        return living.care
    home = living.home
    known = home is not None and (home.name or home.postcode or kind == Kind.ADEPAPE)
    return home if known else None
