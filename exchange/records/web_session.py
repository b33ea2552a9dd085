"""Server-side sessions, and the one-use links that open one. Only hashes of tokens are stored."""

from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime, enum_column

_NOT_ENDED = sa.text("ended_at IS NULL")
_UNUSED = sa.text("used_at IS NULL")


class WebSession(Record, table=True):
    """What the server knows of one browser."""

    __tablename__ = "web_session"
    __table_args__ = (
        sa.CheckConstraint(
            "(account_id IS NULL OR application_id IS NULL)"
            " AND (guardian_id IS NULL OR (account_id IS NULL AND application_id IS NULL))",
            name="of_one_person",
        ),
        sa.CheckConstraint(
            "stepped_up_at IS NULL OR account_id IS NOT NULL", name="stepped_up_by_staff"
        ),
        sa.Index(
            "ix_web_session_open",
            "last_seen_at",
            sqlite_where=_NOT_ENDED,
            postgresql_where=_NOT_ENDED,
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
    stepped_up_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When a code of the second step was last typed in it."""


class LinkPurpose(StrEnum):
    """What an e-mailed link opens."""

    STATUS = "status"
    SIGN_IN = "sign_in"
    RESUME = "resume"
    GUARDIAN = "guardian"
    PASSWORD = "password"  # noqa: S105
    EMAIL = "email"


class AccessLink(Record, table=True):
    """A link that works once, until it expires."""

    __tablename__ = "access_link"
    __table_args__ = (
        sa.CheckConstraint(
            "(purpose = 'status' AND application_id IS NOT NULL AND account_id IS NULL"
            " AND draft_id IS NULL AND guardian_id IS NULL)"
            " OR (purpose IN ('sign_in', 'password', 'email') AND account_id IS NOT NULL"
            " AND application_id IS NULL"
            " AND draft_id IS NULL AND guardian_id IS NULL)"
            " OR (purpose = 'resume' AND draft_id IS NOT NULL AND application_id IS NULL"
            " AND account_id IS NULL AND guardian_id IS NULL)"
            " OR (purpose = 'guardian' AND guardian_id IS NOT NULL AND application_id IS NULL"
            " AND account_id IS NULL AND draft_id IS NULL)",
            name="opens_what_it_is_for",
        ),
        sa.CheckConstraint(
            "(new_email IS NOT NULL) = (purpose = 'email')", name="new_address_to_confirm"
        ),
        sa.CheckConstraint(
            "tries >= 0",
            name="tries_not_negative",
        ),
        sa.Index(
            "ix_access_link_open", "expires_at", sqlite_where=_UNUSED, postgresql_where=_UNUSED
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
    new_email: str | None = Field(default=None, max_length=254)
    """The address to which a link went that confirms it."""
    tries: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    """How many codes were typed for it."""
