"""An answer carries its proof: amounts with their date, sources, who read it again and whether it is out of date."""

from datetime import date
from decimal import Decimal

import pytest

from bot.library import Library
from bot.pages import Facts, Page, TextError, fill, markdown, render
from bot.replies import plain
from bot.topics import Amount, Contact, Heading, Number, Source, Topic

FACTS = Facts(
    amounts={
        "aide": Amount(
            label="Une aide",
            value=Decimal("1234.5"),
            unit="EUR/mois",
            valid_from=date(2026, 4, 1),
            source="Un décret",
            checked_on=date(2026, 7, 23),
            fact="AID-01",
        )
    },
    numbers={
        "ecoute": Number(
            number="0 800 00 00 00", name="Une écoute", hours="le jour", checked_on=date(2026, 11, 22), fact="NUM-X"
        )
    },
)
TOPIC = Topic(
    theme="droits",
    order=1,
    facts=("AID-01",),
    sources=(
        Source(title="Code civil & autres", dated=date(2026, 1, 1)),
        Source(title="Une page", url="https://a.fr/?a=1&b=2", dated=date(2025, 2, 28)),
    ),
    reviewed_on=date(2026, 11, 22),
    review_by=date(2027, 4, 1),
    contacts=("ecoute",),
)
PAGE = Page("fr", Heading(title="Aides <3", button="Aides", keywords=("aide",)), "<b>C'est quoi ?</b>\nUne aide.")
CONTACT = Contact(name="une écoute", how="Appelle le {numero:ecoute}.")


def answer(today: date = date(2026, 11, 23), **changes: object) -> str:
    return plain(render(TOPIC.model_copy(update=changes), PAGE, CONTACT, FACTS, today=today))


def test_the_whole_answer() -> None:
    assert render(TOPIC, PAGE, CONTACT, FACTS, today=date(2026, 11, 23)) == (
        "<b>Aides &lt;3</b>\n\n"
        "<b>C'est quoi ?</b>\nUne aide.\n\n"
        "☎ Une écoute. Appelle le 0 800 00 00 00.\n\n"
        "<i>Sources : Code civil &amp; autres (1er janvier 2026) ; "
        '<a href="https://a.fr/?a=1&amp;b=2">Une page</a> (28 février 2025).</i>\n'
        "<i>Fiche du 22 novembre 2026, relecture en cours.</i>"
    )


def test_an_amount_comes_with_the_day_from_which_it_is_right() -> None:
    shown = fill("Tu as {montant:aide}.", FACTS, "fr").replace("\u202f", " ").replace("\xa0", " ")
    assert shown == "Tu as 1 234,50 € par mois (montant au 1er avril 2026)."


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [("8", "EUR/mois", "8 € par mois"), ("12.31", "EUR/heure", "12,31 € par heure"), ("1200.00", "EUR", "1 200 €")],
)
def test_cents_are_shown_only_when_there_are_some(value: str, unit: str, shown: str) -> None:
    amount = FACTS.amounts["aide"].model_copy(update={"value": Decimal(value), "unit": unit})
    text = fill("{montant:aide}", Facts({"aide": amount}, {}), "fr").replace("\u202f", " ").replace("\xa0", " ")
    assert text == f"{shown} (montant au 1er avril 2026)"


def test_a_number_is_shown_as_it_is_dialled() -> None:
    assert markdown("Appelle **le {numero:ecoute}**.", FACTS, "fr") == "Appelle <b>le 0 800 00 00 00</b>."


def test_until_someone_signs_the_answer_says_that_it_is_being_read_again() -> None:
    assert answer(reviewed_by=None).endswith("Fiche du 22 novembre 2026, relecture en cours.")
    assert answer(reviewed_by=None, reviewed_on=None).endswith("Relecture en cours.")
    assert answer(reviewed_by="Chloé").endswith("Fiche relue le 22 novembre 2026.")


def test_an_answer_says_that_it_is_out_of_date_from_the_day_after_its_term() -> None:
    notice = "Elle date un peu : fais-la confirmer avant de t'en servir."
    assert notice not in answer(today=date(2027, 4, 1), reviewed_by="Chloé")
    assert answer(today=date(2027, 4, 2), reviewed_by="Chloé").endswith(f"Fiche relue le 22 novembre 2026. {notice}")
    assert answer(today=date(2027, 4, 2)).endswith(f"relecture en cours. {notice}")


@pytest.mark.parametrize("text", ["{montant:rien}", "{numero:aide}", "{montant:aide", "}", "{}", "{0.__class__}"])
def test_a_brace_that_is_no_known_placeholder_never_reaches_a_reader(text: str) -> None:
    with pytest.raises(TextError, match="n'est ni un montant ni un numéro connu") as refused:
        fill(f"Une ligne.\n\n{text}", FACTS, "fr")
    assert refused.value.line == 2


def test_every_topic_shows_its_sources_with_their_dates_and_its_state_of_review(library: Library) -> None:
    for slug, topic in library.topics.items():
        shown = plain(library.answer(slug, "fr", today=date(2026, 11, 22)))
        assert all(source.title in shown.replace("\u2011", "-") for source in topic.sources), slug
        assert all(str(source.dated.year) in shown for source in topic.sources), slug
        assert ("relecture en cours." in shown) == (topic.reviewed_by is None), slug
        assert "{" not in shown, slug
