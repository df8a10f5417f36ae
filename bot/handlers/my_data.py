"""/mesdonnees, /oublier, /stop and their buttons: see, take away, correct, erase, end the messages."""

import json
from functools import partial

from telegram import Update

from bot import (
    ages,
    agreeing,
    consents,
    desks,
    forgetting,
    held,
    joining,
    leaving,
    my_data,
    people,
    questions,
    referrals,
    refusals,
)
from bot.consent_texts import Purpose
from bot.handlers.context import Context, change, chat_id, lang, look, press, say, services_of, stop
from bot.held import Held
from bot.joining import EDITING, EMPTY, Step
from bot.library import Library
from bot.models import Person, Status
from bot.replies import Reply
from bot.sender import send_file
from bot.services import Services
from bot.vault import Transaction

CONTACT_STEPS = (Step.NAME, Step.REACH, Step.HOW)


async def on_my_data(update: Update, context: Context) -> None:
    chat, plan = chat_id(update), services_of(context).library.plan

    async def show(tx: Transaction) -> list[Reply]:
        person = await people.find(tx, chat)
        return [my_data.shown(await held.everything(tx, person), lang(), plan) if person else my_data.nothing(lang())]

    await say(update, context, *await look(context, show))


async def on_forget(update: Update, context: Context) -> None:
    """First of two taps: nothing is erased yet."""

    async def ask(tx: Transaction, person: Person | None) -> list[Reply]:
        if person is None:
            return [my_data.nothing(lang())]
        people.await_answer(tx, person, None)  # what is typed now answers no question of the form
        return [forgetting.ask_to_forget(lang())]

    await change(update, context, ask)


async def on_stop(update: Update, context: Context) -> None:
    """/stop, or a stop word by itself: end the messages we send first, at once."""
    await change(update, context, partial(stop, how="word"))


async def on_blocked(update: Update, context: Context) -> None:
    """Blocked on Telegram: the same as stop, and nothing can be said."""

    async def work(tx: Transaction, person: Person | None) -> list[Reply]:
        if person is not None:
            await leaving.stop(tx, person, Status.BLOCKED, how="blocked")
        return []

    await change(update, context, work)


async def on_button(update: Update, context: Context) -> None:
    """`mine:…` and `forget:…`. They name what to do, never whose: it is done to the one who presses."""
    payload = await press(update)
    if payload is None:
        return
    chat, services = chat_id(update), services_of(context)
    library = services.library
    match payload.split(":"):
        case ["mine", "show"]:
            await change(update, context, lambda tx, person: _stop_editing(tx, person, services))
        case ["mine", "file"]:
            await _send_file(update, context)
        case ["mine", "stop"]:
            await on_stop(update, context)
        case ["mine", "edit", what]:
            await change(update, context, lambda tx, person: _edit(tx, person, library, what))
        case ["mine", "empty", what] if what in EMPTY:
            await change(update, context, lambda tx, person: _empty(tx, person, services, what))
        case ["mine", "age", band]:
            await change(
                update, context, lambda tx, person: ages.correct(tx, person, library, lang(), chat=chat, band=band)
            )
        case ["forget", "ask"]:
            await on_forget(update, context)
        case ["forget", "yes"]:
            await _forget(update, context)
        case ["forget", "no"]:
            await say(update, context, forgetting.kept(lang()))
        case _:
            await say(update, context, refusals.expired_button(library, lang()))


async def _forget(update: Update, context: Context) -> None:
    async def work(tx: Transaction, person: Person | None) -> list[Reply]:
        if person is None:
            return [my_data.nothing(lang())]
        told, before = await referrals.told_to(tx, person), await referrals.came_before(tx, person)
        return [forgetting.forgotten(await leaving.erase(tx, person), lang(), told=told, before=before)]

    await change(update, context, work)


async def _send_file(update: Update, context: Context) -> None:
    chat = chat_id(update)
    found: list[Held] = []

    async def collect(tx: Transaction) -> list[Reply]:
        person = await people.find(tx, chat)
        if person is None:
            return [my_data.nothing(lang())]
        found.append(await held.everything(tx, person))
        return []

    await say(update, context, *await look(context, collect))
    for opened in found:
        body = json.dumps(held.as_json(opened), ensure_ascii=False, indent=1).encode()
        if not await send_file(context.bot, chat, my_data.FILE_NAME, body):
            await say(update, context, my_data.file_not_sent(lang()))


async def _stop_editing(tx: Transaction, person: Person | None, services: Services) -> list[Reply]:
    if person is None:
        return [my_data.nothing(lang())]
    if joining.is_editing(person):
        people.await_answer(tx, person, None)
        return [await _after_correcting(tx, person, services)]
    return [my_data.shown(await held.everything(tx, person), lang(), services.library.plan)]


async def _after_correcting(tx: Transaction, person: Person, services: Services) -> Reply:
    """Back to the request that is being written, if one is; else everything that is held."""
    if (draft := await referrals.draft_of(tx, person)) is not None:
        return await desks.preview(tx, person, services, draft, lang())
    return my_data.shown(await held.everything(tx, person), lang(), services.library.plan)


async def _edit(tx: Transaction, person: Person | None, library: Library, what: str) -> list[Reply]:
    """Open the question again for one thing. What needs the second yes asks for it first."""
    if person is None or what not in my_data.correctable(lang()):
        return [refusals.expired_button(library, lang())]
    if what == "age":
        people.await_answer(tx, person, None)
        return [questions.ask_age_again(lang())]
    step = Step(what)
    if step in CONTACT_STEPS and not await consents.is_granted(tx, person, Purpose.CONTACT):
        text = agreeing.text_for(library.consents, Purpose.CONTACT, lang(), person.age_band)
        agreeing.await_contact(tx, person, text)
        return [questions.contact_notice(text, lang())]
    people.await_answer(tx, person, EDITING + step)
    return [questions.ask(step, lang(), editing=True, how=person.reach_how)]


async def _empty(tx: Transaction, person: Person | None, services: Services, what: str) -> list[Reply]:
    if person is None:
        return [my_data.nothing(lang())]
    people.change(tx, person, **dict.fromkeys(EMPTY[what]))
    people.await_answer(tx, person, None)
    covered = set(EMPTY[what]) & set(people.CONTACT_FIELDS)
    if covered and not people.has_contact(person):  # nothing is left of what the second yes was for
        await consents.withdraw(tx, person, Purpose.CONTACT, how="button")
    return [await _after_correcting(tx, person, services)]
