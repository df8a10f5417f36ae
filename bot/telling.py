"""Tell somebody what became of their request: a neutral line at a decent hour, the rest after a button."""

from datetime import timedelta

import structlog

from bot import outbox, people, planned
from bot.crypto import KeysError
from bot.decent_hours import next_decent
from bot.models import Person, Status
from bot.places import Places
from bot.replies import Reply
from bot.vault import Transaction

IN_THE_TALK = timedelta(minutes=15)  # so long after their own press, what we say is still an answer to it

log = structlog.get_logger()


async def tell(
    tx: Transaction, person: Person, ref: str, reply: Reply, places: Places, *, since: timedelta | None = None
) -> None:
    """Have `reply` said now if they pressed a button `since` not long ago, else at the next decent hour.

    It takes the place of what was still to be said of the request `ref`: only the last word is true. Whoever said stop
    is not written to: /demandes shows them the same.
    """
    if person.status != Status.ACTIVE:
        return
    try:
        chat = people.chat_of(tx, person)
    except KeysError:  # one damaged row must not keep everybody else waiting
        log.error("person_unreadable")
        return
    at = tx.now
    if since is None or since > IN_THE_TALK:
        at = next_decent(tx.now, planned.where(person), planned.zone_of(person, places))
    await outbox.unsay(tx, ref)
    outbox.put(tx, chat, [reply], person_id=person.id, at=at, about=ref)
