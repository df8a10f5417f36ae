"""A first name or a nickname, and what is none."""

import pytest

from bot import names
from bot.unreadable import Problem, Unreadable

NAMES = [
    "Amina",
    "Jean-Pierre",
    "محمد",
    "N'Golo",
    "Aïssatou Fatou",
    "O'Neil",
    "Mona",
    "lola75",
    "J",
    "Zoé 🌸",
    "Anh Tu",
    "Tu",
    "Ma",
    "Je-Hun",
    "Mamadou Lamine B",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_kept_as_it_is_written(name: str) -> None:
    assert names.read(f"  {name}\n") == name


@pytest.mark.parametrize(
    "typed", ["je m'appelle Sam", "Moi c’est Sam", "mon prénom c'est Sam", "mon surnom: Sam", "Sam"]
)
def test_a_name_in_a_sentence_is_found(typed: str) -> None:
    assert names.read(typed) == "Sam"


@pytest.mark.parametrize(
    "typed",
    ["", "   ", "🌸", "06 39 98 12 34", "sam@example.org", "https://example.org", "<b>Sam</b>", "{{7*7}}", "oui",
     "aide moi", "j'ai faim", "nulle part", "perdue", "Lola 06.39.98.00.00",
     "1 85 05 78 006 084 91", "Achète sur example.com", "je sais plus", "menu"],
)  # fmt: skip
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        names.read(typed)
    assert refused.value.problem == Problem.NOT_A_NAME


@pytest.mark.parametrize("typed", ["a" * 41, "Un Deux Trois Quatre", "Sam ?"])
def test_what_is_too_long_for_a_name_is_refused(typed: str) -> None:
    with pytest.raises(Unreadable) as refused:
        names.read(typed)
    assert refused.value.problem == Problem.NAME_TOO_LONG


def test_what_hides_or_turns_text_is_taken_out() -> None:
    assert names.read("A\u202emi\u200bna\x00") == "Amina"
