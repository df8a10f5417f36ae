"""Take up, while the bot runs, what editors write, the lists that operators import, and the model that was trained."""

import asyncio
from dataclasses import replace
from pathlib import Path

import structlog

from bot import content as content_files
from bot import danger, directory_store, i18n, keywords, place_lists, rasa_server, training
from bot.rasa_server import NluError
from bot.services import Services
from bot.understanding import Thresholds
from bot.yaml_files import ContentError

log = structlog.get_logger()


async def content(services: Services) -> None:
    """Take up what editors changed; on a mistake keep the last good content and say which line is wrong."""
    seen = await asyncio.to_thread(content_files.files_mark, services.content_dir)
    if seen == services.content_seen:
        return
    services.content_seen = seen
    i18n.reload()
    for problem in i18n.problems(services.library.languages):
        log.error("translation_refused", problem=problem, serving="the French")
    try:
        library = await asyncio.to_thread(content_files.load, services.content_dir)
    except ContentError as error:
        log.error("content_refused", problem=str(error), serving="last good content")
        return
    await asyncio.to_thread(danger.prepare, library.lexicons)
    services.ears = replace(services.ears, library=library, index=keywords.index(library))
    log.info("content_loaded", topics=len(library.topics))


async def lists(services: Services) -> None:
    """Read the lists that have changed; one that cannot be read leaves the last good one."""
    await asyncio.to_thread(_communes, services)
    seen = await asyncio.to_thread(directory_store.fingerprint, services.content_dir, services.var_dir)
    if services.directory_seen != seen:
        await asyncio.to_thread(services.load_directory)


def _communes(services: Services) -> None:
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


async def model(services: Services, nlu_dir: Path, *, ours: bool = True) -> None:
    """Have the NLU load the model of the present data once it is trained; until it does, the last one answers.

    Rasa swaps models in some 50 ms, in which questions wait. A server that is not ours is asked for nothing: whoever
    runs it has it load the model, and its thresholds are taken up as soon as it serves it.
    """
    nlu = services.ears.nlu
    if nlu is None or not await asyncio.to_thread(training.is_trained, nlu_dir):
        return
    found = await asyncio.to_thread(training.model_path, nlu_dir)
    url = str(nlu.client.base_url)
    served = await rasa_server.served(url, nlu.token)
    if served is None or (served == found.name and nlu.model == found) or (served != found.name and not ours):
        return
    try:
        if served != found.name:
            await rasa_server.load(url, nlu.token, found)
        limits = await asyncio.to_thread(Thresholds.read, training.thresholds_path(found))
    except (NluError, OSError, ValueError, TypeError) as error:
        if nlu.refused != found:
            log.error("model_refused", model=found.name, problem=str(error), serving="last good model")
        nlu.refused = found
        return
    nlu.model = found
    services.ears = replace(services.ears, thresholds=limits)
    log.info("model_loaded", model=found.name)
