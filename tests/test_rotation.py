"""A new key for everything that is sealed, while the bot runs, whatever kills the command."""

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import insert, select, update
from typer.testing import CliRunner

from bot import keys, people, rotation
from bot.__main__ import app
from bot.crypto import Keyring, KeysError, key_of
from bot.models import SEALED, KeyCheck, Person
from bot.retention import ERASURE_KEPT
from bot.vault import Transaction, Vault, open_vault
from tests.command_line import relais
from tests.conftest import AMINA
from tests.test_keys import NOW, add_people, opened_people

pytestmark = pytest.mark.slow  # whole databases, written and read again

CHATS = range(7_770_100_000, 7_770_100_500)
VALUES = len(CHATS) * 7  # chat, home, name, phone and e-mail; chat and words of what is still to be said
POINTS = ("rotate.file_written", "rotate.mid", "rotate.before_retire", "rotate.file_retired")


@pytest.fixture
async def many(vault: Vault) -> Vault:
    """A database that keeps five hundred people."""
    await add_people(vault, CHATS)
    return vault


async def sealed_with(vault: Vault) -> Counter[str]:
    """How many values each key seals."""
    async with vault.database.reading() as connection:
        found = [await connection.scalars(select(column).where(column.is_not(None))) for column in SEALED]
        return Counter(key_of(value) for values in found for value in values)


async def named(vault: Vault) -> dict[str, bool]:
    """The keys that the database names, and whether they seal now."""
    async with vault.database.reading() as connection:
        found = await connection.execute(select(KeyCheck.name, KeyCheck.current))
        return {row.name: row.current for row in found}


def settings_of(vault: Vault) -> dict[str, str]:
    url = vault.database.engine.url.render_as_string(hide_password=False)
    return {
        "DATABASE_URL": url.replace("+aiosqlite", "").replace("+psycopg", ""),
        "KEYS_FILE": str(vault.keys_file),
        "VAR_DIR": str(vault.keys_file.parent),
    }


async def test_every_value_gets_the_new_key_and_still_opens(many: Vault) -> None:
    before, old = await opened_people(many), many.keyring
    assert await sealed_with(many) == {"k1": VALUES}
    seen: list[tuple[int, int]] = []

    done = await rotation.rotate(many, now=NOW, progress=lambda values, total: seen.append((values, total)))

    assert done == rotation.Rotated("k2", VALUES, (), ("k1",))
    assert seen[-1] == (VALUES, VALUES)
    assert await sealed_with(many) == {"k2": VALUES}
    assert await named(many) == {"k2": True}
    assert await opened_people(many) == before
    ring = keys.read(many.keys_file)
    assert ring.retired == {"k1": NOW.date()}
    assert ring.sealing["k1"] == old.sealing["k1"], "it opens older backups"
    assert (ring.index_key, ring.ledger_key, ring.backup_identity) == (
        old.index_key,
        old.ledger_key,
        old.backup_identity,
    )
    assert many.keys_file.stat().st_mode & 0o777 == 0o600


async def test_a_retired_key_stays_as_long_as_a_backup_may_need_it(vault: Vault) -> None:
    await add_people(vault, CHATS[:20])
    for days in (0, 1, ERASURE_KEPT.days, ERASURE_KEPT.days + 2):
        await rotation.rotate(vault, now=NOW + timedelta(days=days))
        assert len(await sealed_with(vault)) == 1
    ring = keys.read(vault.keys_file)
    assert (ring.current, list(ring.sealing)) == ("k5", ["k3", "k4", "k5"])
    assert list(ring.retired) == ["k3", "k4"]
    assert len(await opened_people(vault)) == 20


async def test_a_file_of_before_retired_keys_were_noted_is_read(vault: Vault) -> None:
    body = json.loads(vault.keys_file.read_text())
    del body["retired"]
    vault.keys_file.write_text(json.dumps(body))
    assert keys.read(vault.keys_file).retired == {}


async def test_a_row_that_does_not_open_is_named_and_keeps_the_old_key_in_use(many: Vault) -> None:
    async def spoil(tx: Transaction) -> str:
        person = await people.find(tx, CHATS[7])
        assert person is not None
        person.phone_sealed = (person.phone_sealed or "")[:-12] + "A" * 12
        return person.id

    spoilt = await many.write(spoil, now=NOW)
    done = await rotation.rotate(many, now=NOW)
    assert done == rotation.Rotated("k2", VALUES - 1, (f"person {spoilt}",), ())
    assert await sealed_with(many) == {"k2": VALUES - 1, "k1": 1}
    assert await named(many) == {"k1": False, "k2": True}

    shown = await asyncio.to_thread(relais, "keys", "rotate", **settings_of(many))
    assert shown.returncode == 1
    assert f"does not open: person {spoilt}\n" in shown.stderr
    assert "rows that do not open: 1. The key before k2 stays in use" in shown.stderr

    async def mend(tx: Transaction) -> None:
        person = await tx.session.get(Person, spoilt)
        assert person is not None
        people.change(tx, person, phone=None)

    await many.write(mend, now=NOW)
    assert await rotation.rotate(many, now=NOW) == rotation.Rotated("k2", 0, (), ("k1",))


