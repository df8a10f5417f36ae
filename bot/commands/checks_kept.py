"""What `relais doctor` looks at in what is kept: the database, its keys, what waits in it, its backups."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from bot import addressees, claims, clock, db, following, health, keys, ledger, purging
from bot.commands.checks import Check, State
from bot.commands.db import NAMED
from bot.crypto import KeysError
from bot.db import Database, SchemaError
from bot.ledger import ReplayNeeded
from bot.models import Person, Planned, PlannedState, Status
from bot.settings import Settings
from bot.vault import Transaction, Vault

BACKUP_EVERY = timedelta(days=2)


async def of_kept(settings: Settings) -> list[Check]:
    """Look at the database, its keys and what it holds."""
    url = db.address(settings.database)
    file, where = Path(url.database or ""), str(url.set(drivername=url.get_backend_name(), query={}))
    none_yet = Check("database", State.CARE, f"{where}: empty. The bot makes it at its first run")
    if url.get_backend_name() == "sqlite" and not (file.is_file() and file.stat().st_size):
        return [none_yet, *_waiting(settings)]  # opening it would make it
    database = db.open_at(settings.database)
    try:
        if await db.revision(database) is None:
            return [none_yet, *_waiting(settings)]
        await db.check_revision(database)
        good = Check("database", State.GOOD, f"{where}, tables of version {db.head()}")
        return [good, *await _opened(database, settings)]
    except SchemaError as error:
        bad = str(error)
    except db.UNAVAILABLE as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        bad = f"{where} cannot be used ({kind}): does it run? is DATABASE_URL right?"
    finally:
        await database.close()
    return [Check("database", State.BAD, bad), *_waiting(settings)]


def _waiting(settings: Settings) -> list[Check]:
    """Look at what stands beside a database that cannot be looked into."""
    there = settings.keys.exists()
    told = f"{settings.keys}, " + ("compared with no database" if there else "not there: made with a new database")
    checks = [_keys(settings, told, State.GOOD if there else State.CARE)]
    if settings.ledger.exists():
        told = f"{settings.ledger}, compared with no database: after restoring one, run `relais db replay`"
        checks.append(Check("ledger", State.CARE, told))
    return checks


def _keys(settings: Settings, told: str, state: State = State.GOOD) -> Check:
    """Judge the keys file by itself; `told` is what to say when nothing is wrong with it."""
    path = settings.keys
    if not path.exists():
        return Check("keys", state, told)
    if path.stat().st_mode & 0o077:
        return Check("keys", State.BAD, f"others can read {path}: run `chmod 600 {path}`")
    try:
        keys.read(path)
    except KeysError as error:
        return Check("keys", State.BAD, str(error))
    return Check("keys", state, told)


async def _opened(database: Database, settings: Settings) -> list[Check]:
    try:
        async with database.reading() as connection:
            if not await keys.named(connection) and not await keys.sealed_rows(connection):
                return _waiting(settings)
            keyring = await keys.checked(connection, settings.keys)
    except KeysError as error:
        return [Check("keys", State.BAD, str(error))]

    async def look(tx: Transaction) -> list[Check]:
        late, unsaid, last = await health.late_purge(tx), await health.unsaid(tx), await purging.last_run(tx)
        ran = f"last one on {last:%Y-%m-%d at %H:%M} UTC" if last else "none yet; the bot does it every night"
        counted = await tx.session.execute(select(Person.status, func.count()).group_by(Person.status))
        count = dict(counted.all())
        return [
            await _ledger(tx, settings),
            Check("purge", State.BAD if late else State.GOOD, late or ran),
            await _sends(tx),
            await _requests(tx, settings),
            Check("replies", State.CARE if unsaid else State.GOOD, "; ".join(unsaid) or "none waits to be said"),
            Check("people", State.GOOD, ", ".join(f"{count.get(status, 0)} {status}" for status in Status)),
        ]

    found = await Vault(database, settings.keys, keyring).read(look, now=clock.now())
    return [_keys(settings, f"{settings.keys}, private, the one of this database"), *found]


async def _sends(tx: Transaction) -> Check:
    """What is sent first: what waits for a human, what went yesterday, what comes next."""
    if wrong := await health.unsent(tx):
        return Check("sends", State.BAD, "; ".join(wrong))
    yesterday = await claims.of_day(tx, tx.now.date() - timedelta(days=1))
    told = ", ".join(f"{count} {what}" for what, count in yesterday.items())
    waiting = select(func.count(), func.min(Planned.due_at)).where(Planned.state == PlannedState.PLANNED)
    count, first = (await tx.session.execute(waiting)).one()
    coming = f"{count} to come" + (f", the next on {first:%Y-%m-%d at %H:%M} UTC" if count else "")
    if expired := await tx.session.scalar(
        select(func.count()).select_from(Planned).where(Planned.state == PlannedState.EXPIRED)
    ):
        return Check("sends", State.CARE, f"{expired} ended without going: their last day had passed; {coming}")
    return Check("sends", State.GOOD, f"yesterday {told}; {coming}")


async def _requests(tx: Transaction, settings: Settings) -> Check:
    """Requests to structures: what hangs, who can be written to."""
    if wrong := await health.unposted(tx):
        return Check("requests", State.BAD, "; ".join(wrong))
    if settings.pages is None:
        return Check("requests", State.CARE, "none can be sent: set WEB_PORT, PUBLIC_URL and SMTP_HOST")
    if not settings.may_post:
        return Check("requests", State.BAD, "none can be sent: PUBLIC_URL is public and SMTP_HOST is not set")
    boxes = await addressees.everyone(tx)
    refused = sum(one.refused_code is not None for one in boxes)
    days = following.days_of(settings)
    silent = [one for one in await following.stuck(tx, days) if one.sent_at is not None]
    told = f"{len(boxes)} mailboxes confirmed, {refused} of them refuse mail; {len(silent)} requests without an answer"
    where = "" if settings.smtp_host else "; letters are files of VAR_DIR/mail"
    return Check("requests", State.CARE if refused or silent or not boxes else State.GOOD, told + where)


async def _ledger(tx: Transaction, settings: Settings) -> Check:
    try:
        lacking = await ledger.missing(tx, ledger.read(settings.ledger))
    except ReplayNeeded as error:
        return Check("ledger", State.BAD, str(error))
    if lacking:
        return Check("ledger", State.BAD, f"{len(lacking)} erasures or stops are to do again: run `relais db replay`")
    return Check("ledger", State.GOOD, "no erasure to do again")


async def of_backup(settings: Settings) -> list[Check]:
    folder, taken = settings.var_dir / "backups", []
    for file in folder.glob("relais-*.age"):
        with suppress(ValueError):
            taken.append(datetime.strptime(file.stem, NAMED).replace(tzinfo=UTC))
    if not taken:
        return [Check("backup", State.CARE, f"none in {folder}: run `relais db backup` every night")]
    late = clock.now() - max(taken) > BACKUP_EVERY
    told = f"last one on {max(taken):%Y-%m-%d at %H:%M} UTC"
    return [Check("backup", State.CARE if late else State.GOOD, told + (": run `relais db backup`" if late else ""))]
