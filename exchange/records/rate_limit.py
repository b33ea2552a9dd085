"""Counters of rate limits, kept here so that they hold across processes and restarts."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from exchange.records.base import UtcDateTime


class RateLimit(SQLModel, table=True):
    """How often one bucket was hit in one window."""

    __tablename__ = "rate_limit"

    bucket: str = Field(max_length=128, primary_key=True)
    window_started_at: datetime = Field(sa_type=UtcDateTime, primary_key=True)
    count: int = Field(default=0)