async def test_a_bot_that_starts_between_file_and_database_goes_by_the_database(vault: Vault) -> None:
    """The file has the new key, the database does not name it yet: killed there, or not there yet."""
    keys.write(vault.keys_file, keys.with_new(vault.keyring, "k2"))
    url = settings_of(vault)["DATABASE_URL"]
    started = await open_vault(url, vault.keys_file)
    assert started.keyring.current == "k1"
    await add_people(started, [AMINA])
    assert await sealed_with(vault) == {"k1": 7}
    ahead = keys.read(vault.keys_file).sealing["k2"]
    assert (await rotation.rotate(started, now=NOW)).key == "k2"
    assert keys.read(vault.keys_file).sealing["k2"] == ahead, "the key that was made is the one that is used"
    await started.database.close()


async def test_what_an_older_backup_brings_back_moves_to_the_newest_key(many: Vault) -> None:
    """Restored, the database is sealed with a key that the file calls retired."""
    await rotation.rotate(many, now=NOW)
    old: Keyring = replace(many.keyring, current="k1")

    async def restore(tx: Transaction) -> None:
        for person in await tx.session.scalars(select(Person)):
            for column in ("chat", *people.SEALED):
                replace(tx, keyring=old).seal(person, column, tx.unseal(person, column))

    await many.write(restore, now=NOW)
    async with many.database.writing() as connection:
        await connection.execute(update(KeyCheck).values(name="k1", proof=keys.proof(old)))
    later = NOW + ERASURE_KEPT + timedelta(days=9)
    assert (await rotation.rotate(many, now=later)).key == "k2"
    assert await sealed_with(many) == {"k2": VALUES}
    assert keys.read(many.keys_file).retired == {"k1": later.date()}
    assert len(await opened_people(many)) == len(CHATS)


@pytest.mark.slow
@pytest.mark.parametrize("point", POINTS)
async def test_a_rotation_that_is_killed_loses_nothing_and_is_finished_by_the_next(many: Vault, point: str) -> None:
    before = await opened_people(many)
    killed = await asyncio.to_thread(relais, "keys", "rotate", **settings_of(many), FAULT=f"{point}:kill")
    assert killed.returncode == -9

    assert await opened_people(many) == before, "a bot that had been running"
    restarted = await open_vault(settings_of(many)["DATABASE_URL"], many.keys_file)
    assert await opened_people(restarted) == before, "a bot that starts now"
    await add_people(restarted, [AMINA])
    await restarted.database.close()

    finished = await asyncio.to_thread(relais, "keys", "rotate", **settings_of(many))
    assert finished.returncode == 0, finished.stderr
    assert await sealed_with(many) == {"k2": VALUES + 7}, "no third key was made"
    assert await named(many) == {"k2": True}
    ring = keys.read(many.keys_file)
    assert (ring.current, list(ring.sealing), list(ring.retired)) == ("k2", ["k1", "k2"], ["k1"])
    assert {chat: kept for chat, kept in (await opened_people(many)).items() if chat != AMINA} == before


@pytest.mark.slow
async def test_people_who_join_and_correct_things_meanwhile_lose_nothing(many: Vault) -> None:
    """The running bot had opened its keys before: it must take up the new one by itself."""
    started, over = asyncio.Event(), asyncio.Event()
    joined: list[int] = []
    corrected: dict[int, str] = {}

    async def writes(first: int) -> None:
        for number, old in enumerate(CHATS[first % 4 :: 4]):
            await add_people(many, [first + 4 * number])
            joined.append(first + 4 * number)
            await many.write(lambda tx, old=old: correct(tx, old), now=NOW)
            started.set()
            if over.is_set():
                return

    async def correct(tx: Transaction, chat: int) -> None:
        person = await people.find(tx, chat, lock=True)
        assert person is not None
        people.change(tx, person, name="Corrigée")
        corrected[chat] = "Corrigée"

    async def rotates() -> None:
        await started.wait()
        command = await open_vault(settings_of(many)["DATABASE_URL"], many.keys_file)
        await rotation.rotate(command, now=NOW)
        await command.database.close()
        over.set()

    await asyncio.gather(rotates(), *(writes(first) for first in range(7_770_200_000, 7_770_200_004)))

    found = await opened_people(many)
    assert found.keys() == {*CHATS, *joined}
    assert {chat: found[chat].name for chat in corrected} == corrected
    assert len(corrected) >= 4
    assert await sealed_with(many) == {"k2": VALUES + 7 * len(joined)}


