"""Questions that a programme adds to the forms of a cycle, and what people answered."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.cycle import ApplicationKind
from exchange.domain.question import (
    LONGEST_CODE,
    LONGEST_HINT,
    LONGEST_LABEL,
    AnswerKind,
    MatchUse,
)
from exchange.records.base import PublicRecord, Record, UtcDateTime, enum_column
from exchange.translations import ENGLISH


class Question(PublicRecord, table=True):
    """A question to the students or the hosts of a cycle, changed by compare-and-swap.

    Its code, and those of its choices, never change: files and snapshots name them.
    """

    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "kind", "code"),
        sa.CheckConstraint("version >= 1", name="version_positive"),
        sa.CheckConstraint(
            "(depends_on_id IS NULL) = (depends_on_choice IS NULL)", name="whole_condition"
        ),
        sa.CheckConstraint(
            "kind = 'host' AND counterpart_id IS NULL"
            " OR kind = 'student' AND (match_use IS NULL) = (counterpart_id IS NULL)",
            name="students_are_matched_by_choices_of_hosts",
        ),
        sa.CheckConstraint(
            "match_use IS NULL OR answer IN ('one', 'some')", name="only_choices_are_matched"
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    kind: ApplicationKind = Field(sa_type=enum_column(ApplicationKind))
    """Who is asked."""
    answer: AnswerKind = Field(sa_type=enum_column(AnswerKind))
    code: str = Field(max_length=LONGEST_CODE)
    position: int
    language: str = Field(default=ENGLISH, max_length=16)
    """In which it was written."""
    label: str = Field(max_length=LONGEST_LABEL)
    hint: str | None = Field(default=None, max_length=LONGEST_HINT)
    choices: list[dict[str, Any]] = Field(default_factory=list, sa_type=sa.JSON)
    """Those of a question with a counterpart are the counterpart's."""
    translations: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    """By language: label, hint, and choices by code."""
    is_required: bool = Field(default=False)
    depends_on_id: int | None = Field(default=None, foreign_key="question.id", ondelete="RESTRICT")
    depends_on_choice: str | None = Field(default=None, max_length=LONGEST_CODE)
    lowest: int | None = Field(default=None)
    highest: int | None = Field(default=None)
    match_use: MatchUse | None = Field(default=None, sa_type=enum_column(MatchUse))
    counterpart_id: int | None = Field(default=None, foreign_key="question.id", ondelete="RESTRICT")
    """The question to hosts that one to students is held against."""
    retired_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    version: int = Field(default=1)


class QuestionAnswer(Record, table=True):
    """One answer of one application. A question that has answers cannot be deleted."""

    __tablename__ = "question_answer"
    __table_args__ = (sa.UniqueConstraint("application_id", "question_id"),)

    application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    question_id: int = Field(foreign_key="question.id", index=True, ondelete="RESTRICT")
    value: Any = Field(sa_type=sa.JSON)
    """Text, number, ISO date, or a list of codes of choices."""
