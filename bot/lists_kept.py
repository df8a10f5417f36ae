"""Take up the lists of structures and of communes that an operator imports while the bot runs."""

import asyncio

import structlog

from bot import directory_store, place_lists
from bot.services import Services
from bot.yaml_files import ContentError

log = structlog.get_logger()


async def reload(services: Services) -> None:
    """Read what has changed; a list that cannot be read leaves the last good one."""
    await asyncio.to_thread(_load_communes, services)
    seen = await asyncio.to_thread(directory_store.fingerprint, services.content_dir, services.var_dir)
    if services.directory_seen != seen:
        await asyncio.to_thread(services.load_directory)


def _load_communes(services: Services) -> None:
    """Read the list of communes if there is another one than the last that was read."""
    path = directory_store.communes(services.var_dir, services.communes_file)
    seen = directory_store.stamp(path) if path else None
    if seen is None or seen == services.communes_seen:
        return
    services.communes_seen = seen
    try:
        services.places = place_lists.load(services.content_dir / "directory", path)
    except (ContentError, OSError) as error:
        log.error("communes_refused", problem=str(error), serving="last good list")
        return
    log.info("communes_loaded", communes=len(services.places.by_insee))
