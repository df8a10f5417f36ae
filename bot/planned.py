"""Each person's calendar as rows: made from the plan, and again when a date changes. Works inside the caller's
transaction, so that a correction and the calendar that follows from it are kept together."""

import uuid
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, or_, select, update

from bot.decent_hours import next_open_day, opening
from bot.models import Outgoing, Person, Planned, PlannedState, Status
from bot.places import Places
from bot.plan import CHECK_IN, Line, Plan, Profile, anchor_of, deadline, is_for, lines
from bot.vault import Transaction, Vault

SNOOZE = timedelta(days=7)
AGAIN_AFTER = timedelta(days=90)  # a corrected date brings back what was sent, if it is this much later
BATCH = 100  # people whose calendar is made again in one transaction
SPREAD = 0.8  # of the open hours of a day: those of one day are not all written to in its first minute
STILL_TO_COME = (PlannedState.PLANNED, PlannedState.SENDING)
Rows = dict[str, Planned]  # those of one person, by rule
ASKED = (PlannedState.SENDING, PlannedState.SENT, PlannedState.PARKED)  # a check-in without an answer yet
ENDED = set(PlannedState) - {*STILL_TO_COME, PlannedState.DROPPED}


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
    about = await _follow(tx, person, rows, plan, places)
    if profile(person, rows.values()) != about:  # a check-in is to be sent again: it has no reminder yet
        await tx.session.flush()
        await _follow(tx, person, rows, plan, places)
    person.plan_mark = plan.mark


async def _follow(tx: Transaction, person: Person, rows: Rows, plan: Plan, places: Places) -> Profile:
    """Bring the rows to the plan and return what it looked at."""
    today, about = local_day(tx.now, person, places), profile(person, rows.values())
    wanted = {line.rule: line for line in lines(plan, about, today)}
    for rule, row in list(rows.items()):
        if row.state == PlannedState.PLANNED and rule not in wanted:
            if not _still_counts(row, plan, about):
                await tx.session.delete(rows.pop(rule))
            elif today > row.expires_on:  # seen, never taken away in silence
                row.state = PlannedState.EXPIRED
    for rule, line in wanted.items():
        if rule in rows:
            _bring_to(rows[rule], line, person, places)
        else:
            rows[rule] = new(person, line, places)
            tx.session.add(rows[rule])
    return about


def _still_counts(row: Planned, plan: Plan, about: Profile) -> bool:
    """Return whether a row that the plan says no more was made from what is still true: then it is only late."""
    rule = plan.rules.get(row.rule)
    return rule is not None and anchor_of(rule, about) == row.anchor_on and is_for(rule.audience, about, row.due_on)


def _bring_to(row: Planned, line: Line, person: Person, places: Places) -> None:
    """Make a row what a line says, as far as its state allows."""
    corrected = line.anchor_on > row.anchor_on + AGAIN_AFTER and line.due_on > row.due_on
    may_still_go = line.anchor_on != row.anchor_on or line.due_on <= row.expires_on
    never_went = row.state == PlannedState.EXPIRED and may_still_go
    put_off = row.snoozed and (line.anchor_on == row.anchor_on or line.due_on <= row.due_on)
    if row.state == PlannedState.PLANNED and not put_off:
        # What was planned stays at its day: whoever changes something each day must not push it further each day.
        stands = row.anchor_on == line.anchor_on and line.earliest_on <= row.due_on <= line.due_on
        due_at = row.due_at
        _move(row, person, replace(line, due_on=row.due_on) if stands else line, places)
        if stands and row.attempts:
            row.due_at = due_at  # it may have arrived: the sender knows when to try again
    elif row.state == PlannedState.UNREACHABLE or never_went or (row.state in ENDED and corrected):
        # They are back; it never went and its time is not over (a clock was ahead, a date was wrong); or much later.
        row.state, row.attempts, row.sent_at = PlannedState.PLANNED, 0, None
        _move(row, person, line, places)


async def follow_all(vault: Vault, plan: Plan, places: Places, *, now: datetime) -> int:
    """Bring those who follow another plan to this one, in batches, and return how many they were."""
    done = 0
    while found := await vault.write(lambda tx: _follow_some(tx, plan, places), now=now):
        done += found
    return done


