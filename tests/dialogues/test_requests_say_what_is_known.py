"""Whatever happens to a request, in whatever order, the bot says no more of it than what has happened."""

import random
from datetime import date, timedelta
from datetime import time as hour

import pytest
import time_machine
from sqlalchemy import select

from bot.mailer import Posted
from bot.models import Letter, LetterState, Referral
from bot.receipts import Answer, Appointment, Cannot, Reached, Received
from bot.replies import Outcome
from bot.services import Services
from bot.vault import Transaction
from tests.conftest import Chat
from tests.dialogues.test_requests import SENT, Relay, asks, desk, follow, known, link_of, post, ref_in, told
from tests.joined import TODAY

__all__ = ["known"]  # a fixture
pytestmark = pytest.mark.slow

RELAY_SAYS = (SENT, Posted(Outcome.LATER, 451), Posted(Outcome.MAYBE), Posted(Outcome.REFUSED, 550))
ANSWERS: tuple[Answer, ...] = (
    Received(),
    Appointment(date(2026, 12, 30), hour(10), "1 rue Fictive"),
    Cannot("full"),
    Reached(reached=True),
    Reached(reached=False),
)


class Facts:
    """What has happened so far, as somebody would know who saw the relay, the structure and the person."""

    def __init__(self) -> None:
        self.accepted = False
        self.doubts = 0
        self.refused = False
        self.answer: Answer | None = None
        self.appointed = False
        self.taken_back = False
        self.hours = 0.0

    def allow(self, said: str) -> bool:
        """Return whether nothing of this follows from anything but the facts."""
        answered = self.answer is not None
        return all(
            fact
            for words, fact in (
                ("C'est envoyé", self.accepted),
                (": envoyée", self.accepted),
                ("reçue, ils s'en occupent", self.answer == ANSWERS[0]),
                ("Rendez-vous le", self.appointed),
                ("tu as un rendez-vous", self.appointed),
                ("ils ne peuvent pas", self.answer == ANSWERS[2]),
                ("vous vous êtes parlé", self.answer == ANSWERS[3]),
                ("pas réussi à te joindre", self.answer == ANSWERS[4]),
                ("je ne sais pas si elle est arrivée", self.doubts > 0 and not self.accepted and not answered),
                ("je n'ai pas réussi à l'envoyer", (self.refused or self.hours > 48) and not self.doubts),
                ("personne n'a répondu", not answered and self.hours >= 30 * 24),
                ("Personne n'a encore répondu", not answered and self.hours >= 15 * 24),
                ("pas encore la confirmation", not self.accepted),
                ("pas encore de confirmation", not self.accepted),
                ("retirée par toi", self.taken_back),
            )
            if words in said
        )


@pytest.mark.parametrize("seed", range(12))
async def test_nothing_is_said_that_has_not_happened(known: Chat, keeping: Services, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a story, not a secret
    facts, relay = Facts(), Relay()
    await asks(known)
    await known.presses("Envoyer")
    link = None
    story: list[str] = []
    heard = 0
    for _ in range(14):
        what = chance.choice(("relay", "relay", "wait", "wait", "answer", "back"))
        story.append(what)
        with time_machine.travel(TODAY + timedelta(hours=facts.hours), tick=False):
            match what:
                case "relay":
                    outcome = chance.choice(RELAY_SAYS)
                    relay.said = [outcome]
                    before = len(relay.mails)
                    await post(keeping, relay)
                    if not relay.said:  # a letter was due
                        story[-1] = f"relay says {outcome.outcome}"
                        facts.accepted |= outcome.outcome == Outcome.SENT
                        facts.doubts += outcome.outcome == Outcome.MAYBE
                        facts.refused |= outcome.outcome == Outcome.REFUSED
                    if len(relay.mails) > before and "/r/" in relay.mails[-1].text:
                        link = link_of(relay.mails[-1])
                case "wait":
                    facts.hours += chance.choice((0.6, 1.1, 5, 30, 24 * 4, 24 * 12))
                case "answer" if link is not None:
                    answer = chance.choice(ANSWERS)
                    if await desk(keeping).answer(link, answer) is not None:
                        facts.answer = answer
                        facts.appointed = answer == ANSWERS[1] or (facts.appointed and answer != ANSWERS[2])
                case "back" if chance.random() < 0.2 and not facts.taken_back:
                    await take_back(known)
                    facts.taken_back = True
        with time_machine.travel(TODAY + timedelta(hours=facts.hours), tick=False):
            await follow(keeping)
            listed = await known.says("/demandes")
            written = await told(keeping)
            said = [*written[heard:], listed, await known.presses(ref_in(listed))]
            heard = len(written)
        for one in said:
            assert facts.allow(one), f"seed {seed}, {story}: {one}"
        if facts.accepted and not facts.taken_back:
            assert any("C'est envoyé" in one for one in written) or facts.answer is not None, f"seed {seed}, {story}"
    await nothing_waits_for_ever(keeping, relay)


async def take_back(chat: Chat) -> None:
    await chat.presses(ref_in(await chat.says("/demandes")))
    if "Retirer ma demande" in chat.buttons:
        await chat.presses("Retirer ma demande")
        await chat.presses("Oui, la retirer")


async def nothing_waits_for_ever(services: Services, relay: Relay) -> None:
    """A quarter later every letter has an end, and no request holds any word."""
    assert services.vault is not None
    for days in (60, 61, 91, 92):
        with time_machine.travel(TODAY + timedelta(days=days), tick=False):
            await post(services, relay)
            await follow(services)

    async def look(tx: Transaction) -> tuple[list[str], list[str | None]]:
        letters = list(await tx.session.scalars(select(Letter.state)))
        return letters, list(await tx.session.scalars(select(Referral.payload_sealed)))

    states, words = await services.vault.read(look, now=TODAY)
    assert set(states) <= {LetterState.POSTED, LetterState.FAILED, LetterState.PARKED}
    assert words == [None]
