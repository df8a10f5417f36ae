"""/calendrier: what will be sent and when; drop a line, put it back, read it, put it off; what would bring more."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from sqlalchemy import select

from bot import people
from bot.models import Planned, PlannedState
from bot.plan import Line
from bot.planned import find, new
from bot.services import Services
from bot.vault import Transaction
from tests.conftest import AMINA, Chat
from tests.joined import TODAY, answers_everything, rows, says_yes
from tests.test_consistency import ASE, FORBIDDEN

pytestmark = pytest.mark.slow

HOUSING_30, HOUSING_34 = "housing_30_months", "housing_34_months"


async def planned(services: Services) -> dict[str, tuple[str, date]]:
    """The state and the day of each row."""
    assert services.vault is not None

    async def look(tx: Transaction) -> dict[str, tuple[str, date]]:
        return {row.rule: (row.state, row.due_on) for row in await tx.session.scalars(select(Planned))}

    return await services.vault.read(look, now=TODAY)


async def becomes(services: Services, rule: str, state: PlannedState, sent_at: datetime | None = TODAY) -> None:
    """Do to a row what the sender does."""
    assert services.vault is not None

    async def work(tx: Transaction) -> None:
        row = await tx.session.scalar(select(Planned).where(Planned.rule == rule))
        assert row is not None
        row.state, row.sent_at = state, sent_at
        if state == PlannedState.EXPIRED:
            row.expires_on = TODAY.date() - timedelta(days=1)

    await services.vault.write(work, now=TODAY)


async def test_each_line_is_shown_in_the_order_of_its_day(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    said = await amina.says("/calendrier")
    lines = [line for line in said.splitlines() if line.startswith("•")]
    titles = {rule: keeping.library.plan.text(rule, "fr").title for rule in keeping.library.plan.rules}
    assert lines == [
        f"• vers le 30 novembre 2026 : {titles['check_in']}",
        f"• vers le 30 septembre 2028 : {titles[HOUSING_30]}",
        f"• vers le 31 janvier 2029 : {titles[HOUSING_34]} (seulement si tu m'écris avant le 22 novembre 2028)",
    ]
    assert "Je t'écris entre 10 h et 19 h chez toi, jamais un dimanche ni un jour férié." in said
    assert amina.buttons == [
        *(f"Enlever : {titles[rule]}" for rule in ("check_in", HOUSING_30, HOUSING_34)),
        "Donner mon mois de naissance",
        "Parler à quelqu'un",
        "Menu",
    ]
    assert await amina.presses_payload("plan:show") == said
    assert ASE.search(said) is None, "whoever looks at the phone learns nothing"


async def test_a_dropped_line_stays_dropped_whatever_changes_and_can_be_put_back(
    amina: Chat, keeping: Services
) -> None:
    await answers_everything(amina)
    await amina.says("/calendrier")
    title = keeping.library.plan.text("check_in", "fr").title
    said = await amina.presses(f"Enlever : {title}")
    assert "C'est enlevé : je ne l'enverrai pas." in said
    assert f"• enlevé : {title}" in said
    await amina.presses_payload("mine:edit:exit")
    await amina.says("30/04/2026")
    assert (await planned(keeping))["check_in"][0] == PlannedState.DROPPED
    await amina.says("/calendrier")
    assert "C'est remis, vers le 30 novembre 2026." in await amina.presses(f"Remettre : {title}")
    assert (await planned(keeping))["check_in"] == (PlannedState.PLANNED, date(2026, 11, 30))


async def test_a_line_whose_time_is_over_is_not_put_back(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload(f"plan:drop:{HOUSING_30}")
    with time_machine.travel(datetime(2029, 1, 2, 9, tzinfo=UTC), tick=False):
        said = await amina.presses_payload(f"plan:back:{HOUSING_30}")
        assert "Je ne peux plus le remettre : son moment est passé." in said
    assert HOUSING_30 not in await planned(keeping)


@pytest.mark.parametrize("payload", ["plan:drop:check_in", "plan:back:check_in", "plan:later:check_in"])
async def test_a_button_that_does_not_fit_the_row_any_more_changes_nothing(
    amina: Chat, keeping: Services, payload: str
) -> None:
    await answers_everything(amina)
    await becomes(keeping, "check_in", PlannedState.ANSWERED)
    assert "• envoyé le 22 novembre 2026, tu as répondu : " in await amina.presses_payload(payload)
    assert (await planned(keeping))["check_in"][0] == PlannedState.ANSWERED


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (PlannedState.SENDING, "en train de partir : "),
        (PlannedState.SENT, "envoyé le 22 novembre 2026 : "),
        (PlannedState.NO_ANSWER, "envoyé le 22 novembre 2026 : "),
        (PlannedState.PARKED, "peut-être envoyé le 22 novembre 2026 : "),
        (PlannedState.EXPIRED, "je n'ai pas pu l'envoyer : "),
        (PlannedState.REFUSED, "je n'ai pas pu l'envoyer : "),
    ],
)
async def test_what_became_of_each_message_is_told(
    amina: Chat, keeping: Services, state: PlannedState, told: str
) -> None:
    await answers_everything(amina)
    await becomes(keeping, HOUSING_30, state)
    assert f"• {told}" in await amina.says("/calendrier")
    title = keeping.library.plan.text(HOUSING_30, "fr").title
    assert f"Enlever : {title}" not in amina.buttons


async def test_without_a_date_of_leaving_it_is_asked_for(amina: Chat, keeping: Services) -> None:
    await says_yes(amina)
    await amina.presses("Passer")
    said = await amina.says("/calendrier")
    assert "Il n'y a rien de prévu." in said
    assert "Sans ta date de départ, je ne sais pas quand t'écrire." in said
    await amina.presses("Donner ma date de départ")
    assert "• Date de départ : mars 2026" in await amina.says("mars 2026")
    assert "check_in" in await planned(keeping)


async def test_a_month_of_birth_brings_the_reminders_before_21_and_taking_it_back_takes_them(
    amina: Chat, keeping: Services
) -> None:
    await answers_everything(amina)
    assert "deux rappels avant tes 21 ans" in await amina.says("/calendrier")
    question = await amina.presses("Donner mon mois de naissance")
    assert "Le mois et l'année suffisent, pas le jour." in question
    said = await amina.says("12 mai 2008")
    assert said.startswith("Noté : mai 2008.")
    assert "• Mois de naissance : mai 2008" in said
    assert (await planned(keeping))["before_21_6_months"] == (PlannedState.PLANNED, date(2028, 11, 2))
    said = await amina.says("/calendrier")
    assert "mois de naissance" not in said
    await amina.presses_payload("mine:edit:birth")
    assert "• Mois de naissance : rien" in await amina.presses("Enlever")
    assert "before_21_6_months" not in await planned(keeping)


async def test_the_question_of_the_birth_can_be_left(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    assert "• Mois de naissance : rien" in await amina.says("passer")
    await amina.presses_payload("mine:edit:birth")
    assert "• Mois de naissance : rien" in await amina.presses("Retour")


async def test_a_birth_that_cannot_be_read_is_asked_again(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    assert "Écris l'année avec ses quatre chiffres. Par exemple « mai 2008 »." in await amina.says("05/12")
    assert "• Mois de naissance : mai 2008" in await amina.says("05/08")


async def test_the_age_follows_from_the_month_of_birth(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    assert "• Âge : 21+ ans" in await amina.says("mai 2003")
    assert "Mois de naissance" not in await amina.says("/calendrier")
    await amina.presses_payload("mine:edit:birth")
    assert "• Âge : 18-20 ans" in await amina.says("mai 2008")


async def test_an_age_that_contradicts_the_month_of_birth_removes_it(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    await amina.says("mai 2008")
    assert "• Mois de naissance : rien" in await amina.presses_payload("mine:age:21+")


async def test_whoever_is_surely_over_21_is_not_asked_for_a_month_of_birth(amina: Chat, keeping: Services) -> None:
    await says_yes(amina, age="21 ou plus")
    await amina.says("mars 2026")
    assert "mois de naissance" not in await amina.says("/calendrier")


async def test_a_text_is_read_with_its_date_and_its_topics(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await becomes(keeping, HOUSING_30, PlannedState.SENT)
    said = await amina.presses_payload(f"plan:read:{HOUSING_30}")
    assert "1er mars 2029" in said
    assert "{date}" not in said
    assert amina.buttons[-2:] == ["Parler à quelqu'un", "Menu"]
    assert "Le logement social" in amina.buttons
    await amina.presses_payload("mine:empty:exit")
    assert "31 mars 2029" in await amina.presses_payload(f"plan:read:{HOUSING_30}"), "the date it was planned with"


async def test_a_birthday_is_told_as_a_month(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    await amina.says("mai 2008")
    await becomes(keeping, "before_21_6_months", PlannedState.SENT)
    assert "mai 2029" in await amina.presses_payload("plan:read:before_21_6_months")
    with time_machine.travel(datetime(2029, 5, 31, 9, tzinfo=UTC), tick=False):
        assert "Cette date est passée" not in await amina.presses_payload("plan:read:before_21_6_months")
    with time_machine.travel(datetime(2029, 6, 1, 9, tzinfo=UTC), tick=False):
        said = await amina.presses_payload("plan:read:before_21_6_months")
        assert "Cette date est passée : mai 2029." in said
        assert "Voici de vraies personnes qui peuvent t'aider :" in said
        assert FORBIDDEN.search(said) is None


async def test_every_text_can_be_read(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    assert keeping.vault is not None
    for name, rule in keeping.library.plan.rules.items():

        async def send(tx: Transaction, name: str = name) -> None:
            person = await people.find(tx, AMINA)
            assert person is not None
            row = await find(tx, person, name) or new(person, Line(name, *[TODAY.date()] * 5), keeping.places)
            row.state, row.sent_at = PlannedState.SENT, TODAY
            tx.session.add(row)

        await keeping.vault.write(send, now=TODAY)
        said = await amina.presses_payload(f"plan:read:{name}")
        assert said.startswith(keeping.library.plan.text(rule.text, "fr").title), name
        assert "{" not in said


async def test_later_is_a_week_later_however_often_it_is_pressed(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await becomes(keeping, HOUSING_30, PlannedState.SENT)
    for _ in range(3):
        said = await amina.presses_payload(f"plan:later:{HOUSING_30}")
        assert "D'accord, je te le redis vers le 30 novembre 2026." in said
    assert (await planned(keeping))[HOUSING_30] == (PlannedState.PLANNED, date(2026, 11, 30))
    assert "• reporté, vers le 30 novembre 2026 : " in await amina.presses("Mon calendrier")


async def test_never_again_is_the_same_as_stop(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await becomes(keeping, HOUSING_30, PlannedState.SENT)
    assert "je ne t'écris plus en premier" in await amina.presses_payload("plan:never")
    assert set(await planned(keeping)) == {HOUSING_30}
    said = await amina.says("/calendrier")
    assert "Tu avais arrêté mes messages : je ne t'envoie rien en premier." in said
    assert amina.buttons == ["Parler à quelqu'un", "Menu"]
    await amina.presses_payload(f"plan:later:{HOUSING_30}")
    assert (await planned(keeping))[HOUSING_30][0] == PlannedState.SENT, "stopped: nothing is put off"


@pytest.mark.parametrize("payload", ["plan:read:check_in", "plan:drop:check_in", "plan:later:check_in"])
async def test_denis_gets_nothing_by_pressing_the_buttons_of_amina(
    amina: Chat, denis: Chat, keeping: Services, payload: str
) -> None:
    await answers_everything(amina)
    before = await planned(keeping)
    assert "Ce bouton est trop ancien" in await denis.presses_payload(payload)
    assert await planned(keeping) == before
    assert "Je n'ai rien sur toi" in await denis.says("/calendrier")
    assert "je ne t'écris jamais en premier" in await denis.presses_payload("plan:never")
    assert (await rows(keeping))["person"] == 1


@pytest.mark.parametrize(
    "payload", ["plan:", "plan:read", "plan:read:zorglub", "plan:zorglub:check_in:x", "plan:drop:\x00"]
)
async def test_a_button_nobody_made_is_a_button_of_the_past(amina: Chat, keeping: Services, payload: str) -> None:
    await answers_everything(amina)
    assert "Ce bouton est trop ancien" in await amina.presses_payload(payload)


async def test_a_rule_that_has_left_the_plan_is_told_without_its_name(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await becomes(keeping, HOUSING_30, PlannedState.SENT)
    assert keeping.vault is not None

    async def rename(tx: Transaction) -> None:
        row = await tx.session.scalar(select(Planned).where(Planned.rule == HOUSING_30))
        assert row is not None
        row.rule = "gone"

    await keeping.vault.write(rename, now=TODAY)
    assert "• envoyé le 22 novembre 2026 : un message" in await amina.says("/calendrier")
    assert "• envoyé le 22 novembre 2026 : un message" in await amina.says("/mesdonnees")
    assert "Ce bouton est trop ancien" in await amina.presses_payload("plan:read:gone")


async def test_looking_at_the_calendar_is_a_sign_of_life(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    with time_machine.travel(datetime(2028, 6, 1, 9, tzinfo=UTC), tick=False):
        assert "seulement si tu m'écris" not in await amina.says("/calendrier")
    assert keeping.vault is not None

    async def look(tx: Transaction) -> date:
        person = await people.find(tx, AMINA)
        assert person is not None
        return person.last_contact_on

    assert await keeping.vault.read(look, now=TODAY) == date(2028, 6, 1)


async def test_every_payload_fits_a_button(keeping: Services) -> None:
    for rule in keeping.library.plan.rules:
        assert len(f"plan:later:{rule}".encode()) <= 64


async def test_a_birth_below_15_is_not_noted_and_the_age_is_asked_again(amina: Chat, keeping: Services) -> None:
    """She said 18: a wrong digit must not erase her. If it was right, one tap does."""
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    said = await amina.says("mai 2018")
    assert said == "Ce mois-là, c'est moins de 15 ans. Je ne l'ai pas noté. Quel âge as-tu ?"
    said = await amina.presses("moins de 15 ans")
    assert "C'est fait : j'ai tout effacé." in said
    assert "Avant 15 ans" in said
    assert await rows(keeping) == {"erasure": 1}


async def test_a_birth_below_15_erases_whoever_said_15_to_17(bilal: Chat, keeping: Services) -> None:
    await says_yes(bilal, "15 à 17 ans", "Ça dure encore")
    await bilal.presses_payload("mine:edit:birth")
    assert "C'est fait : j'ai tout effacé." in await bilal.says("mai 2012")
    assert await rows(keeping) == {"erasure": 1}


async def test_a_birth_below_18_shows_the_text_for_minors(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:birth")
    said = await amina.says("mai 2010")
    assert said.startswith("Noté : mai 2010.")
    assert "• Âge : 15-17 ans" in said
    assert "Tu as entre 15 et 17 ans." in said
    await amina.presses("Non, je ne veux pas")
    assert await planned(keeping) == {}


async def test_after_a_typed_correction_the_messages_keep_their_titles(amina: Chat, keeping: Services) -> None:
    await answers_everything(amina)
    await amina.presses_payload("mine:edit:exit")
    title = keeping.library.plan.text("check_in", "fr").title
    assert f"• vers le 30 novembre 2026 : {title}" in await amina.says("30/04/2026")
