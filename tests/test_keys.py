"""The keys file: made once, private, and never mistaken for another. Without it the bot answers, and keeps nothing."""

import base64
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot import clockwork, db, keys, opened, outbox, people
from bot.crypto import KeysError
from bot.handled import Handled
from bot.models import Base, KeyCheck, Outgoing, Person
from bot.people import Details
from bot.replies import Reply
from bot.services import Services
from bot.settings import Settings
from bot.vault import Transaction, Vault, open_vault
from tests.conftest import AMINA, BILAL, DENIS, conversation

NOW = datetime(2026, 11, 22, 15, tzinfo=UTC)
CANNOT = "En ce moment je ne peux rien noter ni retrouver sur toi."


async def add_people(vault: Vault, chats: Sequence[int]) -> None:
    """Write someone with every sealed value, and a reply still to be said, for each chat."""

    async def work(tx: Transaction) -> None:
        for chat in chats:
            person = await people.join(tx, chat, lang="fr", age_band="18-20", situation=people.LEFT)
            last = chat % 10_000
            people.change(tx, person, name=f"Lola{last}", phone=f"+336399{last:05d}", email=f"lola{last}@example.org")
            people.change(tx, person, home="Toulouse", home_departement="31")
            outbox.put(tx, chat, [Reply(f"Bonjour Lola{last}")], person_id=person.id)

    await vault.write(work, now=NOW)


async def opened_people(vault: Vault) -> dict[int, Details]:
    """Open every value of every person. Raises KeysError."""

    async def look(tx: Transaction) -> dict[int, Details]:
        everyone = list(await tx.session.scalars(select(Person)))
        return {people.chat_of(tx, person): people.details(tx, person) for person in everyone}

    return await vault.read(look, now=NOW)


async def checksums(url: str) -> dict[str, str]:
    """What each table holds, as a hash."""
    database = db.open_at(url)
    found = {}
    async with database.reading() as connection:
        for table in Base.metadata.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in await connection.execute(select(table)))
            found[table.name] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    await database.close()
    return found


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
async def test_the_first_run_makes_a_file_that_its_owner_alone_can_read(
    database_url: str, tmp_path: Path, umask: int
) -> None:
    path, before = tmp_path / "folder" / "keys.json", os.umask(umask)
    try:
        vault = await open_vault(database_url, path)
    finally:
        os.umask(before)
    await vault.database.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["keys.json"]


async def test_the_file_is_made_once(vault: Vault, database_url: str) -> None:
    before = vault.keys_file.read_bytes()
    again = await open_vault(database_url, vault.keys_file)
    await again.database.close()
    assert vault.keys_file.read_bytes() == before


def edited(change: Callable[[dict[str, object]], object]) -> Callable[[Path], object]:
    def edit(path: Path) -> None:
        body = json.loads(path.read_text())
        change(body)
        path.write_text(json.dumps(body))

    return edit


def another_installation(path: Path) -> None:
    path.unlink()
    keys.create(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


SHORT = base64.b64encode(b"short").decode()
WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (Path.unlink, "the keys file is missing"),
    "empty": (lambda path: path.write_bytes(b""), "the keys file is damaged"),
    "truncated": (lambda path: path.write_bytes(path.read_bytes()[:90]), "the keys file is damaged"),
    "not JSON": (lambda path: path.write_text("k1=abc"), "the keys file is damaged"),
    "not text": (lambda path: path.write_bytes(bytes(range(256))), "the keys file is damaged"),
    "another JSON": (lambda path: path.write_text("[1]"), "the keys file is damaged"),
    "wrong length": (edited(lambda body: body.update(sealing={"k1": SHORT})), "the keys file is damaged"),
    "wrong date": (edited(lambda body: body.update(retired={"k1": "hier"})), "the keys file is damaged"),
    "a key less": (edited(lambda body: body.update(sealing={}, current="k1")), "the keys file is damaged"),
    "another installation": (another_installation, "these are not the keys of this database"),
    "another index": (
        edited(lambda body: body.update(index=body["ledger"])),
        "these are not the keys of this database",
    ),
    "a folder": (a_folder, "the keys file cannot be read"),
}


@pytest.mark.parametrize(("spoil", "said"), WRONG.values(), ids=WRONG)
async def test_a_wrong_file_is_refused_by_name_and_nothing_is_written(
    vault: Vault, database_url: str, spoil: Callable[[Path], object], said: str
) -> None:
    await add_people(vault, [AMINA, BILAL])
    spoil(vault.keys_file)
    before, existed = await checksums(database_url), vault.keys_file.exists()
    with pytest.raises(KeysError, match=f"{vault.keys_file}: {said}"):
        await open_vault(database_url, vault.keys_file)
    assert await checksums(database_url) == before
    assert vault.keys_file.exists() == existed


