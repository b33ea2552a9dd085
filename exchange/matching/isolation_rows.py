"""The isolation guard as rows: nobody of a nation in a group of hosts, or at least two.

One truth value for each cell of a group and a nation says which. Rows that follow from these for
whole answers are laid out apart: they only make the relaxation tighter.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching.problem import Problem
from exchange.matching.row_groups import Placings, RowGroup

IntArray = npt.NDArray[np.int64]

SPREAD = "isolation_spread"
"""Name of the rows that say in how many groups of hosts a nation can be."""


def guard_rows(problem: Problem, at: Placings) -> tuple[int, list[RowGroup]]:
    """Lay the guard out: the number of truth values, and the rows that need them."""
    group = problem.couplings.host_group
    if not problem.couplings.isolation_guard or group is None:
        return 0, []
    column, cells, cell = _cells(problem, group, at)
    truth = at.student.size + np.arange(cells.size)
    ones = np.ones(column.size)
    two = np.full(cells.size, -2.0)
    key = cells // problem.n_nations
    name, none = "isolation_guard", np.zeros(cells.size)
    pairs = RowGroup(
        name,
        np.append(cell, np.arange(cells.size)),
        np.append(column, truth),
        np.append(ones, two),
        none,
        np.full(cells.size, np.inf),
        key,
    )
    # One row for each student: far tighter than one for the whole cell with a large coefficient.
    guests, guest = np.unique(cell * problem.n_students + at.student[column], return_inverse=True)
    whose = guests // problem.n_students
    each = RowGroup(
        name,
        np.append(guest.ravel(), np.arange(guests.size)),
        np.append(column, truth[whose]),
        np.append(ones, np.full(guests.size, -1.0)),
        np.full(guests.size, -np.inf),
        np.zeros(guests.size),
        key[whose],
    )
    return cells.size, [pairs, each]


def implied_rows(problem: Problem, at: Placings) -> list[RowGroup]:
    """Lay out what follows from the guard for whole answers, and not for fractions of them."""
    limits = problem.couplings
    group = limits.host_group
    if group is None:
        return []
    column, cells, cell = _cells(problem, group, at)
    truth = at.student.size + np.arange(cells.size)
    # A nation at a host: what its places can hold when the cell is used, else nobody.
    at_host, row = np.unique(cell * problem.n_hosts + at.host[column], return_inverse=True)
    whose = at_host // problem.n_hosts
    most = problem.capacity[at_host % problem.n_hosts].astype(np.float64)
    if limits.stay is not None:
        most *= longest_chain(limits.stay)
    if limits.host_nation_cap is not None:
        most = np.minimum(most, float(limits.host_nation_cap))
    held = RowGroup(
        "isolation_guard",
        np.append(row.ravel(), np.arange(at_host.size)),
        np.append(column, truth[whose]),
        np.append(np.ones(column.size), -most),
        np.full(at_host.size, -np.inf),
        np.zeros(at_host.size),
        cells[whose] // problem.n_nations,
    )
    # Groups of at least two: a nation is in at most half as many as it has students.
    nation, row = np.unique(cells % problem.n_nations, return_inverse=True)
    students = np.bincount(problem.student_nation, minlength=problem.n_nations)
    spread = RowGroup(
        SPREAD,
        row.ravel(),
        truth,
        np.ones(cells.size),
        np.full(nation.size, -np.inf),
        (students[nation] // 2).astype(np.float64),
        nation,
    )
    return [held, spread]


def longest_chain(stay: IntArray) -> int:
    """Count the most stays, at least 1, that can follow each other in one place."""
    # Chosen by earliest end.
    turns, last = 0, -np.inf
    for first_day, last_day in stay[np.argsort(stay[:, 1], kind="stable")].tolist():
        if first_day > last:
            turns, last = turns + 1, last_day
    return max(turns, 1)


def _cells(problem: Problem, group: IntArray, at: Placings) -> tuple[IntArray, IntArray, IntArray]:
    """Columns at hosts of a group, the (group, nation) cells they meet, and the cell of each."""
    where = group[at.host]
    column = np.flatnonzero(where >= 0)
    code = where[column] * problem.n_nations + problem.student_nation[at.student[column]]
    cells, cell = np.unique(code, return_inverse=True)
    return column, cells, cell.ravel()
