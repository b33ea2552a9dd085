"""Match runs: what was asked, how far it is, and what came out. This row is the truth."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import RunKind, RunState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column

_LIVE = sa.text("state IN ('queued', 'running')")
_PUBLISHED = sa.text("state = 'published'")


class MatchRun(PublicRecord, table=True):
    """One run. `attempt` is the fencing token: a worker of an earlier attempt writes nothing."""

    __tablename__ = "match_run"
    __table_args__ = (
        sa.CheckConstraint(
            "seed >= 0",
            name="seed_not_negative",
        ),
        sa.CheckConstraint(
            "time_limit_s > 0",
            name="time_limit_positive",
        ),
        sa.CheckConstraint(
            "state <> 'running' OR (lease_until IS NOT NULL AND attempt >= 1)",
            name="working_under_a_lease",
        ),
        sa.CheckConstraint(
            "state NOT IN ('published', 'superseded') OR published_at IS NOT NULL",
            name="published_at_some_time",
        ),
        sa.CheckConstraint(
            "version >= 1",
            name="version_positive",
        ),
        sa.CheckConstraint("epsilon BETWEEN 0 AND 1", name="epsilon_in_range"),
        sa.CheckConstraint("progress BETWEEN 0 AND 1", name="progress_in_range"),
        sa.CheckConstraint("attempt >= 0", name="attempt_not_negative"),
        sa.CheckConstraint("kind = 'solve' OR parent_id IS NOT NULL", name="derived_from_another"),
        sa.Index(
            "uq_match_run_live",
            "cycle_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        sa.Index(
            "uq_match_run_published",
            "cycle_id",
            unique=True,
            sqlite_where=_PUBLISHED,
            postgresql_where=_PUBLISHED,
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", index=True, ondelete="RESTRICT")
    snapshot_id: int = Field(foreign_key="snapshot.id", ondelete="RESTRICT")
    kind: RunKind = Field(
        default=RunKind.SOLVE,
        sa_type=enum_column(RunKind),
        sa_column_kwargs={"server_default": RunKind.SOLVE.value},
    )
    parent_id: int | None = Field(
        default=None, foreign_key="match_run.id", index=True, ondelete="RESTRICT"
    )
    """The run whose placements this one changes, by hand or with few changes; never the other way:
    a finished run is not edited."""
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    rule_version_id: int | None = Field(
        default=None, foreign_key="rule_version.id", ondelete="SET NULL"
    )
    """Where `rules` were taken from; None for runs of before versions were kept."""
    epsilon: float
    seed: int = Field(sa_type=sa.BigInteger)
    time_limit_s: float
    state: RunState = Field(default=RunState.QUEUED, sa_type=enum_column(RunState))
    stage: str | None = Field(default=None, max_length=32)
    progress: float = Field(default=0.0)
    gap: float | None = None
    curve: list[list[Any]] | None = Field(default=None, sa_type=sa.JSON)
    """How the gap fell: [seconds, stage, gap] each, as `jobs.progress` keeps them."""
    attempt: int = Field(default=0)
    lease_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    heartbeat_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancel_requested_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    finished_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    started_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    idempotency_key: str | None = Field(default=None, max_length=100, unique=True)
    report: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    result_digest: str | None = Field(default=None, max_length=64)
    error_code: str | None = Field(default=None, max_length=64)
    error_facts: dict[str, Any] | None = Field(default=None, sa_type=sa.JSON)
    published_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    published_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    code_version: str = Field(max_length=32)
    version: int = Field(default=1)
