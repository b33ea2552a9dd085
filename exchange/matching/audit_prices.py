"""Recomputes upper bounds from stored prices, over all allowed pairs and by sums of its own.

For every λ ≥ 0 on nation pairs, v ≥ 0 on hosts, any price u of staying without a place, and
μ ≥ 0, weak duality gives (README, "Bounds")

    Σ_i max(max_j (q_ij + λ_k − v_j), −u_i) + Σ_j c_j v_j + Σ_unplaced u
        + Σ_k max_m (μ √(w m) − λ_k m) − μ S_floor  ≥  Q

of every answer that places as many of each nation; with q = 0, μ = 1 and no floor, ≥ S. Where a
mix inside hosts counts with weight ω, prices κ ≥ 0 of its cells (host j, nation a of the guest) add
κ_ja to every pair's value and Σ_cells max_m (μ ω √m − κ m) to the sum. Prices of limits that join
pairs (`audit_row_prices`) change the value of the pairs they count, and add what the limit allows.
"""

import math
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_counts import contacts_term, guests_term
from exchange.matching.audit_finding import SAME, edge_of, require
from exchange.matching.audit_row_prices import (
    RowValues,
    check_rows,
    cost_of,
    lay_out,
    sum_of_ends,
    widen_places,
)
from exchange.matching.problem import Problem
from exchange.matching.solution import Certificate, Solution, StagePrices

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BLOCK = 1 << 18
"""Edges looked at in one go."""
THREADS = 2
FLOOR_SLACK = 1e-9
"""An answer may miss S_floor by this share, so a bound must allow for it."""


def check_prices(problem: Problem, solution: Solution, certificate: Certificate) -> None:
    """Refuse bounds that lie below what their own prices prove.

    Raises
    ------
    SolverError
        With `check` "S_bound", "Q_bound" or "prices".
    """
    stages = [
        (name, prices, floor)
        for name, prices, floor in (
            ("S_bound", certificate.diversity, None),
            ("Q_bound", certificate.fit, solution.S_floor),
            ("D_bound", certificate.contacts, None),
        )
        if prices is not None and name not in certificate.by_solver
    ]
    for name, prices, _ in stages:
        _check_form(problem, prices, counts_cells=name != "D_bound")
    proven = recompute_bounds(
        problem, solution.host, [(prices, floor) for _, prices, floor in stages]
    )
    for (name, _, _), true in zip(stages, proven, strict=True):
        found = float(getattr(solution, name))
        if name == "D_bound":
            found = math.sqrt(max(found, 0.0) * solution.M)
        holds = math.isfinite(true) and found >= true - SAME * max(1.0, abs(true))
        require(holds, name, f"{name} is less than its prices prove.", found=found, true=true)


def _check_form(problem: Problem, prices: StagePrices, *, counts_cells: bool) -> None:
    nations = problem.n_nations
    expected = [
        ("pair", prices.pair, (nations, nations)),
        ("host", prices.host, (problem.n_hosts,)),
        ("unplaced", prices.unplaced, (nations,)),
    ]
    mixes = counts_cells and bool(problem.couplings.inside_host_weight)
    right = (prices.cell is not None) == mixes
    require(right, "prices", "prices of guests stand where none count, or lack.", array="cell")
    if prices.cell is not None:
        expected.append(("cell", prices.cell, (problem.n_hosts, nations)))
        above = bool((prices.cell >= 0).all())
        require(above, "prices", "a price of guests is below 0 or no number.", array="cell")
    for name, array, shape in expected:
        fits = array.shape == shape and bool(np.isfinite(array).all())
        require(fits, "prices", "a price is missing or no number.", array=name)
    above = bool((prices.pair >= 0).all() and (prices.host >= 0).all()) and prices.diversity >= 0
    require(above, "prices", "a price is below 0.")
    if prices.rows is not None:
        check_rows(problem, prices.rows)
    one_price = problem.fair_nations or np.unique(prices.unplaced).size <= 1
    require(one_price, "prices", "staying without a place has several prices.")


