"""`relais plan`: the calendar that anybody gets, shown day by day or why there is none, and a year of it simulated."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import place_lists, plan_tables, simulation
from bot.__main__ import app
from bot.library import Library
from bot.plan import CHECK_IN, REMINDER, Profile, line_of, lines
from tests.command_line import relais
from tests.conftest import ROOT
from tests.test_decent_hours import closed_days

pytestmark = pytest.mark.slow

PLACES = place_lists.load(ROOT / "content" / "directory")
TODAY = date(2026, 11, 22)
YEAR = ("--from", "2027-01-01", "--to", "2027-12-31")


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    for console in ("bot.commands.plan.shown", "bot.commands.plan.console"):
        monkeypatch.setattr(f"{console}.width", 250)


def plan(*arguments: str | Path, fails: bool = False) -> str:
    done = CliRunner().invoke(app, ["plan", *map(str, arguments)])
    assert done.exit_code == int(fails), done.output
    return done.output


def row(table: str, name: str) -> list[str]:
    [found] = [line for line in table.splitlines() if line.startswith(f"│ {name} ")]
    return [cell.strip() for cell in found.strip("│").split("│")]


def test_the_rules_are_shown_in_plain_french(library: Library) -> None:
    table = plan("show")
    for name, rule in library.plan.rules.items():
        assert row(table, name)[1] == library.plan.text(rule.text, "fr").title
    assert row(table, CHECK_IN)[2:4] == ["6 mois après le départ", "parti"]
    assert row(table, REMINDER)[2] == "7 jours après l'envoi du point, sans réponse"
    assert row(table, "before_leaving")[2:5] == [
        "3 mois avant le départ",
        "encore suivi",
        "+0 à +75, en retard après +14",
    ]
    assert "late_past_3_years" in table


def test_the_calendar_of_one_person_is_the_one_they_would_get(library: Library) -> None:
    table = plan(
        "show", "--exit", "2026-03-31", "--joined", "2026-01-10", "--birth", "2007-05", "--age", "18-20",
        "--departement", "974", "--today", "2026-05-01",
    )  # fmt: skip
    profile = Profile(
        date(2026, 1, 10), "18-20", date(2026, 1, 10), exit_on=date(2026, 3, 31), birth_month=date(2007, 5, 1),
        departement="974",
    )  # fmt: skip
    for line in lines(library.plan, profile, date(2026, 5, 1)):
        assert row(table, line.rule)[1:3] == [str(line.due_on), "10:00-19:00, Indian/Reunion"]
    assert row(table, CHECK_IN)[1] == "2026-09-30"
    assert row(table, "before_21_3_months")[3] == "Tes 21 ans approchent (mai 2028)"
    assert row(table, "before_leaving")[1:] == ["—", "", "son dernier jour, 2026-03-16, est passé"]
    assert row(table, REMINDER)[3] == "seulement après le point, s'il reste sans réponse"


def test_a_rule_that_gives_nothing_says_why() -> None:
    table = plan("show", "--age", "18-20", "--departement", "Moselle", "--today", "2026-11-22")
    assert row(table, CHECK_IN)[3] == "pas de date de départ (--exit)"
    assert row(table, "before_21_6_months")[3] == "pas de mois de naissance (--birth)"
    table = plan("show", "--exit", "2023-01-31", "--today", "2026-11-22")
    assert row(table, "housing_34_months")[3] == "son dernier jour, 2026-01-14, est passé"
    table = plan("show", "--exit", "2027-08-31", "--birth", "2010-05", "--today", "2026-11-22")
    assert row(table, "interview_17")[1] == "2026-11-30", "the 29th is a Sunday"
    table = plan("show", "--exit", "2027-08-31", "--age", "21+", "--today", "2026-11-22")
    assert row(table, "interview_17")[3] == "le 2026-11-30, il faudrait : mineur"


def test_a_late_joiner_is_shown_the_question_of_that_day() -> None:
    told = plan("show", "--exit", "2025-03-31", "--today", "2026-11-22", "--age", "18-20")
    assert row(told, CHECK_IN)[1] == "2026-11-30"
    assert "il est proposé tout de suite, avec le texte « late_6_36 »" in told


@pytest.mark.parametrize("birth", [None, date(2006, 3, 1)])
@pytest.mark.parametrize("exit_on", [None, date(2022, 1, 1), date(2026, 5, 31), date(2028, 6, 30)])
@pytest.mark.parametrize("age_band", ["15-17", "18-20", "21+"])
def test_there_is_a_day_or_a_reason_for_every_rule(
    library: Library, age_band: str, exit_on: date | None, birth: date | None
) -> None:
    profile = Profile(TODAY, age_band, TODAY, exit_on=exit_on, birth_month=birth, departement="57")
    for name in library.plan.rules:
        if line_of(library.plan, name, profile, TODAY) is None:
            assert len(plan_tables.why_not(library.plan, name, profile, TODAY)) > 10


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("show", "--exit", "31/03/2026"), "--exit 31/03/2026: a day is written 2026-03-31"),
        (("show", "--exit", "2026-02-30"), "--exit 2026-02-30: a day is written 2026-03-31"),
        (("show", "--exit", "1989-12-31"), "--exit 1989-12-31: a day from 1990 to 2099"),
        (("show", "--exit", "9999-12-31"), "--exit 9999-12-31: a day from 1990 to 2099"),
        (("show", "--birth", "mai 2007"), "--birth mai 2007: a month is written 2007-05"),
        (("show", "--birth", "2007-13"), "--birth 2007-13: a month is written 2007-05"),
        (("show", "--birth", "0001-01"), "--birth 0001-01: a month from 1990 to 2099"),
        (("show", "--age", "19"), "--age 19: it is one of 15-17, 18-20, 21+"),
        (("show", "--departement", "99"), "--departement 99: no such département"),
        (("show", "--departement", "[red]Ain"), "--departement [red]Ain: no such département"),
        (("show", "--joined", "2027-01-01", "--today", "2026-11-22"), "--joined 2027-01-01 is after 2026-11-22"),
        (("simulate", "--from", "2027-12-31", "--to", "2027-01-01"), "--from 2027-12-31 is after --to 2027-01-01"),
        (("simulate", "--from", "demain", "--to", "2027-01-01"), "--from demain: a day is written 2026-03-31"),
        (
            ("simulate", "--from", "1999-01-01", "--to", "2099-01-01"),
            "--from 1999-01-01 to 2099-01-01: 3 years at most",
        ),
        (("simulate", *YEAR, "--picture", "plan.doc"), "plan.doc: a picture ends in .png, .svg or .pdf"),
    ],
)
def test_what_is_mistyped_is_one_clear_line(arguments: tuple[str, ...], problem: str) -> None:
    told = plan(*arguments, fails=True)
    assert told.startswith(f"relais: {problem}")
    assert told.count("\n") == 1


def test_a_simulated_year_is_counted_by_month_and_rule(tmp_path: Path) -> None:
    picture = tmp_path / "new" / "plan.png"
    told = plan("simulate", *YEAR, "--people", "120", "--seed", "7", "--picture", picture)
    assert "to 120 people, 2027-01-01 to 2027-12-31, seed 7" in told
    total = [int(cell) for cell in row(told, "all")[1:]]
    assert sum(total[:-1]) == total[-1] > 50
    assert len(re.findall(r"^│ 2027-\d\d ", told, re.MULTILINE)) == 12
    assert re.search(r"Busiest day: 2027-\d\d-\d\d, \d+ messages\. Busiest hour: .* UTC, \d+ messages\.", told)
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_period_in_which_nothing_goes_is_said_so() -> None:
    told = plan("simulate", "--from", "2027-05-01", "--to", "2027-05-01", "--people", "3")
    assert "0 messages to 3 people, 2027-05-01 to 2027-05-01, seed 1" in told


def test_no_simulated_message_leaves_at_an_indecent_hour_and_each_seed_is_itself(library: Library) -> None:
    seed = 20261122
    print("seed", seed)

    def year(seed: int) -> list[list[simulation.Send]]:
        first, last = date(2027, 1, 1), date(2027, 12, 31)
        return list(simulation.sends(library.plan, PLACES, people=400, start=first, end=last, seed=seed))

    everybody = year(seed)
    assert everybody == year(seed)
    assert everybody != year(seed + 1)
    closed_everywhere = frozenset.intersection(*(closed_days(code) for code in PLACES.departements))
    for found in everybody:
        assert len({send.at.date() for send in found}) == len(found), "at most one a day"
        for send in found:
            assert 10 <= send.at.hour < 19
            assert send.at.date() not in closed_everywhere
            assert send.at.year == 2027
    count = Counter(send.rule for found in everybody for send in found)
    assert set(count) == set(library.plan.rules), "every rule is tried"
    assert count[REMINDER] < count[CHECK_IN]


@pytest.mark.slow
def test_the_installed_command_shows_and_simulates(tmp_path: Path) -> None:
    done = relais("plan", "show", CONTENT_DIR=ROOT / "content", VAR_DIR=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    done = relais("plan", "simulate", *YEAR, "--people", "20", CONTENT_DIR=ROOT / "content", VAR_DIR=tmp_path)
    assert done.returncode == 0
    assert "20 people" in done.stdout
    assert "Traceback" not in done.stderr
