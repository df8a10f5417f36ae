"""What operators type: give someone their data, erase them, look at everything, and see nobody's values on the way."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot import clock, db, held, keys, ledger, people, purging, rasa_server
from bot.commands import checks, checks_kept
from bot.commands.checks import Check, State
from bot.commands.db import NAMED
from bot.models import HandledUpdate, KeyCheck, Person, Planned, PlannedState
from bot.settings import Settings
from bot.vault import Transaction, Vault
from tests import sweep
from tests.command_line import relais
from tests.conftest import AMINA, BILAL, ROOT
from tests.joined import TODAY, join, rows_in
from tests.test_keys import checksums
from tests.test_rotation import settings_of

RECEIPT = re.compile(r"Erased\. Receipt: ([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})\n")
NOBODY_LISTENS = "http://127.0.0.1:9"
CANARY = "CANARY4711canary"


@dataclass
class Kept:
    """Two people, and the installation that keeps them."""

    vault: Vault
    settings: dict[str, str]
    amina: str  # her reference
    exported: dict[str, Any]

    @property
    def folder(self) -> Path:
        return self.vault.keys_file.parent


@pytest.fixture
async def kept(vault: Vault) -> Kept:
    """Amina and Bilal answered everything."""
    amina, _ = await join(vault, AMINA), await join(vault, BILAL)

    async def look(tx: Transaction) -> dict[str, Any]:
        person = await people.find(tx, AMINA)
        assert person is not None
        return held.as_json(await held.everything(tx, person))

    return Kept(vault, settings_of(vault), amina, await vault.read(look, now=TODAY))


def shows_nobody(text: str) -> bool:
    return not sweep.marks(text.encode())


async def who_is_left(vault: Vault) -> set[int]:
    async def look(tx: Transaction) -> set[int]:
        return {people.chat_of(tx, person) for person in await tx.session.scalars(select(Person))}

    return await vault.read(look, now=TODAY)


@pytest.mark.slow
async def test_export_gives_the_file_of_mesdonnees_and_changes_nothing(kept: Kept) -> None:
    before = await checksums(kept.settings["DATABASE_URL"])
    done = relais("export", kept.amina, **kept.settings)
    assert (done.returncode, done.stderr) == (0, "")
    given = json.loads(done.stdout)
    assert given == kept.exported
    assert (given["name"], given["home"], len(given["consents"])) == (sweep.NAME, "62000 Arras", 2)
    assert await checksums(kept.settings["DATABASE_URL"]) == before
    assert not (kept.folder / "erasures.jsonl").exists()


@pytest.mark.slow
@pytest.mark.parametrize("reference", ["00000000-0000-4000-8000-000000000000", "4711", "%", ""])
async def test_export_of_nobody_is_one_line(kept: Kept, reference: str) -> None:
    done = relais("export", reference, **kept.settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "relais: nobody has this reference: erased, mistyped, or another installation\n"


@pytest.mark.slow
async def test_forget_asks_twice_and_leaves_no_trace_but_the_receipt(kept: Kept) -> None:
    done = relais("forget", kept.amina, typed=f"{kept.amina[:8]}\n« effacer »\n", **kept.settings)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("To be erased: joined on 2026-11-22, last contact on 2026-11-22, active.\n")
    assert done.stderr.count("Type ") == 2
    assert shows_nobody(done.stdout + done.stderr)
    found = RECEIPT.fullmatch(done.stdout)
    assert found is not None
    assert await who_is_left(kept.vault) == {BILAL}
    assert await rows_in(kept.vault) == {"person": 1, "consent_event": 2, "erasure": 1}
    [entry] = ledger.read(kept.folder / "erasures.jsonl")
    assert (entry.receipt, entry.scope) == (found[1], "erased")
    for file in kept.folder.glob("relais.db*"):
        assert kept.amina.encode() not in file.read_bytes(), file

    again = relais("forget", kept.amina, **kept.settings)
    assert (again.returncode, again.stdout) == (0, "")
    assert again.stderr == "Nobody has this reference: there is nothing to erase.\n"
    assert len(ledger.read(kept.folder / "erasures.jsonl")) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("00000000\neffacer\n", "relais: that is another reference: nothing was erased\n"),
        ("{reference}\noui\n", "relais: nothing was erased\n"),
        ("{reference}\n", "relais: nothing was erased\n"),
        ("", "relais: nothing was erased\n"),
    ],
    ids=["another reference", "another word", "half-way", "nothing typed"],
)
async def test_forget_erases_nobody_unless_both_answers_are_right(kept: Kept, typed: str, said: str) -> None:
    before = await checksums(kept.settings["DATABASE_URL"])
    done = relais("forget", kept.amina, typed=typed.format(reference=kept.amina[:8]), **kept.settings)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.endswith(said)
    assert await checksums(kept.settings["DATABASE_URL"]) == before


@pytest.mark.slow
async def test_forget_with_yes_is_for_scripts_and_a_ledger_that_cannot_be_written_is_told(kept: Kept) -> None:
    done = relais("forget", kept.amina, "--yes", **kept.settings, LEDGER_FILE="/proc/nowhere/erasures.jsonl")
    assert done.returncode == 1
    assert RECEIPT.fullmatch(done.stdout)
    assert "Type " not in done.stderr
    assert "it is erased, but /proc/nowhere/erasures.jsonl cannot be written" in done.stderr
    assert await who_is_left(kept.vault) == {BILAL}


@pytest.mark.slow
@pytest.mark.parametrize("command", [("export", "x"), ("forget", "x"), ("purge",)], ids=lambda command: command[0])
def test_where_there_is_no_database_nothing_is_made(command: tuple[str, ...], tmp_path: Path) -> None:
    done = relais(*command, VAR_DIR=tmp_path / "var", DATABASE_URL="")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "relais: there is no database yet: the bot makes it at its first run\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.parametrize("command", [("export", "x"), ("forget", "x"), ("purge",)], ids=lambda command: command[0])
def test_a_database_that_is_down_is_one_line_without_its_password(command: tuple[str, ...], tmp_path: Path) -> None:
    down = f"postgresql://relais:{CANARY}@127.0.0.1:9/relais"
    done = relais(*command, VAR_DIR=tmp_path, DATABASE_URL=down)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "relais: the database cannot be used (OperationalError)\n"


def told(*arguments: str, **settings: str | Path) -> dict[str, tuple[str, str]]:
    """Run the doctor and return what it says of each thing."""
    done = relais("doctor", "--json", *arguments, **settings)
    assert done.stderr == ""
    found = {check["name"]: (check["state"], check["told"]) for check in json.loads(done.stdout)}
    assert done.returncode == any(state == "problem" for state, _ in found.values())
    return found


@pytest.mark.slow
def test_the_doctor_looks_at_a_fresh_installation_and_makes_nothing(tmp_path: Path) -> None:
    settings = {"VAR_DIR": str(tmp_path / "var"), "TELEGRAM_API_URL": NOBODY_LISTENS, "NLU_DIR": str(tmp_path / "nlu")}
    done = relais("doctor", **settings)
    assert (done.returncode, done.stderr) == (0, "")
    lines = [re.split(r"  +", line.strip()) for line in done.stdout.splitlines()]
    assert [(mark, name) for mark, name, _ in lines] == [
        ("!", "settings"),
        ("!", "folder"),
        ("✓", "disk"),
        ("!", "database"),
        ("!", "keys"),
        ("!", "backup"),
        ("✓", "content"),
        ("✓", "places"),
        ("✓", "consents"),
        ("!", "operator"),
        ("!", "nlu"),
        ("!", "clock"),
        ("✓", "time zones"),
    ]
    assert list(tmp_path.iterdir()) == []
    as_json = told(**settings)
    as_json["disk"] = ("ok", lines[2][2])  # the free space changes between two looks
    assert [(name, text) for name, (_, text) in as_json.items()] == [(name, text) for _, name, text in lines]


@pytest.mark.slow
async def test_the_doctor_looks_at_an_installation_that_serves(kept: Kept) -> None:
    kept.folder.chmod(0o700)
    before = await checksums(kept.settings["DATABASE_URL"])
    files = sorted(path.name for path in kept.folder.iterdir())
    found = told(**kept.settings, TELEGRAM_API_URL=NOBODY_LISTENS, TELEGRAM_BOT_TOKEN=f"123456:{CANARY}")
    assert found["settings"][0] == "ok"
    assert found["folder"] == ("ok", f"{kept.folder}, writable and private")
    assert found["database"][1].endswith(f", tables of version {db.head()}")
    assert found["keys"] == ("ok", f"{kept.vault.keys_file}, private, the one of this database")
    assert found["ledger"] == ("ok", "no erasure to do again")
    assert found["replies"] == ("ok", "none waits to be said")
    assert found["people"] == ("ok", "2 active, 0 stopped, 0 blocked")
    assert shows_nobody(str(found))
    assert await checksums(kept.settings["DATABASE_URL"]) == before
    assert sorted(path.name for path in kept.folder.iterdir()) == files


@pytest.mark.slow
@pytest.mark.parametrize("form", [(), ("--json",)], ids=["table", "json"])
@pytest.mark.parametrize("scheme", ["postgresql", "mysql", "nonsense"])
def test_the_doctor_shows_no_secret_of_any_setting(form: tuple[str, ...], scheme: str, tmp_path: Path) -> None:
    secrets = {
        "TELEGRAM_BOT_TOKEN": f"123456:{CANARY}",
        "TELEGRAM_API_URL": f"http://relais:{CANARY}@127.0.0.1:9/{CANARY}",
        "NLU_URL": f"http://relais:{CANARY}@127.0.0.1:9/{CANARY}",
        "NLU_TOKEN": CANARY,
        "SMTP_PASSWORD": CANARY,
        "DATABASE_URL": f"{scheme}://relais:{CANARY}@127.0.0.1:9/relais?password={CANARY}",
    }
    kinds = {name.upper(): str(field.annotation) for name, field in Settings.model_fields.items()}
    assert secrets.keys() == {name for name, kind in kinds.items() if "Secret" in kind or "Url" in kind}
    done = relais("doctor", *form, VAR_DIR=tmp_path, SMTP_USER="relais", **secrets)
    assert done.returncode == 1
    assert CANARY not in done.stdout + done.stderr
    assert "database" in done.stdout.lower()
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_the_doctor_names_a_wrong_setting_without_its_value(tmp_path: Path) -> None:
    done = relais("doctor", VAR_DIR=tmp_path, NLU_PORT=CANARY)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith("✗  settings  wrong in the environment or .env: NLU_PORT: ")
    assert CANARY not in done.stdout


def settings(vault: Vault, **more: Any) -> Settings:
    """The settings of an installation, whatever the developer's own are."""
    of_vault = {name.lower(): value for name, value in settings_of(vault).items()}
    return Settings(_env_file=None, **of_vault | more)


