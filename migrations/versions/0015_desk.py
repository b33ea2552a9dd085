"""Filters under a name, notes of staff, and what the first page of the desk counts by."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0013"
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
    op.add_column("application", sa.Column("nation", sa.String(length=2), nullable=True))
    op.add_column("application", sa.Column("search_key", sa.String(length=700), nullable=True))
    _write_keys()
    listed = sa.text("erased_at IS NULL")
    op.create_index(
        "ix_application_listed",
        "application",
        ["cycle_id", "submitted_at", "kind", "state"],
        sqlite_where=listed,
        postgresql_where=listed,
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_section_review_open",
        "section_review",
        ["application_id"],
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_index("ix_screening_check_expires_on", "screening_check", ["expires_on"])
    op.create_index("ix_audit_event_programme_at", "audit_event", ["programme_id", "at"])
    op.drop_index("ix_audit_event_programme_id", "audit_event")


def _write_keys() -> None:
    """Write for each application what lists find it by."""
    application, student, host = (
        sa.table(name, *map(sa.column, columns))
        for name, columns in (
            ("application", ("id", "student_id", "host_id", "erased_at", "nation", "search_key")),
            ("student", ("id", "given_name", "family_name", "preferred_name", "nationalities")),
            ("host", ("id", "name", "nation")),
        )
    )
    rows = op.get_bind().execute(
        sa.select(
            application.c.id,
            student.c.given_name,
            student.c.family_name,
            student.c.preferred_name,
            sa.type_coerce(student.c.nationalities, sa.JSON).label("nationalities"),
            host.c.name,
            host.c.nation,
        )
        .outerjoin_from(application, student, application.c.student_id == student.c.id)
        .outerjoin(host, application.c.host_id == host.c.id)
        .where(application.c.erased_at.is_(None))
    )
    keys = [
        {
            "row_id": row.id,
            "to_nation": row.nation or (row.nationalities or [None])[0],
            "to_key": _key(row.given_name, row.family_name, row.preferred_name, row.name),
        }
        for row in rows
    ]
    if keys:
        op.get_bind().execute(
            sa.update(application)
            .where(application.c.id == sa.bindparam("row_id"))
            .values(nation=sa.bindparam("to_nation"), search_key=sa.bindparam("to_key")),
            keys,
        )


def _key(*names: str | None) -> str:
    plain = unicodedata.normalize("NFKD", " ".join(name for name in names if name)).casefold()
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(one for one in plain if not unicodedata.combining(one))[:700]


def downgrade() -> None:
    op.create_index("ix_audit_event_programme_id", "audit_event", ["programme_id"])
    op.drop_index("ix_audit_event_programme_at", "audit_event")
    op.drop_index("ix_screening_check_expires_on", "screening_check")
    op.drop_index("ix_section_review_open", "section_review")
    op.drop_index("ix_application_listed", "application")
    op.drop_column("application", "search_key")
    op.drop_column("application", "nation")
    with op.batch_alter_table("staff_note", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_staff_note_application_id"))

    op.drop_table("staff_note")
    op.drop_table("saved_queue")
