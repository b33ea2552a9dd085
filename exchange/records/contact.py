"""The contact log: who spoke with whom during a stay, who looks after whom, who was reminded."""

from datetime import date

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.contact_schedule import ClockKind, ContactKind, ContactOutcome, Stage
from exchange.records.base import PublicRecord, Record, enum_column


class ContactEntry(PublicRecord, table=True):
    """Somebody of the staff spoke with whoever an application is about.

    It is added and never changed; what was wrong is corrected by another entry that names it.
    """

    __tablename__ = "contact_entry"
    __table_args__ = (
        sa.CheckConstraint(
            "outcome <> 'not_held' OR corrects_id IS NOT NULL", name="not_held_corrects"
        ),
        sa.Index("ix_contact_entry_application_id_met_on", "application_id", "met_on"),
    )

    application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    met_on: date
    kind: ContactKind = Field(sa_type=enum_column(ContactKind))
    outcome: ContactOutcome = Field(sa_type=enum_column(ContactOutcome))
    note: str | None = Field(default=None, max_length=1000)
    is_independent: bool = Field(default=True)
    """Its author has not judged the home: no interview and no visit before the stay is theirs."""
    by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    corrects_id: int | None = Field(
        default=None, foreign_key="contact_entry.id", unique=True, ondelete="CASCADE"
    )


class Caseload(Record, table=True):
    """Which of the staff looks after a student during the stay."""

    application_id: int = Field(foreign_key="application.id", unique=True, ondelete="CASCADE")
    account_id: int = Field(foreign_key="account.id", index=True, ondelete="CASCADE")


class ContactAlert(Record, table=True):
    """That staff were told of a clock, so that they are told once."""

    __tablename__ = "contact_alert"
    __table_args__ = (sa.UniqueConstraint("application_id", "clock", "since_on", "stage"),)

    application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    clock: ClockKind = Field(sa_type=enum_column(ClockKind))
    since_on: date
    stage: Stage = Field(sa_type=enum_column(Stage))
