"""« Mon contact »: who helps near somebody, asked with a button, in words, or with a place of the map."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest

from bot import people, place_lists
from bot.directory import Directory
from bot.nlu import Nlu
from bot.services import Services
from bot.structure_files import read
from bot.structures import Kind
from bot.understanding import Thresholds
from bot.vault import Transaction
from tests.conftest import AMINA, ROOT, Chat
from tests.joined import TODAY, answers_everything, join, rows
from tests.scripted_rasa import TOKEN, Rasa, ranks, scripted_rasa
from tests.test_directory import unknown_names

LIMITS = Thresholds(answer=0.5, margin=0.1, offer=0.3, danger=0.3, worry=0.2)
WHERE = "Dans quelle ville ou quel code postal ?"
OTHERS = ["Habitat Jeunes", "Association d'anciens", "Département"]
NAMES = {
    Kind.MISSION_LOCALE: "La Mission Locale de ta ville",
    Kind.HABITAT_JEUNES: "Carte des Habitat Jeunes",
    Kind.ADEPAPE: "L'ADEPAPE de ton département",
    Kind.DEPARTEMENT: "L'aide sociale à l'enfance (ASE) du département",
}
LAST = ["Une autre ville", "Parler à quelqu'un", "Menu"]


@pytest.fixture(scope="module")
def directory() -> Directory:
    """The list that comes with the project."""
    return Directory(read(ROOT / "content" / "directory" / "structures.csv").structures)


@pytest.fixture(autouse=True)
def _with_a_directory(keeping: Services, directory: Directory) -> None:
    keeping.directory = directory


@pytest.fixture
async def rasa(keeping: Services) -> AsyncIterator[Rasa]:
    """An NLU that answers what the test says."""
    async with scripted_rasa() as server, httpx.AsyncClient(base_url=server.url) as client:
        nlu = Nlu(client, TOKEN)
        keeping.ears = replace(keeping.ears, nlu=nlu, thresholds=LIMITS)
        yield server


async def test_amina_finds_her_mission_locale_from_an_answer(amina: Chat, keeping: Services) -> None:
    await amina.says("c'est quoi le cej")
    assert amina.buttons[-3:] == ["Mon contact", "Parler à quelqu'un", "Menu"]
    assert WHERE in await amina.presses("Mon contact")
    assert amina.buttons == ["Parler à quelqu'un", "Menu"]

    said = await amina.says("toulouse")
    assert said.startswith("Pour Toulouse (31), ta Mission Locale est probablement :\n")
    assert "Selon les territoires, la Mission Locale reçoit de 16 à 25 ans" in said
    assert "D'après une liste faite en" in said
    assert "avant de te déplacer" in said
    assert amina.buttons == [*OTHERS, *LAST]
    assert await rows(keeping) == {}, "nothing is kept of what was asked, nor where"


async def test_the_kind_is_that_of_the_topic(amina: Chat) -> None:
    for question, kind in (
        ("c'est quoi un fjt", "near:habitat_jeunes"),
        ("c'est quoi le droit au retour", "near:departement"),
        ("c'est quoi l'adepape", "near:adepape"),
        ("c'est quoi le pacea", "near:mission_locale"),
    ):
        await amina.says(question)
        assert amina.payload("Mon contact") == kind
    await amina.presses("Parler à quelqu'un")
    assert amina.buttons == ["Mon contact", "Menu", "Faire une demande"]
    assert amina.payload("Mon contact") == "near:mission_locale"


async def test_another_kind_keeps_the_town_and_another_town_the_kind(amina: Chat) -> None:
    await amina.presses_payload("near:mission_locale")
    await amina.says("31000")
    assert "Habitat Jeunes" in await amina.presses("Habitat Jeunes")
    assert "Toulouse" in amina.heard
    assert "Pour Haute-Garonne" not in amina.heard
    assert WHERE in await amina.presses("Une autre ville")
    assert "pour Arras (62)" in await amina.says("Arras")


async def test_whoever_joined_is_not_asked_where(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    said = await amina.presses_payload("near:mission_locale")
    assert "Arras (62)" in said.partition("\n")[0]
    assert "de 16 à 25 ans" not in said, "at 18 to 20 the age fits"
    assert all("insee" not in payload for _, payload in _payloads(amina)), "where she lives is in no button"
    said = await amina.presses("Département")
    assert "Pas-de-Calais (62)" in said
    assert "c'est le département qui te suivait, même si tu as déménagé" in said
    assert WHERE in await amina.presses_payload("near:mission_locale:where")
    assert "Pour Toulouse (31)" in await amina.says("toulouse")


async def test_the_departement_is_the_one_that_had_them_in_care(amina: Chat, keeping: Services) -> None:
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)

    async def moved(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        people.change(tx, person, care_departement="31", home="62000 Arras", home_departement="62")

    await keeping.vault.write(moved, now=TODAY)
    assert "Haute-Garonne (31)" in await amina.presses_payload("near:departement")
    assert "Arras (62)" in await amina.presses_payload("near:adepape")


async def test_whoever_did_not_say_is_asked_which_departement(amina: Chat) -> None:
    assert "Quel département s'occupe de toi" in await amina.presses_payload("near:departement")
    assert "Pas-de-Calais (62)" in await amina.says("62")


@pytest.mark.parametrize(
    ("typed", "heard"),
    [
        ("adresse mission locale toulouse", "Pour Toulouse (31), ta Mission Locale est probablement"),
        ("foyer jeunes travailleurs à toulouse 31000", "Toulouse (31)"),
        ("numéro de l'ase du 62", "Pas-de-Calais (62)"),
        ("Mission Locale 31200", "Pour Toulouse (31), ta Mission Locale"),
        ("tel adepape 31", "Haute-Garonne (31)"),
        ("adresse de la mission locale", WHERE),
    ],
)
async def test_asked_in_words_it_is_answered_at_once_even_without_the_nlu(amina: Chat, typed: str, heard: str) -> None:
    assert heard in await amina.says(typed)


async def test_a_question_about_the_mission_locale_is_no_request_for_its_address(amina: Chat) -> None:
    assert "C'est quoi ?" in await amina.says("c'est quoi la mission locale")


@pytest.mark.parametrize(
    ("intent", "typed", "heard"),
    [
        ("trouver_contact", "Toulouse", "Pour Toulouse (31), ta Mission Locale est probablement"),
        ("trouver_contact", "un contact près de chez moi", WHERE),
        ("trouver_contact", "num de la CAF de toulouse", "caf.fr"),
        ("parler_humain", "je veux parler à quelqu'un à toulouse", "Pour Toulouse (31)"),
        ("parler_humain", "je veux parler à un humain", "Voici de vraies personnes"),
        ("parler_humain", "je peux parler à une assistante sociale ?", "centre communal d'action sociale"),
        ("cej", "le cej à la mission locale de toulouse c'est combien", "Le contrat d'engagement jeune (CEJ)"),
    ],
)
async def test_what_the_nlu_understands_decides(amina: Chat, rasa: Rasa, intent: str, typed: str, heard: str) -> None:
    rasa.answer = ranks({intent: 0.95})
    assert heard in await amina.says(typed)


async def test_several_towns_of_one_name_are_buttons(amina: Chat) -> None:
    await amina.presses_payload("near:mission_locale")
    assert "Laquelle veux-tu dire ?" in await amina.says("saint denis")
    assert amina.buttons[:3] == ["Saint-Denis (974)", "Saint-Denis (93)", "11310 Saint-Denis (11)"]
    assert "Saint-Denis (93)" in await amina.presses("Saint-Denis (93)")


async def test_what_cannot_be_read_is_told_why_and_asked_again(amina: Chat) -> None:
    await amina.presses_payload("near:mission_locale")
    for bad, why in (
        ("Narnia", "Je ne connais pas cette ville."),
        ("00000", "Je ne connais pas ce code postal."),
        ("🙂", "Je n'ai rien lu."),
        ("corse", "Écris « 2A » ou « 2B »."),
    ):
        said = await amina.says(bad)
        assert why in said
        assert WHERE in said
        assert "Parler à quelqu'un" in amina.buttons
    assert "le département : Haute-Garonne (31)" in await amina.says("31")


@pytest.mark.parametrize("kind", Kind)
async def test_fifty_unknown_names_each_get_a_name_and_a_number(amina: Chat, kind: Kind) -> None:
    for name in ("bruxelles", "Alger", "monaco", "98000", *unknown_names()):
        await amina.presses_payload(f"near:{kind}:where")
        said = await amina.says(name)
        assert "Je ne connais pas c" in said, name
        assert NAMES[kind] in said, name
        assert "119" in said, name
        assert "Si tu n'es pas en France, appuie sur « Parler à quelqu'un »." in said, name
        assert "Parler à quelqu'un" in amina.buttons


async def test_put_out_of_the_home_tonight_is_a_roof_and_no_town(amina: Chat) -> None:
    for typed in ("j'ai été viré du foyer ce soir", "on m'a mise à la porte du foyer", "mis dehors par le foyer"):
        await amina.presses_payload("near:mission_locale:where")
        said = await amina.says(typed)
        assert said.startswith("Où dormir ce soir"), typed
        assert "115" in said


async def test_the_age_is_judged_for_whoever_is_shown_in_the_place_of_a_residence(
    amina: Chat, keeping: Services
) -> None:
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)

    async def is_27(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        people.change(tx, person, birth_month=date(TODAY.year - 27, 1, 1), age_band="21+")

    await keeping.vault.write(is_27, now=TODAY)
    said = await amina.presses_payload("near:habitat_jeunes:insee.48095")
    assert "À ton âge, voici qui peut t'aider en premier" in said, "a Mission Locale stands there, until 25"
    assert "la Mission Locale reçoit de 16 à 25 ans" in said


async def test_a_question_in_place_of_a_town_is_answered_and_ours_asked_again(amina: Chat) -> None:
    await amina.presses_payload("near:habitat_jeunes")
    said = await amina.says("c'est quoi le cej ?")
    assert "Le contrat d'engagement jeune (CEJ)" in said
    assert WHERE in said
    assert "Toulouse (31)" in await amina.says("toulouse")


async def test_a_thank_you_in_place_of_a_town_ends_our_question(amina: Chat, rasa: Rasa) -> None:
    await amina.presses_payload("near:mission_locale")
    rasa.answer = ranks({"remerciement": 0.95})
    assert WHERE not in await amina.says("merci c bon")
    rasa.answer = ranks({"hors_sujet": 0.95})
    assert "Je ne connais pas cette ville" not in await amina.says("bla bla")


async def test_danger_comes_first_and_our_question_is_dropped(amina: Chat) -> None:
    await amina.presses_payload("near:mission_locale")
    said = await amina.says("je veux mourir")
    assert "3114" in said
    assert WHERE not in said
    assert "Pour Toulouse" not in await amina.says("toulouse")


async def test_stop_stops(amina: Chat) -> None:
    await amina.presses_payload("near:mission_locale")
    assert "je ne t'écris jamais en premier" in await amina.says("stop")


async def test_a_contact_asked_in_the_middle_of_the_form_leaves_the_form_where_it_was(amina: Chat) -> None:
    await answers_everything(amina, until=2)
    await amina.presses_payload("near:habitat_jeunes")
    said = await amina.says("toulouse")
    assert "Toulouse (31)" in said
    assert "Où habites-tu maintenant ?" in said, "and the form goes on"
    assert "Noté : 62000 Arras." in await amina.says("Arras 62000")


async def test_an_answer_to_the_form_that_is_no_place_is_left_to_the_form(amina: Chat) -> None:
    await answers_everything(amina, until=5)
    await amina.presses_payload("near:habitat_jeunes")
    assert "Comment veux-tu qu'on te contacte ?" in await amina.says("06 39 98 77 31")
    assert "Je ne connais pas" not in await amina.says("j'ai une question")


async def test_a_place_told_to_the_form_answers_the_form(amina: Chat, rasa: Rasa) -> None:
    rasa.answer = ranks({"cej": 0.95})
    await answers_everything(amina, until=2)
    rasa.answer = ranks({"trouver_contact": 0.95})
    assert "Noté : Toulouse." in await amina.says("j'habite à Toulouse")


async def test_a_place_of_the_map_is_answered_and_not_kept(amina: Chat, keeping: Services) -> None:
    said = await amina.sends(location={"latitude": 43.61, "longitude": 1.44})
    assert said.startswith("Je ne garde pas ta position.\n\nPour Toulouse (31), ta Mission Locale")
    await amina.presses_payload("near:habitat_jeunes")
    assert "Toulouse (31)" in await amina.sends(location={"latitude": 43.61, "longitude": 1.44})
    assert "Mission Locale" in amina.buttons, "the kind is the one that we had asked for"
    assert "je ne peux envoyer personne" in await amina.sends(location={"latitude": 0.0, "longitude": 0.0})
    assert await rows(keeping) == {}


async def test_without_a_list_of_towns_a_place_of_the_map_is_refused_kindly(amina: Chat, keeping: Services) -> None:
    keeping.places = place_lists.load(ROOT / "content" / "directory")
    assert "je ne peux envoyer personne" in await amina.sends(location={"latitude": 43.61, "longitude": 1.44})


async def test_a_place_that_moves_on_the_map_is_followed_in_silence(amina: Chat) -> None:
    moved = {"message_id": 1, "date": 0, "edit_date": 1, "location": {"latitude": 43.61, "longitude": 1.44}}
    chat = {"id": AMINA, "type": "private", "first_name": "A"}
    sender = {"id": AMINA, "is_bot": False, "first_name": "A"}
    assert await amina.does({"edited_message": moved | {"chat": chat, "from": sender}}) == ""


async def test_without_a_list_of_towns_those_of_the_structures_are_known(amina: Chat, keeping: Services) -> None:
    keeping.places = place_lists.load(ROOT / "content" / "directory")
    assert "Pour Albi (81), ta Mission Locale est probablement" in await amina.says("adresse mission locale albi")
    await amina.presses_payload("near:mission_locale")
    assert "Écris aussi le code postal" in await amina.says("Brest")
    assert "pour 29200 (29)" in await amina.says("29200"), "no list knows it, and somebody is named all the same"
    assert "unml.info" in amina.heard


async def test_without_any_list_of_structures_the_way_to_find_them_is_said(amina: Chat, keeping: Services) -> None:
    keeping.directory = Directory()
    said = await amina.presses_payload("near:mission_locale")
    assert "Je n'ai pas encore les adresses près de chez toi." in said
    assert "unml.info" in said


@pytest.mark.parametrize(
    "payload", ["near:", "near:caf", "near:mission_locale:insee.99999", "near:mission_locale:x", "near:x:where"]
)
async def test_a_button_of_the_past_or_forged_is_no_harm(amina: Chat, payload: str) -> None:
    said = await amina.presses_payload(payload)
    assert "Ce bouton est trop ancien" in said or WHERE in said


@pytest.mark.parametrize(
    ("month", "door", "fits"),
    [("janvier 2011", "119", False), ("mai 2008", "ta Mission Locale est probablement", True)],
)
async def test_bilal_before_16_hears_of_another_door_first(bilal: Chat, month: str, door: str, fits: bool) -> None:
    await bilal.says("c'est quoi le cej")
    await bilal.presses("Écris-moi dans 6 mois")
    await bilal.presses("15 à 17 ans")
    await bilal.presses("Ça dure encore")
    await bilal.presses("Oui, je veux bien")
    for answer in ("31/08/2027", "31", "31000"):
        await bilal.says(answer)
    await bilal.presses("Non, je ne veux pas")
    await bilal.presses_payload("mine:edit:birth")
    await bilal.says(month)
    said = await bilal.presses_payload("near:mission_locale")
    assert door in said
    assert ("Tu peux quand même appeler" in said) is not fits
    assert "ta Mission Locale est probablement" in said, "nobody is refused"


@pytest.mark.shared
async def test_with_every_list_albi_lens_and_mende_have_somebody_to_call(
    amina: Chat, keeping: Services, reference: Path
) -> None:
    folder = reference / "directory"
    files = ("missions_locales.csv", "habitat_jeunes.csv", "adepape.csv", "conseils_departementaux.csv")
    keeping.directory = Directory(tuple(one for name in files for one in read(folder / name).structures))
    keeping.places = place_lists.load(ROOT / "content" / "directory", folder / "communes.csv")
    assert "☎ 0" in await amina.says("adresse mission locale albi")
    assert "☎ 0" in await amina.says("numéro de l'ase du 62")
    said = await amina.says("foyer jeunes travailleurs à mende")
    assert said.startswith("Je ne connais pas de résidence Habitat Jeunes pour Mende (48).")
    assert "115" in said
    assert "ta Mission Locale" in said
    assert "Pour Paris 18e (75)" in await amina.says("mission locale paris 18")
    assert "Saint-Denis" in await amina.sends(location={"latitude": -20.88, "longitude": 55.45})


def _payloads(chat: Chat) -> list[tuple[str, str]]:
    return [(label, chat.payload(label)) for label in set(chat.buttons) - {"Menu"}]
