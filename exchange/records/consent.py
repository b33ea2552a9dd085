"""Consents: one row for each time that somebody consented; withdrawn, never changed otherwise."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.consent import Purpose
from exchange.records.base import Record, UtcDateTime, enum_column


class Consent(Record, table=True):
    """Of the applicant where no guardian is named; at most one is in force for each purpose."""

    __table_args__ = (
        sa.CheckConstraint("text_version >= 1", name="text_version_positive"),
        sa.CheckConstraint("length(text_hash) = 64", name="hash_whole"),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR withdrawn_at >= given_at", name="withdrawn_after_given"
        ),
        sa.CheckConstraint(
            "purpose <> 'taking_part' OR guardian_id IS NOT NULL", name="taking_part_of_guardian"
        ),
        sa.Index(
            "uq_consent_in_force_of_applicant",
            "application_id",
            "purpose",
            unique=True,
            sqlite_where=sa.text("guardian_id IS NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("guardian_id IS NULL AND withdrawn_at IS NULL"),
        ),
        sa.Index(
            "uq_consent_in_force_of_guardian",
            "guardian_id",
            "purpose",
            unique=True,
            sqlite_where=sa.text("guardian_id IS NOT NULL AND withdrawn_at IS NULL"),
            postgresql_where=sa.text("guardian_id IS NOT NULL AND withdrawn_at IS NULL"),
        ),
    )

    application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    guardian_id: int | None = Field(default=None, foreign_key="guardian.id", ondelete="CASCADE")
    purpose: Purpose = Field(sa_type=enum_column(Purpose))
    text_version: int
    text_hash: str = Field(max_length=64)
    """Of the text as it was shown, in that language."""
    language: str = Field(max_length=35)
    given_at: datetime = Field(sa_type=UtcDateTime)
    withdrawn_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
