"""The only module that sends to Telegram."""

import asyncio
from datetime import timedelta
from functools import lru_cache

import httpx
import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.bidi import isolated
from bot.replies import Button, Delivery, Outcome, Reply, Undelivered, bubbles, plain

TRIES = 3
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)
LONGEST_WAIT = timedelta(seconds=20)  # that a reply waits for Telegram's permission to go on
# What stands between us and Telegram answers pages of its own: PTB reads a 403 or a 400 from their status alone.
_NOT_TELEGRAMS = "Parsing the server response"
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)

log = structlog.get_logger()


async def deliver(bot: Bot, chat_id: int, reply: Reply) -> Delivery:
    """Say one short thing once, without waiting. Never raises for what Telegram answers."""
    return await _attempt(bot, chat_id, isolated(reply.html), _keyboard(reply.buttons))


async def send(bot: Bot, chat_id: int, reply: Reply) -> None:
    """Send a reply, in as many bubbles as it takes, buttons under the last. Raises Undelivered.

    A person who blocked the bot, or a chat that is gone, is not an error.
    """
    parts = list(bubbles(isolated(reply.html)))
    for index, part in enumerate(parts):
        buttons = _keyboard(reply.buttons) if index == len(parts) - 1 else None
        if not await _send_one(bot, chat_id, part, buttons):
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


@lru_cache(256)  # the same few rows of buttons stand under most of what is said
def _keyboard(rows: tuple[tuple[Button, ...], ...]) -> InlineKeyboardMarkup | None:
    if not rows:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(isolated(button.label), callback_data=button.payload) for button in row] for row in rows]
    )


async def _send_one(bot: Bot, chat_id: int, html: str, buttons: InlineKeyboardMarkup | None) -> bool:
    """Say one bubble, at most twice where a copy may have arrived. False if the person cannot be written to."""
    uncertain = 0  # attempts that Telegram may have taken without our knowing
    for attempt in range(1, TRIES + 1):
        found = await _attempt(bot, chat_id, html, buttons)
        match found.outcome:
            case Outcome.SENT:
                return True
            case Outcome.BLOCKED:
                return False
            case Outcome.SHUT_OUT:  # our token, or the page of a proxy: what was to be said is not to blame
                raise Undelivered
            case Outcome.REFUSED:
                log.error("message_refused", error=found.error)
                return True
        if found.wait is not None:
            if found.wait > LONGEST_WAIT:
                raise Undelivered
            await asyncio.sleep(found.wait.total_seconds())
            continue
        uncertain += found.outcome == Outcome.MAYBE
        if uncertain > 1 or (uncertain and attempt == TRIES):
            log.warning("message_uncertain", error=found.error)
            return True
        if attempt == TRIES:
            raise Undelivered
        await asyncio.sleep(2 ** (attempt - 1))
    raise Undelivered


async def _attempt(bot: Bot, chat_id: int, html: str, buttons: InlineKeyboardMarkup | None) -> Delivery:
    """Try once; what Telegram cannot read as HTML is said once more as plain text."""
    for text, mode in ((html, ParseMode.HTML), (plain(html), None)):
        try:
            await bot.send_message(
                chat_id,
                text,
                parse_mode=mode,
                reply_markup=buttons,
                link_preview_options=NO_PREVIEW,
            )
            return Delivery(Outcome.SENT)
        except BadRequest as error:  # a NetworkError for PTB, but repeating it would change nothing
            if _NOT_TELEGRAMS in error.message:
                return Delivery(Outcome.LATER, error=type(error).__name__)
            if mode is None or "parse" not in error.message.lower():
                return Delivery(Outcome.REFUSED, error=type(error).__name__)
        except RetryAfter as error:
            return Delivery(Outcome.LATER, wait=error._retry_after)
        except Forbidden as error:
            if not error.message.startswith("Forbidden: "):  # not Telegram's word: nobody is lost for it
                return Delivery(Outcome.LATER, error=type(error).__name__)
            return Delivery(Outcome.BLOCKED)
        except ChatMigrated as error:
            return Delivery(Outcome.REFUSED, error=type(error).__name__)
        except InvalidToken as error:
            return Delivery(Outcome.SHUT_OUT, error=type(error).__name__)
        except Exception as error:  # noqa: BLE001 - PTB's on no answer; on one that makes no sense it raises anything
            certain = isinstance(error.__cause__, _NOT_SENT)
            return Delivery(Outcome.LATER if certain else Outcome.MAYBE, error=type(error).__name__)
    raise AssertionError("plain text has no markup to be refused")
