"""Open what is kept about people for the running bot, or say why only answers are given."""

import structlog

from bot import clock, ledger, vault
from bot.crypto import KeysError
from bot.db import SchemaError, Taken
from bot.ledger import ReplayNeeded
from bot.services import Services
from bot.settings import Settings
from bot.vault import Vault

log = structlog.get_logger()


async def open_for(services: Services, settings: Settings) -> Vault | None:
    """Give the services their vault and return it, None if there is none.

    A database that is down, or keys that are missing or wrong, leave the bot without: it answers, and keeps nothing.
    Raises SchemaError, ReplayNeeded and Taken: then serving would do harm.
    """
    try:
        found = await vault.open_vault(settings.database, settings.keys)
        found.alone = await _counted(found)
    except (SchemaError, Taken):
        raise
    except KeysError as error:
        services.problem = str(error)
        log.error("keys_refused", problem=str(error), serving="answers only")
        return None
    except Exception as error:  # noqa: BLE001 - a driver may raise anything, and its text may hold the address
        services.problem = f"the database cannot be opened ({type(error).__name__})"
        log.error("database_unavailable", error=type(error).__name__, serving="answers only")
        return None
    try:
        await ledger.check(found, settings.ledger, now=clock.now())
    except ReplayNeeded:
        await found.database.close()
        raise
    services.vault, services.ledger_file, services.problem = found, settings.ledger, None
    return found


async def _counted(found: Vault) -> bool:
    try:
        return await found.database.alone()
    except BaseException:
        await found.database.close()
        raise
