"""What holds for every answer of the receipt page: strict headers, and a failure that tells nothing."""

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
HTTPS_HEADERS = HEADERS | {"Strict-Transport-Security": "max-age=31536000"}

log = structlog.get_logger()


class Guard:
    """Middleware: give every answer its headers; when the page fails, log the error's class alone and say `sorry`."""

    def __init__(self, app: ASGIApp, *, headers: dict[str, str], sorry: Response) -> None:
        self._app = app
        self._headers = headers
        self._sorry = sorry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def send_with_headers(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        try:
            await self._app(scope, receive, send_with_headers)
        except ClientDisconnect:
            log.info("receipt_page_left")
        except Exception as error:  # noqa: BLE001 - its text and its traceback may hold what a person wrote
            log.error("receipt_page_failed", error=type(error).__name__)
            if not started:
                await self._sorry(scope, receive, send_with_headers)
