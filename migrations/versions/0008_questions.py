"""Questions that a programme adds to the forms of a cycle."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("kind", _enum("applicationkind", "student", "host"), nullable=False),
        sa.Column(
            "answer",
            _enum("answerkind", "text", "one", "some", "number", "date"),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("hint", sa.String(length=500), nullable=True),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("translations", sa.JSON(), nullable=False),
        sa.Column("is_required", sa.Boolean(), nullable=False),
        sa.Column("depends_on_id", sa.Integer(), nullable=True),
        sa.Column("depends_on_choice", sa.String(length=40), nullable=True),
        sa.Column("lowest", sa.Integer(), nullable=True),
        sa.Column("highest", sa.Integer(), nullable=True),
        sa.Column(
            "match_use", _enum("matchuse", "need", "wish", "interest", "offer"), nullable=True
        ),
        sa.Column("counterpart_id", sa.Integer(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_question_version_positive")),
        sa.CheckConstraint(
            "(depends_on_id IS NULL) = (depends_on_choice IS NULL)",
            name=op.f("ck_question_whole_condition"),
        ),
        sa.CheckConstraint(
            "kind = 'host' AND counterpart_id IS NULL"
            " OR kind = 'student' AND (match_use IS NULL) = (counterpart_id IS NULL)",
            name=op.f("ck_question_students_are_matched_by_choices_of_hosts"),
        ),
        sa.CheckConstraint(
            "match_use IS NULL OR answer IN ('one', 'some')",
            name=op.f("ck_question_only_choices_are_matched"),
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycle.id"], name=op.f("fk_question_cycle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["depends_on_id"],
            ["question.id"],
            name=op.f("fk_question_depends_on_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["counterpart_id"],
            ["question.id"],
            name=op.f("fk_question_counterpart_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("public_id", name=op.f("uq_question_public_id")),
        sa.UniqueConstraint(
            "cycle_id", "kind", "code", name=op.f("uq_question_cycle_id_kind_code")
        ),
    )
    op.create_table(
        "question_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_question_answer_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["question.id"],
            name=op.f("fk_question_answer_question_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question_answer")),
        sa.UniqueConstraint(
            "application_id",
            "question_id",
            name=op.f("uq_question_answer_application_id_question_id"),
        ),
    )
    with op.batch_alter_table("question_answer", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_question_answer_question_id"), ["question_id"], unique=False
        )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    with op.batch_alter_table("question_answer", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_question_answer_question_id"))

    op.drop_table("question_answer")
    op.drop_table("question")
