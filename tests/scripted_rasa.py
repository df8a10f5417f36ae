"""A real HTTP server in Rasa's place that answers what a test tells it to, however absurd."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

TOKEN = "a-token-that-opens-nothing"

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Rasa:
    """Gives the answer of the moment, and remembers what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.asked: list[str] = []
        self.answer: Answer = ranks({"cej": 0.8, "cjm": 0.15})

    async def on_parse(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((await request.json())["text"])
        return await self.answer(request)


@asynccontextmanager
async def scripted_rasa() -> AsyncIterator[Rasa]:
    rasa = Rasa()
    server = web.Application()
    server.router.add_post("/model/parse", rasa.on_parse)
    runner = web.AppRunner(server, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        rasa.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield rasa
    finally:
        await runner.cleanup()


def says(body: bytes | str, *, status: int = 200, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        raw = body.encode() if isinstance(body, str) else body
        return web.Response(body=raw, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})

    return answer


def rows(rows: Any) -> Answer:
    """A well-formed answer around any ranking."""
    return says(json.dumps({"text": "…", "intent": {}, "entities": [], "intent_ranking": rows}))


def ranks(chances: dict[str, float]) -> Answer:
    return rows([{"name": name, "confidence": chance} for name, chance in chances.items()])


async def hangs(_: web.Request) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("never reached")


async def drips(request: web.Request) -> web.StreamResponse:
    """Send a byte now and then, so that no time limit between two bytes is ever reached."""
    response = web.StreamResponse()
    await response.prepare(request)
    while True:
        await response.write(b" ")
        await asyncio.sleep(0.05)


async def hangs_up(request: web.Request) -> web.StreamResponse:
    """Promise a thousand bytes, send twenty and cut the line."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'{"intent_ranking": [')
    assert request.transport is not None
    request.transport.abort()
    return response
