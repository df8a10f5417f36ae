"""Requests of several people, and what others do at the same moment: nobody waits for somebody else's misfortune, and
nothing is sent unsaid, kept unseen or counted too few.

Two changes are made at once on PostgreSQL alone: SQLite makes them one after the other.
"""

import asyncio
import operator
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, text

from bot import addressees, leaving, people, referrals
from bot.consent_texts import ConsentText, Purpose
from bot.models import Addressee, Referral, ReferralState
from bot.receipts import Appointment, Received
from bot.referrals import PER_STRUCTURE, Refused
from bot.services import Services
from bot.vault import Transaction, Vault, open_vault
from docs.screenshots import ABSENT, chromium, is_there, opened, phone, send, site
from tests.command_line import relais
from tests.conftest import AMINA, BILAL, Chat, absent, answering, conversation
from tests.databases import Cluster
from tests.dialogues import test_requests
from tests.dialogues.test_requests import (
    ARRAS,
    BOX,
    Relay,
    asks,
    desk,
    follow,
    known,
    link_of,
    post,
    sends,
    state,
    told,
)
from tests.joined import TODAY, join
from tests.requests_in_memory import REQUEST, TOKEN
from tests.stand_in.client import wait_for
from tests.sweep import NAME
from tests.test_receipt_page import World
from tests.test_rotation import settings_of

__all__ = ["known"]  # a fixture
pytestmark = pytest.mark.slow

Work = Callable[[Transaction], Awaitable[object]]
WITHIN = 20.0  # seconds
CROWD = range(8_880_000_001, 8_880_000_001 + PER_STRUCTURE + 3)
NEWS = "J'ai du nouveau pour toi."


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
async def both(services: Services, vault: Vault) -> Services:
    """What tests of one change after the other take: on each database, the Mission Locale with its mailbox."""
    services.vault, services.office = vault, test_requests.OFFICE
    await vault.write(lambda tx: addressees.confirm(tx, ARRAS.id, BOX, "une opératrice"), now=TODAY)
    return services


@pytest.fixture
async def keeping(postgresql: Cluster, tmp_path: Path) -> AsyncIterator[Services]:
    services = answering()
    services.vault = await open_vault(postgresql.copy(), tmp_path / "keys.json")
    services.ledger_file = tmp_path / "erasures.jsonl"
    yield services
    await services.vault.database.close()


@pytest.fixture
async def amina(keeping: Services) -> AsyncIterator[Chat]:
    async with conversation(keeping, AMINA) as chat:
        yield chat


async def confirmed(vault: Vault, chat: int) -> str:
    """Say yes to a request to the Mission Locale as somebody who has joined; return its reference. Raises Refused."""
    shown = ConsentText(Purpose.FORWARD, TODAY.date(), "fr", "…", "0" * 64)

    async def work(tx: Transaction) -> str:
        person = await people.find(tx, chat, lock=True)
        assert person is not None
        one = await referrals.draft(tx, person, ARRAS, ["housing"])
        read = referrals.mark(referrals.lines(tx, person, one), one, shown)
        await referrals.confirm(tx, person, one, text=shown, shown=read, known=True)
        return one.ref

    return await vault.write(work, now=TODAY)


async def crossing(services: Services, holds: Work, *others: Coroutine[Any, Any, Any]) -> list[Any]:
    """Keep a transaction open until the others, begun one after the other, all wait; return what came of each."""
    vault = services.vault
    assert vault is not None
    tasks = []

    async def work(tx: Transaction) -> None:
        await holds(tx)
        for number, other in enumerate(others, 1):
            tasks.append(asyncio.create_task(other))
            await wait_for(partial(waiting, vault), partial(operator.eq, number), within=WITHIN)

    await vault.write(work, now=TODAY)
    return await asyncio.gather(*tasks, return_exceptions=True)


async def waiting(vault: Vault) -> int:
    """How many transactions wait for what another one has locked."""
    blocked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    async with vault.database.engine.connect() as connection:
        return int(await connection.scalar(text(blocked)) or 0)


