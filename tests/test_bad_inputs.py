"""Whatever people write, by mischief or by accident, is only ever words: an ordinary answer, nothing run, nothing kept.

The numbers are those of the project's list of bad inputs; what needs a form or a mailbox waits for those.
"""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.processes import CARE, BotProcess, connected, message, newcomer, serving_bot
from tests.stand_in.client import Control, User
from tests.stand_in.markup import Json

pytestmark = pytest.mark.slow

WELCOME = "Salut, moi c'est Relais. Je suis un robot : "
NOT_UNDERSTOOD = "Je n'ai pas compris, pardon. "
OLD_BUTTON = "Ce bouton est trop ancien. Voici le menu."
NO_FILES = "Je ne lis pas les photos, les vocaux ni les documents, et je ne les garde pas. "
NO_CARDS = "C'est le numéro de quelqu'un d'autre : je ne le garde pas, c'est à cette personne de dire oui. "
NOT_YET = "Je ne parle pas encore cette langue."
IN_ARABIC = "عذرًا، لم أفهم."
IN_ENGLISH = "I am not sure I understood."
CEJ = "Le contrat d'engagement jeune (CEJ)\n"
STOPPED = "C'est noté : je ne t'écris jamais en premier. "
PHOTO = [{"file_id": "photo", "file_unique_id": "photo", "width": 90, "height": 90}]

# What is written, and how the answer to it as a text begins.
WRITTEN: dict[str, tuple[str, str]] = {
    "2 spaces": ("   ", NOT_UNDERSTOOD),
    "3 zero width": ("\u200b", NOT_UNDERSTOOD),
    "4 byte order mark": ("\ufeff", NOT_UNDERSTOOD),
    "5 one emoji": ("🙂", NOT_UNDERSTOOD),
    "6 families": ("👨‍👩‍👧‍👦👍🏿", NOT_UNDERSTOOD),
    "7 2,100 emoji": ("🙂" * 2100, NOT_UNDERSTOOD),
    "8 4,096 letters": ("a" * 4096, NOT_UNDERSTOOD),
    "9 8 kB of Arabic": ("حقوق " * 900, IN_ARABIC),
    "11 a long word": ("anticonstitutionnellement" * 160, NOT_UNDERSTOOD),
    "12 NUL": ("zorglub\x00zorglub", NOT_UNDERSTOOD),
    "13 control characters": ("".join(map(chr, [*range(32), *range(127, 160)])), NOT_UNDERSTOOD),
    "14 half an emoji": ("le cej \ud83d", CEJ),
    "15 halves in the wrong order": ("\ude42\ud83d le cej", CEJ),
    "16 no character": ("\uffff", NOT_UNDERSTOOD),
    "17 right to left": ("\u202egpj.exe", NOT_UNDERSTOOD),
    "18 isolates left open": ("\u2066\u2066\u2067 le cej", CEJ),
    "19 Arabic name": ("أمينة demande le cej", CEJ),
    "20 zalgo": ("c" + "\u0315" * 60 + "ej", CEJ),
    "21 decomposed": ("la garantie jeunes e\u0301tudiante", CEJ),
    "26 line separators": ("zorglub\u2028\u2029\u0085Bcc: x@y.fr", NOT_UNDERSTOOD),
    "27 header": ("zorglub\r\nBcc: x@y.fr", NOT_UNDERSTOOD),
    "28 SMTP": ("zorglub\r\n.\r\nMAIL FROM:<x@y.fr>", NOT_UNDERSTOOD),
    "29 HTML": ('<b>zorglub</a><a href="tg://user?id=1">', NOT_UNDERSTOOD),
    "30 Markdown": ("*_[zorglub](http://e) _", NOT_UNDERSTOOD),
    "31 escaped HTML": ("&lt;script&gt;zorglub", NOT_UNDERSTOOD),
    "32 javascript": ("javascript:zorglub(1) data:text/html,zorglub", NOT_UNDERSTOOD),
    "33 templates": ("{{7*7}} {0.__class__} %(token)s %n", NOT_UNDERSTOOD),
    "34 SQL": ("' OR 1=1; DROP TABLE handled_update --", NOT_UNDERSTOOD),
    "35 shell": ("$(id) `id` ; rm -rf zorglub", NOT_UNDERSTOOD),
    "36 formulas": ('=HYPERLINK("http://zorglub") +1 @SUM -2+3\t=', NOT_UNDERSTOOD),
    "37 path": ("../../etc/passwd", NOT_UNDERSTOOD),
    "38 JSON": ('{"intent": "zorglub"}', NOT_UNDERSTOOD),
    "39 a command of Rasa": ("/restart", NOT_UNDERSTOOD),
    "40 an order to Rasa": ('/zorglub@0.99{"x":"y"}', NOT_UNDERSTOOD),
    "41 a command after spaces": ("  /oublier", NOT_UNDERSTOOD),
    "46 unknown command": ("/zorglub", NOT_UNDERSTOOD),
    "47 another bot's command": ("/OUBLIER@other_bot", NOT_UNDERSTOOD),
    "60 phone": ("06 00 00 00 42", NOT_UNDERSTOOD),
    "60 Arabic digits": ("٠٦٠٠٠٠٠٠٤٢", NOT_UNDERSTOOD),
    "60 account": ("FR76 3000 0000 0000 0000 0000 042", NOT_UNDERSTOOD),
    "61 e-mail": ('"zorglub\r\nRCPT TO:<x@y.fr>"@z.fr, a@b', NOT_UNDERSTOOD),
    "62 dates": ("31/02/2027 00/00 2027-13-01", NOT_UNDERSTOOD),
    "63 age": ("-3", NOT_UNDERSTOOD),
    "64 département": ("2A004", NOT_UNDERSTOOD),
    "65 social security number": ("2 99 99 99 999 999 42", NOT_UNDERSTOOD),
    "68 stop, shouted": ("STOP !!!", STOPPED),
    "68 stop, in French": ("arrête", STOPPED),
    "68 stop, in Arabic": ("توقف", STOPPED),
    "71 Russian": ("Где мне найти жильё?", NOT_YET),
    "72 mixed languages": ("wesh khouya nheb nkemmel le cej, nga def ?", CEJ),
    "71 English": ("I need a place where I can sleep tonight please", IN_ENGLISH),
}


