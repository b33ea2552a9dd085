"""Limits that contradict each other, in the words and ids of the programme."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from exchange.domain.eligibility import GATE_TEXTS, Gate, active_gates, closed_gates
from exchange.formulation.encode import Encoded
from exchange.formulation.limits import group_names
from exchange.matching import LimitConflict, Solution


@dataclass(frozen=True, slots=True)
class Conflict:
    """Limits of a run that contradict each other, in the words of the programme."""

    code: str
    message: str
    facts: Mapping[str, object]


def explain_conflicts(solution: Solution, encoded: Encoded) -> tuple[Conflict, ...]:
    """Say in ids, not row numbers, which limits of an infeasible problem contradict each other."""
    return tuple(_explain_conflict(conflict, encoded) for conflict in solution.conflicts)


def _explain_conflict(conflict: LimitConflict, encoded: Encoded) -> Conflict:
    facts: dict[str, Any] = dict(conflict.facts)
    for key, ids in (("student", encoded.index.student_ids), ("host", encoded.index.host_ids)):
        if key in facts:
            facts[key] = ids[facts[key]]
        if f"{key}s" in facts:
            facts[f"{key}s"] = [ids[row] for row in facts[f"{key}s"]]
    if "nations" in facts:
        facts["nations"] = [encoded.index.nations[row] for row in facts["nations"]]
    if "group" in facts:
        people = encoded.students if conflict.code.startswith("student") else encoded.hosts
        facts["group"] = group_names(people)[facts["group"]]
    if conflict.code == "pin_not_allowed":
        facts["gates"] = [gate.value for gate in _gates_of_pair(conflict, encoded)]
    wording = _CONFLICT_TEXTS.get(conflict.code)
    return Conflict(conflict.code, wording(facts) if wording else conflict.message, facts)


def _gates_of_pair(conflict: LimitConflict, encoded: Encoded) -> tuple[Gate, ...]:
    rows: dict[str, Any] = dict(conflict.facts)
    snapshot = encoded.snapshot
    gates = active_gates(snapshot.student_columns, snapshot.host_columns)
    student, host = encoded.students[rows["student"]], encoded.hosts[rows["host"]]
    return closed_gates(student, host, encoded.rules, gates)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _joined(facts: Mapping[str, Any]) -> str:
    return " and ".join(facts.get("students", facts.get("nations", ())))


def _pinned(facts: Mapping[str, Any]) -> str:
    return f"Student {facts['student']} is pinned to host {facts['host']}"


_CONFLICT_TEXTS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "pin_forbidden": lambda facts: f"{_pinned(facts)} and forbidden to go there; drop one of both.",
    "pin_not_allowed": lambda facts: (
        f"{_pinned(facts)}, but a hard rule keeps them apart: "
        + " ".join(GATE_TEXTS[Gate(gate)] for gate in facts["gates"])
        + " Drop the pin, or correct the profile."
    ),
    "pin_below_min_quality": lambda facts: (
        f"{_pinned(facts)}, but they fit with {facts['quality']:.2f}, below the minimum of "
        f"{facts['min_quality']:.2f}; drop the pin or lower the minimum."
    ),
    "pin_twice": lambda facts: (
        f"Student {facts['student']} is pinned to several hosts "
        f"({', '.join(facts['hosts'])}); keep one of these pins."
    ),
    "pin_over_capacity": lambda facts: (
        f"{len(facts['students'])} students are pinned to host {facts['host']}, which has "
        f"{_count(facts['places'], 'place')}; drop a pin or add a place."
    ),
    "tier4_floor": lambda facts: (
        f"{_count(facts['asked'], 'contact')} between nations of tier 4 are asked for; "
        f"{facts['gives']} of them cannot be made. Lower the floor, or find more such hosts."
    ),
    "max_changes": lambda facts: (
        f"At most {_count(facts['asked'], 'earlier placement')} may change; "
        f"{facts['gives']} more must. Raise max_changes."
    ),
    "keep_together": lambda facts: (
        f"Students {_joined(facts)} cannot be kept together, as keep_with asks."
    ),
    "keep_apart": lambda facts: (
        f"Students {_joined(facts)} cannot be kept apart, as keep_apart asks."
    ),
    "host_nation_cap": lambda facts: (
        f"Host {facts['host']} would have {facts['gives']} more students of one nation than "
        "max_same_nation_per_host allows."
    ),
    "host_language_cap": lambda facts: (
        f"Host {facts['host']} would have {facts['gives']} more students of one native language "
        "than max_same_language_per_host allows."
    ),
    "student_group_min": lambda facts: (
        f"{_count(facts['gives'], 'placement')} too few can be found for the students of "
        f"{facts['group']}. Lower partner_min."
    ),
    "student_group_max": lambda facts: (
        f"The students of {facts['group']} have {_count(facts['gives'], 'placement')} more than "
        "partner_max allows."
    ),
    "host_group_min": lambda facts: (
        f"{_count(facts['gives'], 'placement')} too few can be found at the hosts of "
        f"{facts['group']}. Lower group_min."
    ),
    "host_group_max": lambda facts: (
        f"The hosts of {facts['group']} have {_count(facts['gives'], 'placement')} more than "
        "group_max allows."
    ),
    "reciprocity_tolerance": lambda facts: (
        f"{_joined(facts)} differ by {facts['gives']} more in how many they send each other than "
        "reciprocity_tolerance allows."
    ),
    "isolation_guard": lambda facts: (
        f"At the hosts of {facts['group']} a student would be the only one of a nation."
    ),
}
