"""The check-in: the buttons `check:…`, and what is typed while it waits for an answer. Both do the same things."""

from dataclasses import dataclass

from telegram import Update

from bot import (
    check_in_questions,
    check_in_words,
    checkins,
    clock,
    consents,
    menus,
    messages,
    people,
    planned,
    refusals,
)
from bot.check_in_words import DONE, Act, Mood
from bot.checkins import Ask
from bot.consent_texts import Purpose
from bot.handlers.context import Context, change, chat_id, lang, press, services_of, stop
from bot.models import CheckIn, Person, Planned, PlannedState, Status
from bot.plan import CHECK_IN, is_over_21
from bot.replies import Reply
from bot.services import Services
from bot.understanding import Understanding
from bot.vault import Transaction

HELP: Act = ("help", "")  # no button does it: somebody wrote that they are not well
TROUBLE = ("hebergement_urgence", "aide_alimentaire", "sante_mentale")  # whoever brings these up is asked about help
TO_A_PERSON = "parler_humain"


@dataclass(frozen=True)
class Waiting:
    """A check-in that what is typed may answer: at which question (None: « Ça va ? »), and that question once more."""

    asking: Ask | None
    question: Reply | None  # None: it stands before them, and is not said again


async def on_button(update: Update, context: Context) -> None:
    """A press names a question and an answer, never a person: it counts for the one who presses."""
    payload, services = await press(update), services_of(context)
    if payload is None:
        return
    services.speak_again(chat_id(update))
    action, _, value = payload.removeprefix("check:").partition(":")
    await change(update, context, lambda tx, person: _act(tx, person, services, (action, value)))


async def waiting(update: Update, context: Context) -> Waiting | None:
    """Return the check-in that waits for this person's words, None if none does or nothing can be read."""
    services, chat = services_of(context), chat_id(update)

    async def find(tx: Transaction) -> Waiting | None:
        person = await people.find(tx, chat)
        awaited, check_in = await checkins.awaits_words(tx, person) if person is not None else (False, None)
        if person is None:
            return None
        if not awaited:
            # The last word of joining was « on le fait maintenant ? »: « oui » answers that.
            planned_already = chat in services.asked_late and await planned.find(tx, person, CHECK_IN) is not None
            late = planned_already and await checkins.is_late(tx, person, services.library.plan, services.places)
            return Waiting(None, None) if late else None
        if check_in is None:
            return Waiting(None, check_in_questions.opening_again(lang()))
        return Waiting(checkins.asked(check_in), _question(tx, person, services, check_in))

    return await services.look(find, now=clock.now())


def meaning(waiting: Waiting, text: str, understood: Understanding) -> Act | None:
    """Return what a typed answer does, as the button that it stands for; None for what is a message to us."""
    asking = waiting.asking
    if asking is not None and (found := check_in_words.read(asking, text, lang())):
        return found
    if waiting.question is None and check_in_words.is_no(text):
        return "no", ""
    # Their own words before the NLU's « non »: « ça va pas » is no « Tout va bien », nor a no to the help.
    mood = check_in_words.mood(text, just_asked=asking is None)
    trouble = understood.sure and (understood.topic in TROUBLE or (asking is None and understood.topic == TO_A_PERSON))
    if mood == Mood.NOT_WELL or understood.worrying or trouble:
        return HELP
    if mood is None and understood.sure and understood.topic in ("oui", "non"):
        if asking is not None and (found := check_in_words.read(asking, understood.topic, lang())):
            return found
        mood = check_in_words.mood(understood.topic, just_asked=asking is None)
    if mood is None and asking == Ask.NEEDS and not understood.sure:
        return check_in_words.named_needs(text, lang())
    return {None: None, Mood.NOT_WELL: HELP, Mood.WELL: ("start", ""), Mood.LATER: ("later", "")}[mood]


async def take(update: Update, context: Context, act: Act, before: list[Reply], *, worrying: bool) -> None:
    """Do what was typed and say what comes next, below what answers the rest of the message."""
    services = services_of(context)

    async def work(tx: Transaction, person: Person | None) -> list[Reply]:
        *replies, last = [*before, *await _act(tx, person, services, act)]
        if worrying:
            last = menus.with_numbers(last.html, services.library, lang(), last.buttons)
        return [*replies, last]

    await change(update, context, work)


