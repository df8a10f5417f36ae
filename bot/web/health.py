"""`GET /healthz` on this machine alone: 200 when all is well, 503 with what is not."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

HOST = "127.0.0.1"
STOPS_WITHIN = 3  # seconds for an answer that is being given

Look = Callable[[], Awaitable[list[str]]]


class PortTaken(Exception):
    """Nothing can listen on the port; the text names the setting."""


def page(look: Look) -> Starlette:
    """Return the application; `look` gives the problems there are now."""

    async def healthz(_: Request) -> JSONResponse:
        found = await look()
        return _answer({"status": "red", "problems": found} if found else {"status": "ok"}, 503 if found else 200)

    async def nothing_here(_: Request, _error: Exception) -> JSONResponse:
        return _answer({"status": "not found"}, 404)

    app = Starlette(routes=[Route("/healthz", healthz)], exception_handlers={HTTPException: nothing_here})
    app.router.redirect_slashes = False
    return app


def _answer(body: dict[str, object], status: int) -> JSONResponse:
    return JSONResponse(body, status, {"Cache-Control": "no-store"})


@asynccontextmanager
async def serving(look: Look, port: int | None) -> AsyncIterator[None]:
    """Show the page for the time of the block; without a port there is none. Raises PortTaken."""
    if port is None:
        yield
        return
    listening = _listen(port)  # uvicorn itself would end the process on a port that is taken
    server = _Server(
        uvicorn.Config(
            page(look),
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=STOPS_WITHIN,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield
    finally:
        server.should_exit = True
        await running


def _listen(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((HOST, port))
        listening.listen()  # from now on whoever asks waits, and is answered once the loop turns
    except OSError as error:
        listening.close()
        raise PortTaken(f"HEALTH_PORT: nothing can listen on {HOST}:{port} ({error.strerror})") from None
    return listening


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """SIGTERM and Ctrl-C are the bot's, which stops this server with itself."""
        yield
