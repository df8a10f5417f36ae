"""The door of the Bot API: token, bodies, checks, faults, limits, then the method itself."""

import asyncio
import hmac
import json
import re
import time
from contextlib import suppress

from aiogram.types import BufferedInputFile
from aiohttp import web

from tests.stand_in.faults import ApiError, Fault
from tests.stand_in.markup import Json
from tests.stand_in.methods import OFFERED, RawJson
from tests.stand_in.seen import Call
from tests.stand_in.updates import UpdateQueue, Webhook, pump
from tests.stand_in.validation import EXACT_NAME, BadCallError, check_call, decode
from tests.stand_in.world import World

LARGEST_UPLOAD = 50 * 1024 * 1024
TOKEN = re.compile(r"\d+:[\w-]+")


class StandIn:
    """One world at a time, and the task that delivers its updates to a webhook."""

    def __init__(self, token: str, *, webhook_retry: float) -> None:
        self.token = token
        self.webhook_retry = webhook_retry
        self.world = World(token)
        self.pump: asyncio.Task[None] | None = None
        self.pumping: tuple[UpdateQueue, Webhook] | None = None

    async def reset(self) -> None:
        """Start from an empty world: aiogram takes seconds to import, a new process is dear."""
        self.world.updates.take_over()
        self.world = World(self.token)
        await self.follow_webhook()

    async def follow_webhook(self) -> None:
        queue = self.world.updates
        if self.pumping == (queue, queue.webhook):
            return
        await self.stop_pump()
        self.pumping = (queue, queue.webhook)
        if queue.webhook.url:
            delivery = pump(queue, queue.webhook, retry_after=self.webhook_retry)
            self.pump = asyncio.create_task(delivery)

    async def stop_pump(self) -> None:
        if self.pump is not None:
            self.pump.cancel()
            with suppress(asyncio.CancelledError):
                await self.pump
            self.pump = None


STAND_IN = web.AppKey("stand_in", StandIn)


def make_app(stand_in: StandIn) -> web.Application:
    app = web.Application(client_max_size=LARGEST_UPLOAD)
    app[STAND_IN] = stand_in
    app.router.add_route("*", "/bot{token}/{method}", on_call)
    app.router.add_get("/file/bot{token}/files/{file_id}", on_download)
    app.on_cleanup.append(lambda app: app[STAND_IN].stop_pump())
    return app


async def on_call(request: web.Request) -> web.Response:
    stand_in = request.app[STAND_IN]
    world = stand_in.world
    try:
        check_token(request, stand_in.token)
        method = find_method(world, request.match_info["method"])
        params = decode(method, await read_params(request))
    except ApiError as error:
        return refusal(error)

    call = world.log(method, params)
    try:
        response = await answer(request, world, call, params)
        await stand_in.follow_webhook()
    finally:
        call.ended = time.monotonic()
    return response


async def answer(request: web.Request, world: World, call: Call, params: Json) -> web.Response:
    try:
        checked = check_call(call.method, params)
        call.chat_id = checked.get("chat_id")
        fault = world.faults.take(call.method, call.chat_id) or Fault()
        if not fault.accepted and (response := await disturb(request, call, fault)):
            return response
        world.limits.check(call.method, call.chat_id)
        result = await OFFERED[call.method](world, checked)
        call.accepted = True
        if fault.accepted and (response := await disturb(request, call, fault)):
            return response
    except BadCallError as error:
        world.errors.append({"method": call.method, "problem": str(error), "params": call.params})
        return refusal(ApiError(400, f"Bad Request: {error}"), call)
    except ApiError as error:
        return refusal(error, call)
    call.status = 200
    text = result if isinstance(result, RawJson) else json.dumps(result)
    return web.json_response(text=f'{{"ok":true,"result":{text}}}')


async def disturb(request: web.Request, call: Call, fault: Fault) -> web.Response | None:
    """Do what the fault says; None when the real answer may follow."""
    await asyncio.sleep(fault.delay)
    if not fault.answers:
        return None
    if fault.drop and request.transport is not None:
        call.status = 0
        request.transport.abort()
        return web.Response()
    if fault.body is not None:
        call.status = fault.status
        return web.Response(status=fault.status or 200, text=fault.body, content_type="text/html")
    return refusal(ApiError(fault.status or 500, fault.description, fault.parameters), call)


def refusal(error: ApiError, call: Call | None = None) -> web.Response:
    if call is not None:
        call.status, call.description = error.code, error.description
    body: Json = {"ok": False, "error_code": error.code, "description": error.description}
    if error.parameters:
        body["parameters"] = error.parameters
    return web.json_response(body, status=error.code)


def check_token(request: web.Request, token: str) -> None:
    given = request.match_info["token"]
    if not TOKEN.fullmatch(given):
        raise ApiError(404, "Not Found")
    if not hmac.compare_digest(given, token):
        raise ApiError(401, "Unauthorized")


def find_method(world: World, name: str) -> str:
    """Telegram knows more methods than the stand-in: a test must hear of it, not guess."""
    method = EXACT_NAME.get(name.lower())
    if method is None or method not in OFFERED:
        world.errors.append({"method": name, "problem": "not offered by the stand-in"})
        raise ApiError(404, "Not Found")
    return method


async def read_params(request: web.Request) -> Json:
    params: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except ValueError:
            raise ApiError(400, "Bad Request: can't parse JSON object") from None
        if not isinstance(body, dict):
            raise ApiError(400, "Bad Request: expected an Object")
        return params | body
    parts: Json = {}
    for name, part in (await request.post()).items():
        if isinstance(part, web.FileField):
            parts[name] = BufferedInputFile(part.file.read(), part.filename)
        else:
            parts[name] = part
    return params | attach(parts)


def attach(parts: Json) -> Json:
    """Put each uploaded part where an `attach://` value refers to it."""
    links = {
        name: value.removeprefix("attach://")
        for name, value in parts.items()
        if isinstance(value, str) and value.startswith("attach://")
    }
    linked = {name: parts[part] for name, part in links.items() if part in parts}
    used = set(links.values())
    return {name: value for name, value in parts.items() if name not in used} | linked


async def on_download(request: web.Request) -> web.Response:
    stand_in = request.app[STAND_IN]
    try:
        check_token(request, stand_in.token)
    except ApiError as error:
        return refusal(error)
    content = stand_in.world.files.get(request.match_info["file_id"])
    return web.Response(status=404) if content is None else web.Response(body=content)