async def _act(tx: Transaction, person: Person | None, services: Services, act: Act) -> list[Reply]:
    """Do one thing for somebody who said yes, and return what to say."""
    expired = [refusals.expired_button(services.library, lang())]
    if act[0] == "never":
        return await stop(tx, person, how="button")
    if person is None or person.status != Status.ACTIVE or not await consents.is_granted(tx, person, Purpose.CHECK_IN):
        return expired
    row = await checkins.row_of(tx, person, services.library.plan, services.places)
    if not await checkins.is_there(tx, person, row, services.library.plan, services.places):
        return await _why_not(tx, person, row) or expired
    match act:
        case ("start" | "help" as action, _):
            return await _begin(tx, person, services, row, Ask.HELP if action == "help" else Ask.NEEDS)
        case ("later", _) if row is not None:
            return [
                check_in_questions.put_off(
                    planned.snooze(tx, person, row, services.library.plan, services.places), lang()
                )
            ]
    check_in = await checkins.current(tx, person)
    if check_in is not None and (said := _answer(tx, person, services, check_in, act)):
        checkins.mark_answered(row)  # it may have been put off since
        return said
    if check_in is None and act[0] == "no" and row is not None:
        row.state = PlannedState.DROPPED
        return [check_in_questions.not_wanted(lang())]
    return expired


async def _why_not(tx: Transaction, person: Person, row: Planned | None) -> list[Reply]:
    """Why a button of the check-in does nothing: it has ended, or its day was corrected to a later one."""
    if row is not None and row.state == PlannedState.PLANNED:
        return [check_in_questions.not_yet(row.due_on, lang())]
    ended = (row is not None and row.state == PlannedState.ANSWERED) or await checkins.was_ever_opened(tx, person)
    return [check_in_questions.over(lang())] if ended else []


async def _begin(tx: Transaction, person: Person, services: Services, row: Planned | None, first: Ask) -> list[Reply]:
    """Open the check-in, or take it up where it was. Whoever is not well is offered help before any question."""
    check_in, is_new = await checkins.begin(tx, person, row, first)
    if first == Ask.HELP and check_in.help == checkins.WANTED:  # said before: no second offer, but people to call
        return [messages.human(services.library, lang()), _question(tx, person, services, check_in)]
    if first == Ask.HELP:
        checkins.offer_help(check_in)
    question = _question(tx, person, services, check_in)
    if is_new and first == Ask.NEEDS:
        return [check_in_questions.begun(services.library, question, lang())]
    return [question]


def _answer(tx: Transaction, person: Person, services: Services, check_in: CheckIn, act: Act) -> list[Reply]:
    """Change an open check-in and return its next question; nothing for what is no answer of ours."""
    action, value = act
    name, _, code = value.partition(":")
    if action in ("end", "no"):
        return [_end(tx, person, services, check_in)]
    if action == "need" and code in ("on", "off") and {*name.split(",")} <= {*checkins.CODES[Ask.NEEDS]}:
        checkins.tick(check_in, name.split(","), on=code == "on")
        return [_question(tx, person, services, check_in)]
    if name not in set(Ask) or action not in ("a", "skip"):
        return []
    ask = Ask(name)
    was_open, before = ask == checkins.asked(check_in), getattr(check_in, ask)
    if action == "skip" or (ask, code) == (Ask.NEEDS, DONE):
        checkins.go_on(check_in, ask)
    elif not checkins.note(check_in, ask, code):
        return []
    following = (_end if check_in.asking is None else _question)(tx, person, services, check_in)
    if ask == Ask.HELP and check_in.asking == Ask.NEEDS:  # help came before any question: what follows is said now
        following = check_in_questions.begun(services.library, following, lang())
    is_correction = not was_open and getattr(check_in, ask) != before
    over_21 = _over_21(tx, person, services)
    return _told(services, check_in, (ask, code), following, is_correction=is_correction, over_21=over_21)


def _told(
    services: Services,
    check_in: CheckIn,
    answer: tuple[Ask, str],
    following: Reply,
    *,
    is_correction: bool,
    over_21: bool,
) -> list[Reply]:
    """What an answer calls for, before the next question."""
    match answer:
        case (Ask.HOUSING, code) if code in checkins.ROOFLESS:
            return [check_in_questions.for_tonight(services.library, lang()), following]
        case (Ask.INTERVIEW, code) if code in checkins.NOT_TOLD:
            return [check_in_questions.how_to_ask(services.library, lang(), over_21=over_21), following]
        case (Ask.HELP, checkins.WANTED):
            return [check_in_questions.after_yes(services.library, check_in, lang(), over_21=over_21), following]
    return [check_in_questions.changed(following, lang()) if is_correction else following]


def _question(tx: Transaction, person: Person, services: Services, check_in: CheckIn) -> Reply:
    return check_in_questions.ask(services.library, check_in, lang(), over_21=_over_21(tx, person, services))


def _end(tx: Transaction, person: Person, services: Services, check_in: CheckIn) -> Reply:
    checkins.close(tx, check_in)
    return check_in_questions.ended(services.library, check_in, lang(), over_21=_over_21(tx, person, services))


def _over_21(tx: Transaction, person: Person, services: Services) -> bool:
    return is_over_21(planned.profile(person), planned.local_day(tx.now, person, services.places))
