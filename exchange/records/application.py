"""Applications: a student's or a host's sign-up to one cycle, with its state."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column
from exchange.translations import ENGLISH

_LISTED = sa.text("erased_at IS NULL")


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
            "state IN ('waiting', 'declined', 'withdrawn') OR guardians_agreed >= guardians_needed",
            name="no_minor_without_guardians",
        ),
        sa.CheckConstraint(
            "guardians_needed BETWEEN 0 AND 2 AND guardians_agreed BETWEEN 0 AND 2"
            " AND (kind = 'student' OR guardians_needed = 0)",
            name="guardians_in_range",
        ),
        sa.UniqueConstraint("cycle_id", "kind", "external_id"),
        # `erased_at` makes no difference to the order: with it SQLite need not read the row itself.
        sa.Index(
            "ix_application_cycle_kind_state",
            "cycle_id",
            "kind",
            "state",
            "host_id",
            "erased_at",
        ),
        # A list of the desk is read and counted from this alone, in the order it is shown in.
        sa.Index(
            "ix_application_listed",
            "cycle_id",
            "submitted_at",
            "id",
            "kind",
            "state",
            "nation",
            "host_id",
            "erased_at",
            sqlite_where=_LISTED,
            postgresql_where=_LISTED,
        ),
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
    guardians_needed: int = Field(default=0)
    """None of adults and hosts; of a minor as many as the cycle asks for."""
    guardians_agreed: int = Field(default=0)
    """Counted from the guardians in the transaction in which one of them decides."""
    nation: str | None = Field(default=None, max_length=2)
    """That which counts as contact, for lists: of the profile, written with it."""
    search_key: str | None = Field(default=None, max_length=700)
    """The names of the profile as `queues` searches them, written with it."""
    version: int = Field(default=1)
    erased_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When its person had everything about them erased; what is left names nobody."""

    @property
    def needs_guardian(self) -> bool:
        """Whether it is a minor's."""
        return self.guardians_needed > 0

    @property
    def guardian_agreed(self) -> bool:
        """Whether as many guardians agree as are needed."""
        return self.guardians_agreed >= self.guardians_needed
