"""What people decided by hand about a match: pairs pinned or forbidden, placements changed."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.hand import OverrideKind
from exchange.records.base import PublicRecord, UtcDateTime, enum_column


class Override(PublicRecord, table=True):
    """One decision by hand, with who made it and why.

    A pin or a forbid holds for every later run of its cycle until it is taken back. A change of
    placements made the run `run_id`; taking it back ends that run.
    """

    __table_args__ = (
        sa.CheckConstraint(
            "kind NOT IN ('pin', 'forbid') OR host_id IS NOT NULL", name="pair_of_two"
        ),
        sa.CheckConstraint("kind <> 'swap' OR other_student_id IS NOT NULL", name="swap_of_two"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", index=True, ondelete="CASCADE")
    run_id: int | None = Field(
        default=None, foreign_key="match_run.id", index=True, ondelete="CASCADE"
    )
    kind: OverrideKind = Field(sa_type=enum_column(OverrideKind))
    student_id: int = Field(foreign_key="student.id", index=True, ondelete="CASCADE")
    host_id: int | None = Field(default=None, foreign_key="host.id", ondelete="CASCADE")
    other_student_id: int | None = Field(default=None, foreign_key="student.id", ondelete="CASCADE")
    reason: str = Field(max_length=1000)
    made_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    made_at: datetime = Field(sa_type=UtcDateTime)
    taken_back_by_id: int | None = Field(
        default=None, foreign_key="account.id", ondelete="SET NULL"
    )
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
