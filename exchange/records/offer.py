"""Offers: a placement put to those whom it concerns, what each answered, and the place it holds."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field

from exchange.domain.offer import Answer, HoldState, NoteKind, OfferEnd, Party
from exchange.domain.placement import RelocationReason
from exchange.records.base import PublicRecord, Record, UtcDateTime, enum_column

_LIVE = sa.text("ended_at IS NULL")
_ACTIVE = sa.text("state = 'active'")
_WAITING = sa.text("state IN ('queued', 'active')")


class Offer(PublicRecord, table=True):
    """One placement, offered. It follows its pair from one published run to the next.

    Without a deadline it is not made yet: a person looks at the placement first.
    """

    __table_args__ = (
        sa.CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="ended_for_a_reason"),
        sa.CheckConstraint("(made_at IS NULL) = (deadline_at IS NULL)", name="made_with_deadline"),
        sa.CheckConstraint("version >= 1", name="version_positive"),
        sa.Index(
            "uq_offer_student_live",
            "student_application_id",
            unique=True,
            sqlite_where=_LIVE,
            postgresql_where=_LIVE,
        ),
        sa.Index("ix_offer_cycle_deadline", "cycle_id", "deadline_at"),
        sa.Index("ix_offer_next_look", "cycle_id", "next_look_on", "ended_at"),
    )

    cycle_id: int = Field(foreign_key="cycle.id", ondelete="CASCADE")
    placement_id: int = Field(foreign_key="placement.id", unique=True, ondelete="CASCADE")
    student_application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    host_application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    deadline_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    end_reason: OfferEnd | None = Field(default=None, sa_type=enum_column(OfferEnd))
    leave_reason: RelocationReason | None = Field(
        default=None, sa_type=enum_column(RelocationReason)
    )
    """Why staff look for another home, until a match is published in which there is one."""
    next_look_on: date | None = None
    """Before this day no contact is due, so that the desk need not look. None: it has to."""
    version: int = Field(default=1)


class OfferAnswer(Record, table=True):
    """What one party says to an offer; awaited until then."""

    __tablename__ = "offer_answer"
    __table_args__ = (
        sa.CheckConstraint(
            "(answer = 'awaited') = (answered_at IS NULL)", name="answered_some_time"
        ),
        sa.CheckConstraint("(party = 'guardian') = (guardian_key > 0)", name="guardian_named"),
        sa.CheckConstraint("reason IS NULL OR answer = 'declined'", name="reason_to_decline"),
        sa.UniqueConstraint("offer_id", "party", "guardian_key"),
    )

    offer_id: int = Field(foreign_key="offer.id", ondelete="CASCADE")
    application_id: int = Field(foreign_key="application.id", index=True, ondelete="CASCADE")
    """Whose side the party is on."""
    party: Party = Field(sa_type=enum_column(Party))
    guardian_id: int | None = Field(default=None, foreign_key="guardian.id", ondelete="CASCADE")
    guardian_key: int = Field(default=0)
    """The guardian's number, 0 for others: what is compared must not be NULL."""
    answer: Answer = Field(default=Answer.AWAITED, sa_type=enum_column(Answer))
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    recorded_by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")
    """Who of the staff wrote it down, where the party did not answer here."""
    reason: str | None = Field(default=None, max_length=1000)
    """Why not, for the eyes of the staff alone."""


class OfferNote(Record, table=True):
    """Why staff did something to an offer, in their words and for their eyes."""

    __tablename__ = "offer_note"

    offer_id: int = Field(foreign_key="offer.id", index=True, ondelete="CASCADE")
    kind: NoteKind = Field(sa_type=enum_column(NoteKind))
    reason: str = Field(max_length=1000)
    by_id: int | None = Field(default=None, foreign_key="account.id", ondelete="SET NULL")


class HeldPlace(Record, table=True):
    """A place of a host that an accepted offer holds.

    Places are numbered, and of one host no number is held twice: of two who accept the last place
    at once, the database lets one.
    """

    __tablename__ = "held_place"
    __table_args__ = (
        sa.CheckConstraint("number >= 1", name="numbered_from_one"),
        sa.UniqueConstraint("host_id", "number"),
    )

    host_id: int = Field(foreign_key="host.id", ondelete="CASCADE")
    number: int
    offer_id: int = Field(foreign_key="offer.id", unique=True, ondelete="CASCADE")


class Hold(PublicRecord, table=True):
    """A host's timed reservation of a student who has no place yet."""

    __table_args__ = (
        sa.CheckConstraint("state <> 'active' OR until IS NOT NULL", name="timed_once_active"),
        sa.CheckConstraint("slot BETWEEN 1 AND 2", name="two_a_host"),
        sa.Index(
            "uq_hold_student_active",
            "student_application_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        sa.Index(
            "uq_hold_host_slot",
            "host_application_id",
            "slot",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
        sa.Index(
            "uq_hold_pair",
            "student_application_id",
            "host_application_id",
            unique=True,
            sqlite_where=_WAITING,
            postgresql_where=_WAITING,
        ),
    )

    cycle_id: int = Field(foreign_key="cycle.id", index=True, ondelete="CASCADE")
    student_application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    host_application_id: int = Field(foreign_key="application.id", ondelete="CASCADE")
    state: HoldState = Field(sa_type=enum_column(HoldState))
    slot: int
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
