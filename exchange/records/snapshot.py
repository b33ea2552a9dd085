"""Snapshots as stored: canonical JSON and its digest. Written once, never updated."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import PublicRecord, UtcDateTime


class Snapshot(PublicRecord, table=True):
    """The frozen, pseudonymous input of match runs of one cycle."""

    __table_args__ = (sa.UniqueConstraint("cycle_id", "digest"),)

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    digest: str = Field(max_length=64)
    body: str = Field(sa_type=sa.Text)
    taken_at: datetime = Field(sa_type=UtcDateTime)
    taken_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
