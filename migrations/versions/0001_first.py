"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("display_name", sa.String(length=200), nullable=False),
        sa.Column("password_hash", sa.String(length=255), nullable=True),
        sa.Column("is_administrator", sa.Boolean(), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "email = lower(email)",
            name=op.f("ck_account_email_lower_case"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
        sa.UniqueConstraint("public_id", name=op.f("uq_account_public_id")),
    )
    op.create_table(
        "audit_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=64), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject_kind", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_event")),
        sa.UniqueConstraint("hash", name=op.f("uq_audit_event_hash")),
        sa.UniqueConstraint("previous_hash", name=op.f("uq_audit_event_previous_hash")),
    )
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_audit_event_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "host",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "household",
                "institution",
                name="hostkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("address", sa.String(length=500), nullable=True),
        sa.Column("city", sa.String(length=200), nullable=True),
        sa.Column("nation", sa.String(length=2), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("available_from", sa.Date(), nullable=True),
        sa.Column("available_to", sa.Date(), nullable=True),
        sa.Column("offers", sa.JSON(), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=True),
        sa.Column("adults", sa.Integer(), nullable=True),
        sa.Column("children", sa.Integer(), nullable=True),
        sa.Column("child_ages", sa.JSON(), nullable=False),
        sa.Column("household_genders", sa.JSON(), nullable=False),
        sa.Column(
            "lifestyle",
            sa.Enum(
                "quiet",
                "lively",
                name="lifestyle",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("genders_accepted", sa.JSON(), nullable=False),
        sa.Column("min_age", sa.Integer(), nullable=True),
        sa.Column("max_age", sa.Integer(), nullable=True),
        sa.Column("group", sa.String(length=100), nullable=True),
        sa.Column("never", sa.JSON(), nullable=False),
        sa.Column("about", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "available_from IS NULL OR available_to IS NULL OR available_from <= available_to",
            name=op.f("ck_host_availability_runs_forward"),
        ),
        sa.CheckConstraint("capacity BETWEEN 0 AND 500", name=op.f("ck_host_capacity_in_range")),
        sa.CheckConstraint(
            "min_age IS NULL OR max_age IS NULL OR min_age <= max_age",
            name=op.f("ck_host_ages_in_order"),
        ),
        sa.CheckConstraint(
            "length(nation) = 2",
            name=op.f("ck_host_nation_of_two_letters"),
        ),
        sa.CheckConstraint(
            "adults IS NULL OR adults BETWEEN 0 AND 50",
            name=op.f("ck_host_adults_in_range"),
        ),
        sa.CheckConstraint(
            "children IS NULL OR children BETWEEN 0 AND 50",
            name=op.f("ck_host_children_in_range"),
        ),
        sa.CheckConstraint(
            "min_age IS NULL OR min_age BETWEEN 0 AND 120",
            name=op.f("ck_host_min_age_in_range"),
        ),
        sa.CheckConstraint(
            "max_age IS NULL OR max_age BETWEEN 0 AND 120",
            name=op.f("ck_host_max_age_in_range"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_host")),
        sa.UniqueConstraint("public_id", name=op.f("uq_host_public_id")),
    )
    op.create_table(
        "outbox_mail",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("message_id", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dead_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "attempts >= 0",
            name=op.f("ck_outbox_mail_attempts_not_negative"),
        ),
        sa.CheckConstraint(
            "sent_at IS NULL OR dead_at IS NULL",
            name=op.f("ck_outbox_mail_sent_or_given_up"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_mail")),
        sa.UniqueConstraint("key", name=op.f("uq_outbox_mail_key")),
        sa.UniqueConstraint("message_id", name=op.f("uq_outbox_mail_message_id")),
    )
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_outbox_mail_next_attempt_at"),
            ["next_attempt_at"],
            unique=False,
        )

    op.create_table(
        "programme",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_programme")),
        sa.UniqueConstraint("public_id", name=op.f("uq_programme_public_id")),
    )
    op.create_table(
        "rate_limit",
        sa.Column("bucket", sa.String(length=128), nullable=False),
        sa.Column("window_started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "count >= 1",
            name=op.f("ck_rate_limit_count_positive"),
        ),
        sa.PrimaryKeyConstraint("bucket", "window_started_at", name=op.f("pk_rate_limit")),
    )
    op.create_table(
        "student",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("given_name", sa.String(length=200), nullable=True),
        sa.Column("family_name", sa.String(length=200), nullable=True),
        sa.Column("preferred_name", sa.String(length=200), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("birth_on", sa.Date(), nullable=True),
        sa.Column("age", sa.Integer(), nullable=True),
        sa.Column(
            "gender",
            sa.Enum(
                "female",
                "male",
                "non_binary",
                name="gender",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("nationalities", sa.JSON(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("interests", sa.JSON(), nullable=False),
        sa.Column("field", sa.String(length=8), nullable=True),
        sa.Column("home_city", sa.String(length=200), nullable=True),
        sa.Column("school", sa.String(length=200), nullable=True),
        sa.Column("arrive_on", sa.Date(), nullable=True),
        sa.Column("depart_on", sa.Date(), nullable=True),
        sa.Column("needs", sa.JSON(), nullable=False),
        sa.Column("wishes", sa.JSON(), nullable=False),
        sa.Column(
            "lifestyle",
            sa.Enum(
                "quiet",
                "lively",
                name="lifestyle",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("waiting_since", sa.Date(), nullable=True),
        sa.Column("host_gender", sa.JSON(), nullable=False),
        sa.Column("ranked_hosts", sa.JSON(), nullable=False),
        sa.Column("keep_with", sa.JSON(), nullable=False),
        sa.Column("keep_apart", sa.JSON(), nullable=False),
        sa.Column("partner", sa.String(length=100), nullable=True),
        sa.Column("never", sa.JSON(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=True),
        sa.Column("emergency_contact", sa.String(length=500), nullable=True),
        sa.Column("guardian_name", sa.String(length=200), nullable=True),
        sa.Column("guardian_email", sa.String(length=254), nullable=True),
        sa.Column("guardian_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "age IS NULL OR age BETWEEN 0 AND 120", name=op.f("ck_student_age_in_range")
        ),
        sa.CheckConstraint(
            "arrive_on IS NULL OR depart_on IS NULL OR arrive_on <= depart_on",
            name=op.f("ck_student_stay_runs_forward"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_student")),
        sa.UniqueConstraint("public_id", name=op.f("uq_student_public_id")),
    )
    op.create_table(
        "cycle",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("opens_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closes_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stay_from_on", sa.Date(), nullable=False),
        sa.Column("stay_to_on", sa.Date(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("opens_at < closes_at", name=op.f("ck_cycle_opens_before_it_closes")),
        sa.CheckConstraint("stay_from_on <= stay_to_on", name=op.f("ck_cycle_stay_runs_forward")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_cycle_version_positive")),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_cycle_programme_id"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cycle")),
        sa.UniqueConstraint("public_id", name=op.f("uq_cycle_public_id")),
    )
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cycle_programme_id"), ["programme_id"], unique=False)

    op.create_table(
        "household_member",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("birth_on", sa.Date(), nullable=False),
        sa.Column(
            "gender",
            sa.Enum(
                "female",
                "male",
                "non_binary",
                name="gender",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("relation", sa.String(length=100), nullable=True),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["host.id"],
            name=op.f("fk_household_member_host_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_household_member")),
    )
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_household_member_host_id"), ["host_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("programme_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
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
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_membership_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["programme_id"],
            ["programme.id"],
            name=op.f("fk_membership_programme_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "account_id",
            "programme_id",
            "role",
            name=op.f("uq_membership_account_id_programme_id_role"),
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_membership_programme_id"), ["programme_id"], unique=False
        )

    op.create_table(
        "application",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "student",
                "host",
                name="applicationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("student_id", sa.Integer(), nullable=True),
        sa.Column("host_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "submitted",
                "approved",
                "returned",
                "declined",
                "withdrawn",
                name="applicationstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("idempotency_key", sa.String(length=100), nullable=False),
        sa.Column("external_id", sa.String(length=100), nullable=True),
        sa.Column("return_reason", sa.String(length=1000), nullable=True),
        sa.Column("needs_guardian", sa.Boolean(), nullable=False),
        sa.Column("guardian_agreed", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'student' AND student_id IS NOT NULL AND host_id IS NULL)"
            " OR (kind = 'host' AND host_id IS NOT NULL AND student_id IS NULL)",
            name=op.f("ck_application_one_profile"),
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR kind = 'host' OR NOT needs_guardian OR guardian_agreed",
            name=op.f("ck_application_no_minor_approved_without_guardian"),
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycle.id"],
            name=op.f("fk_application_cycle_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["host.id"],
            name=op.f("fk_application_host_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["student.id"],
            name=op.f("fk_application_student_id"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "version >= 1",
            name=op.f("ck_application_version_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_application")),
        sa.UniqueConstraint(
            "cycle_id",
            "kind",
            "external_id",
            name=op.f("uq_application_cycle_id_kind_external_id"),
        ),
        sa.UniqueConstraint("host_id", name=op.f("uq_application_host_id")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_application_idempotency_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_application_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_application_reference")),
        sa.UniqueConstraint("student_id", name=op.f("uq_application_student_id")),
    )
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.create_index(
            "ix_application_cycle_kind_state",
            ["cycle_id", "kind", "state"],
            unique=False,
        )

    op.create_table(
        "snapshot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycle.id"],
            name=op.f("fk_snapshot_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["taken_by_id"],
            ["account.id"],
            name=op.f("fk_snapshot_taken_by_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("cycle_id", "digest", name=op.f("uq_snapshot_cycle_id_digest")),
        sa.UniqueConstraint("public_id", name=op.f("uq_snapshot_public_id")),
    )
    op.create_table(
        "match_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_id", sa.Integer(), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("epsilon", sa.Float(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("time_limit_s", sa.Float(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "ready",
                "published",
                "superseded",
                "infeasible",
                "cancelled",
                "timed_out",
                "failed",
                name="runstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("stage", sa.String(length=32), nullable=True),
        sa.Column("progress", sa.Float(), nullable=False),
        sa.Column("gap", sa.Float(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_by_id", sa.Integer(), nullable=True),
        sa.Column("idempotency_key", sa.String(length=100), nullable=True),
        sa.Column("report", sa.JSON(), nullable=True),
        sa.Column("result_digest", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("error_facts", sa.JSON(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by_id", sa.Integer(), nullable=True),
        sa.Column("code_version", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("attempt >= 0", name=op.f("ck_match_run_attempt_not_negative")),
        sa.CheckConstraint("epsilon BETWEEN 0 AND 1", name=op.f("ck_match_run_epsilon_in_range")),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name=op.f("ck_match_run_progress_in_range")),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycle.id"],
            name=op.f("fk_match_run_cycle_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["published_by_id"],
            ["account.id"],
            name=op.f("fk_match_run_published_by_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["snapshot_id"],
            ["snapshot.id"],
            name=op.f("fk_match_run_snapshot_id"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["started_by_id"],
            ["account.id"],
            name=op.f("fk_match_run_started_by_id"),
            ondelete="SET NULL",
        ),
        sa.CheckConstraint(
            "seed >= 0",
            name=op.f("ck_match_run_seed_not_negative"),
        ),
        sa.CheckConstraint(
            "time_limit_s > 0",
            name=op.f("ck_match_run_time_limit_positive"),
        ),
        sa.CheckConstraint(
            "state <> 'running' OR (lease_until IS NOT NULL AND attempt >= 1)",
            name=op.f("ck_match_run_working_under_a_lease"),
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'superseded') OR published_at IS NOT NULL",
            name=op.f("ck_match_run_published_at_some_time"),
        ),
        sa.CheckConstraint(
            "version >= 1",
            name=op.f("ck_match_run_version_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match_run")),
        sa.UniqueConstraint("idempotency_key", name=op.f("uq_match_run_idempotency_key")),
        sa.UniqueConstraint("public_id", name=op.f("uq_match_run_public_id")),
    )
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_match_run_cycle_id"), ["cycle_id"], unique=False)
        batch_op.create_index(
            "uq_match_run_live",
            ["cycle_id"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.create_index(
            "uq_match_run_published",
            ["cycle_id"],
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.create_table(
        "web_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_web_session_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_web_session_application_id"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "account_id IS NULL OR application_id IS NULL",
            name=op.f("ck_web_session_of_one_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_web_session_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "contact_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("nation_a", sa.String(length=2), nullable=False),
        sa.Column("nation_b", sa.String(length=2), nullable=False),
        sa.Column("placements", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("tension_tier", sa.Integer(), nullable=False),
        sa.Column("has_data", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["match_run.id"],
            name=op.f("fk_contact_row_run_id"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "nation_a < nation_b",
            name=op.f("ck_contact_row_pair_in_order"),
        ),
        sa.CheckConstraint(
            "placements >= 0",
            name=op.f("ck_contact_row_placements_not_negative"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_row")),
        sa.UniqueConstraint(
            "run_id",
            "nation_a",
            "nation_b",
            name=op.f("uq_contact_row_run_id_nation_a_nation_b"),
        ),
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "student",
                "host",
                name="applicationkind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("web_session_id", sa.Integer(), nullable=True),
        sa.Column("submitted_application_id", sa.Integer(), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycle.id"],
            name=op.f("fk_draft_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["submitted_application_id"],
            ["application.id"],
            name=op.f("fk_draft_submitted_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["web_session_id"],
            ["web_session.id"],
            name=op.f("fk_draft_web_session_id"),
            ondelete="SET NULL",
        ),
        sa.CheckConstraint(
            "version >= 1",
            name=op.f("ck_draft_version_positive"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("public_id", name=op.f("uq_draft_public_id")),
    )
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_draft_web_session_id"), ["web_session_id"], unique=False
        )

    op.create_table(
        "placement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("cycle_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("host_id", sa.Integer(), nullable=False),
        sa.Column("student_nation", sa.String(length=2), nullable=False),
        sa.Column("host_nation", sa.String(length=2), nullable=False),
        sa.Column("quality", sa.Float(), nullable=False),
        sa.Column("review", sa.Boolean(), nullable=False),
        sa.Column("only_contact_of_pair", sa.Boolean(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "offered",
                "accepted",
                "declined",
                "confirmed",
                "ended",
                "moved",
                name="placementstate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("quality BETWEEN 0 AND 1", name=op.f("ck_placement_quality_in_range")),
        sa.CheckConstraint(
            "student_nation <> host_nation", name=op.f("ck_placement_cross_national")
        ),
        sa.ForeignKeyConstraint(
            ["cycle_id"],
            ["cycle.id"],
            name=op.f("fk_placement_cycle_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["host_id"],
            ["host.id"],
            name=op.f("fk_placement_host_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["match_run.id"],
            name=op.f("fk_placement_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["student.id"],
            name=op.f("fk_placement_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_placement")),
        sa.UniqueConstraint("public_id", name=op.f("uq_placement_public_id")),
        sa.UniqueConstraint("run_id", "student_id", name=op.f("uq_placement_run_id_student_id")),
    )
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_placement_host_id"), ["host_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_placement_student_id"), ["student_id"], unique=False)

    op.create_table(
        "unplaced_row",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("student_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("detail", sa.String(length=2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"],
            ["match_run.id"],
            name=op.f("fk_unplaced_row_run_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["student_id"],
            ["student.id"],
            name=op.f("fk_unplaced_row_student_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unplaced_row")),
        sa.UniqueConstraint("run_id", "student_id", name=op.f("uq_unplaced_row_run_id_student_id")),
    )
    op.create_table(
        "access_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "status",
                "sign_in",
                "resume",
                name="linkpurpose",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("application_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("draft_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_access_link_account_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["application_id"],
            ["application.id"],
            name=op.f("fk_access_link_application_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["draft_id"],
            ["draft.id"],
            name=op.f("fk_access_link_draft_id"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "(purpose = 'status' AND application_id IS NOT NULL AND account_id IS NULL"
            " AND draft_id IS NULL) OR (purpose = 'sign_in' AND account_id IS NOT NULL"
            " AND application_id IS NULL AND draft_id IS NULL) OR (purpose = 'resume'"
            " AND draft_id IS NOT NULL AND application_id IS NULL AND account_id IS NULL)",
            name=op.f("ck_access_link_opens_what_it_is_for"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_access_link_token_hash")),
    )


def downgrade() -> None:
    op.drop_table("access_link")
    op.drop_table("unplaced_row")
    with op.batch_alter_table("placement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_placement_student_id"))
        batch_op.drop_index(batch_op.f("ix_placement_host_id"))

    op.drop_table("placement")
    with op.batch_alter_table("draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_draft_web_session_id"))

    op.drop_table("draft")
    op.drop_table("contact_row")
    with op.batch_alter_table("web_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_web_session_expires_at"))

    op.drop_table("web_session")
    with op.batch_alter_table("match_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_match_run_published",
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )
        batch_op.drop_index(
            "uq_match_run_live",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index(batch_op.f("ix_match_run_cycle_id"))

    op.drop_table("match_run")
    op.drop_table("snapshot")
    with op.batch_alter_table("application", schema=None) as batch_op:
        batch_op.drop_index("ix_application_cycle_kind_state")

    op.drop_table("application")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_programme_id"))

    op.drop_table("membership")
    with op.batch_alter_table("household_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_household_member_host_id"))

    op.drop_table("household_member")
    with op.batch_alter_table("cycle", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cycle_programme_id"))

    op.drop_table("cycle")
    op.drop_table("student")
    op.drop_table("rate_limit")
    op.drop_table("programme")
    with op.batch_alter_table("outbox_mail", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_mail_next_attempt_at"))

    op.drop_table("outbox_mail")
    op.drop_table("host")
    with op.batch_alter_table("audit_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_event_programme_id"))

    op.drop_table("audit_event")
    op.drop_table("account")
