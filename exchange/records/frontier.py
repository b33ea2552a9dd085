"""Frontiers: what diversity costs in fit for one snapshot, a point for each share given up."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import RunState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column

_LIVE = sa.text("state IN ('queued', 'running')")


class Frontier(PublicRecord, table=True):
    """One curve. `attempt` is the fencing token, as for runs; nothing of it is ever published."""

    __table_args__ = (
        sa.CheckConstraint(
            "state NOT IN ('published', 'superseded')",
            name="never_published",
        ),
        sa.CheckConstraint(
            "state <> 'running' OR (lease_until IS NOT NULL AND attempt >= 1)",
            name="working_under_a_lease",
        ),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_in_range"),
        sa.Index(
            "uq_frontier_live",
            "cycle_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", index=True, ondelete="CASCADE")
    snapshot_id: int = Field(foreign_key="snapshot.id", ondelete="CASCADE")
    rule_version_id: int | None = Field(
        default=None, foreign_key="rule_version.id", ondelete="SET NULL"
    )
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    seed: int = Field(sa_type=sa.BigInteger)
    time_limit_s: float
    state: RunState = Field(default=RunState.QUEUED, sa_type=enum_column(RunState))
    progress: float = Field(default=0.0)
    attempt: int = Field(default=0)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    points: list[dict[str, Any]] | None = Field(default=None, sa_type=sa.JSON)
    error_code: str | None = Field(default=None, max_length=64)
