"""Caseloads: which local coordinator looks after whom."""

import sqlalchemy as sa
from sqlmodel import Field

from exchange.records.base import Record


class Charge(Record, table=True):
    """One application in the care of one local coordinator; nobody has two."""

    __tablename__ = "charge"
    __table_args__ = (sa.UniqueConstraint("application_id"),)

    application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")
