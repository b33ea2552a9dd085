"""The language in which drafts, applications and accounts are written to."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("draft", "application"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(
                sa.Column("language", sa.String(length=16), nullable=False, server_default="en")
            )
        # What is there was written in English; what comes says its language itself.
        with op.batch_alter_table(table) as batch_op:
            batch_op.alter_column("language", server_default=None)
    with op.batch_alter_table("account") as batch_op:
        batch_op.add_column(sa.Column("language", sa.String(length=16), nullable=True))


def downgrade() -> None:
    for table in ("account", "application", "draft"):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("language")
