"""Files that are defined once: for whom, with what, how often."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "export_definition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column(
            "recipient",
            _enum("recipient", "office", "host", "sending_partner", "receiving_partner", "auditor"),
            nullable=False,
        ),
        sa.Column("party", sa.String(length=100), nullable=False),
        sa.Column("granted", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("schedule", _enum("schedule", "never", "daily", "weekly"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_fault", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "(schedule = 'never') = (next_at IS NULL)",
            name=op.f("ck_export_definition_due_at_some_time"),
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycle.id"],
            name=op.f("fk_export_definition_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_export_definition_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_export_definition")),
        sa.UniqueConstraint("public_id", name=op.f("uq_export_definition_public_id")),
        sa.UniqueConstraint("cycle_id", "name", name=op.f("uq_export_definition_cycle_id_name")),
    )
    with op.batch_alter_table("export_definition", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_export_definition_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_export_definition_next_at"), ["next_at"], unique=False)


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_table("export_definition")
