"""/calendrier and the buttons `plan:…`: see what is sent first, drop a line or put it back, read it, put it off."""

from functools import partial

from telegram import Update

from bot import held, messages, my_calendar, my_data, planned, refusals
from bot.handlers.context import Context, change, lang, press, services_of, stop
from bot.models import Person, Planned, PlannedState, Status
from bot.plan import Anchor, deadline, is_over_21
from bot.replies import Reply
from bot.services import Services
from bot.vault import Transaction

ARRIVED = (PlannedState.SENT, PlannedState.SENDING, PlannedState.NO_ANSWER, PlannedState.PARKED)  # or may have


async def on_calendar(update: Update, context: Context) -> None:
    services = services_of(context)
    await change(update, context, lambda tx, person: _show(tx, person, services))


async def on_button(update: Update, context: Context) -> None:
    """They name a rule, never a person: it is done to the one who presses."""
    payload, services = await press(update), services_of(context)
    if payload is None:
        return
    action, _, rule = payload.removeprefix("plan:").partition(":")
    match action:
        case "show":
            await change(update, context, lambda tx, person: _show(tx, person, services))
        case "never":
            await change(update, context, partial(stop, how="button"))
        case _:
            await change(update, context, lambda tx, person: _press(tx, person, services, action, rule))


async def _show(tx: Transaction, person: Person | None, services: Services) -> list[Reply]:
    return [await _calendar(tx, person, services) if person else my_data.nothing(lang())]


async def _press(tx: Transaction, person: Person | None, services: Services, action: str, rule: str) -> list[Reply]:
    """A press on one line. What does not fit the state of its row shows the calendar as it is now."""
    known = person is not None and rule in services.library.plan.rules
    row = await planned.find(tx, person, rule) if person is not None and known else None
    if person is None or row is None:
        return [refusals.expired_button(services.library, lang())]
    active = person.status == Status.ACTIVE
    match action:
        case "read":
            return await _read(tx, person, row, services)
        case "drop" if active and row.state == PlannedState.PLANNED:
            row.state = PlannedState.DROPPED
            return [my_calendar.dropped(await _calendar(tx, person, services), lang())]
        case "back" if active and row.state == PlannedState.DROPPED:
            await tx.session.delete(row)
            await tx.session.flush()
            calendar = await _calendar(tx, person, services)  # planned anew there, if its day is still to come
            return [my_calendar.back(await planned.find(tx, person, rule), calendar, lang())]
        case "later" if active and row.state in ARRIVED:
            return [my_calendar.later(planned.snooze(tx, person, row, services.library.plan, services.places), lang())]
        case "later" if active and row.state == PlannedState.PLANNED:  # pressed twice: it does not move twice
            return [my_calendar.later(row.due_on, lang())]
        case _:
            return [await _calendar(tx, person, services)]


async def _calendar(tx: Transaction, person: Person, services: Services) -> Reply:
    """The calendar as the plan and what is known make it now."""
    plan = services.library.plan
    await planned.follow(tx, person, plan, services.places)
    person.last_contact_on = tx.now.date()  # by this very message: the keeping time counts from it
    rows = await planned.of(tx, person)
    over_21 = is_over_21(planned.profile(person), planned.local_day(tx.now, person, services.places))
    found = my_calendar.Calendar(
        rows=rows,
        status=person.status,
        lacks_exit=person.exit_on is None,
        lacks_birth=person.birth_month is None and not over_21,
        kept_until=held.kept_until(person),
    )
    return my_calendar.shown(found, plan, lang())


async def _read(tx: Transaction, person: Person, row: Planned, services: Services) -> list[Reply]:
    library, profile = services.library, planned.profile(person, await planned.of(tx, person))
    until = deadline(library.plan, row.rule, profile) or my_calendar.told_deadline(row, library.plan)
    today = planned.local_day(tx.now, person, services.places)
    if until is None or not my_calendar.is_past(row.rule, until, library.plan, today):
        if until and person.exit_precision == "month" and library.plan.rules[row.rule].anchor == Anchor.EXIT:
            until = until.replace(day=1)  # the day is not known: nobody is told that a right lasts longer than it does
        return [my_calendar.text_of(row.rule, until, library, lang())]
    return [
        my_calendar.passed(row.rule, until, library, lang()),
        messages.human(library, lang(), my_calendar.topic_of(row.rule, library.plan)),
    ]
