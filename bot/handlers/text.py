"""A young person wrote something."""

from telegram import Update

from bot import clock, contact_words, danger, identity_numbers, problems, questions, refusals, stop_words, stories
from bot.contacts import FIND, respond
from bot.handlers import check_in, referral
from bot.handlers.check_in import Waiting
from bot.handlers.context import Context, chat_id, lang, offered, say, services_of, words
from bot.handlers.joining import open_question, take_answer
from bot.handlers.my_data import on_stop
from bot.joining import Known, Offer
from bot.library import Library
from bot.replies import Reply
from bot.understanding import COURTESIES, OUT_OF_SCOPE, STOP, Understanding

Heard = tuple[Understanding, list[Reply]]


async def on_text(update: Update, context: Context) -> None:
    """Answer a text: danger first, then stop, then the question that is open, then whatever was understood.

    Danger comes before the database and cannot be stopped by it. Commands nobody knows are read as text too.
    """
    message, chat = update.effective_message, update.effective_chat
    if message is None or chat is None:
        return
    services = services_of(context)
    library = services.library
    text = words(message).lstrip("/")
    if danger.match(text, library.lexicons):
        _, replies = await respond(services, chat.id, text, lang=lang())
        await say(update, context, *replies)
        await services.close_form(chat.id, clock.now())
        return
    if stop_words.is_stop(text, library.stop_words):
        await on_stop(update, context)
        return

    known = await services.know(chat.id, clock.now())
    question = await open_question(update, context) if known.asking else None
    heard = None
    where = chat.id in services.asked_where  # our last question: « in which town? »
    if question is None or known.asking is None or where or stories.may_be_more(text, known.asking):
        asking = known.asking if question is not None else None
        heard = await respond(services, chat.id, identity_numbers.mask(text), lang=lang(), asking=asking)
    if question is not None and (heard is None or not _is_a_question(heard[0])):
        problem = await take_answer(update, context, text)
        if problem is None:
            return
        heard = heard or await respond(services, chat.id, identity_numbers.mask(text), lang=lang())
        if not _is_a_question(heard[0]):
            await say(update, context, questions.again(problems.sentence(problem, lang()), question))
            return

    assert heard is not None, "either no question is open, or the text was read as one to us"
    await _answer(update, context, known, question, heard)


async def _answer(update: Update, context: Context, known: Known, question: Reply | None, heard: Heard) -> None:
    """Say what answers a message and ask the open question once more below it, unless it answers the check-in."""
    message, chat, services = update.effective_message, chat_id(update), services_of(context)
    assert message is not None
    understanding, replies = heard
    if identity_numbers.find(words(message)) is not None:
        replies[0] = refusals.identity_number(replies[0], lang())
    if understanding.danger:
        await say(update, context, *replies)
        await services.close_form(chat, clock.now())
        return
    if question is None and known.offer != Offer.JOIN:  # whoever is unknown has no check-in
        waiting = await check_in.waiting(update, context)
        if waiting is not None and await _took_as_answer(update, context, waiting, heard):
            return
        asked = waiting.question if waiting is not None and understanding.topic != STOP else None
        question = asked if asked is not None and services.may_repeat(chat) else None
    if question is None and not _is_a_question(understanding) and understanding.topic != STOP:
        shown = await referral.preview(update, context)
        if shown is not None:
            await say(update, context, shown)
            return
    kind = services.asked_where.get(chat)
    if kind is not None and question is None and understanding.topic != FIND and services.may_repeat(chat):
        question = contact_words.ask_where(kind, lang())
    if question is not None:
        replies.append(question)
    elif _is_useful(understanding, services.library):
        replies[-1] = offered(services, chat, known, replies[-1])
    await say(update, context, *replies)


async def _took_as_answer(update: Update, context: Context, waiting: Waiting, heard: Heard) -> bool:
    """Take a text as an answer to the check-in, if it is one. A right asked about in the same breath is explained."""
    assert update.effective_message is not None
    understanding, replies = heard
    text = words(update.effective_message)
    act = check_in.meaning(waiting, text, understanding)
    services = services_of(context)
    if act is None or (act != check_in.HELP and chat_id(update) in services.quiet):
        return False  # after a call for help, « ok » is no answer to a form
    services.misses.pop(chat_id(update), None)  # it was understood, whatever the NLU made of it
    topic = understanding.sure and understanding.topic in (*services.library.topics, check_in.TO_A_PERSON)
    told = identity_numbers.find(text) is not None or (act == check_in.HELP and topic)
    if not told:
        services.asked_where.pop(chat_id(update), None)
    await check_in.take(update, context, act, replies if told else [], worrying=understanding.worrying)
    return True


def _is_a_question(understanding: Understanding) -> bool:
    """Return whether a text is a question to us, or a worry, whatever we had asked."""
    if understanding.danger or understanding.worrying:
        return True
    return understanding.sure and understanding.topic != OUT_OF_SCOPE and understanding.topic not in COURTESIES


def _is_useful(understanding: Understanding, library: Library) -> bool:
    """Return whether a right was explained, and calmly: the offer comes after that, never before."""
    calm = not (understanding.danger or understanding.worrying)
    return understanding.sure and calm and understanding.topic in library.topics
