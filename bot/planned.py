"""Each person's calendar as rows: made from the plan, and again when a date changes. Works inside the caller's
transaction, so that a correction and the calendar that follows from it are kept together."""

import uuid
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import delete, select

from bot.decent_hours import next_open_day, opening
from bot.models import Person, Planned, PlannedState, Status
from bot.places import Places
from bot.plan import CHECK_IN, Line, Plan, Profile, lines
from bot.vault import Transaction

SNOOZE = timedelta(days=7)
AGAIN_AFTER = timedelta(days=90)  # a corrected date brings back what was sent, if it falls this much later
SPREAD = 0.8  # of the open hours of a day: those of one day are not all written to in its first minute
STILL_TO_COME = (PlannedState.PLANNED, PlannedState.SENDING)


async def of(tx: Transaction, person: Person) -> list[Planned]:
    """Return every row of a person, sent or not, the first first."""
    wanted = select(Planned).where(Planned.person_id == person.id).order_by(Planned.due_on, Planned.rule)
    return list(await tx.session.scalars(wanted))


async def follow(tx: Transaction, person: Person, plan: Plan, places: Places) -> None:
    """Make a person's rows what the plan says now. Done again, it changes nothing.

    What has been sent stays, and comes back only if the day it counted from was corrected to much later. What the
    person dropped or put off is left as they wanted it.
    """
    if person.status != Status.ACTIVE:
        return
    rows = {row.rule: row for row in await of(tx, person)}
    found = lines(plan, profile(person, rows.values()), local_day(tx.now, person, places))
    wanted = {line.rule: line for line in found}
    for rule, row in rows.items():
        if row.state == PlannedState.PLANNED and (rule not in plan.rules or not (row.snoozed or rule in wanted)):
            await tx.session.delete(row)
    for rule, line in wanted.items():
        if rule not in rows:
            tx.session.add(new(person, line, places))
        elif (row := rows[rule]).state == PlannedState.PLANNED and not row.snoozed:
            if not _stands(row, line):
                _move(row, person, line, places)
        elif _is_over(row) and line.anchor_on != row.anchor_on and line.due_on > row.due_on + AGAIN_AFTER:
            row.state, row.attempts, row.sent_at, row.snoozed = PlannedState.PLANNED, 0, None, False
            _move(row, person, line, places)
    person.plan_mark = plan.mark


async def cancel(tx: Transaction, person: Person) -> None:
    """Take away everything that was still to be sent to somebody."""
    to_come = (Planned.person_id == person.id, Planned.state.in_(STILL_TO_COME))
    await tx.session.execute(delete(Planned).where(*to_come))


async def find(tx: Transaction, person: Person, rule: str) -> Planned | None:
    """Return a person's row for a rule."""
    found: Planned | None = await tx.session.scalar(
        select(Planned).where(Planned.person_id == person.id, Planned.rule == rule)
    )
    return found


def snooze(tx: Transaction, person: Person, row: Planned, places: Places) -> date:
    """Put a message off for a week and return the new day."""
    departement = where(person)
    day = next_open_day(local_day(tx.now, person, places) + SNOOZE, departement)
    later = day - row.due_on
    row.state, row.snoozed, row.attempts, row.sent_at = PlannedState.PLANNED, True, 0, None
    row.due_on, row.late_from, row.expires_on = day, row.late_from + later, row.expires_on + later
    row.due_at = instant(person, day, places)
    return day


def new(person: Person, line: Line, places: Places) -> Planned:
    """Return a row that is not in the database yet."""
    row = Planned(
        id=str(uuid.uuid4()), person_id=person.id, rule=line.rule, state=PlannedState.PLANNED, snoozed=False, attempts=0
    )
    _move(row, person, line, places)
    return row


def _stands(row: Planned, line: Line) -> bool:
    """Return whether a row may stay as it is: whoever changes something each day must not push it further each day."""
    return row.anchor_on == line.anchor_on and line.earliest_on <= row.due_on <= line.due_on


def _move(row: Planned, person: Person, line: Line, places: Places) -> None:
    row.anchor_on, row.due_on = line.anchor_on, line.due_on
    row.late_from, row.expires_on = line.late_from, line.expires_on
    row.due_at = instant(person, line.due_on, places)


def _is_over(row: Planned) -> bool:
    return row.state not in (*STILL_TO_COME, PlannedState.DROPPED)


def profile(person: Person, rows: Iterable[Planned] = ()) -> Profile:
    """Return what the rules look at."""
    sent = [row for row in rows if row.rule == CHECK_IN and row.state == PlannedState.SENT]
    return Profile(
        joined_on=person.joined_on,
        age_band=person.age_band,
        age_told_on=person.age_told_on or person.joined_on,
        situation=person.situation,
        exit_on=person.exit_on,
        birth_month=person.birth_month,
        check_in_on=sent[0].sent_at.date() if sent and sent[0].sent_at else None,
        departement=where(person),
    )


def where(person: Person) -> str | None:
    """Return the département whose hours and holidays count: where they live, else the one that had them in care."""
    return person.home_departement or person.care_departement


def zone_of(person: Person, places: Places) -> str | None:
    """Return the time zone of a person, None if nobody knows where they are."""
    found = places.departements.get(where(person) or "")
    return found.zone if found else None


def local_day(now: datetime, person: Person, places: Places) -> date:
    """Return the day it is where a person lives."""
    zone = zone_of(person, places)
    return now.astimezone(ZoneInfo(zone) if zone else UTC).date()


def instant(person: Person, day: date, places: Places) -> datetime:
    """Return when on an open day to write to somebody, in UTC: always the same for one person."""
    opens, closes = opening(day, zone_of(person, places))
    return opens + int(person.id[:8], 16) / 2**32 * SPREAD * (closes - opens)
