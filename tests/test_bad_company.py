"""Odd kinds of messages, odd senders, and too many of them: the second half of the list of bad inputs."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.processes import CARE, BotProcess, connected, message, newcomer, serving_bot
from tests.stand_in.client import Control, User, wait_for
from tests.stand_in.markup import Json

pytestmark = pytest.mark.slow

NO_FILES = "Je ne lis pas les photos, les vocaux ni les documents, et je ne les garde pas. "
WELCOME = "Salut, moi c'est Relais. Je suis un robot : "
CEJ = "Le contrat d'engagement jeune (CEJ)\n"
PRIVATE_ONLY = "Je parle seulement en tête-à-tête, pour que personne d'autre ne lise. Écris-moi en privé."
FILE = {"file_id": "f", "file_unique_id": "f"}
SIZE = {"width": 90, "height": 90}


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
    return await newcomer(telegram, "Amina")


KINDS: dict[str, Json] = {
    "1 empty text": {"text": ""},
    "51 video note": {"video_note": FILE | {"length": 240, "duration": 2}},
    "51 video": {"video": FILE | SIZE | {"duration": 2}},
    "51 audio": {"audio": FILE | {"duration": 2}},
    "51 animation": {"animation": FILE | SIZE | {"duration": 2}, "document": FILE},
    "51 story": {"story": {"id": 1, "chat": {"id": -5, "type": "channel", "title": "Zorglub"}}},
    "51 paid media": {"paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]}},
    "51 game": {"game": {"title": "Zorglub", "description": "", "photo": []}},
    "51 a kind that does not exist yet": {"hologram": {"depth": 3}},
}  # fmt: skip


@pytest.mark.parametrize("content", KINDS.values(), ids=KINDS)
async def test_what_is_not_words_is_refused_kindly(telegram: Control, amina: User, content: Json) -> None:
    await telegram.inject(message(amina, **{"text": None} | content), lane=amina.id)
    assert (await amina.hears())[0].text.startswith(NO_FILES)


async def test_52_every_photo_of_an_album_is_refused(amina: User) -> None:
    for _ in range(10):
        await amina.sends({"photo": [FILE | SIZE], "media_group_id": "album"})
    assert all(heard.text.startswith(NO_FILES) for heard in await amina.hears(10))


@pytest.mark.parametrize(
    "context",
    [
        {"forward_origin": {"type": "hidden_user", "date": 1_795_000_000, "sender_user_name": "Chloé"}},
        {"quote": {"text": "effacé", "position": 0}},
        {"reply_to_message": {"message_id": 9, "date": 0, "chat": {"id": 1, "type": "private"}}},
        {"via_bot": {"id": 9, "is_bot": True, "first_name": "Zorglub"}},
    ],
    ids=["53 forwarded by a care worker", "55 quotes what is gone", "55 replies to what is gone", "sent via a bot"],
)
async def test_a_question_is_answered_however_it_was_sent(telegram: Control, amina: User, context: Json) -> None:
    await telegram.inject(message(amina, **context), lane=amina.id)
    assert (await amina.hears())[0].text.startswith(CEJ)


GROUP = {"id": -2001, "type": "supergroup", "title": "Les anciens"}
CHANNEL = {"id": -9, "type": "channel", "title": "Zorglub"}
STRANGERS: dict[str, Json] = {
    "anonymous admin": {"from": {"id": 1087968824, "is_bot": True, "first_name": "Group"}, "sender_chat": GROUP},
    "channel": {"from": {"id": 777000, "is_bot": False, "first_name": "Telegram"}, "sender_chat": CHANNEL},
    "another bot": {"from": {"id": 99, "is_bot": True, "first_name": "Autre", "username": "autre_bot"}},
    "nobody": {"from": None},
    "a command": {"text": "/start@stand_in_bot", "entities": [{"type": "bot_command", "offset": 0, "length": 19}]},
}  # fmt: skip


@pytest.mark.parametrize("sender", STRANGERS.values(), ids=STRANGERS)
async def test_56_whoever_speaks_in_a_group_the_bot_leaves(telegram: Control, amina: User, sender: Json) -> None:
    group = GROUP | {"id": -2_000_000 - amina.id}
    await telegram.ask("open_chat", chat=group)
    await telegram.inject(message(amina, chat=group, **sender))
    await wait_for(
        lambda: telegram.calls("leaveChat"), lambda calls: any(c.chat_id == group["id"] and c.ended for c in calls)
    )
    said = [call.params["text"] for call in await telegram.calls("sendMessage") if call.chat_id == group["id"]]
    assert said == [PRIVATE_ONLY]


async def test_56_a_press_in_a_group_is_ignored(telegram: Control, amina: User) -> None:
    shown = {"message_id": 1, "date": 1_795_000_000, "chat": GROUP, "text": "…"}
    query = {"id": "1", "from": amina.account, "chat_instance": "1", "data": "menu", "message": shown}
    await telegram.inject({"callback_query": query})
    await telegram.wait_until_confirmed()
    await amina.hears_nothing(during=0.1)


@pytest.mark.parametrize("language", [None, "pt-br", "xx", "x" * 200, ""])
async def test_58_any_language_of_the_telephone_is_greeted(telegram: Control, language: str | None) -> None:
    person = await newcomer(telegram, **({} if language is None else {"language_code": language}))
    await person.says("/start")
    assert (await person.hears())[0].text.startswith(WELCOME)


@pytest.mark.parametrize("number", [2**31 + 1, 2**52 - 1])
async def test_59_large_ids_are_people_like_others(telegram: Control, number: int) -> None:
    person = await telegram.user(number)
    await person.says("c'est quoi le cej ?")
    assert (await person.hears())[0].text.startswith(CEJ)


async def test_73_and_75_a_flood_of_equal_messages_is_answered_and_does_not_hide_a_cry_for_help(
    telegram: Control, amina: User
) -> None:
    """Telegram shows a hundred waiting messages at a time: behind more, one waits until the first are answered."""
    flood = message(amina)
    await asyncio.gather(*(telegram.inject(flood, lane=amina.id) for _ in range(120)))
    bilal = await newcomer(telegram, "Bilal")
    await bilal.says("je vais me tuer")
    assert (await bilal.hears(within=10))[0].text.startswith(CARE)
    await amina.hears(120, within=60)


async def test_74_a_hundred_people_at_once_are_all_answered(telegram: Control) -> None:
    people = [await newcomer(telegram) for _ in range(100)]
    await asyncio.gather(*(person.says("c'est quoi le cej ?") for person in people))
    for person in people:
        assert (await person.hears(within=30))[0].text.startswith(CEJ)
