"""The queue of updates and its two ways out: long polling and the webhook."""

import asyncio
import json
import time
from contextlib import suppress
from dataclasses import dataclass, field

import aiohttp

from tests.stand_in.faults import ApiError
from tests.stand_in.markup import Json

NOT_BY_DEFAULT = {"chat_member", "message_reaction", "message_reaction_count"}
FIRST_UPDATE_ID = 1000
WEBHOOK_PATIENCE = aiohttp.ClientTimeout(total=60)
TAKEN_OVER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"


@dataclass(eq=False)
class Pending:
    """An update kept as JSON text, so that a test can queue one that no library can read."""

    update_id: int
    lane: int  # the chat: its updates reach the webhook in order
    body: str


@dataclass(eq=False)
class Webhook:
    url: str = ""
    secret_token: str = ""
    max_connections: int = 40
    last_error: Json = field(default_factory=dict)


class UpdateQueue:
    def __init__(self) -> None:
        self.pending: list[Pending] = []
        self.webhook = Webhook()
        self.changed = asyncio.Event()
        self._allowed: list[str] = []
        self._next_id = FIRST_UPDATE_ID
        self._poller = 0

    def add(self, update: Json, lane: int = 0) -> Json:
        """Number the update if needed and queue it, unless the bot asked not to get this kind."""
        update = {"update_id": self._next_id} | update
        kind = next((name for name in update if name != "update_id"), None)
        wanted = kind in self._allowed if self._allowed else kind not in NOT_BY_DEFAULT
        if kind is None or wanted:
            self.add_text(update["update_id"], json.dumps(update), lane)
        return update

    def add_text(self, update_id: int, body: str, lane: int = 0) -> None:
        self.pending.append(Pending(update_id, lane, body))
        self._next_id = max(self._next_id, update_id + 1)
        self.wake()

    def allow(self, kinds: list[str] | None) -> None:
        """Remember the wanted kinds for updates to come; None keeps what was said before."""
        if kinds is not None:
            self._allowed = kinds

    def confirm(self, offset: int) -> None:
        """Forget what comes before the offset; an offset from the far future counts for nothing."""
        if offset < 0:
            self.pending = self.pending[offset:]
        elif offset <= max((update.update_id for update in self.pending), default=0) + 10:
            self.pending = [update for update in self.pending if update.update_id >= offset]

    async def poll(self, offset: int, limit: int, patience: float) -> list[Pending]:
        """Wait for updates; they stay in the queue until a later offset confirms them."""
        if self.webhook.url:
            raise ApiError(409, "Conflict: can't use getUpdates method while webhook is active")
        poller = self.take_over()
        self.confirm(offset)
        deadline = time.monotonic() + patience
        while not self.pending and (left := deadline - time.monotonic()) > 0:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.changed.wait(), left)
            if poller != self._poller:
                raise ApiError(409, TAKEN_OVER)
        return self.pending[: min(max(limit, 1), 100)]

    def take_over(self) -> int:
        """End the poll that is going on, as Telegram does when another one arrives."""
        self._poller += 1
        self.wake()
        return self._poller

    def remove(self, update: Pending) -> None:
        if update in self.pending:
            self.pending.remove(update)

    def wake(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


async def pump(queue: UpdateQueue, webhook: Webhook, *, retry_after: float) -> None:
    """Deliver to the webhook: chats side by side, one chat in order, again until it says 2xx."""
    slots = asyncio.Semaphore(webhook.max_connections)
    busy: set[int] = set()
    headers = {"Content-Type": "application/json"}
    if webhook.secret_token:
        headers["X-Telegram-Bot-Api-Secret-Token"] = webhook.secret_token

    async def deliver(update: Pending) -> None:
        async with slots:
            problem = await post(session, webhook.url, update.body, headers)
        if problem is None:
            queue.remove(update)
        else:
            webhook.last_error = {
                "last_error_date": int(time.time()),
                "last_error_message": problem,
            }
            await asyncio.sleep(retry_after)
        busy.discard(update.lane)
        queue.wake()

    async with (
        aiohttp.ClientSession(timeout=WEBHOOK_PATIENCE) as session,
        asyncio.TaskGroup() as deliveries,
    ):
        while True:
            changed = queue.changed
            for update in queue.pending:
                if update.lane not in busy:
                    busy.add(update.lane)
                    deliveries.create_task(deliver(update))
            await changed.wait()


async def post(session: aiohttp.ClientSession, url: str, body: str, headers: dict[str, str]) -> str | None:
    """Return what went wrong, or None."""
    try:
        async with session.post(url, data=body.encode(), headers=headers, allow_redirects=False) as response:
            if response.status // 100 == 2:
                return None
            return f"Wrong response from the webhook: {response.status} {response.reason}"
    except TimeoutError:
        return "Read timeout expired"
    except aiohttp.ClientError:
        return "Connection failed"
