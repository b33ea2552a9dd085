"""Roles that are offered, proposed by one and confirmed by another; partners; renewals."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ROLES = (
    "anonymous",
    "student",
    "guardian",
    "host",
    "coordinator",
    "reviewer",
    "local_coordinator",
    "partner",
    "safeguarding_lead",
    "auditor",
    "programme_administrator",
    "administrator",
)
OPEN = "state IN ('proposed', 'invited')"


def upgrade() -> None:
    op.create_table(
        "role_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("role", _enum("role", *ROLES), nullable=False),
        sa.Column("partner", sa.String(length=100), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column(
            "state",
            _enum("roleofferstate", "proposed", "invited", "taken", "withdrawn"),
            nullable=False,
        ),
        sa.Column("proposed_by_id", sa.Integer(), nullable=True),
        sa.Column("confirmed_by_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "proposed_by_id <> confirmed_by_id", name=op.f("ck_role_offer_two_persons")
        ),
        sa.CheckConstraint("account_id <> proposed_by_id", name=op.f("ck_role_offer_not_ones_own")),
        sa.CheckConstraint(
            "account_id <> confirmed_by_id", name=op.f("ck_role_offer_not_confirmed_by_oneself")
        ),
        sa.CheckConstraint(
            f"({OPEN}) = (email IS NOT NULL)", name=op.f("ck_role_offer_address_while_open")
        ),
        sa.CheckConstraint(
            f"({OPEN}) = (ended_at IS NULL)", name=op.f("ck_role_offer_ended_some_time")
        ),
        sa.CheckConstraint(
            "(state = 'invited') = (expires_at IS NOT NULL)",
            name=op.f("ck_role_offer_expires_while_invited"),
        ),
        sa.CheckConstraint(
            "(state = 'taken') = (account_id IS NOT NULL)",
            name=op.f("ck_role_offer_taken_by_somebody"),
        ),
        sa.CheckConstraint(
            "(role = 'partner') = (partner IS NOT NULL)", name=op.f("ck_role_offer_partner_named")
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_role_offer_programme_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"],
            ["account.id"],
            name=op.f("fk_role_offer_proposed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by_id"],
            ["account.id"],
            name=op.f("fk_role_offer_confirmed_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_role_offer_account_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_offer")),
        sa.UniqueConstraint("public_id", name=op.f("uq_role_offer_public_id")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_role_offer_token_hash")),
    )
    op.create_index(op.f("ix_role_offer_programme_id"), "role_offer", ["programme_id"])
    is_open = sa.text(OPEN)
    op.create_index(
        "uq_role_offer_open",
        "role_offer",
        ["programme_id", "email", "role"],
        unique=True,
        sqlite_where=is_open,
        postgresql_where=is_open,
    )
    op.create_table(
        "renewal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("previous_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["draft_id"], ["draft.id"], name=op.f("fk_renewal_draft_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["previous_id"],
            ["application.id"],
            name=op.f("fk_renewal_previous_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_renewal")),
        sa.UniqueConstraint("draft_id", name=op.f("uq_renewal_draft_id")),
    )
    op.create_index(op.f("ix_renewal_previous_id"), "renewal", ["previous_id"])
    op.add_column("membership", sa.Column("partner", sa.String(length=100), nullable=True))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_column("membership", "partner")
    op.drop_table("renewal")
    op.drop_table("role_offer")
