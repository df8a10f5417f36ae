"""What is stored. Every column says what it is and which rule of `retention.py` ends it; a test refuses one without.

Names, numbers and places are sealed (`crypto.py`) before they come here: a copy of the database shows none of them.
"""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Boolean, Date, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped

from bot.columns import Base, Instant, Kind, column
from bot.referral_models import Addressee, Letter, LetterState, Referral, ReferralState

__all__ = ["Addressee", "Base", "Instant", "Kind", "Letter", "LetterState", "Referral", "ReferralState"]  # with ours


class HandledUpdate(Base):
    """The number of an update that was answered, so that Telegram repeating it changes nothing."""

    __tablename__ = "handled_update"

    update_id: Mapped[int] = column(Kind.TECHNICAL, "update", BigInteger, primary_key=True, autoincrement=False)
    handled_at: Mapped[datetime] = column(Kind.TECHNICAL, "update", Instant, index=True)


class Status(StrEnum):
    ACTIVE = "active"
    STOPPED = "stopped"  # said stop: no message from us until a new yes
    BLOCKED = "blocked"  # blocked the bot on Telegram: the same


class Person(Base):
    """Someone who said yes. Without that yes there is no row."""

    __tablename__ = "person"

    id: Mapped[str] = column(Kind.PSEUDONYM, "person", String(36), primary_key=True)
    chat_index: Mapped[str] = column(Kind.PSEUDONYM, "person", String(64), unique=True)
    chat_sealed: Mapped[str] = column(Kind.DIRECT, "person", Text)
    joined_on: Mapped[date] = column(Kind.PERSONAL, "person", Date)
    last_contact_on: Mapped[date] = column(Kind.PERSONAL, "person", Date)
    status: Mapped[str] = column(Kind.PERSONAL, "person", String(16), default=Status.ACTIVE)
    status_on: Mapped[date] = column(Kind.PERSONAL, "person", Date)
    lang: Mapped[str] = column(Kind.PERSONAL, "person", String(8))
    age_band: Mapped[str] = column(Kind.PERSONAL, "person", String(8))
    age_told_on: Mapped[date | None] = column(Kind.PERSONAL, "person", Date)
    birth_month: Mapped[date | None] = column(Kind.PERSONAL, "person", Date)  # its first day; only if they want
    situation: Mapped[str | None] = column(Kind.PERSONAL, "person", String(16))
    exit_on: Mapped[date | None] = column(Kind.PERSONAL, "person", Date)
    exit_precision: Mapped[str | None] = column(Kind.PERSONAL, "person", String(8))
    care_departement: Mapped[str | None] = column(Kind.PERSONAL, "person", String(3))
    home_departement: Mapped[str | None] = column(Kind.PERSONAL, "person", String(3))
    home_sealed: Mapped[str | None] = column(Kind.DIRECT, "person", Text)
    name_sealed: Mapped[str | None] = column(Kind.DIRECT, "contact", Text)
    phone_sealed: Mapped[str | None] = column(Kind.DIRECT, "contact", Text)
    email_sealed: Mapped[str | None] = column(Kind.DIRECT, "contact", Text)
    reach_how: Mapped[str | None] = column(Kind.PERSONAL, "contact", String(40))
    # The plan that this person's calendar follows: another one, and it is made again.
    plan_mark: Mapped[str | None] = column(Kind.TECHNICAL, "person", String(12), index=True)
    awaiting: Mapped[str | None] = column(Kind.PERSONAL, "awaiting", String(24))
    awaiting_at: Mapped[datetime | None] = column(Kind.PERSONAL, "awaiting", Instant)


class PlannedState(StrEnum):
    """How far a message that we send first has come. All but the first two are ends."""

    PLANNED = "planned"
    SENDING = "sending"  # claimed: whoever claimed it has until the end of the lease
    SENT = "sent"
    ANSWERED = "answered"  # a check-in
    NO_ANSWER = "no_answer"  # a check-in, its reminder too, and time enough
    UNREACHABLE = "unreachable"  # blocked, or the account is gone
    EXPIRED = "expired"  # its last day passed before it could go
    REFUSED = "refused"  # Telegram will never take it
    PARKED = "parked"  # two accidents: a copy may have arrived, a human looks
    DROPPED = "dropped"  # the person does not want this one


class Planned(Base):
    """One message of somebody's calendar: one row for each person and rule, kept when it has been sent."""

    __tablename__ = "planned"
    __table_args__ = (
        UniqueConstraint("person_id", "rule", name="uq_planned_person_id"),
        Index("ix_planned_state", "state", "due_at"),
        Index("ix_planned_sent_at", "sent_at"),
        Index("ix_planned_lease_until", "lease_until"),
    )

    id: Mapped[str] = column(Kind.TECHNICAL, "planned", String(36), primary_key=True)
    person_id: Mapped[str] = column(Kind.PSEUDONYM, "planned", String(36))
    rule: Mapped[str] = column(Kind.PERSONAL, "planned", String(32))
    state: Mapped[str] = column(Kind.PERSONAL, "planned", String(12), default=PlannedState.PLANNED)
    anchor_on: Mapped[date] = column(Kind.PERSONAL, "planned", Date)  # the day the rule counted from
    due_on: Mapped[date] = column(Kind.PERSONAL, "planned", Date)  # local day
    due_at: Mapped[datetime] = column(Kind.PERSONAL, "planned", Instant)
    late_from: Mapped[date] = column(Kind.PERSONAL, "planned", Date)
    expires_on: Mapped[date] = column(Kind.PERSONAL, "planned", Date)
    snoozed: Mapped[bool] = column(Kind.PERSONAL, "planned", Boolean, default=False)
    lease_until: Mapped[datetime | None] = column(Kind.TECHNICAL, "planned", Instant)
    attempts: Mapped[int] = column(Kind.TECHNICAL, "planned", Integer, default=0)
    sent_at: Mapped[datetime | None] = column(Kind.PERSONAL, "planned", Instant)


