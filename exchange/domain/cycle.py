"""A cycle and the sign-ups to it: their states, and which state may follow which."""

from datetime import datetime
from enum import StrEnum


class ApplicationKind(StrEnum):
    """Who signs up."""

    STUDENT = "student"
    HOST = "host"


class ApplicationState(StrEnum):
    """The life of an application. Only `approved` ones are offered to the solver as cleared.

    `waiting` is a minor's until its guardians have agreed: no snapshot takes it, and staff decide
    nothing but to decline it.
    """

    WAITING = "waiting"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    RETURNED = "returned"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


NEXT_APPLICATION_STATES: dict[ApplicationState, frozenset[ApplicationState]] = {
    ApplicationState.WAITING: frozenset(
        {ApplicationState.SUBMITTED, ApplicationState.DECLINED, ApplicationState.WITHDRAWN}
    ),
    ApplicationState.SUBMITTED: frozenset(
        {
            ApplicationState.APPROVED,
            ApplicationState.RETURNED,
            ApplicationState.DECLINED,
            ApplicationState.WITHDRAWN,
            ApplicationState.WAITING,
        }
    ),
    ApplicationState.APPROVED: frozenset(
        {
            ApplicationState.SUBMITTED,
            ApplicationState.RETURNED,
            ApplicationState.WITHDRAWN,
            ApplicationState.WAITING,
        }
    ),
    ApplicationState.RETURNED: frozenset(
        {
            ApplicationState.SUBMITTED,
            ApplicationState.DECLINED,
            ApplicationState.WITHDRAWN,
            ApplicationState.WAITING,
        }
    ),
    ApplicationState.DECLINED: frozenset(),
    ApplicationState.WITHDRAWN: frozenset(),
}


WITHOUT_GUARDIANS = frozenset(
    {ApplicationState.WAITING, ApplicationState.DECLINED, ApplicationState.WITHDRAWN}
)
"""The states that a minor's application may have while a guardian's agreement is missing."""


class GuardianState(StrEnum):
    """What a guardian has answered."""

    INVITED = "invited"
    AGREED = "agreed"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


MOST_GUARDIANS = 2
"""Of one application; a cycle asks for one or for two."""


class RunKind(StrEnum):
    """How a run came about: solved anew, changed by hand, or matched again with few changes."""

    SOLVE = "solve"
    HAND = "hand"
    REMATCH = "rematch"


class RunState(StrEnum):
    """The life of a match run."""

    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    PUBLISHED = "published"
    SUPERSEDED = "superseded"
    INFEASIBLE = "infeasible"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    FAILED = "failed"


LIVE_RUN_STATES = frozenset({RunState.QUEUED, RunState.RUNNING})

NEXT_RUN_STATES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.CANCELLED, RunState.FAILED}),
    RunState.RUNNING: frozenset(
        {
            RunState.QUEUED,
            RunState.READY,
            RunState.INFEASIBLE,
            RunState.CANCELLED,
            RunState.TIMED_OUT,
            RunState.FAILED,
        }
    ),
    # Only a change by hand that is taken back is cancelled after it was ready.
    RunState.READY: frozenset({RunState.PUBLISHED, RunState.CANCELLED}),
    RunState.PUBLISHED: frozenset({RunState.SUPERSEDED}),
    RunState.SUPERSEDED: frozenset(),
    RunState.INFEASIBLE: frozenset(),
    RunState.CANCELLED: frozenset(),
    RunState.TIMED_OUT: frozenset(),
    RunState.FAILED: frozenset(),
}


class PublicationState(StrEnum):
    """The life of a proposal to publish a run."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    FALLEN = "fallen"
    """What it was made from has changed, or another run was published."""


def is_open(opens_at: datetime, closes_at: datetime, at: datetime) -> bool:
    """Say whether sign-up is open at a moment: from `opens_at` on, and before `closes_at`."""
    return opens_at <= at < closes_at
