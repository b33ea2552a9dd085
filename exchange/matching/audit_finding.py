"""What the parts of the audit share: refusing an answer, and finding a placed pair's edge.

The edge is found by a search of its own, not by the one that the solver measures with.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.errors import SolverError
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

SAME = 1e-9
"""Relative difference up to which two ways of adding the same numbers may differ."""
NAMED = 10
"""So many offenders are named; more would drown the message."""


def require(holds: bool, check: str, message: str, **facts: object) -> None:
    """Refuse the answer unless `holds`.

    Raises
    ------
    SolverError
        With `check` and `facts` among its facts.
    """
    if not holds:
        raise SolverError(f"The answer failed its audit: {message}", check=check, **facts)


def first_rows(mask: npt.NDArray[Any]) -> list[int]:
    """List the first few rows where a mask is true, as plain numbers."""
    return [int(row) for row in np.flatnonzero(mask)[:NAMED]]


def first_pairs(student: IntArray, host: IntArray, mask: BoolArray) -> list[tuple[int, int]]:
    """List the first few pairs where a mask is true, as plain numbers."""
    rows = np.flatnonzero(mask)[:NAMED]
    return list(zip(student[rows].tolist(), host[rows].tolist(), strict=True))


def edge_of(problem: Problem, student: IntArray, host: IntArray) -> IntArray:
    """Find the edge of each pair (student, host); −1 where it is not listed.

    Only the pairs asked for are touched: each step of the search goes half as far as the one
    before, inside the student's own row.
    """
    first, stop = problem.start[student], problem.start[student + 1]
    if not problem.n_edges or not student.size:
        return np.full(student.size, -1, dtype=np.int64)
    # `place` stays on the last edge of the row known to hold a host ≤ the one sought.
    place = first - 1
    step = 1 << int((stop - first).max(initial=1)).bit_length()
    while step:
        ahead = place + step
        inside = ahead < stop
        there = problem.edge_host[np.where(inside, ahead, 0)]
        place = np.where(inside & (there <= host), ahead, place)
        step //= 2
    hit = (place >= first) & (problem.edge_host[np.maximum(place, 0)] == host)
    return np.where(hit, place, -1)
