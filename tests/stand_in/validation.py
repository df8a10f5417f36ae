"""Refuse what Telegram would refuse: aiogram's models, and the limits that no schema holds."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

from aiogram import methods
from aiogram.methods.base import TelegramMethod
from aiogram.types import InlineKeyboardButton, Update
from pydantic import BaseModel, ValidationError

from tests.stand_in.markup import Json, MarkupError, parse_html, utf16_length

METHODS: dict[str, type[TelegramMethod[Any]]] = {
    model.__api_method__: model
    for model in (getattr(methods, name) for name in methods.__all__)
    if model is not TelegramMethod and hasattr(model, "__api_method__")
}
EXACT_NAME = {name.lower(): name for name in METHODS}  # Telegram ignores the case of methods

ALTERNATIVES = set(InlineKeyboardButton.model_fields) - {"text", "style", "icon_custom_emoji_id"}
REQUIRED_TEXT = {"sendMessage", "editMessageText"}
FORMATTED = {
    "text": ("entities", 4096, "message is too long", REQUIRED_TEXT),
    "caption": (
        "caption_entities",
        1024,
        "message caption is too long",
        {"sendDocument", "sendPhoto"},
    ),
}
LENGTHS = {
    ("answerCallbackQuery", "text"): (200, "MESSAGE_TOO_LONG"),
    ("setMyName", "name"): (64, "BOT_TITLE_INVALID"),
    ("setMyDescription", "description"): (512, "BOT_DESCRIPTION_INVALID"),
    ("setMyShortDescription", "short_description"): (120, "BOT_SHORT_DESCRIPTION_INVALID"),
}


class BadCallError(Exception):
    """A call that Telegram would refuse with 400, with the reason it would give."""


def decode(method: str, raw: Json) -> Json:
    """Read the structures that form fields carry as JSON text."""
    fields = METHODS[method].model_fields
    return {
        name: parse_structure(value) if is_structure(fields.get(name), value) else value for name, value in raw.items()
    }


def is_structure(field: Any, value: object) -> bool:
    if field is None or not isinstance(value, str) or not value.startswith(("[", "{")):
        return False
    return field.annotation is not str and str not in get_args(field.annotation)


def parse_structure(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        return value  # the model then says which parameter is ill-typed


def check_call(method: str, params: Json) -> Json:
    """Return the parameters as Telegram understands them: typed, and with the markup parsed."""
    checked = check_model(METHODS[method], params).model_dump(exclude_unset=True, by_alias=True)
    chat_id = checked.get("chat_id")
    if isinstance(chat_id, str) and re.fullmatch(r"-?\d+", chat_id):
        checked["chat_id"] = int(chat_id)
    for field, (entities, limit, complaint, users) in FORMATTED.items():
        if method in users and field in checked:
            checked |= check_formatted(checked, field, entities)
            if utf16_length(checked[field]) > limit:
                raise BadCallError(complaint)
    if method in REQUIRED_TEXT and not checked.get("text"):
        raise BadCallError("message text is empty")
    for (limited, field), (limit, complaint) in LENGTHS.items():
        if method == limited and utf16_length(checked.get(field) or "") > limit:
            raise BadCallError(complaint)
    check_keyboard(checked.get("reply_markup") or {})
    check_commands(checked.get("commands") or [])
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", checked.get("secret_token") or ""):
        raise BadCallError("secret token contains unallowed characters")
    return checked


def check_update(update: Json) -> None:
    """The same models check what the stand-in makes up, so that no test rests on a fantasy."""
    check_model(Update, update)


def check_model(model: type[BaseModel], values: Json) -> BaseModel:
    try:
        checked = model.model_validate(values)
    except ValidationError as error:
        problems = [f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()]
        raise BadCallError("; ".join(problems)) from None
    if unknown := list(unknown_fields(checked)):
        raise BadCallError(f"unknown parameter {', '.join(unknown)}")
    return checked


def unknown_fields(value: object, path: str = "") -> Iterator[str]:
    """aiogram lets unknown fields through, at every depth: Telegram would silently drop them."""
    if isinstance(value, BaseModel):
        yield from (f"{path}{name}" for name in value.model_extra or {})
        for name in type(value).model_fields:
            yield from unknown_fields(getattr(value, name), f"{path}{name}.")
    elif isinstance(value, list):
        for item in value:
            yield from unknown_fields(item, path)


def check_formatted(params: Json, field: str, entities: str) -> Json:
    mode = params.get("parse_mode")
    if not mode:
        return {field: params[field].strip()}
    if mode.upper() != "HTML":
        raise BadCallError(f"the stand-in reads HTML only, not {mode}")
    try:
        text, found = parse_html(params[field])
    except MarkupError as error:
        raise BadCallError(f"can't parse entities: {error}") from None
    return {field: text, entities: found}


def check_keyboard(markup: Json) -> None:
    for button in (button for row in markup.get("inline_keyboard", []) for button in row):
        actions = [name for name in ALTERNATIVES if button.get(name) not in (None, False)]
        if not button["text"].strip():
            raise BadCallError("inline keyboard button text must be non-empty")
        if not actions:
            raise BadCallError("Text buttons are unallowed in the inline keyboard")
        if len(actions) > 1:
            raise BadCallError(f"a button does one thing, not {' and '.join(sorted(actions))}")
        if "callback_data" in actions and not 1 <= len(button["callback_data"].encode()) <= 64:
            raise BadCallError("BUTTON_DATA_INVALID")
        if "url" in actions and not re.match(r"(https?|tg)://", button["url"]):
            raise BadCallError(f"inline keyboard button URL '{button['url']}' is invalid")


def check_commands(commands: list[Json]) -> None:
    if len(commands) > 100:
        raise BadCallError("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not re.fullmatch(r"[a-z0-9_]{1,32}", command["command"]):
            raise BadCallError("BOT_COMMAND_INVALID")
        if not 1 <= utf16_length(command["description"]) <= 256:
            raise BadCallError("BOT_COMMAND_DESCRIPTION_INVALID")
