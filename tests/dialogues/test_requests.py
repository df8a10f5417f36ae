"""A request to a structure, from « je veux bien » to its answer: what is sent is what was read, and nothing else."""

from collections.abc import Sequence
from datetime import date, timedelta
from datetime import time as hour

import pytest
import time_machine
from sqlalchemy import func, select

from bot import addressees, clock, following, people, posting, receipts
from bot.answering import Desk
from bot.directory import Directory
from bot.following import Days
from bot.letter_texts import Office
from bot.mailer import Posted
from bot.mails import Mail
from bot.models import Letter, Outgoing, Referral, ReferralState
from bot.replies import Outcome
from bot.services import Services
from bot.structures import Kind, Structure
from bot.vault import Transaction
from tests.conftest import AMINA, Chat
from tests.joined import TODAY, join, rows
from tests.sweep import NAME

pytestmark = pytest.mark.slow

OFFICE = Office("https://relais.example.org", "example.org")
ARRAS = Structure(
    "ml-arras", Kind.MISSION_LOCALE, "Mission Locale d'essai d'Arras", "62", "essai", "2026-11", organisation="62041",
    address="1 rue Fictive", postcode="62000", town="Arras", insee="62041", phone="+33321000000",
)  # fmt: skip
BOX = "accueil@ml-arras.example.org"
SENT = Posted(Outcome.SENT, 250)


@pytest.fixture
async def known(amina: Chat, keeping: Services) -> Chat:
    """Amina, of whom everything is kept, near a Mission Locale whose mailbox was confirmed."""
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)
    keeping.directory = Directory((ARRAS,))
    keeping.office = OFFICE
    await keeping.vault.write(lambda tx: addressees.confirm(tx, ARRAS.id, BOX, "une opératrice"), now=TODAY)
    return amina


class Relay:
    """A relay that says what it was told to say, and keeps what it took."""

    def __init__(self, *said: Posted) -> None:
        self.said = list(said)
        self.mails: list[Mail] = []

    async def __call__(self, mail: Mail, _at: object) -> Posted:
        found = self.said.pop(0) if self.said else SENT
        if found.outcome in (Outcome.SENT, Outcome.MAYBE):
            self.mails.append(mail)
        return found


async def post(services: Services, relay: Relay) -> None:
    """One tick of the clock that posts letters, then one that says what is to be said."""
    assert services.vault is not None
    await posting.post_due(services.vault, relay, OFFICE, services.library, services.places, now=clock.now)


async def told(services: Services) -> list[str]:
    """What is to be said to Amina by the sweep, now or later."""
    assert services.vault is not None

    async def look(tx: Transaction) -> list[str]:
        found = await tx.session.scalars(select(Outgoing).order_by(Outgoing.written_at))
        return [tx.unseal(row, "body") or "" for row in found]

    return await services.vault.read(look, now=TODAY)


async def asks(chat: Chat, need: str = "logement") -> str:
    """Go as far as the preview of a request to the Mission Locale."""
    await chat.says("/demandes")
    await chat.presses("Faire une demande")
    await chat.presses(need)
    return await chat.presses("La Mission Locale : travail, argent, papiers, santé")


async def sends(chat: Chat, services: Services, relay: Relay | None = None) -> Mail:
    relay = relay or Relay()
    await asks(chat)
    await chat.presses("Envoyer")
    await post(services, relay)
    return relay.mails[0]


def link_of(mail: Mail) -> str:
    return next(word for word in mail.text.split() if "/r/" in word).rpartition("/")[2]


async def state(services: Services) -> Sequence[str]:
    assert services.vault is not None

    async def look(tx: Transaction) -> Sequence[str]:
        return list(await tx.session.scalars(select(Referral.state).order_by(Referral.drafted_at)))

    return await services.vault.read(look, now=TODAY)


def desk(services: Services) -> Desk:
    return Desk(lambda: services.vault, lambda: services.places, clock.now)


async def test_what_is_sent_is_exactly_what_was_read(known: Chat, keeping: Services) -> None:
    shown = await asks(known)
    assert "Voilà tout ce qui partirait à Mission Locale d'essai d'Arras, et rien d'autre :" in shown
    assert f"Besoin : logement\nPrénom ou surnom : {NAME}\n" in shown
    assert "ASE" not in shown.partition("Appuie sur une ligne")[0]

    await known.presses("✅ Prénom ou surnom")
    shown = await known.presses("⬜ Dire que j'ai été suivi par l'ASE")
    lines = shown.partition(":\n\n")[2].partition("\nAppuie sur")[0]
    assert NAME not in lines
    assert "J'ai été suivi·e par l'aide sociale à l'enfance (ASE)." in lines

    assert "Je te dis dès qu'elle est partie." in await known.presses("Envoyer")
    relay = Relay()
    await post(keeping, relay)
    [mail] = relay.mails
    assert mail.to == BOX
    assert lines.strip() in mail.text
    assert NAME not in mail.text + mail.html + mail.subject
    assert "C'est envoyé." in (await told(keeping))[0]
    assert await state(keeping) == [ReferralState.SENT]


