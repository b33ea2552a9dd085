"""Rules by which people are reminded, and what each rule has already reminded of."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.reminders import HIGHEST_DAYS, Condition
from exchange.records.base import PublicRecord, Record, UtcDateTime, enum_column


class ReminderRule(PublicRecord, table=True):
    """One rule of a cycle. It is switched off, never deleted: it remembers whom it has reminded."""

    __tablename__ = "reminder_rule"
    __table_args__ = (
        sa.CheckConstraint(f"days BETWEEN 1 AND {HIGHEST_DAYS}", name="days_in_range"),
        sa.UniqueConstraint("cycle_id", "condition", "days"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    condition: Condition = Field(sa_type=enum_column(Condition))
    days: int
    is_active: bool = Field(default=True)
    looked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When the worker last asked whom it concerns; it does so every few minutes."""
    made_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")


class ReminderSent(Record, table=True):
    """One occasion of which a rule has reminded somebody: of two at once, the database lets one.

    Without a mail, it was no longer true when the mail was about to go out.
    """

    __tablename__ = "reminder_sent"
    __table_args__ = (sa.UniqueConstraint("rule_id", "occasion"),)

    rule_id: int = Field(foreign_key="reminder_rule.id", ondelete="CASCADE")
    occasion: str = Field(max_length=160)
    """Who, by an id, and what of: a new deadline is another occasion."""
    application_id: int | None = Field(
        default=None, foreign_key="application.id", index=True, ondelete="CASCADE"
    )
    draft_id: int | None = Field(
        default=None, foreign_key="draft.id", index=True, ondelete="CASCADE"
    )
    mail_id: int | None = Field(
        default=None, foreign_key="outbox_mail.id", index=True, ondelete="SET NULL"
    )
