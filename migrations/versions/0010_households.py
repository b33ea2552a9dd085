"""People who join a household, or leave it, after it was described."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.add_column(sa.Column("added_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("left_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("as_named", sa.JSON(none_as_null=True), nullable=True))
    op.create_table(
        "household_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column(
            "what",
            sa.Enum(
                "added",
                "announced",
                "corrected",
                "moved_out",
                name="householdevent",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("changed_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("length(reason) > 0", name=op.f("ck_household_change_reason_stated")),
        sa.ForeignKeyConstraint(
            ["changed_by_id"],
            ["account.id"],
            name=op.f("fk_household_change_changed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["household_member.id"],
            name=op.f("fk_household_change_member_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_change")),
    )
    with op.batch_alter_table("household_change", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_household_change_member_id"), ["member_id"], unique=False
        )


def downgrade() -> None:
    with op.batch_alter_table("household_change", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_household_change_member_id"))

    op.drop_table("household_change")
    # Who has moved out would come back, and who was added would seem to have been named.
    op.execute("DELETE FROM household_member WHERE left_on IS NOT NULL")
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.drop_column("as_named")
        batch_op.drop_column("left_on")
        batch_op.drop_column("added_at")
