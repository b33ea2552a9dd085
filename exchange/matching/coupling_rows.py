"""Limits that join several pairs, as named rows of a linear program over the edges of a network.

A row says low ≤ a·x + b·z ≤ high, where x are the edges and z the truth values that the isolation
guard needs. What pinned placements use up is taken off low and high.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import sparse

from exchange.matching.isolation_rows import SPREAD, guard_rows, implied_rows, longest_chain
from exchange.matching.limits import Network
from exchange.matching.problem import Problem
from exchange.matching.row_groups import Placings, RowGroup, make_rows, one_row

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

TOP_TIER = 4


@dataclass(frozen=True, slots=True, eq=False)
class CouplingRows:
    """All rows.

    Attributes
    ----------
    matrix : (R, E + Z) sparse, by columns
    low, high : (R,) float64
    name : (R,) list of str
        The limit, by its name in the file contract.
    key : (R,) int64
    n_truths : int
        Z.
    part : (R,) int64
        What tells the rows of one host apart: the nation, the native language, the day; else 0.
    """

    matrix: sparse.csc_array
    low: FloatArray
    high: FloatArray
    name: tuple[str, ...]
    key: IntArray
    n_truths: int
    part: IntArray

    def holds(self, chosen: IntArray, n_edges: int) -> bool:
        """Say whether the edges of an answer keep every row; only without truth values."""
        x = np.zeros(n_edges)
        x[chosen] = 1.0
        used = self.matrix @ x
        return bool(((used >= self.low - 1e-6) & (used <= self.high + 1e-6)).all())


def with_shared_places(problem: Problem) -> Problem:
    """Widen capacities where stays need not overlap: what a day holds is for the rows to say."""
    stay = problem.couplings.stay
    if stay is None:
        return problem
    return replace(problem, capacity=problem.capacity * longest_chain(stay))


def build_rows(problem: Problem, network: Network, *, implied: bool = True) -> CouplingRows:
    """Lay out every limit of `problem.couplings` over the edges of a network.

    Parameters
    ----------
    problem : Problem
    network : Network
        Of this problem, without hosts for the unplaced.
    implied : bool
        With rows that follow from the others and only make the relaxation tighter. Leave them out
        where rows may be broken: breaking one limit would break them too.
    """
    at = Placings(
        np.append(network.student_row[network.edge_student], problem.pin[:, 0]),
        np.append(network.host_row[network.edge_host], problem.pin[:, 1]),
        network.n_edges,
    )
    groups = [*_at_one_host(problem, at), *_of_pairs(problem, at), *_counts(problem, at)]
    truths, guard = guard_rows(problem, at)
    width = at.student.size + truths
    groups += guard
    if implied and guard:
        groups += implied_rows(problem, at)
    if not groups:
        groups = [make_rows("none", np.zeros((0, 2), dtype=np.int64), np.zeros(0), high=0.0)]
    sizes = [group.low.size for group in groups]
    first = np.cumsum([0, *sizes])[:-1]
    where = [group.row + begin for group, begin in zip(groups, first, strict=True)]
    whole = sparse.csc_array(
        (
            np.concatenate([group.value for group in groups]),
            (np.concatenate(where), np.concatenate([group.column for group in groups])),
        ),
        shape=(sum(sizes), width),
    )
    pins = np.arange(at.n_edges, at.student.size)
    used = np.asarray(whole[:, pins].sum(axis=1)).ravel()
    kept = np.append(np.arange(at.n_edges), np.arange(at.student.size, width))
    names = [name for group in groups for name in [group.name] * group.low.size]
    return CouplingRows(
        matrix=whole[:, kept].tocsc(),
        low=np.concatenate([group.low for group in groups]) - used,
        high=np.concatenate([group.high for group in groups]) - used,
        name=tuple(names),
        key=np.concatenate([group.key for group in groups]),
        n_truths=truths,
        part=np.concatenate(
            [np.zeros_like(group.key) if group.part is None else group.part for group in groups]
        ),
    )


def _at_one_host(problem: Problem, at: Placings) -> list[RowGroup]:
    """Caps by nation or language at a host, and places per day."""
    limits = problem.couplings
    found = []
    for name, label, cap in (
        ("host_nation_cap", problem.student_nation, limits.host_nation_cap),
        ("host_language_cap", limits.student_language, limits.host_language_cap),
    ):
        if cap is None or label is None:
            continue
        counted = np.flatnonzero(label[at.student] >= 0)
        code = at.host[counted] * (int(label.max(initial=0)) + 1) + label[at.student[counted]]
        entries = np.column_stack([code, counted])
        rows = make_rows(name, entries, np.ones(counted.size), high=float(cap))
        kinds = int(label.max(initial=0)) + 1
        found.append(rows._replace(key=rows.key // kinds, part=rows.key % kinds))
    if limits.stay is not None:
        found.append(_days(problem, limits.stay, at))
    return found


def _days(problem: Problem, stay: IntArray, at: Placings) -> RowGroup:
    """Places of each host on each day on which somebody could come; only then can it fill up."""
    # A day of arrival matters only when somebody can leave between it and the next one.
    days, ends = np.unique(stay[:, 0]), np.unique(stay[:, 1])
    leaving = np.searchsorted(ends, days, side="left")
    last_of_run = np.append(leaving[1:] != leaving[:-1], True)
    entries = []
    for place, day in enumerate(days[last_of_run].tolist()):
        there = (stay[at.student, 0] <= day) & (stay[at.student, 1] >= day)
        column = np.flatnonzero(there)
        entries.append(np.column_stack([at.host[column] * days.size + place, column]))
    listed = np.concatenate(entries) if entries else np.zeros((0, 2), dtype=np.int64)
    rows = make_rows("stay", listed, np.ones(len(listed)))
    host, part = np.divmod(rows.key, max(days.size, 1))
    return rows._replace(
        key=host, part=days[last_of_run][part], high=problem.capacity[host].astype(np.float64)
    )


def _of_pairs(problem: Problem, at: Placings) -> list[RowGroup]:
    """Students who belong together, and students who must not share a host."""
    limits = problem.couplings
    m = problem.n_hosts
    own = np.arange(m)
    area = own
    if limits.host_group is not None:
        group = limits.host_group
        area = np.where(group >= 0, group, int(group.max(initial=0)) + 1 + own)
    found = []
    for name, pairs, place, signs in (
        ("keep_together", limits.keep_together, area, (1.0, -1.0)),
        ("keep_apart", limits.keep_apart, own, (1.0, 1.0)),
    ):
        if pairs is None:
            continue
        parts, values = [], []
        width = int(place.max(initial=0)) + 1
        for row, both in enumerate(pairs.tolist()):
            for student, sign in zip(both, signs, strict=True):
                column = np.flatnonzero(at.student == student)
                code = row * width + place[at.host[column]]
                parts.append(np.column_stack([code, column]))
                values.append(np.full(column.size, sign))
        together = name == "keep_together"
        rows = make_rows(
            name,
            np.concatenate(parts),
            np.concatenate(values),
            low=0.0 if together else -np.inf,
            high=0.0 if together else 1.0,
        )
        found.append(rows._replace(key=rows.key // width))
    return found


def _counts(problem: Problem, at: Placings) -> list[RowGroup]:
    """Minimums and caps over many pairs: groups, rivals, both directions, earlier placements."""
    limits = problem.couplings
    found = []
    sides = (
        ("student_group", limits.student_group, at.student),
        ("host_group", limits.host_group, at.host),
    )
    for name, label, people in sides:
        for end in ("min", "max"):
            limit: IntArray | None = getattr(limits, f"{name}_{end}")
            if limit is None or label is None:
                continue
            group = label[people]
            column = np.flatnonzero(group >= 0)
            value = np.ones(column.size)
            amount = limit.astype(np.float64)
            every = RowGroup(
                f"{name}_{end}",
                group[column],
                column,
                value,
                amount if end == "min" else np.full(amount.size, -np.inf),
                amount if end == "max" else np.full(amount.size, np.inf),
                np.arange(amount.size),
            )
            found.append(every)
    a, b = problem.student_nation[at.student], problem.host_nation[at.host]
    if limits.tier4_floor is not None and problem.tier is not None:
        column = np.flatnonzero(problem.tier[a, b] == TOP_TIER)
        found.append(one_row("tier4_floor", column, float(limits.tier4_floor)))
    if limits.reciprocity_tolerance is not None:
        code = np.minimum(a, b) * problem.n_nations + np.maximum(a, b)
        column = np.arange(a.size)
        sign = np.where(a < b, 1.0, -1.0)
        name = "reciprocity_tolerance"
        rows = make_rows(name, np.column_stack([code, column]), sign)
        before = _balance_before(problem, rows.key)
        most = float(limits.reciprocity_tolerance)
        # A balance beyond the tolerance does not grow; that nobody travels always keeps it.
        low, high = np.minimum(-most, before) - before, np.maximum(most, before) - before
        found.append(rows._replace(low=low, high=high))
    if limits.max_changes is not None and limits.previous is not None:
        column = kept_columns(limits.previous, at)
        least = int((limits.previous >= 0).sum()) - limits.max_changes
        found.append(one_row("max_changes", column, float(least)))
    return found


def _balance_before(problem: Problem, code: IntArray) -> npt.NDArray[np.float64]:
    """By how many the first nation of each pair has sent the second more before."""
    standing = problem.couplings.standing_balance
    if standing is None:
        return np.zeros(code.size)
    known = {int(a) * problem.n_nations + int(b): float(count) for a, b, count in standing.tolist()}
    return np.array([known.get(one, 0.0) for one in code.tolist()])


def kept_columns(previous: IntArray, at: Placings) -> IntArray:
    """Columns that leave a student where the student was."""
    return np.flatnonzero(previous[at.student] == at.host)


def with_placed(rows: CouplingRows, placed: IntArray) -> CouplingRows:
    """Tighten what the isolation guard implies once it is known how many of each nation are placed.

    Parameters
    ----------
    rows : CouplingRows
    placed : (K,) int64
        Students of each nation with a place, pinned ones included, in every answer from here on.
    """
    spread = np.array([name == SPREAD for name in rows.name], dtype=bool)
    high = rows.high.copy()
    high[spread] = np.minimum(high[spread], placed[rows.key[spread]] // 2)
    return replace(rows, high=high)
