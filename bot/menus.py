"""The buttons under what the bot says, and the numbers to call that stay in sight."""

from collections.abc import Sequence

from bot.contact_request import kind_for
from bot.i18n import SOURCE_LANGUAGE, translator
from bot.library import Library
from bot.replies import Button, Reply

Rows = tuple[tuple[Button, ...], ...]

MENU, HUMAN, NEAR = "menu", "human", "near"  # payloads


def topic_button(library: Library, slug: str, lang: str) -> Button:
    return Button(library.page(slug, lang).heading.button, f"topic:{slug}")


def ways_out(lang: str, slug: str | None = None) -> tuple[Button, ...]:
    """The last row under every answer: a person, and the menu."""
    _ = translator(lang)
    return (Button(_("Parler à quelqu'un"), f"{HUMAN}:{slug}" if slug else HUMAN), Button(_("Menu"), MENU))


def contact_button(lang: str, topic: str | None = None) -> Button:
    """Who helps near here with a topic: a row of its own, three labels side by side are cut on a small phone."""
    return Button(translator(lang)("Mon contact"), f"{NEAR}:{kind_for(topic)}")


def menu_rows(library: Library, lang: str) -> Rows:
    themes = library.themes.get(lang, library.themes[SOURCE_LANGUAGE])
    buttons = [Button(label, f"theme:{theme}") for theme, label in themes.items()]
    return (*in_rows(buttons, 2), (ways_out(lang)[0],))


def in_rows(buttons: Sequence[Button], width: int) -> Rows:
    return tuple(tuple(buttons[i : i + width]) for i in range(0, len(buttons), width))


def help_line(library: Library, lang: str) -> str:
    """The numbers that stay in sight wherever the bot could not help."""
    _ = translator(lang)
    numbers = library.facts.numbers
    return _(
        "Si c'est grave : {urgence} (urgence), {sms} par SMS, {suicide} (idées noires), {enfance} (on te fait du mal)."
    ).format(
        urgence=numbers["urgence"].number,
        sms=numbers["urgence_sms"].number,
        suicide=numbers["suicide"].number,
        enfance=numbers["enfance_danger"].number,
    )


def with_numbers(sentence: str, library: Library, lang: str, rows: Rows | None = None) -> Reply:
    """A sentence, the numbers to call, and the ways out unless other buttons are given."""
    numbers = help_line(library, lang)
    html = sentence if numbers in sentence else f"{sentence}\n\n{numbers}"
    return Reply(html, rows or (ways_out(lang),))
