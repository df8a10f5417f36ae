"""What people live with the bot as operators run it: a process that talks HTTP to Telegram's stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.processes import BotProcess, answer, connected, newcomer, serving_bot
from tests.stand_in.client import Control, User

pytestmark = pytest.mark.slow

WELCOME = (
    "Salut, moi c'est Relais. Je suis un robot : je réponds à tes questions sur tes droits, "
    "le logement, l'argent, la santé, les papiers.\n\n"
    "Écris ta question comme elle vient, même avec des fautes. Ou choisis un thème.\n\n"
    "Je ne garde pas tes messages. Ici, personne ne les lit à part Telegram et moi.\n\n"
)
HELP_LINE = "Si c'est grave : 112 (urgence), 114 par SMS, 3114 (idées noires), 119 (on te fait du mal)."
MENU = ["Mes droits", "Logement", "Argent", "Santé", "Emploi, études", "Papiers", "Vie de tous les jours"]
HUMAN = "Parler à quelqu'un"
NOT_UNDERSTOOD = (
    "Je n'ai pas compris, pardon. Dis-le avec d'autres mots, en une phrase courte, ou choisis un thème.\n\n" + HELP_LINE
)


@pytest.fixture(scope="module")
def bot(telegram_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    with serving_bot(telegram_address, tmp_path_factory.mktemp("bot")) as bot:
        yield bot
        assert bot.errors == []


@pytest.fixture
async def telegram(bot: BotProcess, telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


@pytest.fixture
async def amina(telegram: Control) -> User:
    return await newcomer(telegram, "Amina", language_code="fr")


async def test_a_young_person_finds_the_cej_from_the_menu(amina: User) -> None:
    hello = await answer(amina, amina.says("/start"))
    assert hello.text == WELCOME + HELP_LINE
    assert hello.labels == [*MENU, HUMAN]

    theme = await answer(amina, amina.presses("Mes droits"))
    assert theme.text == "Mes droits"
    assert "Le CEJ" in theme.labels
    assert theme.labels[-2:] == [HUMAN, "Menu"]

    topic = await answer(amina, amina.presses("Le CEJ"))
    assert topic.text.startswith("Le contrat d'engagement jeune (CEJ)\n\nC'est quoi ?\n")
    assert "Appelle ta Mission Locale" in topic.text
    assert "☎ " in topic.text
    assert "Sources : " in topic.text

    people = await answer(amina, amina.presses(HUMAN))
    assert people.text.startswith("Voici de vraies personnes qui peuvent t'aider :")
    assert people.text.endswith(HELP_LINE)

    menu = await answer(amina, amina.presses("Menu"))
    assert menu.text == "De quoi veux-tu parler ?"
    assert menu.labels == [*MENU, HUMAN]


async def test_a_typed_question_gets_its_answer_and_the_urgent_command_the_numbers(amina: User) -> None:
    rights = await answer(amina, amina.says("c koi le CEJ stp ??"))
    assert rights.text.startswith("Le contrat d'engagement jeune (CEJ)\n\n")

    urgent = await answer(amina, amina.says("/urgence"))
    lines = urgent.text.splitlines()
    assert lines[0] == "Appelle ou écris tout de suite :"
    assert [line.removeprefix("• ").split(" : ")[0] for line in lines[1:9]] == [
        *("114", "15", "17", "18", "3114", "119", "3919", "115")
    ]
    assert lines[-1].startswith("Je suis un robot : je ne peux pas appeler pour toi.")


async def test_every_press_stops_the_little_clock_and_an_old_button_leads_to_the_menu(
    telegram: Control, amina: User
) -> None:
    await answer(amina, amina.says("/menu"))
    before = len(await telegram.calls("answerCallbackQuery"))
    await answer(amina, amina.presses("Logement"))
    old = await answer(amina, amina.forges_press("topic:a_topic_of_last_year", message_id=999))
    assert old.text == "Ce bouton est trop ancien. Voici le menu."
    assert old.labels == [*MENU, HUMAN]
    answered = (await telegram.calls("answerCallbackQuery"))[before:]
    assert [(call.status, "text" in call.params) for call in answered] == [(200, False), (200, False)]


async def test_the_list_of_commands_tells_nothing_to_someone_who_looks_at_the_phone(telegram: Control) -> None:
    call, *others = await telegram.calls("setMyCommands")
    assert {other.params["language_code"] for other in others} == {"ar", "en"}
    commands = call.params["commands"]
    shown = json.loads(commands) if isinstance(commands, str) else commands
    assert {command["command"]: command["description"] for command in shown} == {
        "menu": "Choisir un thème",
        "urgence": "Les numéros à appeler",
        "aide": "Comment ça marche",
        "langue": "Langues, languages, لغات",
        "confidentialite": "Ce qui est gardé ou pas",
        "calendrier": "Ce que je vais t'envoyer, et quand",
        "demandes": "Suivre mes demandes",
        "mesdonnees": "Voir et corriger ce que je garde",
        "oublier": "Tout effacer",
        "stop": "Ne plus recevoir de messages",
    }


async def test_an_unknown_command_is_read_as_words(amina: User) -> None:
    assert (await answer(amina, amina.says("/cej"))).text.startswith("Le contrat d'engagement jeune (CEJ)")
    assert (await answer(amina, amina.says("/zorglub"))).text == NOT_UNDERSTOOD


@pytest.mark.parametrize(
    "name", ["", "أمينة", "\u202eanimA", "<b>Amina</b> & </a>", "A" * 256, "{0.__class__}"], ids=ascii
)
async def test_any_name_is_welcome_and_never_repeated(telegram: Control, name: str) -> None:
    """An answer without the name is an answer that shows it to nobody who looks at the phone."""
    person = await newcomer(telegram, name, last_name=name or "<i>")
    assert (await answer(person, person.says("/start"))).text == WELCOME + HELP_LINE


async def test_someone_who_blocked_the_bot_is_left_alone_and_answered_when_back(
    telegram: Control, amina: User, bot: BotProcess
) -> None:
    await amina.says("c'est quoi le cej ?")
    await amina.hears()
    await amina.blocks()
    await amina.says("c'est quoi le rsa ?")  # written just before the block, read just after
    await telegram.wait_until_confirmed()
    refused = [call for call in await telegram.calls("sendMessage") if call.chat_id == amina.id and call.status == 403]
    assert len(refused) == 1
    assert {event["event"] for event in bot.events} >= {"membership", "person_unreachable"}

    await amina.unblocks()
    back = await answer(amina, amina.says("/menu"))
    assert back.text == "De quoi veux-tu parler ?"


async def test_two_people_at_once_each_get_their_own_answer(telegram: Control, amina: User) -> None:
    bilal = await newcomer(telegram, "Bilal")
    await asyncio.gather(amina.says("c'est quoi le cej"), bilal.says("c'est quoi le rsa"))
    (for_amina,), (for_bilal,) = await asyncio.gather(amina.hears(), bilal.hears())
    assert for_amina.text.startswith("Le contrat d'engagement jeune (CEJ)")
    assert for_bilal.text.startswith("Le RSA et la prime d'activité")
