"""Requests to structures, the letters that carry them, and the mailboxes they may go to."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, Index, Integer, String, Text
from sqlalchemy.orm import Mapped

from bot.columns import Base, Instant, Kind, column


class ReferralState(StrEnum):
    """How far a request has come. From `RECEIVED` on a human has answered; `is_over` in `referrals.py` has the ends."""

    DRAFT = "draft"  # being written: nothing is promised
    WAITING = "waiting"  # the person said yes to the preview; the relay has not taken the letter yet
    SENT = "sent"  # the relay took it
    RECEIVED = "received"
    APPOINTMENT = "appointment"
    REACHED = "reached"
    NOT_REACHED = "not_reached"
    CANNOT = "cannot"  # the structure cannot, and says why
    FAILED = "failed"  # it could not be sent
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"  # nobody answered in all its time


class Referral(Base):
    """A request to one structure: what was agreed to be sent, and what became of it."""

    __tablename__ = "referral"

    id: Mapped[str] = column(Kind.TECHNICAL, "referral", String(36), primary_key=True)
    ref: Mapped[str] = column(Kind.PSEUDONYM, "referral", String(12), unique=True)
    person_id: Mapped[str] = column(Kind.PSEUDONYM, "referral", String(36), index=True)
    kind: Mapped[str] = column(Kind.PERSONAL, "referral", String(16))
    structure_id: Mapped[str] = column(Kind.PERSONAL, "referral", String(200))
    structure_name: Mapped[str] = column(Kind.PERSONAL, "referral", String(200))  # the list may lose it meanwhile
    state: Mapped[str] = column(Kind.PERSONAL, "referral", String(12))
    drafted_at: Mapped[datetime] = column(Kind.PERSONAL, "referral", Instant)
    needs: Mapped[str | None] = column(Kind.PERSONAL, "referral", String(80))
    left_out: Mapped[str | None] = column(Kind.PERSONAL, "referral", String(80))  # lines the person dropped
    payload_sealed: Mapped[str | None] = column(Kind.DIRECT, "payload", Text)  # exactly the lines agreed to
    preview_sha256: Mapped[str | None] = column(Kind.TECHNICAL, "referral", String(64))
    confirmed_at: Mapped[datetime | None] = column(Kind.PERSONAL, "referral", Instant)
    sent_at: Mapped[datetime | None] = column(Kind.PERSONAL, "referral", Instant, index=True)
    receipt_index: Mapped[str | None] = column(Kind.TECHNICAL, "payload", String(64), unique=True)
    receipt_sealed: Mapped[str | None] = column(Kind.DIRECT, "payload", Text)
    reason: Mapped[str | None] = column(Kind.PERSONAL, "referral", String(16))
    answer_sealed: Mapped[str | None] = column(Kind.DIRECT, "payload", Text)  # day, place, a word to the person
    answered_at: Mapped[datetime | None] = column(Kind.PERSONAL, "referral", Instant)
    reminders: Mapped[int] = column(Kind.TECHNICAL, "referral", Integer, default=0)
    told_late_at: Mapped[datetime | None] = column(Kind.TECHNICAL, "referral", Instant)  # it still has not left
    told_silent_at: Mapped[datetime | None] = column(Kind.TECHNICAL, "referral", Instant)  # nobody has answered
    closed_on: Mapped[date | None] = column(Kind.PERSONAL, "referral", Date, index=True)


class LetterState(StrEnum):
    DUE = "due"
    POSTING = "posting"  # claimed until the end of its lease
    POSTED = "posted"
    FAILED = "failed"
    PARKED = "parked"  # two accidents: it may have arrived, a human looks


class Letter(Base):
    """An e-mail to a structure. The words of a request stay in its referral; other letters hold a reference only."""

    __tablename__ = "letter"
    __table_args__ = (Index("ix_letter_state", "state", "due_at"),)

    id: Mapped[str] = column(Kind.TECHNICAL, "letter", String(36), primary_key=True)
    ref: Mapped[str] = column(Kind.PSEUDONYM, "letter", String(12), index=True)
    kind: Mapped[str] = column(Kind.TECHNICAL, "letter", String(12))
    issue: Mapped[int] = column(Kind.TECHNICAL, "letter", Integer, default=0)
    structure_id: Mapped[str] = column(Kind.TECHNICAL, "letter", String(200))
    mailbox: Mapped[str] = column(Kind.TECHNICAL, "letter", String(254))  # a structure's, as an operator confirmed it
    state: Mapped[str] = column(Kind.TECHNICAL, "letter", String(12), default=LetterState.DUE)
    written_at: Mapped[datetime] = column(Kind.TECHNICAL, "letter", Instant)
    due_at: Mapped[datetime] = column(Kind.TECHNICAL, "letter", Instant)
    lease_until: Mapped[datetime | None] = column(Kind.TECHNICAL, "letter", Instant)
    tries: Mapped[int] = column(Kind.TECHNICAL, "letter", Integer, default=0)
    in_doubt: Mapped[int] = column(Kind.TECHNICAL, "letter", Integer, default=0)  # tries that may have arrived
    code: Mapped[int | None] = column(Kind.TECHNICAL, "letter", Integer)  # the relay's last word
    posted_at: Mapped[datetime | None] = column(Kind.TECHNICAL, "letter", Instant)


class Addressee(Base):
    """The mailbox of a structure, which an operator has confirmed: requests go nowhere else."""

    __tablename__ = "addressee"

    structure_id: Mapped[str] = column(Kind.TECHNICAL, "addressee", String(200), primary_key=True)
    mailbox: Mapped[str] = column(Kind.TECHNICAL, "addressee", String(254))
    confirmed_on: Mapped[date] = column(Kind.TECHNICAL, "addressee", Date)
    confirmed_by: Mapped[str] = column(Kind.TECHNICAL, "addressee", String(80))
    refused_code: Mapped[int | None] = column(Kind.TECHNICAL, "addressee", Integer)  # it takes no mail any more
    refused_on: Mapped[date | None] = column(Kind.TECHNICAL, "addressee", Date)
