"""Incidents: that somebody asked for help, everything said about it, and whom it names.

Nothing here goes with the erasure of a person: an incident belongs to the leads, and a lead
decides what becomes of such a wish. Entries are added and never changed.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.incident import EntryKind, IncidentOutcome, IncidentState, Reporter
from exchange.records.base import PublicRecord, Record, UtcDateTime, enum_column


class Incident(PublicRecord, table=True):
    """Somebody needs help. How it stands is kept here, what was said in its entries."""

    __table_args__ = (
        sa.CheckConstraint(
            "(state = 'reported') = (acknowledged_at IS NULL)", name="acknowledged_some_time"
        ),
        sa.CheckConstraint(
            "(state = 'decided') = (decided_at IS NOT NULL)", name="decided_some_time"
        ),
        sa.CheckConstraint("(decided_at IS NULL) = (outcome IS NULL)", name="decided_something"),
        sa.CheckConstraint(
            "outcome IS NULL OR outcome <> 'authority' OR told_at IS NOT NULL",
            name="authority_told_some_time",
        ),
        sa.Index("ix_incident_programme_id_state", "programme_id", "state"),
    )

    programme_id: int = Field(foreign_key="programme.id", ondelete="RESTRICT")
    cycle_id: int = Field(foreign_key="cycle.id", ondelete="RESTRICT")
    about_id: int = Field(foreign_key="application.id", index=True, ondelete="RESTRICT")
    """The application of whoever needs help."""
    reporter: Reporter = Field(sa_type=enum_column(Reporter))
    reporter_account_id: int | None = Field(
        default=None, foreign_key="account.id", ondelete="SET NULL"
    )
    idempotency_key: str = Field(max_length=64, unique=True)
    """A button pressed twice asks once."""
    state: IncidentState = Field(default=IncidentState.REPORTED, sa_type=enum_column(IncidentState))
    acknowledge_by: datetime = Field(sa_type=UtcDateTime)
    decide_by: datetime = Field(sa_type=UtcDateTime)
    acknowledged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    outcome: IncidentOutcome | None = Field(default=None, sa_type=enum_column(IncidentOutcome))
    told_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    """When an authority was told."""
    is_frozen: bool = Field(default=True)
    """Whether the two sides of the placement no longer see how to reach each other."""


class IncidentEntry(Record, table=True):
    """Something said or done about an incident."""

    __tablename__ = "incident_entry"

    incident_id: int = Field(foreign_key="incident.id", index=True, ondelete="CASCADE")
    kind: EntryKind = Field(sa_type=enum_column(EntryKind))
    text: str | None = Field(default=None, max_length=4000)
    outcome: IncidentOutcome | None = Field(default=None, sa_type=enum_column(IncidentOutcome))
    application_id: int | None = Field(
        default=None, foreign_key="application.id", ondelete="RESTRICT"
    )
    """Whose wish to be erased it is about."""
    by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")


class IncidentPerson(Record, table=True):
    """Somebody an incident names, who therefore sees nothing of it: an applicant, or staff."""

    __tablename__ = "incident_person"
    __table_args__ = (
        sa.CheckConstraint("(application_id IS NULL) <> (account_id IS NULL)", name="one_person"),
        sa.UniqueConstraint("incident_id", "application_id"),
        sa.UniqueConstraint("incident_id", "account_id"),
    )

    incident_id: int = Field(foreign_key="incident.id", ondelete="CASCADE")
    application_id: int | None = Field(
        default=None, foreign_key="application.id", index=True, ondelete="RESTRICT"
    )
    account_id: int | None = Field(
        default=None, foreign_key="account.id", index=True, ondelete="RESTRICT"
    )
