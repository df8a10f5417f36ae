"""Turn the text of a topic into what a reader sees: placeholders filled, sources and dates at the end."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from html import escape

from bot.i18n import SOURCE_LANGUAGE, amount_text, colon, date_text, translator
from bot.markup import to_telegram_html
from bot.topics import Amount, Contact, Heading, Number, Topic

_BRACES = re.compile(r"\{(montant|numero):([a-z0-9_]+)\}|[{}]")
_RAW_AMOUNT = re.compile(r"\d\s*(?:€|eur(?:os?)?\b)", re.IGNORECASE)
_RAW_NUMBER = re.compile(  # but « L112-3 » is an article of law
    r"(?<![\w-])(?:11[2459]|3[019]\d\d|116\s?\d{3}|(?:0|\+33\s?)\d(?:[\s.-]?\d\d){4}|0\s?8\d\d(?:\s?\d{3}){2})(?!\d)"
)


class TextError(ValueError):
    """A text that must not reach a reader; `line` counts from 0 in the text given."""

    def __init__(self, problem: str, line: int) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True)
class Facts:
    """What placeholders are filled from."""

    amounts: Mapping[str, Amount]
    numbers: Mapping[str, Number]


@dataclass(frozen=True)
class Page:
    """A topic in one language, ready but for what depends on the day."""

    lang: str
    heading: Heading
    body: str
    fingerprint: str = ""  # of the text as it was written: a translation names that of its French


def fingerprint(heading: Heading, body: str) -> str:
    """Return twelve digits that change with what a translator would have to read again."""
    return hashlib.sha256(f"{heading.title}\n{heading.button}\n{body.strip()}".encode()).hexdigest()[:12]


def fill(text: str, facts: Facts, lang: str) -> str:
    """Replace `{montant:…}` and `{numero:…}`. Raises TextError on any other brace, raw amount or raw number."""
    for check, problem in (
        (_RAW_AMOUNT, "un montant s'écrit {montant:…}, depuis amounts.yml"),
        (_RAW_NUMBER, "un numéro de téléphone s'écrit {numero:…}, depuis numbers.yml"),
    ):
        if found := check.search(re.sub(r"\{[^}]*\}|https://\S+", lambda m: " " * len(m.group()), text)):
            raise TextError(problem, _line(text, found.start()))

    def replacement(found: re.Match[str]) -> str:
        kind, key = found.groups()
        if kind == "montant" and key in facts.amounts:
            return _amount(facts.amounts[key], lang)
        if kind == "numero" and key in facts.numbers:
            return facts.numbers[key].number
        shown = text[found.start() :].split("\n", maxsplit=1)[0][:30]
        raise TextError(f"« {shown} » n'est ni un montant ni un numéro connu", _line(text, found.start()))

    return _BRACES.sub(replacement, text)


def _amount(amount: Amount, lang: str) -> str:
    _ = translator(lang)
    value = amount_text(amount.value, amount.unit, lang)
    return _("{amount} (montant au {date})").format(amount=value, date=date_text(amount.valid_from, lang))


def _line(text: str, position: int) -> int:
    return text.count("\n", 0, position)


def markdown(text: str, facts: Facts, lang: str) -> str:
    """Return filled Markdown as Telegram HTML. Raises TextError or MarkupError."""
    return to_telegram_html(fill(text, facts, lang))


def render(topic: Topic, page: Page, contact: Contact, facts: Facts, *, today: date) -> str:
    """Return the whole answer as HTML: title, text, the first person to turn to, sources, state of review."""
    _ = translator(page.lang)
    name, how = (markdown(part, facts, page.lang) for part in (contact.name, contact.how))
    apart = "؛ " if page.lang == "ar" else " ; " if page.lang == SOURCE_LANGUAGE else "; "
    sources = apart.join(
        f"{_link(source.title, source.url)} ({date_text(source.dated, page.lang)})" for source in topic.sources
    )
    return "\n\n".join(
        [
            f"<b>{escape(page.heading.title, quote=False)}</b>",
            page.body,
            f"☎ {name[:1].upper()}{name[1:]}. {how}",
            f"<i>{_('Sources')}{colon(page.lang)}{sources}.</i>\n<i>{_review(topic, page, today)}</i>",
        ]
    )


def _review(topic: Topic, page: Page, today: date) -> str:
    """How far the French has been checked, and the translation of it, for whoever reads one."""
    _ = translator(page.lang)
    if page.heading.french is None:
        return _review_of_french(topic, page.fingerprint, page.lang, today)
    if page.heading.reviewed_on is not None and is_signed(page.heading, page.fingerprint):
        translated = _("Traduction relue le {date}.").format(date=date_text(page.heading.reviewed_on, page.lang))
    else:
        translated = _("Traduction pas encore relue.")
    return f"{_review_of_french(topic, page.heading.french, page.lang, today)} {translated}"


def is_signed(by: Topic | Heading, text: str) -> bool:
    """Return whether somebody has read the text of this fingerprint, and not one that has changed since."""
    signed = by.reviewed_on is not None and by.reviewed_by is not None
    return signed and by.reviewed_text in (None, text)


def _review_of_french(topic: Topic, text: str, lang: str, today: date) -> str:
    _ = translator(lang)
    if topic.reviewed_on is None:
        return _("Relecture en cours.")
    on = date_text(topic.reviewed_on, lang)
    if is_signed(topic, text):
        state = _("Fiche relue le {date}.").format(date=on)
    else:
        state = _("Fiche du {date}, relecture en cours.").format(date=on)
    if today > topic.review_by:
        state += " " + _("Elle date un peu : fais-la confirmer avant de t'en servir.")
    return state


def _link(title: str, url: str | None) -> str:
    shown = re.sub(r"(?<=\d)-(?=\d)", "\u2011", escape(title, quote=False))  # « L222-5 » on one line
    return f'<a href="{escape(url)}">{shown}</a>' if url else shown