async def test_nothing_is_promised_while_the_relay_has_not_taken_it(known: Chat, keeping: Services) -> None:
    relay = Relay(*[Posted(Outcome.LATER, 451)] * 3)
    await asks(known)
    await known.presses("Envoyer")
    await post(keeping, relay)
    assert await told(keeping) == []
    with time_machine.travel(TODAY + timedelta(hours=1, minutes=5), tick=False):
        await post(keeping, relay)
        await follow(keeping)
        [late] = await told(keeping)
        assert "Je n'ai pas encore la confirmation que ta demande" in late
        assert "envoyé" not in late
        await follow(keeping)
        assert len(await told(keeping)) == 1
    with time_machine.travel(TODAY + timedelta(hours=3), tick=False):
        relay.said = []
        await post(keeping, relay)
        assert "C'est envoyé." in (await told(keeping))[-1]
    assert len(relay.mails) == 1


async def follow(services: Services) -> None:
    assert services.vault is not None
    while await services.vault.write(lambda tx: following.follow_up(tx, Days(), services.places), now=clock.now()):
        pass


async def test_a_mailbox_that_refuses_is_flagged_and_another_door_is_offered(known: Chat, keeping: Services) -> None:
    relay = Relay(Posted(Outcome.REFUSED, 550))
    await asks(known)
    await known.presses("Envoyer")
    await post(keeping, relay)
    assert "J'ai du nouveau pour toi." in (await told(keeping))[0]
    said = await known.says("/demandes")
    assert "je n'ai pas réussi à l'envoyer" in said
    await known.presses(ref_in(said))
    await known.presses("Demander à quelqu'un d'autre")
    shown = await known.presses("logement")
    assert "À qui veux-tu demander de l'aide ?" in shown
    shown = await known.presses("La Mission Locale : travail, argent, papiers, santé")
    assert "Je ne peux pas encore leur écrire pour toi." in shown
    assert "03 21 00 00 00" in shown


def ref_in(text: str) -> str:
    return next(word.strip(",") for word in text.split() if word.startswith("R-"))


async def test_a_letter_lost_on_the_way_is_sent_twice_at_most_with_one_message_id(
    known: Chat, keeping: Services
) -> None:
    relay = Relay(*[Posted(Outcome.MAYBE)] * 5)
    await asks(known)
    await known.presses("Envoyer")
    for minutes in (0, 31, 62, 180):
        with time_machine.travel(TODAY + timedelta(minutes=minutes), tick=False):
            await post(keeping, relay)
    assert len(relay.mails) == 2
    assert len({(mail.message_id, mail.text) for mail in relay.mails}) == 1
    assert await state(keeping) == [ReferralState.FAILED]
    assert not any("envoyé" in one for one in await told(keeping))
    assert "je ne sais pas si elle est arrivée" in await known.says("/demandes")
    # It had come after all: whoever got it may answer.
    assert await desk(keeping).answer(link_of(relay.mails[0]), receipts.Received()) is not None
    assert "reçue, ils s'en occupent" in await known.says("/demandes")


async def test_without_a_page_to_answer_on_nothing_is_written(known: Chat, keeping: Services) -> None:
    keeping.office = None
    assert "Je ne peux pas encore leur écrire pour toi." in await asks(known)
    assert await state(keeping) == []


async def test_an_appointment_given_on_the_page_is_read_in_the_chat(known: Chat, keeping: Services) -> None:
    token = link_of(await sends(known, keeping))
    request = await desk(keeping).look(token)
    assert request is not None
    assert request.lines[0] == receipts.Line("Besoin", "logement")
    answer = receipts.Appointment(date(2026, 12, 3), hour(14, 30), "12 rue Fictive", "Viens avec un papier.")
    for _ in range(2):  # pressed twice: told once
        assert await desk(keeping).answer(token, answer) is not None
    said = await told(keeping)
    assert len(said) == 2
    assert "rue" not in said[1]
    shown = await known.presses(ref_in(await known.says("/demandes")))
    assert "Rendez-vous le 3 décembre 2026 à 14:30, 12 rue Fictive." in shown
    assert "Leur message :\nViens avec un papier." in shown
    assert await state(keeping) == [ReferralState.APPOINTMENT]


async def test_a_guessed_link_shows_nothing(known: Chat, keeping: Services) -> None:
    await sends(known, keeping)
    assert await desk(keeping).look("A" * 22) is None
    assert await desk(keeping).answer("A" * 22, receipts.Received()) is None
    assert await state(keeping) == [ReferralState.SENT]


