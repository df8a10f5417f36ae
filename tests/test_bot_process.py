"""What people live with the bot as operators run it: a process that talks HTTP to Telegram's stand-in."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from tests.processes import CARE, BotProcess, connected, newcomer, serving_bot
from tests.stand_in.client import Control, User, wait_for
from tests.stand_in.seen import Heard

pytestmark = pytest.mark.slow

WELCOME = (
    "Salut, moi c'est Relais. Je suis un robot : je réponds à tes questions sur tes droits, "
    "le logement, l'argent, la santé, les papiers.\n\n"
    "Écris ta question comme elle vient, même avec des fautes. Ou choisis un thème.\n\n"
    "Je ne garde pas ce que tu écris. Ici, personne ne lit tes messages à part Telegram et moi.\n\n"
)
HELP_LINE = "Si c'est grave : 112 (urgence), 114 par SMS, 3114 (idées noires), 119 (on te fait du mal)."
MENU = ["Mes droits", "Logement", "Argent", "Santé", "Emploi, études", "Papiers", "Vie de tous les jours"]
HUMAN = "Parler à quelqu'un"
NO_FILES = (
    "Je ne lis pas les photos, les vocaux ni les documents, et je ne les garde pas. "
    "Écris-moi ta question avec des mots.\n\n" + HELP_LINE
)
NO_CARDS = (
    "Je ne garde pas les fiches de contact ni les numéros. Efface-la de la conversation si tu préfères.\n\n" + HELP_LINE
)
NO_PLACES = (
    "Je ne garde pas ta position et je ne peux envoyer personne. Dis-moi plutôt ce que tu cherches.\n\n" + HELP_LINE
)
EDITED = "Tu as modifié un message. Si c'est une nouvelle question, envoie-la encore une fois.\n\n" + HELP_LINE
NOT_UNDERSTOOD = (
    "Je n'ai pas compris, pardon. Dis-le avec d'autres mots, en une phrase courte, ou choisis un thème.\n\n" + HELP_LINE
)
PRIVATE_ONLY = "Je parle seulement en tête-à-tête, pour que personne d'autre ne lise. Écris-moi en privé."


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


async def answer(person: User, act: Awaitable[object]) -> Heard:
    """Let a person do something and return the one message that comes back."""
    await act
    (heard,) = await person.hears()
    return heard


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
    (call,) = await telegram.calls("setMyCommands")
    commands = call.params["commands"]
    shown = json.loads(commands) if isinstance(commands, str) else commands
    assert {command["command"]: command["description"] for command in shown} == {
        "menu": "Choisir un thème",
        "urgence": "Les numéros à appeler",
        "aide": "Comment ça marche",
        "langue": "Langues, languages, لغات",
        "confidentialite": "Ce qui est gardé ou pas",
    }


FILES: dict[str, Callable[[User], Awaitable[object]]] = {
    "photo": lambda person: person.sends_photo(),
    "photo with a caption": lambda person: person.sends_photo(caption="c'est quoi ce papier ?"),
    "voice": lambda person: person.sends_voice(),
    "document": lambda person: person.sends_document("jugement.pdf"),
    "sticker": lambda person: person.sends_sticker(),
    "dice": lambda person: person.sends({"dice": {"emoji": "🎲", "value": 3}}),
    "poll": lambda person: person.sends({"poll": poll("Tu viens ?")}),
}


@pytest.mark.parametrize("send", FILES.values(), ids=FILES)
async def test_files_are_refused_kindly_and_never_fetched(
    telegram: Control, amina: User, send: Callable[[User], Awaitable[object]]
) -> None:
    refusal = await answer(amina, send(amina))
    assert refusal.text == NO_FILES
    assert refusal.labels == [HUMAN, "Menu"]
    assert await telegram.calls("getFile") == []


async def test_a_contact_card_is_refused_whoever_it_is(amina: User) -> None:
    """Somebody else has not agreed, and nothing is kept of one's own either."""
    other = await answer(amina, amina.sends_contact("+33600000001", first_name="Bilal", user_id=None))
    assert other.text == NO_CARDS
    own = await answer(amina, amina.sends_contact("+33600000002"))
    assert own.text == NO_CARDS


