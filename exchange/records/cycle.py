"""Cycles: one run of a programme, from sign-up to travel."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.ages import ADULT_AGE
from exchange.domain.rule_packs import PackName
from exchange.records.base import PublicRecord, UtcDateTime, enum_column


class Cycle(PublicRecord, table=True):
    """A cycle opens and closes at a moment, which people read in the cycle's own zone."""

    __table_args__ = (
        sa.CheckConstraint("opens_at < closes_at", name="opens_before_it_closes"),
        sa.CheckConstraint("stay_from_on <= stay_to_on", name="stay_runs_forward"),
        sa.CheckConstraint("guardians_needed BETWEEN 1 AND 2", name="one_or_two_guardians"),
        sa.CheckConstraint("adult_age BETWEEN 18 AND 21", name="adult_age_in_range"),
        sa.CheckConstraint("version >= 1", name="version_positive"),
    )

    programme_id: int = Field(foreign_key="programme.id", index=True, ondelete="RESTRICT")
    name: str = Field(min_length=1, max_length=200)
    time_zone: str = Field(max_length=64)
    opens_at: datetime = Field(sa_type=UtcDateTime)
    closes_at: datetime = Field(sa_type=UtcDateTime)
    stay_from_on: date
    stay_to_on: date
    rule_pack: PackName = Field(default=PackName.PLAIN, sa_type=enum_column(PackName))
    """What hosts and students have to fulfil before anybody is matched."""
    rules: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    guardians_needed: int = Field(default=1)
    """So many guardians of a minor have to agree."""
    adult_age: int = Field(default=ADULT_AGE)
    """Below it on the day of application somebody is a minor."""
    version: int = Field(default=1)
