"""What a reader gets from each topic, in every language side by side, and the folder it is read from.

The bubbles are those that the sender makes: isolated for what runs from right to left, cut where Telegram cuts.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock

from babel import Locale

from bot import content, i18n, workshop
from bot.answers import about
from bot.bidi import isolated
from bot.i18n import SOURCE_LANGUAGE, language_name
from bot.library import Library
from bot.replies import bubbles, length
from bot.workshop import State
from bot.yaml_files import ContentError


@dataclass(frozen=True)
class Column:
    """A topic in one language; each bubble is Telegram HTML, each row of buttons its labels."""

    lang: str
    name: str
    direction: str  # ltr or rtl
    state: State
    bubbles: tuple[str, ...]
    buttons: tuple[tuple[str, ...], ...]
    length: int  # UTF-16 units, as Telegram counts


@dataclass(frozen=True)
class Entry:
    """A topic in the menu of the page."""

    slug: str
    title: str
    states: Mapping[State, tuple[str, ...]]  # the languages in each


def columns(library: Library, slug: str, *, langs: Collection[str], today: date) -> list[Column]:
    """Return a topic in each of `langs` that the bot speaks, French first."""
    states = workshop.states(library, today)[slug]
    return [_column(library, slug, lang, states[lang], today) for lang in library.prepared if lang in langs]


def _column(library: Library, slug: str, lang: str, state: State, today: date) -> Column:
    reply = about(slug, library, lang=lang, today=today)
    html = isolated(reply.html)
    return Column(
        lang,
        language_name(lang, SOURCE_LANGUAGE),
        Locale.parse(lang).text_direction,
        state,
        tuple(bubbles(html)),
        tuple(tuple(isolated(button.label) for button in row) for row in reply.buttons),
        length(html),
    )


def menu(library: Library, today: date) -> dict[str, list[Entry]]:
    """Return the topics under the French name of their theme, in the order of the menu."""
    states = workshop.states(library, today)
    return {
        label: [
            Entry(slug, library.pages[slug][SOURCE_LANGUAGE].heading.title, _by_state(states[slug]))
            for slug in library.in_theme(theme)
        ]
        for theme, label in library.themes[SOURCE_LANGUAGE].items()
    }


def _by_state(states: Mapping[str, State]) -> dict[State, tuple[str, ...]]:
    return {
        state: langs for state in State if (langs := tuple(lang for lang, found in states.items() if found == state))
    }


class Watched:
    """A content folder: `library` is the last that was right, `problems` what is wrong now.

    `version` changes with either. `look` is for any thread.
    """

    def __init__(self, folder: Path) -> None:
        self.library: Library | None = None
        self.problems: list[str] = []
        self.version = ""
        self._folder = folder
        self._looking = Lock()

    def look(self) -> None:
        """Read the folder again if one of its files has changed."""
        with self._looking:
            try:
                version = hashlib.sha256(repr(content.files_mark(self._folder)).encode()).hexdigest()[:12]
                if version == self.version:
                    return
                i18n.reload()
                self.library = content.load(self._folder)
                self.problems = i18n.problems(self.library.prepared)
            except ContentError as error:
                self.problems = [str(error).removeprefix(f"{self._folder}/")]
            except OSError:  # a file that an editor was just writing anew: it is there at the next look
                return
            self.version = version