def recompute_bounds(
    problem: Problem, host: IntArray, stages: Sequence[tuple[StagePrices, float | None]]
) -> list[float]:
    """Compute the bounds that prices prove, in one sweep over the pairs.

    Parameters
    ----------
    problem : Problem
        Limits that have no price are left out, which keeps the bounds true.
    host : (n,) int64
        An answer; only how many of each nation it leaves without a place is used, and how many
        earlier placements it keeps where these have a price.
    stages : sequence of (StagePrices, float or None)
        With S_floor for a bound of Q, None for a bound of S.

    Returns
    -------
    list of float
        One bound each.
    """
    wide = problem
    if problem.couplings.stay is not None:
        wide = replace(problem, capacity=widen_places(problem))
    sweep = _sweep(wide, stages)
    bounds = []
    for number, (prices, floor) in enumerate(stages):
        bound = _bound(wide, host, prices, floor, number, sweep)
        ends = [] if prices.rows is None else sum_of_ends(problem, prices.rows, host)
        bounds.append(math.fsum([bound, *ends]))
    return bounds


def _bound(
    problem: Problem,
    host: IntArray,
    prices: StagePrices,
    floor: float | None,
    number: int,
    sweep: "_Sweep",
) -> float:
    best, laid = sweep.best[number], sweep.laid[number]
    unplaced = np.bincount(problem.student_nation[host < 0], minlength=problem.n_nations)
    may_stay = unplaced > 0 if problem.fair_nations else np.full(unplaced.size, unplaced.any())
    stay = np.where(may_stay, -prices.unplaced, -np.inf)[problem.student_nation]
    best = np.maximum(best, stay)
    student, where = problem.pin[:, 0], problem.pin[:, 1]
    edge = edge_of(problem, student, where)
    code = problem.student_nation[student] * problem.n_nations + problem.host_nation[where]
    best[student] = _pair_price(prices.pair)[code] - prices.host[where]
    if prices.cell is not None:
        best[student] += prices.cell[where, problem.student_nation[student]]
    if laid is not None:
        best[student] -= cost_of(problem, laid, student, where)
    if floor is not None:
        best[student] += problem.edge_quality[edge]
    scale = 1.0 if floor is None else prices.diversity
    terms = [
        math.fsum(best.tolist()),
        math.fsum((problem.capacity * prices.host).tolist()),
        math.fsum((unplaced * prices.unplaced).tolist()),
        contacts_term(problem, prices.pair, scale, sweep.contacts),
    ]
    if prices.cell is not None:
        terms.append(guests_term(problem, prices.cell, scale, sweep.guests))
    if floor is not None:
        terms.append(-prices.diversity * floor * (1.0 - FLOOR_SLACK))
    return math.fsum(terms)


def _pair_price(pair: FloatArray) -> FloatArray:
    """Lay λ out for both directions, row by row of the student's nation."""
    upper = np.triu(pair, 1)
    return (upper + upper.T).ravel()


class _Sweep(NamedTuple):
    """What one look at every pair gives.

    Attributes
    ----------
    best : list of (n,) float64
        For each stage, each student's best value; −inf without a usable pair.
    contacts : (K, K) int64
        What the edges of each pair can carry, at [a, b] with a < b: the fewer of the students
        who are not pinned and the places that are not taken.
    guests : (m, K) int64
        Students of each nation who are not pinned and may go to each host; empty where no prices
        ask for it.
    laid : list of RowValues or None
        For each stage, what its prices of limits that join pairs say of every pair.
    """

    best: list[FloatArray]
    contacts: IntArray
    guests: IntArray
    laid: list[RowValues | None]


