"""Somebody who is not well, at night, on a phone: heard first, asked later, and never told that they were silent."""

import pytest

from bot.models import PlannedState
from bot.services import Services
from tests.conftest import Chat
from tests.dialogues.test_check_in import (
    HELP,
    HOW,
    INCOME,
    NEEDS,
    RETURN,
    answers,
    asked,
    change,
    check_ins,
    set_row,
    states,
    understood,
)
from tests.joined import TODAY, says_yes

__all__ = ["asked"]
pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "typed",
    ["ça ne va pas", "cv pas", "sa va pa", "pas bien", "jvai pas bien", "jai besoin daide", "c la merde",
     "j'en peux plus",
     "je me sens mal", "très mal", "jpleure tt le temps", "jsuis triste", "jai faim", "je dors dehors", "oui pas bien"],
)  # fmt: skip
async def test_not_well_as_it_is_typed(asked: Chat, keeping: Services, typed: str) -> None:
    assert HELP in await asked.says(typed)
    assert "check_in_reminder" not in await states(keeping)


@pytest.mark.parametrize("typed", ["ça va pas trop mal", "cv", "pas mal", "ça va mieux"])
async def test_well_as_it_is_typed(asked: Chat, typed: str) -> None:
    assert NEEDS in await asked.says(typed)


async def test_not_well_is_no_answer_that_all_is_well(asked: Chat, keeping: Services) -> None:
    async with understood(keeping, non=0.9, sante_mentale=0.02):
        await asked.presses_payload("check:start")
        assert HELP in await asked.says("ça va pas du tout")
        assert HELP in await asked.says("non ça va pas")
    assert await answers(keeping) == {}


async def test_a_sad_word_the_model_takes_for_a_topic_is_offered_help_too(asked: Chat, keeping: Services) -> None:
    async with understood(keeping, sante_mentale=0.95, oui=0.01):
        said = await asked.says("c tro le cafard")
    assert HELP in said
    assert HOW not in said


async def test_after_a_call_for_help_ok_opens_no_form_and_no_reminder_follows(asked: Chat, keeping: Services) -> None:
    assert "3114" in await asked.says("jveu mourir")
    for word in ("ok", "merci"):
        said = await asked.says(word)
        assert NEEDS not in said
        assert HOW not in said
    assert (await states(keeping))["check_in_reminder"] == "dropped"
    assert HELP in await asked.says("ça va pas"), "she is heard all the same"


async def test_after_a_call_for_help_a_word_is_no_answer_to_the_open_question(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    await asked.presses_payload("check:skip:housing")
    await asked.says("jveu mourir")
    assert INCOME not in await asked.says("non")
    assert "income" not in await answers(keeping)
    assert await asked.presses_payload("check:start"), "and it goes on when she wants"


async def test_a_yes_to_help_brings_people_before_any_other_question(asked: Chat) -> None:
    await asked.says("ça va pas")
    said = await asked.presses("Oui, je veux bien")
    assert said.index("À qui veux-tu demander de l'aide ?") < said.index(NEEDS)
    assert asked.buttons[0] == "Le département qui me suivait (avant 21 ans)"


async def test_a_need_ticked_then_stopped_leaves_with_people_to_call(asked: Chat) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("⬜ logement")
    assert "Voici de vraies personnes" in await asked.presses("J'arrête là")
    assert RETURN in asked.buttons


async def test_our_question_does_not_come_back_below_every_answer(asked: Chat) -> None:
    said = [await asked.says("c'est quoi l'adepape ?") for _ in range(4)]
    assert [HOW in one for one in said] == [True, True, False, False]


async def test_words_answer_a_message_that_may_have_arrived(asked: Chat, keeping: Services) -> None:
    await set_row(keeping, PlannedState.PARKED)
    assert HELP in await asked.says("ça va pas")


@pytest.mark.parametrize(("typed", "heard"), [("oui", NEEDS), ("non", "je ne te pose pas"), ("sa va pa", HELP)])
async def test_a_late_joiner_may_answer_in_words(amina: Chat, typed: str, heard: str) -> None:
    await says_yes(amina)
    await amina.says("janvier 2026")
    await amina.presses("Passer")
    await amina.presses("Passer")
    assert "faire le point maintenant" in await amina.presses("Non, je ne veux pas")
    assert heard in await amina.says(typed)


async def test_past_21_the_interview_promises_no_return(asked: Chat, keeping: Services) -> None:
    await change(keeping, age_band="21+")
    await asked.presses_payload("check:start")
    said = await asked.presses_payload("check:a:interview:not_offered")
    assert "tu peux le demander" in said
    assert "demander de l'aide en même temps" not in said


async def test_stop_in_a_word_ends_it_as_the_button_does(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.says("stop")
    assert (await check_ins(keeping))[0].closed_on == TODAY.date()


async def test_a_danger_in_a_caption_opens_no_form_either(asked: Chat) -> None:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    assert "3114" in await asked.sends(photo=photo, caption="je vais me tuer")
    assert NEEDS not in await asked.says("ok")
