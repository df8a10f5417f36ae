"""Who helps near somebody: what they asked for, where they are, and what is said of it. The place is not kept."""

from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache

from bot import clock, contact_places, contact_request, contact_words, menus, people, services
from bot.contact_ages import age_for
from bot.contact_places import Place, departement
from bot.contact_request import Request
from bot.contact_words import Asked
from bot.directory import Directory, nearby
from bot.i18n import SOURCE_LANGUAGE
from bot.joining import Step
from bot.models import Person
from bot.places import Places, Town, key_of
from bot.replies import Reply
from bot.services import Services
from bot.structures import Kind
from bot.understanding import COURTESIES, OUT_OF_SCOPE, Understanding
from bot.unreadable import Problem, Unreadable
from bot.vault import Transaction

FIND, TO_A_PERSON = "trouver_contact", "parler_humain"
# The topic of the same name that explains what it is.
_TOPIC_OF: dict[Kind, str] = {kind: kind.value for kind in Kind if kind != Kind.DEPARTEMENT}
SHORT = 8  # words: a longer message that names a Mission Locale, and was not understood as asking for it, tells a story


@dataclass(frozen=True)
class Living:
    """What is kept of where somebody lives, of who had them in care, and of their age."""

    home: Town | None = None
    care: Town | None = None
    band: str | None = None
    birth_month: date | None = None


async def respond(
    bot: Services, chat: int, text: str, *, lang: str, detect_language: bool = True, asking: Step | None = None
) -> tuple[Understanding, list[Reply]]:
    """Understand a text and choose what to say; whoever asks for a contact, or answers « where? », gets it at once.

    `asking`: the question of the form that is open too. What answers it, and not « where? », is left to it.
    """
    understood, replies = await services.respond(bot, chat, text, lang=lang, detect_language=detect_language)
    pending = bot.asked_where.get(chat)
    if understood.danger or understood.lang not in bot.library.languages or not bot.directory.structures:
        return understood, replies
    lang = understood.lang
    places = known_places(bot.directory, bot.places)
    request = _request(text, understood, places)
    place_alone = request is not None and not (request.kind or request.other or request.asks)
    if pending is None and place_alone and asking in (Step.HOME, Step.CARE):
        return replace(understood, topic=OUT_OF_SCOPE, sure=False), replies
    if request is not None:
        reply = await _told(bot, chat, request, lang)
    elif pending is not None and not _is_for_us(understood, text, places):
        answered = await _answered(bot, chat, pending, text, lang)
        courteous = understood.sure and understood.topic in COURTESIES
        if isinstance(answered, Problem) and (courteous or asking):
            bot.asked_where.pop(chat, None)
            return understood, replies
        reply = (
            answered if isinstance(answered, Reply) else contact_words.where_again(answered, pending, bot.library, lang)
        )
    else:
        return understood, replies
    bot.misses.pop(chat, None)  # it was understood, whatever the NLU made of it
    if understood.worrying:
        reply = menus.with_numbers(reply.html, bot.library, lang, reply.buttons)
    if not (understood.sure and understood.topic == TO_A_PERSON):
        understood = replace(understood, topic=FIND, sure=True)
    return understood, [reply]


def _request(text: str, understood: Understanding, places: Places) -> Request | None:
    """Return what a text asks for, None when it asks for no contact."""
    topic = understood.topic if understood.sure else OUT_OF_SCOPE
    if topic not in (FIND, TO_A_PERSON, OUT_OF_SCOPE, *_TOPIC_OF.values()):
        return None
    request = contact_request.read(text, places)
    if topic == FIND:
        return request
    if topic == TO_A_PERSON:
        return request if request.kind or request.other or request.place else None
    if request.kind is None or topic not in (OUT_OF_SCOPE, _TOPIC_OF.get(request.kind)):
        return None
    if len(text.split()) > SHORT:
        return None
    return request if request.asks or (request.place and request.kind != Kind.DEPARTEMENT) else None


async def _told(bot: Services, chat: int, request: Request, lang: str) -> Reply:
    if request.other is not None and request.other in bot.library.contacts[SOURCE_LANGUAGE]:
        return contact_words.elsewhere(request.other, bot.library, lang)
    kind = request.kind or bot.asked_where.get(chat) or Kind.MISSION_LOCALE
    return await near(bot, chat, kind, request.place, lang)


