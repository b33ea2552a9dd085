"""Server-side sessions, and the one-use links that open one. Only hashes of tokens are stored."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime, enum_column


class WebSession(Record, table=True):
    """What the server knows of one browser."""

    __tablename__ = "web_session"
    __table_args__ = (
        sa.CheckConstraint(
            "(account_id IS NULL OR application_id IS NULL)"
            " AND (guardian_id IS NULL OR (account_id IS NULL AND application_id IS NULL))",
            name="of_one_person",
        ),
    )

    token_hash: str = Field(max_length=64, unique=True)
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="CASCADE")
    application_id: int | None = Field(
        default=None, foreign_key="application.id", ondelete="CASCADE"
    )
    guardian_id: int | None = Field(default=None, foreign_key="guardian.id", ondelete="CASCADE")
    data: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime, index=True)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class LinkPurpose(StrEnum):
    """What an e-mailed link opens."""

    STATUS = "status"
    SIGN_IN = "sign_in"
    RESUME = "resume"
    GUARDIAN = "guardian"


class AccessLink(Record, table=True):
    """A link that works once, until it expires."""

    __tablename__ = "access_link"
    __table_args__ = (
        sa.CheckConstraint(
            "(purpose = 'status' AND application_id IS NOT NULL AND account_id IS NULL"
            " AND draft_id IS NULL AND guardian_id IS NULL)"
            " OR (purpose = 'sign_in' AND account_id IS NOT NULL AND application_id IS NULL"
            " AND draft_id IS NULL AND guardian_id IS NULL)"
            " OR (purpose = 'resume' AND draft_id IS NOT NULL AND application_id IS NULL"
            " AND account_id IS NULL AND guardian_id IS NULL)"
            " OR (purpose = 'guardian' AND guardian_id IS NOT NULL AND application_id IS NULL"
            " AND account_id IS NULL AND draft_id IS NULL)",
            name="opens_what_it_is_for",
        ),
        sa.CheckConstraint(
            "tries >= 0",
            name="tries_not_negative",
        ),
    )

    token_hash: str = Field(max_length=64, unique=True)
    purpose: LinkPurpose = Field(sa_type=enum_column(LinkPurpose))
    application_id: int | None = Field(
        default=None, foreign_key="application.id", ondelete="CASCADE"
    )
    account_id: int | None = Field(default=None, foreign_key="account.id", ondelete="CASCADE")
    draft_id: int | None = Field(default=None, foreign_key="draft.id", ondelete="CASCADE")
    guardian_id: int | None = Field(default=None, foreign_key="guardian.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many codes were typed for it."""
