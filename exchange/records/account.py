"""Accounts of staff, and the roles they hold in programmes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.roles import Role
from exchange.records.base import PublicRecord, Record, UtcDateTime, enum_column


class Account(PublicRecord, table=True):
    """Somebody who signs in with a password. The e-mail address is lower-cased NFC."""

    __table_args__ = (
        sa.CheckConstraint(
            "email = lower(email)",
            name="email_lower_case",
        ),
    )

    email: str = Field(max_length=254, unique=True)
    display_name: str = Field(max_length=200)
    password_hash: str | None = Field(default=None, max_length=255)
    is_administrator: bool = Field(default=False)
    language: str | None = Field(default=None, max_length=16)
    """Chosen on a page; while there is none the browser is asked."""
    disabled_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Membership(Record, table=True):
    """One role of one account in one programme."""

    __table_args__ = (sa.UniqueConstraint("account_id", "programme_id", "role"),)

    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    programme_id: int = Field(foreign_key="programme.id", index=True, ondelete="CASCADE")
    role: Role = Field(sa_type=enum_column(Role))
    partner: str | None = Field(default=None, max_length=100)
    """The sending organisation of a partner, as students' profiles name it."""
