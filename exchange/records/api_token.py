"""Tokens of the API, of which only hashes are kept, and what was answered to a key of a caller."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import PublicRecord, Record, UtcDateTime


class ApiToken(PublicRecord, table=True):
    """A program acts with it in one programme, with no more rights than its maker has by then."""

    __tablename__ = "api_token"

    programme_id: int = Field(foreign_key="programme.id", index=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    """Whoever made it."""
    name: str = Field(max_length=100)
    token_hash: str = Field(max_length=64)
    scopes: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    last_used_on: date | None = None
    """A day is enough to see whether anybody needs it still."""
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiReply(Record, table=True):
    """What was answered to a POST, in the transaction of what it did: asked again, told again."""

    __tablename__ = "api_reply"
    __table_args__ = (
        sa.UniqueConstraint("token_id", "key"),
        sa.Index("ix_api_reply_created_at", "created_at"),
    )

    token_id: int = Field(foreign_key="api_token.id", ondelete="CASCADE")
    key: str = Field(max_length=100)
    request_hash: str = Field(max_length=64)
    """Of method, address and body: the same key for something else is refused."""
    status: int = Field(default=0)
    headers: dict[str, str] = Field(default_factory=dict, sa_type=sa.JSON)
    body: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """Ids, states and numbers; nothing about a person."""
