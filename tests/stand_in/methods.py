"""What each method of the Bot API does; the parameters have been checked before."""

import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from aiogram.types import BufferedInputFile

from tests.stand_in.faults import ApiError
from tests.stand_in.markup import Json
from tests.stand_in.updates import Webhook
from tests.stand_in.world import Stored, World

NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are "
    "exactly the same as a current content and reply markup of the message"
)
EXPIRED_PRESS = "Bad Request: query is too old and response timeout expired or query ID is invalid"
FULL_CHAT = {
    "accent_color_id": 0,
    "max_reaction_count": 11,
    "accepted_gift_types": {
        "unlimited_gifts": False,
        "limited_gifts": False,
        "unique_gifts": False,
        "premium_subscription": False,
        "gifts_from_channels": False,
    },
}


class RawJson(str):
    """A result that is JSON already."""

    __slots__ = ()


async def get_me(world: World, _params: Json) -> Json:
    abilities = {
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }
    return world.bot | abilities


async def get_updates(world: World, params: Json) -> RawJson:
    world.updates.allow(params.get("allowed_updates"))
    updates = await world.updates.poll(
        params.get("offset") or 0, params.get("limit") or 100, params.get("timeout") or 0
    )
    return RawJson(f"[{','.join(update.body for update in updates)}]")


async def set_webhook(world: World, params: Json) -> bool:
    queue = world.updates
    url = params.get("url", "")
    if url and not url.startswith(("https://", "http://127.0.0.1:")):  # loopback is for tests
        raise ApiError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
    queue.allow(params.get("allowed_updates"))
    if params.get("drop_pending_updates"):
        queue.pending.clear()
    queue.webhook = Webhook(url, params.get("secret_token") or "", params.get("max_connections") or 40)
    queue.take_over()
    return True


async def get_webhook_info(world: World, _params: Json) -> Json:
    webhook = world.updates.webhook
    return {
        "url": webhook.url,
        "has_custom_certificate": False,
        "pending_update_count": len(world.updates.pending),
        "max_connections": webhook.max_connections,
    } | webhook.last_error


async def send_message(world: World, params: Json) -> Json:
    text = {name: params[name] for name in ("text", "entities") if params.get(name)}
    return send(world, params, text)


async def send_document(world: World, params: Json) -> Json:
    return send(world, params, caption(params) | {"document": receive(world, params["document"])})


async def send_photo(world: World, params: Json) -> Json:
    photo = receive(world, params["photo"]) | {"width": 90, "height": 90}
    photo.pop("file_name", None)
    return send(world, params, caption(params) | {"photo": [photo]})


def send(world: World, params: Json, content: Json) -> Json:
    chat = world.chat_for(params["chat_id"])
    return show(world.store(chat.shown, world.bot, content), params)


def show(stored: Stored, params: Json) -> Json:
    """Set what comes with the words, and return the message as the Bot API shows it."""
    stored.parse_mode = params.get("parse_mode")
    stored.markup = params.get("reply_markup")
    stored.message.pop("reply_markup", None)
    if stored.markup and stored.markup.get("inline_keyboard"):
        stored.message["reply_markup"] = stored.markup
    return stored.message


def caption(params: Json) -> Json:
    return {name: params[name] for name in ("caption", "caption_entities") if params.get(name)}


def receive(world: World, upload: object) -> Json:
    if isinstance(upload, BufferedInputFile):
        return world.store_file(upload.data) | {"file_name": upload.filename}
    if upload in world.files:
        size = len(world.files[str(upload)])
        return {"file_id": upload, "file_unique_id": f"u-{upload}", "file_size": size}
    raise ApiError(400, "Bad Request: wrong file identifier/HTTP URL specified")


async def edit_text(world: World, params: Json) -> Json:
    stored = find_own(world, params)
    new = {name: params[name] for name in ("text", "entities") if params.get(name)}
    old = {name: stored.message[name] for name in ("text", "entities") if stored.message.get(name)}
    return edit(world, stored, params, changed=new != old, content=new)


