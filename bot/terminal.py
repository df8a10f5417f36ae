"""Telegram, played by a terminal: the same application and the same handlers, with the person at the keyboard.

`Terminal` takes the place of PTB's HTTP client, so everything above it is what runs in production.
"""

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.request import BaseRequest, RequestData

from bot.handlers.context import App
from bot.replies import plain

BOT = {"id": 1, "is_bot": True, "first_name": "Relais", "username": "relais_bot"}
_update_ids = itertools.count(1)  # shared: as on Telegram, no two updates bear the same number


@dataclass
class Said:
    """One bubble: its text as read, and the (label, payload) of each button."""

    text: str
    buttons: list[tuple[str, str]] = field(default_factory=list)


class Terminal(BaseRequest):
    """Answers every call as Telegram would and keeps what was said."""

    def __init__(self, person: int = 2, first_name: str = "Toi", language: str = "fr") -> None:
        self.said: list[Said] = []
        self.files: list[bytes] = []
        self.person = {"id": person, "is_bot": False, "first_name": first_name, "language_code": language}
        self.chat = {"id": person, "type": "private", "first_name": first_name}

    @property
    def read_timeout(self) -> float | None:
        return None

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def do_request(
        self, url: str, method: str, request_data: RequestData | None = None, *args: Any, **kwargs: Any
    ) -> tuple[int, bytes]:
        call = url.rsplit("/", 1)[-1]
        result: object = True
        if call == "getMe":
            result = BOT
        elif call == "sendMessage":
            sent = request_data.parameters if request_data else {}
            self.said.append(Said(plain(str(sent["text"])), _buttons(sent)))
            result = {"message_id": len(self.said), "date": 0, "chat": self.chat, "text": sent["text"]}
        elif call == "sendDocument":
            parts = request_data.multipart_data.values() if request_data else ()
            self.files += [part[1] for part in parts if isinstance(part[1], bytes)]
            self.said.append(Said("📎"))
            result = {"message_id": len(self.said), "date": 0, "chat": self.chat}
        return 200, json.dumps({"ok": True, "result": result}).encode()

    async def hears(self, app: App, text: str) -> list[Said]:
        """Give the application a message from the person and return what it says."""
        command = text.split(maxsplit=1)[0] if text.startswith("/") else None
        entities = [{"type": "bot_command", "offset": 0, "length": len(command)}] if command else []
        message = {
            "message_id": 1,
            "date": 0,
            "chat": self.chat,
            "from": self.person,
            "text": text,
            "entities": entities,
        }
        return await self.update(app, {"message": message})

    async def pressed(self, app: App, payload: str) -> list[Said]:
        """Give the application the press of a button and return what it says."""
        query = {
            "id": "1",
            "from": self.person,
            "chat_instance": "1",
            "data": payload,
            "message": {"message_id": 1, "date": 1, "chat": self.chat, "from": BOT, "text": "…"},
        }
        return await self.update(app, {"callback_query": query})

    async def update(self, app: App, event: Mapping[str, Any]) -> list[Said]:
        """Give the application any event, with a number of its own unless it has one, and return what it says."""
        before = len(self.said)
        await app.process_update(Update.de_json({"update_id": next(_update_ids), **event}, app.bot))
        return self.said[before:]


def _buttons(sent: Mapping[str, Any]) -> list[tuple[str, str]]:
    keyboard = sent.get("reply_markup") or {}
    if isinstance(keyboard, str):
        keyboard = json.loads(keyboard)
    return [(button["text"], button["callback_data"]) for row in keyboard.get("inline_keyboard", ()) for button in row]
