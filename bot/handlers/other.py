"""Everything that is not a text, a command or a button. Danger is looked for in each; nothing is kept."""

from contextlib import suppress

import structlog
from telegram import Contact, Message, Update
from telegram.error import BadRequest, Forbidden

from bot import clock, danger, menus, problems, questions, refusals
from bot.answers import danger_answer
from bot.handlers import contact
from bot.handlers.context import Context, chat_id, lang, say, services_of, words
from bot.handlers.joining import open_question, take_answer
from bot.handlers.my_data import on_blocked
from bot.joining import Step
from bot.library import Library
from bot.replies import Reply

log = structlog.get_logger()


async def on_file(update: Update, context: Context) -> None:
    """A photo, a voice, a document, a sticker, a card, a place…: refuse it kindly, give the numbers."""
    library = services_of(context).library
    message = update.effective_message
    if message is None:
        return
    reply = _in_danger(message, library)
    place = message.location or (message.venue and message.venue.location)
    if reply is None and place:
        reply = await contact.at(services_of(context), chat_id(update), place)
    if reply is None and message.contact is not None:
        reply = await _card(update, context, message.contact)
        if reply is None:
            return
    await say(update, context, reply or _refusal(update, library))
    if _in_danger(message, library):
        await services_of(context).close_form(chat_id(update), clock.now())


async def _card(update: Update, context: Context, card: Contact) -> Reply | None:
    """A contact card: one's own may answer a question; somebody else's is not the sender's to give."""
    library = services_of(context).library
    if update.effective_user is None or card.user_id != update.effective_user.id:
        return refusals.somebody_else(library, lang())
    known = await services_of(context).know(chat_id(update), clock.now())
    question = await open_question(update, context) if known.asking == Step.REACH else None
    if question is None:
        return refusals.contact_refused(library, lang())
    problem = await take_answer(update, context, card.phone_number)
    return questions.again(problems.sentence(problem, lang()), question) if problem else None


def _refusal(update: Update, library: Library) -> Reply:
    message = update.effective_message
    if message is not None and (message.location or message.venue):
        return refusals.location_refused(library, lang())
    return refusals.file_refused(library, lang())


async def on_edit(update: Update, context: Context) -> None:
    """An edited message is not a new question; but a danger written into it counts.

    A place that moves on the map is such a message each time: nothing is said of it.
    """
    library = services_of(context).library
    if update.effective_message is not None and not update.effective_message.location:
        found = _in_danger(update.effective_message, library)
        await say(update, context, found or refusals.edited(library, lang()))
        if found:
            await services_of(context).close_form(chat_id(update), clock.now())


async def on_group(update: Update, context: Context) -> None:
    """Never talk where others read: say so, with the numbers if someone is in danger, and leave."""
    chat, message = update.effective_chat, update.effective_message
    if chat is None:
        return
    if message is not None:
        reply = _in_danger(message, services_of(context).library) or refusals.private_only(lang())
        await say(update, context, reply)
    await _leave(context, chat.id)


async def on_member(update: Update, context: Context) -> None:
    """Blocked, unblocked, or added to a group. Blocking ends our messages; coming back does not bring them back."""
    change = update.my_chat_member
    if change is None:
        return
    log.info("membership", status=change.new_chat_member.status, private=change.chat.type == "private")
    if change.chat.type == "private" and change.new_chat_member.status == "kicked":
        await on_blocked(update, context)
    if change.chat.type != "private" and change.new_chat_member.status in ("member", "administrator"):
        await _leave(context, change.chat.id)


async def _leave(context: Context, group: int) -> None:
    with suppress(Forbidden, BadRequest):  # already out: several messages may come from a group before we leave
        await context.bot.leave_chat(group)


def _in_danger(message: Message, library: Library) -> Reply | None:
    found = danger.match(words(message), library.lexicons)
    return Reply(danger_answer(found, library, lang()), (menus.ways_out(lang()),)) if found else None