async def test_whoever_waits_for_the_new_key_seals_with_it(vault: Vault) -> None:
    rotating = await open_vault(settings_of(vault)["DATABASE_URL"], vault.keys_file)
    async with rotating.database.writing() as connection:
        await keys.current_key(connection, lock="alone")
        waiting = asyncio.create_task(add_people(vault, [AMINA]))
        assert (await asyncio.wait({waiting}, timeout=0.5))[1] == {waiting}, "it waits"
        ring = keys.with_new(rotating.keyring, "k2")
        keys.write(vault.keys_file, ring)
        await connection.execute(update(KeyCheck).values(current=False))
        await connection.execute(insert(KeyCheck).values(name="k2", proof=keys.proof(ring), current=True))
    await waiting
    assert await sealed_with(vault) == {"k2": 7}
    await rotating.database.close()


async def test_a_new_key_waits_for_those_who_are_sealing_with_the_old_one(vault: Vault) -> None:
    sealing, go_on = asyncio.Event(), asyncio.Event()

    async def slowly(tx: Transaction) -> None:
        await people.join(tx, AMINA, lang="fr", age_band="18-20", situation=None)
        sealing.set()
        await go_on.wait()

    command = await open_vault(settings_of(vault)["DATABASE_URL"], vault.keys_file)
    writing = asyncio.create_task(vault.write(slowly, now=NOW))
    await sealing.wait()
    rotating = asyncio.create_task(rotation.rotate(command, now=NOW))
    assert (await asyncio.wait({rotating}, timeout=0.5))[1] == {rotating}, "it waits"
    go_on.set()
    await writing
    assert await rotating == rotation.Rotated("k2", 1, (), ("k1",))
    assert await sealed_with(vault) == {"k2": 1}
    await command.database.close()


async def test_two_rotations_at_once_make_one_new_key(many: Vault) -> None:
    other = await open_vault(settings_of(many)["DATABASE_URL"], many.keys_file)
    done = await asyncio.gather(rotation.rotate(many, now=NOW), rotation.rotate(other, now=NOW))
    await other.database.close()
    ring = keys.read(many.keys_file)
    assert [one.key for one in done] == ["k2", "k2"]
    assert sum(one.values for one in done) == VALUES
    assert list(ring.sealing) == ["k1", "k2"]
    assert len(await opened_people(many)) == len(CHATS)


async def test_a_file_that_cannot_be_written_stops_the_rotation_before_anything_changes(vault: Vault) -> None:
    await add_people(vault, [AMINA])
    vault.keys_file.with_name("keys.json.new").mkdir()
    with pytest.raises(KeysError, match=f"{vault.keys_file}: the keys file cannot be written"):
        await rotation.rotate(vault, now=NOW)
    assert await sealed_with(vault) == {"k1": 7}
    assert await named(vault) == {"k1": True}


async def test_whoever_does_not_own_the_file_is_refused(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file that root writes would be closed to the bot, which runs as another user."""
    before = vault.keys_file.read_bytes()
    monkeypatch.setattr("os.geteuid", lambda: vault.keys_file.stat().st_uid + 1)
    try:
        done = await asyncio.to_thread(CliRunner().invoke, app, ["keys", "rotate"], env=settings_of(vault))
    finally:
        structlog.reset_defaults()
    assert done.exit_code == 1
    assert "run this as that user, as the bot does" in done.output
    assert vault.keys_file.read_bytes() == before


@pytest.mark.slow
async def test_where_there_is_no_database_nothing_is_made(tmp_path: Path) -> None:
    for command in ("status", "rotate"):
        done = await asyncio.to_thread(relais, "keys", command, VAR_DIR=tmp_path / "var", DATABASE_URL="", KEYS_FILE="")
        assert done.returncode == 1
        assert done.stderr.count("\n") == 1
    assert not (tmp_path / "var").exists()


@pytest.mark.slow
async def test_status_tells_what_stands_before_and_after(many: Vault) -> None:
    async def status() -> tuple[int, str]:
        done = await asyncio.to_thread(relais, "keys", "status", **settings_of(many))
        return done.returncode, done.stdout + done.stderr

    code, said = await status()
    assert code == 0
    assert str(many.keys_file) in said
    assert "0600, private" in said
    assert "the one of this database" in said
    assert f"│ k1  │ {VALUES} " in said.replace("┃", "│")
    await rotation.rotate(many, now=NOW)
    many.keys_file.chmod(0o640)
    code, said = await status()
    assert code == 0
    assert f"others can read it: run `chmod 600 {many.keys_file}`" in said
    assert "retired since 2026-11-22, kept until 2027-01-01" in said
    for secret in [*many.keyring.sealing.values(), many.keyring.index_key]:
        assert keys._text(secret) not in said

    many.keys_file.unlink()
    keys.create(many.keys_file)
    code, said = await status()
    assert (code, said) == (
        1,
        f"relais: {many.keys_file}: key k2, with which this database is sealed, is not in the keys file\n",
    )
    many.keys_file.unlink()
    code, said = await status()
    assert code == 1
    assert said == f"relais: {many.keys_file}: the keys file is missing; put it back from where you keep its copy\n"
    assert not many.keys_file.exists()