async def seen(vault: Vault, **more: Any) -> dict[str, Check]:
    return {check.name: check for check in await checks_kept.of_kept(settings(vault, **more))}


@pytest.mark.parametrize(
    ("state", "found", "told"),
    [
        (PlannedState.PLANNED, State.GOOD, "yesterday 0 expected, 0 sent; 1 to come, the next on 2999-01-05"),
        (PlannedState.EXPIRED, State.CARE, "1 ended without going: their last day had passed; 0 to come"),
        (PlannedState.PARKED, State.BAD, "1 messages are parked after two accidents: `relais plan parked`"),
    ],
)
async def test_what_is_sent_first_is_told(vault: Vault, state: PlannedState, found: State, told: str) -> None:
    day, at = date(2999, 1, 5), datetime(2999, 1, 5, 12, tzinfo=UTC)

    async def plan(tx: Transaction) -> None:
        tx.session.add(
            Planned(
                id="1", person_id="2", rule="check_in", state=state, anchor_on=day, due_on=day, due_at=at,
                late_from=day, expires_on=day, snoozed=False, attempts=0,
            )
        )  # fmt: skip

    await vault.write(plan, now=at)
    check = (await seen(vault))["sends"]
    assert (check.state, check.told[: len(told)]) == (found, told)


async def test_keys_that_others_can_read_are_not_private(vault: Vault) -> None:
    vault.keys_file.chmod(0o640)
    check = (await seen(vault))["keys"]
    assert check == Check("keys", State.BAD, f"others can read {vault.keys_file}: run `chmod 600 {vault.keys_file}`")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "the keys file is missing; put it back from where you keep its copy"),
        (lambda path: path.write_text("{}"), "the keys file is damaged; put it back from where you keep its copy"),
        (lambda path: (path.unlink(), keys.create(path)), "these are not the keys of this database"),
    ],
    ids=["missing", "damaged", "another installation's"],
)
async def test_keys_that_are_not_those_of_the_database_are_told(
    vault: Vault, spoil: Callable[[Path], object], said: str
) -> None:
    spoil(vault.keys_file)
    found = await seen(vault)
    assert found["keys"] == Check("keys", State.BAD, f"{vault.keys_file}: {said}")
    assert found["database"].state == State.GOOD
    assert "people" not in found


