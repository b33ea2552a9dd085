"""A second step of signing in, a second person for publishing, and offers of placements."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None

LINK_PURPOSES = ("status", "sign_in", "resume", "guardian", "password", "email")


def upgrade() -> None:
    _make_second_factors()
    _let_links_change_accounts()


def downgrade() -> None:
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
