"""Editors change texts while the bot runs: what is right is taken up, what is wrong never reaches anyone."""

from structlog.testing import capture_logs

from bot import reloading
from bot.services import open_services
from tests.conftest import conversation
from tests.editor import Editor

PAGE = "faq/adepape/fr.md"


async def test_a_broken_file_keeps_the_last_good_texts_until_it_is_mended(editor: Editor) -> None:
    editor.adds(PAGE, "## C'est quoi ?", "Ici, quelqu'un t'écoute.\n")
    services = open_services(editor.folder)
    async with conversation(services) as amina:
        before = await amina.says("adepape")
        assert "C'est quoi ?\nIci, quelqu'un t'écoute.\n" in before

        line = editor.replaces(PAGE, "Ici, quelqu'un", "Ici, on te donne 500 €.")
        with capture_logs() as logs:
            await reloading.content(services)
        assert await amina.says("adepape") == before
        [refusal] = logs
        assert refusal["event"] == "content_refused"
        assert f"{PAGE}:{line}: un montant s'écrit {{montant:…}}" in refusal["problem"]

        editor.replaces(PAGE, "Ici, on te donne", "Ici, on t'aide à demander.")
        await reloading.content(services)
        assert "C'est quoi ?\nIci, on t'aide à demander.\n" in await amina.says("adepape")


async def test_a_mistake_is_told_once_and_not_every_two_seconds(editor: Editor) -> None:
    services = open_services(editor.folder)
    editor.writes("amounts.yml", "rien")
    with capture_logs() as logs:
        await reloading.content(services)
        await reloading.content(services)
    assert [log["event"] for log in logs] == ["content_refused"]


async def test_nothing_is_read_again_while_nothing_changes(editor: Editor) -> None:
    services = open_services(editor.folder)
    library = services.library
    await reloading.content(services)
    assert services.library is library


async def test_a_new_topic_is_found_by_its_keywords_and_in_the_menu(editor: Editor) -> None:
    services = open_services(editor.folder)
    async with conversation(services) as amina:
        editor.replaces(PAGE, "keywords:", "keywords: [tournesol]")
        editor.replaces(PAGE, "button:", "button: Le tournesol")
        editor.replaces(PAGE, "title:", "title: Les tournesols")
        await reloading.content(services)
        assert (await amina.says("tournesol")).startswith("Les tournesols\n")
        await amina.says("/menu")
        await amina.presses("Mes droits")
        assert "Le tournesol" in amina.buttons


async def test_a_topic_that_loses_its_text_is_still_answered(editor: Editor) -> None:
    services = open_services(editor.folder)
    async with conversation(services) as amina:
        before = await amina.says("adepape")
        editor.path(PAGE).unlink()
        await reloading.content(services)
        assert await amina.says("adepape") == before
