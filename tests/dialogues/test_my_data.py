"""See, take away, correct, erase, stop, block, come back: from the chat, at once, and by nobody else."""

import asyncio
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot import consents, ledger, people
from bot.checkins import SKIPPED
from bot.consent_texts import Purpose
from bot.models import Base, CheckIn, Erasure, Kind, Person, Planned
from bot.services import Services
from bot.vault import Transaction
from tests.conftest import AMINA, Chat
from tests.joined import TODAY, answers_everything, rows, traces
from tests.sweep import E_MAIL, NAME, marks

pytestmark = pytest.mark.slow


async def status(services: Services) -> tuple[str, bool]:
    """The status of Amina, and whether her yes to the check-in stands."""
    assert services.vault is not None

    async def look(tx: Transaction) -> tuple[str, bool]:
        person = await people.find(tx, AMINA)
        assert person is not None
        return person.status, await consents.is_granted(tx, person, Purpose.CHECK_IN)

    return await services.vault.read(look, now=TODAY)


async def test_everything_held_is_shown_in_plain_words(amina: Chat) -> None:
    await answers_everything(amina)
    said = await amina.says("/mesdonnees")
    for line in (
        "• Ton compte Telegram, chiffré : oui",
        "• Je peux t'écrire en premier : oui",
        "• Langue : français",
        "• Âge : 18-20 ans",
        "• Mois de naissance : rien",
        "• Situation : c'est terminé",
        "• Date de départ : mars 2026",
        "• Département qui s'est occupé de toi : 62",
        "• Où tu habites : 62000 Arras",
        "• Prénom ou surnom : Canarinella",
        "• Téléphone : +33639987731",
        "• E-mail : rien",
        "• Comment te contacter : SMS",
        "• t'écrire dans 6 mois : oui, le 22 novembre 2026 (texte du 22 novembre 2026)",
        "• garder de quoi te joindre : oui, le 22 novembre 2026 (texte du 22 novembre 2026)",
        "J'efface tout le 22 novembre 2028, ou tout de suite avec /oublier.",
        "Je n'ai rien envoyé à personne.",
    ):
        assert line in said


