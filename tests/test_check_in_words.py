"""What is typed while the check-in waits: how somebody is, or the answer of a button; never more than is said."""

import pytest

from bot import checkins
from bot.check_in_labels import need_labels, one_taps
from bot.check_in_words import Act, Mood, mood, named_needs, read
from bot.checkins import CODES, Ask


@pytest.mark.parametrize(
    "text",
    ["oui", "Ouiii !", "ça va", "sa va", "ça va et toi ?", "nickel", "Salut, ça va bien merci", "pas mal",
     "ça va pas mal",     "tranquille", "je vais très bien", "OK 👍", "pas trop mal", "franchement ça roule"],
)  # fmt: skip
def test_well_is_understood(text: str) -> None:
    assert mood(text, just_asked=True) == Mood.WELL


@pytest.mark.parametrize(
    "text",
    ["non", "Non...", "ça va pas", "sa va pas du tout", "ça va vraiment pas fort", "ça va plus", "j'ai besoin d'aide",
     "jai besoin d'aide svp", "pas trop", "galère", "je galère de ouf", "bof", "je vais mal", "je suis pas bien là",
     "je m'en sors pas", "c'est la galère", "besoin d'un coup de main pour mon loyer", "rien ne va"],
)  # fmt: skip
def test_not_well_is_understood(text: str) -> None:
    assert mood(text, just_asked=True) == Mood.NOT_WELL


@pytest.mark.parametrize(
    "text", ["plus tard", "pas maintenant", "Demain !", "j'ai pas le temps", "la semaine prochaine"]
)
def test_later_is_understood(text: str) -> None:
    assert mood(text, just_asked=True) == mood(text, just_asked=False) == Mood.LATER


@pytest.mark.parametrize(
    "text",
    ["salut", "c'est quoi le cej", "oui mais j'ai plus de thunes", "j'ai pas besoin d'aide", "non mais c'est quoi",
     "j'ai pas trop compris", "oui et non", "", "😀"],
)  # fmt: skip
def test_anything_else_is_a_message_to_us(text: str) -> None:
    assert mood(text, just_asked=True) is None


@pytest.mark.parametrize("text", ["oui", "non", "bof", "ça va", "pas trop"])
def test_yes_and_no_say_how_somebody_is_only_to_the_one_who_asked(text: str) -> None:
    assert mood(text, just_asked=False) is None


def test_every_code_has_one_label_and_each_label_typed_is_its_code() -> None:
    for ask, question in one_taps("fr").items():
        assert tuple(question.labels) == CODES[ask]
        assert len(set(question.labels.values())) == len(CODES[ask])
        for code, label in question.labels.items():
            for typed in (label, label.upper(), f" {label.replace('é', 'e')} !"):
                assert read(ask, typed, "fr") == ("a", f"{ask}:{code}"), typed
    for need, label in need_labels("fr").items():
        assert read(Ask.NEEDS, label, "fr") == ("need", f"{need}:on")
    assert {*one_taps("fr"), Ask.NEEDS, Ask.HELP} == set(Ask)


@pytest.mark.parametrize(
    ("ask", "text", "act"),
    [
        (Ask.NEEDS, "argent et logement", ("need", "money,housing:on")),
        (Ask.NEEDS, "papiers, santé", ("need", "health,papers:on")),
        (Ask.NEEDS, "non", ("a", "needs:none")),
        (Ask.NEEDS, "c'est bon", ("a", "needs:done")),
        (Ask.NEEDS, "passer", ("skip", Ask.NEEDS)),
        (Ask.NEEDS, "argent et une voiture", None),
        (Ask.HELP, "oui", ("a", "help:wanted")),
        (Ask.HELP, "pas maintenant", ("a", "help:no")),
        (Ask.HOUSING, "chez un pote", ("a", "housing:hosted")),
        (Ask.HOUSING, "je sais pas", ("skip", Ask.HOUSING)),
        (Ask.HOUSING, "j'arrete la", ("end", "")),
        (Ask.CEJ, "je sais pas", ("a", "cej:unknown")),
        (Ask.INCOME, "oui", None),
    ],
)
def test_other_words_for_an_answer(ask: Ask, text: str, act: Act | None) -> None:
    assert read(ask, text, "fr") == act


def test_every_code_fits_its_column() -> None:
    from bot.models import CheckIn

    for ask, codes in CODES.items():
        width = CheckIn.__table__.columns[ask].type.length
        kept = [",".join(codes)] if ask == Ask.NEEDS else codes
        assert all(len(code) <= width for code in (*kept, checkins.SKIPPED))
        assert len(ask) <= CheckIn.__table__.columns["asking"].type.length


@pytest.mark.parametrize(
    ("text", "ticked"),
    [
        ("galere de logement", "housing:on"),
        ("logement et papiers stp", "housing,papers:on"),
        ("plus de thune", "money:on"),
        ("j'ai pas besoin de logement", None),
        ("je cherche un endroit ou il y a un logement pour moi", None),
    ],
)
def test_a_need_is_found_among_a_few_words(text: str, ticked: str | None) -> None:
    assert named_needs(text, "fr") == (("need", ticked) if ticked else None)
