"""What the daily look at live placements found, and on which day each cycle was looked at."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime

_OPEN = sa.text("settled_at IS NULL")


class PlacementFinding(Record, table=True):
    """Something about a placement that a person must look at; settled once it no longer holds."""

    __tablename__ = "placement_finding"
    __table_args__ = (
        sa.CheckConstraint("side IN ('student', 'host', 'pair')", name="side_known"),
        sa.CheckConstraint(
            "settled_at IS NULL OR settled_at >= found_at", name="settled_after_found"
        ),
        sa.Index(
            "uq_placement_finding_open",
            "placement_id",
            "key",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    placement_id: int = Field(foreign_key="placement.id", index=True, ondelete="CASCADE")
    cycle_id: int = Field(foreign_key="cycle.id", index=True, ondelete="CASCADE")
    application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    """Whose the finding is, of a pair the student's: it goes when that person is erased."""
    side: str = Field(max_length=8)
    code: str = Field(max_length=64)
    """Of `domain.findings.SENTENCES`, or of `domain.live_placements`."""
    key: str = Field(max_length=120)
    """Side, code and person: what makes it this finding and no other of the placement."""
    parameters: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """Numbers and days; never a name."""
    found_at: datetime = Field(sa_type=UtcDateTime)
    settled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class PlacementRecheck(Record, table=True):
    """One look at the live placements of a cycle; one a day."""

    __tablename__ = "placement_recheck"
    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "day"),
        sa.CheckConstraint("placements >= 0 AND found >= 0", name="counts_not_negative"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    day: date
    placements: int
    found: int
