"""What is sent first and when, the answers to a check-in, and the birth month of whoever wants its reminders."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

INSTANT = sa.DateTime(timezone=True)
ANSWERS = ("asking", "housing", "income", "work", "health_cover", "interview", "cej", "satisfaction")


def upgrade() -> None:
    op.add_column("person", sa.Column("birth_month", sa.Date()))
    op.add_column("person", sa.Column("plan_mark", sa.String(12)))
    op.create_index("ix_person_plan_mark", "person", ["plan_mark"])
    op.add_column("person", sa.Column("age_told_on", sa.Date()))
    op.execute("UPDATE person SET age_told_on = joined_on")  # nothing tells of an age corrected since
    op.create_table(
        "planned",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("anchor_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("due_at", INSTANT, nullable=False),
        sa.Column("late_from", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("snoozed", sa.Boolean(), nullable=False),
        sa.Column("lease_until", INSTANT),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", INSTANT),
        sa.PrimaryKeyConstraint("id", name="pk_planned"),
        sa.UniqueConstraint("person_id", "rule", name="uq_planned_person_id"),
    )
    op.create_index("ix_planned_state", "planned", ["state", "due_at"])
    op.create_index("ix_planned_sent_at", "planned", ["sent_at"])
    op.create_index("ix_planned_lease_until", "planned", ["lease_until"])
    op.create_table(
        "check_in",
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("person_id", sa.String(36), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date()),
        sa.Column("needs", sa.String(80)),
        sa.Column("help", sa.String(8)),
        *(sa.Column(name, sa.String(16)) for name in ANSWERS),
        sa.PrimaryKeyConstraint("id", name="pk_check_in"),
    )
    op.create_index("ix_check_in_person_id", "check_in", ["person_id"])
    op.create_index("ix_check_in_closed_on", "check_in", ["closed_on"])


def downgrade() -> None:
    op.drop_table("check_in")
    op.drop_table("planned")
    op.drop_index("ix_person_plan_mark", "person")
    for name in ("plan_mark", "birth_month", "age_told_on"):
        op.drop_column("person", name)
