"""Filters of lists that somebody of the staff has given a name."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import PublicRecord


class SavedQueue(PublicRecord, table=True):
    """One account's own filter of the applications of a programme's cycles."""

    __tablename__ = "saved_queue"
    __table_args__ = (sa.UniqueConstraint("account_id", "programme_id", "name"),)

    account_id: int = Field(foreign_key="account.id", ondelete="CASCADE")
    programme_id: int = Field(foreign_key="programme.id", ondelete="CASCADE")
    name: str = Field(max_length=60)
    words: dict[str, Any] = Field(sa_type=sa.JSON)
