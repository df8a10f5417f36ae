"""What the bot does not read: files, cards, places, edits, groups. A cry for help is heard in each of them."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

from tests.processes import CARE, BotProcess, answer, connected, newcomer, serving_bot
from tests.stand_in.client import Control, User, wait_for

pytestmark = pytest.mark.slow

HELP_LINE = "Si c'est grave : 112 (urgence), 114 par SMS, 3114 (idées noires), 119 (on te fait du mal)."
NO_FILES = (
    "Je ne lis pas les photos, les vocaux ni les documents, et je ne les garde pas. "
    "Écris-moi ta question avec des mots.\n\n" + HELP_LINE
)
SOMEBODY_ELSE = (
    "C'est le numéro de quelqu'un d'autre : je ne le garde pas, c'est à cette personne de dire oui. "
    "Pour le tien, écris-le.\n\n" + HELP_LINE
)
NO_CARDS = (
    "Je n'ai pas demandé de numéro : je ne garde pas cette fiche. Efface-la de la conversation si tu préfères.\n\n"
    + HELP_LINE
)
NO_PLACES = (
    "Je ne garde pas ta position et je ne peux envoyer personne. Dis-moi plutôt ce que tu cherches.\n\n" + HELP_LINE
)
EDITED = "Tu as modifié un message. Si c'est une nouvelle question, envoie-la encore une fois.\n\n" + HELP_LINE
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
    assert refusal.labels == ["Parler à quelqu'un", "Menu"]
    assert await telegram.calls("getFile") == []


async def test_a_contact_card_is_refused_whoever_it_is(amina: User) -> None:
    """Somebody else has not agreed, and nothing is kept of one's own that was not asked for."""
    other = await answer(amina, amina.sends_contact("+33600000001", first_name="Bilal", user_id=None))
    assert other.text == SOMEBODY_ELSE
    own = await answer(amina, amina.sends_contact("+33600000002"))
    assert own.text == NO_CARDS


async def test_a_place_is_refused(amina: User) -> None:
    assert (await answer(amina, amina.sends_location())).text == NO_PLACES


async def test_an_edited_message_is_not_answered_twice(amina: User) -> None:
    sent = await amina.says("c'est quoi le cej")
    await amina.hears()
    again = await answer(amina, amina.edits(sent["message"]["message_id"], "c'est quoi le CEJ ?"))
    assert again.text == EDITED


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
    assert numbers.labels == ["Parler à quelqu'un", "Menu"]


async def test_a_cry_for_help_in_an_edited_message_gets_the_numbers(amina: User) -> None:
    sent = await amina.says("salut")
    await amina.hears()
    numbers = await answer(amina, amina.edits(sent["message"]["message_id"], "je vais me tuer"))
    assert numbers.text.startswith(CARE)