async def test_the_file_holds_every_column_about_the_person(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await answered(keeping)
    await amina.says("/mesdonnees")
    await amina.presses("Recevoir le fichier")
    held = json.loads(amina.files[-1])
    assert held["telegram_chat"] == AMINA
    assert (held["name"], held["phone"], held["home"]) == (NAME, "+33639987731", "62000 Arras")
    assert [(event["purpose"], event["action"]) for event in held["consents"]] == [
        ("checkin", "grant"), ("contact", "grant"),
    ]  # fmt: skip
    told = {"id": "reference", "chat": "telegram_chat", "lang": "language"}
    # Shown under another name, or of no meaning to a reader: an index, the open question.
    unsaid = {"chat_index", "status_on", "awaiting", "awaiting_at"}
    for model, shown in ((Person, held), (Planned, held["planned"][0]), (CheckIn, held["check_ins"][0])):
        for column in model.__table__.columns:
            name = column.name.removesuffix("_sealed")
            of_the_machine = model is not Person and column.name == "person_id"
            technical = column.info["kind"] == Kind.TECHNICAL or of_the_machine
            assert technical or column.name in unsaid or told.get(name, name) in shown, column
    assert [row["rule"] for row in held["planned"]] == ["check_in", "housing_30_months", "housing_34_months"]
    assert (held["check_ins"][0]["needs"], held["check_ins"][0]["housing"]) == ("money,papers", "hosted")


async def answered(services: Services) -> None:
    """Keep some answers to a check-in, as if Amina had pressed its buttons."""
    assert services.vault is not None

    async def work(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        codes = {"needs": "money,papers", "housing": "hosted", "income": SKIPPED, "asking": "work"}
        tx.session.add(CheckIn(id="1", person_id=person.id, opened_on=TODAY.date(), **codes))

    await services.vault.write(work, now=TODAY)


async def test_what_is_sent_first_and_what_was_answered_is_shown_too(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await answered(keeping)
    said = await amina.says("/mesdonnees")
    title = keeping.library.plan.text("housing_30_months", "fr").title
    assert "Ce que je t'envoie en premier\n• vers le 30 novembre 2026 : " in said
    assert f"• vers le 30 septembre 2028 : {title}" in said
    assert (
        "• ton point du 22 novembre 2026, en cases cochées\n"
        "  Besoin d'un coup de main : argent, papiers et démarches\n"
        "  Où tu habites : Chez quelqu'un\n\n"
    ) in said, "what was passed is no answer"


async def test_the_month_of_birth_can_be_given_and_taken_back(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.says("/mesdonnees")
    await amina.presses("Mois de naissance")
    assert "• Mois de naissance : mai 2008" in await amina.says("12/05/2008")
    await amina.presses("Recevoir le fichier")
    assert json.loads(amina.files[-1])["birth_month"] == "2008-05-01"
    await amina.says("/mesdonnees")
    await amina.presses("Mois de naissance")
    assert "• Mois de naissance : rien" in await amina.presses("Enlever")


async def test_each_thing_can_be_corrected_on_the_spot(amina: Chat) -> None:
    await answers_everything(amina)
    await amina.says("/mesdonnees")
    for button, typed, line in (
        ("Date de départ", "30/04/2026", "• Date de départ : 30 avril 2026"),
        ("Département", "la réunion", "• Département qui s'est occupé de toi : 974"),
        ("Où j'habite", "55000", "• Où tu habites : 55000 Bar-le-Duc"),
        ("Prénom", "Lola", "• Prénom ou surnom : Lola"),
        ("Téléphone, e-mail", E_MAIL, f"• E-mail : {E_MAIL}"),
    ):
        await amina.presses(button)
        assert line in await amina.says(typed)
    await amina.presses("Âge")
    assert "• Âge : 21+ ans" in await amina.presses("21 ou plus")
    await amina.presses("Comment me contacter")
    await amina.presses("⬜ m'appeler")
    assert "• Comment te contacter : appel, SMS" in await amina.presses("C'est bon")


async def test_each_thing_can_be_removed_on_the_spot(amina: Chat) -> None:
    await answers_everything(amina)
    await amina.says("/mesdonnees")
    for button, line in (
        ("Date de départ", "• Date de départ : rien"),
        ("Département", "• Département qui s'est occupé de toi : rien"),
        ("Où j'habite", "• Où tu habites : rien"),
        ("Prénom", "• Prénom ou surnom : rien"),
        ("Comment me contacter", "• Comment te contacter : rien"),
    ):
        await amina.presses(button)
        assert line in await amina.presses("Enlever")
    await amina.presses("Téléphone, e-mail")
    said = await amina.presses("Enlever le numéro")
    assert "• Téléphone : rien" in said
    assert "• garder de quoi te joindre : oui retiré" in said, "nothing is left that this yes covered"


async def test_a_correction_that_cannot_be_read_changes_nothing(amina: Chat) -> None:
    await answers_everything(amina)
    await amina.says("/mesdonnees")
    await amina.presses("Téléphone, e-mail")
    assert "Il manque des chiffres. Écris par exemple « 06 39 98 00 00 »." in await amina.says("0612")
    assert "• Téléphone : +33639987731" in await amina.presses("Retour")


async def test_whoever_turns_out_to_be_under_15_is_erased(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.says("/mesdonnees")
    await amina.presses("Âge")
    assert "Je ne garde rien." in await amina.presses("moins de 15 ans")
    assert await rows(keeping) == {"erasure": 1}
    assert keeping.ledger_file is not None
    assert len(ledger.read(keeping.ledger_file)) == 1, "a restored backup will not bring a child back"


async def test_whoever_turns_out_to_be_16_reads_the_text_for_them(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:age:15-17")
    assert "Tu as entre 15 et 17 ans." in amina.heard
    await amina.presses("Non, je ne veux pas")
    assert await status(keeping) == ("stopped", False)


async def test_emptying_the_town_takes_no_consent_back(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=4)
    await amina.presses_payload("mine:empty:home")
    assert "oui retiré" not in amina.heard


async def test_looking_at_ones_data_does_not_end_the_questions(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=1)
    await amina.presses_payload("mine:show")
    assert "Question 3 sur 6" in await amina.says("62")


async def test_what_is_typed_when_asked_whether_to_erase_is_no_first_name(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=4)
    await amina.says("/oublier")
    await amina.says("Oublie")
    assert "• Prénom ou surnom : rien" in await amina.says("/mesdonnees")


async def test_the_thirty_days_count_from_the_first_stop(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.says("stop")
    with time_machine.travel(datetime(2026, 12, 20, 9, tzinfo=UTC), tick=False):
        await amina.says("stop")
        await amina.blocks()
        assert "J'efface tout le 22 décembre 2026" in await amina.says("/mesdonnees")


async def test_nothing_is_promised_to_somebody_who_stopped(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=3)
    await amina.says("stop")
    await amina.presses_payload("mine:edit:name")
    await amina.presses("Oui, je veux bien")
    await amina.says("Lola")
    said = await amina.presses("Passer")
    assert "Je t'écrirai" not in said
    assert "• Je peux t'écrire en premier : non, tu m'as dit stop" in said
    assert "Ce bouton est trop ancien" in await amina.presses_payload("join:skip:exit")


async def test_two_erasures_at_once_are_both_in_the_ledger(
    amina: Chat, denis: Chat, bilal: Chat, keeping: Services
) -> None:
    for chat in (amina, denis, bilal):
        await answers_everything(chat, until=1)
    await asyncio.gather(*(chat.presses_payload("forget:yes") for chat in (amina, denis, bilal)))
    assert keeping.ledger_file is not None
    assert len(ledger.read(keeping.ledger_file)) == 3


async def test_two_taps_erase_everything(amina: Chat, keeping: Services, dump: Callable[[], bytes]) -> None:
    await answers_everything(amina)
    found = await traces(keeping, AMINA)
    assert {"person", "consent_event"} <= found.keys(), "the search finds what is there"
    assert keeping.vault is not None
    index = keeping.vault.keyring.index(str(AMINA)).encode()
    reference = re.search(r"Ta référence, .* : (\S+)", await amina.says("/mesdonnees"))
    assert reference is not None
    assert index in dump()
    assert reference[1].encode() in dump()
    assert marks(dump()) == set(), "sealed, even before"

    assert "On ne peut pas revenir en arrière." in await amina.says("/oublier")
    assert "je garde tout" in await amina.presses("Non, garder")
    await amina.says("/oublier")
    said = await amina.presses("Oui, tout effacer")
    assert "C'est fait : j'ai tout effacé. Ton reçu : " in said
    assert "Je n'avais rien envoyé à personne." in said
    assert await traces(keeping, AMINA) == {}
    assert await rows(keeping) == {"erasure": 1}
    assert index not in dump()
    assert reference[1].encode() not in dump()
    assert "Je n'ai rien sur toi" in await amina.says("/mesdonnees")
    assert "Je n'ai rien sur toi" in await amina.says("/oublier")


async def test_the_receipt_is_in_the_ledger_and_in_its_file(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.says("/oublier")
    said = await amina.presses("Oui, tout effacer")
    assert keeping.vault is not None
    assert keeping.ledger_file is not None
    async with keeping.vault.database.reading() as connection:
        [receipt] = (await connection.scalars(select(Erasure.receipt))).all()
    assert f"Ton reçu : {receipt}." in said
    assert [entry.receipt for entry in ledger.read(keeping.ledger_file)] == [receipt]
    assert str(AMINA) not in keeping.ledger_file.read_text()


async def test_erasing_twice_is_erasing_once(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.says("/oublier")
    yes = amina.payload("Oui, tout effacer")
    await amina.presses_payload(yes)
    assert "Je n'ai rien sur toi" in await amina.presses_payload(yes)
    assert await rows(keeping) == {"erasure": 1}


STOPS = ["/stop", "stop", "STOP !!!", "Arrête", "arrêtez.", "désabonner", "unsubscribe", "توقف", "  st0p ", "s t o p p"]


@pytest.mark.parametrize("word", STOPS)
async def test_a_stop_word_alone_ends_our_messages_at_once(amina: Chat, keeping: Services, word: str) -> None:
    await answers_everything(amina)
    assert "je ne t'écris plus en premier" in await amina.says(word)
    assert await status(keeping) == ("stopped", False)
    said = await amina.says("/mesdonnees")
    assert "• Je peux t'écrire en premier : non, tu m'as dit stop" in said
    assert "• t'écrire dans 6 mois : oui retiré, le 22 novembre 2026" in said
    assert "J'efface tout le 22 décembre 2026" in said


@pytest.mark.parametrize("text", ["stop à la violence", "je veux que ça s'arrête", "c'est quoi l'arrêt maladie"])
async def test_a_stop_word_among_others_stops_nothing(amina: Chat, keeping: Services, text: str) -> None:
    await answers_everything(amina)
    await amina.says(text)
    assert await status(keeping) == ("active", True)


async def test_stop_in_the_middle_of_joining_ends_it(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=1)
    await amina.says("stop")
    assert await status(keeping) == ("stopped", False)
    assert "Question" not in await amina.says("62")


async def test_blocking_does_the_same_and_coming_back_needs_a_new_yes(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.blocks()
    assert await status(keeping) == ("blocked", False)
    await amina.blocks("member")
    keeping.offered.clear()
    said = await amina.says("c'est quoi le cej")
    assert "Le contrat d'engagement jeune (CEJ)" in said
    assert "Tu avais arrêté mes messages. Si tu veux, je peux de nouveau t'écrire." in said
    assert await status(keeping) == ("blocked", False)
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("18 à 20 ans")
    await amina.presses("C'est terminé")
    await amina.presses("Oui, je veux bien")
    assert await status(keeping) == ("active", True)


async def test_to_stop_without_having_said_yes_writes_nothing(amina: Chat, keeping: Services) -> None:
    assert "je ne t'écris jamais en premier" in await amina.says("stop")
    assert await rows(keeping) == {}


async def test_every_answer_renews_the_day_of_the_last_contact_and_nothing_finer(
    amina: Chat, keeping: Services
) -> None:
    await answers_everything(amina)
    with time_machine.travel(datetime(2027, 2, 3, 9, tzinfo=UTC), tick=False):
        await amina.says("c'est quoi le cej")
        assert "J'efface tout le 3 février 2029" in await amina.says("/mesdonnees")


async def test_an_update_given_twice_changes_nothing_twice(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=0)
    message = amina.typed("mars 2026") | {"update_id": 999_000_001}
    assert "Question 2" in await amina.does(message)
    assert await amina.does(message) == "", "the departement is not filled with a date"


async def test_two_taps_at_once_are_one(amina: Chat, keeping: Services) -> None:
    """Two devices, or a thumb that trembles: 50 ms apart on Telegram, at the same instant here."""
    await answers_everything(amina, until=0)
    skip = amina.payload("Passer")
    await asyncio.gather(*(amina.presses_payload(skip) for _ in range(4)))
    assert "Question 3 sur 6" in await amina.says("62"), "one question was skipped, not four"


async def test_two_yeses_at_once_keep_one_person(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("18 à 20 ans")
    await amina.presses("C'est terminé")
    yes = amina.payload("Oui, je veux bien")
    await asyncio.gather(*(amina.presses_payload(yes) for _ in range(4)))
    assert await rows(keeping) == {"person": 1, "consent_event": 1}


async def test_one_update_given_twice_at_once_is_done_once(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=0)
    message = amina.typed("mars 2026") | {"update_id": 999_000_002}
    await asyncio.gather(*(amina.does(message) for _ in range(3)))
    assert "Question 3 sur 6" in await amina.says("62")


async def test_the_proof_of_consent_is_an_unbroken_chain(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.says("stop")
    assert keeping.vault is not None

    async def look(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        events = await consents.history(tx, person)
        assert [event.action for event in events] == ["grant", "grant", "withdraw"]
        assert consents.is_unbroken(events)
        assert not consents.is_unbroken(events[1:])
        events[1].occurred_at += timedelta(seconds=1)
        assert not consents.is_unbroken(events)
        tx.session.expunge_all()

    await keeping.vault.read(look, now=TODAY)


def test_every_table_and_column_says_what_it_is_and_how_long_it_lives() -> None:
    from bot.models import Kind
    from bot.retention import RULES

    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            assert column.info.get("kind") in set(Kind), column
            assert column.info.get("retention") in RULES, column
            assert (column.info["kind"] == Kind.DIRECT) == column.name.endswith("_sealed"), column
