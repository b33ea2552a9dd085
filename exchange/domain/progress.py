"""How far a student is on the way to a host: what is still missing, and which days come next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from exchange.domain.cycle import ApplicationState
from exchange.domain.offer import Party
from exchange.domain.placement import PlacementState


class Missing(StrEnum):
    """What stands between a student and a confirmed place."""

    GUARDIAN = "guardian"
    """A parent or guardian has not agreed to the application."""
    CORRECTION = "correction"
    """The programme sent the answers back to the student."""
    DECISION = "decision"
    """The programme has not decided."""
    PLACE = "place"
    """Approved, and no place is offered."""
    STUDENT_ANSWER = "student_answer"
    GUARDIAN_ANSWER = "guardian_answer"
    HOST_ANSWER = "host_answer"
    AGREEMENTS = "agreements"
    """All said yes, and something that this placement needs is not signed."""


class DayKind(StrEnum):
    """Why a day matters."""

    ANSWER_UNTIL = "answer_until"
    ARRIVES = "arrives"
    LEAVES = "leaves"


@dataclass(frozen=True, slots=True)
class ComingDay:
    """A day, and why it matters."""

    kind: DayKind
    on: date


_OF_PARTY = {
    Party.STUDENT: Missing.STUDENT_ANSWER,
    Party.GUARDIAN: Missing.GUARDIAN_ANSWER,
    Party.HOST: Missing.HOST_ANSWER,
}


def missing_of(
    state: ApplicationState,
    *,
    guardians_missing: bool,
    placement: PlacementState | None,
    awaited: Collection[Party],
) -> tuple[Missing, ...]:
    """Return what is missing, the nearest first; nothing where the application has ended.

    Parameters
    ----------
    placement : PlacementState or None
        Of the place that both sides have heard of.
    awaited : collection of Party
        Who has not answered its offer.
    """
    if state in (ApplicationState.DECLINED, ApplicationState.WITHDRAWN):
        return ()
    found = [Missing.GUARDIAN] if guardians_missing else []
    if state is ApplicationState.RETURNED:
        return (*found, Missing.CORRECTION)
    if state is ApplicationState.SUBMITTED:
        return (*found, Missing.DECISION)
    if placement is PlacementState.OFFERED:
        return (*found, *(said for party, said in _OF_PARTY.items() if party in awaited))
    if placement is PlacementState.ACCEPTED:
        return (*found, Missing.AGREEMENTS)
    if state is ApplicationState.APPROVED and placement is None:
        return (*found, Missing.PLACE)
    return tuple(found)


def coming_days(
    today: date,
    *,
    answer_until: date | None,
    arrives_on: date | None,
    leaves_on: date | None,
) -> tuple[ComingDay, ...]:
    """Return the days that lie ahead, today among them, the nearest first."""
    days = (
        (DayKind.ANSWER_UNTIL, answer_until),
        (DayKind.ARRIVES, arrives_on),
        (DayKind.LEAVES, leaves_on),
    )
    found = [ComingDay(kind, on) for kind, on in days if on is not None and on >= today]
    return tuple(sorted(found, key=lambda one: one.on))
