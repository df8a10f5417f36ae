"""/demandes and the buttons `fwd:…`: choose whom to ask, see exactly what is sent, send it, follow it, take it back."""

from datetime import timedelta

import structlog
from sqlalchemy import select
from telegram import Update

from bot import (
    agreeing,
    checkins,
    clock,
    desks,
    my_data,
    people,
    planned,
    referrals,
    structure_words,
)
from bot import referral_words as said
from bot import request_form as form
from bot.consent_texts import Purpose
from bot.handlers.context import Context, change, chat_id, lang, press, services_of
from bot.joining import Step
from bot.models import CheckIn, Person, Referral, Status
from bot.plan import is_over_21
from bot.referrals import Refused
from bot.refusals import expired_button
from bot.replies import Reply
from bot.services import Services
from bot.structures import Kind
from bot.vault import Transaction

IN_THE_TALK = timedelta(minutes=15)  # so long after a preview, « oui » may be meant for it
CORRECTED = (Step.NAME, Step.REACH, Step.HOW, Step.HOME)  # what stands in the lines of a request

log = structlog.get_logger()


async def on_requests(update: Update, context: Context) -> None:
    """/demandes: each request and how far it is."""

    async def show(tx: Transaction, person: Person | None) -> list[Reply]:
        if person is None:
            return [said.all_of([], lang())]
        writing = await referrals.draft_of(tx, person) is not None
        return [said.all_of(await referrals.of(tx, person), lang(), writing=writing)]

    await change(update, context, show)


async def preview(update: Update, context: Context) -> Reply | None:
    """Return what stands before somebody who is writing a request, and that nothing has left; None if nobody is."""
    services, chat = services_of(context), chat_id(update)

    async def shown(tx: Transaction) -> Reply | None:
        person = await people.find(tx, chat)
        draft = await referrals.draft_of(tx, person) if person is not None else None
        if person is None or draft is None or draft.drafted_at < tx.now - IN_THE_TALK:
            return None
        return form.show(tx, person, draft, services.library, lang(), unsent=True)

    return await services.look(shown, now=clock.now())


async def on_button(update: Update, context: Context) -> None:
    """A press names a step, or a request of whoever presses: another person's is not found."""
    payload, services = await press(update), services_of(context)
    if payload is None:
        return
    action, _, value = payload.removeprefix("fwd:").partition(":")
    await change(update, context, lambda tx, person: _press(tx, person, services, action, value))


async def _press(tx: Transaction, person: Person | None, services: Services, action: str, value: str) -> list[Reply]:
    if person is None or (person.status != Status.ACTIVE and action in ("start", "need", "who", "next", "send")):
        return [form.join_first(lang())]
    match action:
        case "start":
            needs = await _needs_told(tx, person)
            return [_ask_who(tx, person, services, needs) if needs else form.ask_need(services.library, lang())]
        case "need":
            return [_ask_who(tx, person, services, _needs(value))]
        case "who":
            kind, _, told = value.partition(":")
            if kind in set(Kind):
                return [await desks.begin(tx, person, services, Kind(kind), lang(), needs=_needs(told))]
        case "see" | "ask_back" | "withdraw" | "next":
            return await _with_request(tx, person, services, action, value)
    return [await _while_writing(tx, person, services, action, value)]


async def _while_writing(tx: Transaction, person: Person, services: Services, action: str, value: str) -> Reply:
    """A press under a preview. Where nothing is being written it is a button of the past."""
    draft = await referrals.draft_of(tx, person)
    if draft is None:
        return expired_button(services.library, lang())
    match action:
        case "send":
            return await _send(tx, person, services, draft, value)
        case "edit":
            return form.edit({step: my_data.correctable(lang())[step] for step in CORRECTED}, lang())
        case "cancel":
            await referrals.give_up(tx, person)
            return form.given_up(desks.contact(tx, person, services, Kind(draft.kind), lang()), lang())
        case "line":
            referrals.toggle(draft, value)
    return await desks.preview(tx, person, services, draft, lang())


async def _with_request(tx: Transaction, person: Person, services: Services, action: str, ref: str) -> list[Reply]:
    """A press on one request that was confirmed."""
    referral = await referrals.find(tx, person, ref)
    if referral is None or referral.confirmed_at is None:
        log.warning("request_not_theirs")
        return [expired_button(services.library, lang())]
    match action:
        case "ask_back" if referral.payload_sealed is not None:
            return [said.ask_to_withdraw(referral, lang())]
        case "withdraw" if referral.payload_sealed is not None:
            told = await referrals.withdraw(tx, person, referral, how="button")
            return [said.withdrawn(services.library, lang(), told=told)]
        case "next" if not referral.needs:  # erased with what it said
            return [form.ask_need(services.library, lang())]
        case "next":
            other = await desks.begin_with_another(tx, person, services, referral, lang())
            return [other or _ask_who(tx, person, services, referrals.needs_of(referral))]
    structure = services.directory.by_id.get(referral.structure_id)
    return [
        said.details(
            referral,
            referrals.answer(tx, referral),
            referrals.payload(tx, referral),
            structure_words.place(structure, lang()) if structure is not None else "",
            lang(),
        )
    ]


async def _send(tx: Transaction, person: Person, services: Services, draft: Referral, shown: str) -> Reply:
    """The yes: to exactly the lines that stood above the button, or to nothing."""
    text = agreeing.text_for(services.library.consents, Purpose.FORWARD, lang(), person.age_band)
    structure = services.directory.by_id.get(draft.structure_id)
    try:
        await referrals.confirm(tx, person, draft, text=text, shown=shown, known=structure is not None)
    except Refused as error:
        if error.why == "changed":
            return form.show(tx, person, draft, services.library, lang())
        return form.refused(error.why, desks.contact(tx, person, services, Kind(draft.kind), lang()), lang())
    return said.waiting(draft, lang())


def _ask_who(tx: Transaction, person: Person, services: Services, needs: list[str]) -> Reply:
    over_21 = is_over_21(planned.profile(person), planned.local_day(tx.now, person, services.places))
    return form.ask_who(services.library, needs, lang(), over_21=over_21)


async def _needs_told(tx: Transaction, person: Person) -> list[str]:
    """The needs ticked at the last check-in."""
    last = select(CheckIn).where(CheckIn.person_id == person.id).order_by(CheckIn.opened_on.desc()).limit(1)
    check_in = await tx.session.scalar(last)
    return [] if check_in is None else list(checkins.needs(check_in))


def _needs(digits: str) -> list[str]:
    """Read the needs that a button carries."""
    return [need for number, need in enumerate(form.NEEDS) if str(number) in digits]
