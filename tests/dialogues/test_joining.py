"""Saying yes, one question at a time; saying no; stopping half-way; and those who may not."""

from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import time_machine
from sqlalchemy import func, select

from bot import people
from bot.models import ConsentEvent, Person
from bot.nlu import Nlu
from bot.people import Details
from bot.services import Services
from bot.understanding import Thresholds
from bot.vault import Transaction
from tests.conftest import AMINA, BILAL, DENIS, Chat
from tests.joined import TODAY, answers_everything, rows, says_yes
from tests.scripted_rasa import TOKEN, ranks, scripted_rasa
from tests.sweep import NAME, PHONE

LIMITS = Thresholds(answer=0.5, margin=0.1, offer=0.3, danger=0.3, worry=0.2)


async def details(services: Services, chat: int) -> Details:
    assert services.vault is not None

    async def look(tx: Transaction) -> Details:
        person = await people.find(tx, chat)
        assert person is not None, "nothing is kept about them"
        return people.details(tx, person)

    return await services.vault.read(look, now=TODAY)


async def consents(services: Services) -> list[tuple[str, str, str]]:
    assert services.vault is not None
    async with services.vault.database.reading() as connection:
        found = await connection.execute(
            select(ConsentEvent.purpose, ConsentEvent.action, ConsentEvent.how).order_by(ConsentEvent.id)
        )
        return [tuple(row) for row in found]


async def test_amina_says_yes_and_answers_every_question(amina: Chat, keeping: Services) -> None:
    assert "6 mois" not in await amina.says("salut")
    assert "Je peux t'écrire dans 6 mois pour savoir comment ça va" in await amina.says("c'est quoi le cej")
    assert "Quel âge as-tu ? Je ne garde rien avant que tu dises oui." in await amina.presses("Écris-moi dans 6 mois")
    assert "tu en es où" in await amina.presses("18 à 20 ans")

    notice = await amina.presses("C'est terminé")
    assert "Si tu dis oui" in notice
    assert "Tu peux dire non : je réponds à tes questions pareil." in notice
    assert amina.buttons[:2] == ["Oui, je veux bien", "Non, je ne veux pas"]
    assert await rows(keeping) == {}

    assert "Question 1 sur 6\nC'est quand, ton départ" in await amina.presses("Oui, je veux bien")
    assert "Noté : mars 2026.\n\nQuestion 2 sur 6\nQuel département" in await amina.says("fin mars 2026")
    assert "Noté : Seine-Saint-Denis (93).\n\nQuestion 3 sur 6\nOù habites-tu" in await amina.says("le 93")
    assert "Laquelle veux-tu dire ?" in await amina.says("saint denis")
    assert amina.buttons[:3] == ["Saint-Denis (974)", "Saint-Denis (93)", "11310 Saint-Denis (11)"]
    assert amina.buttons[3:] == ["Passer", "Retour", "Arrêter là"]
    assert "Je garde de quoi te joindre ?" in await amina.presses("Saint-Denis (93)")
    assert "Comment veux-tu que je t'appelle ?" in await amina.presses("Oui, je veux bien")
    assert "À quel numéro ou à quel e-mail" in await amina.says(f"  {NAME}  ")
    assert "Comment veux-tu qu'on te contacte ?" in await amina.says(f"zéro six ? non {PHONE}")
    await amina.presses("⬜ m'envoyer un SMS")
    await amina.presses("⬜ ne pas laisser de message vocal")
    assert "✅ m'envoyer un SMS" in amina.buttons
    assert "Merci, c'est noté." in await amina.presses("C'est bon")

    kept = await details(keeping, AMINA)
    assert (kept.exit_on and kept.exit_on.isoformat(), kept.exit_precision) == ("2026-03-31", "month")
    assert (kept.care_departement, kept.home, kept.home_departement) == ("93", "Saint-Denis", "93")
    assert (kept.name, kept.phone, kept.email) == (NAME, "+33639987731", None)
    assert kept.reach_how == "text,no_voicemail"
    assert await consents(keeping) == [("checkin", "grant", "button"), ("contact", "grant", "button")]


async def test_bilal_reads_a_simpler_text_and_gets_the_date_of_the_message(bilal: Chat, keeping: Services) -> None:
    await bilal.says("c'est quoi le cej")
    await bilal.presses("Écris-moi dans 6 mois")
    await bilal.presses("15 à 17 ans")
    notice = await bilal.presses("Ça dure encore")
    assert "Tu as entre 15 et 17 ans. Tu as le droit de décider sans tes parents." in notice
    await bilal.presses("Oui, je veux bien")
    await bilal.says("٣١/٠٨/٢٠٢٧")
    await bilal.presses("Passer")
    await bilal.presses("Passer")
    said = await bilal.presses("Non, je ne veux pas")
    assert "Je t'écrirai vers le 29 février 2028." in said
    kept = await details(keeping, BILAL)
    assert (kept.situation, kept.care_departement, kept.home, kept.name) == ("in_care", None, None, None)
    assert await consents(keeping) == [("checkin", "grant", "button"), ("contact", "refuse", "button")]


