"""The limits that join several placements: from rules and profiles to arrays of the solver."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.errors import RulesError
from exchange.formulation.index import Index, IntArray
from exchange.matching.mixing import LEAST_PLACES

UNLIMITED = 1_000_000_000
"""More than any group can hold; stands for a group without a cap."""


def encode_limits(
    students: Sequence[StudentEntry],
    hosts: Sequence[HostEntry],
    rules: Rules,
    index: Index,
) -> dict[str, Any]:
    """Return the keywords of `Problem` that carry these limits; empty where none is set.

    Raises
    ------
    RulesError
        When a limit is set for a partner or a group that nobody belongs to, or without what it
        counts from.
    """
    found: dict[str, Any] = {
        "keep_together": _student_pairs(students, index, "keep_with"),
        "keep_apart": _student_pairs(students, index, "keep_apart"),
        "host_nation_cap": rules.max_same_nation_per_host,
        "host_language_cap": rules.max_same_language_per_host,
        "tier4_floor": rules.tier4_floor,
        "reciprocity_tolerance": rules.reciprocity_tolerance,
    }
    if rules.reciprocity_tolerance is not None:
        found["standing_balance"] = _balance_rows(rules, index)
    if rules.inside_host_weight and any(host.capacity >= LEAST_PLACES for host in hosts):
        found["inside_host_weight"] = rules.inside_host_weight
    if rules.max_same_language_per_host is not None:
        found["student_language"] = _native_languages(students)
    partners = group_names(students)
    if rules.partner_min or rules.partner_max:
        found["student_group"] = _labels((one.partner for one in students), partners)
        found |= _ends("student_group", "partner", rules.partner_min, rules.partner_max, partners)
    groups = group_names(hosts)
    siblings = found["keep_together"] is not None
    if rules.group_min or rules.group_max or rules.isolation_guard or (siblings and groups):
        found["host_group"] = _labels((one.group for one in hosts), groups)
        found |= _ends("host_group", "group", rules.group_min, rules.group_max, groups)
    if rules.isolation_guard:
        if not groups:
            raise RulesError(
                "The rule isolation_guard looks at groups of hosts, and no host has one; fill the "
                "column group.",
                rule="isolation_guard",
            )
        found["isolation_guard"] = True
    if rules.max_changes is not None and not rules.previous:
        raise RulesError(
            "The rule max_changes counts from earlier placements; name them as previous.",
            rule="max_changes",
        )
    if rules.previous:
        found["previous"] = _earlier_hosts(rules.previous, index, len(students))
        found["max_changes"] = rules.max_changes
    return {name: value for name, value in found.items() if value is not None}


def group_names(people: Sequence[StudentEntry] | Sequence[HostEntry]) -> tuple[str, ...]:
    """List the partners of students, or the groups of hosts, in the order of their labels."""
    named = {one.partner if isinstance(one, StudentEntry) else one.group for one in people}
    return tuple(sorted(name for name in named if name))


def unknown_companions(students: Iterable[StudentEntry], index: Index) -> tuple[str, ...]:
    """Name whom students ask to be kept with, or apart from, who are not in this match."""
    asked = {other for one in students for other in (*one.keep_with, *one.keep_apart)}
    return tuple(sorted(asked - index.student_rows.keys()))


def _student_pairs(students: Sequence[StudentEntry], index: Index, name: str) -> IntArray | None:
    """Pairs that either of two asks for; somebody who is not in this match binds nobody."""
    pairs = {
        (min(row, other), max(row, other))
        for row, student in enumerate(students)
        for asked in getattr(student, name)
        if (other := index.student_rows.get(asked)) is not None and other != row
    }
    return np.array(sorted(pairs), dtype=np.int64) if pairs else None


def _native_languages(students: Sequence[StudentEntry]) -> IntArray:
    """The first language is the native one; −1 where no language is known."""
    first = [student.languages[0].tag if student.languages else "" for student in students]
    tags = {tag: row for row, tag in enumerate(sorted(set(first) - {""}))}
    return np.array([tags.get(tag, -1) for tag in first], dtype=np.int64)


def _labels(names: Iterable[str | None], known: Sequence[str]) -> IntArray:
    label = {name: row for row, name in enumerate(known)}
    return np.array([label.get(name or "", -1) for name in names], dtype=np.int64)


def _ends(
    array: str,
    rule: str,
    least: Mapping[str, int],
    most: Mapping[str, int],
    known: Sequence[str],
) -> dict[str, IntArray]:
    unknown = sorted({*least, *most} - set(known))
    if unknown:
        raise RulesError(
            f"The rules limit the {rule} {', '.join(unknown)}, which nobody in this match has; "
            "correct the name.",
            rule=rule,
            unknown=unknown,
        )
    found = {}
    if least:
        found[f"{array}_min"] = np.array([least.get(name, 0) for name in known], dtype=np.int64)
    if most:
        found[f"{array}_max"] = np.array(
            [most.get(name, UNLIMITED) for name in known], dtype=np.int64
        )
    return found


def _balance_rows(rules: Rules, index: Index) -> IntArray | None:
    """Balances of earlier cycles between nations that are in this match."""
    rows = []
    for (one, other), count in rules.standing_balance.items():
        a, b = index.nation_rows.get(one), index.nation_rows.get(other)
        if a is not None and b is not None:
            rows.append((a, b, count) if a < b else (b, a, -count))
    return np.array(sorted(rows), dtype=np.int64) if rows else None


def _earlier_hosts(previous: Iterable[tuple[str, str]], index: Index, n: int) -> IntArray:
    """Rows of earlier hosts; who is no longer in this match has nothing to keep."""
    rows = np.full(n, -1, dtype=np.int64)
    for student, host in previous:
        if student in index.student_rows and host in index.host_rows:
            rows[index.student_rows[student]] = index.host_rows[host]
    return rows
