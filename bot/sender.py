"""The only module that sends to Telegram."""

import asyncio

import httpx
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.replies import Reply, Undelivered, bubbles, plain

TRIES = 3
LONGEST_WAIT = 20.0  # seconds that a reply waits for Telegram's permission to go on
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

log = structlog.get_logger()


async def send(bot: Bot, chat_id: int, reply: Reply) -> None:
    """Send a reply, in as many bubbles as it takes, buttons under the last. Raises Undelivered.

    A person who blocked the bot, or a chat that is gone, is not an error.
    """
    parts = list(bubbles(reply.html))
    for index, part in enumerate(parts):
        buttons = _keyboard(reply) if index == len(parts) - 1 else None
        try:
            await _send_one(bot, chat_id, part, buttons)
        except Forbidden:
            log.info("person_unreachable")
            return


async def send_file(bot: Bot, chat_id: int, name: str, body: bytes) -> bool:
    """Send a small file, once, and return whether Telegram took it."""
    try:
        await bot.send_document(chat_id, body, filename=name, protect_content=True)
    except TelegramError as error:
        log.error("file_refused", error=type(error).__name__)
        return False
    return True


def _keyboard(reply: Reply) -> InlineKeyboardMarkup | None:
    if not reply.buttons:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(button.label, callback_data=button.payload) for button in row] for row in reply.buttons]
    )


async def _send_one(bot: Bot, chat_id: int, html: str, buttons: InlineKeyboardMarkup | None) -> None:
    text, mode = html, ParseMode.HTML
    uncertain = 0  # tries that Telegram may have taken without our knowing
    for attempt in range(1, TRIES + 1):
        try:
            await bot.send_message(
                chat_id,
                text,
                parse_mode=mode if text is html else None,
                reply_markup=buttons,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
            )
            return
        except RetryAfter as error:
            wait = float(error._retry_after.total_seconds())
            if wait > LONGEST_WAIT:
                raise Undelivered from error
            await asyncio.sleep(wait)
        except BadRequest as error:  # a NetworkError for PTB, but repeating it would change nothing
            if "parse" not in error.message.lower() or text is not html:
                log.error("message_refused", error=type(error).__name__)
                return
            text = plain(html)
        except Forbidden:
            raise
        except (InvalidToken, ChatMigrated) as error:
            log.error("message_refused", error=type(error).__name__)
            return
        except (TelegramError, KeyError) as error:  # PTB's on no answer, a garbled one, one without a result
            uncertain += not isinstance(error.__cause__, _NOT_SENT)
            if uncertain > 1 or (uncertain and attempt == TRIES):  # sent twice at most: a copy may have arrived
                log.warning("message_uncertain", error=type(error).__name__)
                return
            if attempt == TRIES:
                raise Undelivered from error
            await asyncio.sleep(2 ** (attempt - 1))
    raise Undelivered
