"""The check-in, from its first line to its last question: pressed, typed, put off, stopped, and never a word kept."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import httpx
import pytest
import time_machine
from sqlalchemy import Text, cast, func, select, text

from bot import consents, people, planned
from bot.checkins import CODES, NO_NEED, SKIPPED, Ask
from bot.consent_texts import Purpose
from bot.models import Base, CheckIn, Person, Planned, PlannedState
from bot.nlu import Nlu
from bot.services import Services
from bot.understanding import Thresholds
from bot.vault import Transaction
from tests.conftest import AMINA, Chat
from tests.joined import TODAY, answers_everything, join, rows, says_yes
from tests.scripted_rasa import TOKEN, ranks, scripted_rasa
from tests.sweep import WORDS

pytestmark = pytest.mark.slow

LIMITS = Thresholds(answer=0.5, margin=0.1, offer=0.3, danger=0.3, worry=0.2)
NEEDS = "Où as-tu besoin d'un coup de main ?"
HELP = "Tu veux que quelqu'un t'aide ?"
HOUSING, INCOME, WORK = (
    "Où habites-tu en ce moment ?",
    "de l'argent qui rentre ?",
    "Qu'est-ce que tu fais en ce moment ?",
)
COVER, INTERVIEW = "Pour payer tes soins", "le département doit organiser un entretien"
CEJ, SATISFACTION = "Le contrat d'engagement jeune (CEJ), c'est", "Dernière question"
NUMBERS = "Si c'est grave : 112"
HOW = "Et toi, ça va ?"
OVER = "On a déjà fini ces questions"
RETURN = "Revenir demander de l'aide"


@pytest.fixture
async def asked(amina: Chat, keeping: Services) -> Chat:
    """Amina, who has just got « Ça va ? »."""
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)
    await set_row(keeping, PlannedState.SENT, sent_at=TODAY - timedelta(hours=1))
    return amina


async def set_row(services: Services, state: PlannedState, *, sent_at: datetime | None = None) -> None:
    """Plan what Amina's dates say, and put her check-in into a state."""
    assert services.vault is not None

    async def work(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        await planned.follow(tx, person, services.library.plan, services.places)
        row = await planned.find(tx, person, "check_in")
        assert row is not None
        row.state, row.sent_at = state, sent_at
        await tx.session.flush()
        await planned.follow(tx, person, services.library.plan, services.places)  # the reminder

    await services.vault.write(work, now=TODAY)


async def change(services: Services, **values: object) -> None:
    assert services.vault is not None

    async def work(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        people.change(tx, person, **values)

    await services.vault.write(work, now=TODAY)


async def answers(services: Services) -> dict[str, str | None]:
    """What is kept of Amina's last check-in: its answers that are not empty."""
    [kept] = await check_ins(services)
    return {ask.value: value for ask in Ask if (value := getattr(kept, ask))}


async def check_ins(services: Services) -> list[CheckIn]:
    assert services.vault is not None

    async def look(tx: Transaction) -> list[CheckIn]:
        return list(await tx.session.scalars(select(CheckIn)))

    return await services.vault.read(look, now=TODAY)


async def states(services: Services) -> dict[str, str]:
    assert services.vault is not None

    async def look(tx: Transaction) -> dict[str, str]:
        return {row.rule: row.state for row in await tx.session.scalars(select(Planned))}

    return await services.vault.read(look, now=TODAY)


@asynccontextmanager
async def understood(services: Services, **chances: float) -> AsyncIterator[None]:
    """With an NLU that ranks so whatever is said."""
    async with scripted_rasa() as rasa, httpx.AsyncClient(base_url=rasa.url) as client:
        nlu = Nlu(client, TOKEN)
        services.ears = replace(services.ears, nlu=nlu, thresholds=LIMITS)
        rasa.answer = ranks(chances)
        yield


async def test_amina_answers_every_question_with_a_tap(asked: Chat, keeping: Services) -> None:
    said = await asked.presses_payload("check:start")
    assert said.startswith("Merci de me répondre.")
    assert NEEDS in said
    assert (await states(keeping))["check_in"] == "answered"
    assert "check_in_reminder" not in await states(keeping), "no reminder for whoever answered"
    await asked.presses("⬜ argent")
    await asked.presses("⬜ papiers et démarches")
    await asked.presses("⬜ santé")
    assert "✅ argent" in asked.buttons
    await asked.presses("✅ santé")
    help_ = await asked.presses("C'est bon")
    assert HELP in help_
    assert "rien ne part sans que tu l'aies lu" in help_
    assert NUMBERS in help_
    assert asked.buttons == [
        RETURN,
        "Oui, je veux bien",
        "Pas maintenant",
        "Passer",
        "J'arrête là",
        "Parler à quelqu'un",
    ]
    said = await asked.presses("Oui, je veux bien")
    assert "À qui veux-tu demander de l'aide ? Je te montre tout avant : rien ne part sans ton accord." in said
    assert HOUSING in said
    assert INCOME in await asked.presses("Chez quelqu'un")
    assert WORK in await asked.presses("De temps en temps")
    assert COVER in await asked.presses("Le CEJ")
    said = await asked.presses("La sécu seulement")
    assert INTERVIEW in said
    assert "Notre conversation ne le remplace pas" in said
    said = await asked.presses("Non, pas proposé")
    assert "appelle ou écris au département qui te suivait" in said
    assert "L'entretien des six mois" in asked.buttons
    assert CEJ in said
    assert SATISFACTION in await asked.presses("Oui")
    end = await asked.presses("Moyen")
    assert "Merci d'avoir répondu. Je garde les cases cochées 90 jours" in end
    assert "Faire une demande" in asked.buttons
    assert "Mission Locale" in end
    assert "ADEPAPE" in end
    assert NUMBERS in end
    assert await answers(keeping) == {
        "needs": "money,papers", "help": "wanted", "housing": "hosted", "income": "sometimes", "work": "cej",
        "health_cover": "basic", "interview": "not_offered", "cej": "yes", "satisfaction": "so_so",
    }  # fmt: skip
    [kept] = await check_ins(keeping)
    assert (kept.opened_on, kept.closed_on, kept.asking) == (TODAY.date(), TODAY.date(), None)


async def test_whoever_is_well_is_not_offered_help(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    assert HOUSING in await asked.presses("Tout va bien")
    assert (await answers(keeping)) == {"needs": NO_NEED}


async def test_every_question_can_be_passed_and_leads_to_a_person(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    for following in (HOUSING, INCOME, WORK, COVER, INTERVIEW, CEJ, SATISFACTION, "Merci d'avoir répondu"):
        assert asked.buttons[-3:] == ["Passer", "J'arrête là", "Parler à quelqu'un"]
        assert following in await asked.presses("Passer")
    assert "Parler à quelqu'un" in asked.buttons
    assert set((await answers(keeping)).values()) == {SKIPPED}
    assert (await check_ins(keeping))[0].closed_on == TODAY.date()


async def test_help_itself_can_be_passed(asked: Chat) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("⬜ logement")
    assert HELP in await asked.presses("C'est bon")
    assert HOUSING in await asked.presses("Passer")


async def test_nothing_ticked_is_no_answer(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    assert HOUSING in await asked.presses("C'est bon")
    assert await answers(keeping) == {"needs": SKIPPED}


@pytest.mark.parametrize("where", ["Dehors", "Hôtel, hébergement d'urgence"])
async def test_without_a_roof_the_115_comes_at_once_and_then_help(asked: Chat, where: str) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    said = await asked.presses(where)
    assert said.startswith("Pour dormir ce soir : appelle le 115 (jour et nuit, gratuit")
    assert said.index("115") < said.index(HELP)
    assert "Où dormir ce soir" in asked.buttons
    assert INCOME in await asked.presses("Pas maintenant")


async def test_without_a_roof_help_is_not_offered_twice(asked: Chat) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("⬜ logement")
    await asked.presses("C'est bon")
    await asked.presses("Pas maintenant")
    said = await asked.presses("Dehors")
    assert "115" in said
    assert HELP not in said
    assert INCOME in said


async def test_past_21_nobody_hears_first_of_what_has_ended(asked: Chat, keeping: Services) -> None:
    await change(keeping, age_band="21+")
    said = await asked.says("ça va pas")
    assert HELP in said
    assert "21 ans" not in said
    assert RETURN not in asked.buttons
    await asked.presses("Oui, je veux bien")
    end = await asked.presses("J'arrête là")
    assert "Mission Locale" in end
    assert RETURN not in asked.buttons


async def test_a_birth_month_says_more_than_a_band(asked: Chat, keeping: Services) -> None:
    await change(keeping, birth_month=date(2005, 9, 1))
    await asked.says("ça va pas")
    assert RETURN not in asked.buttons


async def test_stopping_half_way_ends_it_and_keeps_what_was_told(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("⬜ argent")
    assert "Merci d'avoir répondu" in await asked.presses("J'arrête là")
    assert await answers(keeping) == {"needs": "money"}
    assert (await check_ins(keeping))[0].closed_on == TODAY.date()


async def test_a_closed_check_in_changes_no_more_and_says_so(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    await asked.presses("J'arrête là")
    before = await answers(keeping)
    for payload in ("check:a:housing:own", "check:need:money:on", "check:skip:income", "check:end", "check:start",
                    "check:later", "check:no", "check:a:needs:done"):  # fmt: skip
        assert OVER in await asked.presses_payload(payload), payload
    assert await answers(keeping) == before
    assert (await states(keeping))["check_in"] == "answered"
    assert HOW not in await asked.says("c'est quoi le cej")


async def test_another_answer_to_an_earlier_question_is_taken_and_the_open_one_stays(
    asked: Chat, keeping: Services
) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    await asked.presses("Un logement à moi")
    await asked.presses("Oui, tous les mois")
    said = await asked.presses_payload("check:a:housing:residence")
    assert said.startswith("C'est changé.")
    assert WORK in said
    said = await asked.presses_payload("check:skip:income")
    assert WORK in said
    kept = await answers(keeping)
    assert (kept["housing"], kept["income"]) == ("residence", "regular")
    assert HELP in await asked.presses_payload("check:need:money:on"), "a need ticked late is a need"
    assert WORK in await asked.presses("Pas maintenant")


async def test_an_earlier_answer_corrected_does_not_take_the_offer_of_help_away(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    await asked.presses("Un logement à moi")
    assert HELP in await asked.says("ça va pas")
    assert HELP in await asked.presses_payload("check:a:housing:hosted")


async def test_without_the_consent_no_answer_is_kept(asked: Chat, keeping: Services) -> None:
    assert keeping.vault is not None

    async def withdraw(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        await consents.withdraw(tx, person, Purpose.CHECK_IN, how="button")

    await keeping.vault.write(withdraw, now=TODAY)
    assert "trop ancien" in await asked.presses_payload("check:start")
    assert await check_ins(keeping) == []


async def test_two_taps_at_once_are_one(asked: Chat, keeping: Services) -> None:
    await asyncio.gather(*(asked.presses_payload("check:start") for _ in range(4)))
    assert len(await check_ins(keeping)) == 1
    await asyncio.gather(*(asked.presses_payload("check:need:money:on") for _ in range(4)))
    assert await answers(keeping) == {"needs": "money"}
    await asked.presses_payload("check:a:needs:done")
    await asyncio.gather(*(asked.presses_payload("check:skip:help") for _ in range(4)))
    assert HOUSING in asked.heard
    await asyncio.gather(*(asked.presses_payload("check:a:housing:own") for _ in range(4)))
    assert INCOME in await asked.presses_payload("check:start"), "one question was answered, not four"


async def test_the_button_of_the_reminder_opens_the_same_one(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    said = await asked.presses_payload("check:start")
    assert HOUSING in said
    assert "Merci de me répondre" not in said
    assert len(await check_ins(keeping)) == 1


@pytest.mark.parametrize(
    "payload",
    ["check:", "check:a", "check:a:housing:castle", "check:a:needs:money", "check:a:age:12", "check:need:money:maybe",
     "check:need:gold:on", "check:need::on", "check:skip:", "check:skip:everything", "check:what", "check:a:housing"],
)  # fmt: skip
async def test_a_payload_that_is_no_answer_of_ours_keeps_nothing(asked: Chat, keeping: Services, payload: str) -> None:
    await asked.presses_payload("check:start")
    assert "Ce bouton est trop ancien" in await asked.presses_payload(payload)
    assert await answers(keeping) == {}


async def test_denis_changes_nothing_with_the_buttons_of_amina(asked: Chat, denis: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    before = await rows(keeping)
    for payload in ("check:start", "check:later", "check:no", "check:need:money:on", "check:a:needs:done",
                    "check:a:housing:own", "check:skip:needs", "check:end"):  # fmt: skip
        assert "Ce bouton est trop ancien" in await denis.presses_payload(payload)
    assert "je ne t'écris jamais en premier" in await denis.presses_payload("check:never")
    assert HOW not in await denis.says("ça va pas")
    assert await rows(keeping) == before
    assert await answers(keeping) == {}


async def test_later_is_a_week_later(asked: Chat, keeping: Services) -> None:
    assert "vers le 30 novembre 2026" in await asked.presses_payload("check:later"), "the 29th is a Sunday"
    assert (await states(keeping))["check_in"] == "planned"
    assert await check_ins(keeping) == []
    assert HOW not in await asked.says("c'est quoi le cej")


async def test_later_can_be_said_half_way_and_finishing_all_the_same_sends_nothing_more(
    asked: Chat, keeping: Services
) -> None:
    await asked.presses_payload("check:start")
    assert "vers le 30 novembre 2026" in await asked.says("plus tard")
    assert (await states(keeping))["check_in"] == "planned"
    await asked.presses_payload("check:a:needs:none")
    assert (await states(keeping))["check_in"] == "answered"


async def test_never_is_stop(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    assert "je ne t'écris plus en premier" in await asked.presses_payload("check:never")
    assert keeping.vault is not None
    async with keeping.vault.database.reading() as connection:
        assert await connection.scalar(select(Person.status)) == "stopped"
    assert (await check_ins(keeping))[0].closed_on == TODAY.date()
    assert "trop ancien" in await asked.presses_payload("check:start")
    assert "je ne t'écris plus en premier" in await asked.presses_payload("check:never")


async def test_a_stop_word_in_the_middle_stops_and_asks_nothing_more(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    assert "je ne t'écris plus en premier" in await asked.says("STOP")
    assert NEEDS not in await asked.says("c'est quoi le cej")
    assert "trop ancien" in await asked.presses_payload("check:a:needs:none")


@pytest.mark.parametrize("typed", ["oui", "ça va", "Nickel !", "oui ça va merci"])
async def test_well_in_words_opens_it(asked: Chat, keeping: Services, typed: str) -> None:
    assert NEEDS in await asked.says(typed)
    assert (await states(keeping))["check_in"] == "answered"


@pytest.mark.parametrize("typed", ["non", "ça va pas", "j'ai besoin d'aide", "pas trop", "galère"])
async def test_not_well_in_words_is_offered_help_at_once(asked: Chat, keeping: Services, typed: str) -> None:
    said = await asked.says(typed)
    assert said.startswith(HELP)
    assert NUMBERS in said
    assert asked.buttons[0] == RETURN
    said = await asked.says("oui")
    assert "Je garde des cases cochées" in said
    assert NEEDS in said
    assert await answers(keeping) == {"help": "wanted"}
    await asked.presses("⬜ argent")
    assert HOUSING in await asked.presses("C'est bon"), "offered once"


async def test_a_call_for_help_half_way_is_heard_and_the_questions_go_on(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("Tout va bien")
    await asked.presses("Passer")
    assert HELP in await asked.says("en fait ça va pas du tout")
    assert INCOME in await asked.presses("Oui, je veux bien"), "what was passed is not asked again"
    said = await asked.says("j'ai besoin d'aide")
    assert "Voici de vraies personnes" in said
    assert INCOME in said


async def test_without_a_check_in_words_are_what_they_always_were(amina: Chat, keeping: Services) -> None:
    assert keeping.vault is not None
    await join(keeping.vault, AMINA)
    for typed in ("j'ai besoin d'aide", "oui", "ça va pas", "plus tard"):
        said = await amina.says(typed)
        assert HELP not in said
        assert HOW not in said
    assert await check_ins(keeping) == []


@pytest.mark.parametrize(
    ("typed", "following", "kept"),
    [
        ("argent et logement", NEEDS, {"needs": "money,housing"}),
        ("tout va bien", HOUSING, {"needs": "none"}),
        ("rien", HOUSING, {"needs": "none"}),
        ("passer", HOUSING, {"needs": "skip"}),
        ("J'arrête là", "Merci d'avoir répondu", {}),
    ],
)
async def test_words_do_what_buttons_do(
    asked: Chat, keeping: Services, typed: str, following: str, kept: dict[str, str]
) -> None:
    await asked.presses_payload("check:start")
    assert following in await asked.says(typed)
    assert await answers(keeping) == kept


async def test_every_question_can_be_answered_in_words(asked: Chat, keeping: Services) -> None:
    await asked.says("oui ça va")
    for typed, following in (
        ("non", HOUSING), ("chez un pote", INCOME), ("Rien en ce moment", WORK), ("service civique", COVER),
        ("je sais pas", INTERVIEW), ("oui il a eu lieu", CEJ), ("non", SATISFACTION), ("bof", "Merci d'avoir répondu"),
    ):  # fmt: skip
        assert following in await asked.says(typed), typed
    assert await answers(keeping) == {
        "needs": "none", "housing": "hosted", "income": "none", "work": "civic_service", "health_cover": "unknown",
        "interview": "held", "cej": "no", "satisfaction": "so_so",
    }  # fmt: skip


async def test_a_question_in_the_middle_is_answered_and_ours_is_asked_again(asked: Chat) -> None:
    said = await asked.says("c'est quoi l'adepape ?")
    assert "ADEPAPE" in said
    assert said.endswith(HOW)
    assert asked.buttons[-3:] == ["Répondre", "Plus tard", "Plus jamais"]
    await asked.presses("Répondre")
    await asked.presses("Tout va bien")
    said = await asked.says("c'est quoi l'adepape ?")
    assert "ADEPAPE" in said
    assert said.index("ADEPAPE") < said.index(HOUSING)
    said = await asked.says("blablabla")
    assert "Je n'ai pas compris" in said
    assert HOUSING in said


async def test_danger_comes_first_and_nothing_more_is_asked(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    said = await asked.says("je vais me tuer")
    assert "3114" in said
    assert NEEDS not in said
    [kept] = await check_ins(keeping)
    assert (kept.closed_on, kept.asking) == (None, "needs")
    assert HOUSING in await asked.presses_payload("check:a:needs:none"), "but it goes on when she wants"


async def test_danger_heard_by_the_nlu_comes_first_too(asked: Chat, keeping: Services) -> None:
    async with understood(keeping, danger_suicide=0.9):
        said = await asked.says("non")
    assert "3114" in said
    assert HELP not in said


async def test_a_worry_heard_by_the_nlu_is_offered_help(asked: Chat, keeping: Services) -> None:
    async with understood(keeping, danger_suicide=0.25, sante_mentale=0.7):
        said = await asked.says("tout est lourd ces temps-ci")
    assert HELP in said
    assert NUMBERS in said
    assert said.index("C'est quoi ?") < said.index(HELP), "what she spoke of is answered first"


async def test_a_worry_in_the_words_of_an_answer_brings_the_numbers(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    async with understood(keeping, danger_suicide=0.25, hors_sujet=0.7):
        said = await asked.says("rien")
    assert HOUSING in said
    assert NUMBERS in said
    assert await answers(keeping) == {"needs": NO_NEED}


async def test_yes_and_no_heard_by_the_nlu(asked: Chat, keeping: Services) -> None:
    async with understood(keeping, non=0.9):
        assert HELP in await asked.says("nope pas des masses")
    async with understood(keeping, oui=0.9):
        assert NEEDS in await asked.says("yep grave")
    assert await answers(keeping) == {"help": "wanted"}


async def test_whoever_seems_to_want_no_more_messages_is_not_asked_again(asked: Chat, keeping: Services) -> None:
    async with understood(keeping, arreter_messages=0.9):
        said = await asked.says("laisse moi tranquille avec tes messages")
    assert HOW not in said
    assert "Arrêter les messages" in asked.buttons


async def test_after_two_weeks_words_answer_no_more_but_the_button_does(asked: Chat) -> None:
    await asked.presses_payload("check:start")
    with time_machine.travel(TODAY + timedelta(days=14), tick=False):
        assert NEEDS not in await asked.says("c'est quoi le cej")
        assert NEEDS in await asked.presses_payload("check:start")
        assert HOUSING in await asked.says("tout va bien")


async def test_an_identity_number_is_not_kept_and_she_is_told(asked: Chat) -> None:
    said = await asked.says("ça va pas mon numéro 1 85 05 78 006 084 91")
    assert "je ne l'ai pas gardé" in said.lower()
    assert HELP in said


async def test_no_word_is_ever_kept_and_every_answer_is_a_code(asked: Chat, keeping: Services) -> None:
    await asked.says(f"ça va pas {WORDS}")
    for typed in ("oui", "argent", "c'est bon", f"chez un pote {WORDS}", "chez un pote", f"{WORDS} cej", "passer"):
        await asked.says(typed)
    assert keeping.vault is not None
    async with keeping.vault.database.reading() as connection:
        if not keeping.vault.database.is_sqlite:  # what is looked for must not end in the server's log
            await connection.execute(text("SET LOCAL log_statement = 'none'"))
        for table in Base.metadata.sorted_tables:
            for column in table.columns:
                found = select(func.count()).select_from(table).where(cast(column, Text).contains(WORDS))
                assert await connection.scalar(found) == 0, column
    for ask, value in (await answers(keeping)).items():
        assert value is not None
        assert {*value.split(",")} <= {*CODES[Ask(ask)], SKIPPED, NO_NEED}


async def test_her_answers_are_shown_to_her(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    await asked.presses("⬜ argent")
    await asked.presses("C'est bon")
    assert "22 novembre 2026" in await asked.says("/mesdonnees")


LATE = "On le fait maintenant"


async def test_whoever_joins_late_is_asked_at_once_and_may_do_it_now(amina: Chat, keeping: Services) -> None:
    said = await answers_everything(amina)
    assert "Merci, c'est noté." in said
    assert keeping.library.plan.text("late_6_36", "fr").html.split(".")[0] in said
    assert amina.buttons[:3] == [LATE, "Plus tard", "Non merci"]
    assert (await states(keeping))["check_in"] == "planned"
    assert NEEDS in await amina.presses(LATE)
    assert (await states(keeping))["check_in"] == "answered"


@pytest.mark.parametrize(
    ("age", "left", "late"),
    [
        ("18 à 20 ans", "mars 2026", "late_6_36"),
        ("21 ou plus", "mars 2026", "late_over_21"),
        ("21 ou plus", "mars 2023", "late_past_3_years"),
    ],
)
async def test_the_three_texts_of_those_who_join_late(
    amina: Chat, keeping: Services, age: str, left: str, late: str
) -> None:
    await says_yes(amina, age=age)
    await amina.says(left)
    said = await amina.presses("Arrêter là")
    assert "J'arrête mes questions." in said
    assert keeping.library.plan.text(late, "fr").html.split("\n")[0] in said
    assert LATE in amina.buttons


async def test_without_an_answer_a_late_joiner_is_written_to_a_week_later(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    assert keeping.vault is not None
    async with keeping.vault.database.reading() as connection:
        due = await connection.scalar(select(Planned.due_on).where(Planned.rule == "check_in"))
    assert due == date(2026, 11, 30)


async def test_a_late_joiner_who_says_no_is_left_in_peace(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    said = await amina.presses("Non merci")
    assert "je ne te pose pas ces questions. Tu peux m'écrire quand tu veux." in said
    assert (await states(keeping))["check_in"] == "dropped"
    assert await check_ins(keeping) == []
    assert NEEDS in await amina.presses_payload("check:start"), "and may change their mind"


async def test_a_late_joiner_may_put_it_off_and_is_not_asked_twice(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    assert "30 novembre 2026" in await amina.presses("Plus tard")
    await amina.presses_payload("join:resume")
    await amina.presses("Arrêter là")
    assert LATE not in amina.buttons


async def test_whoever_has_not_left_long_ago_is_not_asked_now(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    await amina.says("octobre 2026")
    for _ in range(2):
        await amina.presses("Passer")
    said = await amina.presses("Non, je ne veux pas")
    assert "Je t'écrirai vers le 30 avril 2027." in said
    assert "Mon calendrier" in amina.buttons
    assert "Ce n'est pas encore le moment : je t'écrirai vers le 30 avril 2027." in await amina.presses_payload(
        "check:start"
    )
    assert "Ce n'est pas encore le moment" in await amina.presses_payload("check:later")
    assert await check_ins(keeping) == []


async def test_a_date_corrected_to_later_is_asked_then(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    now = amina.payload(LATE)
    await amina.presses_payload("mine:edit:exit")
    await amina.says("octobre 2026")
    assert "Ce n'est pas encore le moment" in await amina.presses_payload(now)


async def test_with_the_database_off_the_buttons_answer_kindly(asked: Chat, keeping: Services) -> None:
    keeping.vault = None
    for payload in ("check:start", "check:a:needs:none", "check:later", "check:no", "check:never", "check:end"):
        said = await asked.presses_payload(payload)
        assert "En ce moment je ne peux rien noter ni retrouver sur toi." in said
        assert NUMBERS in said
    assert "CEJ" in await asked.says("c'est quoi le cej")
    assert HOW not in asked.heard


async def test_an_update_given_twice_changes_nothing_twice(asked: Chat, keeping: Services) -> None:
    await asked.presses_payload("check:start")
    skipped = asked.typed("passer") | {"update_id": 999_000_101}
    assert HOUSING in await asked.does(skipped)
    assert await asked.does(skipped) == ""
    assert await answers(keeping) == {"needs": SKIPPED}


async def test_whoever_answers_long_after_the_reminder_is_heard(asked: Chat, keeping: Services) -> None:
    await set_row(keeping, PlannedState.NO_ANSWER, sent_at=datetime(2026, 9, 30, 10, tzinfo=UTC))
    assert NEEDS in await asked.presses_payload("check:start")
