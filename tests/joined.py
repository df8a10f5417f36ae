"""A person who said yes: how they get there, and how to look for what is left of them."""

from datetime import UTC, date, datetime

from sqlalchemy import Text, cast, func, select, text

from bot import consents, people
from bot.consent_texts import ConsentText, Purpose
from bot.consents import Action
from bot.models import Base, HandledUpdate, JobRun, KeyCheck
from bot.services import Services
from bot.vault import Transaction, Vault
from tests.conftest import Chat
from tests.sweep import NAME, PHONE, WORDS

TODAY = datetime(2026, 11, 22, 15, tzinfo=UTC)
NEVER_ABOUT_ANYONE = {HandledUpdate.__tablename__, KeyCheck.__tablename__, JobRun.__tablename__}


async def says_yes(chat: Chat, age: str = "18 à 20 ans", situation: str = "C'est terminé") -> str:
    """Ask something, take the offer, and say yes to the first text."""
    await chat.says(f"c'est quoi le cej {WORDS}")
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
        (chat.says, NAME),
        (chat.says, PHONE),
        (chat.presses, "⬜ m'envoyer un SMS"),
        (chat.presses, "C'est bon"),
    )[:until]:
        said = await act(what)
    return said


async def join(vault: Vault, chat: int) -> str:
    """Keep a person who has answered everything, without a conversation; return their id."""

    async def work(tx: Transaction) -> str:
        person = await people.join(tx, chat, lang="fr", age_band="18-20", situation=people.LEFT)
        people.change(
            tx, person, exit_on=date(2026, 3, 31), exit_precision="month", care_departement="62", home="62000 Arras",
            home_departement="62", name=NAME, phone="+33639987731", reach_how="text",
        )  # fmt: skip
        await tx.session.flush()
        for purpose in (Purpose.CHECK_IN, Purpose.CONTACT):
            shown = ConsentText(purpose, TODAY.date(), "fr", "…", "0" * 64)
            await consents.answer(tx, person, shown, Action.GRANT, how="button")
        return person.id

    return await vault.write(work, now=TODAY)


async def rows(services: Services) -> dict[str, int]:
    """How many rows each table has, but for those that are never about anyone."""
    assert services.vault is not None
    return await rows_in(services.vault)


async def rows_in(vault: Vault) -> dict[str, int]:
    async with vault.database.reading() as connection:
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
    told = [str(chat), vault.keyring.index(str(chat)), NAME, "639987731", "Arras", date(2026, 3, 31).isoformat()]
    found = {}
    async with vault.database.reading() as connection:
        if not vault.database.is_sqlite:  # what is looked for must not end in the server's log
            await connection.execute(text("SET LOCAL log_statement = 'none'"))
        ids = (await connection.scalars(select(Base.metadata.tables["person"].c.id))).all()
        for table in Base.metadata.sorted_tables:
            anywhere = [cast(column, Text).contains(value) for column in table.columns for value in (*told, *ids)]
            for condition in anywhere:
                count = await connection.scalar(select(func.count()).select_from(table).where(condition))
                if count:
                    found[table.name] = max(found.get(table.name, 0), count)
    return found
