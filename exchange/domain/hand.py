"""A match changed by hand: what may be done to placements, and which rule stands in the way.

Gates, forbids, places and "never under one roof" stop everybody: no role overrides them. Limits of
a programme's own making (caps, floors, balance) may be broken by hand, knowingly and with a reason.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from exchange.domain.eligibility import active_gates, closed_gates
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry


class OverrideKind(StrEnum):
    """What a person decided about a match."""

    PIN = "pin"
    FORBID = "forbid"
    MOVE = "move"
    SWAP = "swap"
    RELEASE = "release"


STANDING = frozenset({OverrideKind.PIN, OverrideKind.FORBID})
"""These hold for later runs; the others change placements, which makes a run of its own."""


class Blocked(StrEnum):
    """Why a pair cannot be made by anyone, where no gate says so; the values are stable codes."""

    FORBIDDEN = "forbidden"
    NO_PLACE = "no_place"
    KEEP_APART = "keep_apart"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    UNKNOWN = "unknown"
    """The student or the host is not in what the run read."""


@dataclass(frozen=True, slots=True)
class Edit:
    """Students and where they go; None is no place.

    Attributes
    ----------
    kind : OverrideKind
        `MOVE`, `SWAP` or `RELEASE`.
    goes : mapping of student id to host id or None
        One student, or the two who change places.
    """

    kind: OverrideKind
    goes: Mapping[str, str | None] = field(default_factory=dict)


def move(student_id: str, host_id: str) -> Edit:
    """Send a student to another host's free place."""
    return Edit(OverrideKind.MOVE, {student_id: host_id})


def release(student_id: str) -> Edit:
    """Take a student out of the match; the place is free again."""
    return Edit(OverrideKind.RELEASE, {student_id: None})


def swap(student_id: str, other_id: str, host_of: Mapping[str, str]) -> Edit:
    """Let two students change places; one of them may have none."""
    return Edit(
        OverrideKind.SWAP,
        {student_id: host_of.get(other_id), other_id: host_of.get(student_id)},
    )


def apply_edit(host_of: Mapping[str, str], edit: Edit) -> dict[str, str]:
    """Return the placements after an edit, by student id."""
    after = {**host_of, **edit.goes}
    return {student: host for student, host in after.items() if host is not None}


def guests_by_host(host_of: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the guests of each host that has any."""
    guests: dict[str, list[str]] = {}
    for student, host in host_of.items():
        guests.setdefault(host, []).append(student)
    return guests


class Cohort:
    """The people of a snapshot by id, with the rules that a pair of them has to keep."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self.students: Mapping[str, StudentEntry] = {one.id: one for one in snapshot.students}
        self.hosts: Mapping[str, HostEntry] = {one.id: one for one in snapshot.hosts}
        self.snapshot, self.rules = snapshot, rules
        self._gates = active_gates(snapshot.student_columns, snapshot.host_columns)
        self._forbids = frozenset(rules.forbids)
        self._pins: dict[str, set[str]] = {}
        for student, host in rules.pins:
            self._pins.setdefault(student, set()).add(host)

    def rules_against(self, student_id: str, host_id: str) -> tuple[str, ...]:
        """List the codes of what keeps a pair apart, whoever else is placed: gates, then rules."""
        student, host = self.students.get(student_id), self.hosts.get(host_id)
        if student is None or host is None:
            return (Blocked.UNKNOWN.value,)
        codes = [gate.value for gate in closed_gates(student, host, self.rules, self._gates)]
        if (student_id, host_id) in self._forbids:
            codes.append(Blocked.FORBIDDEN.value)
        if self._pins.get(student_id, {host_id}) != {host_id}:
            codes.append(Blocked.PINNED_ELSEWHERE.value)
        return tuple(codes)

    def obstacles(
        self,
        host_of: Mapping[str, str],
        edit: Edit,
        guests: Mapping[str, Sequence[str]] | None = None,
    ) -> dict[str, tuple[str, ...]]:
        """List for each student of an edit what stops it, whoever asks; empty when nothing does.

        Parameters
        ----------
        host_of : mapping of student id to host id
            The placements before the edit.
        edit : Edit
        guests : mapping of host id to student ids, optional
            From `guests_by_host`; whoever asks about many edits gives it, or each counts anew.
        """
        there = guests_by_host(host_of) if guests is None else guests
        found = {}
        for student_id, host_id in edit.goes.items():
            if host_id is None:
                codes = self._against_leaving(student_id, host_of)
            else:
                stay = [one for one in there.get(host_id, ()) if one not in edit.goes]
                come = [one for one, where in edit.goes.items() if where == host_id]
                others = [one for one in (*stay, *come) if one != student_id]
                codes = [*self.rules_against(student_id, host_id)]
                host = self.hosts.get(host_id)
                if host is not None and len(others) >= host.capacity:
                    codes.append(Blocked.NO_PLACE.value)
                if any(self.kept_apart(student_id, other) for other in others):
                    codes.append(Blocked.KEEP_APART.value)
            if codes:
                found[student_id] = tuple(codes)
        return found

    def _against_leaving(self, student_id: str, host_of: Mapping[str, str]) -> list[str]:
        if student_id not in self.students:
            return [Blocked.UNKNOWN.value]
        is_held = student_id in self._pins and student_id in host_of
        return [Blocked.PINNED_ELSEWHERE.value] if is_held else []

    def kept_apart(self, one: str, other: str) -> bool:
        """Say whether either of two students asked never to share a home with the other."""
        a, b = self.students.get(one), self.students.get(other)
        return (a is not None and other in a.keep_apart) or (b is not None and one in b.keep_apart)

    def free_places(self, host_of: Mapping[str, str]) -> dict[str, int]:
        """Count the free places of each cleared host that has any."""
        guests = Counter(host_of.values())
        free = {one.id: one.capacity - guests[one.id] for one in self.hosts.values() if one.cleared}
        return {host: places for host, places in free.items() if places > 0}


def moved_between(
    before: Mapping[str, str], after: Mapping[str, str]
) -> Sequence[tuple[str, str | None, str | None]]:
    """List whom two matches place differently: student, host before, host after; by student id."""
    return [
        (student, before.get(student), after.get(student))
        for student in sorted(before.keys() | after.keys())
        if before.get(student) != after.get(student)
    ]
