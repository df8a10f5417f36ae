"""What the pretended Telegram knows: chats, messages, files, and every call of the bot."""

import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from tests.stand_in.faults import ApiError, Faults, RateLimits
from tests.stand_in.markup import Json
from tests.stand_in.seen import Call
from tests.stand_in.updates import UpdateQueue
from tests.stand_in.validation import check_update

BOT_NAME = "stand_in_bot"


@dataclass
class Chat:
    shown: Json
    refusal: str | None = None  # why the bot may not write here


@dataclass
class Stored:
    """A message and what Telegram does not show to bots again."""

    message: Json
    by_bot: bool
    revision: int  # grows with each message and each edit, so that a reader sees both
    parse_mode: str | None = None
    markup: Json | None = None


@dataclass
class World:
    token: str
    updates: UpdateQueue = field(default_factory=UpdateQueue)
    faults: Faults = field(default_factory=Faults)
    limits: RateLimits = field(default_factory=RateLimits)
    chats: dict[int, Chat] = field(default_factory=dict)
    messages: dict[tuple[int, int], Stored] = field(default_factory=dict)
    presses: dict[str, int] = field(default_factory=dict)  # callback query -> chat
    popups: dict[int, list[Json]] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    profile: dict[tuple[str, str], Any] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    errors: list[Json] = field(default_factory=list)
    counter: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    @property
    def bot(self) -> Json:
        bot_id = int(self.token.partition(":")[0])
        return {"id": bot_id, "is_bot": True, "first_name": "Stand-in", "username": BOT_NAME}

    def log(self, method: str, params: Json) -> Call:
        call = Call(method, params.get("chat_id"), shown(params), time.monotonic())
        self.calls.append(call)
        return call

    def chat_for(self, chat_id: int | str) -> Chat:
        """The chat, if the bot may write there."""
        chat = self.chats.get(chat_id) if isinstance(chat_id, int) else None
        if chat is None:
            raise ApiError(400, "Bad Request: chat not found")
        if chat.refusal:
            raise ApiError(403, f"Forbidden: {chat.refusal}")
        return chat

    def inject(self, kind: str, content: Json, *, chat_id: int) -> Json:
        """Queue an update after checking that Telegram could have sent it."""
        check_update({"update_id": 1, kind: content})
        return self.updates.add({kind: content}, chat_id)

    def store(self, chat: Json, sender: Json, content: Json) -> Stored:
        message: Json = {
            "message_id": next(self.counter),
            "from": sender,
            "chat": chat,
            "date": int(time.time()),
        } | content
        stored = Stored(message, by_bot=bool(sender["is_bot"]), revision=next(self.counter))
        self.messages[chat["id"], message["message_id"]] = stored
        return stored

    def store_file(self, content: bytes) -> Json:
        file_id = f"file-{next(self.counter)}"
        self.files[file_id] = content
        return {"file_id": file_id, "file_unique_id": f"u-{file_id}", "file_size": len(content)}


def shown(params: Json) -> Json:
    """The parameters as the log keeps them: an upload by its name and size."""
    return {
        name: value if not hasattr(value, "filename") else {"file_name": value.filename, "size": len(value.data)}
        for name, value in params.items()
    }
