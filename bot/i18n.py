"""Sentences, dates and amounts in the reader's language.

The French sentence is the message id: a missing catalogue or a missing translation shows French, never a key.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path

from babel import Locale, localedata
from babel.dates import format_date
from babel.numbers import format_currency

from bot import catalogues
from bot.catalogues import Catalogue

LOCALES = Path(__file__).parent.parent / "locales"
SOURCE_LANGUAGE = "fr"

Translator = Callable[[str], str]

_REGIONS = {"en": "en_GB"}  # dates as they are written in Europe


def to_translate(sentence: str) -> str:
    """Mark a sentence that is translated where it is said, not where it stands."""
    return sentence


@cache
def is_language(code: str) -> bool:
    """Return whether `code` names a language, as « fr » or « ar » does, but not « EN »: no two files for one."""
    return code in localedata.locale_identifiers()


def translator(lang: str) -> Translator:
    """Return the function that translates a French sentence into `lang`."""
    sentences = _catalogue(lang).sentences
    return lambda sentence: sentences.get(sentence, sentence)


@cache
def _catalogue(lang: str) -> Catalogue:
    return Catalogue({}) if lang == SOURCE_LANGUAGE else catalogues.read(catalogues.path_of(LOCALES, lang))


def colon(lang: str) -> str:
    """Return what stands between a label and what it labels: French puts a space before the colon."""
    return " : " if lang == SOURCE_LANGUAGE else ": "


def problems(languages: Iterable[str]) -> list[str]:
    """Return a line for each sentence that translators wrote and readers do not see: its file, line, and why."""
    return [
        f"{catalogues.path_of(LOCALES, lang)}:{problem.line}: {problem.why}"
        for lang in languages
        for problem in _catalogue(lang).problems
    ]


def unshown(languages: Iterable[str]) -> Iterator[tuple[Path, int, str]]:
    """Yield what is shown in French, in these languages and in all of `locales/`: file, line, and why."""
    sentences = catalogues.all_sentences(LOCALES)
    folders = {path.name for path in LOCALES.glob("*") if path.is_dir()}
    for lang in sorted({*languages, *folders} - {SOURCE_LANGUAGE}):
        path = catalogues.path_of(LOCALES, lang)
        if not is_language(lang):
            yield path.parent.parent, 1, f"« {lang} » n'est pas le code d'une langue, comme en, ar ou es"
            continue
        found = catalogues.read(path)
        for line, why, _ in found.problems:
            yield path, line, f"{why} : le français est montré"
        told_apart = {problem.sentence for problem in found.problems}
        missing = len(sentences - found.sentences.keys() - told_apart)
        if missing and "" not in told_apart:
            are = "phrases de l'interface ne sont" if missing > 1 else "phrase de l'interface n'est"
            s = "s" if missing > 1 else ""
            yield path, 1, f"{missing} {are} pas encore traduite{s} : le français est montré"


def reload() -> None:
    """Read the catalogues again when a sentence is wanted next."""
    _catalogue.cache_clear()


def _region(lang: str) -> str:
    return _REGIONS.get(lang, lang)


def language_name(code: str, lang: str) -> str:
    """Return the name of a language in another one: « arabe »."""
    return Locale.parse(code).get_display_name(lang) or code


def date_text(on: date, lang: str) -> str:
    """Return `on` in words: « 1er avril 2026 »."""
    text = format_date(on, "long", locale=_region(lang))
    if lang == "fr" and on.day == 1:  # the CLDR, which Babel follows, has no ordinal in dates
        return text.replace("1 ", "1er ", 1)
    return text


def month_text(on: date, lang: str) -> str:
    """Return the month of `on` in words: « avril 2026 »."""
    return format_date(on, "MMMM y", locale=_region(lang))


def amount_text(value: Decimal, unit: str, lang: str) -> str:
    """Return an amount and its unit in words: « 561,68 € par mois »."""
    _ = translator(lang)
    per = {
        "EUR": "",
        "EUR/heure": _("par heure"),
        "EUR/jour": _("par jour"),
        "EUR/mois": _("par mois"),
        "EUR/an": _("par an"),
    }
    whole = value == value.to_integral_value()
    money = format_currency(
        value, "EUR", locale=_region(lang), format="#,##0 ¤" if whole else None, currency_digits=not whole
    )
    return f"{money} {per[unit]}".rstrip().replace("\u200f", "")  # what runs to the left is seen to by bidi.py
