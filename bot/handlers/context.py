"""What handlers share: the services, how to read a message, and how a change is made and told."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any

import structlog
from telegram import Message, Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext, ContextTypes

from bot import clock, leaving, messages, my_data, outbox, people, planned, questions, refusals
from bot.crypto import KeysError
from bot.db import UNAVAILABLE
from bot.i18n import SOURCE_LANGUAGE
from bot.joining import Known
from bot.models import Person, Status
from bot.replies import Reply, Undelivered
from bot.sender import send
from bot.services import Services
from bot.vault import AlreadyDone, Transaction

Context = ContextTypes.DEFAULT_TYPE
App = Application[Any, Any, Any, Any, Any, Any]
Look = Callable[[Transaction], Awaitable[Sequence[Reply]]]
Work = Callable[[Transaction, Person | None], Awaitable[Sequence[Reply]]]

LONGEST_READ = 8192  # characters; Telegram lets 4,096 through, and reading takes time that others wait for

# The language of whoever acts; one update is one task, so it is theirs alone. Set by `language.set_language`.
_lang: ContextVar[str] = ContextVar("lang", default=SOURCE_LANGUAGE)

log = structlog.get_logger()


def lang() -> str:
    """Return the language in which to answer this update."""
    return _lang.get()


def speak(code: str) -> None:
    """Answer this update in another language from here on."""
    _lang.set(code)


def services_of(context: CallbackContext[Any, Any, Any, Any]) -> Services:
    services = context.bot_data["services"]
    assert isinstance(services, Services)
    return services


def words(message: Message) -> str:
    """Return all that a person may have written in a message: text, caption, names on a card, a poll's question."""
    card, poll = message.contact, message.poll
    parts = [
        message.text,
        message.caption,
        card and card.first_name,
        card and card.last_name,
        poll and poll.question,
    ]
    return "\n".join(part for part in parts if part)[:LONGEST_READ]


def offered(services: Services, chat: int, known: Known, reply: Reply) -> Reply:
    """Return a useful answer with what may be offered to this person under it, from time to time."""
    return questions.offer(reply, lang(), known.offer) if known.offer and services.may_offer(chat) else reply


def chat_id(update: Update) -> int:
    """Return the private chat of whoever acts. A press counts for the one who presses, wherever the button stood."""
    if update.callback_query is not None:
        return update.callback_query.from_user.id
    assert update.effective_chat is not None, "app.py lets only private chats through"
    return update.effective_chat.id


async def say(update: Update, context: Context, *replies: Reply) -> None:
    """Send replies to the chat the update comes from."""
    for reply in replies:
        await send(context.bot, chat_id(update), reply)


async def press(update: Update) -> str | None:
    """Stop the little clock on a button and return its payload; None where nothing may be done: others read a group."""
    query = update.callback_query
    if query is None or (query.message is not None and query.message.chat.type != "private"):
        return None
    with suppress(TelegramError):  # too old a press is refused, and that is no harm
        await query.answer()
    return query.data or ""


async def stop(tx: Transaction, person: Person | None, *, how: str) -> list[Reply]:
    """End the messages we send first, at once; `how` they said it: « word », « button »."""
    if person is None:
        return [messages.nothing_to_stop(lang())]
    await leaving.stop(tx, person, Status.STOPPED, how=how)
    return [my_data.stopped(lang())]


async def look(context: Context, work: Look) -> list[Reply]:
    """Return what `work` says of what is kept, or that nothing can be read now."""
    services = services_of(context)
    found = await services.look(work, now=clock.now())
    return [refusals.cannot_keep(services.library, lang())] if found is None else list(found)


async def change(update: Update, context: Context, work: Work) -> None:
    """Do `work` for whoever acts and say what it returns: the person is locked, None if nothing is kept of them.

    Work, words and the number of the update are kept together or not at all.
    Given again by Telegram, an update changes nothing; the sweep says what had been left unsaid.
    """
    services, chat = services_of(context), chat_id(update)
    vault, now = services.vault, clock.now()
    if vault is None:
        await say(update, context, refusals.cannot_keep(services.library, lang()))
        return

    left: list[bool] = []  # of each try

    async def work_and_words(tx: Transaction) -> tuple[Sequence[Reply], Sequence[str]]:
        person = await people.find(tx, chat, lock=True)
        status = person.status if person else None
        replies = await work(tx, person)
        after = await people.find(tx, chat)
        if after is not None and update.my_chat_member is None:
            after.last_contact_on = tx.now.date()
        if after is not None:  # whatever changed, the calendar follows from it in the same transaction
            await planned.follow(tx, after, services.library.plan, services.places)
        left.append(status is not None and (after is None or after.status != status))
        if status is None and after is None:  # nothing changed for somebody of whom nothing is kept, not even this
            return replies, ()
        return replies, outbox.put(tx, chat, replies, person_id=after.id if after else None)

    try:
        replies, ids = await vault.write(work_and_words, now=now, update_id=update.update_id)
    except AlreadyDone:
        log.info("already_done")
        return
    except (KeysError, *UNAVAILABLE) as error:
        log.error("people_unavailable", error=type(error).__name__)
        await say(update, context, refusals.cannot_keep(services.library, lang()))
        return
    if left[-1]:
        services.forget(chat)
        await services.clean_up()
    if not ids:
        await say(update, context, *replies)
        return
    try:
        await outbox.say_now(vault, partial(send, context.bot), chat, ids, replies)
    except (Undelivered, *UNAVAILABLE) as error:  # the sweep says it later, or erases it
        log.warning("left_to_the_sweep", error=type(error).__name__)
