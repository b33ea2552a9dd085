"""Renewals: a sign-up that was begun from the answers of an earlier one."""

from sqlmodel import Field

from exchange.records.base import Record


class Renewal(Record, table=True):
    """A draft, and the application of an earlier cycle that it was filled in from."""

    draft_id: int = Field(foreign_key="draft.id", unique=True, ondelete="CASCADE")
    previous_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
