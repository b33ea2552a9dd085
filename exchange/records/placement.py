"""What a finished run says: placements, the unplaced with reasons, and nations in contact."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.placement import PlacementState
from exchange.records.base import PublicRecord, Record, enum_column


class Placement(PublicRecord, table=True):
    """One student with one host, both known by their application."""

    __table_args__ = (
        sa.UniqueConstraint("run_id", "student_id"),
        sa.CheckConstraint("student_nation <> host_nation", name="cross_national"),
        sa.CheckConstraint("quality BETWEEN 0 AND 1", name="quality_in_range"),
    )

    run_id: int = Field(foreign_key="match_run.id", ondelete="CASCADE")
    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    student_id: int = Field(foreign_key="student.id", index=True, ondelete="CASCADE")
    host_id: int = Field(foreign_key="host.id", index=True, ondelete="CASCADE")
    student_nation: str = Field(max_length=2)
    host_nation: str = Field(max_length=2)
    quality: float
    review: bool = Field(default=False)
    only_contact_of_pair: bool = Field(default=False)
    terms: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    state: PlacementState = Field(
        default=PlacementState.PROPOSED, sa_type=enum_column(PlacementState)
    )


class UnplacedRow(Record, table=True):
    """A student whom a run left without a place, and why."""

    __tablename__ = "unplaced_row"
    __table_args__ = (sa.UniqueConstraint("run_id", "student_id"),)

    run_id: int = Field(foreign_key="match_run.id", ondelete="CASCADE")
    student_id: int = Field(foreign_key="student.id", ondelete="CASCADE")
    reason: str = Field(max_length=200)
    detail: str = Field(max_length=2000)


class ContactRow(Record, table=True):
    """How often two nations meet in a run."""

    __tablename__ = "contact_row"
    __table_args__ = (
        sa.UniqueConstraint("run_id", "nation_a", "nation_b"),
        sa.CheckConstraint(
            "nation_a < nation_b",
            name="pair_in_order",
        ),
        sa.CheckConstraint(
            "placements >= 0",
            name="placements_not_negative",
        ),
    )

    run_id: int = Field(foreign_key="match_run.id", ondelete="CASCADE")
    nation_a: str = Field(max_length=2)
    nation_b: str = Field(max_length=2)
    placements: int
    weight: float
    tension_tier: int
    has_data: bool = Field(default=True)
