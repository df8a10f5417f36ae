"""kill -9 at each step of joining and of erasing: a change and its words are there whole or not at all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest

from bot.vault import Vault, open_vault
from tests.joined import join, rows_in, traces_in
from tests.processes import BotProcess, bot_process, connected, empty, newcomer, wait_until
from tests.stand_in.client import Control, User, wait_for
from tests.sweep import NAME, PHONE

pytestmark = pytest.mark.slow

Act = Callable[[User], Awaitable[object]]


def says(text: str) -> Act:
    return lambda person: person.says(text)


def presses(label: str) -> Act:
    return lambda person: person.presses(label)


# What somebody does that changes what is kept, and how the answer to it begins.
STEPS: list[tuple[Act, str]] = [
    (presses("Oui, je veux bien"), "Question 1 sur 6"),
    (says("mars 2026"), "Noté : mars 2026."),
    (says("le 62"), "Noté : Pas-de-Calais (62)."),
    (says("62000"), "Noté : 62000."),
    (presses("Oui, je veux bien"), "Question 4 sur 6"),
    (says(NAME), f"Noté : {NAME}."),
    (says(PHONE), "Noté : +33639987731."),
    (presses("⬜ m'envoyer un SMS"), "Question 6 sur 6"),
    (presses("C'est bon"), "Merci, c'est noté."),
]
UNTIL_THE_TEXT = [says("c'est quoi le cej"), presses("Écris-moi dans 6 mois"), presses("18 à 20 ans"),
                  presses("C'est terminé")]  # fmt: skip


@pytest.fixture
def bot(telegram_address: str, tmp_path: Path, database_url: str) -> Iterator[BotProcess]:
    empty(telegram_address)
    with bot_process(telegram_address, tmp_path, DATABASE_URL=database_url) as process:
        yield process


@pytest.fixture
async def telegram(telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


async def answered(person: User, act: Act) -> str:
    await act(person)
    return (await person.hears(within=20))[-1].text


@pytest.fixture
async def kept(bot: BotProcess) -> AsyncIterator[Vault]:
    """What the bot keeps, opened beside it."""
    vault = await open_vault(bot.settings["DATABASE_URL"], bot.var_dir / "keys.json")
    yield vault
    await vault.database.close()


def restart(bot: BotProcess, fault: str) -> None:
    """Wait for the death that was ordered, and start again with another."""
    wait_until(lambda: not bot.running, within=20)
    bot.settings["FAULT"] = fault
    bot.start()


BEFORE, AFTER = "change.before_commit", "change.after_commit"


async def test_killed_at_each_step_of_joining_nothing_is_half_done_and_every_question_is_asked_once(
    bot: BotProcess, telegram: Control, kept: Vault
) -> None:
    """Killed before the commit, the update comes again; after it, the next process says what was left unsaid.

    The two alternate from step to step, the other way round on the other database.
    """
    amina = await newcomer(telegram)
    faults = [BEFORE, AFTER] if bot.settings["DATABASE_URL"].startswith("sqlite") else [AFTER, BEFORE]
    bot.settings["FAULT"] = f"{faults[0]}:kill"
    bot.start()
    for act in UNTIL_THE_TEXT:
        await answered(amina, act)
    for number, (act, beginning) in enumerate(STEPS):
        await act(amina)
        again = faults[number % 2] == BEFORE  # the change made again passes the next fault once
        restart(bot, f"{faults[(number + 1) % 2]}:kill@{2 if again else 1}")
        [heard] = await amina.hears(within=40)
        assert heard.text.startswith(beginning)
    rows = await wait_for(lambda: rows_in(kept), lambda rows: "outgoing" not in rows)
    assert rows == {"person": 1, "consent_event": 2, "planned": 3}


@pytest.mark.parametrize(
    ("fault", "copies"),
    [("erase.before_commit", 1), ("change.before_commit", 1), ("change.after_commit", 1), ("reply.before_erase", 2)],
)
async def test_killed_while_erasing_everything_is_gone_or_nothing(
    bot: BotProcess, telegram: Control, kept: Vault, fault: str, copies: int
) -> None:
    amina = await newcomer(telegram)
    await join(kept, amina.id)
    before = await rows_in(kept) | {"planned": 3}  # her calendar is made with the first thing she does
    bot.start()
    await answered(amina, says("/oublier"))
    assert bot.stop() == 0
    restart(bot, f"{fault}:kill")
    await amina.presses("Oui, tout effacer")
    wait_until(lambda: not bot.running, within=20)
    assert await rows_in(kept) in (before, {"erasure": 1, "outgoing": 1})
    restart(bot, "")
    said = [heard.text for heard in await amina.hears(within=40) if "C'est fait : j'ai tout effacé." in heard.text]
    assert len(said) == copies, "two at most, and only after an accident between saying and noting it"
    assert len(set(said)) == 1
    await wait_for(lambda: rows_in(kept), lambda rows: rows == {"erasure": 1})
    wait_until((bot.var_dir / "erasures.jsonl").exists)
    assert await traces_in(kept, amina.id) == {}
