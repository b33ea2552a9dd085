"""What prices of limits that join pairs add to a bound, laid out from the problem's arrays alone.

A limit says that a count stays at or below its most, or at or above its least. A price p ≥ 0 of it
takes p off the value of every pair that is counted (or adds it, for a least), and adds p times the
most (or takes p times the least off) once. So nothing here is more than counting with weights.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_finding import require
from exchange.matching.problem import Problem
from exchange.matching.solution import RowPrices

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

RIVALS = 4
"""The tier of which a floor asks for contacts."""


class RowValues(NamedTuple):
    """What each pair of a student and a host costs at some prices of rows, part by part.

    Attributes
    ----------
    ordered : (K · K,) float64
        By nation of the student · K + nation of the host.
    student, host : (n,) and (m,) float64
    cell, spoken : (m, K) and (m, L + 1) float64, optional
        By nation and native language of the guest; the last language is of who has none.
    until : (m, T + 1) float64, optional
        Prices of the first days of a host, summed.
    first, last : (n,) int64
        Which of these days each student stays: first ≤ day < last.
    kept : float
    """

    ordered: FloatArray
    student: FloatArray
    host: FloatArray
    cell: FloatArray | None
    spoken: FloatArray | None
    until: FloatArray | None
    first: IntArray
    last: IntArray
    kept: float


def widen_places(problem: Problem) -> IntArray:
    """Count the students that each host can have one after another where stays do not overlap.

    Prices of hosts are of these places; what a day holds has prices of its own.
    """
    stay = problem.couplings.stay
    if stay is None or not len(stay):
        return problem.capacity
    # Most stays one after another, by a longest path over the days of leaving.
    turns: dict[int, int] = {}
    most = 0
    for arrival, leaving in sorted(stay.tolist(), key=lambda one: (one[1], one[0])):
        before = max((count for day, count in turns.items() if day < arrival), default=0)
        turns[leaving] = max(turns.get(leaving, 0), before + 1)
        most = max(most, turns[leaving])
    return problem.capacity * most


def check_rows(problem: Problem, rows: RowPrices) -> None:
    """Refuse prices of limits that are not set, of the wrong form or of the wrong sign.

    Raises
    ------
    SolverError
        With `check` "prices".
    """
    limits, nations, hosts = problem.couplings, problem.n_nations, problem.n_hosts
    for name, price, is_set in (
        ("tier4_floor", rows.tier4_floor, limits.tier4_floor is not None),
        ("kept", rows.kept, limits.previous is not None),
    ):
        fine = bool(np.isfinite(price)) and price >= 0.0 and (is_set or price == 0.0)
        require(fine, "prices", "a price of a limit is below 0, or the limit not set.", array=name)
    for name, array, shape, is_signed in (
        ("reciprocity", rows.reciprocity, _square(nations, limits.reciprocity_tolerance), True),
        ("host_nation", rows.host_nation, _table(hosts, nations, limits.host_nation_cap), False),
        (
            "host_language",
            rows.host_language,
            _table(hosts, _languages(problem), limits.host_language_cap),
            False,
        ),
        ("student_group", rows.student_group, _groups(problem, "student"), True),
        ("host_group", rows.host_group, _groups(problem, "host"), True),
        ("day", rows.day, _table(hosts, _days(problem).size, limits.stay), False),
    ):
        if array is None:
            continue
        fits = array.shape == shape and bool(np.isfinite(array).all())
        require(fits, "prices", "a price of a limit is missing, or the limit not set.", array=name)
        right = is_signed or bool((array >= 0.0).all())
        require(right, "prices", "a price of a limit is below 0.", array=name)
    for side in ("student", "host"):
        price = getattr(rows, f"{side}_group")
        for end, asked in (("max", 1.0), ("min", -1.0)):
            open_end = getattr(limits, f"{side}_group_{end}") is None
            wrong = price is not None and open_end and bool((asked * price > 0.0).any())
            require(not wrong, "prices", "a price is of a limit that is not set.", array=side)
    upper = rows.reciprocity is None or not np.tril(rows.reciprocity).any()
    require(upper, "prices", "a pair of nations has two prices.", array="reciprocity")


def _square(size: int, limit: object) -> tuple[int, ...] | None:
    return None if limit is None else (size, size)


def _table(hosts: int, columns: int, limit: object) -> tuple[int, ...] | None:
    return None if limit is None else (hosts, columns)


def _groups(problem: Problem, side: str) -> tuple[int, ...] | None:
    given = [getattr(problem.couplings, f"{side}_group_{end}") for end in ("min", "max")]
    sizes = [one.size for one in given if one is not None]
    return (sizes[0],) if sizes else None


def _languages(problem: Problem) -> int:
    language = problem.couplings.student_language
    return 0 if language is None else int(language.max(initial=0)) + 1


def _days(problem: Problem) -> IntArray:
    """List the days on which somebody arrives: only on one of them can a host fill up."""
    stay = problem.couplings.stay
    return np.zeros(0, dtype=np.int64) if stay is None else np.unique(stay[:, 0])


def lay_out(problem: Problem, rows: RowPrices) -> RowValues:
    """Lay prices of rows out so that the cost of many pairs is found by looking up."""
    limits, nations = problem.couplings, problem.n_nations
    ordered = np.zeros((nations, nations))
    if rows.reciprocity is not None:
        # From a to b costs what from b to a gains.
        ordered += rows.reciprocity - rows.reciprocity.T
    if rows.tier4_floor and problem.tier is not None:
        ordered[problem.tier == RIVALS] -= rows.tier4_floor
    student, host = np.zeros(problem.n_students), np.zeros(problem.n_hosts)
    for price, label, value in (
        (rows.student_group, limits.student_group, student),
        (rows.host_group, limits.host_group, host),
    ):
        if price is not None and label is not None:
            value[label >= 0] = price[label[label >= 0]]
    spoken = rows.host_language
    if spoken is not None:
        spoken = np.column_stack([spoken, np.zeros(problem.n_hosts)])
    until, first, last = None, *np.zeros((2, problem.n_students), dtype=np.int64)
    if rows.day is not None and limits.stay is not None:
        until = np.column_stack([np.zeros(problem.n_hosts), np.cumsum(rows.day, axis=1)])
        first = np.searchsorted(_days(problem), limits.stay[:, 0], side="left")
        last = np.searchsorted(_days(problem), limits.stay[:, 1], side="right")
    return RowValues(
        ordered.ravel(), student, host, rows.host_nation, spoken, until, first, last, rows.kept
    )


def cost_of(problem: Problem, laid: RowValues, student: IntArray, where: IntArray) -> FloatArray:
    """Compute what pairs of students and hosts cost at prices of rows; below 0 is a gain."""
    limits = problem.couplings
    nation = problem.student_nation[student]
    cost: FloatArray = laid.ordered[nation * problem.n_nations + problem.host_nation[where]]
    cost = cost + laid.student[student] + laid.host[where]
    if laid.cell is not None:
        cost += laid.cell[where, nation]
    if laid.spoken is not None and limits.student_language is not None:
        # −1, who has no language, finds the last column.
        cost += laid.spoken[where, limits.student_language[student]]
    if laid.until is not None:
        cost += laid.until[where, laid.last[student]] - laid.until[where, laid.first[student]]
    if laid.kept and limits.previous is not None:
        cost -= laid.kept * (limits.previous[student] == where)
    return cost


def sum_of_ends(problem: Problem, rows: RowPrices, host: IntArray) -> list[float]:
    """Multiply each price by what its limit allows; `host` is the answer, for what it keeps."""
    limits = problem.couplings
    terms = [-rows.tier4_floor * (limits.tier4_floor or 0)]
    if limits.previous is not None:
        least = int(((limits.previous >= 0) & (limits.previous == host)).sum())
        if limits.max_changes is not None:
            least = int((limits.previous >= 0).sum()) - limits.max_changes
        terms.append(-rows.kept * least)
    if rows.reciprocity is not None:
        most = _most_uneven(problem)
        terms.append(float((np.maximum(rows.reciprocity, 0.0) * most).sum()))
        terms.append(float((np.maximum(-rows.reciprocity, 0.0) * most.T).sum()))
    for prices, cap in (
        (rows.host_nation, limits.host_nation_cap),
        (rows.host_language, limits.host_language_cap),
    ):
        if prices is not None:
            terms.append(float(prices.sum()) * (cap or 0))
    if rows.day is not None:
        terms.append(float((problem.capacity * rows.day.sum(axis=1)).sum()))
    for side in ("student", "host"):
        price = getattr(rows, f"{side}_group")
        if price is not None:
            for end, part in (("max", np.maximum(price, 0.0)), ("min", np.minimum(price, 0.0))):
                limit = getattr(limits, f"{side}_group_{end}")
                if limit is not None:
                    terms.append(float(part @ limit))
    return terms


def _most_uneven(problem: Problem) -> FloatArray:
    """Say by how many a nation [a] may send [b] more than the other way round, with what was."""
    limits, nations = problem.couplings, problem.n_nations
    before = np.zeros((nations, nations))
    for a, b, count in [] if limits.standing_balance is None else limits.standing_balance.tolist():
        if a < nations and b < nations:
            before[a, b], before[b, a] = count, -count
    return np.maximum(float(limits.reciprocity_tolerance or 0), before) - before
