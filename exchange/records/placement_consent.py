"""Agreements to one placement: one row for each time that somebody gave one; only withdrawn."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.placement_consents import PairConsent
from exchange.records.base import Record, UtcDateTime, enum_column

_OF_APPLICANT = sa.text("guardian_id IS NULL AND withdrawn_at IS NULL")
_OF_GUARDIAN = sa.text("guardian_id IS NOT NULL AND withdrawn_at IS NULL")


class PlacementConsent(Record, table=True):
    """To one student with one host, whichever run places them; it belongs to whoever gave it.

    `application_id` is the giver's own application, of a guardian that of the student.
    """

    __tablename__ = "placement_consent"
    __table_args__ = (
        sa.CheckConstraint("text_version >= 1", name="text_version_positive"),
        sa.CheckConstraint("length(text_hash) = 64", name="hash_whole"),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name="withdrawn_after_given"
        ),
        sa.Index(
            "uq_placement_consent_of_applicant",
            "application_id",
            "student_id",
            "host_id",
            "code",
            unique=True,
            sqlite_where=_OF_APPLICANT,
            postgresql_where=_OF_APPLICANT,
        ),
        sa.Index(
            "uq_placement_consent_of_guardian",
            "guardian_id",
            "student_id",
            "host_id",
            "code",
            unique=True,
            sqlite_where=_OF_GUARDIAN,
            postgresql_where=_OF_GUARDIAN,
        ),
    )

    application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    guardian_id: int | None = Field(default=None, foreign_key="guardian.id", ondelete="CASCADE")
    # Not CASCADE: what one side agreed to is not among what is kept about the other.
    student_id: int = Field(foreign_key="student.id", index=True, ondelete="RESTRICT")
    host_id: int = Field(foreign_key="host.id", index=True, ondelete="RESTRICT")
    code: PairConsent = Field(sa_type=enum_column(PairConsent))
    about: str = Field(default="", max_length=64)
    """A hash of who the other guests were; see `domain.placement_consents.NeededConsent`."""
    text_version: int
    text_hash: str = Field(max_length=64)
    """Of the text as it was shown, in that language."""
    language: str = Field(max_length=35)
    given_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
