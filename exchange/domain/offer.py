"""Offers of a placement: who is asked, what answers make of it, what each side may see and when."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import IntEnum, StrEnum

from exchange.domain.placement import PlacementState


class Party(StrEnum):
    """Who answers an offer."""

    STUDENT = "student"
    GUARDIAN = "guardian"
    HOST = "host"

    @property
    def sees_the_home(self) -> bool:
        """Whether the other side is the host; a guardian stands beside the student."""
        return self is not Party.HOST


class Answer(StrEnum):
    """What one party has said."""

    AWAITED = "awaited"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class OfferEnd(StrEnum):
    """Why an offer is over; codes, so that nobody's words get where they should not."""

    DECLINED = "declined"
    LAPSED = "lapsed"
    WITHDRAWN = "withdrawn"
    """By the programme's staff."""
    LEFT = "left"
    """One side is no longer in the cycle."""
    REPLACED = "replaced"
    """A later match places the student elsewhere, or not at all."""


class NoteKind(StrEnum):
    """What staff did to an offer, with the reason in their own words."""

    EXTENDED = "extended"
    WITHDRAWN = "withdrawn"
    ANSWERED = "answered"
    """They wrote down what a party said by telephone or letter."""


class HoldState(StrEnum):
    """The life of a hold: one host at a time holds a student, others queue in order."""

    QUEUED = "queued"
    ACTIVE = "active"
    RELEASED = "released"
    LAPSED = "lapsed"


HOLDS_A_HOST = 2
"""So many students one host may hold or queue for at a time."""

AFTERWARDS = timedelta(days=30)
"""So long after the stay those who met can still look up how to reach each other."""


class Rung(IntEnum):
    """What one side sees of the other."""

    PSEUDONYM = 0
    """Nation, age band, shared languages and interests, the letter; no name."""
    FIRST_NAME = 1
    CONTACT = 2


def state_after(answers: Iterable[Answer]) -> PlacementState:
    """Return what the answers of all parties make of an offer."""
    given = list(answers)
    if Answer.DECLINED in given:
        return PlacementState.DECLINED
    if given and all(one is Answer.ACCEPTED for one in given):
        return PlacementState.ACCEPTED
    return PlacementState.OFFERED


def rung_at(
    state: PlacementState, *, starts_on: date, ends_on: date, contact_days: int, today: date
) -> Rung:
    """Return what both sides see of each other on a day.

    Names come with the confirmation of both sides; contact details so many days before the stay,
    and until a month after it. Whatever ends a placement takes them away again.
    """
    if state is not PlacementState.CONFIRMED:
        return Rung.PSEUDONYM
    is_near = starts_on - timedelta(days=contact_days) <= today <= ends_on + AFTERWARDS
    return Rung.CONTACT if is_near else Rung.FIRST_NAME


def age_band(age: int) -> str:
    """Return the years among which an age lies, such as `15-17`; single years tell too much."""
    for low, high in ((0, 11), (12, 14), (15, 17), (18, 20), (21, 24), (25, 29)):
        if low <= age <= high:
            return f"{low}-{high}"
    low = age // 10 * 10
    return f"{low}-{low + 9}"


def is_overdue(deadline_at: datetime | None, at: datetime) -> bool:
    """Say whether the time for an answer is over."""
    return deadline_at is not None and deadline_at <= at
