"""Our own long-poll loop: an update is confirmed to Telegram only once it has been answered.

PTB's own loop confirms an update as soon as it is in memory, and a process that dies loses it for ever. Here
`offset` never passes an update that is still being answered, so Telegram gives it again to whoever comes next.
Chats are served side by side, the updates of one chat in their order, each under a time limit.
"""

import asyncio
import json
import re
import warnings
from typing import Any

import structlog
from telegram import Update
from telegram.error import Conflict, EndPointNotFound, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bot import clock
from bot.app import ALLOWED_UPDATES
from bot.danger import LAST_RESORT
from bot.handled import Handled
from bot.handlers.context import App
from bot.replies import Reply, Undelivered
from bot.sender import send

LONG_POLL = 25  # seconds that Telegram may wait for something to tell
TIME_LIMIT = 60.0  # seconds to answer one update, Telegram's own slowness included
ATTEMPTS = 3  # for an answer that Telegram certainly did not take
GLANCE = 0.2  # seconds between two looks at Telegram while something is being answered
LONGEST_PAUSE = 30.0  # seconds between two tries when Telegram cannot be reached
DRAIN = 20.0  # seconds to finish what is being answered when asked to stop

log = structlog.get_logger()

RawUpdate = dict[str, Any]

_UPDATE = re.compile(r'\{\s*"update_id"\s*:\s*(\d+)')
# PTB would rather have us use its get_updates, which fails as a whole on one update it cannot read.
warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'")


class UpdatesRequest(HTTPXRequest):
    """PTB's HTTP client, reading updates one by one when they cannot be read together."""

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        text = payload.decode("utf-8", "replace")
        try:
            return dict(json.loads(text))
        except (ValueError, TypeError, RecursionError):
            updates = _one_by_one(text)
            if not updates:
                raise TelegramError("Invalid server response") from None
            return {"ok": True, "result": updates}


def _one_by_one(text: str) -> list[RawUpdate]:
    """Read what can be read: an update nested a thousand deep keeps its number alone, so that it is not asked again."""
    updates: list[RawUpdate] = []
    position = 0
    while found := _UPDATE.search(text, position):
        try:
            update, position = json.JSONDecoder().raw_decode(text, found.start())
        except (ValueError, RecursionError) as error:
            log.error("update_unreadable", error=type(error).__name__)
            update, position = {"update_id": int(found[1])}, found.end()
        updates.append(update)
    return updates


async def run(app: App, handled: Handled, stop: asyncio.Event) -> None:
    """Answer updates until `stop` is set. Raises InvalidToken when Telegram does not know the token."""
    answering: dict[int, asyncio.Task[None]] = {}  # update id → its task
    lanes: dict[int, asyncio.Task[None]] = {}  # chat id → the last task of that chat
    answered: set[int] = set()  # not yet confirmed, because an earlier one is still being answered
    offset: int | None = None
    pause = 1.0
    while not stop.is_set():
        try:
            updates = await _unless(stop, _get_updates(app, offset, wait=not answering))
            pause = 1.0
        except InvalidToken:
            raise
        except TelegramError as error:
            pause = await _rest(error, pause, stop)
            continue
        if not answering:
            offset = None  # all before it is confirmed now; numbers may restart lower after a quiet week
            answered.clear()
        for raw in updates:
            update_id = int(raw["update_id"])
            if update_id not in answering and update_id not in answered:
                chat = _chat_of(raw)
                task = asyncio.create_task(_in_turn(app, handled, raw, lanes.get(chat)))
                answering[update_id] = lanes[chat] = task
        if answering:
            await asyncio.wait(answering.values(), timeout=GLANCE, return_when=asyncio.FIRST_COMPLETED)
        answered.update(update_id for update_id, task in answering.items() if task.done())
        answering = {update_id: task for update_id, task in answering.items() if not task.done()}
        lanes = {chat: task for chat, task in lanes.items() if not task.done()}
        if answering:
            offset = min(answering)
        elif answered:
            offset = max(answered) + 1
    if answering:
        await asyncio.wait(answering.values(), timeout=DRAIN)
    answered.update(update_id for update_id, task in answering.items() if task.done())
    if answered:
        await _confirm(app, min((u for u, t in answering.items() if not t.done()), default=max(answered) + 1))


