"""What can go wrong on Telegram's side, on demand, and its rate limits."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil

from tests.stand_in.markup import Json


class ApiError(Exception):
    """An answer with ok = false."""

    def __init__(self, code: int, description: str, parameters: Json | None = None) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


@dataclass
class Fault:
    """One disturbance; without a method or a chat it meets every call.

    `accepted` is the heart of the matter: did the call take effect before its answer was
    lost or delayed? The caller cannot tell, the test can.
    """

    method: str | None = None
    chat_id: int | None = None
    times: int | None = 1  # None: until faults are cleared
    accepted: bool = False
    delay: float = 0
    drop: bool = False
    status: int | None = None
    description: str = ""
    parameters: Json | None = None
    body: str | None = None  # sent as it is instead of Telegram's JSON

    @property
    def answers(self) -> bool:
        """Whether the caller gets something else than the real answer."""
        return self.drop or self.status is not None

    def meets(self, method: str, chat_id: object) -> bool:
        return self.method in (None, method) and self.chat_id in (None, chat_id)


def flood(retry_after: int) -> Fault:
    return Fault(
        status=429,
        description=f"Too Many Requests: retry after {retry_after}",
        parameters={"retry_after": retry_after},
    )


def forbidden(reason: str = "bot was blocked by the user") -> Fault:
    return Fault(status=403, description=f"Forbidden: {reason}")


def bad_request(reason: str) -> Fault:
    return Fault(status=400, description=f"Bad Request: {reason}")


def migrated(new_chat_id: int) -> Fault:
    fault = bad_request("group chat was upgraded to a supergroup chat")
    fault.parameters = {"migrate_to_chat_id": new_chat_id}
    return fault


def broken(status: int = 502, *, accepted: bool = False) -> Fault:
    return Fault(status=status, description=HTTPStatus(status).phrase, accepted=accepted)


def html_page(status: int = 502, *, accepted: bool = False) -> Fault:
    return Fault(status=status, body="<html><h1>Bad gateway</h1></html>", accepted=accepted)


def empty_answer(*, accepted: bool = False) -> Fault:
    return Fault(status=200, body="", accepted=accepted)


def dropped(*, accepted: bool) -> Fault:
    return Fault(drop=True, accepted=accepted)


def slow(seconds: float, *, accepted: bool = False) -> Fault:
    return Fault(delay=seconds, accepted=accepted)


class Faults:
    """The faults to come, first come first served."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, method: str, chat_id: object) -> Fault | None:
        for fault in self.waiting:
            if fault.meets(method, chat_id):
                if fault.times is not None:
                    fault.times -= 1
                    if fault.times <= 0:
                        self.waiting.remove(fault)
                return fault
        return None


@dataclass
class Window:
    """At most `count` events in any `seconds`."""

    count: int
    seconds: float
    times: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        while self.times and self.times[0] <= now - self.seconds:
            self.times.popleft()
        return self.times[0] + self.seconds - now if len(self.times) >= self.count else 0


def chat_windows() -> defaultdict[object, Window]:
    return defaultdict(lambda: Window(1, 1))


@dataclass
class RateLimits:
    """30 messages a second overall, one a second per chat; off unless a test asks for them."""

    enforced: bool = False
    clock: Callable[[], float] = time.monotonic
    overall: Window = field(default_factory=lambda: Window(30, 1))
    chats: defaultdict[object, Window] = field(default_factory=chat_windows)

    def check(self, method: str, chat_id: object) -> None:
        if not self.enforced or not method.startswith(("send", "edit")) or method == "sendChatAction":
            return
        now = self.clock()
        windows = self.overall, self.chats[chat_id]
        if wait := ceil(max(window.wait(now) for window in windows)):
            raise ApiError(429, f"Too Many Requests: retry after {wait}", {"retry_after": wait})
        for window in windows:
            window.times.append(now)