async def test_a_place_is_refused(amina: User) -> None:
    assert (await answer(amina, amina.sends_location())).text == NO_PLACES


async def test_an_edited_message_is_not_answered_twice(amina: User) -> None:
    sent = await amina.says("c'est quoi le cej")
    await amina.hears()
    again = await answer(amina, amina.edits(sent["message"]["message_id"], "c'est quoi le CEJ ?"))
    assert again.text == EDITED


async def test_an_unknown_command_is_read_as_words(amina: User) -> None:
    assert (await answer(amina, amina.says("/cej"))).text.startswith("Le contrat d'engagement jeune (CEJ)")
    assert (await answer(amina, amina.says("/zorglub"))).text == NOT_UNDERSTOOD


async def said_in(telegram: Control, group: int) -> list[str]:
    return [str(call.params["text"]) for call in await telegram.calls("sendMessage") if call.chat_id == group]


async def left(telegram: Control, group: int) -> None:
    await wait_for(
        lambda: telegram.calls("leaveChat"), lambda calls: any(c.chat_id == group and c.ended for c in calls)
    )


async def open_group(telegram: Control, group: int) -> None:
    """A group where the bot already is, since a time when it was not running."""
    await telegram.ask("open_chat", chat={"id": group, "type": "supergroup", "title": "Les anciens du foyer"})


async def test_in_a_group_the_bot_says_that_it_speaks_in_private_and_leaves(telegram: Control, amina: User) -> None:
    await open_group(telegram, -1001)
    await amina.says("c'est quoi le cej ?", group=-1001)
    await left(telegram, -1001)
    assert await said_in(telegram, -1001) == [PRIVATE_ONLY]
    await amina.hears_nothing(during=0.1)


async def test_a_cry_for_help_in_a_group_gets_the_numbers_before_the_bot_leaves(telegram: Control, amina: User) -> None:
    await open_group(telegram, -1002)
    await amina.says("je vais me tuer ce soir", group=-1002)
    await left(telegram, -1002)
    (said,) = await said_in(telegram, -1002)
    assert said.startswith(CARE)


async def test_added_to_a_group_the_bot_leaves_even_if_someone_talks_at_once(
    telegram: Control, amina: User, bot: BotProcess
) -> None:
    await amina.adds_bot(-1003)
    await amina.says("salut le bot", group=-1003)
    await amina.says("tu es là ?", group=-1003)
    await left(telegram, -1003)
    await telegram.wait_until_confirmed()
    assert bot.errors == []


DANGER: dict[str, Callable[[User], Awaitable[object]]] = {
    "in a text": lambda person: person.says("je vais me tuer"),
    "in a command": lambda person: person.says("/je vais me tuer"),
    "in a caption": lambda person: person.sends_photo(caption="je vais me tuer"),
    "in the name on a card": lambda person: person.sends_contact("+33600000003", first_name="je vais me tuer"),
    "in a poll": lambda person: person.sends({"poll": poll("je vais me tuer")}),
}


def poll(question: str) -> dict[str, object]:
    rules = {"is_closed": False, "is_anonymous": True, "type": "regular", "total_voter_count": 0}
    rules |= {"allows_multiple_answers": False, "allows_revoting": False, "members_only": False}
    options = [
        {"persistent_id": "1", "text": "Oui", "voter_count": 0},
        {"persistent_id": "2", "text": "Non", "voter_count": 0},
    ]
    return {"id": "1", "question": question, "options": options} | rules


@pytest.mark.parametrize("cry", DANGER.values(), ids=DANGER)
async def test_a_cry_for_help_gets_the_numbers_wherever_it_stands(
    amina: User, cry: Callable[[User], Awaitable[object]]
) -> None:
    numbers = await answer(amina, cry(amina))
    assert numbers.text.startswith(CARE)
    assert numbers.labels == [HUMAN, "Menu"]


async def test_a_cry_for_help_in_an_edited_message_gets_the_numbers(amina: User) -> None:
    sent = await amina.says("salut")
    await amina.hears()
    numbers = await answer(amina, amina.edits(sent["message"]["message_id"], "je vais me tuer"))
    assert numbers.text.startswith(CARE)


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
