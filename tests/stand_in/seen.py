"""What tests read: the bot's calls, and its messages as a person sees them."""

from dataclasses import dataclass
from typing import Any

from tests.stand_in.markup import Json


@dataclass
class Call:
    """One call of the bot; times are time.monotonic(), which all processes of a machine share."""

    method: str
    chat_id: int | str | None
    params: Json
    started: float
    ended: float | None = None
    status: int | None = None  # None while it runs, 0 when the connection was dropped
    description: str = ""
    accepted: bool = False  # whether it took effect, whatever the bot was told


@dataclass(frozen=True)
class Button:
    label: str
    action: str  # in the Bot API's words: callback_data, url, request_contact…; "text" says its label
    value: Any = None


@dataclass(frozen=True)
class Heard:
    message_id: int
    revision: int  # grows with each message and each edit
    text: str
    entities: list[Json]
    parse_mode: str | None
    buttons: list[list[Button]]
    edited: bool = False
    file_id: str | None = None
    file_name: str | None = None

    @property
    def labels(self) -> list[str]:
        return [button.label for row in self.buttons for button in row]