async def edit_markup(world: World, params: Json) -> Json:
    stored = find_own(world, params)
    return edit(world, stored, {"parse_mode": stored.parse_mode} | params, changed=False)


def edit(world: World, stored: Stored, params: Json, *, changed: bool, content: Json | None = None) -> Json:
    new_markup = params.get("reply_markup") or {"inline_keyboard": []}
    old_markup = stored.message.get("reply_markup") or {"inline_keyboard": []}
    if not changed and new_markup == old_markup:
        raise ApiError(400, NOT_MODIFIED)
    if content is not None:
        stored.message.pop("entities", None)
        stored.message.update(content)
    stored.message["edit_date"] = int(time.time())
    stored.revision = next(world.counter)
    return show(stored, params)


def find_own(world: World, params: Json) -> Stored:
    if "chat_id" not in params or "message_id" not in params:
        raise ApiError(400, "Bad Request: message identifier is not specified")
    world.chat_for(params["chat_id"])
    stored = world.messages.get((params["chat_id"], params["message_id"]))
    if stored is None:
        raise ApiError(400, "Bad Request: message to edit not found")
    if not stored.by_bot:
        raise ApiError(400, "Bad Request: message can't be edited")
    return stored


async def delete_message(world: World, params: Json) -> bool:
    world.chat_for(params["chat_id"])
    if world.messages.pop((params["chat_id"], params["message_id"]), None) is None:
        raise ApiError(400, "Bad Request: message to delete not found")
    return True


async def answer_press(world: World, params: Json) -> bool:
    chat_id = world.presses.get(params["callback_query_id"])
    if chat_id is None:
        raise ApiError(400, EXPIRED_PRESS)
    if params.get("text"):
        popup = {"text": params["text"], "alert": bool(params.get("show_alert"))}
        world.popups.setdefault(chat_id, []).append(popup)
    return True


async def send_chat_action(world: World, params: Json) -> bool:
    world.chat_for(params["chat_id"])
    return True


async def leave_chat(world: World, params: Json) -> bool:
    chat = world.chat_for(params["chat_id"])
    if chat.shown["type"] == "private":
        raise ApiError(400, "Bad Request: chat member status can't be changed in private chats")
    chat.refusal = f"bot is not a member of the {chat.shown['type']} chat"
    return True


async def get_chat(world: World, params: Json) -> Json:
    return world.chat_for(params["chat_id"]).shown | FULL_CHAT


async def get_file(world: World, params: Json) -> Json:
    file_id = params["file_id"]
    return receive(world, file_id) | {"file_path": f"files/{file_id}"}


def profile_methods(name: str, field: str, default: Any) -> dict[str, "Method"]:
    """A setter and its getter, one value per scope and language."""

    def key(params: Json) -> tuple[str, str]:
        place = [params.get("scope") or {"type": "default"}, params.get("language_code") or ""]
        return name, json.dumps(place, sort_keys=True)

    async def put(world: World, params: Json) -> bool:
        world.profile[key(params)] = params.get(field) or default
        return True

    async def get(world: World, params: Json) -> Any:
        value = world.profile.get(key(params), default)
        return value if field == "commands" else {field: value}

    return {f"setMy{name}": put, f"getMy{name}": get}


Method = Callable[[World, Json], Awaitable[Any]]
OFFERED: dict[str, Method] = {
    "getMe": get_me,
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": set_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "sendDocument": send_document,
    "sendPhoto": send_photo,
    "editMessageText": edit_text,
    "editMessageReplyMarkup": edit_markup,
    "deleteMessage": delete_message,
    "answerCallbackQuery": answer_press,
    "sendChatAction": send_chat_action,
    "leaveChat": leave_chat,
    "getChat": get_chat,
    "getFile": get_file,
    **profile_methods("Commands", "commands", []),
    **profile_methods("Name", "name", ""),
    **profile_methods("Description", "description", ""),
    **profile_methods("ShortDescription", "short_description", ""),
}
