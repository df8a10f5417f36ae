"""`relais plan`: the calendar of what we send first, for anybody, and for a year of invented people."""

from datetime import date
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from bot import clock, content, place_lists, plan_tables
from bot.commands.opening import console, fail, read_settings
from bot.commands.parked import parked
from bot.decent_hours import months_after
from bot.places import Places
from bot.plan import YOUNGEST, Plan, Profile, is_due_at_once, late_text
from bot.simulation import age_band, sends
from bot.unreadable import Unreadable
from bot.yaml_files import ContentError

plan_commands = typer.Typer(help="What we send first: the rules, and what they give.", no_args_is_help=True)
plan_commands.command()(parked)
shown = Console(highlight=False, emoji=False)  # what was asked for: standard output
OLDEST, FURTHEST = date(1990, 1, 1), date(2100, 1, 1)
MOST_PEOPLE, LONGEST_MONTHS = 100_000, 36
PICTURES = {".png", ".svg", ".pdf"}


@plan_commands.command()
def show(
    *,
    exit_on: Annotated[str | None, typer.Option("--exit", metavar="DAY", help="Day of leaving care.")] = None,
    joined: Annotated[str | None, typer.Option(metavar="DAY", help="Day of the first yes; today if not given.")] = None,
    birth: Annotated[str | None, typer.Option(metavar="YYYY-MM", help="Month of birth, if they told it.")] = None,
    age: Annotated[str | None, typer.Option(metavar="BAND", help="15-17, 18-20 or 21+; else from --birth.")] = None,
    departement: Annotated[str | None, typer.Option(help="Where they live: 974, 2A, Moselle.")] = None,
    today: Annotated[str | None, typer.Option(metavar="DAY", help="Look from another day than today.")] = None,
) -> None:
    """Show the rules of content/plan.yml; with an option, what they give for one person.

    \b
    relais plan show
    relais plan show --exit 2026-03-31 --joined 2026-01-10 --age 18-20 --departement 974
    relais plan show --exit 2027-08-31 --birth 2007-05 --today 2027-01-04

    Days are written 2026-03-31. Each line is a day there, between the local hours; where a rule gives nothing, the
    table says why. Nobody's real data is read.
    """
    now = _day(today, "--today") if today else clock.now().date()
    joined_on = _day(joined, "--joined") if joined else now
    if joined_on > now:
        fail(f"--joined {joined_on} is after {now}: whoever has not joined has no calendar")
    birth_month = _month(birth, "--birth") if birth else None
    band = age or (age_band(birth_month, joined_on) if birth_month else "18-20")
    if band not in YOUNGEST:
        fail(f"--age {band}: it is one of {', '.join(YOUNGEST)}")
    left = _day(exit_on, "--exit") if exit_on else None
    places = _places()
    there = _departement(places, departement) if departement else None
    plan = _plan()
    if not any((exit_on, joined, birth, age, departement, today)):
        shown.print(plan_tables.rules(plan))
        return
    profile = Profile(joined_on, band, joined_on, exit_on=left, birth_month=birth_month, departement=there)
    shown.print(plan_tables.calendar(plan, places, profile, now))
    if is_due_at_once(plan, profile, joined_on):
        text = late_text(plan, profile, joined_on)
        shown.print(
            f"Le jour du point était passé à l'arrivée : il est proposé tout de suite, avec le texte « {text} »."
        )


@plan_commands.command()
def simulate(
    *,
    start: Annotated[str, typer.Option("--from", metavar="DAY", help="First day, as 2027-01-01.")],
    end: Annotated[str, typer.Option("--to", metavar="DAY", help="Last day.")],
    people: Annotated[int, typer.Option(min=1, max=MOST_PEOPLE, help="How many invented people.")] = 1250,
    seed: Annotated[int, typer.Option(help="The same seed invents the same people.")] = 1,
    picture: Annotated[Path | None, typer.Option(help="Draw the year here: a .png file.")] = None,
) -> None:
    """Count the messages that invented people would be sent, by the real rules, with nothing kept and nothing sent.

    \b
    relais plan simulate --from 2027-01-01 --to 2027-12-31 --people 1250 --picture var/plan.png

    They leave care at 18, at 21 or at the end of a month, in summer more than in winter; half tell their month of
    birth; four check-ins in ten are answered before the reminder; each département is as likely. It shows how large
    the largest day is, and that no hour is indecent: read no forecast for your town in it.
    """
    first, last = _day(start, "--from"), _day(end, "--to")
    if first > last:
        fail(f"--from {first} is after --to {last}")
    if last > months_after(first, LONGEST_MONTHS):
        fail(f"--from {first} to {last}: 3 years at most")
    if picture and picture.suffix not in PICTURES:
        fail(f"{picture}: a picture ends in .png, .svg or .pdf")
    plan, places = _plan(), _places()
    everybody = sends(plan, places, people=people, start=first, end=last, seed=seed)
    counted = track(everybody, total=people, description="Inventing people", console=console, transient=True)
    found = list(chain.from_iterable(counted))
    title = f"{len(found)} messages to {people} people, {first} to {last}, seed {seed}"
    shown.print(plan_tables.by_month(plan, found, title))
    for line in plan_tables.busiest(found):
        shown.print(line)
    if picture:
        from bot.calendar_picture import year_of_sends  # noqa: PLC0415 - matplotlib takes a second, only this needs it

        try:
            picture.parent.mkdir(parents=True, exist_ok=True)
            year_of_sends(found, list(plan.rules), (first, last), title, picture)
        except OSError as error:
            fail(f"{picture}: {error.strerror}")
        console.print(f"Picture: {picture}")


def _plan() -> Plan:
    try:
        return content.load(read_settings().content_dir).plan
    except ContentError as error:
        fail(f"content refused: {error}")


def _places() -> Places:
    try:
        return place_lists.load(read_settings().content_dir / "directory")
    except ContentError as error:
        fail(f"content refused: {error}")


def _day(written: str, option: str) -> date:
    return _read(written, option, "a day", "2026-03-31")


def _month(written: str, option: str) -> date:
    """Return the first day of a month."""
    return _read(written, option, "a month", "2007-05", "-01")


def _read(written: str, option: str, what: str, example: str, day: str = "") -> date:
    try:
        found = date.fromisoformat(written + day)
    except ValueError:
        fail(f"{option} {written}: {what} is written {example}")
    if not OLDEST <= found < FURTHEST:
        fail(f"{option} {written}: {what} from {OLDEST.year} to {FURTHEST.year - 1}")
    return found


def _departement(places: Places, written: str) -> str:
    try:
        return places.departement(written)
    except Unreadable:
        fail(f"--departement {written}: no such département; its number or its name, as in directory/departements.csv")