async def test_under_15_nothing_is_stored_and_whom_to_ask_is_said(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    said = await amina.presses("moins de 15 ans")
    assert "Je ne garde rien." in said
    assert "119" in said
    assert await rows(keeping) == {}


async def test_whoever_says_no_to_everything_is_answered_all_the_same(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("18 à 20 ans")
    await amina.presses("Passer")
    assert "Je n'ai rien gardé." in await amina.presses("Non, je ne veux pas")
    assert await rows(keeping) == {}
    answer = await amina.says("c'est quoi l'adepape")
    assert "ADEPAPE" in answer
    assert "6 mois pour savoir" not in answer, "not at every question"


async def test_a_helper_is_sent_back_to_the_one_concerned(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("21 ou plus")
    assert "C'est à la personne elle-même de dire oui" in await amina.presses("J'aide quelqu'un")
    assert await rows(keeping) == {}


async def test_stopping_half_way_loses_nothing_and_is_taken_up_a_day_later(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    with time_machine.travel(datetime(2026, 11, 23, 16, tzinfo=UTC), tick=False):
        assert "CEJ" in await amina.says("c'est quoi le cej")
        keeping.offered.clear()
        assert "On n'avait pas fini. On continue ?" in await amina.says("c'est quoi l'adepape")
        assert "C'est quand, ton départ" in await amina.presses("Continuer")
        assert "Quel département" in await amina.says("mars 2026")
    assert (await details(keeping, AMINA)).exit_precision == "month"


async def test_denis_gets_nothing_by_replaying_the_buttons_of_amina(
    amina: Chat, denis: Chat, keeping: Services
) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("18 à 20 ans")
    await amina.presses("C'est terminé")
    yes = amina.payload("Oui, je veux bien")
    assert "Ce bouton est trop ancien" in await denis.presses_payload(yes)
    assert await rows(keeping) == {}

    await amina.presses("Oui, je veux bien")
    await amina.says("mars 2026")
    before = await details(keeping, AMINA)
    for payload in (
        "join:skip:care",
        "join:back:care",
        "join:cancel",
        "join:pick:home:insee.31555",
        "mine:edit:exit",
        "mine:empty:exit",
        "join:resume",
        "join:contact:grant:00000000",
        "mine:age:15-17",
        "join:how:call",
    ):
        assert "trop ancien" in await denis.presses_payload(payload) or "Je n'ai rien sur toi" in denis.heard
    assert "Je n'ai rien sur toi" in await denis.presses_payload("mine:show")
    assert "Je n'ai rien sur toi" in await denis.presses_payload("forget:yes")
    assert "Je n'ai rien sur toi" in await denis.presses_payload("mine:file")
    assert "Je n'ai rien sur toi" in await denis.says("/mesdonnees")
    assert denis.files == []
    assert await details(keeping, AMINA) == before
    assert await rows(keeping) == {"person": 1, "consent_event": 1, "planned": 3}


async def test_a_question_asked_in_the_middle_is_answered_and_the_form_goes_on(amina: Chat) -> None:
    await says_yes(amina)
    said = await amina.says("c'est quoi l'adepape ?")
    assert "ADEPAPE" in said
    assert said.endswith("Par exemple : « mars 2027 » ou « 31/03/2027 ».")


@pytest.mark.parametrize(
    "typed", ["besoin d'aide", "j'ai faim", "je sais plus quoi faire", "oui", "Parler à quelqu'un"]
)
async def test_words_are_not_taken_for_a_first_name_even_without_the_nlu(
    amina: Chat, keeping: Services, typed: str
) -> None:
    await answers_everything(amina, until=4)
    said = await amina.says(typed)
    assert said.endswith("Par exemple : « Lola ».")
    assert (await details(keeping, AMINA)).name is None


@pytest.mark.parametrize(
    ("step", "typed", "understood"),
    [
        (4, "besoin de qqn la", ("parler_humain", "Voici de vraies personnes")),
        (0, "hier on m'a mis dehors je dors ou ce soir", ("hebergement_urgence", "115")),
        (2, "a toulouse 31 je trouve pas de logement", ("logement_social", "logement social")),
    ],
)
async def test_a_call_for_help_is_answered_and_not_taken_for_an_answer(
    amina: Chat, keeping: Services, step: int, typed: str, understood: tuple[str, str]
) -> None:
    intent, answer = understood
    await answers_everything(amina, until=step)
    before = await details(keeping, AMINA)
    async with scripted_rasa() as rasa, httpx.AsyncClient(base_url=rasa.url) as client:
        nlu = Nlu(client, TOKEN)
        keeping.ears = replace(keeping.ears, nlu=nlu, thresholds=LIMITS)
        rasa.answer = ranks({intent: 0.95})
        said = await amina.says(typed)
    assert answer in said
    assert "Par exemple" in said, "and our question is asked again"
    assert await details(keeping, AMINA) == before


async def test_danger_comes_first_and_closes_the_form(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=4)
    before = await details(keeping, AMINA)
    assert "3114" in await amina.says("je vais me tuer")
    await amina.says("peur")
    await amina.says("Amina")
    assert await details(keeping, AMINA) == before, "what comes after a cry for help is no answer to our form"


async def test_one_can_go_back_skip_and_stop_at_every_question(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    await amina.says("mars 2026")
    assert "Question 1 sur 6" in await amina.presses("Retour")
    await amina.presses("Passer")
    assert (await details(keeping, AMINA)).exit_on is not None, "skipping keeps what was given before"
    assert "J'arrête mes questions." in await amina.presses("Arrêter là")
    assert "CEJ" in await amina.says("c'est quoi le cej")


async def test_words_do_what_buttons_do(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    assert "Question 2 sur 6" in await amina.says("Passer")
    assert "Question 1 sur 6" in await amina.says("retour")
    assert "Question 2 sur 6" in await amina.says("je sais pas")
    await amina.says("jsp")
    assert "Je garde de quoi te joindre ?" in await amina.says("suivant")
    assert "appuie sur un des boutons" in await amina.says("peut-être")
    assert "Question 4 sur 6" in await amina.says("D'accord !")
    assert await consents(keeping) == [("checkin", "grant", "button"), ("contact", "grant", "word")]


@pytest.mark.parametrize(
    ("step", "typed"),
    [
        (0, "je sors demain et j'ai nulle part où dormir"),
        (0, "dehors depuis 3 jours"),
        (0, "j'ai fugué hier"),
        (0, "mon éduc me répond plus depuis 2 mois, je fais quoi"),
        (1, "j'ai 18 ans et nulle part où dormir"),
        (1, "faim depuis 2 jours"),
        (1, "plus que 12 euros pour manger"),
        (2, "enceinte, dehors, Marseille"),
    ],
)
async def test_a_story_is_not_taken_for_a_date_or_a_place_even_without_the_nlu(
    amina: Chat, keeping: Services, step: int, typed: str
) -> None:
    await answers_everything(amina, until=step)
    before = await details(keeping, AMINA)
    await amina.says(typed)
    assert "Parler à quelqu'un" in amina.buttons
    assert await details(keeping, AMINA) == before


async def test_what_stands_beside_a_postcode_is_not_kept_unless_it_is_a_town(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina, until=2)
    await amina.says("enceinte 62000")
    assert (await details(keeping, AMINA)).home == "62000 Arras"


async def test_a_month_that_is_not_over_leaves_the_situation_as_it_was_told(amina: Chat, keeping: Services) -> None:
    await says_yes(amina, situation="C'est terminé")
    await amina.says("novembre 2026")
    assert (await details(keeping, AMINA)).situation == "left"


async def test_a_situation_not_told_is_not_kept(amina: Chat, keeping: Services) -> None:
    await says_yes(amina, situation="Passer")
    assert (await details(keeping, AMINA)).situation is None


async def test_a_new_yes_to_another_text_is_recorded_even_in_the_middle(amina: Chat, keeping: Services) -> None:
    """Half-way as an adult, she starts again, says that she is 16, and reads the other text."""
    await answers_everything(amina, until=1)
    await amina.presses_payload("join:start")
    await amina.presses("15 à 17 ans")
    await amina.presses("Ça dure encore")
    assert "Question 2 sur 6" in await amina.presses("Oui, je veux bien"), "what was told is not asked again"
    assert "• Âge : 15-17 ans" in await amina.says("/mesdonnees")
    assert await consents(keeping) == [("checkin", "grant", "button")] * 2


async def test_the_yes_is_to_the_text_that_was_shown(amina: Chat, keeping: Services) -> None:
    """Shown the adults' second text, then corrected to 16: its button is worth nothing, the other text is shown."""
    await answers_everything(amina, until=3)
    yes = amina.payload("Oui, je veux bien")
    await amina.presses_payload("mine:age:15-17")
    await amina.presses_payload("mine:edit:name")
    assert "si tu veux qu'un adulte t'appelle" in await amina.presses_payload(yes)
    assert ("contact", "grant", "button") not in await consents(keeping)


async def test_an_old_yes_is_worth_nothing_after_a_stop_or_an_erasure(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("18 à 20 ans")
    await amina.presses("C'est terminé")
    yes = amina.payload("Oui, je veux bien")
    await amina.presses("Oui, je veux bien")
    with time_machine.travel(datetime(2026, 11, 23, 15, tzinfo=UTC), tick=False):
        await amina.presses_payload("mine:age:<15")
    with time_machine.travel(datetime(2026, 12, 12, 15, tzinfo=UTC), tick=False):
        assert "trop ancien" in await amina.presses_payload(yes)
    assert await rows(keeping) == {"erasure": 1}


async def test_a_double_tap_is_one_tap(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    skip = amina.payload("Passer")
    assert "Question 2 sur 6" in await amina.presses_payload(skip)
    assert "Question 2 sur 6" in await amina.presses_payload(skip), "the second tap skips nothing more"
    assert await rows(keeping) == {"person": 1, "consent_event": 1}


async def test_a_yes_to_a_text_shown_long_ago_is_asked_again(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    await amina.presses("Écris-moi dans 6 mois")
    await amina.presses("18 à 20 ans")
    await amina.presses("C'est terminé")
    yes = amina.payload("Oui, je veux bien")
    with time_machine.travel(datetime(2027, 11, 22, tzinfo=UTC), tick=False):
        assert "Ce bouton est trop ancien" in await amina.presses_payload(yes)
    assert await rows(keeping) == {}


BAD = {
    "exit": ("31/02/2027", "jsais plus trop", "1980", "2090", "15/13/2027"),
    "care": ("00", "Narnia", "999"),
    "home": ("Narnia", "00000", "Bruxelles"),
}


async def test_each_bad_answer_gets_one_clear_sentence_with_an_example(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    for step, good in (("exit", "mars 2026"), ("care", "31"), ("home", "31000")):
        for bad in BAD[step]:
            said = await amina.says(bad)
            assert "exemple" in said, (bad, said)
            assert "Question" in said, (bad, said)
        await amina.says(good)
    kept = await details(keeping, AMINA)
    assert (kept.exit_on and kept.exit_on.isoformat(), kept.care_departement) == ("2026-03-31", "31")


async def test_two_readings_of_a_date_are_both_offered(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    assert "Laquelle veux-tu dire ?" in await amina.says("03/04/27")
    assert amina.buttons == ["3 avril 2027", "4 mars 2027", "Passer", "Arrêter là"]
    await amina.presses("4 mars 2027")
    kept = await details(keeping, AMINA)
    assert (kept.exit_on and kept.exit_on.isoformat(), kept.situation) == ("2027-03-04", "in_care")


@pytest.mark.parametrize("typed", ["1 85 05 78 006 084 91", "FR14 2004 1010 0505 0001 3M02 606", "4970 1012 3456 7893"])
async def test_identity_and_bank_numbers_are_not_kept_and_the_person_is_told(
    amina: Chat, keeping: Services, typed: str
) -> None:
    await says_yes(amina)
    for answer in ("mars 2026", "31", "31000"):
        await amina.says(answer)
    await amina.presses("Oui, je veux bien")
    await amina.says(NAME)
    said = await amina.says(typed)
    assert "je ne l'ai pas gardé" in said
    assert typed not in said
    assert (await details(keeping, AMINA)).phone is None
    assert "je ne l'ai pas gardé" in (await amina.says(f"c'est quoi le cej mon numéro {typed}")).lower()


async def test_the_card_of_somebody_else_is_refused_and_ones_own_is_taken(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    for answer in ("mars 2026", "31", "31000"):
        await amina.says(answer)
    await amina.presses("Oui, je veux bien")
    await amina.says(NAME)
    card = {"phone_number": "+33639980001", "first_name": "Quelqu'un"}
    assert "C'est le numéro de quelqu'un d'autre" in await amina.sends(contact=card | {"user_id": DENIS})
    assert "C'est le numéro de quelqu'un d'autre" in await amina.sends(contact=card)
    assert (await details(keeping, AMINA)).phone is None
    assert "Comment veux-tu qu'on te contacte" in await amina.sends(contact=card | {"user_id": AMINA})
    assert (await details(keeping, AMINA)).phone == "+33639980001"


async def test_nobody_is_kept_under_15_whatever_the_door(keeping: Services) -> None:
    assert keeping.vault is not None
    with pytest.raises(ValueError, match="under 15"):
        await keeping.vault.write(
            lambda tx: people.join(tx, AMINA, lang="fr", age_band=people.UNDER_15, situation=None), now=TODAY
        )
    async with keeping.vault.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(Person)) == 0
