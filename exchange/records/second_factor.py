"""The second step of signing in: an app's secret (its salt only), and codes for when it is lost."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime

_CONFIRMED = sa.text("confirmed_at IS NOT NULL")
_PENDING = sa.text("confirmed_at IS NULL")


class SecondFactor(Record, table=True):
    """One app of an account; beside it at most one that is being set up."""

    __tablename__ = "second_factor"
    __table_args__ = (
        sa.Index(
            "uq_second_factor_confirmed",
            "account_id",
            unique=True,
            sqlite_where=_CONFIRMED,
            postgresql_where=_CONFIRMED,
        ),
        sa.Index(
            "uq_second_factor_pending",
            "account_id",
            unique=True,
            sqlite_where=_PENDING,
            postgresql_where=_PENDING,
        ),
    )

    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    salt: str = Field(max_length=64)
    """Makes the secret together with the installation's key, which is not in the database."""
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_step: int | None = Field(default=None, sa_type=sa.BigInteger)
    """The time step of the last code that was taken; none of it or before is taken again."""


class RecoveryCode(Record, table=True):
    """A code that stands in for the app, once."""

    __tablename__ = "recovery_code"

    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    code_hash: str = Field(max_length=64, unique=True)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
