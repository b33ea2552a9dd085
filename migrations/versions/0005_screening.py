"""Screening by section, checks of hosts, and what a rule pack asks of them."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_NEW_OF_HOSTS = (
    ("motivation", sa.Text()),
    ("house_rules", sa.Text()),
    ("responsible_name", sa.String(length=200)),
    ("responsible_email", sa.String(length=254)),
    ("insurer", sa.String(length=200)),
    ("reference_1_name", sa.String(length=200)),
    ("reference_1_email", sa.String(length=254)),
    ("reference_1_phone", sa.String(length=40)),
    ("reference_1_relation", sa.String(length=100)),
    ("reference_2_name", sa.String(length=200)),
    ("reference_2_email", sa.String(length=254)),
    ("reference_2_phone", sa.String(length=40)),
    ("reference_2_relation", sa.String(length=100)),
)
_COUNTS_OF_HOSTS = (("guest_rooms", 0), ("guest_beds", 0), ("group_size", 1))
_PACKS = ("plain", "us_j1", "eu_2016_801", "uk_private_fostering")


def _words(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    # Written out: SQLite adds a column with its check only in one statement, and copying a table
    # that others point at would break what they point at.
    packs = ", ".join(f"'{name}'" for name in _PACKS)
    op.execute(
        "ALTER TABLE cycle ADD COLUMN rule_pack VARCHAR(32) NOT NULL DEFAULT 'plain'"
        f" CONSTRAINT ck_cycle_packname CHECK (rule_pack IN ({packs}))"
    )
    for name, kind in _NEW_OF_HOSTS:
        op.add_column("host", sa.Column(name, kind, nullable=True))
    for name, least in _COUNTS_OF_HOSTS:
        op.execute(
            f"ALTER TABLE host ADD COLUMN {name} INTEGER CONSTRAINT ck_host_{name}_in_range"
            f" CHECK ({name} IS NULL OR {name} BETWEEN {least} AND 500)"
        )
    op.create_table(
        "section_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column(
            "section",
            _words(
                "section",
                "identity",
                "stay",
                "needs",
                "letter",
                "guardian",
                "contact",
                "household",
                "organisation",
                "home",
                "places",
                "welcome",
                "references",
                "house_rules",
            ),
            nullable=False,
        ),
        sa.Column("state", _words("sectionstate", "open", "approved", "returned"), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("second_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("second_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_section_review_version_positive")),
        sa.CheckConstraint(
            "(state = 'returned') = (reason IS NOT NULL)",
            name=op.f("ck_section_review_returned_with_a_reason"),
        ),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL)",
            name=op.f("ck_section_review_decided_at_some_time"),
        ),
        sa.CheckConstraint(
            "(second_at IS NULL AND second_by_id IS NULL)"
            " OR (state = 'approved' AND second_at IS NOT NULL AND second_by_id IS NOT NULL"
            " AND decided_by_id IS NOT NULL AND second_by_id <> decided_by_id)",
            name=op.f("ck_section_review_second_review_by_another"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_section_review_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"],
            ["account.id"],
            name=op.f("fk_section_review_decided_by_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["second_by_id"],
            ["account.id"],
            name=op.f("fk_section_review_second_by_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_section_review")),
        sa.UniqueConstraint(
            "application_id", "section", name=op.f("uq_section_review_application_id_section")
        ),
    )
    op.create_table(
        "screening_check",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            _words(
                "checkkind",
                "background",
                "interview",
                "home_visit",
                "photos",
                "means",
                "reference_1",
                "reference_2",
                "insurance",
                "responsible_person",
            ),
            nullable=False,
        ),
        sa.Column("member_id", sa.Integer(), nullable=True),
        sa.Column("member_number", sa.Integer(), nullable=True),
        sa.Column("outcome", _words("checkoutcome", "pass", "fail", "pending"), nullable=False),
        sa.Column("issuer", sa.String(length=200), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=True),
        sa.Column("done_on", sa.Date(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "expires_on IS NULL OR expires_on >= done_on",
            name=op.f("ck_screening_check_expires_after_it_was_done"),
        ),
        sa.CheckConstraint(
            "CASE WHEN kind = 'background'"
            " THEN (member_id IS NULL) <> (member_number IS NULL)"
            " ELSE member_id IS NULL AND member_number IS NULL END",
            name=op.f("ck_screening_check_of_a_person_or_of_the_host"),
        ),
        sa.CheckConstraint(
            "member_number IS NULL OR member_number BETWEEN 1 AND 50",
            name=op.f("ck_screening_check_number_in_range"),
        ),
        sa.CheckConstraint("length(issuer) > 0", name=op.f("ck_screening_check_issuer_stated")),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_screening_check_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"],
            ["household_member.id"],
            name=op.f("fk_screening_check_member_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"],
            ["account.id"],
            name=op.f("fk_screening_check_recorded_by_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_screening_check")),
    )
    op.create_index(
        op.f("ix_screening_check_application_id"), "screening_check", ["application_id"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_screening_check_application_id"), table_name="screening_check")
    op.drop_table("screening_check")
    op.drop_table("section_review")
    for name, _least in reversed(_COUNTS_OF_HOSTS):
        op.drop_column("host", name)
    for name, _kind in reversed(_NEW_OF_HOSTS):
        op.drop_column("host", name)
    op.drop_column("cycle", "rule_pack")
