"""A button was pressed. A payload comes from outside: whatever is not a known action is a button of the past."""

from telegram import Update

from bot import clock, menus, messages, refusals
from bot.answers import about
from bot.handlers.context import Context, chat_id, lang, offered, press, say, services_of
from bot.library import Library
from bot.replies import Reply


async def on_button(update: Update, context: Context) -> None:
    payload, services, chat = await press(update), services_of(context), chat_id(update)
    if payload is None:
        return
    services.asked_where.pop(chat, None)  # they went on to something else
    reply = reply_to(payload, services.library)
    if payload.removeprefix("topic:") in services.library.topics:
        reply = offered(services, chat, await services.know(chat, clock.now()), reply)
    await say(update, context, reply)


def reply_to(payload: str, library: Library) -> Reply:
    """Return what a button leads to."""
    action, _, name = payload.partition(":")
    match action:
        case "topic" if name in library.topics:
            return about(name, library, lang=lang(), today=clock.now().date())
        case "theme" if name in library.themes[lang()]:
            return messages.theme(library, name, lang())
        case menus.MENU:
            return messages.menu(library, lang())
        case menus.HUMAN:
            return messages.human(library, lang(), name or None)
        case _:
            return refusals.expired_button(library, lang())
