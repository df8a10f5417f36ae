"""In English, in Arabic, from one to the other: everything is said in the language of whoever reads."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from bot import catalogues, i18n, people
from bot.models import PlannedState
from bot.services import Services
from bot.vault import Transaction
from tests.conftest import AMINA, DENIS, Chat, conversation
from tests.dialogues.test_check_in import answers, set_row
from tests.dialogues.test_requests import OFFICE, Relay, asks, known, post
from tests.joined import TODAY, answers_everything, join

__all__ = ["known"]  # a fixture

pytestmark = pytest.mark.slow

CEJ = {"en": "The youth engagement contract (CEJ)", "ar": "عقد التزام الشباب"}
OTHERS = ("en", "ar")


@pytest.fixture(params=OTHERS)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def chat(keeping: Services, lang: str) -> AsyncIterator[Chat]:
    """Somebody whose Telegram is in this language."""
    async with conversation(keeping, DENIS, language=lang) as opened:
        yield opened


def label(lang: str, french: str) -> str:
    return i18n.translator(lang)(french)


async def test_the_language_of_telegram_is_the_first(chat: Chat, lang: str) -> None:
    await chat.says("/start")
    assert label(lang, "Parler à quelqu'un") in chat.buttons
    said = await chat.says("cej")
    assert CEJ[lang] in said
    assert label(lang, "Traduction pas encore relue.") in said
    assert label(lang, "Mon contact") in chat.buttons


async def test_a_telegram_in_another_language_is_answered_in_french(keeping: Services) -> None:
    async with conversation(keeping, DENIS, language="pt-br") as chat:
        await chat.says("/menu")
        assert "Mes droits" in chat.buttons


async def test_a_language_is_chosen_and_kept_with_the_person(amina: Chat, keeping: Services, lang: str) -> None:
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)
    await amina.says("/langue")
    name = i18n.language_name(lang, lang).capitalize()
    assert i18n.language_name(lang, lang) in await amina.presses(name)
    keeping.languages.clear()  # as after a restart
    assert CEJ[lang] in await amina.says("cej")

    async def look(tx: Transaction) -> str:
        person = await people.find(tx, AMINA)
        assert person is not None
        return person.lang

    assert await keeping.vault.read(look, now=TODAY) == lang


async def test_a_question_in_arabic_is_answered_in_arabic_and_the_language_offered_once(amina: Chat) -> None:
    said = await amina.says("ما هو cej")
    assert CEJ["ar"] in said
    assert "Dans quelle langue veux-tu continuer ?" in said
    assert amina.buttons[-2:] == ["العربية", "Français"]
    assert "Dans quelle langue" not in await amina.says("ما هو cej")
    await amina.says("/langue")
    await amina.presses("العربية")
    assert CEJ["ar"] in await amina.says("cej")


@pytest.mark.parametrize("asked", ["wach n9der nakhod cej?", "salam chno houwa cej, 3tini lma3loumat"])
async def test_arabic_in_latin_letters_is_answered_and_arabic_offered_once(amina: Chat, asked: str) -> None:
    said = await amina.says(asked)
    assert "Le contrat d'engagement jeune (CEJ)" in said
    assert amina.buttons[-2:] == ["العربية", "Français"]
    assert "Dans quelle langue" not in await amina.says(asked)


@pytest.mark.parametrize("asked", ["cej a 3h ou 7h du mat", "g 19 ans c koi le cej", "ma soeur a 3ans, fin du cej ?"])
async def test_french_with_digits_is_not_taken_for_arabic(amina: Chat, asked: str) -> None:
    assert "Dans quelle langue" not in await amina.says(asked)


async def test_arabic_around_french_names_is_answered_in_arabic(amina: Chat) -> None:
    assert CEJ["ar"] in await amina.says("ما هو contrat d'engagement jeune وكيف اطلبه من فضلكم")


async def test_a_translation_of_another_french_is_not_shown(keeping: Services, chat: Chat, lang: str) -> None:
    library = keeping.library
    stale = replace(
        library.pages["cej"][lang], heading=library.pages["cej"][lang].heading.model_copy(update={"french": "0" * 12})
    )
    pages = {**library.pages, "cej": {**library.pages["cej"], lang: stale}}
    keeping.ears = replace(keeping.ears, library=replace(library, pages=pages))
    said = await chat.says("cej")
    assert said.startswith(label(lang, "Cette réponse n'est pas encore traduite. La voici en français."))
    assert "Un accompagnement pour trouver un travail" in said


async def test_every_page_that_buttons_lead_to_is_in_the_language(keeping: Services, chat: Chat, lang: str) -> None:
    """Everything that is one press after the other from the commands, for a stranger and for a person."""
    french = leftovers(lang)
    assert keeping.vault is not None
    for is_known in (False, True):
        if is_known:
            keeping.office = OFFICE
            await join(keeping.vault, DENIS)
            await chat.says("/langue")
            await chat.presses(i18n.language_name(lang, lang).capitalize())
        for command in COMMANDS:
            found = await walk(chat, command)
            assert len(found) > 3
            for said in found:
                for sentence in french:
                    assert sentence not in said, f"{command}: {sentence!r} in {said!r}"


COMMANDS = ("/start", "/menu", "/aide", "/urgence", "/confidentialite", "/calendrier", "/demandes", "/mesdonnees")
NOT_PRESSED = re.compile(r"^(lang|forget:yes|mine:stop|check:stop|fwd:send|topic|join:yes)")


async def walk(chat: Chat, command: str, most: int = 60) -> list[str]:
    """Say a command, then press whatever is shown, each payload once."""
    said = [await chat.says(command), *chat.buttons]
    waiting, seen = list(chat.payloads), set()
    while waiting and len(seen) < most:
        payload = waiting.pop(0)
        if payload in seen or NOT_PRESSED.match(payload):
            continue
        seen.add(payload)
        said += [await chat.presses_payload(payload), *chat.buttons]
        waiting += chat.payloads
    return said


def leftovers(lang: str) -> Sequence[str]:
    """The French colon, and every French sentence that is translated, if long enough to be recognised in a text."""
    sentences = catalogues.read(catalogues.path_of(i18n.LOCALES, lang)).sentences
    pieces = {
        re.sub(r"<[^>]*>", "", piece).strip()
        for french, told in sentences.items()
        if french != told
        for piece in re.split(r"\{[^{}]*\}|\n", french)
    }
    long = (piece for piece in pieces if len(piece) > 12)
    return [" : ", *sorted(piece for piece in long if not any(piece in told for told in sentences.values()))]


async def speak(chat: Chat, lang: str) -> None:
    await chat.says("/langue")
    await chat.presses(i18n.language_name(lang, lang).capitalize())


async def test_changing_the_language_while_joining_keeps_what_was_answered(
    amina: Chat, keeping: Services, lang: str
) -> None:
    await answers_everything(amina, until=2)  # the date and the département are told, the town is asked
    await speak(amina, lang)
    said = await amina.says("Arras 62000")
    assert "62000 Arras" in said.replace("\u2066", "").replace("\u2069", "")
    assert label(lang, "Je garde de quoi te joindre ?") in said or "2026" not in said
    shown = await amina.says("/mesdonnees")
    assert i18n.month_text(date(2026, 3, 1), lang) in shown.replace("\u2066", "").replace("\u2069", "")


async def test_changing_the_language_in_a_check_in_keeps_the_boxes(amina: Chat, keeping: Services, lang: str) -> None:
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)
    await set_row(keeping, PlannedState.SENT, sent_at=TODAY - timedelta(hours=1))
    await amina.presses_payload("check:start")
    await amina.presses("⬜ argent")
    done, health = amina.payload("C'est bon"), amina.payload("⬜ santé")
    await speak(amina, lang)
    await amina.presses_payload(health)
    assert f"✅ {label(lang, 'argent')}" in amina.buttons
    await amina.presses_payload(done)
    assert label(lang, "Oui, je veux bien") in amina.buttons
    assert (await answers(keeping))["needs"] == "money,health"


async def test_changing_the_language_under_a_preview_keeps_its_lines_and_asks_again(
    known: Chat, keeping: Services, lang: str
) -> None:
    """The text under the preview is another one now: a yes to the French one is no yes to it."""
    await asks(known)
    await known.presses("✅ Téléphone")
    send = known.payload("Envoyer")
    await speak(known, lang)
    said = await known.presses_payload(send)
    assert "+33639987731" not in said.partition("</blockquote>")[0].split("\n\n")[1]
    assert label(lang, "Envoyer") in known.buttons
    assert "⬜ Téléphone" in known.buttons
    await known.presses(label(lang, "Envoyer"))
    relay = Relay()
    await post(keeping, relay)
    [mail] = relay.mails
    assert "Besoin : logement" in mail.text
    assert "+33639987731" not in mail.text
