"""What staff write down about an application for the colleague who covers."""

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record


class StaffNote(Record, table=True):
    """Never changed; it goes with the application, and the person may ask to read it."""

    __tablename__ = "staff_note"

    application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    author_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    text: str = Field(sa_type=sa.Text)
