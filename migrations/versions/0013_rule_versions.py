"""Versions of a cycle's rules, frontiers, and the curve of a run."""

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

PACKS = ("plain", "us_j1", "eu_2016_801", "uk_private_fostering")
STATES = (
    "queued",
    "running",
    "ready",
    "published",
    "superseded",
    "infeasible",
    "cancelled",
    "timed_out",
    "failed",
)


def upgrade() -> None:
    op.create_table(
        "rule_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("rule_pack", _enum("packname", *PACKS), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_rule_version_number_positive")),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycle.id"], name=op.f("fk_rule_version_cycle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["account.id"], name=op.f("fk_rule_version_actor_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule_version")),
        sa.UniqueConstraint("public_id", name=op.f("uq_rule_version_public_id")),
        sa.UniqueConstraint("cycle_id", "number", name=op.f("uq_rule_version_cycle_id_number")),
    )
    _first_versions()
    op.create_table(
        "frontier",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("rule_version_id", sa.Integer(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("time_limit_s", sa.Float(), nullable=False),
        sa.Column("state", _enum("runstate", *STATES), nullable=False),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("points", sa.JSON(), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "state NOT IN ('published', 'superseded')", name=op.f("ck_frontier_never_published")
        ),
        sa.CheckConstraint(
            "state <> 'running' OR (lease_until IS NOT NULL AND attempt >= 1)",
            name=op.f("ck_frontier_working_under_a_lease"),
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_frontier_progress_in_range")),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycle.id"], name=op.f("fk_frontier_cycle_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["snapshot.id"],
            name=op.f("fk_frontier_snapshot_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rule_version_id"],
            ["rule_version.id"],
            name=op.f("fk_frontier_rule_version_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"],
            ["account.id"],
            name=op.f("fk_frontier_started_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_frontier")),
        sa.UniqueConstraint("public_id", name=op.f("uq_frontier_public_id")),
    )
    with op.batch_alter_table("frontier", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_frontier_cycle_id"), ["cycle_id"], unique=False)
        batch_op.create_index(
            "uq_frontier_live",
            ["cycle_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.add_column(sa.Column("rule_version_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("curve", sa.JSON(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_match_run_rule_version_id"),
            "rule_version",
            ["rule_version_id"],
            ["id"],
            ondelete="SET NULL",
        )


def _first_versions() -> None:
    """Let every cycle that is there begin with the rules that it has."""
    cycle = sa.table(
        "cycle",
        sa.column("id", sa.Integer()),
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("rules", sa.JSON()),
        sa.column("rule_pack", sa.String()),
    )
    version = sa.table(
        "rule_version",
        sa.column("created_at", sa.DateTime(timezone=True)),
        sa.column("public_id", sa.String()),
        sa.column("cycle_id", sa.Integer()),
        sa.column("number", sa.Integer()),
        sa.column("rules", sa.JSON()),
        sa.column("rule_pack", sa.String()),
        sa.column("reason", sa.String()),
    )
    connection = op.get_bind()
    for row in connection.execute(sa.select(cycle)).all():
        connection.execute(
            sa.insert(version).values(
                created_at=row.created_at,
                public_id=secrets.token_hex(16),
                cycle_id=row.id,
                number=1,
                rules=row.rules,
                rule_pack=row.rule_pack,
                reason="",
            )
        )


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_match_run_rule_version_id"), type_="foreignkey")
        batch_op.drop_column("curve")
        batch_op.drop_column("rule_version_id")
    with op.batch_alter_table("frontier", schema=None) as batch_op:
        batch_op.drop_index("uq_frontier_live")
        batch_op.drop_index(batch_op.f("ix_frontier_cycle_id"))
    op.drop_table("frontier")
    op.drop_table("rule_version")
