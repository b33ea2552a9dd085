"""Mails waiting to be sent: written in the transaction that caused them."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record, UtcDateTime


class OutboxMail(Record, table=True):
    """One mail; `key` makes it exist once, `message_id` makes a resend recognisable."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        sa.CheckConstraint(
            "attempts >= 0",
            name="attempts_not_negative",
        ),
        sa.CheckConstraint(
            "sent_at IS NULL OR dead_at IS NULL",
            name="sent_or_given_up",
        ),
    )

    key: str = Field(max_length=200, unique=True)
    message_id: str = Field(max_length=200, unique=True)
    recipient: str = Field(max_length=254)
    subject: str = Field(max_length=200)
    body: str = Field(sa_type=sa.Text)
    kept: str | None = Field(default=None, sa_type=sa.Text)
    """The body as the person and the staff may read it later: without the link that opens it."""
    template: str = Field(max_length=64)
    text_id: int | None = Field(
        default=None, foreign_key="mail_text.id", index=True, ondelete="SET NULL"
    )
    """The programme's own words that it was made from; None where ours were used."""
    announcement_id: int | None = Field(
        default=None, foreign_key="announcement.id", index=True, ondelete="SET NULL"
    )
    application_id: int | None = Field(
        default=None, foreign_key="application.id", index=True, ondelete="CASCADE"
    )
    """The application that the mail is about, so that it can be shown and erased with it."""
    draft_id: int | None = Field(
        default=None, foreign_key="draft.id", index=True, ondelete="CASCADE"
    )
    next_attempt_at: datetime = Field(sa_type=UtcDateTime, index=True)
    attempts: int = Field(default=0)
    sent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dead_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
