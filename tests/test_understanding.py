"""The order in which a message is understood: danger, stop words, other scripts, the NLU, keywords, other languages."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from bot import question_files
from bot.nlu import Nlu
from bot.services import Services, respond
from bot.understanding import FUNCTIONAL, Thresholds
from tests.conftest import ROOT, Chat, conversation
from tests.scripted_rasa import TOKEN, Rasa, ranks, scripted_rasa

LIMITS = Thresholds(answer=0.5, margin=0.1, offer=0.3, danger=0.3, worry=0.2)
HELP_LINE = "Si c'est grave : 112 (urgence), 114 par SMS, 3114 (idées noires), 119 (on te fait du mal)."
NOT_UNDERSTOOD = "Je n'ai pas compris, pardon. Dis-le avec d'autres mots, en une phrase courte, ou choisis un thème."
OFFERS_A_PERSON = "Je n'arrive pas à te comprendre, et c'est ma faute. Le mieux est de parler à quelqu'un."
NOT_YET = (
    "Je ne parle pas encore cette langue.\n\nChoisis ta langue. Tu peux aussi m'écrire directement dans ta langue.\n\n"
)
CHOOSE_IN_ENGLISH = "Choose your language. You can also write to me in your own language."
CEJ = "Le contrat d'engagement jeune (CEJ)"
PERSON = "Parler à quelqu'un"


@pytest.fixture
async def rasa() -> AsyncIterator[Rasa]:
    async with scripted_rasa() as server:
        yield server


@pytest.fixture
async def listening(services: Services, rasa: Rasa) -> AsyncIterator[Services]:
    """The bot with an NLU that answers what the test says."""
    async with httpx.AsyncClient(base_url=rasa.url) as client:
        nlu = Nlu(client, TOKEN)
        services.ears = replace(services.ears, nlu=nlu, thresholds=LIMITS)
        yield services


@pytest.fixture
async def bilal(listening: Services) -> AsyncIterator[Chat]:
    """Bilal, 18, came to France alone."""
    async with conversation(listening) as chat:
        yield chat


@pytest.mark.parametrize("text", ["je veux mourir", "stop je veux mourir", "slt, je veux mourir, c quoi le cej", "🆘"])
async def test_a_danger_is_answered_whatever_the_nlu_would_say(bilal: Chat, rasa: Rasa, text: str) -> None:
    rasa.answer = ranks({"salutation": 0.99})
    said = await bilal.says(text)
    assert "3114" in said or "112" in said
    assert bilal.buttons == [PERSON, "Menu"]
    assert rasa.asked == [], "nobody waits for the NLU when somebody is in danger"


async def test_dangers_the_nlu_only_suspects_add_up_and_come_before_the_answer(bilal: Chat, rasa: Rasa) -> None:
    rasa.answer = ranks({"cej": 0.6, "danger_suicide": 0.2, "danger_violences": 0.15})
    said = await bilal.says("le cej et le reste")
    assert 0 <= said.index("3114") < said.index(CEJ)


async def test_a_suspected_danger_keeps_a_cheerful_answer_back(bilal: Chat, rasa: Rasa) -> None:
    rasa.answer = ranks({"salutation": 0.6, "danger_violences": 0.35})
    said = await bilal.says("salut à tous")
    assert "119" in said
    assert "Salut !" not in said


async def test_a_danger_below_the_alert_is_asked_again_with_the_numbers_in_sight(bilal: Chat, rasa: Rasa) -> None:
    rasa.answer = ranks({"danger_suicide": 0.29, "cej": 0.28})
    assert await bilal.says("bof bof") == f"{NOT_UNDERSTOOD}\n\n{HELP_LINE}"


@pytest.mark.parametrize("worry", [0.2, 0.29])
async def test_a_worry_leaves_the_answer_and_puts_the_numbers_under_it(bilal: Chat, rasa: Rasa, worry: float) -> None:
    rasa.answer = ranks({"cej": 0.6, "danger_suicide": worry - 0.1, "danger_violences": 0.1})
    said = await bilal.says("le cej et le reste")
    assert said.startswith(CEJ)
    assert said.endswith(HELP_LINE)
    assert PERSON in bilal.buttons
    rasa.answer = ranks({"cej": 0.6, "danger_suicide": 0.19})
    assert HELP_LINE not in await bilal.says("le cej et le reste")


@pytest.mark.parametrize("text", ["stop", "STOP !", "Stop.", "stoppp", "arrête", "Arrêter", "unsubscribe", "توقف"])
async def test_a_stop_word_alone_is_understood_without_guessing(listening: Services, rasa: Rasa, text: str) -> None:
    rasa.answer = ranks({"cej": 0.99})
    understanding, _ = await respond(listening, 1, text, lang="fr")
    assert (understanding.topic, understanding.source) == ("arreter_messages", "keyword")
    assert rasa.asked == []


@pytest.mark.parametrize("text", ["stop à la violence", "arrêter mon cjm", "stop au cej", "nonstop", "le stop"])
async def test_a_stop_word_among_others_is_no_order(services: Services, text: str) -> None:
    _, replies = await respond(services, 1, text, lang="fr")
    assert "Arrêter les messages" not in [button.label for row in replies[0].buttons for button in row]


@pytest.mark.parametrize("text", ["как получить жилье", "我需要帮助", "ካርታ ይርዱኝ", "সাহায্য চাই", "உதவி"])
async def test_a_script_that_we_do_not_read_gets_our_languages_and_the_numbers(
    bilal: Chat, rasa: Rasa, text: str
) -> None:
    rasa.answer = ranks({"cej": 0.99})
    said = await bilal.says(text)
    assert said.startswith(NOT_YET)
    assert CHOOSE_IN_ENGLISH in said
    assert HELP_LINE in said
    assert "Emergency" in said
    assert said.endswith("\u2066112\u2069")
    assert bilal.buttons == ["Français", "العربية", "English", PERSON, "Menu"]
    assert rasa.asked == []


@pytest.mark.parametrize("text", ["أين أنام الليلة", "CEJ أريد أن أعرف", "راه"])
async def test_a_question_in_arabic_letters_is_asked_and_answered_in_arabic(bilal: Chat, rasa: Rasa, text: str) -> None:
    rasa.answer = ranks({"cej": 0.99})
    assert "عقد التزام الشباب" in await bilal.says(text)
    assert len(rasa.asked) == 1


async def test_a_question_in_english_is_answered_in_english(bilal: Chat, rasa: Rasa) -> None:
    rasa.answer = ranks({"cej": 0.9})
    assert "The youth engagement contract (CEJ)" in await bilal.says("I would like to know what is the CEJ please")


@pytest.mark.parametrize(
    "text",
    [
        "ich brauche heute nacht einen schlafplatz",
        "ho bisogno di un posto dove stare stanotte",
        "unde pot sa dorm in noaptea asta va rog",
    ],
)
async def test_another_language_gets_them_too_when_nothing_was_understood(bilal: Chat, rasa: Rasa, text: str) -> None:
    rasa.answer = ranks({"cej": 0.4})
    assert (await bilal.says(text)).startswith(NOT_YET)
    rasa.answer = ranks({"cej": 0.9})
    assert CEJ in await bilal.says(text)


async def test_a_few_words_are_too_few_to_tell_the_language(services: Services) -> None:
    _, [reply] = await respond(services, 1, "creatine ou whey", lang="fr")
    assert reply.text.startswith(NOT_UNDERSTOOD)


async def test_no_french_question_is_taken_for_another_language(services: Services) -> None:
    """Without the NLU, when most is not understood and the language is guessed most often."""
    for _, line in question_files.lines_of(ROOT / "nlu" / "tests" / "fr.yml"):
        understanding, _ = await respond(services, 1, line, lang="fr")
        assert understanding.lang == "fr", line


@pytest.mark.parametrize(
    ("cej", "cjm", "said"),
    [
        (0.50, 0.30, CEJ),
        (0.60, 0.45, CEJ),
        (0.49, 0.30, "Je ne suis pas sûr d'avoir compris."),
        (0.60, 0.55, "Je ne suis pas sûr d'avoir compris."),
        (0.30, 0.10, "Je ne suis pas sûr d'avoir compris."),
        (0.29, 0.10, "Je ne suis pas sûr d'avoir compris."),
        (0.16, 0.10, "Je ne suis pas sûr d'avoir compris."),
        (0.14, 0.10, NOT_UNDERSTOOD),
    ],
)
async def test_it_answers_asks_or_gives_up_by_how_sure_it_is(
    bilal: Chat, rasa: Rasa, cej: float, cjm: float, said: str
) -> None:
    rasa.answer = ranks({"cej": cej, "cjm": cjm})
    assert (await bilal.says("blablabla")).startswith(said)


async def test_when_not_sure_the_three_nearest_topics_are_offered_and_one_tap_answers(bilal: Chat, rasa: Rasa) -> None:
    rasa.answer = ranks({"pecule": 0.1, "cej": 0.35, "salutation": 0.3, "cjm": 0.2, "pacea": 0.05})
    await bilal.says("blablabla")
    assert bilal.buttons[:3] == ["Le CEJ", "Le contrat jeune majeur", "Mon pécule"]
    assert PERSON in bilal.buttons
    assert "Le PACEA" not in bilal.buttons
    assert CEJ in await bilal.presses("Le CEJ")


@pytest.mark.parametrize("puzzling", [{"hors_sujet": 0.9}, {"cej": 0.1}, {"cej": 0.4}])
async def test_after_two_misses_in_a_row_a_person_is_offered(
    bilal: Chat, rasa: Rasa, puzzling: dict[str, float]
) -> None:
    understood, rasa.answer = rasa.answer, ranks(puzzling)
    assert OFFERS_A_PERSON not in await bilal.says("blablabla")
    assert OFFERS_A_PERSON in await bilal.says("blobloblo")
    assert "Mission Locale" in await bilal.says("blablabla") + await bilal.says("blobloblo"), "and again later"

    assert OFFERS_A_PERSON not in await bilal.says("blablabla")
    rasa.answer = understood
    assert CEJ in await bilal.says("c quoi le cej")
    rasa.answer = ranks(puzzling)
    assert OFFERS_A_PERSON not in await bilal.says("blablabla"), "an answer in between: not in a row"


async def test_the_misses_of_one_chat_are_not_those_of_another(services: Services) -> None:
    for chat in (1, 2):
        _, [reply] = await respond(services, chat, "blablabla", lang="fr")
        assert reply.text.startswith(NOT_UNDERSTOOD)


@pytest.mark.parametrize("intent", FUNCTIONAL)
async def test_a_functional_intent_is_answered_with_words_and_does_nothing(
    listening: Services, rasa: Rasa, intent: str
) -> None:
    """« Efface tout », « parle arabe », « stop »: a guess of the NLU only ever shows a text and buttons."""
    before = (listening.ears, listening.content_dir, dict(listening.misses))
    understood, rasa.answer = rasa.answer, ranks({intent: 0.99})
    understanding, [reply] = await respond(listening, 1, "blablabla", lang="fr")
    assert (understanding.topic, understanding.lang, understanding.danger) == (intent, "fr", None)
    assert PERSON in [button.label for row in reply.buttons for button in row] or "Mission Locale" in reply.text
    assert not reply.text.startswith((NOT_UNDERSTOOD, "Là, je ne sais pas répondre."))
    assert (listening.ears, listening.content_dir, dict(listening.misses)) == before

    rasa.answer = understood
    _, [reply] = await respond(listening, 1, "c quoi le cej", lang="fr")
    assert reply.text.startswith(CEJ)
