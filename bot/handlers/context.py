"""What handlers share: the services, and how to read a message."""

from typing import Any

from telegram import Message, Update
from telegram.ext import Application, CallbackContext, ContextTypes

from bot.replies import Reply
from bot.sender import send
from bot.services import Services

Context = ContextTypes.DEFAULT_TYPE
App = Application[Any, Any, Any, Any, Any, Any]

LANG = "fr"  # the only language for now
LONGEST_READ = 8192  # characters; Telegram lets 4,096 through, and reading takes time that others wait for


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


async def say(update: Update, context: Context, *replies: Reply) -> None:
    """Send replies to the chat the update comes from."""
    if update.effective_chat is None:
        return
    for reply in replies:
        await send(context.bot, update.effective_chat.id, reply)
