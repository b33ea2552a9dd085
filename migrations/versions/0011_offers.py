"""A second step of signing in, a second person for publishing, and offers of placements."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PLACEMENT_STATES = (
    "proposed",
    "offered",
    "accepted",
    "declined",
    "confirmed",
    "lapsed",
    "ended",
    "moved",
)
PROGRAMME_NUMBERS = (
    ("offer_days", 7, 1, 60),
    ("contact_days", 21, 0, 120),
    ("hold_hours", 48, 1, 720),
)
LINK_PURPOSES = ("status", "sign_in", "resume", "guardian", "password", "email")


def upgrade() -> None:
    _make_second_factors()
    _let_links_change_accounts()
    _make_publications()
    _make_offers()
    _make_holds()
    with op.batch_alter_table("placement") as batch_op:
        batch_op.drop_constraint(op.f("ck_placement_placementstate"))
        _check_words(batch_op, "placement", "state", "placementstate", PLACEMENT_STATES)
    with op.batch_alter_table("programme") as batch_op:
        for name, default, low, high in PROGRAMME_NUMBERS:
            column = sa.Column(name, sa.Integer(), nullable=False, server_default=str(default))
            batch_op.add_column(column)
            batch_op.create_check_constraint(
                op.f(f"ck_programme_{name}_in_range"), f"{name} BETWEEN {low} AND {high}"
            )
    with op.batch_alter_table("programme") as batch_op:
        for name, *_numbers in PROGRAMME_NUMBERS:
            batch_op.alter_column(name, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("programme") as batch_op:
        for name, *_numbers in PROGRAMME_NUMBERS:
            batch_op.drop_constraint(op.f(f"ck_programme_{name}_in_range"))
            batch_op.drop_column(name)
    op.execute("UPDATE placement SET state = 'ended' WHERE state = 'lapsed'")
    with op.batch_alter_table("placement") as batch_op:
        batch_op.drop_constraint(op.f("ck_placement_placementstate"))
        states = tuple(one for one in PLACEMENT_STATES if one != "lapsed")
        _check_words(batch_op, "placement", "state", "placementstate", states)
    for table in ("hold", "held_place", "offer_note", "offer_answer", "offer", "publication"):
        op.drop_table(table)
    _forget_links_that_change_accounts()
    op.drop_index("ix_recovery_code_account_id", table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index("uq_second_factor_pending", table_name="second_factor")
    op.drop_index("uq_second_factor_confirmed", table_name="second_factor")
    op.drop_table("second_factor")


def _make_second_factors() -> None:
    op.create_table(
        "second_factor",
        *_row(),
        _reference("second_factor", "account_id", "account", nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        _moment("confirmed_at"),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_second_factor")),
    )
    for name, condition in (("confirmed", "IS NOT NULL"), ("pending", "IS NULL")):
        _make_partial_index(
            f"uq_second_factor_{name}", "second_factor", f"confirmed_at {condition}", "account_id"
        )
    op.create_table(
        "recovery_code",
        *_row(),
        _reference("recovery_code", "account_id", "account", nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        _moment("used_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recovery_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_recovery_code_code_hash")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"])


def _let_links_change_accounts() -> None:
    with op.batch_alter_table("web_session") as batch_op:
        batch_op.add_column(_moment("stepped_up_at"))
        batch_op.create_check_constraint(
            op.f("ck_web_session_stepped_up_by_staff"),
            "stepped_up_at IS NULL OR account_id IS NOT NULL",
        )
    with op.batch_alter_table("access_link") as batch_op:
        batch_op.drop_constraint(op.f("ck_access_link_opens_what_it_is_for"))
        batch_op.drop_constraint(op.f("ck_access_link_linkpurpose"))
        batch_op.add_column(sa.Column("new_email", sa.String(length=254), nullable=True))
        _check_words(batch_op, "access_link", "purpose", "linkpurpose", LINK_PURPOSES)
        batch_op.create_check_constraint(
            op.f("ck_access_link_opens_what_it_is_for"),
            _opens("IN ('sign_in', 'password', 'email')"),
        )
        batch_op.create_check_constraint(
            op.f("ck_access_link_new_address_to_confirm"),
            "(new_email IS NOT NULL) = (purpose = 'email')",
        )


def _forget_links_that_change_accounts() -> None:
    op.execute("DELETE FROM access_link WHERE purpose IN ('password', 'email')")
    with op.batch_alter_table("access_link") as batch_op:
        for name in ("new_address_to_confirm", "opens_what_it_is_for", "linkpurpose"):
            batch_op.drop_constraint(op.f(f"ck_access_link_{name}"))
        batch_op.drop_column("new_email")
        _check_words(batch_op, "access_link", "purpose", "linkpurpose", LINK_PURPOSES[:4])
        batch_op.create_check_constraint(
            op.f("ck_access_link_opens_what_it_is_for"), _opens("= 'sign_in'")
        )
    with op.batch_alter_table("web_session") as batch_op:
        batch_op.drop_constraint(op.f("ck_web_session_stepped_up_by_staff"))
        batch_op.drop_column("stepped_up_at")


def _make_publications() -> None:
    op.create_table(
        "publication",
        *_row(),
        _public_id(),
        _reference("publication", "cycle_id", "cycle", nullable=False),
        _reference("publication", "run_id", "match_run", nullable=False),
        _words("state", "publicationstate", "open", "confirmed", "withdrawn", "fallen"),
        _reference("publication", "proposed_by_id", "account", nullable=False, ondelete="RESTRICT"),
        _moment("proposed_at", nullable=False),
        _reference("publication", "confirmed_by_id", "account", ondelete="RESTRICT"),
        _moment("ended_at"),
        _check("publication", "two_persons", "proposed_by_id <> confirmed_by_id"),
        _check(
            "publication",
            "confirmed_by_somebody",
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)",
        ),
        _check("publication", "ended_some_time", "(state = 'open') = (ended_at IS NULL)"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_publication")),
        sa.UniqueConstraint("public_id", name=op.f("uq_publication_public_id")),
    )
    op.create_index(op.f("ix_publication_run_id"), "publication", ["run_id"])
    _make_partial_index("uq_publication_open", "publication", "state = 'open'", "cycle_id")


def _make_offers() -> None:
    op.create_table(
        "offer",
        *_row(),
        _public_id(),
        _reference("offer", "cycle_id", "cycle", nullable=False),
        _reference("offer", "placement_id", "placement", nullable=False),
        _reference("offer", "student_application_id", "application", nullable=False),
        _reference("offer", "host_application_id", "application", nullable=False),
        *(_moment(name) for name in ("made_at", "deadline_at", "confirmed_at", "ended_at")),
        _words(
            "end_reason",
            "offerend",
            "declined",
            "lapsed",
            "withdrawn",
            "left",
            "replaced",
            nullable=True,
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        _check("offer", "ended_for_a_reason", "(ended_at IS NULL) = (end_reason IS NULL)"),
        _check("offer", "made_with_deadline", "(made_at IS NULL) = (deadline_at IS NULL)"),
        _check("offer", "version_positive", "version >= 1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_offer_public_id")),
        sa.UniqueConstraint("placement_id", name=op.f("uq_offer_placement_id")),
    )
    op.create_index(op.f("ix_offer_host_application_id"), "offer", ["host_application_id"])
    op.create_index("ix_offer_cycle_deadline", "offer", ["cycle_id", "deadline_at"])
    _make_partial_index(
        "uq_offer_student_live", "offer", "ended_at IS NULL", "student_application_id"
    )
    op.create_table(
        "offer_answer",
        *_row(),
        _reference("offer_answer", "offer_id", "offer", nullable=False),
        _reference("offer_answer", "application_id", "application", nullable=False),
        _words("party", "party", "student", "guardian", "host"),
        _reference("offer_answer", "guardian_id", "guardian"),
        sa.Column("guardian_key", sa.Integer(), nullable=False),
        _words("answer", "answer", "awaited", "accepted", "declined"),
        _moment("answered_at"),
        _reference("offer_answer", "recorded_by_id", "account", ondelete="SET NULL"),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        _check(
            "offer_answer", "answered_some_time", "(answer = 'awaited') = (answered_at IS NULL)"
        ),
        _check("offer_answer", "guardian_named", "(party = 'guardian') = (guardian_key > 0)"),
        _check("offer_answer", "reason_to_decline", "reason IS NULL OR answer = 'declined'"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_answer")),
        sa.UniqueConstraint(
            "offer_id",
            "party",
            "guardian_key",
            name=op.f("uq_offer_answer_offer_id_party_guardian_key"),
        ),
    )
    op.create_index(op.f("ix_offer_answer_application_id"), "offer_answer", ["application_id"])
    op.create_table(
        "offer_note",
        *_row(),
        _reference("offer_note", "offer_id", "offer", nullable=False),
        _words("kind", "notekind", "extended", "withdrawn", "answered"),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        _reference("offer_note", "by_id", "account", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offer_note")),
    )
    op.create_index(op.f("ix_offer_note_offer_id"), "offer_note", ["offer_id"])


def _make_holds() -> None:
    op.create_table(
        "held_place",
        *_row(),
        _reference("held_place", "host_id", "host", nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        _reference("held_place", "offer_id", "offer", nullable=False),
        _check("held_place", "numbered_from_one", "number >= 1"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_held_place")),
        sa.UniqueConstraint("host_id", "number", name=op.f("uq_held_place_host_id_number")),
        sa.UniqueConstraint("offer_id", name=op.f("uq_held_place_offer_id")),
    )
    op.create_table(
        "hold",
        *_row(),
        _public_id(),
        _reference("hold", "cycle_id", "cycle", nullable=False),
        _reference("hold", "student_application_id", "application", nullable=False),
        _reference("hold", "host_application_id", "application", nullable=False),
        _words("state", "holdstate", "queued", "active", "released", "lapsed"),
        sa.Column("slot", sa.Integer(), nullable=False),
        _moment("until"),
        _check("hold", "timed_once_active", "state <> 'active' OR until IS NOT NULL"),
        _check("hold", "two_a_host", "slot BETWEEN 1 AND 2"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
        sa.UniqueConstraint("public_id", name=op.f("uq_hold_public_id")),
    )
    op.create_index(op.f("ix_hold_cycle_id"), "hold", ["cycle_id"])
    waiting = "state IN ('queued', 'active')"
    _make_partial_index(
        "uq_hold_student_active", "hold", "state = 'active'", "student_application_id"
    )
    _make_partial_index("uq_hold_host_slot", "hold", waiting, "host_application_id", "slot")
    _make_partial_index(
        "uq_hold_pair", "hold", waiting, "student_application_id", "host_application_id"
    )


def _opens(of_accounts: str) -> str:
    return (
        "(purpose = 'status' AND application_id IS NOT NULL AND account_id IS NULL"
        " AND draft_id IS NULL AND guardian_id IS NULL)"
        f" OR (purpose {of_accounts} AND account_id IS NOT NULL AND application_id IS NULL"
        " AND draft_id IS NULL AND guardian_id IS NULL)"
        " OR (purpose = 'resume' AND draft_id IS NOT NULL AND application_id IS NULL"
        " AND account_id IS NULL AND guardian_id IS NULL)"
        " OR (purpose = 'guardian' AND guardian_id IS NOT NULL AND application_id IS NULL"
        " AND account_id IS NULL AND draft_id IS NULL)"
    )


def _row() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def _public_id() -> sa.Column[object]:
    return sa.Column("public_id", sa.String(length=32), nullable=False)


def _words(column: str, name: str, *words: str, nullable: bool = False) -> sa.Column[object]:
    kind = sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)
    return sa.Column(column, kind, nullable=nullable)


def _check(table: str, name: str, condition: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(condition, name=op.f(f"ck_{table}_{name}"))


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _reference(
    table: str, column: str, to: str, *, nullable: bool = True, ondelete: str = "CASCADE"
) -> sa.Column[object]:
    key = sa.ForeignKey(f"{to}.id", name=op.f(f"fk_{table}_{column}"), ondelete=ondelete)
    return sa.Column(column, sa.Integer(), key, nullable=nullable)


def _make_partial_index(name: str, table: str, condition: str, *columns: str) -> None:
    where = sa.text(condition)
    op.create_index(
        name, table, list(columns), unique=True, sqlite_where=where, postgresql_where=where
    )


def _check_words(batch_op, table: str, column: str, name: str, words: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{word}'" for word in words)
    batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), f"{column} IN ({listed})")
