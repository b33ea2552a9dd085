"""Guardians with links of their own, consents one by one, and a state that waits for them."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

APPLICATION_STATES = ("waiting", "submitted", "approved", "returned", "declined", "withdrawn")
LINK_PURPOSES = ("status", "sign_in", "resume", "guardian")
NOTED_BEFORE = "Noted by staff before guardians had links of their own."


def upgrade() -> None:
    _make_tables()
    with op.batch_alter_table("cycle") as batch_op:
        batch_op.add_column(
            sa.Column("guardians_needed", sa.Integer(), nullable=False, server_default="1")
        )
        batch_op.add_column(
            sa.Column("adult_age", sa.Integer(), nullable=False, server_default="18")
        )
        batch_op.create_check_constraint(
            op.f("ck_cycle_one_or_two_guardians"), "guardians_needed BETWEEN 1 AND 2"
        )
        batch_op.create_check_constraint(
            op.f("ck_cycle_adult_age_in_range"), "adult_age BETWEEN 18 AND 21"
        )
    with op.batch_alter_table("cycle") as batch_op:
        batch_op.alter_column("guardians_needed", server_default=None)
        batch_op.alter_column("adult_age", server_default=None)
    with op.batch_alter_table("application") as batch_op:
        for name in ("guardians_needed", "guardians_agreed"):
            batch_op.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        batch_op.drop_constraint(op.f("ck_application_no_minor_approved_without_guardian"))
        batch_op.drop_constraint(op.f("ck_application_applicationstate"))
    _carry_over()
    with op.batch_alter_table("application") as batch_op:
        for name in ("guardians_needed", "guardians_agreed"):
            batch_op.alter_column(name, server_default=None)
        batch_op.drop_column("needs_guardian")
        batch_op.drop_column("guardian_agreed")
        _check_words(batch_op, "application", "state", "applicationstate", APPLICATION_STATES)
        batch_op.create_check_constraint(
            op.f("ck_application_no_minor_without_guardians"),
            "state IN ('waiting', 'declined', 'withdrawn') OR guardians_agreed >= guardians_needed",
        )
        batch_op.create_check_constraint(
            op.f("ck_application_guardians_in_range"),
            "guardians_needed BETWEEN 0 AND 2 AND guardians_agreed BETWEEN 0 AND 2"
            " AND (kind = 'student' OR guardians_needed = 0)",
        )
    with op.batch_alter_table("student") as batch_op:
        batch_op.drop_column("guardian_consent_at")
        batch_op.add_column(sa.Column("second_guardian_name", sa.String(200), nullable=True))
        batch_op.add_column(sa.Column("second_guardian_email", sa.String(254), nullable=True))
    _let_guardians_in()


def downgrade() -> None:
    op.execute("DELETE FROM access_link WHERE purpose = 'guardian'")
    op.execute("DELETE FROM web_session WHERE guardian_id IS NOT NULL")
    with op.batch_alter_table("access_link") as batch_op:
        batch_op.drop_constraint(op.f("fk_access_link_guardian_id"))
        batch_op.drop_constraint(op.f("ck_access_link_opens_what_it_is_for"))
        batch_op.drop_constraint(op.f("ck_access_link_linkpurpose"))
        batch_op.drop_column("guardian_id")
        _check_words(batch_op, "access_link", "purpose", "linkpurpose", LINK_PURPOSES[:3])
        batch_op.create_check_constraint(
            op.f("ck_access_link_opens_what_it_is_for"), _one_of("account", "application", "draft")
        )
    with op.batch_alter_table("web_session") as batch_op:
        batch_op.drop_constraint(op.f("fk_web_session_guardian_id"))
        batch_op.drop_constraint(op.f("ck_web_session_of_one_person"))
        batch_op.drop_column("guardian_id")
        batch_op.create_check_constraint(
            op.f("ck_web_session_of_one_person"), "account_id IS NULL OR application_id IS NULL"
        )
    with op.batch_alter_table("student") as batch_op:
        batch_op.drop_column("second_guardian_name")
        batch_op.drop_column("second_guardian_email")
        batch_op.add_column(
            sa.Column("guardian_consent_at", sa.DateTime(timezone=True), nullable=True)
        )
    with op.batch_alter_table("application") as batch_op:
        batch_op.add_column(
            sa.Column("needs_guardian", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(
            sa.Column("guardian_agreed", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        for name in ("no_minor_without_guardians", "guardians_in_range", "applicationstate"):
            batch_op.drop_constraint(op.f(f"ck_application_{name}"))
    op.execute("UPDATE application SET needs_guardian = (guardians_needed > 0)")
    op.execute(
        "UPDATE application SET guardian_agreed ="
        " (guardians_needed > 0 AND guardians_agreed >= guardians_needed)"
    )
    op.execute("UPDATE application SET state = 'submitted' WHERE state = 'waiting'")
    with op.batch_alter_table("application") as batch_op:
        batch_op.drop_column("guardians_needed")
        batch_op.drop_column("guardians_agreed")
        batch_op.alter_column("needs_guardian", server_default=None)
        batch_op.alter_column("guardian_agreed", server_default=None)
        _check_words(batch_op, "application", "state", "applicationstate", APPLICATION_STATES[1:])
        batch_op.create_check_constraint(
            op.f("ck_application_no_minor_approved_without_guardian"),
            "state <> 'approved' OR kind = 'host' OR NOT needs_guardian OR guardian_agreed",
        )
    with op.batch_alter_table("cycle") as batch_op:
        batch_op.drop_constraint(op.f("ck_cycle_one_or_two_guardians"))
        batch_op.drop_constraint(op.f("ck_cycle_adult_age_in_range"))
        batch_op.drop_column("guardians_needed")
        batch_op.drop_column("adult_age")
    op.drop_table("consent")
    op.drop_table("guardian")


def _make_tables() -> None:
    op.create_table(
        "guardian",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_key", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=35), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "invited",
                "agreed",
                "refused",
                "withdrawn",
                name="guardianstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paper_reason", sa.String(length=1000), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("place IN (1, 2)", name=op.f("ck_guardian_one_of_two")),
        sa.CheckConstraint(
            "state = 'invited' OR decided_at IS NOT NULL",
            name=op.f("ck_guardian_decided_some_time"),
        ),
        sa.CheckConstraint(
            "email IS NOT NULL OR paper_reason IS NOT NULL",
            name=op.f("ck_guardian_reached_by_mail_or_paper"),
        ),
        sa.CheckConstraint(
            "(email IS NULL) = (email_key IS NULL)",
            name=op.f("ck_guardian_address_with_its_key"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_guardian_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["account.id"],
            name=op.f("fk_guardian_recorded_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guardian")),
        sa.UniqueConstraint("public_id", name=op.f("uq_guardian_public_id")),
        sa.UniqueConstraint(
            "application_id", "place", name=op.f("uq_guardian_application_id_place")
        ),
        sa.UniqueConstraint(
            "application_id", "email_key", name=op.f("uq_guardian_application_id_email_key")
        ),
    )
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("guardian_id", sa.Integer(), nullable=True),
        sa.Column(
            "purpose",
            sa.Enum(
                "taking_part",
                "health_to_host",
                "faith_to_host",
                "photographs",
                "contact_after",
                "statistics",
                name="purpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("text_version >= 1", name=op.f("ck_consent_text_version_positive")),
        sa.CheckConstraint("length(text_hash) = 64", name=op.f("ck_consent_hash_whole")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at",
            name=op.f("ck_consent_withdrawn_after_given"),
        ),
        sa.CheckConstraint(
            "purpose <> 'taking_part' OR guardian_id IS NOT NULL",
            name=op.f("ck_consent_taking_part_of_guardian"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_consent_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["guardian_id"],
            ["guardian.id"],
            name=op.f("fk_consent_guardian_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_application_id"), "consent", ["application_id"])
    for giver, columns, where in (
        ("applicant", ["application_id", "purpose"], "guardian_id IS NULL"),
        ("guardian", ["guardian_id", "purpose"], "guardian_id IS NOT NULL"),
    ):
        in_force = sa.text(f"{where} AND withdrawn_at IS NULL")
        op.create_index(
            f"uq_consent_in_force_of_{giver}",
            "consent",
            columns,
            unique=True,
            sqlite_where=in_force,
            postgresql_where=in_force,
        )


def _carry_over() -> None:
    """Keep what staff had noted, each as an agreement on paper."""
    op.execute("UPDATE application SET guardians_needed = 1 WHERE needs_guardian")
    op.execute(
        "UPDATE application SET guardians_agreed = 1 WHERE needs_guardian AND guardian_agreed"
    )
    op.execute(
        "UPDATE application SET state = 'waiting' WHERE needs_guardian AND NOT guardian_agreed"
        " AND state IN ('submitted', 'returned')"
    )
    connection = op.get_bind()
    agreed = connection.execute(
        sa.text(
            "SELECT application.id, application.submitted_at, student.guardian_consent_at,"
            " student.guardian_name FROM application JOIN student"
            " ON student.id = application.student_id WHERE application.guardians_agreed = 1"
        )
    ).all()
    guardian = sa.table(
        "guardian",
        *map(sa.column, ("application_id", "public_id", "place", "name", "state", "created_at")),
        *map(sa.column, ("decided_at", "paper_reason")),
    )
    if agreed:
        connection.execute(
            guardian.insert(),
            [
                {
                    "application_id": one.id,
                    "public_id": secrets.token_hex(16),
                    "place": 1,
                    "name": one.guardian_name,
                    "state": "agreed",
                    "created_at": one.guardian_consent_at or one.submitted_at,
                    "decided_at": one.guardian_consent_at or one.submitted_at,
                    "paper_reason": NOTED_BEFORE,
                }
                for one in agreed
            ],
        )


def _let_guardians_in() -> None:
    """Sessions and links of guardians."""
    with op.batch_alter_table("web_session") as batch_op:
        batch_op.add_column(sa.Column("guardian_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("ck_web_session_of_one_person"))
        batch_op.create_check_constraint(
            op.f("ck_web_session_of_one_person"),
            "(account_id IS NULL OR application_id IS NULL)"
            " AND (guardian_id IS NULL OR (account_id IS NULL AND application_id IS NULL))",
        )
        batch_op.create_foreign_key(
            op.f("fk_web_session_guardian_id"),
            "guardian",
            ["guardian_id"],
            ["id"],
            ondelete="CASCADE",
        )
    with op.batch_alter_table("access_link") as batch_op:
        batch_op.add_column(sa.Column("guardian_id", sa.Integer(), nullable=True))
        batch_op.drop_constraint(op.f("ck_access_link_opens_what_it_is_for"))
        batch_op.drop_constraint(op.f("ck_access_link_linkpurpose"))
        _check_words(batch_op, "access_link", "purpose", "linkpurpose", LINK_PURPOSES)
        batch_op.create_check_constraint(
            op.f("ck_access_link_opens_what_it_is_for"),
            _one_of("account", "application", "draft", "guardian"),
        )
        batch_op.create_foreign_key(
            op.f("fk_access_link_guardian_id"),
            "guardian",
            ["guardian_id"],
            ["id"],
            ondelete="CASCADE",
        )


def _check_words(
    batch_op: object, table: str, column: str, name: str, words: tuple[str, ...]
) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    batch_op.create_check_constraint(  # type: ignore[attr-defined]
        op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})"
    )


def _one_of(*owners: str) -> str:
    """A link opens what its purpose says, and nothing else."""
    purposes = {"application": "status", "account": "sign_in", "draft": "resume"}
    return " OR ".join(
        f"(purpose = '{purposes.get(mine, mine)}' AND {mine}_id IS NOT NULL"
        + "".join(f" AND {other}_id IS NULL" for other in owners if other != mine)
        + ")"
        for mine in owners
    )