@pytest.fixture(scope="module")
def bot(telegram_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    with serving_bot(telegram_address, tmp_path_factory.mktemp("bot")) as bot:
        yield bot
        assert bot.errors == []
        for words in ("zorglub", "le cej", "Canari", "00 00 42", "passwd"):
            assert words not in bot.stderr


@pytest.fixture
async def telegram(bot: BotProcess, telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


@pytest.mark.parametrize(("written", "answer"), WRITTEN.values(), ids=WRITTEN)
async def test_words_are_only_words_wherever_they_stand(telegram: Control, written: str, answer: str) -> None:
    person = await newcomer(telegram, "Canari")
    card = {"phone_number": "+33600000042", "first_name": written, "last_name": written}
    account = person.account | {"first_name": written}
    command = {"type": "bot_command", "offset": 0, "length": 6}
    updates = [
        message(person, text=written),
        message(person, caption=written, text=None, photo=PHOTO),
        message(person, contact=card, text=None),
        message(person, text=f"/start {written}"[:4096], entities=[command], **{"from": account}),
        pressed(person, written),
    ]
    for update in updates:
        await telegram.inject(update, lane=person.id)
    expected = [answer, NO_FILES, NO_CARDS, WELCOME, OLD_BUTTON]
    offered = answer in (IN_ARABIC, IN_ENGLISH)  # to go on in that language
    heard = [message.text for message in await person.hears(len(updates) + offered)]
    if offered:
        assert "Dans quelle langue veux-tu continuer ?" in heard.pop(1)
    for text, beginning in zip(heard, expected, strict=True):
        assert text.startswith(beginning)
        assert len(written) < 9 or written not in text


DISGUISED = {
    "22 full width": "je pense au ｓｕｉｃｉｄｅ",
    "23 look-alikes": "je pense au suiсidе",
    "24 soft hyphens": "je pense au sui\u00adci\u00adde",
    "25 spaced letters": "s u i c i d e",
    "70 in a form field": "prénom: je vais me tuer",
    "70 behind the greeting": "salut ça va ? sinon je vais me tuer",
}


@pytest.mark.parametrize("cry", DISGUISED.values(), ids=DISGUISED)
async def test_a_cry_for_help_is_heard_through_every_disguise_wherever_it_stands(telegram: Control, cry: str) -> None:
    person = await newcomer(telegram, "Canari")
    card = {"phone_number": "+33600000042", "first_name": cry}
    for update in (
        message(person, text=cry),
        message(person, caption=cry, text=None, photo=PHOTO),
        message(person, contact=card, text=None),
    ):
        await telegram.inject(update, lane=person.id)
    assert [heard.text[: len(CARE)] for heard in await person.hears(3)] == [CARE] * 3


async def test_10_a_megabyte_of_words_gets_an_answer_and_holds_nobody_up(telegram: Control) -> None:
    """Telegram cuts at 4,096; whoever stands between it and us might not."""
    chatty, patient = await newcomer(telegram), await newcomer(telegram)
    await telegram.inject(message(chatty, text="je veux " * 125_000), lane=chatty.id)
    await patient.says("/menu")
    await patient.hears()
    assert (await chatty.hears())[0].text.startswith(NOT_UNDERSTOOD)


@pytest.mark.parametrize("payload", ["", "x" * 64, "x" * 65, "%00", "é", "..", "a b c", "-" * 63 + "_"])
async def test_42_to_45_any_deep_link_only_opens_the_conversation(telegram: Control, payload: str) -> None:
    person = await newcomer(telegram)
    await person.says(f"/start {payload}".strip())
    assert (await person.hears())[0].text.startswith(WELCOME)


FORGED = ["", "x" * 64, "x" * 65, "topic", "topic:", "topic:zorglub", "theme:zorglub", "theme:../argent", "TOPIC:cej"]


@pytest.mark.parametrize("payload", [*FORGED, "v0:topic:cej", "\x00", "topic:cej:5000000001", "menu ", None])
async def test_48_a_forged_press_leads_to_the_menu(telegram: Control, payload: str | None) -> None:
    person = await newcomer(telegram)
    await telegram.inject(pressed(person, payload), lane=person.id)
    assert (await person.hears())[0].text.startswith(OLD_BUTTON)


async def test_48_a_press_under_somebody_elses_message_answers_the_one_who_pressed(telegram: Control) -> None:
    amina, denis = await newcomer(telegram, "Amina"), await newcomer(telegram, "Denis")
    await amina.says("/menu")
    (shown,) = await amina.hears()
    hers = {"message_id": shown.message_id, "date": 1_795_000_000, "chat": amina.private, "text": shown.text}
    await telegram.inject(pressed(denis, "topic:cej", message=hers), lane=denis.id)
    assert (await denis.hears())[0].text.startswith(CEJ)
    await amina.hears_nothing(during=0.1)


def pressed(person: User, payload: object, **about: object) -> Json:
    """The press of a button that may never have been there, under a message that is gone."""
    query = {"id": "1", "from": person.account, "chat_instance": "1", "data": payload} | about
    return {"callback_query": {name: value for name, value in query.items() if value is not None}}
