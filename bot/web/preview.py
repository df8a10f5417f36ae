"""The page on which editors see what a reader gets, on this machine alone, and again as soon as a file is saved."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import preview
from bot.i18n import SOURCE_LANGUAGE
from bot.preview import Watched
from bot.replies import LONGEST_MESSAGE
from bot.web import server
from bot.web.server import HOST

STATIC = Path(__file__).parent / "static"
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

_template = Environment(
    loader=PackageLoader("bot.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
).get_template("preview.html")


def page(folder: Path, today: Callable[[], date]) -> Starlette:
    """Return the application, which shows the content of `folder`."""
    watched = Watched(folder)

    async def topic(request: Request) -> Response:
        await asyncio.to_thread(watched.look)
        return _shown(watched, request, today())

    async def version(_: Request) -> Response:
        """What changes when the page does; the page asks for it four times a second."""
        await asyncio.to_thread(watched.look)
        return PlainTextResponse(watched.version, headers=HEADERS)

    async def static(request: Request) -> Response:
        return FileResponse(STATIC / request.url.path.removeprefix("/"), headers=HEADERS)

    return Starlette(
        routes=[
            Route("/", topic),
            Route("/fiche/{slug}", topic),
            Route("/version", version),
            Route("/preview.css", static),
            Route("/preview.js", static),
        ],
        # Another site must not read this one under a name of its own.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=[HOST, "localhost"])],
    )


def _shown(watched: Watched, request: Request, today: date) -> Response:
    library = watched.library
    menu = preview.menu(library, today) if library else {}
    first = next((entry.slug for entries in menu.values() for entry in entries), "")
    slug = request.path_params.get("slug", first)
    known = library is not None and slug in library.topics
    wanted = request.query_params.getlist("lang")
    html = _template.render(
        version=watched.version,
        problems=watched.problems,
        menu=menu,
        slug=slug,
        query=f"?{request.url.query}" if wanted else "",
        title=library.pages[slug][SOURCE_LANGUAGE].heading.title if library and known else slug,
        columns=preview.columns(library, slug, langs=wanted or library.prepared, today=today)
        if library and known
        else [],
        longest=LONGEST_MESSAGE,
    )
    return HTMLResponse(html, 200 if known or watched.problems else 404, HEADERS)


@asynccontextmanager
async def serving(folder: Path, port: int, today: Callable[[], date]) -> AsyncIterator[str]:
    """Show the page for the time of the block, and yield its address. Raises server.PortTaken."""
    async with server.serving(page(folder, today), port, "--port"):
        yield f"http://{HOST}:{port}/"
