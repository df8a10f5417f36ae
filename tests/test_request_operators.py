"""What operators do with requests: confirm a mailbox, see what is stuck, write again, close; never read a word."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from bot import addressees, clock, content, following, people, place_lists, posting, referrals
from bot.consent_texts import ConsentText, Purpose
from bot.following import Days
from bot.mailer import Posted
from bot.mails import Mail
from bot.replies import Outcome
from bot.structures import Kind, Structure
from bot.vault import Transaction, Vault
from tests import sweep
from tests.command_line import relais
from tests.conftest import AMINA, ROOT
from tests.dialogues.test_requests import OFFICE
from tests.joined import join
from tests.test_rotation import settings_of

pytestmark = pytest.mark.slow

ALBI = Structure("mission_locale-81004-01", Kind.MISSION_LOCALE, "Mission Locale Tarn Nord", "81", "essai", "2026-11")
BOX = "accueil@mission.example.org"
DAY = timedelta(days=1)
LIBRARY = content.load(ROOT / "content")
PLACES = place_lists.load(ROOT / "content" / "directory", None)


@dataclass
class Installation:
    """What is kept, a relay, and the commands beside them."""

    vault: Vault
    relay_says: list[Posted] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)

    def runs(self, *arguments: str) -> str:
        done = relais(*arguments, **settings_of(self.vault))
        assert done.returncode == 0, done.stderr
        assert sweep.marks(done.stdout.encode()) == set()
        return " ".join(done.stdout.split())

    def refuses(self, *arguments: str) -> str:
        done = relais(*arguments, **settings_of(self.vault))
        assert (done.returncode, done.stdout) == (1, "")
        return done.stderr

    async def amina_asks(self, *, days_ago: int = 0) -> str:
        """Let Amina ask, some days ago, and return the reference of her request."""
        now = clock.now() - days_ago * DAY
        shown = ConsentText(Purpose.FORWARD, now.date(), "fr", "…", "0" * 64)

        async def work(tx: Transaction) -> str:
            person = await people.find(tx, AMINA)
            assert person is not None
            one = await referrals.draft(tx, person, ALBI, ["housing"])
            read = referrals.mark(referrals.lines(tx, person, one), one, shown)
            await referrals.confirm(tx, person, one, text=shown, shown=read, known=True)
            return one.ref

        return await self.vault.write(work, now=now)

    async def ticks(self, *, days_ago: int = 0) -> None:
        """One tick of the clock that posts, and one of the clock that follows."""

        async def relay(mail: Mail, _at: object) -> Posted:
            self.mails.append(mail)
            return self.relay_says.pop(0) if self.relay_says else Posted(Outcome.SENT, 250)

        now = clock.now() - days_ago * DAY
        await posting.post_due(self.vault, relay, OFFICE, LIBRARY, PLACES, now=lambda: now)
        await self.vault.write(lambda tx: following.follow_up(tx, Days(), PLACES), now=now)


@pytest.fixture
async def installation(vault: Vault) -> Installation:
    await join(vault, AMINA)
    await vault.write(lambda tx: addressees.confirm(tx, ALBI.id, BOX, "M. T."), now=clock.now())
    return Installation(vault)


def test_a_mailbox_is_confirmed_listed_changed_and_removed(vault: Vault, installation: Installation) -> None:
    told = installation.runs("directory", "confirm", "mission locale albi", "jeunes@mission.example.org", "--by", "A")
    assert "Mission Locale Tarn Nord (81): requests may go to jeunes@mission.example.org." in told
    assert "jeunes@" in installation.runs("directory", "confirm")
    assert "nothing is sent to it any more" in installation.runs("directory", "confirm", ALBI.id, "--remove")
    assert "it had no mailbox" in installation.runs("directory", "confirm", ALBI.id, "--remove")
    assert "No mailbox is confirmed" in installation.runs("directory", "confirm")


@pytest.mark.parametrize(
    ("mailbox", "why"),
    [
        ("sophie.essai@mission.example.org", "celle d'une personne"),
        ("mairie@ville.example.org", "l'adresse d'une mairie"),
        ("accueil@mairie-albi.example.org", "l'adresse d'une mairie"),
        ("relais@gmail.com", "ouvertes par des particuliers"),
        ("accueil", "pas une adresse e-mail"),
        ("a@b.example.org,c@d.example.org", "plusieurs adresses"),
        ("accueil@mission.example.org\r\nBcc: x@example.org", "plusieurs adresses"),
    ],
)
def test_a_mailbox_that_is_not_the_structure_s_own_is_refused_with_the_reason(
    installation: Installation, mailbox: str, why: str
) -> None:
    assert why in installation.refuses("directory", "confirm", ALBI.id, mailbox, "--by", "M. T.")
    assert "jeunes" not in installation.runs("directory", "confirm")


def test_who_checked_a_mailbox_must_be_told_and_a_name_that_several_bear_is_asked(installation: Installation) -> None:
    assert "--by who checked it" in installation.refuses("directory", "confirm", ALBI.id, BOX)
    assert "give the id of one" in installation.refuses("directory", "confirm", "mission locale", BOX, "--by", "A")
    told = installation.runs("directory", "confirm", "Mission Locale Tarn Nord", BOX, "--by", "A")
    assert "Mission Locale Tarn Nord (81)" in told
    assert "no structure of that id or name" in installation.refuses("directory", "confirm", "zzz", BOX, "--by", "A")


async def test_a_request_is_shown_without_what_it_says(installation: Installation) -> None:
    assert "No request yet." in installation.runs("referrals", "list")
    ref = await installation.amina_asks()
    await installation.ticks()
    assert ref in installation.runs("referrals", "list")
    shown = installation.runs("referrals", "show", ref.lower())
    assert "Mission Locale Tarn Nord (mission_locale): sent" in shown
    assert f"letter request to {BOX}: posted, 1 tries, relay said 250" in shown
    assert "No request is stuck." in installation.runs("referrals", "list", "--stuck")


async def test_what_nobody_answers_is_stuck_and_can_be_closed(installation: Installation) -> None:
    ref = await installation.amina_asks(days_ago=16)
    await installation.ticks(days_ago=16)
    await installation.ticks()
    assert ref in installation.runs("referrals", "list", "--stuck")
    assert "closed, and its words erased" in installation.runs("referrals", "close", ref)
    assert "expired" in installation.runs("referrals", "show", ref)
    assert "over already" in installation.refuses("referrals", "close", ref)
    assert "erased" in installation.refuses("referrals", "resend", ref)


async def test_a_letter_parked_after_two_doubts_is_written_again(installation: Installation) -> None:
    ref = await installation.amina_asks(days_ago=1)
    installation.relay_says = [Posted(Outcome.MAYBE)] * 2
    await installation.ticks(days_ago=1)
    await installation.ticks()
    assert "parked" in installation.runs("referrals", "show", ref)
    assert "a new letter goes" in installation.runs("referrals", "resend", ref)
    assert "on its way already" in installation.refuses("referrals", "resend", ref)
    await installation.ticks()
    shown = installation.runs("referrals", "show", ref)
    assert "(mission_locale): sent" in shown
    assert "posted" in shown
    assert len({mail.text for mail in installation.mails}) == 1
    # The structure cannot find it any more: once more, with the same lines and the same link.
    installation.runs("referrals", "resend", ref)
    await installation.ticks()
    assert len(installation.mails) == 4
    assert len({mail.text for mail in installation.mails}) == 1


async def test_nothing_goes_again_to_a_mailbox_that_is_not_confirmed(installation: Installation) -> None:
    ref = await installation.amina_asks()
    installation.relay_says = [Posted(Outcome.REFUSED, 550)]
    await installation.ticks()
    assert "refused" in installation.runs("directory", "confirm")
    assert "erased" in installation.refuses("referrals", "resend", ref)
    assert "there is no such request" in installation.refuses("referrals", "show", "R-ZZZZZZ")
