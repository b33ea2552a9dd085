"""Runs made by hand and by re-matching, decisions by hand, relocations, stored prices."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("match_run") as batch_op:
        batch_op.add_column(
            sa.Column("kind", sa.String(length=32), nullable=False, server_default="solve")
        )
        batch_op.add_column(sa.Column("parent_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            op.f("fk_match_run_parent_id"),
            "match_run",
            ["parent_id"],
            ["id"],
            ondelete="RESTRICT",
        )
        batch_op.create_check_constraint(
            op.f("ck_match_run_runkind"), "kind IN ('solve', 'hand', 'rematch')"
        )
        batch_op.create_check_constraint(
            op.f("ck_match_run_derived_from_another"), "kind = 'solve' OR parent_id IS NOT NULL"
        )
    op.create_index(op.f("ix_match_run_parent_id"), "match_run", ["parent_id"])
    op.create_table(
        "override",
        *_record(),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        _key("override", "cycle_id", "cycle"),
        _key("override", "run_id", "match_run", nullable=True),
        sa.Column(
            "kind",
            _enum("overridekind", "pin", "forbid", "move", "swap", "release"),
            nullable=False,
        ),
        _key("override", "student_id", "student"),
        _key("override", "host_id", "host", nullable=True),
        _key("override", "other_student_id", "student", nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        _key("override", "made_by_id", "account", nullable=True, ondelete="SET NULL"),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        _key("override", "taken_back_by_id", "account", nullable=True, ondelete="SET NULL"),
        sa.Column("taken_back_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "kind NOT IN ('pin', 'forbid') OR host_id IS NOT NULL",
            name=op.f("ck_override_pair_of_two"),
        ),
        sa.CheckConstraint(
            "kind <> 'swap' OR other_student_id IS NOT NULL", name=op.f("ck_override_swap_of_two")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_override")),
        sa.UniqueConstraint("public_id", name=op.f("uq_override_public_id")),
    )
    _index("override", "cycle_id", "run_id", "student_id")
    op.create_table(
        "relocation",
        *_record(),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        _key("relocation", "cycle_id", "cycle"),
        _key("relocation", "student_id", "student"),
        _key("relocation", "from_host_id", "host"),
        _key("relocation", "to_host_id", "host", nullable=True, ondelete="SET NULL"),
        _key("relocation", "from_placement_id", "placement", nullable=True, ondelete="SET NULL"),
        _key("relocation", "to_placement_id", "placement", nullable=True, ondelete="SET NULL"),
        sa.Column(
            "reason",
            _enum(
                "relocationreason",
                "reported",
                "behaviour",
                "school_change",
                "circumstances",
                "incompatibility",
                "other",
            ),
            nullable=False,
        ),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        _key("relocation", "recorded_by_id", "account", nullable=True, ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_relocation")),
        sa.UniqueConstraint("public_id", name=op.f("uq_relocation_public_id")),
        sa.UniqueConstraint("from_placement_id", name=op.f("uq_relocation_from_placement_id")),
    )
    _index("relocation", "cycle_id", "student_id")
    op.create_table(
        "run_price",
        *_record(),
        _key("run_price", "run_id", "match_run"),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_run_price")),
        sa.UniqueConstraint("run_id", name=op.f("uq_run_price_run_id")),
    )


def _record() -> tuple[sa.Column[int], sa.Column[object]]:
    return (
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )


def _key(
    table: str, name: str, other: str, *, nullable: bool = False, ondelete: str = "CASCADE"
) -> sa.Column[int]:
    key = sa.ForeignKey(f"{other}.id", name=op.f(f"fk_{table}_{name}"), ondelete=ondelete)
    return sa.Column(name, sa.Integer(), key, nullable=nullable)


def _index(table: str, *names: str) -> None:
    for name in names:
        op.create_index(op.f(f"ix_{table}_{name}"), table, [name])


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    op.drop_table("run_price")
    op.drop_table("relocation")
    op.drop_table("override")
    op.drop_index(op.f("ix_match_run_parent_id"), table_name="match_run")
    with op.batch_alter_table("match_run") as batch_op:
        batch_op.drop_constraint(op.f("ck_match_run_derived_from_another"), type_="check")
        batch_op.drop_constraint(op.f("ck_match_run_runkind"), type_="check")
        batch_op.drop_constraint(op.f("fk_match_run_parent_id"), type_="foreignkey")
        batch_op.drop_column("parent_id")
        batch_op.drop_column("kind")
