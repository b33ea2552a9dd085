"""Indexes that the desk counts and lists applications from without reading the rows themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_LISTED = sa.text("erased_at IS NULL")
_DECIDED = sa.text(
    "action IN ('application:approved', 'application:returned', 'application:declined',"
    " 'application:withdrawn')"
)


def upgrade() -> None:
    _remake_kind_state("cycle_id", "kind", "state", "host_id", "erased_at")
    _remake_listed(
        *("cycle_id", "submitted_at", "id", "kind", "state", "nation", "host_id", "erased_at")
    )
    op.create_index(
        "ix_audit_event_decided",
        "audit_event",
        ["programme_id", "at"],
        sqlite_where=_DECIDED,
        postgresql_where=_DECIDED,
    )


def downgrade() -> None:
    op.drop_index("ix_audit_event_decided", table_name="audit_event")
    _remake_listed("cycle_id", "submitted_at", "kind", "state")
    _remake_kind_state("cycle_id", "kind", "state")


def _remake_kind_state(*columns: str) -> None:
    op.drop_index("ix_application_cycle_kind_state", table_name="application")
    op.create_index("ix_application_cycle_kind_state", "application", list(columns))


def _remake_listed(*columns: str) -> None:
    op.drop_index("ix_application_listed", table_name="application")
    op.create_index(
        "ix_application_listed",
        "application",
        list(columns),
        sqlite_where=_LISTED,
        postgresql_where=_LISTED,
    )