async def test_a_database_without_its_keys_named_waits_for_the_bot(vault: Vault) -> None:
    async with vault.database.writing() as connection:
        await connection.execute(KeyCheck.__table__.delete())  # type: ignore[attr-defined]
    check = (await seen(vault))["keys"]
    assert (check.state, check.told) == (State.GOOD, f"{vault.keys_file}, compared with no database")
    async with vault.database.reading() as connection:
        assert (await connection.execute(select(KeyCheck.name))).all() == []


async def test_tables_of_another_version_are_told_with_what_to_run(vault: Vault) -> None:
    for version, said in (("0001", "run `relais db upgrade`"), ("9999", "install the newer code")):
        async with vault.database.writing() as connection:
            await connection.exec_driver_sql(f"UPDATE alembic_version SET version_num = '{version}'")  # noqa: S608
        check = (await seen(vault))["database"]
        assert check.state == State.BAD
        assert check.told.endswith(said)


async def test_an_erasure_that_the_database_lacks_is_told_with_what_to_run(vault: Vault, tmp_path: Path) -> None:
    lost = tmp_path / "elsewhere.jsonl"
    lost.write_text(json.dumps(["ABCD-EFGH-JKLM", "0" * 64, "erased", clock.now().isoformat()]) + "\n")
    check = (await seen(vault, ledger_file=lost))["ledger"]
    assert check == Check("ledger", State.BAD, "1 erasures or stops are to do again: run `relais db replay`")
    lost.write_text("not a ledger\n")
    check = (await seen(vault, ledger_file=lost))["ledger"]
    assert check.told == f"{lost}:1: the erasure ledger is damaged; put back your copy of it"


