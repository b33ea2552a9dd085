"""Counters of rate limits, kept here so that they hold across processes and restarts."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from exchange.records.base import UtcDateTime


class RateLimit(SQLModel, table=True):
    """How often one bucket was hit in one window."""

    __tablename__ = "rate_limit"
    __table_args__ = (
        sa.CheckConstraint(
            "count >= 1",
            name="count_positive",
        ),
    )

    bucket: str = Field(max_length=128, primary_key=True)
    window_started_at: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    count: int = Field(default=0)