async def _follow_some(tx: Transaction, plan: Plan, places: Places) -> int:
    # Two ranges, not « different »: an index finds the few among all.
    other = or_(Person.plan_mark.is_(None), Person.plan_mark < plan.mark, Person.plan_mark > plan.mark)
    wanted = select(Person).where(other, Person.status == Status.ACTIVE).limit(BATCH)
    people = list(await tx.session.scalars(wanted.with_for_update(skip_locked=True)))
    for person in people:
        await follow(tx, person, plan, places)
    return len(people)


async def cancel(tx: Transaction, person: Person) -> None:
    """Take away everything that was still to be sent to somebody."""
    to_come = (Planned.person_id == person.id, Planned.state.in_(STILL_TO_COME))
    await tx.session.execute(delete(Planned).where(*to_come))


async def in_doubt(tx: Transaction) -> list[Planned]:
    """Return the messages that two accidents left in doubt."""
    return list(await tx.session.scalars(select(Planned).where(Planned.state == PlannedState.PARKED)))


async def end_doubt(tx: Transaction, *, again: bool) -> int:
    """Let the messages in doubt go once more, or leave them as not answered; return how many they were."""
    rows = await in_doubt(tx)
    for row in rows:
        if again:
            row.state, row.attempts, row.due_at = PlannedState.PLANNED, 0, tx.now
        elif row.rule == CHECK_IN:  # perhaps it came: its reminder still goes, then it ends as every other
            row.state, row.sent_at = PlannedState.SENT, row.due_at
        else:
            row.state = PlannedState.NO_ANSWER
    return len(rows)


def hold(connection: Connection, now: datetime) -> None:
    """Leave to a human whatever was to go by now, in a restored database: it may have gone since the backup."""
    perhaps_gone = Planned.state.in_(STILL_TO_COME) & (Planned.due_at <= now)
    connection.execute(update(Planned).where(perhaps_gone).values(state=PlannedState.PARKED, lease_until=None))
    connection.execute(delete(Outgoing))  # replies of that day, said long ago


async def find(tx: Transaction, person: Person, rule: str) -> Planned | None:
    """Return a person's row for a rule."""
    found: Planned | None = await tx.session.scalar(
        select(Planned).where(Planned.person_id == person.id, Planned.rule == rule)
    )
    return found


def snooze(tx: Transaction, person: Person, row: Planned, plan: Plan, places: Places) -> date:
    """Put a message off for a week, or less if the date it speaks of comes before; return the new day."""
    departement, today = where(person), local_day(tx.now, person, places)
    day = next_open_day(today + SNOOZE, departement)
    limit = deadline(plan, row.rule, profile(person)) if row.rule in plan.rules else None
    if limit is not None and day >= limit:
        day = next_open_day(today + timedelta(days=1), departement)
    later = day - row.due_on
    row.state, row.snoozed, row.attempts, row.sent_at = PlannedState.PLANNED, True, 0, None
    row.due_on, row.late_from = day, row.late_from + later
    row.expires_on = max(day, min(row.expires_on + later, limit or date.max))
    row.due_at = instant(person, day, places)
    return day


def new(person: Person, line: Line, places: Places) -> Planned:
    """Return a row that is not in the database yet."""
    row = Planned(
        id=str(uuid.uuid4()), person_id=person.id, rule=line.rule, state=PlannedState.PLANNED, snoozed=False, attempts=0
    )
    _move(row, person, line, places)
    return row


def _move(row: Planned, person: Person, line: Line, places: Places) -> None:
    row.anchor_on, row.due_on, row.snoozed = line.anchor_on, line.due_on, False
    row.late_from, row.expires_on = line.late_from, line.expires_on
    row.due_at = instant(person, line.due_on, places)


def profile(person: Person, rows: Iterable[Planned] = ()) -> Profile:
    """Return what the rules look at."""
    asked = [row.sent_at or row.due_at for row in rows if row.rule == CHECK_IN and row.state in ASKED]
    return Profile(
        joined_on=person.joined_on,
        age_band=person.age_band,
        age_told_on=person.age_told_on or person.joined_on,
        situation=person.situation,
        exit_on=person.exit_on,
        birth_month=person.birth_month,
        check_in_on=asked[0].date() if asked else None,
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
