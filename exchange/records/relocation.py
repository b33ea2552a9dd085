"""Changes of host after a placement was confirmed: from where, to where, and why."""

from datetime import datetime

from sqlmodel import Field

from exchange.domain.placement import RelocationReason
from exchange.records.base import PublicRecord, UtcDateTime, enum_column


class Relocation(PublicRecord, table=True):
    """A student left a host. No later run brings the two together again."""

    cycle_id: int = Field(foreign_key="cycle.id", index=True, ondelete="CASCADE")
    student_id: int = Field(foreign_key="student.id", index=True, ondelete="CASCADE")
    from_host_id: int = Field(foreign_key="host.id", ondelete="CASCADE")
    to_host_id: int | None = Field(default=None, foreign_key="host.id", ondelete="SET NULL")
    from_placement_id: int | None = Field(
        default=None, foreign_key="placement.id", unique=True, ondelete="SET NULL"
    )
    to_placement_id: int | None = Field(
        default=None, foreign_key="placement.id", ondelete="SET NULL"
    )
    reason: RelocationReason = Field(sa_type=enum_column(RelocationReason))
    moved_at: datetime = Field(sa_type=UtcDateTime)
    recorded_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
