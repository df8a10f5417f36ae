"""What every column of the database says of itself: what it tells about a person, and which rule ends it."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import DateTime, Dialect, MetaData, TypeDecorator
from sqlalchemy.orm import DeclarativeBase, mapped_column

NAMES = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Kind(StrEnum):
    """What a column says about a person."""

    TECHNICAL = "technical"  # nothing: numbers, states and instants of the machine
    PSEUDONYM = "pseudonym"  # leads to a person only with another table or a key
    PERSONAL = "personal"  # says something about a person
    DIRECT = "direct"  # says who it is or how to reach them: always sealed


class Base(DeclarativeBase):
    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMES)


def column(kind: Kind, retention: str, *given: Any, **options: Any) -> Any:
    """Return a column; `retention` is a rule of `retention.py`."""
    return mapped_column(*given, info={"kind": kind, "retention": retention}, **options)


class Instant(TypeDecorator[datetime]):
    """An aware instant, read back in UTC: SQLite keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.astimezone(UTC) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
