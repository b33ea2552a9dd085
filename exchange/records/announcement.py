"""Announcements: what staff write to many at once."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import PublicRecord, UtcDateTime
from exchange.translations import ENGLISH


class Announcement(PublicRecord, table=True):
    """A text in some languages, and the filter of those who get it; sent once."""

    __table_args__ = (
        sa.CheckConstraint("version >= 1", name="version_positive"),
        sa.CheckConstraint("(sent_at IS NULL) = (people IS NULL)", name="counted_when_sent"),
        sa.Index("ix_announcement_cycle_id", "cycle_id"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    words: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    """The filter, as `domain.audiences.Recipients` reads it."""
    with_guardians: bool = Field(default=True)
    texts: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    """By language."""
    fallback: str = Field(default=ENGLISH, max_length=16)
    """The language of those for whose language there is no text."""
    made_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    sent_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    people: int | None = Field(default=None)
    """So many mails were written."""
    version: int = Field(default=1)
