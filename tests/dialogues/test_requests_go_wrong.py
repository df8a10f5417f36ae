"""Requests when something goes wrong: nobody is written to who should not be, and what is said is true."""

import re
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date, time, timedelta
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import event, select

from bot import addressees, clock, clockwork, outbox, people, purging, referral_words, referrals
from bot.directory import Directory
from bot.letter_texts import Office
from bot.mailer import Posted
from bot.models import Referral
from bot.models import ReferralState as Is
from bot.receipts import Answer, Appointment, Cannot, Reached, Received
from bot.replies import Outcome, Reply, Undelivered, plain
from bot.services import Services
from bot.settings import Settings
from bot.vault import T, Transaction
from tests.conftest import AMINA, Chat
from tests.dialogues.test_requests import ARRAS, BOX, Relay, asks, desk, follow, known, link_of, post, state, told
from tests.joined import TODAY
from tests.sweep import NAME

__all__ = ["known"]  # a fixture
pytestmark = pytest.mark.slow

DOWN, LOST = Posted(Outcome.LATER, 451), Posted(Outcome.MAYBE)
MEETING = Appointment(date(2026, 12, 3), time(14, 30), "12 rue Fictive", "Viens avec un papier.")
PREVIEW, NEWS = "Voilà tout ce qui partirait", "J'ai du nouveau pour toi."
TWIN = replace(ARRAS, id="ml-arras-2", address="9 rue Autre")
LENS = replace(ARRAS, id="ml-lens", name="ML de Lens", town="Lens", insee="", organisation="62498", lat=50.43, lon=2.83)
MEUSE = replace(ARRAS, id="ml-55", departement="55", organisation="55029", town="Bar-le-Duc", insee="55029")


def after(**passed: float) -> time_machine.travel:
    return time_machine.travel(TODAY + timedelta(**passed), tick=False)


async def does(services: Services, work: Callable[[Transaction], Awaitable[T]]) -> T:
    assert services.vault is not None
    return await services.vault.write(work, now=clock.now())


async def confirm(services: Services, structure: str, mailbox: str = "accueil@autre.example.org") -> None:
    await does(services, lambda tx: addressees.confirm(tx, structure, mailbox, "une opératrice"))


async def sweep(services: Services, *, away: bool = False) -> list[str]:
    """What the bot says by itself now; nothing while Telegram is `away`."""
    said = []

    async def say(_chat: int, reply: Reply) -> None:
        if away:
            raise Undelivered
        said.append(plain(reply.html))

    assert services.vault is not None
    await outbox.sweep(services.vault, say, now=clock.now())
    return said


async def confirms(chat: Chat, services: Services, *relay_says: Posted) -> Relay:
    await asks(chat)
    await chat.presses("Envoyer")
    await post(services, relay := Relay(*relay_says))
    return relay


async def token_of(chat: Chat, services: Services) -> str:
    """Have a request sent, and return what opens its page."""
    return link_of((await confirms(chat, services)).mails[0])


async def sees(chat: Chat) -> str:
    await chat.says("/demandes")
    return await chat.presses(next(label for label in chat.buttons if label.startswith("R-")))


async def takes_back(chat: Chat) -> str:
    await sees(chat)
    await chat.presses("Retirer ma demande")
    return await chat.presses("Oui, la retirer")


async def test_with_nothing_set_but_a_port_a_request_becomes_a_file(known: Chat, keeping: Services) -> None:
    with tempfile.TemporaryDirectory() as folder:  # not pytest's own, in which no name may be left
        settings = Settings(_env_file=None, web_port=8089, var_dir=Path(folder))  # type: ignore[call-arg]
        assert settings.may_post
        keeping.office = Office(settings.pages or "", settings.sender.rpartition("@")[2])
        await asks(known)
        await known.presses("Envoyer")
        await clockwork.post_letters(settings, keeping)
        [file] = Path(folder, "mail").glob("*.eml")
        assert NAME in file.read_text()
    assert "C'est envoyé." in (await told(keeping))[0]
    assert [box.refused_code for box in await does(keeping, addressees.everyone)] == [None]


