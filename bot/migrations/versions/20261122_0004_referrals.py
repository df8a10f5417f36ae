"""Requests to structures, the letters that carry them, and the mailboxes that operators confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("ref", sa.String(12), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("structure_id", sa.String(200), nullable=False),
        sa.Column("structure_name", sa.String(200), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("drafted_at", INSTANT, nullable=False),
        sa.Column("needs", sa.String(80)),
        sa.Column("left_out", sa.String(80)),
        sa.Column("payload_sealed", sa.Text()),
        sa.Column("preview_sha256", sa.String(64)),
        sa.Column("confirmed_at", INSTANT),
        sa.Column("sent_at", INSTANT),
        sa.Column("receipt_index", sa.String(64)),
        sa.Column("receipt_sealed", sa.Text()),
        sa.Column("reason", sa.String(16)),
        sa.Column("answer_sealed", sa.Text()),
        sa.Column("answered_at", INSTANT),
        sa.Column("reminders", sa.Integer(), nullable=False),
        sa.Column("told_late_at", INSTANT),
        sa.Column("told_silent_at", INSTANT),
        sa.Column("closed_on", sa.Date()),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
        sa.UniqueConstraint("ref", name="uq_referral_ref"),
        sa.UniqueConstraint("receipt_index", name="uq_referral_receipt_index"),
    )
    for column in ("person_id", "sent_at", "closed_on"):
        op.create_index(f"ix_referral_{column}", "referral", [column])
    op.create_table(
        "letter",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("ref", sa.String(12), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("issue", sa.Integer(), nullable=False),
        sa.Column("structure_id", sa.String(200), nullable=False),
        sa.Column("mailbox", sa.String(254), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("in_doubt", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer()),
        sa.Column("posted_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_letter"),
    )
    op.create_index("ix_letter_ref", "letter", ["ref"])
    op.create_index("ix_letter_state", "letter", ["state", "due_at"])
    op.create_table(
        "addressee",
        sa.Column("structure_id", sa.String(200), nullable=False),
        sa.Column("mailbox", sa.String(254), nullable=False),
        sa.Column("confirmed_on", sa.Date(), nullable=False),
        sa.Column("confirmed_by", sa.String(80), nullable=False),
        sa.Column("refused_code", sa.Integer()),
        sa.Column("refused_on", sa.Date()),
        sa.PrimaryKeyConstraint("structure_id", name="pk_addressee"),
    )


def downgrade() -> None:
    for table in ("addressee", "letter", "referral"):
        op.drop_table(table)
