"""What every event needs, held together: content, ears, and the little that is remembered between two messages."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import structlog
from cachetools import TTLCache

from bot import clock, content, keywords, languages
from bot.answers import choose, missed
from bot.content import Library
from bot.nlu import Nlu
from bot.replies import Reply
from bot.understanding import Ears, Thresholds, Understanding, known_intents, understand
from bot.yaml_files import ContentError

MISSES_KEPT = timedelta(hours=24)  # how long "not understood, once" is remembered
CHATS_REMEMBERED = 50_000

log = structlog.get_logger()


@dataclass
class Services:
    """The running bot. `ears` is replaced whole when the content changes, never altered."""

    ears: Ears
    content_dir: Path
    content_seen: tuple[tuple[str, int, int], ...] = ()
    # In memory only and without a word of what was said: losing it costs one more "I did not understand".
    misses: TTLCache[int, int] = field(default_factory=lambda: TTLCache(CHATS_REMEMBERED, MISSES_KEPT.total_seconds()))

    @property
    def library(self) -> Library:
        return self.ears.library

    async def reload_content(self) -> None:
        """Take up what editors changed; on a mistake keep the last good content and say which line is wrong."""
        seen = await asyncio.to_thread(content.fingerprint, self.content_dir)
        if seen == self.content_seen:
            return
        self.content_seen = seen
        try:
            library = await asyncio.to_thread(content.load, self.content_dir)
        except ContentError as error:
            log.error("content_refused", problem=str(error), serving="last good content")
            return
        self.ears = Ears(library, keywords.index(library), self.ears.nlu, self.ears.thresholds)
        log.info("content_loaded", topics=len(library.topics))


def open_services(content_dir: Path, nlu: Nlu | None = None, thresholds: Thresholds | None = None) -> Services:
    """Load the content and build the services. Raises ContentError."""
    seen = content.fingerprint(content_dir)
    library = content.load(content_dir)
    if nlu is not None:
        nlu.intents = known_intents(library)
    languages.prepare()
    return Services(Ears(library, keywords.index(library), nlu, thresholds), content_dir, seen)


async def respond(
    services: Services, chat: int, text: str, *, lang: str, detect_language: bool = True
) -> tuple[Understanding, list[Reply]]:
    """Understand a text and choose what to say. `chat` tells whose misses are counted."""
    understanding = await understand(text, services.ears, lang=lang, detect_language=detect_language)
    misses = services.misses.get(chat, 0)
    replies = choose(understanding, services.library, lang=lang, misses=misses, today=clock.now().date())
    if missed(understanding) and misses == 0:
        services.misses[chat] = 1
    else:
        services.misses.pop(chat, None)
    return understanding, replies
