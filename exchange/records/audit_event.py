"""The audit trail: one row for each change of state, chained by hash. Never updated."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime

DECISIONS = ("approved", "returned", "declined", "withdrawn")
"""What may be decided about an application; the desk counts how often it was."""
IS_DECISION = sa.text(
    "action IN ({})".format(", ".join(f"'application:{one}'" for one in DECISIONS))
)
"""Said in these words by the index and by whoever asks, so that databases see they are the same."""


class AuditEvent(Record, table=True):
    """Who did what to which thing, when. Ids and codes only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        sa.Index("ix_audit_event_programme_at", "programme_id", "at"),
        # Few among the events of a season, most of which tell of sign-ups.
        sa.Index(
            "ix_audit_event_decided",
            "programme_id",
            "at",
            sqlite_where=IS_DECISION,
            postgresql_where=IS_DECISION,
        ),
    )

    at: datetime = Field(sa_type=UtcDateTime)
    actor: str = Field(max_length=64)
    programme_id: int | None = Field(default=None)
    action: str = Field(max_length=64)
    subject_kind: str = Field(max_length=32)
    subject_id: str = Field(max_length=64)
    facts: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    previous_hash: str = Field(max_length=64, unique=True)
    hash: str = Field(max_length=64, unique=True)
