"""Which placements of a run cannot stay as they are, and why."""

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum

from exchange.domain.hand import Cohort
from exchange.domain.placement import PlacementState


class Trouble(StrEnum):
    """Why a placement cannot stay, where no gate or rule says so; the values are stable codes."""

    STUDENT_GONE = "student_gone"
    HOST_GONE = "host_gone"
    STUDENT_NOT_CLEARED = "student_not_cleared"
    HOST_NOT_CLEARED = "host_not_cleared"
    FEWER_PLACES = "fewer_places"
    DECLINED = "declined"


ENDED = frozenset({PlacementState.DECLINED, PlacementState.ENDED, PlacementState.MOVED})


def troubles_of(
    cohort: Cohort, host_of: Mapping[str, str], state_of: Mapping[str, PlacementState]
) -> dict[str, tuple[str, ...]]:
    """List what keeps each placement from staying, by the people as they are now.

    Parameters
    ----------
    cohort : Cohort
        Everybody who is signed up now, with the rules that hold now.
    host_of : mapping of student id to host id
        The placements of an earlier run.
    state_of : mapping of student id to PlacementState
        What has become of them.

    Returns
    -------
    dict of student id to codes
        Of `Trouble`, `Gate` and `Blocked`; a placement that can stay is not there.
    """
    guests = Counter(host_of.values())
    found = {}
    for student_id, host_id in host_of.items():
        student, host = cohort.students.get(student_id), cohort.hosts.get(host_id)
        codes: list[str] = []
        if state_of.get(student_id) in ENDED:
            codes.append(Trouble.DECLINED)
        if student is None:
            codes.append(Trouble.STUDENT_GONE)
        elif not student.cleared:
            codes.append(Trouble.STUDENT_NOT_CLEARED)
        if host is None:
            codes.append(Trouble.HOST_GONE)
        elif not host.cleared:
            codes.append(Trouble.HOST_NOT_CLEARED)
        elif guests[host_id] > host.capacity:
            codes.append(Trouble.FEWER_PLACES)
        if student is not None and host is not None:
            against = cohort.rules_against(student_id, host_id)
            # A pair that failed is forbidden from then on: that it failed says so already.
            told = {"screening", "forbidden"} if Trouble.DECLINED in codes else {"screening"}
            codes += [code for code in against if code not in told]
        if codes:
            found[student_id] = tuple(str(code) for code in codes)
    return found


def pairs_to_keep(
    host_of: Mapping[str, str], troubles: Mapping[str, tuple[str, ...]]
) -> list[tuple[str, str]]:
    """List the placements that a re-match should keep.

    Where a host has fewer places than guests, all of them are listed: who stays is for the
    re-match to choose.
    """
    movable = (Trouble.FEWER_PLACES.value,)
    return [
        (student, host)
        for student, host in sorted(host_of.items())
        if troubles.get(student, movable) == movable
    ]
