"""During the stay: the contact log, who looks after whom, incidents, and whom to call."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_OF_PROGRAMME = ("duty_phone", "outside_name", "outside_email", "outside_phone")
_TABLES = (
    "incident_person",
    "incident_entry",
    "incident",
    "contact_alert",
    "contact_entry",
    "caseload",
)


def upgrade() -> None:
    op.create_table(
        "caseload",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_caseload_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_caseload_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_caseload")),
        sa.UniqueConstraint("application_id", name=op.f("uq_caseload_application_id")),
    )
    with op.batch_alter_table("caseload", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_caseload_account_id"), ["account_id"], unique=False)

    op.create_table(
        "contact_alert",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column(
            "clock",
            _enum("clockkind", "student_monthly", "host_monthly", "host_in_person", "second_visit"),
            nullable=False,
        ),
        sa.Column("since_on", sa.Date(), nullable=False),
        sa.Column(
            "stage", _enum("stage", "in_time", "remind", "overdue", "escalated"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_contact_alert_application_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_alert")),
        sa.UniqueConstraint(
            "application_id",
            "clock",
            "since_on",
            "stage",
            name=op.f("uq_contact_alert_application_id_clock_since_on_stage"),
        ),
    )
    op.create_table(
        "contact_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=False),
        sa.Column("met_on", sa.Date(), nullable=False),
        sa.Column(
            "kind", _enum("contactkind", "in_person", "video", "phone", "message"), nullable=False
        ),
        sa.Column(
            "outcome",
            _enum("contactoutcome", "all_well", "watch", "act", "not_held"),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("is_independent", sa.Boolean(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("corrects_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "outcome <> 'not_held' OR corrects_id IS NOT NULL",
            name=op.f("ck_contact_entry_not_held_corrects"),
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_contact_entry_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_contact_entry_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["corrects_id"],
            ["contact_entry.id"],
            name=op.f("fk_contact_entry_corrects_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_entry")),
        sa.UniqueConstraint("corrects_id", name=op.f("uq_contact_entry_corrects_id")),
        sa.UniqueConstraint("public_id", name=op.f("uq_contact_entry_public_id")),
    )
    with op.batch_alter_table("contact_entry", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contact_entry_application_id_met_on", ["application_id", "met_on"], unique=False
        )

    op.create_table(
        "incident",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("about_id", sa.Integer(), nullable=False),
        sa.Column(
            "reporter", _enum("reporter", "student", "guardian", "host", "staff"), nullable=False
        ),
        sa.Column("reporter_account_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=64), nullable=False),
        sa.Column(
            "state", _enum("incidentstate", "reported", "acknowledged", "decided"), nullable=False
        ),
        sa.Column("acknowledge_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decide_by", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "outcome",
            _enum("incidentoutcome", "no_action", "watched", "relocation", "authority"),
            nullable=True,
        ),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_frozen", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL)",
            name=op.f("ck_incident_decided_some_time"),
        ),
        sa.CheckConstraint(
            "(state = 'reported') = (acknowledged_at IS NULL)",
            name=op.f("ck_incident_acknowledged_some_time"),
        ),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'authority' OR told_at IS NOT NULL",
            name=op.f("ck_incident_authority_told_some_time"),
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL) = (outcome IS NULL)", name=op.f("ck_incident_decided_something")
        ),
        sa.ForeignKeyConstraint(
            ["about_id"], ["application.id"], name=op.f("fk_incident_about_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"], ["cycle.id"], name=op.f("fk_incident_cycle_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_incident_programme_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reporter_account_id"],
            ["account.id"],
            name=op.f("fk_incident_reporter_account_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_incident_idempotency_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_incident_public_id")),
    )
    with op.batch_alter_table("incident", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_incident_about_id"), ["about_id"], unique=False)
        batch_op.create_index(
            "ix_incident_programme_id_state", ["programme_id", "state"], unique=False
        )

    op.create_table(
        "incident_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            _enum(
                "entrykind",
                "reported",
                "acknowledged",
                "note",
                "named",
                "guardian_named",
                "decided",
                "erasure_asked",
                "erasure_refused",
                "erasure_allowed",
            ),
            nullable=False,
        ),
        sa.Column("text", sa.String(length=4000), nullable=True),
        sa.Column(
            "outcome",
            _enum("incidentoutcome", "no_action", "watched", "relocation", "authority"),
            nullable=True,
        ),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_incident_entry_application_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_incident_entry_by_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_entry_incident_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_entry")),
    )
    with op.batch_alter_table("incident_entry", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_entry_incident_id"), ["incident_id"], unique=False
        )

    op.create_table(
        "incident_person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(application_id IS NULL) <> (account_id IS NULL)",
            name=op.f("ck_incident_person_one_person"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_incident_person_account_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_incident_person_application_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"],
            ["incident.id"],
            name=op.f("fk_incident_person_incident_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incident_person")),
        sa.UniqueConstraint(
            "incident_id", "account_id", name=op.f("uq_incident_person_incident_id_account_id")
        ),
        sa.UniqueConstraint(
            "incident_id",
            "application_id",
            name=op.f("uq_incident_person_incident_id_application_id"),
        ),
    )
    with op.batch_alter_table("incident_person", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_incident_person_account_id"), ["account_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_incident_person_application_id"), ["application_id"], unique=False
        )

    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "leave_reason",
                _enum(
                    "relocationreason",
                    "reported",
                    "behaviour",
                    "school_change",
                    "circumstances",
                    "incompatibility",
                    "other",
                ),
                nullable=True,
            )
        )
        batch_op.add_column(sa.Column("next_look_on", sa.Date(), nullable=True))
        batch_op.create_index(
            "ix_offer_next_look", ["cycle_id", "next_look_on", "ended_at"], unique=False
        )

    with op.batch_alter_table("programme", schema=None) as batch_op:
        batch_op.add_column(sa.Column("duty_phone", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("outside_name", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("outside_email", sa.String(length=254), nullable=True))
        batch_op.add_column(sa.Column("outside_phone", sa.String(length=40), nullable=True))


def _enum(name: str, *values: str) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def downgrade() -> None:
    with op.batch_alter_table("programme", schema=None) as batch_op:
        for name in _OF_PROGRAMME:
            batch_op.drop_column(name)
    with op.batch_alter_table("offer", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_offer_relocationreason"), type_="check")
        batch_op.drop_index("ix_offer_next_look")
        batch_op.drop_column("next_look_on")
        batch_op.drop_column("leave_reason")
    for name in _TABLES:
        op.drop_table(name)
