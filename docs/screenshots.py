"""Keep pictures of real pages: `make screenshots` writes docs/receipt-*.png and docs/arabic-*.png.

The first show each state of the receipt page: who asks and who answers is made up, and `walk` goes through the states,
for the tests as well. The others show answers in Arabic as the editors' preview does, to be read by eye.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from rich.progress import track

from bot.commands import opening
from bot.receipts import Problem
from bot.web import preview
from bot.web.receipt import serving
from bot.web.server import HOST
from tests.requests_in_memory import REQUEST, TOKEN, RequestsInMemory

HERE = Path(__file__).parent
CHROMIUM = Path("/usr/bin/chromium")
FRENCH = Path("/usr/lib/chromium/locales/fr.pak")  # without it native fields ask for a day in the American order
ABSENT = "the receipt page was not looked at, for want of Chromium in French: `make system` installs it (Debian)"
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--lang=fr",
]  # fmt: skip
PHONE = {"width": 360, "height": 740}
NOW = datetime(2026, 11, 22, 14, tzinfo=UTC)
CLOSED_LINK = "closedclosedclosedclos"
STATES = ("first", "request", "received", "appointment", "mistakes", "cannot", "reached", "noted", "answered", "closed",
          "late", "nothing", "too-often")  # fmt: skip
KEPT = ("first", "request", "appointment", "mistakes", "cannot", "noted", "answered", "nothing")
ARABIC = ("cej", "titre_sejour", "hebergement_urgence")
WORTH_SEEING = "details[open], h2:has(+ .answered)"  # what does not stand at the top of a page


def is_there() -> bool:
    """Return whether Chromium is on this machine, and speaks French."""
    return CHROMIUM.exists() and FRENCH.exists()


class Site:
    """The page as it is served, the requests behind it, and its clock."""

    def __init__(self, core: RequestsInMemory, port: int) -> None:
        self.core = core
        self.address = f"http://{HOST}:{port}"
        self.now = NOW

    def link(self, token: str = TOKEN) -> str:
        return f"{self.address}/r/{token}"


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def site() -> AsyncIterator[Site]:
    """Serve the page on a free port for the time of the block."""
    port = free_port()
    closed = replace(REQUEST, state=Problem.CLOSED, answered=("Bien reçu.",))
    served = Site(RequestsInMemory(**{TOKEN: REQUEST, CLOSED_LINK: closed}), port)
    async with serving(served.core, port, key=bytes(32), public_url=served.address, now=lambda: served.now):
        yield served


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        # Native fields follow the language of the browser, which on Linux is that of its environment.
        french = os.environ | {"LANGUAGE": "fr", "LANG": "fr_FR.UTF-8"}
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET, env=french)
        yield browser
        await browser.close()


async def phone(browser: Browser, **options: object) -> BrowserContext:
    """Return a browser of the size of a phone, in French, without scripts."""
    asked = {"viewport": PHONE, "locale": "fr-FR", "java_script_enabled": False} | options
    return await browser.new_context(**asked)  # type: ignore[arg-type]


async def walk(page: Page, served: Site) -> AsyncIterator[str]:
    """Lead a browser through every state of the page and yield the name of each while it stands there."""
    await page.goto(served.link())
    yield "first"
    await send(page, "Voir la demande")
    yield "request"
    for name, label in (
        ("received", "Bien reçu"),
        ("appointment", "Nous proposons"),
        ("cannot", "Nous ne pouvons pas"),
        ("reached", "Nous l'avons appelée"),
    ):
        await opened(page, label)
        yield name
    await opened(page, "Nous proposons")
    await page.get_by_label("Jour").fill("2026-11-20")
    await page.get_by_label("Lieu").fill("12 rue des Lois, Toulouse")
    await send(page, "Proposer ce rendez-vous")
    yield "mistakes"
    await page.get_by_label("Jour").fill("2026-11-26")
    await page.get_by_label("Heure").fill("14:30")
    await page.locator("#appointment-message").fill("Bonjour Amina, je vous attends à l'accueil. Karim")
    await send(page, "Proposer ce rendez-vous")
    yield "noted"
    await send(page, "Compléter ou corriger")
    yield "answered"
    await opened(page, "Bien reçu")
    served.now += timedelta(hours=3)
    await send(page, "Dire que c'est bien reçu")
    yield "late"
    await pressed(page, served.link(CLOSED_LINK))
    yield "closed"
    await pressed(page, served.link("x" * 22))
    yield "nothing"
    while await page.get_by_role("heading", level=1).inner_text() != "Trop d'essais en peu de temps":
        await pressed(page, served.link("x" * 22))
    yield "too-often"


async def opened(page: Page, label: str) -> None:
    """Open one of the four answers, if it is not open."""
    answer = page.locator("details", has=page.locator("summary", has_text=label))
    if await answer.get_attribute("open") is None:
        await answer.locator("summary").click()


async def pressed(page: Page, link: str) -> None:
    """Open a link and press its button."""
    await page.goto(link)
    await send(page, "Voir la demande")


async def send(page: Page, button: str) -> None:
    """Press a button and wait for the next page, its style included."""
    async with page.expect_navigation():
        await page.get_by_role("button", name=button).click()


async def keep() -> None:
    """Write the pictures of the receipt page."""
    async with chromium() as browser, site() as served:
        page = await (await phone(browser, device_scale_factor=1.5)).new_page()
        states = walk(page, served)
        for _ in track(STATES, "Taking pictures…", console=opening.console, transient=True):
            name = await anext(states)
            if name in KEPT:
                await page.evaluate(f"document.querySelector({WORTH_SEEING!r})?.scrollIntoView()")
                await page.screenshot(path=HERE / f"receipt-{name}.png")


async def keep_arabic() -> None:
    """Write the pictures of answers in Arabic."""
    async with chromium() as browser, preview.serving(HERE.parent / "content", free_port(), NOW.date) as address:
        page = await (await phone(browser, device_scale_factor=1.5)).new_page()
        for slug in track(ARABIC, "Taking pictures…", console=opening.console, transient=True):
            await page.goto(f"{address}fiche/{slug}?lang=ar")
            if problems := await page.locator(".problem").all_inner_texts():
                opening.fail(problems[0])
            await page.locator(".said").screenshot(path=HERE / f"arabic-{slug}.png")


def main() -> None:
    """Write docs/receipt-*.png and docs/arabic-*.png."""
    if not is_there():
        opening.fail(ABSENT)
    asyncio.run(keep())
    asyncio.run(keep_arabic())


if __name__ == "__main__":
    main()
