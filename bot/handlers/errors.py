"""The last resort: whatever failed, the person gets a number to call, and the log gets a class name."""

import traceback

import structlog
from telegram import Update
from telegram.error import TelegramError

from bot import refusals
from bot.danger import LAST_RESORT
from bot.handlers.context import Context, lang, services_of
from bot.replies import Reply, Undelivered
from bot.sender import send

log = structlog.get_logger()


async def on_error(update: object, context: Context) -> None:
    error = context.error
    if isinstance(error, Undelivered):  # the polling loop tries the whole update again
        if isinstance(update, Update):
            context.bot_data["undelivered"].add(update.update_id)
        return
    where = traceback.extract_tb(error.__traceback__)[-1] if error else None
    log.error("handler_failed", error=type(error).__name__, at=f"{where.name}:{where.lineno}" if where else None)
    if isinstance(update, Update) and update.effective_chat is not None and update.effective_chat.type == "private":
        try:
            reply = refusals.broken(services_of(context).library, lang())
        except Exception:  # noqa: BLE001 - content itself may be what failed
            reply = Reply(LAST_RESORT)
        try:
            await send(context.bot, update.effective_chat.id, reply)
        except (TelegramError, Undelivered) as again:
            log.error("apology_failed", error=type(again).__name__)
