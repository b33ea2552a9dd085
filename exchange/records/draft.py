"""Drafts: what somebody has typed so far, as typed, step by step."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.clock import now
from exchange.domain.cycle import ApplicationKind
from exchange.records.base import PublicRecord, UtcDateTime, enum_column
from exchange.translations import ENGLISH


class Draft(PublicRecord, table=True):
    """What was typed for one sign-up, bound to the browser session that has it open.

    Once sent, it belongs to its application: its owner can open it again to correct it.
    """

    __table_args__ = (
        sa.CheckConstraint(
            "version >= 1",
            name="version_positive",
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    kind: ApplicationKind = Field(sa_type=enum_column(ApplicationKind))
    language: str = Field(default=ENGLISH, max_length=16)
    """In which we write to whoever signs up."""
    data: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    web_session_id: int | None = Field(
        default=None, foreign_key="web_session.id", index=True, ondelete="SET NULL"
    )
    submitted_application_id: int | None = Field(
        default=None, foreign_key="application.id", ondelete="CASCADE"
    )
    updated_at: datetime = Field(default_factory=now, sa_type=UtcDateTime, index=True)
    email: str | None = Field(default=None, max_length=254, index=True)
    """Where the links go by which it is opened elsewhere, once somebody has asked for one."""
    reminded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reopened_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """Since when what was sent is being corrected; empty while it is not."""
    version: int = Field(default=1)