async def test_an_appointment_is_told_after_two_days_without_telegram(known: Chat, keeping: Services) -> None:
    token = await token_of(known, keeping)
    assert len(await sweep(keeping)) == 1
    await desk(keeping).answer(token, MEETING)
    assert keeping.vault is not None
    for hours in range(0, 72, 6):
        with after(hours=hours):
            await sweep(keeping, away=True)
            await purging.purge(keeping.vault, now=clock.now())
    with after(hours=73):
        assert [NEWS in said for said in await sweep(keeping)] == [True]


@pytest.mark.parametrize("why", ["nothing posts it", "its mailbox is taken off", "its mailbox is another one"])
async def test_a_request_that_cannot_go_ends_as_not_sent_and_is_told(known: Chat, keeping: Services, why: str) -> None:
    relay = Relay()
    await asks(known)
    await known.presses("Envoyer")
    if why == "nothing posts it":
        for hours in (1.1, 24, 48, 72):
            with after(hours=hours):
                await follow(keeping)
    else:
        relay.said = [DOWN]
        await post(keeping, relay)
        await does(keeping, lambda tx: addressees.remove(tx, ARRAS.id))
    if why == "its mailbox is another one":
        await confirm(keeping, ARRAS.id)
    with after(days=3, hours=1):
        await post(keeping, relay)
        assert relay.mails == []
        assert NEWS in (await told(keeping))[-1]
        assert "je n'ai pas réussi à l'envoyer" in await sees(known)
        assert NAME not in known.heard
    assert not any(box.refused_code for box in await does(keeping, addressees.everyone))


@pytest.mark.parametrize("taken_back", [False, True])
async def test_only_the_last_word_is_said_in_the_morning(known: Chat, keeping: Services, *, taken_back: bool) -> None:
    relay = await confirms(known, keeping, DOWN)
    with after(hours=1.1):
        await follow(keeping)
    with after(hours=2):
        await post(keeping, relay)
        if taken_back:
            await takes_back(known)
    with after(days=1):
        assert [one[:12] for one in await sweep(keeping)] == ([] if taken_back else ["C'est envoyé"])


@pytest.mark.parametrize("then", [Received("Un mot."), Reached(reached=True), Reached(reached=False)])
async def test_whatever_is_added_an_appointment_is_read(known: Chat, keeping: Services, then: Answer) -> None:
    token = await token_of(known, keeping)
    for answer in (MEETING, then):
        await desk(keeping).answer(token, answer)
        assert "Rendez-vous le 3 décembre 2026 à 14:30, 12 rue Fictive." in await sees(known)
    await desk(keeping).answer(token, Cannot("full"))
    assert "Rendez-vous" not in await sees(known)


async def test_an_appointment_in_forty_days_is_read_until_its_day(known: Chat, keeping: Services) -> None:
    token = await token_of(known, keeping)
    with after(days=5):
        await desk(keeping).answer(token, replace(MEETING, on=TODAY.date() + timedelta(days=40)))
    for day in (31, 39, 40, 41):
        with after(days=day):
            await follow(keeping)
            shown = await sees(known)
        assert ("janvier 2027 à 14:30" in shown) == (day <= 40), day
        assert NAME not in shown


async def test_no_message_of_a_structure_stands_outside_its_quote(known: Chat, keeping: Services) -> None:
    token = await token_of(known, keeping)
    typed = "Merci. »\n\nC'est Relais : appelle le 06 39 98 00 00.\n</blockquote><b>Ce qui est parti :</b>"
    await desk(keeping).answer(token, Received(typed))

    async def html(tx: Transaction) -> str:
        [one] = await tx.session.scalars(select(Referral))
        return referral_words.details(one, referrals.answer(tx, one), (), "", "fr").html

    shown = await does(keeping, html)
    assert "C'est Relais" in shown
    outside = re.sub(r"<blockquote>[^<]*</blockquote>", "", shown)
    assert not any(words in outside for words in ("C'est Relais", "06 39", "Ce qui est parti"))


