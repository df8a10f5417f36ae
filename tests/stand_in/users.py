"""Simulated people: what they do becomes updates, and they read what the bot sent them."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from tests.stand_in.markup import Json, utf16_length
from tests.stand_in.seen import Button, Heard

COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w+)?")
PATIENCE = 20.0  # seconds; a tenth of one on a quiet machine
T = TypeVar("T")


class Ask(Protocol):
    """Send one command to the control API."""

    async def __call__(self, command: str, /, **body: Any) -> Any: ...


async def wait_for(read: Callable[[], Awaitable[T]], until: Callable[[T], bool], *, within: float = PATIENCE) -> T:
    """Read again and again until the value will do; say what it was when time is up."""
    deadline = time.monotonic() + within
    while not until(value := await read()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not there after {within} s: {value!r}")
        await asyncio.sleep(0.02)
    return value


@dataclass
class User:
    """A person with a private chat with the bot; each act returns the update that it caused."""

    ask: Ask
    id: int
    account: Json
    read_up_to: int = 0

    @property
    def private(self) -> Json:
        names = {k: v for k, v in self.account.items() if k not in ("is_bot", "language_code")}
        return {"type": "private"} | names

    async def sends(self, content: Json, *, group: int | None = None) -> Json:
        """Send a message of any kind, in the Bot API's words: {"dice": {…}}."""
        chat_id = self.id if group is None else group
        return await self.act("send", chat_id=chat_id, content=content)

    async def says(self, text: str, *, group: int | None = None) -> Json:
        return await self.sends(written(text), group=group)

    async def edits(self, message_id: int, text: str) -> Json:
        return await self.act("edit", message_id=message_id, content=written(text))

    async def sends_photo(self, **caption: str) -> Json:
        size = {"width": 90, "height": 90}
        return await self.sends({"photo": [await self.file(b"photo") | size]} | caption)

    async def sends_voice(self) -> Json:
        return await self.sends({"voice": await self.file(b"voice") | {"duration": 3}})

    async def sends_sticker(self) -> Json:
        looks = {"type": "regular", "is_animated": False, "is_video": False}
        looks |= {"width": 512, "height": 512}
        return await self.sends({"sticker": await self.file(b"sticker") | looks})

    async def sends_document(self, file_name: str = "a.pdf", content: bytes = b"-") -> Json:
        return await self.sends({"document": await self.file(content) | {"file_name": file_name}})

    async def sends_contact(self, phone_number: str, **card: Any) -> Json:
        """Share one's own card, unless `card` names another user_id (None: not on Telegram)."""
        own = {"first_name": self.account["first_name"], "user_id": self.id}
        shared = own | card | {"phone_number": phone_number}
        return await self.sends({"contact": {k: v for k, v in shared.items() if v is not None}})

    async def sends_location(self, latitude: float = 48.85, longitude: float = 2.35) -> Json:
        return await self.sends({"location": {"latitude": latitude, "longitude": longitude}})

    async def presses(self, label: str, *, message_id: int | None = None) -> Json:
        """Press the newest button with this label, or the one of a given message."""
        for message in reversed(await self.heard()):
            for button in (button for row in message.buttons for button in row):
                if button.label == label and message_id in (None, message.message_id):
                    return await self.uses(button, message)
        raise LookupError(f"no button {label!r} in front of {self.account['first_name']}")

    async def uses(self, button: Button, message: Heard) -> Json:
        match button.action:
            case "callback_data":
                return await self.act("press", data=button.value, message_id=message.message_id)
            case "text":
                return await self.says(button.label)
            case "request_contact":
                return await self.sends_contact("+33600000000")
            case "request_location":
                return await self.sends_location()
            case other:
                raise LookupError(f"the bot does not hear of a press on {button.label!r}: {other}")

    async def forges_press(self, data: str, message_id: int = 1) -> Json:
        """Press what the bot never offered; a message that does not exist counts as too old."""
        return await self.act("press", data=data, message_id=message_id)

    async def blocks(self) -> Json:
        reason = "bot was blocked by the user"
        return await self.move(self.private, "member", "kicked", reason)

    async def unblocks(self) -> Json:
        return await self.move(self.private, "kicked", "member")

    async def adds_bot(self, group: int, title: str = "Groupe") -> Json:
        return await self.move(supergroup(group, title), "left", "member")

    async def removes_bot(self, group: int, title: str = "Groupe") -> Json:
        reason = "bot was kicked from the supergroup chat"
        return await self.move(supergroup(group, title), "member", "kicked", reason)

    async def heard(self) -> list[Heard]:
        """Everything the bot's messages say now, the latest sent or edited last."""
        return [as_heard(message) for message in await self.ask("heard", chat_id=self.id)]

    async def hears(self, count: int = 1, *, within: float = PATIENCE) -> list[Heard]:
        """Wait for `count` messages, new or edited since the last time, and return what came."""
        news = await wait_for(self.news, lambda found: len(found) >= count, within=within)
        self.read_up_to = max((message.revision for message in news), default=self.read_up_to)
        return news

    async def hears_nothing(self, *, during: float = 0.3) -> None:
        await asyncio.sleep(during)
        if news := await self.news():
            raise AssertionError(f"heard {[message.text for message in news]}")

    async def news(self) -> list[Heard]:
        return [message for message in await self.heard() if message.revision > self.read_up_to]

    async def popups(self) -> list[Json]:
        """The answers to button presses: {"text": …, "alert": …}."""
        shown: list[Json] = await self.ask("popups", chat_id=self.id)
        return shown

    async def act(self, command: str, **body: Any) -> Json:
        update: Json = await self.ask(command, account=self.account, **body)
        return update

    async def move(self, chat: Json, before: str, after: str, refusal: str | None = None) -> Json:
        return await self.act("move_bot", chat=chat, statuses=[before, after], refusal=refusal)

    async def file(self, content: bytes) -> Json:
        file: Json = await self.ask("store_file", content=content.decode("latin-1"))
        return file


def supergroup(group: int, title: str) -> Json:
    return {"id": group, "type": "supergroup", "title": title}


def written(text: str) -> Json:
    """A text, with its commands marked as Telegram marks them."""
    commands = [
        {"type": "bot_command", "offset": utf16_length(text[: m.start()]), "length": len(m[0])}
        for m in COMMAND.finditer(text)
    ]
    return {"text": text} | ({"entities": commands} if commands else {})


def as_heard(message: Json) -> Heard:
    rows = [[Button(**button) for button in row] for row in message.pop("buttons")]
    return Heard(**message, buttons=rows)
