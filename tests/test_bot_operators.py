"""What operators and editors may get wrong: a clear line, and young people are answered as long as it is possible."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes import CARE, ROOT, BotProcess, bot_process, connected, newcomer, serving_bot, wait_until
from tests.stand_in.client import Control
from tests.stand_in.faults import Fault

pytestmark = pytest.mark.slow

NOBODY_LISTENS = "http://127.0.0.1:9"
CEJ = "Le contrat d'engagement jeune (CEJ)"


@pytest.fixture(scope="module")
def bot(telegram_address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BotProcess]:
    """A bot whose database file is not one, and whose content may be edited."""
    folder = tmp_path_factory.mktemp("bot")
    shutil.copytree(ROOT / "content", folder / "content")
    (folder / "var").mkdir()
    (folder / "var" / "relais.db").write_bytes(b"no database" * 1000)
    with serving_bot(telegram_address, folder, CONTENT_DIR=str(folder / "content")) as bot:
        yield bot


@pytest.fixture
async def telegram(bot: BotProcess, telegram_address: str) -> AsyncIterator[Control]:
    async with connected(telegram_address) as telegram:
        yield telegram


def ends_with(telegram_url: str, folder: Path, **settings: str) -> tuple[int, list[str]]:
    """Return the exit code and what the operator reads, but for the line that says there is no NLU."""
    with bot_process(telegram_url, folder, **settings) as bot:
        bot.launch()
        return bot.exit_code(), [line for line in bot.stderr.splitlines() if not line.startswith("NLU:")]


def test_a_token_that_telegram_does_not_know_ends_the_bot_with_one_line(telegram_address: str, tmp_path: Path) -> None:
    assert ends_with(telegram_address, tmp_path, TELEGRAM_BOT_TOKEN="123456:another-token-that-nobody-knows") == (
        1,
        ["relais: Telegram does not know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather"],
    )


def test_what_is_no_token_at_all_is_named_and_not_shown(telegram_address: str, tmp_path: Path) -> None:
    code, lines = ends_with(telegram_address, tmp_path, TELEGRAM_BOT_TOKEN="bot:oops-this-is-not-a-token")
    assert (code, len(lines)) == (1, 1)
    assert lines[0].startswith("relais: wrong setting, in the environment or .env: TELEGRAM_BOT_TOKEN: ")


def test_without_a_token_the_bot_says_how_to_get_one(telegram_address: str, tmp_path: Path) -> None:
    code, lines = ends_with(telegram_address, tmp_path, TELEGRAM_BOT_TOKEN="")
    assert code == 1
    assert lines[0].startswith("relais: TELEGRAM_BOT_TOKEN is not set. To put it on Telegram: write to @BotFather")


def test_without_a_network_the_bot_ends_with_one_line(tmp_path: Path) -> None:
    assert ends_with(NOBODY_LISTENS, tmp_path) == (1, ["relais: 127.0.0.1 cannot be reached: is the network up?"])


async def test_without_a_database_danger_and_questions_are_answered(bot: BotProcess, telegram: Control) -> None:
    assert "database_unavailable" in bot.errors
    amina = await newcomer(telegram)
    await amina.says("je vais me tuer")
    await amina.says("c'est quoi le cej ?")
    numbers, answer = await amina.hears(2)
    assert numbers.text.startswith(CARE)
    assert answer.text.startswith(CEJ)
    await telegram.wait_until_confirmed()


async def test_broken_content_is_named_and_the_last_good_answer_serves_until_it_is_mended(
    bot: BotProcess, telegram: Control
) -> None:
    page = Path(bot.settings["CONTENT_DIR"]) / "faq" / "cej" / "fr.md"
    title = "## C'est quoi ?\n"
    before, _, after = page.read_text(encoding="utf-8").partition(title)
    amina = await newcomer(telegram)

    page.write_text(f"{before}{title}Tu reçois {{montant:zorglub}}.\n\n{after}", encoding="utf-8")
    wait_until(lambda: "content_refused" in bot.errors, within=15)
    [problem] = [event["problem"] for event in bot.events if event["event"] == "content_refused"]
    assert problem.startswith(f"{page}:{before.count(chr(10)) + 2}: ")
    await amina.says("c'est quoi le cej ?")
    (answer,) = await amina.hears()
    assert answer.text.startswith(CEJ)
    assert "Tu reçois" not in answer.text

    page.write_text(f"{before}{title}Une phrase ajoutée ce matin.\n\n{after}", encoding="utf-8")
    wait_until(lambda: any(event["event"] == "content_loaded" for event in bot.events), within=15)
    await amina.says("c'est quoi le cej ?")
    (answer,) = await amina.hears()
    assert answer.text.startswith(f"{CEJ}\n\nC'est quoi ?\nUne phrase ajoutée ce matin.\n")


async def test_a_database_that_another_program_locks_delays_nobody(
    bot: BotProcess, telegram: Control, tmp_path: Path
) -> None:
    """Repairing the file and starting again is all there is to do; then a lock comes."""
    assert bot.stop() == 0
    (bot.var_dir / "relais.db").unlink()
    bot.start()
    complaints = bot.errors.count("database_unavailable")
    with closing(sqlite3.connect(bot.var_dir / "relais.db", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        people = [await newcomer(telegram) for _ in range(3)]
        for person in people:
            await person.says("je vais me tuer")
        for person in people:
            assert (await person.hears(within=2))[0].text.startswith(CARE)
        await telegram.wait_until_confirmed(within=30)  # numbers are written in turn with what the clock writes
        other.execute("ROLLBACK")
    assert bot.errors.count("database_unavailable") > complaints
    await people[0].says("c'est quoi le cej ?")
    assert (await people[0].hears())[0].text.startswith(CEJ)
    await telegram.wait_until_confirmed()
    with closing(sqlite3.connect(bot.var_dir / "relais.db")) as database:
        assert database.execute("SELECT count(*) FROM handled_update").fetchone() == (1,)


async def test_a_token_revoked_while_the_bot_runs_ends_it_with_one_line(bot: BotProcess, telegram: Control) -> None:
    before = bot.stderr
    await telegram.fault(Fault(status=401, description="Unauthorized"), times=None)
    await (await newcomer(telegram)).says("/menu")  # ends the poll that is going on
    assert bot.exit_code() == 1
    await telegram.clear_faults()
    assert bot.stderr.removeprefix(before).splitlines()[-1] == (
        "relais: Telegram does not know this TELEGRAM_BOT_TOKEN: copy it again from @BotFather"
    )


def test_a_second_bot_on_the_same_sqlite_file_is_refused_until_the_first_is_gone(
    telegram_address: str, tmp_path: Path
) -> None:
    (tmp_path / "second").mkdir()
    with serving_bot(telegram_address, tmp_path) as first:
        code, [line] = ends_with(telegram_address, tmp_path / "second", VAR_DIR=str(first.var_dir))
        assert code == 1
        assert line.startswith(
            f"relais: another bot already works on {first.var_dir / 'relais.db'}: on SQLite only one"
        )
        first.kill()
        with bot_process(telegram_address, tmp_path / "second", VAR_DIR=str(first.var_dir)) as second:
            second.start()