MOMENTS = {"never sent": [DOWN], "in doubt": [LOST], "sent": [], "they cannot": [], "late": []}


@pytest.mark.parametrize("how", ["taken back", "erased"])
@pytest.mark.parametrize("when", MOMENTS)
async def test_what_is_said_at_the_end_is_written(known: Chat, keeping: Services, when: str, how: str) -> None:
    mails = (await confirms(known, keeping, *MOMENTS[when])).mails
    if when == "they cannot":
        await desk(keeping).answer(link_of(mails[0]), Cannot("full"))
    told_so = when not in ("never sent", "late")
    with after(days=31 if when == "late" else 0, hours=0.1):
        await follow(keeping)
        assert f"Tes demandes d'aide : {ARRAS.name}." in await known.says("/mesdonnees")
        assert "rien envoyé" not in known.heard
        if how == "erased":
            await known.says("/oublier")
            said = await known.presses("Oui, tout effacer")
            assert ("Je leur demande de l'effacer aussi." in said) == told_so
            assert ("Je n'avais rien envoyé à personne." in said) == (when == "never sent")
        elif when == "late":
            await sees(known)
            assert "Retirer ma demande" not in known.buttons
        else:
            said = await takes_back(known)
            assert ("Je demande à la structure" in said, "Rien n'était parti." in said) == (told_so, not told_so)
        await post(keeping, relay := Relay())
    assert [mail.to for mail in relay.mails] == [BOX] * told_so
    assert all("Merci d'effacer" in mail.text and NAME not in mail.text for mail in relay.mails)
    assert [await desk(keeping).look(link_of(mail)) for mail in mails] == [None] * len(mails), "its page is closed"


@pytest.mark.parametrize("days", [0, 30], ids=["taken back", "after thirty days"])
async def test_no_column_says_what_was_needed_once_it_is_over(known: Chat, keeping: Services, days: int) -> None:
    await confirms(known, keeping)

    async def words(tx: Transaction) -> set[str]:
        [one] = await tx.session.scalars(select(Referral))
        columns = [column.name for column in Referral.__table__.columns]
        sealed = [name.removesuffix("_sealed") for name in columns if name.endswith("_sealed")]
        said = repr([*(getattr(one, name) for name in columns), *(tx.unseal(one, name) for name in sealed)])
        return {word for word in ("housing", "logement", NAME, "'ase'") if word in said}

    assert len(await does(keeping, words)) == 4
    with after(days=days, hours=1):
        await (follow(keeping) if days else takes_back(known))
    assert await does(keeping, words) == set()


async def test_a_button_of_one_preview_sends_no_other(known: Chat, keeping: Services) -> None:
    await asks(known)
    first = known.payload("Envoyer")
    keeping.directory = Directory((TWIN,))  # of the same name
    await confirm(keeping, TWIN.id)
    await asks(known)
    assert PREVIEW in await known.presses_payload(first)
    await known.presses("✅ Âge")
    old = [known.payload("Envoyer"), "fwd:send:", "fwd:send"]
    await known.presses_payload("mine:age:15-17")  # another text stands below the preview now
    for payload in old:
        assert PREVIEW in await known.presses_payload(payload), payload
    assert await state(keeping) == [Is.DRAFT]
    assert "Je te dis dès qu'elle est partie." in await known.presses("Envoyer")


async def test_a_request_goes_to_the_probable_structure_or_its_seat_or_nobody(known: Chat, keeping: Services) -> None:
    seat = replace(LENS, id=ARRAS.id, name="Siège d'essai", organisation=ARRAS.organisation)
    keeping.directory = Directory((replace(ARRAS, id="ml-antenne", is_seat=False), seat, LENS))
    await confirm(keeping, LENS.id)
    assert f"{PREVIEW} à Siège d'essai, Lens," in await asks(known)
    await known.presses("✅ Prénom ou surnom")
    await known.presses("Envoyer")
    await post(keeping, relay := Relay())
    assert [mail.to for mail in relay.mails] == [BOX]

    await does(keeping, lambda tx: addressees.remove(tx, ARRAS.id))
    assert "Je ne peux pas encore leur écrire pour toi." in await asks(known)
    assert "03 21 00 00 00" in known.heard
    assert await state(keeping) == [Is.SENT]


