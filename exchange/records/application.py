"""Applications: a student's or a host's sign-up to one cycle, with its state."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column
from exchange.translations import ENGLISH


class Application(PublicRecord, table=True):
    """In snapshots, placements and files a person is known by this record's public id."""

    __table_args__ = (
        sa.CheckConstraint(
            "version >= 1",
            name="version_positive",
        ),
        sa.CheckConstraint(
            "(kind = 'student' AND student_id IS NOT NULL AND host_id IS NULL)"
            " OR (kind = 'host' AND host_id IS NOT NULL AND student_id IS NULL)",
            name="one_profile",
        ),
        sa.CheckConstraint(
            "state <> 'approved' OR kind = 'host' OR NOT needs_guardian OR guardian_agreed",
            name="no_minor_approved_without_guardian",
        ),
        sa.UniqueConstraint("cycle_id", "kind", "external_id"),
        sa.Index("ix_application_cycle_kind_state", "cycle_id", "kind", "state"),
    )

    reference: str = Field(max_length=16, unique=True)
    cycle_id: int = Field(foreign_key="cycle.id", ondelete="RESTRICT")
    kind: ApplicationKind = Field(sa_type=enum_column(ApplicationKind))
    student_id: int | None = Field(
        default=None, foreign_key="student.id", unique=True, ondelete="CASCADE"
    )
    host_id: int | None = Field(
        default=None, foreign_key="host.id", unique=True, ondelete="CASCADE"
    )
    state: ApplicationState = Field(
        default=ApplicationState.SUBMITTED, sa_type=enum_column(ApplicationState)
    )
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    language: str = Field(default=ENGLISH, max_length=16)
    """In which we write to whoever signs up."""
    idempotency_key: str = Field(max_length=100, unique=True)
    external_id: str | None = Field(default=None, max_length=100)
    return_reason: str | None = Field(default=None, max_length=1000)
    needs_guardian: bool = Field(default=False)
    guardian_agreed: bool = Field(default=False)
    version: int = Field(default=1)
