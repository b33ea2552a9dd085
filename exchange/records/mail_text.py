"""Mails as a programme words them: a row for each version, never changed."""

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record


class MailText(Record, table=True):
    """A version of the text of one mail in one language.

    The one with the highest number counts; one without words says that ours count again.
    """

    __tablename__ = "mail_text"
    __table_args__ = (
        sa.CheckConstraint("number >= 1", name="numbered_from_one"),
        sa.CheckConstraint("(subject IS NULL) = (body IS NULL)", name="whole_or_restored"),
        sa.UniqueConstraint("programme_id", "template", "language", "number"),
    )

    programme_id: int = Field(foreign_key="programme.id", ondelete="CASCADE")
    template: str = Field(max_length=64)
    language: str = Field(max_length=16)
    number: int
    subject: str | None = Field(default=None, max_length=200)
    body: str | None = Field(default=None, sa_type=sa.Text)
    made_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
