"""What a content file may hold. The field names are those editors type; anything else is refused with its line."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    field_validator,
)

# What the bot's own sentences name, so it must stand in numbers.yml and in contacts/<lang>.yml.
HELP_NUMBERS = ("urgence", "urgence_sms", "suicide", "enfance_danger")
URGENT_NUMBERS = (
    "urgence_sms",
    "samu",
    "police",
    "pompiers",
    "suicide",
    "enfance_danger",
    "violences_femmes",
    "hebergement",
)
# Those a young person may turn to whatever the question, in this order.
ANYONE = ("mission_locale", "departement", "adepape", "enfance_danger")
# Those that sentences of the bot name.
SAID = ("habitat_jeunes", "hebergement", "assistante_sociale", "france_travail")


def _written(pattern: str, wanted: str) -> AfterValidator:
    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(wanted)
        return text

    return AfterValidator(check)


def _day(text: Any) -> Any:
    if not isinstance(text, str):
        return text
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("on attend une date, par exemple 2026-11-22") from None


KEY = r"[a-z][a-z0-9_]{0,57}"  # with « topic: » before it, a button's payload stays within Telegram's 64 bytes
KEY_WANTED = "on attend un mot en minuscules, sans accent ni espace, par exemple mission_locale"

Short = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Key = Annotated[str, _written(KEY, KEY_WANTED)]
FactId = Annotated[str, _written(r"[A-Z0-9]+-[A-Z0-9]+", "on attend un code de fait, par exemple CEJ-01")]
Https = Annotated[str, _written(r"https://[^\s<>\"]+", "on attend une adresse qui commence par https://")]
PhoneNumber = Annotated[str, _written(r"\d[\d ]{1,13}", "on attend des chiffres et des espaces")]
Day = Annotated[date, BeforeValidator(_day)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Source(Strict):
    """Where a claim comes from: a law article or a page, with the date of the version that was read."""

    title: Short
    url: Https | None = None
    dated: Day


SIGNATURE = ("reviewed_on", "reviewed_by", "reviewed_text")

Mark = Annotated[str, _written(r"[0-9a-f]{12}", "on attend l'empreinte d'un texte")]


class Topic(Strict):
    """`topic.yml`: what is true of a topic in every language."""

    theme: Key
    order: int = Field(ge=1)
    facts: tuple[FactId, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    reviewed_on: Day | None = None
    reviewed_by: Short | None = None
    reviewed_text: Mark | None = None  # what was read: once it has changed, nobody has read it
    review_by: Day
    related: tuple[Key, ...] = Field(default=(), max_length=3)
    contacts: tuple[Key, ...] = Field(min_length=1)

    @field_validator("review_by")
    @classmethod
    def review_follows_review(cls, day: date, others: ValidationInfo) -> date:
        reviewed_on = others.data.get("reviewed_on")
        if reviewed_on and day <= reviewed_on:
            raise ValueError("on attend un jour après reviewed_on")
        return day


class Heading(Strict):
    """The front matter of `<lang>.md`."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=70)]
    button: Annotated[str, StringConstraints(min_length=2, max_length=30)]
    keywords: tuple[Short, ...] = Field(min_length=1)
    french: Mark | None = None
    reviewed_on: Day | None = None  # of a translation; that of the French stands in topic.yml
    reviewed_by: Short | None = None
    reviewed_text: Mark | None = None


class Amount(Strict):
    """One line of `amounts.yml`."""

    label: Short
    value: Decimal = Field(gt=0)
    unit: Literal["EUR", "EUR/heure", "EUR/jour", "EUR/mois", "EUR/an"]
    valid_from: Day
    source: Short
    checked_on: Day
    fact: FactId


class Number(Strict):
    """One line of `numbers.yml`."""

    number: PhoneNumber
    name: Short
    hours: Short
    checked_on: Day
    fact: FactId


class Contact(Strict):
    """One kind of person to turn to, in one language: `contacts/<lang>.yml`."""

    name: Short
    how: Short


class Operator(Strict):
    """Who runs this installation and answers for what is kept (RGPD art. 13): `operator.yml`."""

    name: Short | None = None
    contact: Short | None = None


class Term(Strict):
    """One line of `glossary.csv`: an acronym or a word of the field, and the topic it leads to, if any."""

    term: Short
    meaning: Short
    topic: Key | None = None
