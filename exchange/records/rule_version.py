"""Versions of a cycle's rules. Written once, never updated: what a run used can always be read."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.rule_packs import PackName
from exchange.records.base import PublicRecord, enum_column

LONGEST_REASON = 500


class RuleVersion(PublicRecord, table=True):
    """The rules and the rule pack that a cycle had from `created_at` on, and why."""

    __tablename__ = "rule_version"
    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "number"),
        sa.CheckConstraint("number >= 1", name="number_positive"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    number: int
    """1, 2, … within a cycle."""
    rules: dict[str, Any] = Field(sa_type=sa.JSON)
    rule_pack: PackName = Field(sa_type=enum_column(PackName))
    reason: str = Field(default="", max_length=LONGEST_REASON)
    """In the words of whoever changed them; empty where a command or the first set-up did."""
    actor_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
