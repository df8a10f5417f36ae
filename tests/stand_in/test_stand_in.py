"""The stand-in itself, seen by python-telegram-bot's real `Bot`."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from aiohttp import web
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from tests.stand_in import faults
from tests.stand_in.client import Control, User, stand_in, stand_in_process

YES_NO = InlineKeyboardMarkup(
    [
        [
            InlineKeyboardButton("Oui", callback_data="yes"),
            InlineKeyboardButton("Non", url="https://a.fr"),
        ]
    ]
)
# A bot that prints what it was given and dies without ever confirming it.
DYING_BOT = """
import json, os, sys, urllib.request
with urllib.request.urlopen(sys.argv[1] + "/getUpdates?timeout=5") as answer:
    print(len(json.load(answer)["result"]), flush=True)
os.kill(os.getpid(), 9)
"""


pytestmark = [pytest.mark.usefixtures("durations"), pytest.mark.slow]  # it changes seldom


@pytest.fixture
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take RetryAfter.retry_after as a timedelta, or PTB warns of the change to come."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with stand_in_process() as url:
        yield url


@pytest.fixture
async def telegram(address: str) -> AsyncIterator[Control]:
    async with stand_in(address) as control:
        yield control


@pytest.fixture
async def bot(telegram: Control) -> AsyncIterator[Bot]:
    async with new_bot(telegram) as bot:
        yield bot


@pytest.fixture
async def amina(telegram: Control) -> User:
    return await telegram.user(7, "Amina", language_code="fr")


def new_bot(telegram: Control, token: str | None = None) -> Bot:
    return Bot(
        token or telegram.token,
        base_url=telegram.base_url,
        base_file_url=telegram.base_file_url,
    )


async def test_a_conversation_with_buttons(telegram: Control, bot: Bot, amina: User) -> None:
    await amina.says("/start bonjour")
    (update,) = await bot.get_updates(timeout=5)
    assert update.message is not None
    assert update.message.parse_entities(["bot_command"]).popitem()[1] == "/start"

    await bot.send_message(7, "<b>Ça va</b> &amp; toi ?", parse_mode="HTML", reply_markup=YES_NO)
    (question,) = await amina.hears()
    assert question.text == "Ça va & toi ?"
    assert question.entities == [{"type": "bold", "offset": 0, "length": 5}]
    assert question.labels == ["Oui", "Non"]

    await amina.presses("Oui")
    (update,) = await bot.get_updates(offset=update.update_id + 1)
    query = update.callback_query
    assert query is not None
    assert query.data == "yes"
    await query.answer("C'est noté")
    await query.edit_message_text("Merci !")
    assert [(message.text, message.edited) for message in await amina.hears()] == [("Merci !", True)]
    assert await amina.popups() == [{"text": "C'est noté", "alert": False}]
    assert await telegram.errors() == []


async def test_the_same_edit_again_is_refused(bot: Bot, amina: User) -> None:
    message = await bot.send_message(amina.id, "Un", reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await message.edit_text("Un", reply_markup=YES_NO)
    with pytest.raises(BadRequest, match="Message is not modified"):
        await message.edit_reply_markup(YES_NO)
    await message.edit_reply_markup(None)
    assert (await amina.hears())[0].buttons == []
    await message.delete()
    assert await amina.heard() == []


async def test_what_a_dead_client_left_unconfirmed_is_delivered_again(telegram: Control, bot: Bot, amina: User) -> None:
    await amina.says("un")
    await amina.says("deux")
    url = telegram.base_url + telegram.token
    dying = await asyncio.create_subprocess_exec(sys.executable, "-c", DYING_BOT, url, stdout=asyncio.subprocess.PIPE)
    assert (await dying.communicate())[0] == b"2\n"
    assert dying.returncode == -9

    updates = await bot.get_updates()
    assert [update.message.text for update in updates if update.message] == ["un", "deux"]
    assert await bot.get_updates(offset=updates[-1].update_id + 1) == ()
    await telegram.wait_until_confirmed()


async def test_a_long_poll_ends_with_the_first_update(bot: Bot, amina: User) -> None:
    poll = asyncio.create_task(bot.get_updates(timeout=10))
    await asyncio.sleep(0.1)
    assert not poll.done()
    await amina.says("coucou")
    assert len(await asyncio.wait_for(poll, 2)) == 1


async def test_the_older_of_two_pollers_gets_409(telegram: Control, bot: Bot, amina: User) -> None:
    older = asyncio.create_task(bot.get_updates(timeout=10))
    await telegram.wait_for_calls("getUpdates")
    async with new_bot(telegram) as other:
        newer = asyncio.create_task(other.get_updates(timeout=10))
        with pytest.raises(Conflict, match="terminated by other getUpdates"):
            await older
        await amina.says("coucou")
        assert len(await newer) == 1


async def test_unwanted_kinds_and_limits_are_respected(bot: Bot, amina: User) -> None:
    await bot.get_updates(allowed_updates=["message"])
    sent = await amina.says("un")
    await amina.edits(sent["message"]["message_id"], "deux")
    await amina.says("trois")
    assert [update.update_id for update in await bot.get_updates(limit=1)] == [sent["update_id"]]
    assert len(await bot.get_updates()) == 2


async def test_numbers_that_fall_after_a_quiet_week(telegram: Control, bot: Bot) -> None:
    await telegram.inject({"update_id": 9000})
    assert [update.update_id for update in await bot.get_updates()] == [9000]
    assert await bot.get_updates(offset=9001) == ()
    await telegram.inject({"update_id": 12})
    assert [update.update_id for update in await bot.get_updates(offset=9001)] == [12]
    assert await bot.get_updates(offset=13) == ()


async def test_updates_that_no_library_can_read(telegram: Control, bot: Bot, amina: User) -> None:
    await telegram.inject('{"update_id": 5, "message": {"message_id": "x"}, "message": {"date": []}}')
    with pytest.raises((TelegramError, TypeError, KeyError, AttributeError)):
        await bot.get_updates()
    assert await telegram.pending() == [5]

    with pytest.raises(AssertionError, match="valid string"):
        await amina.sends({"text": 12})
    again = await amina.says("bis")
    await telegram.inject(again, lane=amina.id)
    assert await telegram.pending() == [5, again["update_id"], again["update_id"]]


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (faults.flood(7), RetryAfter),
        (faults.forbidden("user is deactivated"), Forbidden),
        (faults.bad_request("chat not found"), BadRequest),
        (faults.migrated(-1007), ChatMigrated),
        (faults.broken(500), NetworkError),
        (faults.html_page(), NetworkError),
        (faults.empty_answer(), TelegramError),
        (faults.empty_answer(accepted=True), TelegramError),
        (faults.dropped(accepted=False), NetworkError),
        (faults.dropped(accepted=True), NetworkError),
        (faults.slow(0.5, accepted=True), TimedOut),
    ],
)
async def test_a_fault_meets_one_chat_and_goes(
    telegram: Control, bot: Bot, amina: User, fault: faults.Fault, error: type[Exception]
) -> None:
    """An accepted call arrives although the bot is told that it failed."""
    bilal = await telegram.user(8, "Bilal")
    await telegram.fault(fault, "sendMessage", amina.id)
    await bot.send_message(bilal.id, "pour Bilal")
    with pytest.raises(error):
        await bot.send_message(amina.id, "perdu ?", read_timeout=0.2)
    assert len(await amina.heard()) == int(fault.accepted)
    assert len(await bilal.heard()) == 1
    await bot.send_message(amina.id, "encore")
    _, disturbed, last = await telegram.calls("sendMessage")
    assert (disturbed.accepted, last.accepted) == (fault.accepted, True)
    assert last.ended is not None
    assert disturbed.started <= last.started <= last.ended


@pytest.mark.parametrize(
    ("call", "problem"),
    [
        ({"text": "x" * 4097}, "message is too long"),
        ({"text": "🙂" * 2049}, "message is too long"),
        ({"text": " "}, "message text is empty"),
        ({"text": "<b>x", "parse_mode": "HTML"}, "can't parse entities: Can't find end tag"),
        ({"text": "<h1>x</h1>", "parse_mode": "HTML"}, 'Unsupported start tag "h1"'),
        ({"text": "<b><i>x</b></i>", "parse_mode": "HTML"}, "Unmatched end tag"),
        ({"text": "x", "api_kwargs": {"colour": "red"}}, "unknown parameter colour"),
        ({"text": "x", "api_kwargs": {"message_thread_id": "abc"}}, "message_thread_id"),
        ({"text": "x", "callback": "é" * 33}, "BUTTON_DATA_INVALID"),
        ({"text": "x", "url": "tel:119", "callback": "a"}, "a button does one thing"),
        ({"text": "x", "url": "javascript:alert(1)"}, "URL 'javascript:alert(1)' is invalid"),
    ],
)
async def test_bad_calls_are_refused_and_recorded(
    telegram: Control, bot: Bot, amina: User, call: dict[str, str], problem: str
) -> None:
    button = {"url": call.pop("url", None), "callback_data": call.pop("callback", None)}
    if any(button.values()):
        markup = {"inline_keyboard": [[{"text": "ok"} | {k: v for k, v in button.items() if v}]]}
        call["api_kwargs"] = {"reply_markup": markup}  # type: ignore[assignment]
    with pytest.raises(BadRequest) as refused:
        await bot.send_message(amina.id, **call)  # type: ignore[arg-type]
    assert problem.lower() in refused.value.message.lower()  # PTB changes the case
    (error,) = await telegram.errors(forget=True)
    assert error["method"] == "sendMessage"
    assert problem in error["problem"]
    assert await telegram.errors() == []


async def test_4096_units_count_after_the_markup(bot: Bot, amina: User) -> None:
    await bot.send_message(amina.id, f"<b>{'🙂' * 2048}</b>", parse_mode="HTML")
    assert len((await amina.hears())[0].text) == 2048


async def test_missing_parameters_and_unknown_methods(telegram: Control) -> None:
    async with httpx.AsyncClient(base_url=f"{telegram.base_url}{telegram.token}/") as http:
        assert (await http.post("sendMessage", json={"text": "x"})).status_code == 400
        assert (await http.post("sendDice", json={"chat_id": 7})).status_code == 404
        assert (await http.get("GETME")).json()["result"]["is_bot"] is True
    first, second = await telegram.errors(forget=True)
    assert "chat_id: Field required" in first["problem"]
    assert second["problem"] == "not offered by the stand-in"


async def test_a_wrong_token_is_refused(telegram: Control) -> None:
    with pytest.raises(InvalidToken):
        async with new_bot(telegram, "123456:another"):
            pass


async def test_blocking_closes_the_chat_and_says_so(bot: Bot, amina: User) -> None:
    await amina.blocks()
    with pytest.raises(Forbidden, match="blocked by the user"):
        await bot.send_message(amina.id, "tu es là ?")
    (update,) = await bot.get_updates()
    assert update.my_chat_member is not None
    assert update.my_chat_member.new_chat_member.status == "kicked"
    await amina.unblocks()
    await bot.send_message(amina.id, "re")
    assert [message.text for message in await amina.hears()] == ["re"]


async def test_files_travel_both_ways(telegram: Control, bot: Bot, amina: User) -> None:
    await amina.sends_document("lettre.pdf", b"%PDF")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.document is not None
    file = await update.message.document.get_file()
    assert bytes(await file.download_as_bytearray()) == b"%PDF"

    await bot.send_document(7, b"\x00\xff", filename="mes-donnees.zip", caption="Voilà")
    await bot.send_photo(7, b"image")
    document, photo = await amina.hears(2)
    assert (document.text, document.file_name) == ("Voilà", "mes-donnees.zip")
    assert await telegram.file(document.file_id or "") == b"\x00\xff"
    assert await telegram.file(photo.file_id or "") == b"image"


async def test_every_kind_of_message_reaches_the_bot(bot: Bot, amina: User) -> None:
    for act in (amina.sends_photo, amina.sends_voice, amina.sends_sticker, amina.sends_location):
        await act()
    await amina.sends_contact("+33612345678", user_id=None)
    await amina.sends({"dice": {"emoji": "🎲", "value": 3}})
    await amina.adds_bot(-100)
    await amina.says("bonjour", group=-100)
    await amina.forges_press("old", message_id=3)
    updates = await bot.get_updates()
    kinds = [update.message.effective_attachment for update in updates[:6] if update.message]
    assert all(kinds)
    assert updates[7].effective_chat is not None
    assert updates[7].effective_chat.type == "supergroup"
    query = updates[8].callback_query
    assert query is not None
    assert query.message is not None
    assert not query.message.is_accessible
    await bot.leave_chat(-100)
    with pytest.raises(Forbidden):
        await bot.send_message(-100, "encore là ?")


async def test_limits_are_enforced_on_demand(telegram: Control, bot: Bot, amina: User) -> None:
    await bot.send_message(amina.id, "un")
    await telegram.enforce_limits()
    await bot.send_message(amina.id, "deux")
    with pytest.raises(RetryAfter):
        await bot.send_message(amina.id, "trois")
    people = [await telegram.user(100 + i) for i in range(120)]  # many: on a busy machine they take their time
    sent = [bot.send_message(person.id, "quatre") for person in people]
    answers = await asyncio.gather(*sent, return_exceptions=True)
    refused = sum(isinstance(answer, RetryAfter) for answer in answers)
    assert 1 <= refused <= len(people) - 29


async def test_the_webhook_is_tried_again_until_it_answers(telegram: Control, bot: Bot, amina: User) -> None:
    statuses = [500, 503, 200, 200]
    received: list[tuple[str | None, str]] = []

    async def take(request: web.Request) -> web.Response:
        secret = request.headers.get("X-Telegram-Bot-Api-Secret-Token")
        received.append((secret, json.loads(await request.text())["message"]["text"]))
        return web.Response(status=statuses[len(received) - 1])

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="s3cret")
        with pytest.raises(Conflict, match="webhook is active"):
            await bot.get_updates()
        await amina.says("un")
        await amina.says("deux")
        await telegram.wait_until_confirmed()
        status = await bot.get_webhook_info()
        await bot.delete_webhook()
    finally:
        await runner.cleanup()
    assert received == [("s3cret", text) for text in ("un", "un", "un", "deux")]
    assert status.last_error_message == "Wrong response from the webhook: 503 Service Unavailable"
    assert await bot.get_updates() == ()


async def test_the_bots_profile(telegram: Control, bot: Bot) -> None:
    await bot.set_my_commands([("aide", "Que peut faire ce bot ?")], language_code="fr")
    await bot.set_my_description("Une description")
    assert [command.command for command in await bot.get_my_commands(language_code="fr")] == ["aide"]
    assert (await bot.get_my_description()).description == "Une description"
    with pytest.raises(BadRequest, match="Bot_command_invalid"):
        await bot.set_my_commands([("Aide", "Majuscule")])
    await telegram.errors(forget=True)


async def test_a_strange_text_survives_the_trip(bot: Bot, telegram: Control) -> None:
    chloe = await telegram.user(2**52 - 1, "C" * 256, language_code="pt-br")
    await chloe.says("a\x00\u202e\u2028🙂 <b>")
    (update,) = await bot.get_updates()
    assert update.message is not None
    assert update.message.text == "a\x00\u202e\u2028🙂 <b>"
    assert (await bot.get_chat(chloe.id)).first_name == "C" * 256