async def holds_requests(tx: Transaction) -> None:
    await tx.session.scalars(select(Referral).with_for_update())


async def holds_mailbox(tx: Transaction) -> None:
    await tx.session.get(Addressee, ARRAS.id, with_for_update=True)


async def begins(chat: Chat, how: str) -> str:
    """Take the first of the two taps that take a request back, or erase everything; return the label of the second."""
    if how == "erased":
        await chat.says("/oublier")
        return "Oui, tout effacer"
    await chat.presses(test_requests.ref_in(await chat.says("/demandes")))
    await chat.presses("Retirer ma demande")
    return "Oui, la retirer"


async def test_one_person_whose_chat_cannot_be_opened_keeps_nobody_else_waiting(both: Services, vault: Vault) -> None:
    for chat in (AMINA, BILAL):
        await join(vault, chat)
        await confirmed(vault, chat)

    async def damage(tx: Transaction) -> None:
        person = await people.find(tx, AMINA)
        assert person is not None
        person.chat_sealed = person.chat_sealed[:-8] + "AAAAAAAA"

    await vault.write(damage, now=TODAY)
    await post(both, relay := Relay())
    assert await state(both) == [ReferralState.SENT] * 2
    for day in (3, 15, 30):
        with time_machine.travel(TODAY + timedelta(days=day, hours=1), tick=False):
            await follow(both)
            await post(both, relay)
    assert [".reminder." in mail.message_id for mail in relay.mails] == [False, False, True, True]
    assert await state(both) == [ReferralState.EXPIRED] * 2
    assert [NEWS in one for one in await told(both)] == [False, True], "both to the other one"


async def test_the_twenty_first_of_a_day_is_refused_even_if_the_twenty_have_left(both: Services, vault: Vault) -> None:
    async def erase(tx: Transaction, chat: int) -> None:
        person = await people.find(tx, chat)
        assert person is not None
        await leaving.erase(tx, person)

    for chat in CROWD[: PER_STRUCTURE + 1]:
        await join(vault, chat)
    for chat in CROWD[:PER_STRUCTURE]:
        await confirmed(vault, chat)
        await post(both, Relay())
        await vault.write(partial(erase, chat=chat), now=TODAY)
    with pytest.raises(Refused, match="structure"):
        await confirmed(vault, CROWD[PER_STRUCTURE])
    assert await state(both) == []


async def test_an_operator_closes_only_what_nobody_has_answered_and_the_person_hears_of_it(
    both: Services, vault: Vault
) -> None:
    await join(vault, AMINA)
    answered, silent = [await confirmed(vault, AMINA) for _ in range(2)]
    await post(both, relay := Relay())
    [token] = [link_of(mail) for mail in relay.mails if answered in mail.subject]
    await desk(both).answer(token, Received())
    settings = settings_of(vault)
    assert "a human has answered it" in relais("referrals", "close", answered, **settings).stderr
    assert relais("referrals", "close", silent, **settings).returncode == 0
    assert sorted(await state(both)) == [ReferralState.EXPIRED, ReferralState.RECEIVED]
    assert sum(NEWS in one and silent in one for one in await told(both)) == 1


@pytest.mark.parametrize(
    ("how", "promised", "written"),
    [
        ("taken back", "Je demande à la structure d'effacer ce qu'elle a reçu.", "l'a retirée"),
        ("erased", "Je leur demande de l'effacer aussi.", "articles 17 et 19 du RGPD"),
    ],
)
async def test_a_request_that_ends_while_its_letter_is_claimed_is_told_to_whoever_gets_it(
    known: Chat, keeping: Services, how: str, promised: str, written: str
) -> None:
    await asks(known)
    await known.presses("Envoyer")
    second = await begins(known, how)
    relay = Relay()
    # The claim has the letter and waits for the request; the second tap waits for the letter.
    _, said = await crossing(keeping, holds_requests, post(keeping, relay), known.presses(second))
    assert promised in said
    await post(keeping, relay)
    assert [(NAME in mail.text, written in mail.text) for mail in relay.mails] == [(True, False), (False, True)]


