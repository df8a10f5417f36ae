"""`GET /healthz` on this machine alone: 200 when all is well, 503 with what is not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from bot.web import server
from bot.web.server import HOST, PortTaken

__all__ = ["HOST", "PortTaken", "page", "serving"]

Look = Callable[[], Awaitable[list[str]]]


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
    async with server.serving(page(look), port, "HEALTH_PORT"):
        yield
