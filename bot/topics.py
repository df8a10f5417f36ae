"""What a content file may hold. The field names are those editors type; anything else is refused with its line."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Short = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
FactId = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]+-[A-Z0-9]+$")]
Https = Annotated[str, StringConstraints(pattern=r"^https://[^\s<>\"]+$")]
PhoneNumber = Annotated[str, StringConstraints(pattern=r"^\d[\d ]{1,13}$")]
Day = Annotated[date, BeforeValidator(lambda text: date.fromisoformat(text) if isinstance(text, str) else text)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Source(Strict):
    """Where a claim comes from: a law article or a page, with the date of the version that was read."""

    title: Short
    url: Https | None = None
    dated: Day


class Topic(Strict):
    """`topic.yml`: what is true of a topic in every language."""

    theme: Key
    order: int = Field(ge=1)
    facts: tuple[FactId, ...] = Field(min_length=1)
    sources: tuple[Source, ...] = Field(min_length=1)
    reviewed_on: Day | None = None
    reviewed_by: Short | None = None
    review_by: Day
    related: tuple[Key, ...] = Field(default=(), max_length=3)
    contacts: tuple[Key, ...] = Field(min_length=1)


class Heading(Strict):
    """The front matter of `<lang>.md`."""

    title: Annotated[str, StringConstraints(min_length=3, max_length=70)]
    button: Annotated[str, StringConstraints(min_length=2, max_length=30)]
    keywords: tuple[Short, ...] = Field(min_length=1)


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


class Term(Strict):
    """One line of `glossary.csv`: an acronym or a word of the field, and the topic it leads to, if any."""

    term: Short
    meaning: Short
    topic: Key | None = None
