"""The keys file: made at first run, readable by its owner alone. Losing it loses every name and number kept.

The database says which key is current (`key_check`) and holds a known word sealed with each, so that a missing or
wrong key is noticed before anything is read or written.
"""

import base64
import binascii
import json
import os
import re
import secrets
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pyrage
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.crypto import KEY_BYTES, Keyring, KeysError
from bot.models import SEALED, KeyCheck
from bot.whole_files import replace_file

_NAME = re.compile(r"k[1-9]\d{0,6}")


def create(path: Path) -> Keyring:
    """Write a new keys file (mode 0600) and return its keys. Raises KeysError."""
    keyring = Keyring(
        current="k1",
        sealing={"k1": secrets.token_bytes(KEY_BYTES)},
        index_key=secrets.token_bytes(KEY_BYTES),
        ledger_key=secrets.token_bytes(KEY_BYTES),
        backup_identity=str(pyrage.x25519.Identity.generate()),
    )
    # Written beside, then linked: two bots that start together cannot make two sets of keys, nor leave half a file.
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    write(beside, keyring)
    try:
        path.hardlink_to(beside)
    except FileExistsError:
        return read(path)
    finally:
        beside.unlink()
    return keyring


def write(path: Path, keyring: Keyring) -> None:
    """Replace the keys file. Raises KeysError when it cannot be written: the old one is then as it was."""
    body = {
        "current": keyring.current,
        "sealing": {name: _text(key) for name, key in keyring.sealing.items()},
        "index": _text(keyring.index_key),
        "ledger": _text(keyring.ledger_key),
        "backup": keyring.backup_identity,
        "retired": {name: day.isoformat() for name, day in keyring.retired.items()},
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_file(path, json.dumps(body, indent=1))
    except OSError as error:
        raise KeysError(f"{path}: the keys file cannot be written ({error.strerror})") from None


def read(path: Path) -> Keyring:
    """Return the keys in a file. Raises KeysError naming the file and what is wrong with it."""
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        keyring = Keyring(
            current=body["current"],
            sealing={name: _key(key) for name, key in body["sealing"].items() if _NAME.fullmatch(name)},
            index_key=_key(body["index"]),
            ledger_key=_key(body["ledger"]),
            backup_identity=str(pyrage.x25519.Identity.from_str(body["backup"])),
            retired={name: date.fromisoformat(day) for name, day in body.get("retired", {}).items()},
        )
        keyring.sealing[keyring.current]
    except FileNotFoundError:
        raise KeysError(f"{path}: the keys file is missing; put it back from where you keep its copy") from None
    except OSError as error:
        raise KeysError(f"{path}: the keys file cannot be read ({error.strerror})") from None
    except (ValueError, TypeError, KeyError, AttributeError, pyrage.IdentityError):
        raise KeysError(f"{path}: the keys file is damaged; put it back from where you keep its copy") from None
    return keyring


def with_new(keyring: Keyring, name: str) -> Keyring:
    """Return the keys with one more, that seals from now on."""
    return replace(keyring, current=name, sealing=keyring.sealing | {name: secrets.token_bytes(KEY_BYTES)})


async def open_for(connection: AsyncConnection, path: Path) -> Keyring:
    """Return the keys of this database; at first run, when it holds nothing sealed, make them.

    The connection must be writing. Raises KeysError when the file is missing or is not the one of this database:
    nothing is written then.
    """
    if not await named(connection):
        if await sealed_rows(connection):
            raise KeysError(f"{path}: the database holds sealed values and names no key: restore a backup of it")
        keyring = read(path) if path.exists() else create(path)
        await connection.execute(insert(KeyCheck).values(name=keyring.current, proof=proof(keyring), current=True))
    return await checked(connection, path)


async def checked(connection: AsyncConnection, path: Path) -> Keyring:
    """Return the keys of this database, the one that it calls current as such: only reads.

    The database decides, not the file: during a rotation the file already has the key that seals next.
    Raises KeysError when a key is missing or wrong.
    """
    keyring = read(path)
    current: str | None = None
    for name, sealed, is_current in await connection.execute(select(KeyCheck.name, KeyCheck.proof, KeyCheck.current)):
        if name not in keyring.sealing:
            raise KeysError(f"{path}: key {name}, with which this database is sealed, is not in the keys file")
        if not _proves(replace(keyring, current=name), sealed):
            raise KeysError(f"{path}: these are not the keys of this database")
        current = name if is_current else current
    if current is None:
        raise KeysError(f"{path}: the database names no current key: restore a backup of it")
    return replace(keyring, current=current)


async def named(connection: AsyncConnection) -> list[str]:
    """Return the keys that the database names: the current one, and during a rotation the one before."""
    return list((await connection.scalars(select(KeyCheck.name))).all())


async def current_key(connection: AsyncConnection, *, lock: Literal["share", "alone"] | None = None) -> str | None:
    """Return the key that seals now. On PostgreSQL, alone waits for those who share, and they for it."""
    wanted = select(KeyCheck.name).where(KeyCheck.current)
    if lock:
        wanted = wanted.with_for_update(read=lock == "share")
    found: str | None = await connection.scalar(wanted)
    # Whoever waited for a rotation finds the row it waited for no longer current, and sees the next one only now.
    return found or await connection.scalar(wanted)


async def sealed_rows(connection: AsyncConnection) -> int:
    """Return how many values are sealed, whatever the key."""
    counts = [(await connection.execute(select(column).where(column.is_not(None)).limit(1))).all() for column in SEALED]
    return sum(len(rows) for rows in counts)


def proof(keyring: Keyring) -> str:
    """Return a known word sealed with the current key."""
    return keyring.seal(_word(keyring), _place(keyring.current))


def _proves(keyring: Keyring, sealed: str) -> bool:
    try:
        return keyring.unseal(sealed, _place(keyring.current)) == _word(keyring)
    except KeysError:
        return False


def _word(keyring: Keyring) -> str:
    """A word that only the same index keys give: a keys file with another of them is noticed as well."""
    return keyring.index("relais") + keyring.ledger_index("relais")


def _place(name: str) -> str:
    return f"key_check|proof|{name}"


def _text(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _key(text: str) -> bytes:
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise binascii.Error("wrong length")
    return key