async def _answered(bot: Services, chat: int, kind: Kind, text: str, lang: str) -> Reply | Problem:
    """Return who helps at the place that `text` answers, or why it cannot be read."""
    try:
        place = contact_places.answer(text, known_places(bot.directory, bot.places))
    except Unreadable as error:
        return error.problem
    return await near(bot, chat, kind, place, lang)


@lru_cache(maxsize=2)
def known_places(directory: Directory, places: Places) -> Places:
    """Return the places with, where there is no list of communes, the towns of the structures that we know."""
    if places.by_insee:
        return places
    towns: dict[str, list[Town]] = {}
    for one in directory.structures:
        town = Town(one.town, one.postcode or None, one.departement, None)
        namesakes = towns.setdefault(key_of(one.town), [])
        if one.town and town not in namesakes:
            namesakes.append(town)
    return replace(places, by_name={name: found for name, found in towns.items() if found})


def _is_for_us(understood: Understanding, text: str, places: Places) -> bool:
    """Return whether a text is a question to us rather than the answer to « where? »."""
    sure = understood.sure and understood.topic != OUT_OF_SCOPE and understood.topic not in COURTESIES
    return (sure or understood.worrying) and not _is_a_place(text, places)


def _is_a_place(text: str, places: Places) -> bool:
    """Return whether a text is the very name of a town or a code, and nothing else: « Nice » is no « merci »."""
    return key_of(text) in places.by_name or text.strip().isdigit()


async def near(bot: Services, chat: int, kind: Kind, place: Place | None, lang: str) -> Reply:
    """Return who helps at a place, else where they live as they told us, else the question where."""
    living = await bot.look(lambda tx: _living(tx, chat, bot.places), now=clock.now()) or Living()
    where = place or (living.care if kind == Kind.DEPARTEMENT else living.home)
    if where is None or isinstance(where, tuple):
        return ask(bot, chat, kind, lang) if where is None else _which(bot, chat, kind, where, lang)
    bot.asked_where.pop(chat, None)
    return at(bot, kind, where, living, lang, told=place is not None)


def at(bot: Services, kind: Kind, where: Town, living: Living, lang: str, *, told: bool) -> Reply:
    """Return who helps somebody at a place; `told`: it was told just now, and is not one that we keep."""
    found = nearby(bot.directory, bot.places, kind, where)
    age = age_for(found.instead or kind, living.band, living.birth_month, clock.now().date())
    asked = Asked(kind, where, contact_words.name_of(where, bot.places), told=told, age=age)
    return contact_words.found(found, asked, bot.library, lang)


def ask(bot: Services, chat: int, kind: Kind, lang: str) -> Reply:
    """Ask where, and remember it for a while."""
    bot.asked_where[chat] = kind
    return contact_words.ask_where(kind, lang)


def _which(bot: Services, chat: int, kind: Kind, towns: tuple[Town, ...], lang: str) -> Reply:
    bot.asked_where[chat] = kind  # it may be typed again, with its postcode
    return contact_words.which_place(kind, towns, bot.places, lang)


async def _living(tx: Transaction, chat: int, places: Places) -> Living:
    person = await people.find(tx, chat)
    return living_of(tx, person, places) if person is not None else Living()


def living_of(tx: Transaction, person: Person, places: Places) -> Living:
    """Return what is kept of where a person lives and of their age. Raises KeysError."""
    kept = people.details(tx, person)
    return Living(
        _home(kept.home, kept.home_departement, places),
        departement(kept.care_departement) if kept.care_departement in places.departements else None,
        person.age_band,
        person.birth_month,
    )


def _home(home: str | None, code: str | None, places: Places) -> Town | None:
    """Return the town that we keep in words, its département if the list of towns has changed since."""
    if code not in places.departements:
        return None
    try:
        found = places.find(home or "")
    except Unreadable:
        return departement(code)
    towns = [town for town in ((found,) if isinstance(found, Town) else found) if town.departement == code]
    return towns[0] if len(towns) == 1 else departement(code)
