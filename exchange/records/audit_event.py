"""The audit trail: one row for each change of state, chained by hash. Never updated."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime


class AuditEvent(Record, table=True):
    """Who did what to which thing, when. Ids and codes only."""

    __tablename__ = "audit_event"
    __table_args__ = (
        sa.Index("ix_audit_event_subject", "subject_kind", "subject_id"),
        sa.Index("ix_audit_event_programme_at", "programme_id", "at"),
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
