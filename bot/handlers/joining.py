"""Joining: the buttons `join:…`, and the answers typed to a question that is open."""

from typing import Any

from telegram import Update

from bot import (
    ages,
    agreeing,
    check_in_questions,
    checkins,
    clock,
    desks,
    held,
    joining,
    my_data,
    people,
    planned,
    questions,
    referrals,
    refusals,
    stories,
)
from bot.agreeing import Notice
from bot.consent_texts import Purpose
from bot.consents import Action
from bot.handlers.context import Context, change, chat_id, lang, look, press, say, services_of
from bot.joining import Choice, Step
from bot.models import Person, Status
from bot.plan import late_text
from bot.replies import Reply
from bot.services import Services
from bot.typed_words import BACK, NO, SKIP, YES
from bot.unreadable import Problem, Unreadable
from bot.vault import Transaction
from bot.words import fold


async def on_button(update: Update, context: Context) -> None:
    """A press while joining. What fits neither the person nor the open question changes nothing."""
    payload, services = await press(update), services_of(context)
    if payload is None:
        return
    action, _, value = payload.removeprefix("join:").partition(":")
    match action:
        case "start":
            await say(update, context, questions.ask_age(lang()))
        case "no":
            await say(update, context, questions.said_no(services.library, lang()))
        case "age" if value == people.UNDER_15:
            await say(update, context, questions.under_15(services.library, lang()))
        case "age" if value in people.AGE_BANDS:
            await say(update, context, questions.ask_situation(value, lang()))
        case "sit":
            await _show_first_text(update, context, value)
        case "yes":
            await _say_yes(update, context, value)
        case _:
            await change(update, context, lambda tx, person: _press(tx, person, services, action, value))


async def _show_first_text(update: Update, context: Context, value: str) -> None:
    services, chat = services_of(context), chat_id(update)
    age_band, _, situation = value.partition(":")
    if situation == questions.HELPER:
        await say(update, context, questions.for_a_helper(services.library, lang()))
        return
    if age_band not in people.AGE_BANDS or situation not in (people.IN_CARE, people.LEFT, questions.UNSAID):
        await say(update, context, refusals.expired_button(services.library, lang()))
        return
    text = agreeing.text_for(services.library.consents, Purpose.CHECK_IN, lang(), age_band)

    async def notice(tx: Transaction) -> list[Reply]:
        shown = Notice(age_band, situation, agreeing.mark_of(text), tx.now)
        yes = f"join:yes:{shown.payload(tx, chat)}"
        return [questions.first_notice(text, services.library, yes, lang(), back=f"join:age:{age_band}")]

    await say(update, context, *await look(context, notice))


async def _say_yes(update: Update, context: Context, payload: str) -> None:
    """The first yes: only with a notice shown to this chat, and of the text in force."""
    services, chat = services_of(context), chat_id(update)

    async def work(tx: Transaction, person: Person | None) -> list[Reply]:
        notice = await agreeing.read_notice(tx, chat, payload)
        if notice is None:
            return [refusals.expired_button(services.library, lang())]
        text = agreeing.text_for(services.library.consents, Purpose.CHECK_IN, lang(), notice.age_band)
        if agreeing.mark_of(text) != notice.text:
            return [questions.ask_situation(notice.age_band, lang())]
        if person is not None and await agreeing.has_just_said_yes(tx, person, text):  # a double tap
            return [await _question(tx, person, services)]
        person = await agreeing.say_yes(tx, chat, person, notice, text, lang=lang())
        return [await _question(tx, person, services)]

    await change(update, context, work)


async def _press(tx: Transaction, person: Person | None, services: Services, action: str, value: str) -> list[Reply]:
    """A press that needs somebody who said yes. `value` begins with the question it answers: another one is stale."""
    asking = person is not None and joining.is_asking(person, tx.now)
    if person is None or not (asking or action == "resume"):
        return [refusals.expired_button(services.library, lang())]
    step, editing = joining.open_step(person), joining.is_editing(person)
    asked, _, chosen = value.partition(":")
    match action:
        case "resume" if not asking and person.status == Status.ACTIVE:
            people.await_answer(tx, person, Step.EXIT)
        case "cancel":
            people.await_answer(tx, person, None)
            return [await _late(tx, person, services, stopped=True) or questions.cancelled(lang())]
        case "skip" if step == asked:
            joining.move(tx, person, Step(asked))
        case "back" if step == asked:
            joining.move(tx, person, Step(asked), -1)
        case "pick" if step == asked:
            return [await _pick(tx, person, services, Step(asked), chosen)]
        case "contact" if step == Step.CONTACT and asked in (Action.GRANT, Action.REFUSE):
            await _answer_contact(tx, person, services, Action(asked), how="button", mark=chosen)
        case "how" if step == Step.HOW and asked != "done":
            people.change(tx, person, reach_how=joining.toggle(person.reach_how, asked))
        case "how" if step == Step.HOW:
            joining.move(tx, person, Step.HOW)
    return [await _question(tx, person, services, edited=editing)]


