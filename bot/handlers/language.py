"""In which language to answer: the one chosen, else Telegram's, else French. /langue and the buttons `lang:…`."""

import asyncio
from contextlib import suppress

from telegram import Update
from telegram.ext import CallbackContext

from bot import clock, language_words, people
from bot.handlers.context import Context, chat_id, lang, press, say, services_of, speak
from bot.i18n import SOURCE_LANGUAGE
from bot.models import Person
from bot.refusals import expired_button
from bot.services import Services
from bot.vault import Transaction

LONGEST_LOOK = 1.0  # seconds


async def set_language(update: Update, context: CallbackContext) -> None:  # type: ignore[type-arg]
    """Before anything else is done with an update: know in which language to answer it."""
    speak(SOURCE_LANGUAGE)
    if update.effective_user is None or (update.effective_chat and update.effective_chat.type != "private"):
        return
    services, chat = services_of(context), update.effective_user.id
    telegram = (update.effective_user.language_code or "").partition("-")[0].lower()
    speak(await language_of(services, chat, telegram))


async def language_of(services: Services, chat: int, telegram: str) -> str:
    """Return what was chosen in this chat, else the language of a person whom we keep, else that of Telegram."""
    spoken = services.library.languages
    if (chosen := services.languages.get(chat)) in spoken:
        return str(chosen)

    async def kept(tx: Transaction) -> str:
        person = await people.find(tx, chat)
        return person.lang if person is not None else ""

    found = None
    with suppress(TimeoutError):  # a call for help must not wait for a database
        async with asyncio.timeout(LONGEST_LOOK):
            found = await services.look(kept, now=clock.now())
    if found in spoken:
        services.languages[chat] = found
        return found
    return telegram if telegram in spoken else SOURCE_LANGUAGE


async def on_language(update: Update, context: Context) -> None:
    """/langue: every language, in its own name."""
    await say(update, context, language_words.languages(services_of(context).library, lang()))


async def on_button(update: Update, context: Context) -> None:
    """A language was chosen: kept with the person if we keep anything of them, else remembered for a while."""
    payload, services, chat = await press(update), services_of(context), chat_id(update)
    if payload is None:
        return
    chosen = payload.removeprefix("lang:")
    if chosen not in services.library.languages:
        await say(update, context, expired_button(services.library, lang()))
        return
    services.languages[chat] = chosen
    speak(chosen)
    await services.keep(lambda tx: _keep(tx, chat, chosen), now=clock.now())
    await say(update, context, language_words.language_chosen(services.library, chosen))


async def _keep(tx: Transaction, chat: int, chosen: str) -> None:
    person: Person | None = await people.find(tx, chat, lock=True)
    if person is not None:
        person.lang = chosen
