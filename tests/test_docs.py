"""The documents say what the code does: the same keeping times, commands, settings and conversations."""

import re
from datetime import timedelta
from pathlib import Path

import pytest

from bot.agreeing import NOTICE_VALID
from bot.clockwork import PURGE_HOUR
from bot.consent_texts import PARTS
from bot.outbox import LEASE
from bot.purging import CAUTIOUS_FROM, CAUTIOUS_SHARE
from bot.retention import BACKUP_KEPT, ERASURE_KEPT, RULES, STOPPED_KEPT
from bot.services import ASKED_WHERE, MISSES_KEPT, OFFER_AGAIN
from bot.settings import Settings
from docs import transcript
from tests.conftest import ROOT
from tests.test_commands import COMMANDS

PRIVACY = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
DECISIONS = sorted((ROOT / "docs" / "adr").glob("*.md"))
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "content" / "README.md"]


def kept(page: str) -> list[tuple[str, str]]:
    """Return what is kept and how long, as the table of the page says; each row must also say why."""
    [table] = re.findall(
        r"^\| Ce qui est gardé \| Pourquoi \| Combien de temps \|\n\|[-|]+\|\n((?:\|.*\n)+)", page, re.MULTILINE
    )
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in table.splitlines()]
    assert all(why for _, why, _ in rows)
    return [(what, how_long) for what, _, how_long in rows]


def test_the_privacy_page_keeps_each_thing_as_long_as_the_code_does() -> None:
    assert kept(PRIVACY) == list(RULES.values())


@pytest.mark.parametrize("rule", RULES)
def test_one_word_that_differs_in_the_table_is_noticed(rule: str) -> None:
    for said in RULES[rule]:
        for word in said.split():
            changed = PRIVACY.replace(f"| {said} |", f"| {said.replace(word, 'autre', 1)} |", 1)
            assert changed != PRIVACY
            assert kept(changed) != list(RULES.values()), word


def in_days(time: timedelta) -> str:
    return f"{time.days} jours"


def test_the_other_figures_of_the_privacy_page_are_those_of_the_code() -> None:
    text = " ".join(PRIVACY.split())
    for sentence in (
        f"chaque nuit à {PURGE_HOUR} h (temps universel)",
        f"plus de {CAUTIOUS_FROM} personnes et plus d'une sur cinq",
        f"pour ce texte-là, pendant {in_days(NOTICE_VALID)}",
        f"n'a pas été compris ({MISSES_KEPT.total_seconds() / 3600:.0f} heures)",
        f"la proposition a été faite ({in_days(OFFER_AGAIN)})",
        f"demandé dans quelle ville ({ASKED_WHERE.total_seconds() / 60:.0f} minutes)",
        f"tout est effacé {in_days(STOPPED_KEPT)} après",
        f"les sauvegardes de plus de {in_days(BACKUP_KEPT)}",
        f"Le registre est gardé {in_days(ERASURE_KEPT)}",
    ):
        assert sentence in text
    assert CAUTIOUS_SHARE == 1 / 5
    [decision] = [path for path in DECISIONS if path.name.startswith("0005")]
    assert f"lease of {LEASE.total_seconds():.0f} s" in " ".join(decision.read_text(encoding="utf-8").split())


def test_every_command_is_in_the_readme_and_no_other() -> None:
    groups = {path for path in COMMANDS if not path or any(other.startswith(f"{path} ") for other in COMMANDS)}
    told = re.findall(r"^\| `relais ([a-z]+(?: [a-z]+){0,2})\b.*` \|", README, flags=re.MULTILINE)
    assert sorted(told) == sorted(COMMANDS.keys() - groups)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_setting_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for line in re.findall(r"`(?:\.venv/bin/)?relais ([a-z]+[a-z| ]*)", text):
        group, *rest = line.split()
        several = rest[0].split("|") if rest and f"{group} {rest[0].split('|')[0]}" in COMMANDS else [""]
        for name in several:
            assert f"{group} {name}".strip() in COMMANDS, line
    for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)\b", text):
        assert name.lower() in Settings.model_fields, name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_leads_nowhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", page.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if anchor:
            assert anchor in anchors(there), target


def anchors(page: Path) -> set[str]:
    """Return what GitHub and GitLab make of the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_decisions_are_numbered_without_a_gap_and_say_when_and_why() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))
    for number, path in enumerate(DECISIONS, 1):
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {number}. "), path.name
        assert re.search(r"^\*\d{1,2} [A-Z][a-z]+ 20\d\d\*$", text, flags=re.MULTILINE), path.name
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, flags=re.MULTILINE) == [
            "Context", "Decision", "Alternatives", "Consequences",
        ], path.name  # fmt: skip


def test_editors_are_told_the_parts_of_a_consent_text() -> None:
    guide = (ROOT / "content" / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `## (.+)` \|", guide, flags=re.MULTILINE) == list(PARTS)


async def said(name: str) -> tuple[str, str]:
    """Return a conversation as the README shows it, and as the application holds it."""
    [shown] = transcript.between(name).findall(README)
    return shown, await transcript.transcript(name, Settings(_env_file=None))  # type: ignore[call-arg]


async def test_amina_joins_in_the_readme_as_she_does_in_the_application() -> None:
    """If this fails after a sentence was changed: `make transcript`."""
    shown, now = await said(transcript.JOINING)
    assert shown == now
    assert "> stop" in now


async def test_amina_is_asked_in_the_readme_as_she_is_by_the_application() -> None:
    """If this fails after a sentence was changed: `make transcript`."""
    shown, now = await said(transcript.CHECK_IN)
    assert shown == now
    assert "Ton calendrier" in now


@pytest.mark.slow
@pytest.mark.nlu
async def test_the_conversation_of_the_readme_is_one_the_bot_holds(model: Path) -> None:
    shown, now = await said(transcript.CONVERSATION)
    assert shown == now
