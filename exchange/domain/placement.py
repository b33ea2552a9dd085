"""A student placed with a host, as the solver proposes it and as a programme keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class PlacementState(StrEnum):
    """The life of a placement."""

    PROPOSED = "proposed"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    LAPSED = "lapsed"
    ENDED = "ended"
    MOVED = "moved"


NEXT_PLACEMENT_STATES: dict[PlacementState, frozenset[PlacementState]] = {
    PlacementState.PROPOSED: frozenset({PlacementState.OFFERED, PlacementState.ENDED}),
    PlacementState.OFFERED: frozenset(
        {
            PlacementState.ACCEPTED,
            PlacementState.DECLINED,
            PlacementState.LAPSED,
            PlacementState.ENDED,
        }
    ),
    PlacementState.ACCEPTED: frozenset(
        {PlacementState.CONFIRMED, PlacementState.DECLINED, PlacementState.ENDED}
    ),
    PlacementState.CONFIRMED: frozenset({PlacementState.ENDED, PlacementState.MOVED}),
    PlacementState.LAPSED: frozenset({PlacementState.OFFERED, PlacementState.ENDED}),
    PlacementState.DECLINED: frozenset(),
    PlacementState.ENDED: frozenset(),
    PlacementState.MOVED: frozenset(),
}
"""A lapsed offer may be made again; what was declined or has ended stays so."""
LIVE_PLACEMENT_STATES = frozenset(
    {
        PlacementState.PROPOSED,
        PlacementState.OFFERED,
        PlacementState.ACCEPTED,
        PlacementState.CONFIRMED,
    }
)
"""States in which the student may still travel to that host."""
AGREED_PLACEMENT_STATES = frozenset({PlacementState.ACCEPTED, PlacementState.CONFIRMED})
"""Live ones that student and host have said yes to."""


class RelocationReason(StrEnum):
    """Why a student left a host after the placement was confirmed; reports ask for these codes."""

    REPORTED = "reported"
    """Something was reported to an authority."""
    BEHAVIOUR = "behaviour"
    SCHOOL_CHANGE = "school_change"
    CIRCUMSTANCES = "circumstances"
    """The host's or the student's own have changed: withdrawal, illness, moving house."""
    INCOMPATIBILITY = "incompatibility"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Placement:
    """One student with one host.

    Attributes
    ----------
    quality : float
        q in [0, 1], the weighted mean of `terms`.
    review : bool
        The nation pair is of the highest tension tier: a person decides before release.
    only_contact_of_pair : bool
        These two nations meet here and nowhere else in the run.
    terms : mapping of str to float
        Each active quality term by name, in [0, 1].
    """

    student_id: str
    host_id: str
    student_nation: str
    host_nation: str
    quality: float
    review: bool
    only_contact_of_pair: bool
    terms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A student without a place: a stable reason code, and a sentence with the facts."""

    student_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Contact:
    """How often two nations meet."""

    nation_a: str
    nation_b: str
    placements: int
    weight: float
    tension_tier: int
    has_data: bool = True