async def _get_updates(app: App, offset: int | None, *, wait: bool) -> list[RawUpdate]:
    """Ask for updates as plain JSON. Raises InvalidToken and other TelegramErrors."""
    timeout = LONG_POLL if wait else 0
    asked: dict[str, Any] = {"timeout": timeout, "allowed_updates": ALLOWED_UPDATES}
    if offset is not None:
        asked["offset"] = offset
    try:
        found = await app.bot.do_api_request("getUpdates", api_kwargs=asked, read_timeout=timeout + 10)
    except EndPointNotFound as error:  # what PTB makes of a token that Telegram does not know any more
        raise InvalidToken from error
    except KeyError as error:  # what PTB makes of an answer without a result
        raise TelegramError("Invalid server response") from error
    if not isinstance(found, list):
        raise TelegramError("Invalid server response")
    return [raw for raw in found if isinstance(raw, dict) and isinstance(raw.get("update_id"), int)]


async def _confirm(app: App, offset: int) -> None:
    try:
        await app.bot.do_api_request("getUpdates", api_kwargs={"offset": offset, "limit": 1, "timeout": 0})
    except TelegramError as error:
        log.warning("confirm_failed", error=type(error).__name__)


async def _in_turn(app: App, handled: Handled, raw: RawUpdate, before: asyncio.Task[None] | None) -> None:
    if before is not None:
        await asyncio.wait([before])
    update_id = int(raw["update_id"])
    if update_id in handled:
        return
    await _answer(app, raw)
    await handled.add(update_id, clock.now())


async def _answer(app: App, raw: RawUpdate) -> None:
    """Have one update answered; whatever it holds, this ends, and never with an exception."""
    update_id = int(raw["update_id"])
    try:
        update = Update.de_json(raw, app.bot)
    except Exception as error:  # noqa: BLE001 - anything may be in there; its text may hold the message, so only the class
        log.error("update_unreadable", error=type(error).__name__)
        return
    undelivered: set[int] = app.bot_data["undelivered"]
    for attempt in range(ATTEMPTS):
        try:
            async with asyncio.timeout(TIME_LIMIT):
                await app.process_update(update)
        except TimeoutError:
            log.error("update_too_slow")
            await _apologise(app, update)
            return
        if update_id not in undelivered:
            return
        undelivered.discard(update_id)
        await asyncio.sleep(2**attempt)
    log.error("answer_given_up", attempts=ATTEMPTS)


async def _apologise(app: App, update: Update) -> None:
    if update.effective_chat is None or update.effective_chat.type != "private":
        return
    try:
        async with asyncio.timeout(TIME_LIMIT):
            await send(app.bot, update.effective_chat.id, Reply(LAST_RESORT))
    except (TimeoutError, TelegramError, Undelivered) as error:
        log.error("apology_failed", error=type(error).__name__)


def _chat_of(raw: RawUpdate) -> int:
    """Return the chat whose order must be kept; 0 when the update names none."""
    for kind in ALLOWED_UPDATES:
        event = raw.get(kind)
        if isinstance(event, dict):
            place = event.get("chat") or event.get("from")
            if isinstance(place, dict) and isinstance(place.get("id"), int):
                return int(place["id"])
    return 0


async def _unless(stop: asyncio.Event, asking: Any) -> list[RawUpdate]:
    """Wait for Telegram, or for `stop`: a long poll must not delay the end."""
    asked, stopped = asyncio.ensure_future(asking), asyncio.ensure_future(stop.wait())
    await asyncio.wait([asked, stopped], return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not asked.done():
        asked.cancel()
        return []
    return list(asked.result())


async def _rest(error: TelegramError, pause: float, stop: asyncio.Event) -> float:
    """Say in one line what is wrong, wait, and return the next pause."""
    if isinstance(error, Conflict):
        log.error("another_bot_polls", hint="the same token runs elsewhere, or a webhook is set; waiting")
        pause = LONGEST_PAUSE
    elif isinstance(error, RetryAfter):
        log.warning("telegram_asks_to_wait")
    elif isinstance(error, NetworkError):
        log.warning("telegram_unreachable", error=type(error).__name__, next_try_in=pause)
    else:
        log.error("telegram_refuses", error=type(error).__name__)
    try:
        async with asyncio.timeout(pause):
            await stop.wait()
    except TimeoutError:
        pass
    return min(pause * 2, LONGEST_PAUSE)