@pytest.mark.parametrize("first", ["the answer", "the withdrawal"])
async def test_an_answer_that_crosses_a_withdrawal_is_erased_with_the_request(
    known: Chat, keeping: Services, first: str
) -> None:
    token = link_of(await sends(known, keeping))
    second = await begins(known, "taken back")
    meeting = Appointment(TODAY.date(), TODAY.time(), "12 rue Fictive", "Viens avec un papier.")
    both = [desk(keeping).answer(token, meeting), known.presses(second)]
    await crossing(keeping, holds_requests, *(both if first == "the answer" else reversed(both)))

    async def left(tx: Transaction) -> list[str | None]:
        [one] = await tx.session.scalars(select(Referral))
        return [one.state, one.answer_sealed, one.payload_sealed, one.receipt_index]

    assert keeping.vault is not None
    assert await keeping.vault.read(left, now=TODAY) == [ReferralState.WITHDRAWN, None, None, None]
    assert not any("du nouveau" in one for one in await told(keeping))
    assert await desk(keeping).look(token) is None


async def test_of_five_who_ask_at_once_the_twenty_first_is_refused(known: Chat, keeping: Services) -> None:
    vault = keeping.vault
    assert vault is not None
    for chat in CROWD:
        await join(vault, chat)
    for chat in CROWD[:-5]:
        await confirmed(vault, chat)
    came = await crossing(keeping, holds_mailbox, *(confirmed(vault, chat) for chat in CROWD[-5:]))
    assert [one.why for one in came if isinstance(one, Refused)] == ["structure"] * 3
    assert (await state(keeping)).count(ReferralState.WAITING) == PER_STRUCTURE


async def test_a_link_is_refused_and_the_seventh_answer_of_an_hour_waits() -> None:
    world = World()
    for link in ("https://piege.example.org", "va sur www.piege.example.org", "t.me/piege", "HTTP://piege"):
        for typed in ({"message": link}, {"reason": "full", "other": link}):
            page = await world.answers("cannot" if "other" in typed else "received", **typed)
            assert (page.status_code, "Écrivez sans lien" in page.text, world.core.answers) == (422, True, [])
        world.now += timedelta(hours=1)
    said = [(await world.answers("received", message=f"Mot {number}.")).status_code for number in range(7)]
    assert (said, len(world.core.answers)) == ([200] * 6 + [429], 6)
    world.now += timedelta(hours=1)
    assert (await world.answers("received", message="Plus tard.")).status_code == 200
    await world.http.aclose()


async def test_two_mails_opened_from_another_site_both_take_an_answer() -> None:
    """In a browser: the page of the second mail must not take from the first what its form needs."""
    if not is_there():
        absent(ABSENT)
    second = "second" * 3 + "mail"
    async with site() as served, chromium() as browser:
        served.core.requests[second] = replace(REQUEST, ref="R-SECOND")
        window = await phone(browser)
        links = "".join(f'<p><a href="{served.link(token)}">{token}</a></p>' for token in (TOKEN, second))
        await window.route("http://mail.example/", lambda route: route.fulfill(content_type="text/html", body=links))
        pages = []
        for token in (TOKEN, second):
            pages.append(page := await window.new_page())
            await page.goto("http://mail.example/")
            async with page.expect_navigation():
                await page.get_by_text(token).click()
            await send(page, "Voir la demande")
        for number, page in enumerate(pages):
            await opened(page, "Bien reçu")
            await page.locator("#received-message").fill(f"Mot {number}")
            await send(page, "Dire que c'est bien reçu")
            await page.get_by_text("C'est noté, merci").wait_for()
        assert served.core.answers == [Received("Mot 0"), Received("Mot 1")]
