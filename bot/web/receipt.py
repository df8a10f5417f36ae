"""The receipt page: a structure opens the link of its e-mail, sees a request after one press, and answers it.

Mail scanners follow links. So opening one shows nothing, changes nothing and does not even look; what shows or changes
is a form of ours, sent back by the browser that got it. No script, no account, nothing from elsewhere.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from types import MappingProxyType
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request as Http
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.i18n import date_text
from bot.receipts import LONGEST_LINE, LONGEST_MESSAGE, REASONS, Problem, Request, Requests
from bot.web import answer_form, form_tokens, notices, server
from bot.web.answer_form import Mistakes
from bot.web.guard import HEADERS, HTTPS_HEADERS, Guard
from bot.web.limits import Limit, household
from bot.web.notices import Notice

LONGEST_BODY = 8 * 1024  # bytes
SLOWEST_BODY = 10  # seconds
PRESSES = 30, timedelta(minutes=1)  # for an address or a link
WRONG_LINKS = 10, timedelta(hours=1)  # for an address
ANSWERS = 6, timedelta(hours=1)  # for a link
# 128 bits in base64 are 22 characters; anything else is refused without a look, as the database could not hold it.
TOKEN = re.compile(r"[\w-]{22}", re.ASCII)
STYLE = (Path(__file__).parent / "static" / "style.css").read_text(encoding="utf-8")
_PHONE = re.compile(r"\+?\d(?:[ .]?\d){7,14}", re.ASCII)
_E_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII)

Now = Callable[[], datetime]


def way_to_reach(value: str) -> str | None:
    """Return the link that calls or writes to somebody, when a line is nothing but a number or an address."""
    if _PHONE.fullmatch(value):
        return "tel:" + re.sub(r"[ .]", "", value)
    return "mailto:" + value if _E_MAIL.fullmatch(value) else None


_templates = Environment(
    loader=PackageLoader("bot.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)
_templates.filters |= {"day": partial(date_text, lang="fr"), "way_to_reach": way_to_reach}
_BLANK = dict.fromkeys(answer_form.FIELDS, "")
_templates.globals |= {
    "blank": _BLANK,
    "reasons": REASONS,
    "longest_message": LONGEST_MESSAGE,
    "longest_line": LONGEST_LINE,
    "closed": Problem.CLOSED,
}


class Refusal(Exception):
    """The request goes no further; the page says `notice`."""

    def __init__(self, notice: Notice) -> None:
        super().__init__()
        self.notice = notice


def page(requests: Requests, *, key: bytes, public_url: str, now: Now) -> Starlette:
    """Return the application. `public_url` is where browsers see it, without a path; `key` seals the forms."""
    origin = public_url.rstrip("/")
    desk = _Desk(requests, key, origin, origin.startswith("https://"), now)
    app = Starlette(
        routes=[
            Route("/r/{token}", desk.first, methods=["GET"]),
            Route("/r/{token}", desk.show, methods=["POST"]),
            Route("/r/{token}/answer", desk.first, methods=["GET"]),  # somebody who comes back to this address
            Route("/r/{token}/answer", desk.answer, methods=["POST"]),
            Route("/style.css", _style),
            Route("/robots.txt", _robots),
        ],
        exception_handlers={Refusal: _refused, HTTPException: _not_here},
        middleware=[
            Middleware(Guard, headers=HTTPS_HEADERS if desk.is_https else HEADERS, sorry=_notice(notices.BROKEN))
        ],
    )
    app.router.redirect_slashes = False
    return app


@asynccontextmanager
async def serving(
    requests: Requests, port: int | None, *, key: bytes, public_url: str, now: Now
) -> AsyncIterator[None]:
    """Show the page on WEB_PORT for the time of the block; without a port there is none. Raises server.PortTaken."""
    if port is None:
        yield
        return
    async with server.serving(page(requests, key=key, public_url=public_url, now=now), port, "WEB_PORT"):
        yield


@dataclass(frozen=True)
class _Desk:
    """What the page needs to answer, and how often it did."""

    requests: Requests
    key: bytes = field(repr=False)
    origin: str
    is_https: bool
    now: Now
    presses: Limit = field(default_factory=lambda: Limit(*PRESSES))
    answers: Limit = field(default_factory=lambda: Limit(*ANSWERS))
    wrong_links: Limit = field(default_factory=lambda: Limit(*WRONG_LINKS))

    async def first(self, http: Http) -> Response:
        """Say who we are, whatever the link."""
        return self._page(http, "first.html", typed=_BLANK, is_late=False)

    async def show(self, http: Http) -> Response:
        """Show the request, and four answers. What was typed into a form that had expired stands in it again."""
        typed = await self._pressed(http)
        if not self._is_ours(http, typed):
            return self._page(http, "first.html", 403, typed=_of_form(typed), is_late=True)
        request = await self._found(http, self.requests.look)
        return self._request(http, request, typed)

    async def answer(self, http: Http) -> Response:
        """Keep an answer and say what was kept."""
        typed = await self._pressed(http)
        if not self._is_ours(http, typed):
            return self._page(http, "first.html", 403, typed=_of_form(typed), is_late=True)
        request = await self._found(http, self.requests.look)
        try:
            answer = answer_form.read(typed, self._now_at(request))
        except Mistakes as mistakes:
            return self._request(http, request, typed, mistakes.said)
        if request.state == Problem.CLOSED:
            return self._request(http, request, {})
        if self.answers.is_over(token := http.path_params["token"], self.now()):  # each is told to a young person
            raise Refusal(notices.TOO_OFTEN)
        self.answers.count(token, self.now())
        kept = await self._found(http, lambda token: self.requests.answer(token, answer))
        return self._page(http, "noted.html", request=kept)

    async def _pressed(self, http: Http) -> dict[str, str]:
        """Return what a form holds. Raises Refusal for a form of another site, too much, or too often."""
        site, origin = http.headers.get("Sec-Fetch-Site"), http.headers.get("Origin", "null")
        # `no-referrer` makes browsers send « Origin: null » with our own forms; those too old for Sec-Fetch-Site are
        # left to the seal and the cookie.
        if (site or "none") not in ("same-origin", "none") or origin not in ("null", self.origin):
            raise Refusal(notices.ELSEWHERE)
        address, token, now = _address(http), http.path_params["token"], self.now()
        if any(self.presses.is_over(key, now) for key in (address, token)) or self.wrong_links.is_over(address, now):
            raise Refusal(notices.TOO_OFTEN)
        self.presses.count(address, now)
        self.presses.count(token, now)
        return await _fields(http)

    def _is_ours(self, http: Http, typed: Mapping[str, str]) -> bool:
        cookie = http.cookies.get(self._cookie)
        return form_tokens.is_valid(typed.get("form", ""), self.key, cookie, http.path_params["token"], self.now())

    async def _found(self, http: Http, ask: Callable[[str], Awaitable[Request | None]]) -> Request:
        """Return the request of the link. Raises Refusal, the same for a link that is old, withdrawn or made up."""
        token = http.path_params["token"]
        request = await ask(token) if TOKEN.fullmatch(token) else None
        if request is None:
            self.wrong_links.count(_address(http), self.now())
            raise Refusal(notices.NOTHING)
        return request

    def _request(
        self, http: Http, request: Request, typed: Mapping[str, str], wrong: Mapping[str, str] = MappingProxyType({})
    ) -> Response:
        said = {"request": request, "typed": _of_form(typed), "wrong": wrong, "today": self._now_at(request).date()}
        return self._page(http, "request.html", 422 if wrong else 200, **said)

    def _page(self, http: Http, name: str, status: int = 200, **said: object) -> Response:
        cookie, token = form_tokens.visitor(http.cookies.get(self._cookie)), http.path_params["token"]
        form = form_tokens.seal(self.key, cookie, token, self.now())
        response = HTMLResponse(_templates.get_template(name).render(token=token, form=form, **said), status)
        lives = int(form_tokens.VALID.total_seconds())
        response.set_cookie(self._cookie, cookie, max_age=lives, secure=self.is_https, httponly=True, samesite="lax")
        return response

    @property
    def _cookie(self) -> str:
        return "__Host-relais" if self.is_https else "relais"

    def _now_at(self, request: Request) -> datetime:
        return self.now().astimezone(ZoneInfo(request.zone))


async def _fields(http: Http) -> dict[str, str]:
    body = b""
    try:
        async with asyncio.timeout(SLOWEST_BODY):
            async for chunk in http.stream():
                body += chunk
                if len(body) > LONGEST_BODY:
                    raise Refusal(notices.TOO_LONG)
    except TimeoutError:
        raise Refusal(notices.TOO_SLOW) from None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20))
    except ValueError:  # no browser's form: it is told as one that was not ours
        return {}


def _of_form(typed: Mapping[str, str]) -> dict[str, str]:
    """Return what stands in each field of ours; templates are strict about names."""
    return {name: typed.get(name, "") for name in answer_form.FIELDS}


def _address(http: Http) -> str:
    return household(http.client.host) if http.client else ""


def _notice(notice: Notice) -> HTMLResponse:
    wait = {"Retry-After": str(notice.wait)} if notice.wait else None
    return HTMLResponse(_templates.get_template("notice.html").render(notice=notice), notice.status, wait)


async def _refused(_: Http, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)
    return _notice(refusal.notice)


async def _not_here(_: Http, _error: Exception) -> Response:
    return _notice(notices.NOTHING)


async def _style(_: Http) -> Response:
    return Response(STYLE, media_type="text/css")


async def _robots(_: Http) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")
