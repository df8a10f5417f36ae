"""What is said of the languages themselves: which there are, which one to go on in."""

from bot.i18n import language_name, translator
from bot.library import Library
from bot.menus import help_line, in_rows, ways_out, with_numbers
from bot.replies import Button, Reply

WHATEVER = "Emergency / طوارئ : 112"  # for whoever reads none of our languages


def languages(library: Library, lang: str) -> Reply:
    """Every language, each in its own words: whoever cannot read this one finds theirs."""
    told = [
        translator(code)("Choisis ta langue. Tu peux aussi m'écrire directement dans ta langue.")
        for code in library.languages
    ]
    return Reply("\n\n".join(told), (*in_rows([_language(code) for code in library.languages], 3), ways_out(lang)))


def _language(code: str) -> Button:
    return Button(language_name(code, code).capitalize(), f"lang:{code}")


def language_chosen(library: Library, lang: str) -> Reply:
    text = translator(lang)("D'accord, on continue en {language}.").format(language=language_name(lang, lang))
    return with_numbers(text, library, lang)


def offer_language(other: str, lang: str) -> Reply:
    """After an answer in the language of the question: shall everything be in it?"""
    told = [translator(code)("Dans quelle langue veux-tu continuer ?") for code in (other, lang)]
    return Reply("\n".join(told), ((_language(other), _language(lang)),))


def unknown_language(library: Library, lang: str) -> Reply:
    """A language that we do not speak: what we do speak, and whom to call whatever one speaks."""
    said = languages(library, lang)
    told = translator(lang)("Je ne parle pas encore cette langue.")
    return Reply(f"{told}\n\n{said.html}\n\n{help_line(library, lang)}\n{WHATEVER}", said.buttons)
