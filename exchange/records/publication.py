"""Publications: proposed by one person and confirmed by another."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import PublicationState
from exchange.records.base import PublicRecord, UtcDateTime, enum_column

_OPEN = sa.text("state = 'open'")


class Publication(PublicRecord, table=True):
    """One proposal to publish a run; of a cycle at most one is open."""

    __table_args__ = (
        sa.CheckConstraint("proposed_by_id <> confirmed_by_id", name="two_persons"),
        sa.CheckConstraint(
            "(state = 'confirmed') = (confirmed_by_id IS NOT NULL)", name="confirmed_by_somebody"
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name="ended_some_time"),
        sa.Index(
            "uq_publication_open",
            "cycle_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    run_id: int = Field(foreign_key="match_run.id", index=True, ondelete="CASCADE")
    state: PublicationState = Field(
        default=PublicationState.OPEN, sa_type=enum_column(PublicationState)
    )
    proposed_by_id: int = Field(foreign_key="account.id", ondelete="RESTRICT")
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When it was confirmed or withdrawn, or fell."""
