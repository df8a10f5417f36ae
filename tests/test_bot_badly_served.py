"""Telegram sends what makes no sense or answers badly: nobody is blocked, nobody gets a third copy."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.processes import BotProcess, connected, newcomer, serving_bot, texts
from tests.stand_in.client import Control, User
from tests.stand_in.faults import Fault, bad_request, broken, dropped, empty_answer, flood, html_page, slow

pytestmark = pytest.mark.slow

QUESTION, ANSWER = "c'est quoi le cej ?", "Le contrat d'engagement jeune (CEJ)"


@pytest.fixture(scope="module")
def bot(telegram_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    with serving_bot(telegram_address, tmp_path_factory.mktemp("bot")) as bot:
        yield bot


@pytest.fixture
async def telegram(bot: BotProcess, telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram
        await telegram.clear_faults()


def raw(extra: str) -> Callable[[User, int], str]:
    """An update as text, whose message also holds `extra`."""

    def update(person: User, number: int) -> str:
        sender = f'{{"id": {person.id}, "is_bot": false, "first_name": "A"}}'
        chat = f'{{"id": {person.id}, "type": "private"}}'
        return (
            f'{{"update_id": {number}, "message": {{"message_id": 1, "date": 1795000000, "from": {sender}, '
            f'"chat": {chat}, "text": "salut", {extra}}}}}'
        )

    return update


NONSENSE: dict[str, Callable[[User, int], str]] = {
    "unknown fields": raw('"mood": {"colour": ["blue"]}'),
    "no event at all": lambda _, number: f'{{"update_id": {number}}}',
    "an unknown event": lambda _, number: f'{{"update_id": {number}, "telepathy": {{"thought": 1}}}}',
    "message is null": lambda _, number: f'{{"update_id": {number}, "message": null}}',
    "message is a list": lambda _, number: f'{{"update_id": {number}, "message": []}}',
    "message is empty": lambda _, number: f'{{"update_id": {number}, "message": {{}}}}',
    "press without a sender": lambda _, number: f'{{"update_id": {number}, "callback_query": {{"id": "1"}}}}',
    "lists nested 1,000 deep": raw(f'"mood": {"[" * 1000}{"]" * 1000}'),
    "objects nested 1,000 deep": raw('"mood": ' + '{"a":' * 1000 + "1" + "}" * 1000),
    "a number of 5,000 digits": raw(f'"mood": {"9" * 5000}'),
    "numbers as strings": raw('"message_id": "1", "date": "1795000000", "chat": {"id": "7", "type": "private"}'),
    "a text that is a number": raw('"text": 12'),
    "duplicate keys": raw('"text": "salut", "text": "bonjour", "chat": {}, "chat": {"id": 1, "type": "private"}'),
    "date 0": raw('"date": 0'),
    "date 2^40": raw(f'"date": {2**40}'),
    "a sender without a name": raw('"from": {"id": 1, "is_bot": false}'),
    "entities beyond the text": raw('"entities": [{"type": "bot_command", "offset": 9, "length": 99}]'),
}


@pytest.mark.parametrize("nonsense", NONSENSE.values(), ids=NONSENSE)
async def test_an_update_that_makes_no_sense_blocks_nobody(
    bot: BotProcess, telegram: Control, nonsense: Callable[[User, int], str]
) -> None:
    denis, amina = await newcomer(telegram, "Denis"), await newcomer(telegram, "Amina")
    first = await amina.says("/menu")
    await telegram.inject(nonsense(denis, first["update_id"] + 1))
    await amina.says(QUESTION)
    heard = await amina.hears(2)
    assert [message.text.splitlines()[0] for message in heard] == ["De quoi veux-tu parler ?", ANSWER]
    await telegram.wait_until_confirmed()
    assert bot.running


NO_RESULT = '{"ok": false}'


# What Telegram does to the first call, and how many copies the person may end up with.
DISTURBANCES: dict[str, tuple[list[Fault], set[int]]] = {
    "429": ([flood(1)], {1}),
    "429, then dropped": ([flood(1), dropped(accepted=False)], {1}),
    "502": ([broken(502)], {1}),
    "502 but accepted": ([broken(502, accepted=True)], {2}),
    "500 twice": ([broken(500), broken(500)], {0}),  # both may have arrived: a third copy is worse than none
    "web page": ([html_page()], {1}),
    "web page with 200": ([html_page(200)], {1}),
    "empty": ([empty_answer()], {1}),
    "empty but accepted": ([empty_answer(accepted=True)], {2}),
    "no result": ([Fault(status=200, body=NO_RESULT)], {1}),
    "no result but accepted": ([Fault(status=200, body=NO_RESULT, accepted=True)], {2}),
    "dropped before": ([dropped(accepted=False)], {1}),
    "dropped after": ([dropped(accepted=True)], {2}),
    "dropped after, twice": ([dropped(accepted=True), dropped(accepted=True)], {2}),
    "accepted, then silent": ([slow(7, accepted=True)], {1, 2}),
    "chat not found": ([bad_request("chat not found")], {0}),
}


async def test_whatever_telegram_answers_people_get_at_least_one_copy_and_at_most_two(telegram: Control) -> None:
    """All at once: one disturbed chat must not delay another either."""
    people = {name: await newcomer(telegram) for name in DISTURBANCES}
    for name, (faults, _) in DISTURBANCES.items():
        for fault in faults:
            await telegram.fault(fault, "sendMessage", people[name].id)
    await asyncio.gather(*(person.says(QUESTION) for person in people.values()))
    await telegram.wait_until_confirmed(within=30)
    heard = {name: await texts(person) for name, person in people.items()}
    assert {text[: len(ANSWER)] for texts in heard.values() for text in texts} == {ANSWER}
    assert {name: len(texts) for name, texts in heard.items() if len(texts) not in DISTURBANCES[name][1]} == {}


async def test_an_answer_whose_markup_telegram_refuses_is_sent_as_plain_text(telegram: Control) -> None:
    amina = await newcomer(telegram)
    await telegram.fault(bad_request("can't parse entities: Unexpected end tag"), "sendMessage", amina.id)
    await amina.says(QUESTION)
    (heard,) = await amina.hears()
    assert heard.parse_mode is None
    assert heard.text.startswith(f"{ANSWER}\n\nC'est quoi ?\n")
    assert "<" not in heard.text
    assert heard.labels


@pytest.mark.parametrize(
    "fault", [broken(502), html_page(200), empty_answer(), Fault(status=200, body=NO_RESULT), dropped(accepted=False)]
)
async def test_a_failed_poll_is_tried_again(bot: BotProcess, telegram: Control, fault: Fault) -> None:
    amina = await newcomer(telegram)
    await telegram.fault(fault, "getUpdates")
    await amina.says("/menu")  # ends the poll that is going on; the next one fails
    await amina.says(QUESTION)
    await amina.hears(2)
    await telegram.wait_until_confirmed()
    assert bot.running