async def test_silence_is_followed_until_its_end(known: Chat, keeping: Services) -> None:
    token = link_of(await sends(known, keeping))
    relay = Relay()
    for day in (2, 3, 4, 10, 11, 15, 16):
        with time_machine.travel(TODAY + timedelta(days=day, hours=1), tick=False):
            await follow(keeping)
            await post(keeping, relay)
    assert [mail.message_id.split(".")[1:3] for mail in relay.mails] == [
        ["reminder", "1@example"],
        ["reminder", "2@example"],
    ]
    assert all(link_of(mail) == token and NAME not in mail.text for mail in relay.mails)
    with time_machine.travel(TODAY + timedelta(days=16), tick=False):
        said = await known.presses(ref_in(await known.says("/demandes")))
        assert "Personne n'a encore répondu. Ce n'est pas ta faute." in said
        assert NAME in said
    with time_machine.travel(TODAY + timedelta(days=30, hours=2), tick=False):
        await follow(keeping)
        said = await known.presses(ref_in(await known.says("/demandes")))
        assert "personne n'a répondu" in said
        assert NAME not in said
        assert await desk(keeping).look(token) is None
    assert await state(keeping) == [ReferralState.EXPIRED]
    # Told that it left, and once that nobody answers.
    assert len(await told(keeping)) == 2


async def test_a_request_taken_back_is_told_to_whoever_has_it(known: Chat, keeping: Services) -> None:
    token = link_of(await sends(known, keeping))
    await known.presses(ref_in(await known.says("/demandes")))
    await known.presses("Retirer ma demande")
    assert "Je demande à la structure d'effacer ce qu'elle a reçu." in await known.presses("Oui, la retirer")
    relay = Relay()
    await post(keeping, relay)
    [mail] = relay.mails
    assert "l'a retirée" in mail.text
    assert NAME not in mail.text
    assert await desk(keeping).look(token) is None


async def test_a_request_taken_back_before_it_left_tells_nobody(known: Chat, keeping: Services) -> None:
    await asks(known)
    await known.presses("Envoyer")
    await known.presses(ref_in(await known.says("/demandes")))
    await known.presses("Retirer ma demande")
    assert "Rien n'était parti." in await known.presses("Oui, la retirer")
    relay = Relay()
    await post(keeping, relay)
    assert relay.mails == []


async def test_whoever_is_erased_is_erased_at_the_structure_too(known: Chat, keeping: Services) -> None:
    await sends(known, keeping)
    await known.says("/oublier")
    assert "Tu avais envoyé une demande à : Mission Locale d'essai d'Arras." in await known.presses("Oui, tout effacer")
    assert await rows(keeping) == {"addressee": 1, "erasure": 1, "letter": 2}
    relay = Relay()
    await post(keeping, relay)
    [mail] = relay.mails
    assert "articles 17 et 19 du RGPD" in mail.text
    assert NAME not in mail.text


async def test_three_requests_in_a_month_are_enough(known: Chat, keeping: Services) -> None:
    for _ in range(3):
        await asks(known)
        await known.presses("Envoyer")
    await asks(known)
    assert "Tu as déjà fait trois demandes en 30 jours." in await known.presses("Envoyer")
    assert "03 21 00 00 00" in known.heard
    assert (await state(keeping)).count(ReferralState.WAITING) == 3


async def test_a_preview_that_changed_is_shown_again_before_anything_leaves(known: Chat, keeping: Services) -> None:
    await asks(known)
    assert keeping.vault is not None

    async def rename(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        people.change(tx, person, name="Autre Prénom")

    await keeping.vault.write(rename, now=TODAY)
    shown = await known.presses("Envoyer")
    assert "Prénom ou surnom : Autre Prénom" in shown
    assert await state(keeping) == [ReferralState.DRAFT]


async def test_two_taps_on_send_make_one_request(known: Chat, keeping: Services) -> None:
    await asks(known)
    send = known.payload("Envoyer")
    await known.presses_payload(send)
    await known.presses_payload(send)
    assert keeping.vault is not None
    count = select(func.count()).select_from(Letter)

    async def look(tx: Transaction) -> int:
        return int(await tx.session.scalar(count) or 0)

    assert await keeping.vault.read(look, now=TODAY) == 1


async def test_without_a_confirmed_mailbox_a_message_to_send_oneself_is_given(known: Chat, keeping: Services) -> None:
    assert keeping.vault is not None
    await keeping.vault.write(lambda tx: addressees.remove(tx, ARRAS.id), now=TODAY)
    shown = await asks(known)
    assert "Je ne peux pas encore leur écrire pour toi." in shown
    assert "Bonjour, je cherche de l'aide (logement)." in shown
    assert "03 21 00 00 00" in shown


async def test_a_stranger_is_asked_to_join_first_and_sees_nothing_of_others(
    known: Chat, denis: Chat, keeping: Services
) -> None:
    await sends(known, keeping)
    ref = ref_in(await known.says("/demandes"))
    assert "Tu n'as pas de demande en cours." in await denis.says("/demandes")
    assert "Il me faut d'abord ton accord." in await denis.presses("Faire une demande")
    for action in ("see", "ask_back", "withdraw", "next"):
        assert NAME not in await denis.presses_payload(f"fwd:{action}:{ref}")
    assert await state(keeping) == [ReferralState.SENT]