class CheckIn(Base):
    """What somebody answered six months after leaving: codes of our lists, never a word of theirs. All may be empty."""

    __tablename__ = "check_in"

    id: Mapped[str] = column(Kind.TECHNICAL, "check_in", String(36), primary_key=True)
    person_id: Mapped[str] = column(Kind.PSEUDONYM, "check_in", String(36), index=True)
    opened_on: Mapped[date] = column(Kind.PERSONAL, "check_in", Date)
    closed_on: Mapped[date | None] = column(Kind.PERSONAL, "check_in", Date, index=True)
    asking: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    needs: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(80))
    help: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(8))
    housing: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    income: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    work: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    health_cover: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    interview: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    cej: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))
    satisfaction: Mapped[str | None] = column(Kind.PERSONAL, "check_in", String(16))


class ConsentEvent(Base):
    """A yes, a no or a withdrawal: rows are only added. Each holds the hash of the one before it (same person).

    A trigger refuses to change a row, and to delete one while its person exists.
    """

    __tablename__ = "consent_event"

    id: Mapped[int] = column(Kind.TECHNICAL, "consent", Integer, primary_key=True)
    person_id: Mapped[str] = column(Kind.PSEUDONYM, "consent", String(36), index=True)
    purpose: Mapped[str] = column(Kind.PERSONAL, "consent", String(24))
    action: Mapped[str] = column(Kind.PERSONAL, "consent", String(12))
    text_version: Mapped[date] = column(Kind.TECHNICAL, "consent", Date)
    text_lang: Mapped[str] = column(Kind.PERSONAL, "consent", String(8))
    text_sha256: Mapped[str] = column(Kind.TECHNICAL, "consent", String(64))
    age_band: Mapped[str] = column(Kind.PERSONAL, "consent", String(8))
    how: Mapped[str] = column(Kind.TECHNICAL, "consent", String(32))
    occurred_at: Mapped[datetime] = column(Kind.PERSONAL, "consent", Instant)
    previous_hash: Mapped[str] = column(Kind.TECHNICAL, "consent", String(64))
    hash: Mapped[str] = column(Kind.PSEUDONYM, "consent", String(64))


class Outgoing(Base):
    """What is still to be said after a change: written with it, erased once Telegram has taken it."""

    __tablename__ = "outgoing"

    id: Mapped[str] = column(Kind.TECHNICAL, "outgoing", String(36), primary_key=True)
    person_id: Mapped[str | None] = column(Kind.PSEUDONYM, "outgoing", String(36), index=True)
    position: Mapped[int] = column(Kind.TECHNICAL, "outgoing", Integer)
    chat_sealed: Mapped[str] = column(Kind.DIRECT, "outgoing", Text)
    body_sealed: Mapped[str] = column(Kind.DIRECT, "outgoing", Text)
    written_at: Mapped[datetime] = column(Kind.TECHNICAL, "outgoing", Instant)
    lease_until: Mapped[datetime] = column(Kind.TECHNICAL, "outgoing", Instant, index=True)
    attempts: Mapped[int] = column(Kind.TECHNICAL, "outgoing", Integer, default=0)


class Erasure(Base):
    """The ledger: whom a restored backup must erase again, or leave in peace. It holds no value, only a keyed index."""

    __tablename__ = "erasure"

    receipt: Mapped[str] = column(Kind.TECHNICAL, "erasure", String(16), primary_key=True)
    person_index: Mapped[str] = column(Kind.PSEUDONYM, "erasure", String(64))
    scope: Mapped[str] = column(Kind.TECHNICAL, "erasure", String(12))
    executed_at: Mapped[datetime] = column(Kind.TECHNICAL, "erasure", Instant, index=True)


class KeyCheck(Base):
    """Which keys this database is sealed with: a known word sealed with each, so that a wrong key is noticed first."""

    __tablename__ = "key_check"

    name: Mapped[str] = column(Kind.TECHNICAL, "key", String(16), primary_key=True)
    proof: Mapped[str] = column(Kind.TECHNICAL, "key", Text)
    current: Mapped[bool] = column(Kind.TECHNICAL, "key", Boolean)


class JobRun(Base):
    """When a timed job last ended well, so that its silence is noticed."""

    __tablename__ = "job_run"

    job: Mapped[str] = column(Kind.TECHNICAL, "job", String(32), primary_key=True)
    ended_at: Mapped[datetime] = column(Kind.TECHNICAL, "job", Instant)


# Every sealed column, for key rotation and for whoever walks the tables.
SEALED = [one for table in Base.metadata.sorted_tables for one in table.columns if one.name.endswith("_sealed")]
