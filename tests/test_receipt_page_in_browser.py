"""The receipt page in a real browser of a phone's size: read by axe, walked through by keyboard, without scripts."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import date, time, timedelta
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page

from bot.receipts import Appointment, Line, Reached, Received
from docs.screenshots import ABSENT, PHONE, STATES, Site, chromium, is_there, phone, pressed, send, site, walk
from tests.conftest import absent
from tests.requests_in_memory import TOKEN

# One browser for all, so one loop.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
Open = Callable[..., Awaitable[Page]]
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

OUTSIDE = """[...document.querySelectorAll("main *")]
    .filter(one => one.checkVisibility() && !one.closest(".unseen"))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not is_there():
        absent(ABSENT)
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def served() -> AsyncIterator[Site]:
    async with site() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def opened(browser: Browser) -> AsyncIterator[Open]:
    """Open a browser window with the given options."""
    contexts = []

    async def open_(**options: Any) -> Page:
        contexts.append(await phone(browser, **options))
        return await contexts[-1].new_page()

    yield open_
    for context in contexts:
        await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_to_say_in_any_state(opened: Open, served: Site, scheme: str) -> None:
    """axe is a script itself: it reads the page from a browser that runs scripts. The page has none."""
    page = await opened(color_scheme=scheme, java_script_enabled=True)
    seen = []
    async for state in walk(page, served):
        seen.append(state)
        found = await Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{state}, {scheme}: {found.generate_report()}"
    assert sorted(seen) == sorted(STATES)


async def test_nothing_stands_outside_the_screen_in_any_state(opened: Open, served: Site) -> None:
    # `bypass_csp` lets the test set the size of the text as a person does in the browser: with a style of its own.
    page = await opened(bypass_csp=True, java_script_enabled=True)
    async for state in walk(page, served):
        await page.add_style_tag(content=":root.twice { font-size: 2.125rem }")
        for width, text in ((1280, ""), (360, ""), (320, ""), (360, "twice"), (320, "twice")):
            await page.set_viewport_size(PHONE | {"width": width})
            await page.evaluate("size => document.documentElement.className = size", text)
            assert await page.evaluate(OUTSIDE) == [], f"{state}, {width}, {text}"
            assert await page.evaluate("document.documentElement.scrollWidth") <= width
        await page.evaluate("document.documentElement.removeAttribute('class')")
        await page.set_viewport_size(PHONE)


async def test_a_value_of_256_letters_without_a_space_stays_on_the_screen(opened: Open, served: Site) -> None:
    long = "W" * 256
    request = served.core.requests[TOKEN]
    served.core.requests[TOKEN] = replace(
        request, structure=long, ref=long, lines=(Line(long, long), Line("Prénom", "\u202eanimA")), answered=(long,)
    )
    page = await opened(java_script_enabled=True)
    await pressed(page, served.link())
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


async def focused(page: Page) -> str:
    """Return the name of what has the focus, as assistive technology gets it."""
    tree = await page.context.new_cdp_session(page)
    nodes = (await tree.send("Accessibility.getFullAXTree"))["nodes"]
    named = [
        node["name"]["value"]
        for node in nodes
        if any(one["name"] == "focused" and one["value"]["value"] for one in node.get("properties", []))
        and node.get("role", {}).get("value") != "RootWebArea"
    ]
    return str(named[-1]) if named else ""


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until something of that name has the focus."""
    heard = []
    for _ in range(30):
        await page.keyboard.press("Tab")
        heard.append(await focused(page))
        if heard[-1].startswith(name):
            return
    raise AssertionError(f"{name} is not reached by Tab: {heard}")


async def test_an_appointment_is_given_by_keyboard_alone_without_scripts(opened: Open, served: Site) -> None:
    page = await opened()
    await page.goto(served.link())
    await tab_to(page, "Voir la demande")
    await page.keyboard.press("Enter")
    await page.wait_for_url(served.link())
    await page.get_by_text("Amina").wait_for()
    await tab_to(page, "Nous proposons un rendez-vous")
    await page.keyboard.press("Enter")
    await tab_to(page, "Proposer ce rendez-vous")
    await page.keyboard.press("Enter")
    await page.get_by_text("Indiquez le jour du rendez-vous.").wait_for()
    assert await page.title() == "À corriger : votre réponse – Relais"
    assert await page.evaluate("document.activeElement.id") == "appointment-on"
    await page.keyboard.type("26112026")
    await tab_to(page, "Heure")
    await page.keyboard.type("1430")
    await tab_to(page, "Lieu")
    await page.keyboard.type("12 rue des Lois")
    await page.keyboard.press("Enter")
    await page.get_by_text("C'est noté, merci").wait_for()
    assert served.core.answers == [Appointment(date(2026, 11, 26), time(14, 30), "12 rue des Lois")]


async def test_a_double_press_and_a_reload_leave_one_answer(opened: Open, served: Site) -> None:
    page = await opened()
    await pressed(page, served.link())
    await page.get_by_text("Bien reçu, nous revenons vers elle").click()
    await page.get_by_role("button", name="Dire que c'est bien reçu").dblclick()
    await page.get_by_text("C'est noté, merci").wait_for()
    await page.reload()
    await page.get_by_text("C'est noté, merci").wait_for()
    assert served.core.answers == [Received()]


async def test_what_was_typed_into_a_page_left_open_for_hours_is_not_lost(opened: Open, served: Site) -> None:
    page = await opened()
    await pressed(page, served.link())
    await page.get_by_text("Nous l'avons appelée").click()
    await page.locator("#reached-message").fill("À lundi,\nKarim")
    served.now += timedelta(hours=3)
    await send(page, "Nous nous sommes parlé")
    await page.get_by_text("Ce que vous aviez écrit est gardé").wait_for()
    await send(page, "Voir la demande")
    await send(page, "Nous nous sommes parlé")
    await page.get_by_text("C'est noté, merci").wait_for()
    assert served.core.answers == [Reached(True, "À lundi,\nKarim")]


async def test_a_form_on_another_site_is_refused_by_what_a_browser_says_of_it(opened: Open, served: Site) -> None:
    page = await opened()
    await pressed(page, served.link())
    looked = len(served.core.looked)
    other = await page.context.new_page()
    await other.route(
        "http://elsewhere.example/",
        lambda route: route.fulfill(
            content_type="text/html", body=f'<form method="post" action="{served.link()}"><button>Go</button></form>'
        ),
    )
    await other.goto("http://elsewhere.example/")
    await other.get_by_role("button").click()
    await other.get_by_text("Cette page a été appelée depuis un autre site").wait_for()
    assert len(served.core.looked) == looked
