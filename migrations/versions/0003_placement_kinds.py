"""Whom a student can live with, which nations a student would like best, and how a name looks."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.add_column(sa.Column("open_to", sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(
            sa.Column("ranked_nations", sa.JSON(), nullable=False, server_default="[]")
        )
        batch_op.add_column(sa.Column("name_skeleton", sa.String(length=200), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_student_name_skeleton"), ["name_skeleton"], unique=False
        )
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.alter_column("ranked_nations", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("student", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_student_name_skeleton"))
        batch_op.drop_column("name_skeleton")
        batch_op.drop_column("ranked_nations")
        batch_op.drop_column("open_to")
