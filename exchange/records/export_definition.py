"""Files that a programme writes again and again: what, for whom, in which form, how often."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.recipients import Recipient, Schedule
from exchange.records.base import PublicRecord, UtcDateTime, enum_column


class ExportDefinition(PublicRecord, table=True):
    """A file is always written as the account that defined it, with the rights it has by then."""

    __tablename__ = "export_definition"
    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "name"),
        sa.CheckConstraint("(schedule = 'never') = (next_at IS NULL)", name="due_at_some_time"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
    name: str = Field(max_length=100)
    kind: str = Field(max_length=40)
    recipient: Recipient = Field(sa_type=enum_column(Recipient))
    party: str = Field(default="", max_length=100)
    granted: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    reason: str | None = Field(default=None, max_length=500)
    """Why columns of a special kind were granted."""
    form: str = Field(max_length=20)
    schedule: Schedule = Field(default=Schedule.NEVER, sa_type=enum_column(Schedule))
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    last_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_fault: str | None = Field(default=None, max_length=64)
    """Code of the refusal when it was last due; None when it was written."""