async def _pick(tx: Transaction, person: Person, services: Services, step: Step, chosen: str) -> Reply:
    """One of the readings that were offered; a list that has changed since is no reason to guess."""
    try:
        if step == Step.HOME:
            fields = joining.home_fields(joining.town_picked(services.places, chosen))
        else:
            found = joining.read(step, chosen, person, services.places, tx.now.date())
            fields = {} if isinstance(found, Choice) else found
    except Unreadable:
        fields = {}
    return await _keep(tx, person, services, step, fields)


async def _keep(tx: Transaction, person: Person, services: Services, step: Step, fields: dict[str, Any]) -> Reply:
    """Keep what was understood and read it back with the next question; without a field, ask again."""
    editing = joining.is_editing(person)
    if fields:
        people.change(tx, person, **fields)
        joining.move(tx, person, step)
    question = await _question(tx, person, services, edited=editing)
    return questions.noted(joining.told(fields, services.places, lang()), question, lang()) if fields else question


async def _answer_contact(
    tx: Transaction, person: Person, services: Services, action: Action, *, how: str, mark: str
) -> None:
    """Record the answer to the second text, unless another one was shown: this one is then shown."""
    text = agreeing.text_for(services.library.consents, Purpose.CONTACT, lang(), person.age_band)
    if mark == agreeing.mark_of(text):
        await agreeing.answer_contact(tx, person, text, action, how=how)


async def open_question(update: Update, context: Context) -> Reply | None:
    """Return the question that is open for this person, to be asked again; None if there is none after all."""
    services, chat = services_of(context), chat_id(update)

    async def asked(tx: Transaction) -> Reply | None:
        person = await people.find(tx, chat)
        open_now = person is not None and joining.is_asking(person, tx.now)
        return await _question(tx, person, services) if person is not None and open_now else None

    return await services.look(asked, now=clock.now())


async def take_answer(update: Update, context: Context, text: str) -> Problem | None:
    """Take a typed answer to the open question and say what comes next.

    A text that cannot be read as one changes nothing: why is returned, for the caller to say.
    """
    services = services_of(context)

    async def work(tx: Transaction, person: Person | None) -> list[Reply]:
        if person is None or not joining.is_asking(person, tx.now):  # closed by another device meanwhile
            return [refusals.expired_button(services.library, lang())]
        if joining.open_step(person) == Step.BIRTH and fold(text) not in SKIP | BACK:
            return await ages.take_birth(tx, person, services.library, lang(), chat=chat_id(update), text=text)
        return [await _typed(tx, person, services, text)]

    try:
        await change(update, context, work)
    except Unreadable as error:
        return error.problem
    return None


async def _typed(tx: Transaction, person: Person, services: Services, text: str) -> Reply:
    step, editing = joining.open_step(person), joining.is_editing(person)
    assert step is not None, "the caller has seen that a question is open"
    match fold(text):
        case word if word in SKIP and step != Step.CONTACT:
            joining.move(tx, person, step)
        case word if word in BACK:
            joining.move(tx, person, step, -1)
        case word if word in YES | NO and step == Step.CONTACT:
            action = Action.GRANT if word in YES else Action.REFUSE
            await _answer_contact(tx, person, services, action, how="word", mark=agreeing.mark_awaited(person))
        case _:
            if step == Step.EXIT and not stories.is_only_a_date(text):
                raise Unreadable(Problem.DATE_AMONG_WORDS)
            found = joining.read(step, text, person, services.places, tx.now.date())
            if isinstance(found, Choice):
                return questions.choose(found, lang(), editing=editing)
            return await _keep(tx, person, services, step, found)
    return await _question(tx, person, services, edited=editing)


async def _question(tx: Transaction, person: Person, services: Services, *, edited: bool = False) -> Reply:
    """The question now open; after the last one what was agreed, after a correction everything that is held."""
    step = joining.open_step(person)
    if step == Step.CONTACT:
        text = agreeing.text_for(services.library.consents, Purpose.CONTACT, lang(), person.age_band)
        agreeing.await_contact(tx, person, text)
        return questions.contact_notice(text, lang())
    if step is not None:
        return questions.ask(step, lang(), editing=joining.is_editing(person), how=person.reach_how)
    if edited and (draft := await referrals.draft_of(tx, person)) is not None:  # corrected for a request
        return await desks.preview(tx, person, services, draft, lang())
    if edited or person.status != Status.ACTIVE:
        return my_data.shown(await held.everything(tx, person), lang(), services.library.plan)
    if late := await _late(tx, person, services):
        return late
    return questions.finished(person.exit_on, joining.check_in_on(person), tx.now.date(), lang())


async def _late(tx: Transaction, person: Person, services: Services, *, stopped: bool = False) -> Reply | None:
    """What to say to somebody who joins when the day of the check-in has passed: shall we do it now?"""
    plan, places = services.library.plan, services.places
    if person.status != Status.ACTIVE or not await checkins.is_late(tx, person, plan, places):
        return None
    services.asked_late[people.chat_of(tx, person)] = True
    name = late_text(plan, planned.profile(person), planned.local_day(tx.now, person, places))
    return check_in_questions.late(plan.text(name, lang()), lang(), stopped=stopped)