async def test_a_purge_that_is_late_is_told_and_the_last_one_dated(vault: Vault) -> None:
    assert (await seen(vault))["purge"] == Check("purge", State.GOOD, "none yet; the bot does it every night")

    async def handle(tx: Transaction) -> None:
        tx.session.add(HandledUpdate(update_id=7, handled_at=tx.now))

    await vault.write(handle, now=clock.now() - timedelta(days=2))
    check = (await seen(vault))["purge"]
    assert (check.state, check.told) == (State.BAD, "never purged in 48 hours: run `relais purge`, it says why")
    now = clock.now()
    await purging.purge(vault, now=now)
    assert (await seen(vault))["purge"] == Check("purge", State.GOOD, f"last one on {now:%Y-%m-%d at %H:%M} UTC")


@pytest.mark.parametrize(
    ("names", "age", "state"),
    [
        ((), None, State.CARE),
        (("relais-yesterday.age", "notes.txt"), None, State.CARE),
        ((), timedelta(hours=20), State.GOOD),
        ((), timedelta(hours=49), State.CARE),
    ],
    ids=["none", "none of ours", "fresh", "old"],
)
async def test_the_last_backup_is_dated_by_its_name(
    tmp_path: Path, names: tuple[str, ...], age: timedelta | None, state: State
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    taken = [f"{(clock.now() - one).strftime(NAMED)}.age" for one in (age, timedelta(days=9)) if one and age]
    for name in (*names, *taken):
        (folder / name).touch()
    [check] = await checks_kept.of_backup(Settings(_env_file=None, var_dir=tmp_path))
    assert check.state == state
    assert ("run `relais db backup`" in check.told) == (state != State.GOOD)


@pytest.mark.parametrize(
    ("free", "state"), [(499_999_999, State.BAD), (1_999_999_999, State.CARE), (2_000_000_001, State.GOOD)]
)
async def test_a_disk_that_fills_up_is_told_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, free: int, state: State
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _: _Usage(free))
    [check] = await checks.of_disk(Settings(_env_file=None, var_dir=tmp_path / "not" / "there"))
    assert check.state == state


