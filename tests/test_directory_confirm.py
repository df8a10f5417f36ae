"""`relais directory confirm`: a mailbox is shown whole, and can be removed whatever became of its structure."""

import pytest

from bot import addressees, clock
from bot.vault import Vault
from tests.command_line import relais
from tests.test_rotation import settings_of

pytestmark = pytest.mark.slow

GONE = "mission_locale-99999-of-a-list-that-was-imported-and-replaced-since-with-a-long-identifier"
BOX = "accueil-des-jeunes-de-toute-la-vallee-et-des-environs@mission-locale.example.org"


def confirms(vault: Vault, *arguments: str, fails: bool = False) -> str:
    done = relais("directory", "confirm", *arguments, **settings_of(vault))
    assert done.returncode == int(fails), done.stderr
    return done.stderr if fails else done.stdout


async def test_a_mailbox_is_removed_by_its_id_after_its_structure_left_the_lists(vault: Vault) -> None:
    await vault.write(lambda tx: addressees.confirm(tx, GONE, BOX, "M. T."), now=clock.now())
    assert f"{GONE}: nothing is sent to it any more." in confirms(vault, GONE, "--remove")
    assert "No mailbox is confirmed" in confirms(vault)
    assert "no structure of that id or name; give other words of its name" in confirms(
        vault, GONE, "--remove", fails=True
    )


async def test_a_mailbox_is_removed_by_words_of_the_name_too(vault: Vault) -> None:
    await vault.write(lambda tx: addressees.confirm(tx, "mission_locale-81004-01", BOX, "M. T."), now=clock.now())
    assert "Mission Locale Tarn Nord: nothing is sent" in confirms(vault, "mission locale albi", "--remove")
    assert "Mission Locale Tarn Nord: it had no mailbox" in confirms(vault, "mission locale albi", "--remove")


async def test_a_long_id_and_a_long_mailbox_are_shown_whole(vault: Vault) -> None:
    await vault.write(lambda tx: addressees.confirm(tx, GONE, BOX, "M. T."), now=clock.now())
    cells = [line.split("│")[1:4] for line in confirms(vault).splitlines() if line.startswith("│")]
    ids, _, mailboxes = ("".join(cell.strip() for cell in column) for column in zip(*cells, strict=True))
    assert (ids, mailboxes) == (GONE, BOX)
