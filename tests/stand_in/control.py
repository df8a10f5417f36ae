"""The control API: tests in another process act as people, set faults and read what happened.

Each command is POST /control/<its name> with its arguments as a JSON object.
"""

import json
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from aiohttp import web

from tests.stand_in.faults import Fault
from tests.stand_in.markup import Json
from tests.stand_in.seen import Button, Heard
from tests.stand_in.server import STAND_IN
from tests.stand_in.validation import BadCallError
from tests.stand_in.world import Chat, Stored, World

UPDATE_ID = re.compile(r'"update_id"\s*:\s*(-?\d+)')
NOT_AN_ACTION = {"text", "style", "icon_custom_emoji_id"}


def open_chat(world: World, chat: Json) -> None:
    world.chats.setdefault(chat["id"], Chat(chat))


def send(world: World, account: Json, chat_id: int, content: Json) -> Json:
    message = world.store(world.chats[chat_id].shown, account, content).message
    return world.inject("message", message, chat_id=chat_id)


def edit(world: World, account: Json, message_id: int, content: Json) -> Json:
    message = world.messages[account["id"], message_id].message
    message.update(content | {"edit_date": int(time.time())})
    return world.inject("edited_message", message, chat_id=account["id"])


def press(world: World, account: Json, data: str, message_id: int) -> Json:
    chat_id = account["id"]
    stored = world.messages.get((chat_id, message_id))
    gone = {"chat": world.chats[chat_id].shown, "message_id": message_id, "date": 0}
    query_id = f"press-{next(world.counter)}"
    world.presses[query_id] = chat_id
    query = {
        "id": query_id,
        "from": account,
        "chat_instance": f"chat-{chat_id}",
        "message": stored.message if stored and stored.by_bot else gone,
        "data": data,
    }
    return world.inject("callback_query", query, chat_id=chat_id)


def move_bot(world: World, account: Json, chat: Json, statuses: list[str], refusal: str | None) -> Json:
    """Let the bot into a chat or shut it out, for the given reason."""
    world.chats[chat["id"]] = Chat(chat, refusal)
    change = {"chat": chat, "from": account, "date": int(time.time())}
    for when, status in zip(("old_chat_member", "new_chat_member"), statuses, strict=True):
        until = {"until_date": 0} if status == "kicked" else {}
        change[when] = {"user": world.bot, "status": status} | until
    return world.inject("my_chat_member", change, chat_id=chat["id"])


def heard(world: World, chat_id: int) -> list[Json]:
    mine = [m for (chat, _), m in world.messages.items() if chat == chat_id and m.by_bot]
    return [asdict(read(stored)) for stored in sorted(mine, key=lambda stored: stored.revision)]


def read(stored: Stored) -> Heard:
    message, markup = stored.message, stored.markup or {}
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or []
    file: Json = message.get("document") or (message.get("photo") or [{}])[-1]
    words = "caption" if file else "text"
    return Heard(
        message_id=message["message_id"],
        revision=stored.revision,
        text=message.get(words, ""),
        entities=message.get("caption_entities" if file else "entities", []),
        parse_mode=stored.parse_mode,
        buttons=[[button_of(button) for button in row] for row in rows],
        edited="edit_date" in message,
        file_id=file.get("file_id"),
        file_name=file.get("file_name"),
    )


def button_of(button: Json) -> Button:
    action = next((name for name in button if name not in NOT_AN_ACTION), "text")
    return Button(button["text"], action, button.get(action))


def popups(world: World, chat_id: int) -> list[Json]:
    return world.popups.get(chat_id, [])


def store_file(world: World, content: str) -> Json:
    return world.store_file(content.encode("latin-1"))  # any byte survives the trip


def read_file(world: World, file_id: str) -> str:
    return world.files[file_id].decode("latin-1")


def inject(world: World, lane: int, update: Json | None = None, text: str = "") -> Json:
    """Queue any update, unchecked, even as a text that no library can read."""
    if update is not None:
        return world.updates.add(update, lane)
    found = UPDATE_ID.search(text)
    if found is None:
        raise LookupError("an update without update_id cannot be queued")
    world.updates.add_text(int(found[1]), text, lane)
    return {"update_id": int(found[1])}


def pending(world: World) -> list[int]:
    return [update.update_id for update in world.updates.pending]


def add_fault(world: World, fault: Json) -> None:
    world.faults.waiting.append(Fault(**fault))


def clear_faults(world: World) -> None:
    world.faults.waiting.clear()


def enforce_limits(world: World, *, enforced: bool) -> None:
    world.limits.enforced = enforced


def calls(world: World, method: str | None) -> list[Json]:
    return [asdict(call) for call in world.calls if method in (None, call.method)]


def errors(world: World, *, forget: bool) -> list[Json]:
    found = list(world.errors)
    if forget:
        world.errors.clear()
    return found


COMMANDS: tuple[Callable[..., Any], ...] = (
    *(open_chat, send, edit, press, move_bot, heard, popups, store_file, read_file),
    *(inject, pending, add_fault, clear_faults, enforce_limits, calls, errors),
)


def add_control(app: web.Application) -> None:
    app.router.add_post("/control/reset", on_reset)
    for command in COMMANDS:
        app.router.add_post(f"/control/{command.__name__}", handler(command))


def handler(command: Callable[..., Any]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def handle(request: web.Request) -> web.Response:
        world = request.app[STAND_IN].world
        try:
            result = command(world, **json.loads(await request.read()))
        except (BadCallError, LookupError, TypeError, ValueError) as error:
            return web.json_response({"problem": f"{type(error).__name__}: {error}"}, status=400)
        return web.json_response({"result": result})

    return handle


async def on_reset(request: web.Request) -> web.Response:
    await request.app[STAND_IN].reset()
    return web.json_response({"result": None})
