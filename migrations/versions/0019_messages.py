"""Mails that a programme words, rules that remind, and announcements to many."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CONDITIONS = (
    "draft_unfinished",
    "guardian_silent",
    "not_corrected",
    "offer_unanswered",
    "check_ends",
    "reference_missing",
    "staff_waiting",
    "staff_holds",
)


def upgrade() -> None:
    _create_texts()
    _create_announcements()
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.add_column(sa.Column("kept", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("text_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("announcement_id", sa.Integer(), nullable=True))
        for name, table in (("text_id", "mail_text"), ("announcement_id", "announcement")):
            batch_op.create_foreign_key(
                batch_op.f(f"fk_outbox_mail_{name}"), table, [name], ["id"], ondelete="SET NULL"
            )
            batch_op.create_index(batch_op.f(f"ix_outbox_mail_{name}"), [name], unique=False)
    _create_reminders()
    with op.batch_alter_table("programme", schema=None) as batch_op:
        for name, hour in (("quiet_from", "20"), ("quiet_until", "8")):
            batch_op.add_column(
                sa.Column(name, sa.Integer(), nullable=False, server_default=sa.text(hour))
            )
            batch_op.create_check_constraint(
                batch_op.f(f"ck_programme_{name}_in_range"), f"{name} BETWEEN 0 AND 23"
            )
    with op.batch_alter_table("programme", schema=None) as batch_op:
        for name in ("quiet_from", "quiet_until"):
            batch_op.alter_column(name, server_default=None)


def _create_texts() -> None:
    op.create_table(
        "mail_text",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_mail_text_numbered_from_one")),
        sa.CheckConstraint(
            "(subject IS NULL) = (body IS NULL)", name=op.f("ck_mail_text_whole_or_restored")
        ),
        *_keys("mail_text", programme_id=("programme", "CASCADE")),
        *_keys("mail_text", made_by_id=("account", "SET NULL")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail_text")),
        sa.UniqueConstraint(
            "programme_id",
            "template",
            "language",
            "number",
            name=op.f("uq_mail_text_programme_id_template_language_number"),
        ),
    )


def _create_announcements() -> None:
    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("with_guardians", sa.Boolean(), nullable=False),
        sa.Column("texts", sa.JSON(), nullable=False),
        sa.Column("fallback", sa.String(length=16), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_by_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("people", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_announcement_version_positive")),
        sa.CheckConstraint(
            "(sent_at IS NULL) = (people IS NULL)", name=op.f("ck_announcement_counted_when_sent")
        ),
        *_keys("announcement", cycle_id=("cycle", "CASCADE")),
        *_keys(
            "announcement", made_by_id=("account", "SET NULL"), sent_by_id=("account", "SET NULL")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_announcement_public_id")),
    )
    op.create_index("ix_announcement_cycle_id", "announcement", ["cycle_id"])


def _create_reminders() -> None:
    op.create_table(
        "reminder_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "condition",
            sa.Enum(
                *CONDITIONS,
                name="condition",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("days BETWEEN 1 AND 90", name=op.f("ck_reminder_rule_days_in_range")),
        *_keys("reminder_rule", cycle_id=("cycle", "CASCADE")),
        *_keys("reminder_rule", made_by_id=("account", "SET NULL")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_rule")),
        sa.UniqueConstraint("public_id", name=op.f("uq_reminder_rule_public_id")),
        sa.UniqueConstraint(
            "cycle_id",
            "condition",
            "days",
            name=op.f("uq_reminder_rule_cycle_id_condition_days"),
        ),
    )
    op.create_table(
        "reminder_sent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rule_id", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=160), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        *_keys(
            "reminder_sent",
            rule_id=("reminder_rule", "CASCADE"),
            application_id=("application", "CASCADE"),
            draft_id=("draft", "CASCADE"),
            mail_id=("outbox_mail", "SET NULL"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_sent")),
        sa.UniqueConstraint("rule_id", "occasion", name=op.f("uq_reminder_sent_rule_id_occasion")),
    )
    for name in ("application_id", "draft_id", "mail_id"):
        op.create_index(op.f(f"ix_reminder_sent_{name}"), "reminder_sent", [name])


def _keys(table: str, **targets: tuple[str, str]) -> list[sa.ForeignKeyConstraint]:
    """The foreign keys of a table: what each points at, and what happens when that goes."""
    return [
        sa.ForeignKeyConstraint(
            [name], [f"{target}.id"], name=op.f(f"fk_{table}_{name}"), ondelete=rule
        )
        for name, (target, rule) in targets.items()
    ]


def downgrade() -> None:
    with op.batch_alter_table("programme", schema=None) as batch_op:
        for name in ("quiet_from", "quiet_until"):
            batch_op.drop_constraint(batch_op.f(f"ck_programme_{name}_in_range"), type_="check")
            batch_op.drop_column(name)
    op.drop_table("reminder_sent")
    op.drop_table("reminder_rule")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        for name in ("announcement_id", "text_id"):
            batch_op.drop_index(batch_op.f(f"ix_outbox_mail_{name}"))
            batch_op.drop_constraint(batch_op.f(f"fk_outbox_mail_{name}"), type_="foreignkey")
            batch_op.drop_column(name)
        batch_op.drop_column("kept")
    op.drop_table("announcement")
    op.drop_table("mail_text")
