"""An age that is corrected, or that follows from a month of birth: what it changes, and what is said."""

from bot import agreeing, births, forgetting, held, joining, leaving, my_data, people, questions, referrals, refusals
from bot.consent_texts import Purpose
from bot.i18n import month_text, translator
from bot.joining import Step
from bot.library import Library
from bot.models import Person, Status
from bot.replies import Reply
from bot.unreadable import Problem, Unreadable
from bot.vault import Transaction


async def correct(
    tx: Transaction, person: Person | None, library: Library, lang: str, *, chat: int, band: str
) -> list[Reply]:
    """Keep another age band. A month of birth that cannot be true with it goes."""
    if person is None or band not in (people.UNDER_15, *people.AGE_BANDS):
        return [refusals.expired_button(library, lang)]
    if band == people.UNDER_15:
        return await _erase(tx, person, library, lang)
    before, month = person.age_band, person.birth_month
    people.change(tx, person, age_band=band)
    if month is not None and births.band(month, tx.now.date(), band) != band:
        people.change(tx, person, birth_month=None)
    shown = my_data.shown(await held.everything(tx, person), lang, library.plan)
    return [shown, *_text_for_minors(tx, person, library, lang, chat=chat, before=before)]


async def take_birth(
    tx: Transaction, person: Person, library: Library, lang: str, *, chat: int, text: str
) -> list[Reply]:
    """Keep the month of birth that was typed, and the age band that follows from it. Raises Unreadable."""
    today, before = tx.now.date(), person.age_band
    month = births.read(text, today)
    try:
        fields = joining.birth_fields(month, person.age_band, today)
    except Unreadable as error:
        if error.problem != Problem.UNDER_15:
            raise
        if person.age_band != people.MINOR:  # one wrong digit must not erase whoever told us they are of age
            people.await_answer(tx, person, None)
            asked = questions.ask_age_again(lang)
            told = translator(lang)("Ce mois-là, c'est moins de 15 ans. Je ne l'ai pas noté.")
            return [Reply(f"{told} {asked.html}", asked.buttons)]
        return await _erase(tx, person, library, lang)
    people.change(tx, person, **fields)
    joining.move(tx, person, Step.BIRTH)
    shown = my_data.shown(await held.everything(tx, person), lang, library.plan)
    noted = questions.noted(month_text(month, lang), shown, lang)
    return [noted, *_text_for_minors(tx, person, library, lang, chat=chat, before=before)]


async def _erase(tx: Transaction, person: Person, library: Library, lang: str) -> list[Reply]:
    """Under 15, what is held may not be: it goes at once."""
    told, before = await referrals.told_to(tx, person), await referrals.came_before(tx, person)
    receipt = await leaving.erase(tx, person)
    return [forgetting.forgotten(receipt, lang, told=told, before=before), questions.under_15(library, lang)]


def _text_for_minors(
    tx: Transaction, person: Person, library: Library, lang: str, *, chat: int, before: str
) -> list[Reply]:
    """What they said yes to was written for adults: this one is for them, and a no to it ends our messages."""
    if person.age_band != people.MINOR or before == people.MINOR or person.status != Status.ACTIVE:
        return []
    text = agreeing.text_for(library.consents, Purpose.CHECK_IN, lang, person.age_band)
    shown = agreeing.Notice(person.age_band, person.situation or questions.UNSAID, agreeing.mark_of(text), tx.now)
    return [questions.notice(text, f"join:yes:{shown.payload(tx, chat)}", "mine:stop", lang)]
