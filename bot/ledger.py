"""The erasure ledger: who was erased or said stop, so that a restored backup does not bring them back.

It stands in the database and in a file beside it, under a keyed index that leads to nobody else. A backup from
before an erasure lacks it, the file has it: the bot then refuses to start until `relais db replay` has been run.
"""

import fcntl
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from sqlalchemy import select

from bot.models import Erasure
from bot.retention import ERASURE_KEPT
from bot.vault import Transaction, Vault
from bot.whole_files import replace_file

_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # nothing that is read as something else


class ReplayNeeded(Exception):
    """The database lacks erasures that were done; the text says what to run."""


class Scope(StrEnum):
    ERASED = "erased"
    STOPPED = "stopped"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger."""

    receipt: str
    person_index: str
    scope: str
    executed_at: datetime


def note(tx: Transaction, chat: int, scope: Scope) -> str:
    """Write that a chat was erased or said stop, and return the receipt code."""
    receipt = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(3))
    add(tx, Entry(receipt, tx.keyring.ledger_index(str(chat)), scope, tx.now))
    return receipt


async def left_since(tx: Transaction, chat: int, since: datetime) -> bool:
    """Return whether a chat said stop, blocked the bot or was erased after an instant."""
    wanted = select(Erasure.receipt).where(Erasure.person_index == tx.keyring.ledger_index(str(chat)))
    return await tx.session.scalar(wanted.where(Erasure.executed_at > since).limit(1)) is not None


def add(tx: Transaction, entry: Entry) -> None:
    tx.session.add(Erasure(**vars(entry)))


def read(path: Path) -> list[Entry]:
    """Return what the file holds, the oldest first. Raises ReplayNeeded naming a line that cannot be read."""
    if not path.exists():
        return []
    entries = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            receipt, index, scope, at = json.loads(line)
            entries.append(Entry(receipt, index, Scope(scope), datetime.fromisoformat(at)))
        except (ValueError, TypeError):
            raise ReplayNeeded(f"{path}:{number}: the erasure ledger is damaged; put back your copy of it") from None
    return sorted(entries, key=lambda entry: entry.executed_at)


async def missing(tx: Transaction, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries that the database does not have."""
    known = set(await tx.session.scalars(select(Erasure.receipt)))
    return [entry for entry in entries if entry.receipt not in known and entry.executed_at > tx.now - ERASURE_KEPT]


async def check(vault: Vault, path: Path, *, now: datetime) -> None:
    """Refuse a database that lacks an erasure; else bring the file up to date. Raises ReplayNeeded, OSError."""
    lacking = await vault.read(lambda tx: missing(tx, read(path)), now=now)
    if lacking:
        raise ReplayNeeded(f"the database lacks {len(lacking)} erasures or stops of {path}: run `relais db replay`")
    await copy_to_file(vault, path, now=now)


async def copy_to_file(vault: Vault, path: Path, *, now: datetime) -> None:
    """Give the file what the database has noted since, and drop what is past its keeping time. Raises OSError."""

    async def noted(tx: Transaction) -> list[Entry]:
        rows = await tx.session.scalars(select(Erasure))
        return [Entry(row.receipt, row.person_index, row.scope, row.executed_at) for row in rows]

    _add_to_file(path, await vault.read(noted, now=now), now)


def _add_to_file(path: Path, noted: Sequence[Entry], now: datetime) -> None:
    """Read, add and write again, without anybody in between: neither in this process nor an operator's command."""
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = read(path)
        every = {entry.receipt: entry for entry in (*before, *noted)}
        kept = sorted((e for e in every.values() if e.executed_at > now - ERASURE_KEPT), key=lambda e: e.executed_at)
        if kept != before:
            lines = (json.dumps([e.receipt, e.person_index, e.scope, e.executed_at.isoformat()]) for e in kept)
            replace_file(path, "".join(f"{line}\n" for line in lines))
