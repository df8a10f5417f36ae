"""The preview of the texts in a real browser, while an editor writes: what changes is seen, what is wrong is said."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import date
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import httpx
import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Locator, Page, expect

from bot import content
from bot.preview import columns
from bot.web import preview
from bot.web.server import HOST
from docs.screenshots import ABSENT, PHONE, chromium, free_port, is_there, phone
from tests.command_line import environment, run
from tests.conftest import ROOT, absent
from tests.editor import Editor

# One browser for all, so one loop.
pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]
TODAY = date(2026, 11, 22)
PAGE = "faq/cej/fr.md"
SOON = 5_000  # ms; two seconds are promised, and more allowed where four processes share two cores
OUTSIDE = """[...document.querySelectorAll("body *")]
    .filter(one => one.checkVisibility() && one.getBoundingClientRect().right > innerWidth + 1)
    .map(one => one.outerHTML)"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    if not is_there():
        absent(ABSENT)
    async with chromium() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def address(editor: Editor) -> AsyncIterator[str]:
    async with preview.serving(editor.folder, free_port(), lambda: TODAY) as shown:
        yield shown


@pytest_asyncio.fixture(loop_scope="module")
async def page(browser: Browser) -> AsyncIterator[Page]:
    context = await phone(browser, java_script_enabled=True, viewport={"width": 1280, "height": 900})
    opened = await context.new_page()
    complaints: list[str] = []
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    yield opened
    await context.close()
    assert complaints == []


def bubble(page: Page, lang: str = "fr") -> Locator:
    return page.locator(f".said[lang={lang}] .bubble")


async def soon(what: str, fact: Callable[[], Any]) -> None:
    """Wait for a fact, and print how long it took."""
    began = monotonic()
    await fact()
    print(f"{what}: seen after {monotonic() - began:.2f} s")


async def test_a_saved_file_changes_the_bubble_within_two_seconds(page: Page, address: str, editor: Editor) -> None:
    await page.goto(f"{address}fiche/cej")
    await expect(bubble(page)).to_contain_text("C'est quoi ?")
    editor.adds(PAGE, "## C'est quoi ?", "Un coup de pouce.\n")
    await soon("a change", lambda: expect(bubble(page)).to_contain_text("Un coup de pouce.", timeout=SOON))
    # The Arabic one is now that of another French text.
    await expect(page.locator("section", has=bubble(page, "ar")).locator(".state")).to_have_text("à refaire")


async def test_a_broken_file_is_told_with_its_line_and_the_last_good_bubble_stays(
    page: Page, address: str, editor: Editor
) -> None:
    await page.goto(f"{address}fiche/cej")
    good = await bubble(page).inner_text()
    line = editor.adds(PAGE, "## C'est quoi ?", "On te donne 500 €.\n")
    wrong = page.get_by_role("alert")
    told = f"{PAGE}:{line}: un montant s'écrit {{montant:…}}, depuis amounts.yml"
    await soon("a mistake", lambda: expect(wrong).to_contain_text(told, timeout=SOON))
    assert await bubble(page).inner_text() == good
    editor.replaces(PAGE, "On te donne", "On t'aide.")
    await soon("mended", lambda: expect(wrong).to_be_empty(timeout=SOON))
    await expect(bubble(page)).to_contain_text("On t'aide.")


async def test_a_folder_that_is_wrong_from_the_start_is_shown_once_mended(
    page: Page, address: str, editor: Editor
) -> None:
    button = editor.path(PAGE).read_text(encoding="utf-8").split("\n")[2]
    line = editor.replaces(PAGE, "button:", "bouton: Le CEJ")
    await page.goto(f"{address}fiche/cej")
    await expect(page.get_by_role("alert")).to_contain_text(f"{PAGE}:{line}: bouton : cette clé n'existe pas")
    await expect(page.locator(".bubble")).to_have_count(0)
    editor.replaces(PAGE, "bouton:", button)
    await expect(bubble(page)).to_contain_text("C'est quoi ?", timeout=SOON)


