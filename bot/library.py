"""Everything the bot can say about rights, as `content.load` has read and checked it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot import consent_texts, danger
from bot.i18n import SOURCE_LANGUAGE, translator
from bot.pages import Facts, Page, is_signed, render
from bot.plan import Plan
from bot.topics import Contact, Heading, Operator, Term, Topic


@dataclass(frozen=True)
class Library:
    """Everything the bot can say about rights, in every language it has."""

    topics: Mapping[str, Topic]
    pages: Mapping[str, Mapping[str, Page]]  # slug, then language
    themes: Mapping[str, Mapping[str, str]]  # language, then theme, in the order of the menu
    contacts: Mapping[str, Mapping[str, Contact]]  # language, then kind
    terms: tuple[Term, ...]
    facts: Facts
    lexicons: tuple[danger.Lexicon, ...]
    consents: consent_texts.Texts
    stop_words: frozenset[str]  # folded, whatever the language
    operator: Operator
    plan: Plan

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that may be chosen, French first: those in which a call for help is heard."""
        heard = {lexicon.lang for lexicon in self.lexicons}
        return tuple(lang for lang in self.prepared if lang in heard)

    @property
    def prepared(self) -> tuple[str, ...]:
        """The languages in which there is a menu, French first."""
        return SOURCE_LANGUAGE, *sorted(set(self.themes) - {SOURCE_LANGUAGE})

    def page(self, slug: str, lang: str) -> Page:
        """Return a topic in `lang`, or in French while it is not translated or its French has changed since."""
        pages = self.pages[slug]
        return pages[SOURCE_LANGUAGE] if self.is_stale(slug, lang) else pages.get(lang, pages[SOURCE_LANGUAGE])

    def is_stale(self, slug: str, lang: str) -> bool:
        """Return whether a translation is that of another French text than ours."""
        translated = self.pages[slug].get(lang)
        french = self.pages[slug][SOURCE_LANGUAGE].fingerprint
        return translated is not None and lang != SOURCE_LANGUAGE and translated.heading.french != french

    def signature(self, slug: str, lang: str) -> Topic | Heading:
        """Return where it is written who has read a text again."""
        return self.topics[slug] if lang == SOURCE_LANGUAGE else self.pages[slug][lang].heading

    def is_signed(self, slug: str, lang: str) -> bool:
        """Return whether somebody has read a text as it is now."""
        return is_signed(self.signature(slug, lang), self.pages[slug][lang].fingerprint)

    def answer(self, slug: str, lang: str, *, today: date) -> str:
        """Return the answer of a topic as Telegram HTML; where it is not translated, the French, and that it is."""
        page = self.page(slug, lang)
        notice = ""
        if page.lang != lang:
            sentence = translator(lang)("Cette réponse n'est pas encore traduite. La voici en français.")
            notice = f"<i>{sentence}</i>\n\n"
        contacts = self.contacts.get(page.lang, self.contacts[SOURCE_LANGUAGE])
        contact = contacts[self.topics[slug].contacts[0]]
        return notice + render(self.topics[slug], page, contact, self.facts, today=today)

    def in_theme(self, theme: str) -> list[str]:
        """Return the slugs of a theme in the order of the menu."""
        slugs = [slug for slug, topic in self.topics.items() if topic.theme == theme]
        return sorted(slugs, key=lambda slug: (self.topics[slug].order, slug))