async def test_a_database_that_lost_the_name_of_its_key_gets_no_other(vault: Vault, database_url: str) -> None:
    """Neither the right file nor a new one may be taken as its own: only values could tell, and they are not tried."""
    await add_people(vault, [AMINA])
    async with vault.database.writing() as connection:
        await connection.execute(KeyCheck.__table__.delete())
    vault.keys_file.unlink()
    with pytest.raises(KeysError, match="restore a backup"):
        await open_vault(database_url, vault.keys_file)
    assert not vault.keys_file.exists()


async def test_a_folder_that_cannot_be_written_is_named(database_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeysError, match=r"keys\.json.*: the keys file cannot be written"):
        await open_vault(database_url, tmp_path / "file" / "keys.json")


async def test_a_key_retired_too_early_is_named(vault: Vault, database_url: str) -> None:
    await add_people(vault, [AMINA])
    ring = keys.with_new(vault.keyring, "k2")
    del ring.sealing["k1"]
    keys.write(vault.keys_file, ring)
    before = await checksums(database_url)
    with pytest.raises(KeysError, match="key k1, with which this database is sealed, is not in the keys file"):
        await open_vault(database_url, vault.keys_file)
    assert await checksums(database_url) == before


async def test_a_damaged_value_stops_nobody_else(keeping: Services) -> None:
    vault = keeping.vault
    assert vault is not None
    await add_people(vault, [AMINA, BILAL])

    async def damage(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        for model, whose in ((Person, Person.id), (Outgoing, Outgoing.person_id)):
            spoilt = model.chat_sealed + "AAAA"
            await tx.session.execute(update(model).where(whose == person.id).values(chat_sealed=spoilt))

    await vault.write(damage, now=NOW)
    async with conversation(keeping, AMINA, "Amina") as amina, conversation(keeping, BILAL, "Bilal") as bilal:
        assert CANNOT in await amina.says("/mesdonnees")
        assert "CEJ" in await amina.says("c'est quoi le cej")
        assert f"Lola{BILAL % 10_000}" in await bilal.says("/mesdonnees")
    said = []

    async def say(chat: int, reply: Reply) -> None:
        said.append(chat)

    await outbox.sweep(vault, say, now=NOW, everything=True)
    assert said == [BILAL]


async def test_values_exchanged_between_two_people_open_for_neither(vault: Vault) -> None:
    await add_people(vault, [AMINA, BILAL, DENIS])

    async def exchange(tx: Transaction) -> None:
        amina, bilal = await people.find(tx, AMINA), await people.find(tx, BILAL)
        assert amina is not None
        assert bilal is not None
        amina.phone_sealed, bilal.phone_sealed = bilal.phone_sealed, amina.phone_sealed

    await vault.write(exchange, now=NOW)

    async def phone(tx: Transaction, chat: int) -> str | None:
        person = await people.find(tx, chat)
        assert person is not None
        return tx.unseal(person, "phone")

    for chat in (AMINA, BILAL):
        with pytest.raises(KeysError, match="moved here"):
            await vault.read(lambda tx, chat=chat: phone(tx, chat), now=NOW)
    assert await vault.read(lambda tx: phone(tx, DENIS), now=NOW) == f"+336399{DENIS % 10_000:05d}"


@pytest.mark.parametrize("spoil", [Path.unlink, another_installation], ids=["missing", "another installation"])
async def test_without_its_keys_the_bot_answers_and_with_them_back_it_keeps_again(
    services: Services, vault: Vault, database_url: str, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    await add_people(vault, [AMINA])
    before, right = await checksums(database_url), vault.keys_file.read_bytes()
    spoil(vault.keys_file)
    settings = Settings(_env_file=None, database_url=database_url, keys_file=vault.keys_file, var_dir=tmp_path)

    assert await opened.open_for(services, settings) is None
    assert services.vault is None
    assert str(vault.keys_file) in (services.problem or "")
    async with conversation(services, AMINA, "Amina") as amina:
        assert "3114" in await amina.says("je vais me tuer")
        assert "CEJ" in await amina.says("c'est quoi le cej")
        assert CANNOT in await amina.says("/mesdonnees")
        assert await checksums(database_url) == before

        vault.keys_file.write_bytes(right)
        await clockwork.reopen(settings, services, Handled())
        assert services.vault is not None
        assert services.problem is None
        assert f"Lola{AMINA % 10_000}" in await amina.says("/mesdonnees")
        await services.vault.database.close()
