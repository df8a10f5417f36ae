"""Which language a message is in: enough to say "I do not speak it yet" instead of giving a wrong answer."""

import re
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import py3langid
from py3langid.langid import LanguageIdentifier

SURE_ENOUGH = 0.95
FEWEST_WORDS = 4  # below, French in SMS spelling is taken for Romanian or Catalan
# The languages that may plausibly be written to the bot in Latin letters; fewer candidates, fewer wild guesses.
_CANDIDATES = ["fr", "en", "es", "de", "it", "pt", "ro", "sq", "tr", "pl", "nl"]
_SCRIPTS = {"ARABIC": "ar", "CYRILLIC": "ru", "ETHIOPIC": "ti", "BENGALI": "bn", "CJK": "zh"}
# Arabic in Latin letters writes some of its own with digits: « 3andi », « bghi7 ». French in SMS spelling does not, but
# for hours, ages, ordinals and the like.
_ARABIZI = re.compile(
    r"[a-z']*[a-z]'?[3579][a-z'][a-z3579']*"
    r"|[379](?!(?:e|em|eme|ème|ieme|h|j|jrs?|km|kg|eur|euros?|mois|ans?|ze)\b)[a-z]{2,}[a-z3579']*"
)
_ARABIZI_WORDS = re.compile(
    r"barcha|be?zz?af|bghi(?:t|na)|ch7?hal|chno[uw]?a?|ch[ou]+kran|shokran|daba|dork|dyali?|ghadi|hna|inshallah|kayna?"
    r"|kho[uy]+a|khti|kif(?:ach|ech|esh)|lazem|makach|makayn|mazal|mouchkil|mumkin|nheb|nt[ai]|ran[ai]|smiyti|tawa|wach"
    r"|walakin|wein|ya3ni"
)


def foreign_script(text: str) -> str | None:
    """Return the language (a guess, or « und ») of a text of which a quarter of the words are in other letters.

    A quarter: in « كيف اطلب contrat jeune majeur » most words, and letters, are the French name of what is asked.
    """
    firsts = (next((c for c in word if c.isalpha()), None) for word in text.split())
    scripts = Counter(unicodedata.name(c, "?").split()[0] for c in firsts if c)
    words = scripts.total()
    latin = scripts.pop("LATIN", 0) + scripts.pop("FULLWIDTH", 0)
    if not scripts or (words - latin) * 4 <= words:
        return None
    [(script, _)] = scripts.most_common(1)
    return _SCRIPTS.get(script, "und")


def is_arabizi(text: str) -> bool:
    """Return whether a text seems to be Arabic in Latin letters. Who writes so may read Arabic, French, or both."""
    words = re.findall(r"[\w']+", text.lower())
    digits = sum(bool(_ARABIZI.fullmatch(word)) for word in words)
    known = sum(bool(_ARABIZI_WORDS.fullmatch(word)) for word in words)
    return digits >= 2 or (digits == 1 and known >= 1) or known >= 3


def guess(text: str) -> str | None:
    """Return the ISO code of the language of a text in Latin letters, or None when too short or unclear to say."""
    if len(text.split()) < FEWEST_WORDS:
        return None
    code, chance = _identifier().classify(text)
    return str(code) if float(chance) >= SURE_ENOUGH else None


def prepare() -> None:
    """Load the model now: it takes a second or two, which the first person to write would wait for."""
    _identifier()


@cache
def _identifier() -> LanguageIdentifier:
    model = Path(py3langid.__file__).parent / "data" / "model.npz.xz"
    identifier = LanguageIdentifier.from_model_file(str(model), norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    return identifier
