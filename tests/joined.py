"""A person who said yes: how they get there, and how to look for what is left of them."""

from datetime import UTC, date, datetime

from sqlalchemy import Text, cast, func, select

from bot.models import Base, HandledUpdate, KeyCheck
from bot.services import Services
from bot.vault import Vault
from tests.conftest import Chat

TODAY = datetime(2026, 11, 22, 15, tzinfo=UTC)
NEVER_ABOUT_ANYONE = {HandledUpdate.__tablename__, KeyCheck.__tablename__}
PHONE = "06 39 98 12 34"


async def says_yes(chat: Chat, age: str = "18 à 20 ans", situation: str = "Je suis parti") -> str:
    """Ask something, take the offer, and say yes to the first text."""
    await chat.says("c'est quoi le cej")
    await chat.presses("Écris-moi dans 6 mois")
    await chat.presses(age)
    await chat.presses(situation)
    return await chat.presses("Oui, je veux bien")


async def answers_everything(chat: Chat, *, until: int = 99) -> str:
    """Say yes to both texts and answer every question, or only the first `until` of them."""
    said = await says_yes(chat)
    for act, what in (
        (chat.says, "mars 2026"),
        (chat.says, "62"),
        (chat.says, "Arras 62000"),
        (chat.presses, "Oui, je veux bien"),
        (chat.says, "Amina"),
        (chat.says, PHONE),
        (chat.presses, "⬜ m'envoyer un SMS"),
        (chat.presses, "C'est bon"),
    )[:until]:
        said = await act(what)
    return said


async def rows(services: Services) -> dict[str, int]:
    """How many rows each table has, but for those that are never about anyone."""
    assert services.vault is not None
    async with services.vault.database.reading() as connection:
        counts = {
            table.name: await connection.scalar(select(func.count()).select_from(table))
            for table in Base.metadata.sorted_tables
        }
    return {name: count for name, count in counts.items() if count and name not in NEVER_ABOUT_ANYONE}


async def traces(services: Services, chat: int) -> dict[str, int]:
    """Walk every column of every table for what says or leads to a person, and count the rows where it is found."""
    assert services.vault is not None
    return await traces_in(services.vault, chat)


async def traces_in(vault: Vault, chat: int) -> dict[str, int]:
    told = [str(chat), vault.keyring.index(str(chat)), "Amina", "639981234", "Arras", date(2026, 3, 31).isoformat()]
    found = {}
    async with vault.database.reading() as connection:
        ids = (await connection.scalars(select(Base.metadata.tables["person"].c.id))).all()
        for table in Base.metadata.sorted_tables:
            anywhere = [cast(column, Text).contains(value) for column in table.columns for value in (*told, *ids)]
            for condition in anywhere:
                count = await connection.scalar(select(func.count()).select_from(table).where(condition))
                if count:
                    found[table.name] = max(found.get(table.name, 0), count)
    return found
