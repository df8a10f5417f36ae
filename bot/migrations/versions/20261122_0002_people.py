"""Keep people who said yes, the proof of it, what is still to be said, and the erasure ledger."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

INSTANT = sa.DateTime(timezone=True)

REFUSE_ON_SQLITE = """
CREATE TRIGGER consent_event_{verb} BEFORE {verb} ON consent_event {condition}
BEGIN SELECT RAISE(ABORT, 'consent_event is append-only'); END
"""
WHILE_PERSON_EXISTS = "WHEN EXISTS (SELECT 1 FROM person WHERE person.id = OLD.person_id)"
REFUSE_ON_POSTGRESQL = """
CREATE FUNCTION consent_event_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' OR EXISTS (SELECT 1 FROM person WHERE person.id = OLD.person_id) THEN
    RAISE EXCEPTION 'consent_event is append-only';
  END IF;
  RETURN OLD;
END $$
"""
TRIGGER_ON_POSTGRESQL = """
CREATE TRIGGER consent_event_append_only BEFORE UPDATE OR DELETE ON consent_event
FOR EACH ROW EXECUTE FUNCTION consent_event_refuse()
"""


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("chat_index", sa.String(64), nullable=False),
        sa.Column("chat_sealed", sa.Text(), nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("last_contact_on", sa.Date(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("status_on", sa.Date(), nullable=False),
        sa.Column("lang", sa.String(8), nullable=False),
        sa.Column("age_band", sa.String(8), nullable=False),
        sa.Column("situation", sa.String(16)),
        sa.Column("exit_on", sa.Date()),
        sa.Column("exit_precision", sa.String(8)),
        sa.Column("care_departement", sa.String(3)),
        sa.Column("home_departement", sa.String(3)),
        sa.Column("home_sealed", sa.Text()),
        sa.Column("name_sealed", sa.Text()),
        sa.Column("phone_sealed", sa.Text()),
        sa.Column("email_sealed", sa.Text()),
        sa.Column("reach_how", sa.String(40)),
        sa.Column("awaiting", sa.String(24)),
        sa.Column("awaiting_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_person"),
        sa.UniqueConstraint("chat_index", name="uq_person_chat_index"),
    )
    op.create_table(
        "consent_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("purpose", sa.String(24), nullable=False),
        sa.Column("action", sa.String(12), nullable=False),
        sa.Column("text_version", sa.Date(), nullable=False),
        sa.Column("text_lang", sa.String(8), nullable=False),
        sa.Column("text_sha256", sa.String(64), nullable=False),
        sa.Column("age_band", sa.String(8), nullable=False),
        sa.Column("how", sa.String(32), nullable=False),
        sa.Column("occurred_at", INSTANT, nullable=False),
        sa.Column("previous_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consent_event"),
    )
    op.create_index("ix_consent_event_person_id", "consent_event", ["person_id"])
    op.create_table(
        "outgoing",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36)),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chat_sealed", sa.Text(), nullable=False),
        sa.Column("body_sealed", sa.Text(), nullable=False),
        sa.Column("written_at", INSTANT, nullable=False),
        sa.Column("lease_until", INSTANT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outgoing"),
    )
    op.create_index("ix_outgoing_person_id", "outgoing", ["person_id"])
    op.create_index("ix_outgoing_lease_until", "outgoing", ["lease_until"])
    op.create_table(
        "erasure",
        sa.Column("receipt", sa.String(16), nullable=False),
        sa.Column("person_index", sa.String(64), nullable=False),
        sa.Column("scope", sa.String(12), nullable=False),
        sa.Column("executed_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("receipt", name="pk_erasure"),
    )
    op.create_index("ix_erasure_executed_at", "erasure", ["executed_at"])
    op.create_table(
        "key_check",
        sa.Column("name", sa.String(16), nullable=False),
        sa.Column("proof", sa.Text(), nullable=False),
        sa.Column("current", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_check"),
    )
    op.create_table(
        "job_run",
        sa.Column("job", sa.String(32), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_job_run"),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(REFUSE_ON_POSTGRESQL)
        op.execute(TRIGGER_ON_POSTGRESQL)
    else:
        op.execute(REFUSE_ON_SQLITE.format(verb="UPDATE", condition=""))
        op.execute(REFUSE_ON_SQLITE.format(verb="DELETE", condition=WHILE_PERSON_EXISTS))


def downgrade() -> None:
    for table in ("job_run", "key_check", "erasure", "outgoing", "consent_event", "person"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION consent_event_refuse()")
