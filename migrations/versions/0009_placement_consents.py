"""Agreements to single placements, findings about live ones, and guardians who are asked again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_CODES = ("single_adult", "second_guest", "mixed_ages", "contested_nations", "unmet_wish")


def upgrade() -> None:
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.add_column(sa.Column("asked_again_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "placement_consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("guardian_id", sa.Integer(), nullable=True),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column(
            "code",
            sa.Enum(
                *_CODES, name="pairconsent", native_enum=False, create_constraint=True, length=32
            ),
            nullable=False,
        ),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("text_version", sa.Integer(), nullable=False),
        sa.Column("text_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "text_version >= 1", name=op.f("ck_placement_consent_text_version_positive")
        ),
        sa.CheckConstraint("length(text_hash) = 64", name=op.f("ck_placement_consent_hash_whole")),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at",
            name=op.f("ck_placement_consent_withdrawn_after_given"),
        ),
        _key("placement_consent", "application", "CASCADE"),
        _key("placement_consent", "guardian", "CASCADE"),
        _key("placement_consent", "student", "RESTRICT"),
        _key("placement_consent", "host", "RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_consent")),
    )
    for name in ("application_id", "student_id", "host_id"):
        _index("placement_consent", name)
    for giver, column, is_null in (
        ("applicant", "application_id", "guardian_id IS NULL"),
        ("guardian", "guardian_id", "guardian_id IS NOT NULL"),
    ):
        in_force = sa.text(f"{is_null} AND withdrawn_at IS NULL")
        op.create_index(
            f"uq_placement_consent_of_{giver}",
            "placement_consent",
            [column, "student_id", "host_id", "code"],
            unique=True,
            sqlite_where=in_force,
            postgresql_where=in_force,
        )
    op.create_table(
        "placement_finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("placement_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "side IN ('student', 'host', 'pair')", name=op.f("ck_placement_finding_side_known")
        ),
        sa.CheckConstraint(
            "settled_at IS NULL OR settled_at >= found_at",
            name=op.f("ck_placement_finding_settled_after_found"),
        ),
        _key("placement_finding", "placement", "CASCADE"),
        _key("placement_finding", "cycle", "CASCADE"),
        _key("placement_finding", "application", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_finding")),
    )
    for name in ("placement_id", "cycle_id", "application_id"):
        _index("placement_finding", name)
    unsettled = sa.text("settled_at IS NULL")
    op.create_index(
        "uq_placement_finding_open",
        "placement_finding",
        ["placement_id", "key"],
        unique=True,
        sqlite_where=unsettled,
        postgresql_where=unsettled,
    )
    op.create_table(
        "placement_recheck",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("placements", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "placements >= 0 AND found >= 0",
            name=op.f("ck_placement_recheck_counts_not_negative"),
        ),
        _key("placement_recheck", "cycle", "CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement_recheck")),
        sa.UniqueConstraint("cycle_id", "day", name=op.f("uq_placement_recheck_cycle_id_day")),
    )


def _key(table: str, to: str, on_delete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        [f"{to}_id"], [f"{to}.id"], name=op.f(f"fk_{table}_{to}_id"), ondelete=on_delete
    )


def _index(table: str, column: str) -> None:
    op.create_index(op.f(f"ix_{table}_{column}"), table, [column], unique=False)


def downgrade() -> None:
    op.drop_table("placement_recheck")
    op.drop_table("placement_finding")
    op.drop_table("placement_consent")
    with op.batch_alter_table("guardian", schema=None) as batch_op:
        batch_op.drop_column("asked_again_at")