def _sweep(problem: Problem, stages: Sequence[tuple[StagePrices, float | None]]) -> _Sweep:
    n, nations = problem.n_students, problem.n_nations
    free = np.ones(n, dtype=np.bool_)
    free[problem.pin[:, 0]] = False
    places = problem.capacity - np.bincount(problem.pin[:, 1], minlength=problem.n_hosts)
    all_free = bool(free.all())
    price = [_pair_price(prices.pair) for prices, _ in stages]
    best = [np.full(n, -np.inf) for _ in stages]
    cells = [None if prices.cell is None else prices.cell.ravel() for prices, _ in stages]
    laid = [None if prices.rows is None else lay_out(problem, prices.rows) for prices, _ in stages]
    counted = any(cell is not None for cell in cells)
    guests = np.zeros(problem.n_hosts * nations if counted else 0, dtype=np.int64)
    visited = np.zeros((problem.n_hosts, nations), dtype=np.bool_)
    meets = np.zeros((n, nations), dtype=np.bool_)

    has_place = None if (places > 0).all() else places > 0
    shut = np.sort(edge_of(problem, problem.forbid[:, 0], problem.forbid[:, 1]))

    def look(block: tuple[slice, slice]) -> IntArray | None:
        """Look at some rows; what is shared is written by rows, or only ever set to True."""
        rows, edges = block
        usable = _usable(problem, edges, shut, has_place)
        sizes = np.diff(problem.start[rows.start : rows.stop + 1])
        # Whole words as indices: NumPy would convert shorter ones anew at every look-up.
        where = problem.edge_host[edges].astype(np.intp)
        row = np.repeat(np.arange(rows.start, rows.stop), sizes)
        nation = problem.student_nation[row]
        to_nation = problem.host_nation[where]
        code = nation * nations + to_nation
        full = np.flatnonzero(sizes)
        first = (problem.start[rows] - edges.start)[full]
        for number, (prices, floor) in enumerate(stages):
            value = price[number][code]
            value -= prices.host[where]
            cell = cells[number]
            if cell is not None:
                value += cell[where * nations + nation]
            costs = laid[number]
            if costs is not None:
                value -= cost_of(problem, costs, row, where)
            if floor is not None:
                value += problem.edge_quality[edges]
            if usable is not None:
                value[~usable] = -np.inf
            if full.size:
                best[number][rows.start + full] = np.maximum.reduceat(value, first)
        if usable is not None or not all_free:
            kept = free[row]
            kept &= True if usable is None else usable
            row, where, nation, to_nation = (a[kept] for a in (row, where, nation, to_nation))
        visited[where, nation] = True
        meets[row, to_nation] = True
        return np.bincount(where * nations + nation, minlength=guests.size) if counted else None

    # Two threads share the blocks; the result is the same for any number of them.
    with ThreadPoolExecutor(THREADS) as pool:
        for some in pool.map(look, _blocks(problem)):
            if some is not None:
                guests += some
    students = np.zeros((nations, nations), dtype=np.int64)
    offered = np.zeros((nations, nations), dtype=np.int64)
    for one in range(nations):
        students[one] = meets[problem.student_nation == one].sum(axis=0)
        mine = problem.host_nation == one
        offered[:, one] = places[mine] @ visited[mine]
    contacts = np.triu(np.minimum(students + students.T, offered + offered.T), 1)
    return _Sweep(best, contacts, guests.reshape(-1, max(nations, 1)), laid)


def _blocks(problem: Problem) -> Iterator[tuple[slice, slice]]:
    """Yield rows and their edges, a block at a time."""
    start = problem.start
    low = 0
    while low < problem.n_students:
        reach = int(np.searchsorted(start, start[low] + BLOCK, side="right")) - 1
        rows = slice(low, min(max(reach, low + 1), problem.n_students))
        yield rows, slice(int(start[rows.start]), int(start[rows.stop]))
        low = rows.stop


def _usable(
    problem: Problem, edges: slice, shut: IntArray, has_place: BoolArray | None
) -> BoolArray | None:
    """Say which edges are open to who is not pinned (None: all); `has_place` None: everywhere."""
    closed = shut[(shut >= edges.start) & (shut < edges.stop)]
    if problem.min_quality <= 0.0 and not closed.size and has_place is None:
        return None
    usable: BoolArray = problem.edge_quality[edges] >= np.float32(problem.min_quality)
    usable[closed - edges.start] = False
    if has_place is not None:
        usable &= has_place[problem.edge_host[edges]]
    return usable
