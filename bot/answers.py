"""From what was understood to what is said. Pure: the same understanding on the same day gives the same replies."""

from collections.abc import Callable
from datetime import date

from bot import language_words, menus, messages
from bot.danger import LAST_RESORT
from bot.library import Library
from bot.replies import Reply
from bot.understanding import OUT_OF_SCOPE, Understanding

MISSES_BEFORE_HUMAN = 2  # in a row

_FUNCTIONAL: dict[str, Callable[[Library, str], Reply]] = {
    "salutation": messages.hello,
    "au_revoir": messages.goodbye,
    "remerciement": lambda _, lang: messages.thanks(lang),
    "aide_menu": messages.how_it_works,
    "parler_humain": messages.human,
    "trouver_contact": messages.contact_finder,
    "changer_langue": language_words.languages,
    "arreter_messages": lambda _, lang: messages.stop_messages(lang),
    "mes_donnees": messages.your_data,
    "confidentialite": messages.privacy,
    "bilan": messages.six_months,
    "oui": messages.yes_or_no,
    "non": messages.yes_or_no,
    "qui_es_tu": lambda _, lang: messages.who_are_you(lang),
    "insulte": messages.insulted,
}


def missed(understanding: Understanding) -> bool:
    """Return whether the message was left without an answer, so that a second miss in a row offers a person."""
    return not understanding.danger and (not understanding.sure or understanding.topic == OUT_OF_SCOPE)


def choose(understanding: Understanding, library: Library, *, lang: str, misses: int, today: date) -> list[Reply]:
    """Return what to say, in order. `misses` counts the messages left without an answer just before this one."""
    lang = understanding.lang if understanding.lang in library.languages else lang  # in the language of the question
    if understanding.danger:
        return _danger(understanding.danger, understanding.topic, library, lang, today)
    *before, last = _answers(understanding, library, lang, misses, today)
    if understanding.worrying:
        last = menus.with_numbers(last.html, library, lang, last.buttons)
    return [*before, last]


def _answers(understanding: Understanding, library: Library, lang: str, misses: int, today: date) -> list[Reply]:
    topic = understanding.topic
    if understanding.lang not in library.languages:
        return [language_words.unknown_language(library, lang)]
    if not understanding.sure and understanding.nearest:
        asked_back = messages.which_one(library, understanding.nearest, lang)
        return [asked_back, messages.offer_human(library, lang)] if misses + 1 >= MISSES_BEFORE_HUMAN else [asked_back]
    if missed(understanding) and misses + 1 >= MISSES_BEFORE_HUMAN:
        return [messages.offer_human(library, lang)]
    if not understanding.sure:
        return [messages.not_understood(library, lang)]
    if topic in _FUNCTIONAL:
        return [_FUNCTIONAL[topic](library, lang)]
    if topic in library.topics:
        return [about(topic, library, lang=lang, today=today)]
    return [messages.out_of_scope(library, lang)]


def about(slug: str, library: Library, *, lang: str, today: date) -> Reply:
    """Return the answer of a topic, with its neighbours and a person one tap away."""
    related = tuple((menus.topic_button(library, other, lang),) for other in library.topics[slug].related)
    ways = ((menus.contact_button(lang, slug),), menus.ways_out(lang, slug))
    return Reply(library.answer(slug, lang, today=today), (*related, *ways))


def _danger(danger: str, topic: str, library: Library, lang: str, today: date) -> list[Reply]:
    """The numbers first. The topic asked about follows, so that a false alarm costs one message and no answer."""
    numbers = danger_answer(danger, library, lang)
    if topic in library.topics:
        return [Reply(numbers), about(topic, library, lang=lang, today=today)]
    return [Reply(numbers, (menus.ways_out(lang),))]


def danger_answer(danger: str, library: Library | None, lang: str) -> str:
    """Return the text for a danger in `lang`, in French if there is none, built-in if there is no content."""
    lexicons = {lexicon.lang: lexicon for lexicon in library.lexicons} if library else {}
    lexicon = lexicons.get(lang) or lexicons.get("fr")
    return lexicon.answers[danger] if lexicon else LAST_RESORT
