"""Drafts that resume on another device, mails that know whom they are about, and erasure."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # SQLite adds a column in place. Making these two tables anew, as a batch does, would delete
    # the rows that point at them.
    op.add_column("draft", sa.Column("email", sa.String(length=254), nullable=True))
    op.add_column("draft", sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("draft", sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(op.f("ix_draft_updated_at"), "draft", ["updated_at"], unique=False)
    op.create_index(op.f("ix_draft_email"), "draft", ["email"], unique=False)
    op.add_column("application", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_audit_event_subject", "audit_event", ["subject_kind", "subject_id"], unique=False
    )
    with op.batch_alter_table("access_link", schema=None) as batch_op:
        batch_op.add_column(sa.Column("tries", sa.Integer(), server_default="0", nullable=False))
        batch_op.create_check_constraint(
            batch_op.f("ck_access_link_tries_not_negative"), "tries >= 0"
        )

    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("application_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("draft_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_outbox_mail_application_id"),
            "application",
            ["application_id"],
            ["id"],
            ondelete="CASCADE",
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_outbox_mail_draft_id"),
            "draft",
            ["draft_id"],
            ["id"],
            ondelete="CASCADE",
        )
        batch_op.create_index(
            batch_op.f("ix_outbox_mail_application_id"), ["application_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_outbox_mail_draft_id"), ["draft_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_draft_id"))
        batch_op.drop_index(batch_op.f("ix_outbox_mail_application_id"))
        batch_op.drop_constraint(batch_op.f("fk_outbox_mail_draft_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_outbox_mail_application_id"), type_="foreignkey")
        batch_op.drop_column("draft_id")
        batch_op.drop_column("application_id")

    with op.batch_alter_table("access_link", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_access_link_tries_not_negative"), type_="check")
        batch_op.drop_column("tries")

    op.drop_index("ix_audit_event_subject", table_name="audit_event")
    op.drop_column("application", "erased_at")
    op.drop_index(op.f("ix_draft_email"), table_name="draft")
    op.drop_index(op.f("ix_draft_updated_at"), table_name="draft")
    op.drop_column("draft", "reopened_at")
    op.drop_column("draft", "reminded_at")
    op.drop_column("draft", "email")