@pytest.mark.parametrize("unknown", ["home", "care_departement"])
async def test_without_a_place_nothing_is_addressed_to_anybody(known: Chat, keeping: Services, unknown: str) -> None:
    async def forget(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        people.change(tx, person, **{unknown: None})

    await does(keeping, forget)
    said = await asks(known)
    if unknown == "home":
        assert "Il me faut d'abord ta ville" in said
    else:
        await known.presses("Annuler")
        await known.presses_payload("fwd:who:departement:0")
        assert "quel département s'occupait de toi" in known.heard
    assert await state(keeping) == []


async def test_a_corrected_town_changes_the_structure_and_no_choice(known: Chat, keeping: Services) -> None:
    keeping.directory = Directory((ARRAS, MEUSE))
    await confirm(keeping, MEUSE.id)
    await asks(known)
    for label in ("✅ Prénom ou surnom", "Corriger", "Où j'habite"):
        await known.presses(label)
    shown = (await known.says("55000")).partition(PREVIEW)[2]
    assert f" à {ARRAS.name}, Bar-le-Duc, et" in shown
    assert NAME not in shown
    await known.presses("Envoyer")
    await post(keeping, relay := Relay())
    assert [mail.to for mail in relay.mails] == ["accueil@autre.example.org"]


async def test_words_under_a_preview_send_nothing_and_all_leads_back(known: Chat, keeping: Services) -> None:
    await asks(known)
    for word in ("oui", "ok", "d'accord", "envoie"):
        assert PREVIEW in (await known.says(word)).partition("Rien n'est parti.")[2], word
    assert "engagement jeune" in (await known.says("c'est quoi le cej")).lower()
    assert "Rien n'est parti." not in known.heard
    await known.says("/demandes")
    assert PREVIEW in await known.presses("Continuer ma demande, pas encore envoyée")
    for ways in (["Prénom"], ["Où j'habite"], []):
        for label in ("Corriger", *ways):
            await known.presses(label)
        assert PREVIEW in await known.presses("Retour")
    assert "03 21 00 00 00" in await known.presses("Annuler"), "whom to call instead"
    assert "D'accord, je n'envoie rien." in known.heard
    assert await state(keeping) == []


async def test_a_structure_that_leaves_the_directory_still_has_the_request(known: Chat, keeping: Services) -> None:
    token = await token_of(known, keeping)
    keeping.directory = Directory((LENS,))
    await confirm(keeping, LENS.id)
    with after(days=3, hours=1):
        await follow(keeping)
        await post(keeping, relay := Relay())
    assert [(mail.to, link_of(mail)) for mail in relay.mails] == [(BOX, token)]
    assert NAME in await sees(known)
    assert await desk(keeping).answer(token, Cannot("full")) is not None
    assert "Ils ne peuvent pas t'aider cette fois" in await sees(known)
    assert f"{PREVIEW} à {LENS.name}, et" in await known.presses("Demander à quelqu'un d'autre")


async def test_before_the_commit_of_a_yes_nothing_leaves_nor_is_promised(known: Chat, keeping: Services) -> None:
    def dies(_connection: object) -> None:
        raise OSError("the power went")

    await asks(known)
    assert keeping.vault is not None
    event.listen(keeping.vault.database.engine.sync_engine, "commit", dies)
    said = await known.presses("Envoyer")
    event.remove(keeping.vault.database.engine.sync_engine, "commit", dies)
    await post(keeping, relay := Relay())
    assert (relay.mails, await told(keeping)) == ([], [])
    assert not any(words in said for words in ("Je te dis dès", "partie", "envoyé"))
    await known.says("/demandes")
    assert PREVIEW in await known.presses("Continuer ma demande, pas encore envoyée")
    await known.presses("Envoyer")
    await post(keeping, relay)
    assert len(relay.mails) == 1
