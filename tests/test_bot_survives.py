"""The bot is killed, stopped, told things twice and made to wait: everybody is answered all the same, once."""

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.processes import BotProcess, connected, message, newcomer, serving_bot, texts
from tests.stand_in.client import Control, User, wait_for
from tests.stand_in.faults import Fault, slow
from tests.sweep import WORDS

pytestmark = pytest.mark.slow

QUESTION, ANSWER = f"c'est quoi le cej {WORDS} ?", "Le contrat d'engagement jeune (CEJ)"


@pytest.fixture(scope="module")
def process(telegram_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    with serving_bot(telegram_address, tmp_path_factory.mktemp("bot")) as bot:
        yield bot


@pytest.fixture
def bot(process: BotProcess) -> BotProcess:
    """A running bot, whatever the test before did to it."""
    if not process.running:
        process.start()
    return process


@pytest.fixture
async def telegram(bot: BotProcess, telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram
        await telegram.clear_faults()


async def being_answered(telegram: Control, person: User) -> None:
    """Wait until the bot is in the middle of sending something to a person."""
    await wait_for(
        lambda: telegram.calls("sendMessage"),
        lambda calls: any(call.chat_id == person.id and call.ended is None for call in calls),
    )


async def test_killed_while_answering_the_second_of_four_the_bot_answers_all_four_after_the_restart(
    bot: BotProcess, telegram: Control
) -> None:
    """Others are answered and the bot has polled again: that must not have confirmed what is still being answered."""
    people = [await newcomer(telegram) for _ in range(4)]
    await telegram.fault(slow(60), "sendMessage", people[1].id)
    for person in people:
        await person.says(QUESTION)
    await people[1].says("/menu")  # waits its turn
    await being_answered(telegram, people[1])
    polls = await telegram.calls("getUpdates")
    await telegram.wait_for_calls("getUpdates", len(polls) + 3)
    bot.kill()
    bot.start()
    for person in people:
        answers = await person.hears(within=15)
        assert answers[0].text.startswith(ANSWER)
    await telegram.wait_until_confirmed()
    assert (await texts(people[1]))[-1] == "De quoi veux-tu parler ?"
    assert max([(await texts(person)).count(answers[0].text) for person in people]) <= 2


async def test_asked_to_stop_the_bot_finishes_its_answer_confirms_it_and_does_not_repeat_it(
    bot: BotProcess, telegram: Control
) -> None:
    amina = await newcomer(telegram)
    await telegram.fault(slow(2), "sendMessage", amina.id)
    await amina.says(QUESTION)
    await being_answered(telegram, amina)
    assert bot.stop() == 0
    assert len(await texts(amina)) == 1
    assert await telegram.pending() == []

    bot.start()
    await amina.says("/menu")
    await wait_for(amina.heard, lambda heard: heard[-1].text == "De quoi veux-tu parler ?")
    assert len(await texts(amina)) == 2


async def test_an_update_repeated_five_times_is_answered_once_even_by_another_process(
    bot: BotProcess, telegram: Control
) -> None:
    amina = await newcomer(telegram)
    update = await amina.says(QUESTION)
    for _ in range(3):
        await telegram.inject(update)
    await amina.hears()
    await telegram.wait_until_confirmed()
    bot.kill()
    await telegram.inject(update)
    bot.start()
    await telegram.wait_until_confirmed()
    assert len(await texts(amina)) == 1


async def test_numbers_that_start_again_lower_after_a_quiet_week_are_served(telegram: Control) -> None:
    amina = await newcomer(telegram)
    await amina.says(QUESTION)
    await amina.hears()
    await telegram.wait_until_confirmed()
    await telegram.inject({"update_id": 12} | message(amina))
    assert (await amina.hears())[0].text.startswith(ANSWER)
    await telegram.wait_until_confirmed()


async def test_a_slow_chat_makes_nobody_else_wait(telegram: Control) -> None:
    slow_one, *others = [await newcomer(telegram) for _ in range(11)]
    await telegram.fault(slow(4), "sendMessage", slow_one.id)
    await slow_one.says(QUESTION)
    await being_answered(telegram, slow_one)
    for person in others:
        await person.says(QUESTION)
    for person in others:
        await person.hears(within=3)
    assert await texts(slow_one) == []
    await slow_one.hears()


async def test_one_persons_messages_are_answered_in_order_even_when_the_first_is_slow(telegram: Control) -> None:
    amina = await newcomer(telegram)
    await telegram.fault(slow(1), "sendMessage", amina.id)
    asked = ["/menu", "c'est quoi le cej ?", "/langue", "c'est quoi le rsa ?", "/urgence"]
    for text in asked:
        await amina.says(text)
    await wait_for(amina.heard, lambda heard: len(heard) == len(asked))
    assert [text.splitlines()[0][:30] for text in await texts(amina)] == [
        "De quoi veux-tu parler ?",
        "Le contrat d'engagement jeune ",
        "Choisis ta langue. Tu peux aus",
        "Le RSA et la prime d'activité",
        "Appelle ou écris tout de suite",
    ]


async def test_another_bot_with_the_same_token_is_named_in_one_line_and_the_bot_goes_on_later(
    bot: BotProcess, telegram: Control
) -> None:
    """The pause is half a minute: a quarrel for updates would serve nobody."""
    amina = await newcomer(telegram)
    await telegram.fault(
        Fault(status=409, description="Conflict: terminated by other getUpdates request"), "getUpdates"
    )
    await amina.says("/menu")
    await amina.says(QUESTION)
    await amina.hears(2, within=45)
    lines = [event for event in bot.events if event["event"] == "another_bot_polls"]
    assert [line["hint"] for line in lines] == ["the same token runs elsewhere, or a webhook is set; waiting"]