async def test_every_language_stands_side_by_side_as_a_reader_gets_it(page: Page, address: str, editor: Editor) -> None:
    await page.goto(f"{address}fiche/cej")
    library = content.load(editor.folder)
    for lang in library.languages:
        column = columns(library, "cej", langs=[lang], today=TODAY)[0]
        said = page.locator(f".said[lang={lang}]")
        assert await said.get_attribute("dir") == ("rtl" if lang == "ar" else "ltr")
        assert await said.locator(".bubble").all_inner_texts() == [
            await page.evaluate("html => Object.assign(document.createElement('p'), {innerHTML: html}).innerText", one)
            for one in column.bubbles
        ]
        labels = [label for row in column.buttons for label in row]
        assert await said.locator(".button").all_inner_texts() == labels
        assert f"{column.length} signes sur 4096" in await page.locator("section", has=said).inner_text()
    tops = [box["y"] for said in await page.locator(".said").all() if (box := await said.bounding_box())]
    assert len(set(tops)) == 1 < len(tops)


async def test_a_topic_is_chosen_in_the_list_and_one_language_by_the_address(page: Page, address: str) -> None:
    await page.goto(f"{address}?lang=ar")
    await page.get_by_role("navigation").get_by_role("link", name="Le titre de séjour").click()
    await page.wait_for_url(f"{address}fiche/titre_sejour?lang=ar")
    await expect(page.locator("section")).to_have_count(1)
    await expect(bubble(page, "ar")).to_contain_text("titre de séjour")


async def test_the_page_says_when_nothing_keeps_it_up_to_date_any_more(page: Page, editor: Editor) -> None:
    port = free_port()
    async with preview.serving(editor.folder, port, lambda: TODAY) as shown:
        await page.goto(shown)
        await expect(page.locator(".lost")).to_be_hidden()
    await expect(page.locator(".lost")).to_be_visible(timeout=SOON)
    async with preview.serving(editor.folder, port, lambda: TODAY):
        await expect(page.locator(".lost")).to_be_hidden(timeout=SOON)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_to_say_and_nothing_stands_outside_a_phone(
    browser: Browser, address: str, scheme: str
) -> None:
    context = await phone(browser, java_script_enabled=True, color_scheme=scheme)
    page = await context.new_page()
    await page.goto(f"{address}fiche/cej")
    await page.locator(".bubble").first.wait_for()
    found = await Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})
    assert found.violations_count == 0, found.generate_report()
    assert await page.evaluate(OUTSIDE) == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    await context.close()


async def test_another_site_cannot_read_the_page_under_its_own_name(address: str) -> None:
    async with httpx.AsyncClient() as client:
        assert (await client.get(address, headers={"Host": "elsewhere.example"})).status_code == 400
        assert (await client.get(f"{address}fiche/rien")).status_code == 404


async def test_the_command_serves_until_it_is_stopped(editor: Editor) -> None:
    port = free_port()
    settings = environment({"CONTENT_DIR": editor.folder})
    command: list[str | Path] = [sys.executable, "-m", "bot", "content", "preview", "cej", "--port", str(port)]
    # A job in the background of a shell inherits a Ctrl-C that is ignored: here it is typed at a terminal.
    in_front = partial(signal.signal, signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        command,
        env=settings,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        preexec_fn=in_front,  # noqa: PLW1509 - nothing is locked
    ) as process:
        try:
            assert process.stderr is not None
            said = await asyncio.to_thread(process.stderr.readline)
            assert said == f"Aperçu : http://{HOST}:{port}/fiche/cej (Ctrl-C pour arrêter)\n"
            async with httpx.AsyncClient(timeout=30) as client:
                assert "signes sur 4096" in (await client.get(f"http://{HOST}:{port}/fiche/cej")).text
            twice = await asyncio.to_thread(run, command, cwd=ROOT, CONTENT_DIR=editor.folder)
            assert twice.returncode == 1
            assert f"--port: nothing can listen on {HOST}:{port}" in twice.stderr
            process.send_signal(signal.SIGINT)
            assert await asyncio.to_thread(process.wait, 60) == 130
        finally:
            process.kill()
