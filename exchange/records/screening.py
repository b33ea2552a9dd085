"""How each part of an application was judged: one row a section, changed by compare-and-swap."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.screening import Section, SectionState
from exchange.records.base import Record, UtcDateTime, enum_column

_OPEN = sa.text("state = 'open'")


class SectionReview(Record, table=True):
    """A section without a row was not looked at yet.

    Accounts that judged cannot be deleted: who approved a home stays known.
    """

    __tablename__ = "section_review"
    __table_args__ = (
        sa.UniqueConstraint("application_id", "section"),
        sa.Index(
            "ix_section_review_open",
            "application_id",
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        sa.CheckConstraint("version >= 1", name="version_positive"),
        sa.CheckConstraint(
            "(state = 'returned') = (reason IS NOT NULL)", name="returned_with_a_reason"
        ),
        sa.CheckConstraint("(state = 'open') = (decided_at IS NULL)", name="decided_at_some_time"),
        sa.CheckConstraint(
            "(second_at IS NULL AND second_by_id IS NULL)"
            " OR (state = 'approved' AND second_at IS NOT NULL AND second_by_id IS NOT NULL"
            " AND decided_by_id IS NOT NULL AND second_by_id <> decided_by_id)",
            name="second_review_by_another",
        ),
    )

    application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    section: Section = Field(sa_type=enum_column(Section))
    state: SectionState = Field(sa_type=enum_column(SectionState))
    reason: str | None = Field(default=None, max_length=1000)
    decided_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    decided_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
    second_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    second_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="RESTRICT")
    version: int = Field(default=1)
