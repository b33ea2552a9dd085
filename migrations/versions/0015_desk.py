"""Filters under a name, notes of staff, and what the first page of the desk counts by."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_queue",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_saved_queue_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_saved_queue_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_queue")),
        sa.UniqueConstraint("public_id", name=op.f("uq_saved_queue_public_id")),
        sa.UniqueConstraint(
            "account_id",
            "programme_id",
            "name",
            name=op.f("uq_saved_queue_account_id_programme_id_name"),
        ),
    )
    op.create_table(
        "staff_note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_staff_note_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name=op.f("fk_staff_note_author_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_note")),
    )
    with op.batch_alter_table("staff_note", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_staff_note_application_id"), ["application_id"], unique=False
        )
    op.create_index("ix_application_cycle_submitted", "application", ["cycle_id", "submitted_at"])
    op.create_index("ix_audit_event_programme_at", "audit_event", ["programme_id", "at"])
    op.drop_index("ix_audit_event_programme_id", "audit_event")


def downgrade() -> None:
    op.create_index("ix_audit_event_programme_id", "audit_event", ["programme_id"])
    op.drop_index("ix_audit_event_programme_at", "audit_event")
    op.drop_index("ix_application_cycle_submitted", "application")
    with op.batch_alter_table("staff_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_note_application_id"))

    op.drop_table("staff_note")
    op.drop_table("saved_queue")
