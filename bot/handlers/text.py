"""A young person wrote something."""

from telegram import Update

from bot.handlers.context import LANG, Context, say, services_of, words
from bot.services import respond


async def on_text(update: Update, context: Context) -> None:
    """Answer a text: danger first, then what was understood. Commands nobody knows are read as text too."""
    message, chat = update.effective_message, update.effective_chat
    if message is None or chat is None:
        return
    _, replies = await respond(services_of(context), chat.id, words(message).lstrip("/"), lang=LANG)
    await say(update, context, *replies)
