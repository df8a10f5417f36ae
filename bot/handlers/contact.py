"""« Mon contact »: the buttons `near:…`, and a place sent from the map."""

from telegram import Location, Update

from bot import contacts, messages, refusals
from bot.contact_places import pressed
from bot.contact_words import WHERE
from bot.handlers.context import Context, chat_id, lang, press, say, services_of
from bot.menus import NEAR
from bot.replies import Reply
from bot.services import Services
from bot.structures import Kind
from bot.unreadable import Unreadable


async def on_button(update: Update, context: Context) -> None:
    """A press names who is looked for, and a place or none: then it is where the one who presses lives, or asked."""
    payload = await press(update)
    if payload is not None:
        await say(update, context, await _reply(services_of(context), chat_id(update), payload))


async def _reply(services: Services, chat: int, payload: str) -> Reply:
    name, _, place = payload.removeprefix(f"{NEAR}:").partition(":")
    if name not in set(Kind):
        return refusals.expired_button(services.library, lang())
    if not services.directory.structures:
        return messages.contact_finder(services.library, lang())
    kind = Kind(name)
    if place == WHERE:
        return contacts.ask(services, chat, kind, lang())
    try:
        town = pressed(place, services.places) if place else None
    except Unreadable:
        return contacts.ask(services, chat, kind, lang())
    return await contacts.near(services, chat, kind, town, lang())


async def at(services: Services, chat: int, location: Location) -> Reply | None:
    """Return who helps near a point of the map, None where no town is known. The point is not kept."""
    town = services.places.nearest_town(location.latitude, location.longitude)
    if town is None or not services.directory.structures:
        return None
    kind = services.asked_where.get(chat, Kind.MISSION_LOCALE)
    return refusals.location_not_kept(await contacts.near(services, chat, kind, town, lang()), lang())
