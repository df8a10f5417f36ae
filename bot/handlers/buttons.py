"""A button was pressed. A payload comes from outside: whatever is not a known action is a button of the past."""

from contextlib import suppress

from telegram import Update
from telegram.error import TelegramError

from bot import clock, menus, messages, refusals
from bot.answers import about
from bot.content import Library
from bot.handlers.context import LANG, Context, services_of
from bot.replies import Reply
from bot.sender import send


async def on_button(update: Update, context: Context) -> None:
    query = update.callback_query
    if query is None or (query.message is not None and query.message.chat.type != "private"):
        return
    with suppress(TelegramError):  # only stops the little clock on the button; too old a press is refused
        await query.answer()
    await send(context.bot, query.from_user.id, reply_to(query.data or "", services_of(context).library))


def reply_to(payload: str, library: Library) -> Reply:
    """Return what a button leads to."""
    action, _, name = payload.partition(":")
    match action:
        case "topic" if name in library.topics:
            return about(name, library, lang=LANG, today=clock.now().date())
        case "theme" if name in library.themes[LANG]:
            return messages.theme(library, name, LANG)
        case menus.MENU:
            return messages.menu(library, LANG)
        case menus.HUMAN:
            return messages.human(library, LANG, name or None)
        case _:
            return refusals.expired_button(library, LANG)
