"""What tests hold: the stand-in's process and its control API."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, replace
from typing import Any

import httpx

from tests.stand_in.faults import Fault
from tests.stand_in.markup import Json
from tests.stand_in.seen import Call
from tests.stand_in.users import PATIENCE, User, wait_for

__all__ = ["TOKEN", "Control", "User", "stand_in", "stand_in_process", "wait_for"]

TOKEN = "123456:a-token-that-only-the-stand-in-knows"


class Control:
    """The control API, and where the bot finds its Bot API."""

    def __init__(self, http: httpx.AsyncClient, url: str, token: str) -> None:
        self.http = http
        self.url = url
        self.token = token
        self.base_url = f"{url}/bot"
        self.base_file_url = f"{url}/file/bot"

    async def ask(self, command: str, /, **body: Any) -> Any:
        # ASCII JSON lets lone surrogates through, which httpx's own encoding refuses.
        response = await self.http.post(f"{self.url}/control/{command}", content=json.dumps(body))
        if response.is_error:
            raise AssertionError(f"{command}: {response.text}")
        return response.json()["result"]

    async def user(self, user_id: int, first_name: str = "Amina", **about: Any) -> User:
        """Let someone open a chat with the bot (about: language_code, last_name, username)."""
        account = {"id": user_id, "is_bot": False, "first_name": first_name} | about
        user = User(self.ask, user_id, account)
        await self.ask("open_chat", chat=user.private)
        return user

    async def inject(self, update: Json | str, *, lane: int = 0) -> Json:
        """Queue an update as it is: again, broken, or as a text that is barely JSON."""
        body = {"text": update} if isinstance(update, str) else {"update": update}
        injected: Json = await self.ask("inject", lane=lane, **body)
        return injected

    async def fault(
        self,
        fault: Fault,
        method: str | None = None,
        chat_id: int | None = None,
        *,
        times: int | None = 1,
    ) -> None:
        """Disturb the next `times` calls (None: all) of the method and chat (None: any)."""
        aimed = replace(fault, method=method, chat_id=chat_id, times=times)
        await self.ask("add_fault", fault=asdict(aimed))

    async def clear_faults(self) -> None:
        await self.ask("clear_faults")

    async def enforce_limits(self, *, enforced: bool = True) -> None:
        await self.ask("enforce_limits", enforced=enforced)

    async def calls(self, method: str | None = None) -> list[Call]:
        return [Call(**call) for call in await self.ask("calls", method=method)]

    async def wait_for_calls(self, method: str, count: int = 1, *, within: float = PATIENCE) -> list[Call]:
        return await wait_for(lambda: self.calls(method), lambda found: len(found) >= count, within=within)

    async def errors(self, *, forget: bool = False) -> list[Json]:
        """The bot's bad calls; a test that makes some on purpose forgets them."""
        found: list[Json] = await self.ask("errors", forget=forget)
        return found

    async def pending(self) -> list[int]:
        """The updates that nobody has confirmed yet."""
        ids: list[int] = await self.ask("pending")
        return ids

    async def wait_until_confirmed(self, *, within: float = PATIENCE) -> None:
        await wait_for(self.pending, lambda ids: not ids, within=within)

    async def file(self, file_id: str) -> bytes:
        content: str = await self.ask("read_file", file_id=file_id)
        return content.encode("latin-1")


@contextmanager
def stand_in_process(*options: str, token: str = TOKEN, port: int = 0) -> Iterator[str]:
    """Run a stand-in and give its address; for a fixture that many tests share."""
    command = [sys.executable, "-m", "tests.stand_in", "--until-stdin-closes", *options]
    command += ["--token", token, "--port", str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            first_line = process.stdout.readline() if process.stdout else ""
            if not first_line:
                raise RuntimeError("the stand-in did not start")
            yield json.loads(first_line)["url"]
        finally:
            process.terminate()


@asynccontextmanager
async def stand_in(url: str | None = None, *, token: str = TOKEN) -> AsyncIterator[Control]:
    """Connect to a running stand-in, emptied first, or to one that lives as long as the block.

    A start takes seconds (aiogram's models): tests had better share one process.
    """
    if url is None:
        process = stand_in_process(token=token)
        own_url = await asyncio.to_thread(process.__enter__)
        try:
            async with stand_in(own_url, token=token) as control:
                yield control
        finally:
            await asyncio.to_thread(process.__exit__, None, None, None)
        return
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as http:
        control = Control(http, url, token)
        await control.ask("reset")
        yield control