@dataclass
class _Usage:
    free: int


async def test_a_folder_is_judged_where_it_stands_or_will_stand(tmp_path: Path) -> None:
    async def state(folder: Path) -> State:
        [check] = await checks.of_folder(Settings(_env_file=None, var_dir=folder))
        return check.state

    tmp_path.chmod(0o700)
    (tmp_path / "file").touch()
    assert await state(tmp_path) == State.GOOD
    assert await state(tmp_path / "new" / "var") == State.CARE
    assert await state(tmp_path / "file") == State.BAD
    tmp_path.chmod(0o755)
    assert await state(tmp_path) == State.CARE


async def test_broken_content_is_named_with_its_line(tmp_path: Path) -> None:
    [check] = await checks.of_content(Settings(_env_file=None, content_dir=tmp_path))
    assert check.state == State.BAD
    assert str(tmp_path) in check.told


async def test_a_list_of_towns_that_is_not_there_is_told(tmp_path: Path) -> None:
    settings = Settings(_env_file=None, communes_file=tmp_path / "none.csv")
    content, places, consents, operator = await checks.of_content(settings)
    assert (content.state, places.state, consents.state) == (State.GOOD, State.CARE, State.GOOD)
    assert (operator.state, operator.told) == (State.CARE, "write who runs this in operator.yml")
    assert places.told.endswith(". COMMUNES_FILE: no such file")


@pytest.fixture
def telling() -> Iterator[Callable[[timedelta], str]]:
    """Servers whose clock is apart from ours, and who must never see a token."""
    servers: list[HTTPServer] = []

    def start(apart: timedelta) -> str:
        class Telling(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response_only(302 if self.path == "/" else 500)
                self.send_header("Date", format_datetime(clock.now() + apart, usegmt=True))
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing: pytest shows what matters."""

        server = HTTPServer(("127.0.0.1", 0), Telling)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize(("apart", "state"), [(0, State.GOOD), (-50, State.GOOD), (70, State.BAD), (-3600, State.BAD)])
async def test_a_clock_that_is_wrong_is_told(telling: Callable[[timedelta], str], apart: int, state: State) -> None:
    url = telling(timedelta(seconds=apart))
    [check] = await checks.of_clock(Settings(_env_file=None, telegram_api_url=url))
    assert check.state == state
    assert ("set the clock" in check.told) == (state == State.BAD)


async def test_the_nlu_that_is_not_trained_or_not_there_is_told(tmp_path: Path) -> None:
    [check] = await checks.of_nlu(Settings(_env_file=None, nlu_dir=tmp_path, var_dir=tmp_path))
    assert (check.state, "run `make train`" in check.told) == (State.CARE, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.nlu
async def test_the_nlu_that_is_trained_is_asked(model: Path, tmp_path: Path) -> None:
    here = {"nlu_dir": ROOT / "nlu", "var_dir": tmp_path, "nlu_token": "for-this-test"}
    [not_served] = await checks.of_nlu(Settings(_env_file=None, nlu_port=1024, **here))
    assert not_served == Check("nlu", State.GOOD, f"{model.name} is trained; not served now, the bot starts it")
    [lost] = await checks.of_nlu(Settings(_env_file=None, nlu_url=NOBODY_LISTENS, **here))
    assert (lost.state, lost.told.startswith("NLU_URL does not serve")) == (State.BAD, True)
    async with rasa_server.serving(ROOT / "nlu", model, token="for-this-test") as url:
        [served] = await checks.of_nlu(Settings(_env_file=None, nlu_url=url, **here))
    assert served.state == State.GOOD
    assert re.fullmatch(rf"{model.name} answers in \d+ ms", served.told)
