"""What every event needs, held together: content, ears, and the little that is remembered between two messages."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import structlog
from cachetools import TTLCache

from bot import (
    checkins,
    clock,
    content,
    danger,
    directory_store,
    joining,
    keywords,
    language_words,
    languages,
    ledger,
    people,
    place_lists,
)
from bot.answers import choose, missed
from bot.crypto import KeysError
from bot.db import UNAVAILABLE
from bot.directory import EMPTY, Directory
from bot.joining import Known, Offer
from bot.letter_texts import Office
from bot.library import Library
from bot.nlu import Nlu
from bot.places import Places
from bot.replies import Reply
from bot.structures import Kind
from bot.understanding import Ears, Thresholds, Understanding, understand
from bot.vault import Transaction, Vault

T = TypeVar("T")

MISSES_KEPT = timedelta(hours=24)  # how long "not understood, once" is remembered
OFFER_AGAIN = timedelta(days=7)  # an offer that was left without an answer is not made at each question
CHATS_REMEMBERED = 50_000
QUIET = timedelta(hours=24)  # after a call for help, no question of ours
ASKED_WHERE = timedelta(minutes=15)  # how long « in which town? » waits for its answer
REPEATED = 2  # times a day that our question stands again below an answer: more is nagging

NOWHERE = Path("nowhere")

log = structlog.get_logger()


@dataclass
class Services:
    """The running bot. `ears` is replaced whole when the content changes, never altered."""

    ears: Ears
    content_dir: Path
    places: Places
    content_seen: tuple[tuple[str, int, int], ...] = ()
    # In memory only and without a word of what was said: losing it costs one more "I did not understand".
    misses: TTLCache[int, int] = field(default_factory=lambda: TTLCache(CHATS_REMEMBERED, MISSES_KEPT.total_seconds()))
    offered: TTLCache[int, bool] = field(
        default_factory=lambda: TTLCache(CHATS_REMEMBERED, OFFER_AGAIN.total_seconds())
    )
    quiet: TTLCache[int, bool] = field(default_factory=lambda: TTLCache(CHATS_REMEMBERED, QUIET.total_seconds()))
    repeated: TTLCache[int, int] = field(default_factory=lambda: TTLCache(CHATS_REMEMBERED, QUIET.total_seconds()))
    asked_late: TTLCache[int, bool] = field(default_factory=lambda: TTLCache(CHATS_REMEMBERED, QUIET.total_seconds()))
    languages: TTLCache[int, str] = field(
        default_factory=lambda: TTLCache(CHATS_REMEMBERED, OFFER_AGAIN.total_seconds())
    )
    language_offered: TTLCache[int, bool] = field(
        default_factory=lambda: TTLCache(CHATS_REMEMBERED, OFFER_AGAIN.total_seconds())
    )
    asked_where: TTLCache[int, Kind] = field(
        default_factory=lambda: TTLCache(CHATS_REMEMBERED, ASKED_WHERE.total_seconds())
    )
    directory: Directory = EMPTY
    directory_seen: tuple[tuple[str, int, int], ...] | None = None
    var_dir: Path = NOWHERE  # where imported lists are
    communes_file: Path | None = None  # the list of communes that is wanted in the place of the imported one
    communes_seen: tuple[str, int, int] | None = None
    # None while the database or its keys cannot be used: answers go on, nothing is kept.
    vault: Vault | None = None
    office: Office | None = None  # without it no request is sent to a structure
    ledger_file: Path | None = None
    problem: str | None = None  # why there is no vault
    ticked_at: float = field(default_factory=time.monotonic)  # when the clock last looked for what is due

    @property
    def library(self) -> Library:
        return self.ears.library

    def forget(self, chat: int) -> None:
        """Drop what is remembered of a chat outside the database."""
        self.misses.pop(chat, None)
        self.offered.pop(chat, None)
        self.asked_where.pop(chat, None)
        self.languages.pop(chat, None)
        self.language_offered.pop(chat, None)
        self.speak_again(chat)

    def speak_again(self, chat: int) -> None:
        """They took our question up: it may stand again below an answer."""
        self.quiet.pop(chat, None)
        self.repeated.pop(chat, None)
        self.asked_late.pop(chat, None)

    def may_repeat(self, chat: int) -> bool:
        """Return whether our question may stand once more below an answer, and count it."""
        times = self.repeated.get(chat, 0)
        self.repeated[chat] = times + 1
        return times < REPEATED and chat not in self.quiet

    async def look(self, work: Callable[[Transaction], Awaitable[T]], *, now: datetime) -> T | None:
        """Return what `work` finds in what is kept, None when nothing can be read. Never raises: answers go on."""
        return await self._kept(lambda vault: vault.read(work, now=now))

    async def keep(self, work: Callable[[Transaction], Awaitable[None]], *, now: datetime) -> None:
        """Do a small change that is worth no error: where nothing can be kept now, it is remembered in memory alone."""
        await self._kept(lambda vault: vault.write(work, now=now))

    async def know(self, chat: int, now: datetime) -> Known:
        """Return what is known of a chat, and note the day as that of its last message."""
        known = await self.look(lambda tx: joining.know(tx, chat), now=now)
        if known is not None and known.unseen_today:
            await self._kept(lambda vault: vault.write(lambda tx: people.touch(tx, chat), now=now))
        return known or Known()

    async def close_form(self, chat: int, now: datetime) -> None:
        """Ask nothing more: somebody has just called for help, and what they write next answers no form."""
        self.quiet[chat] = True
        self.asked_where.pop(chat, None)
        known = await self.look(lambda tx: joining.know(tx, chat), now=now)
        if known is not None and known.offer != Offer.JOIN:
            await self._kept(lambda vault: vault.write(lambda tx: checkins.hush(tx, chat), now=now))

    async def _kept(self, work: Callable[[Vault], Awaitable[T]]) -> T | None:
        if self.vault is None:
            return None
        try:
            return await work(self.vault)
        except (KeysError, *UNAVAILABLE) as error:
            log.error("people_unavailable", error=type(error).__name__)
            return None

    def may_offer(self, chat: int) -> bool:
        """Return whether an offer may be made now, and remember it as made."""
        first = chat not in self.offered
        self.offered[chat] = True
        return first

    async def clean_up(self) -> None:
        """After somebody left: note it in the ledger's file, and leave no page of theirs in SQLite's journal.

        What the disk refuses now is done the next time, or at night.
        """
        if self.vault is None or self.ledger_file is None:
            return
        try:
            await ledger.copy_to_file(self.vault, self.ledger_file, now=clock.now())
            await self.vault.database.leave_no_trace()
        except (OSError, ledger.ReplayNeeded, *UNAVAILABLE) as error:
            log.error("ledger_not_copied", error=type(error).__name__)

    def load_directory(self) -> None:
        """Read the lists of structures."""
        self.directory_seen = directory_store.fingerprint(self.content_dir, self.var_dir)
        found = directory_store.load(self.content_dir, self.var_dir, self.directory)
        for problem in found.problems:
            log.error("directory_refused", problem=problem)
        self.directory = found.directory


def open_services(
    content_dir: Path,
    nlu: Nlu | None = None,
    thresholds: Thresholds | None = None,
    communes: Path | None = None,
    var_dir: Path = NOWHERE,
) -> Services:
    """Load the content and build the services; `communes` is a table of every town, if there is one.

    `var_dir` holds the lists that were imported. Raises ContentError.
    """
    seen = content.files_mark(content_dir)
    library = content.load(content_dir)
    languages.prepare()
    danger.prepare(library.lexicons)
    towns = directory_store.communes(var_dir, communes)
    towns_seen = directory_store.stamp(towns) if towns else None
    known = place_lists.load(content_dir / "directory", towns)
    ears = Ears(library, keywords.index(library), nlu, thresholds)
    services = Services(
        ears, content_dir, known, seen, var_dir=var_dir, communes_file=communes, communes_seen=towns_seen
    )
    services.load_directory()
    return services


async def respond(
    services: Services, chat: int, text: str, *, lang: str, detect_language: bool = True
) -> tuple[Understanding, list[Reply]]:
    """Understand a text and choose what to say. `chat` tells whose misses are counted."""
    understanding = await understand(text, services.ears, lang=lang, detect_language=detect_language)
    misses = services.misses.get(chat, 0)
    library = services.library
    replies = choose(understanding, library, lang=lang, misses=misses, today=clock.now().date())
    written = understanding.lang
    if detect_language and written == lang and languages.is_arabizi(text):
        written = "ar"  # answered in the language of the conversation: who writes so may not read Arabic letters
    offered = written != lang and written in library.languages
    if offered and not understanding.danger and chat not in services.language_offered:
        services.language_offered[chat] = True
        replies.append(language_words.offer_language(written, lang))
    if missed(understanding) and misses == 0:
        services.misses[chat] = 1
    else:
        services.misses.pop(chat, None)
    return understanding, replies
