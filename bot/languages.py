"""Which language a message is in: enough to say "I do not speak it yet" instead of giving a wrong answer."""

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


def foreign_script(text: str) -> str | None:
    """Return the language (a guess, or « und ») of a text mostly in other letters than Latin, else None."""
    scripts = Counter(unicodedata.name(c, "?").split()[0] for c in text if c.isalpha())
    if not scripts:
        return None
    [(script, _)] = scripts.most_common(1)
    return None if script in ("LATIN", "FULLWIDTH") else _SCRIPTS.get(script, "und")


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
