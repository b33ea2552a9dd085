"""Recomputes upper bounds from stored prices, over all allowed pairs and by sums of its own.

For every λ ≥ 0 on nation pairs, v ≥ 0 on hosts, any price u of staying without a place, and
μ ≥ 0, weak duality gives (README, "Bounds")

    Σ_i max(max_j (q_ij + λ_k − v_j), −u_i) + Σ_j c_j v_j + Σ_unplaced u
        + Σ_k max_m (μ √(w m) − λ_k m) − μ S_floor  ≥  Q

of every answer that places as many of each nation; with q = 0, μ = 1 and no floor, ≥ S.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_finding import SAME, edge_of, require
from exchange.matching.problem import Problem
from exchange.matching.solution import Solution

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

BLOCK = 1 << 22
"""Edges looked at in one go."""
FLOOR_SLACK = 1e-9
"""An answer may miss S_floor by this share, so a bound must allow for it."""


class StagePrices(NamedTuple):
    """Prices of one stage, by which anybody can compute its bound.

    Attributes
    ----------
    pair : (K, K) float64
        λ of each nation pair, at least 0, at [a, b] with a < b.
    host : (m,) float64
        v, at least 0.
    unplaced : (K,) float64
        u of staying without a place, by nation of the student; of any sign. Equal for all
        nations where `fair_nations` is off.
    diversity : float
        μ, at least 0; used for the fit stage only.
    """

    pair: FloatArray
    host: FloatArray
    unplaced: FloatArray
    diversity: float = 1.0


class Certificate(NamedTuple):
    """What proves the bounds of a solution; None where a stage was proven another way."""

    diversity: StagePrices | None
    fit: StagePrices | None


def check_prices(problem: Problem, solution: Solution, certificate: Certificate) -> None:
    """Refuse bounds that lie below what their own prices prove.

    Raises
    ------
    SolverError
        With `check` "S_bound", "Q_bound" or "prices".
    """
    for name, prices, is_fit in (
        ("S_bound", certificate.diversity, False),
        ("Q_bound", certificate.fit, True),
    ):
        if prices is None:
            continue
        _check_form(problem, prices)
        floor = solution.S_floor if is_fit else None
        true = recompute_bound(problem, solution.host, prices, floor=floor)
        found = float(getattr(solution, name))
        holds = math.isfinite(true) and found >= true - SAME * max(1.0, abs(true))
        require(holds, name, f"{name} is less than its prices prove.", found=found, true=true)


def _check_form(problem: Problem, prices: StagePrices) -> None:
    nations = problem.n_nations
    for name, array, shape in (
        ("pair", prices.pair, (nations, nations)),
        ("host", prices.host, (problem.n_hosts,)),
        ("unplaced", prices.unplaced, (nations,)),
    ):
        fits = array.shape == shape and bool(np.isfinite(array).all())
        require(fits, "prices", "a price is missing or no number.", array=name)
    above = bool((prices.pair >= 0).all() and (prices.host >= 0).all()) and prices.diversity >= 0
    require(above, "prices", "a price is below 0.")
    one_price = problem.fair_nations or np.unique(prices.unplaced).size <= 1
    require(one_price, "prices", "staying without a place has several prices.")


def recompute_bound(
    problem: Problem, host: IntArray, prices: StagePrices, *, floor: float | None
) -> float:
    """Compute the bound that prices prove.

    Parameters
    ----------
    problem : Problem
        Limits beyond those of a network are left out, which keeps the bound true.
    host : (n,) int64
        An answer; only how many of each nation it leaves without a place is used.
    prices : StagePrices
    floor : float or None
        S_floor for a bound of Q; None for a bound of S.

    Returns
    -------
    float
    """
    quality_share = 0.0 if floor is None else 1.0
    scale = 1.0 if floor is None else prices.diversity
    unplaced = np.bincount(problem.student_nation[host < 0], minlength=problem.n_nations)
    may_stay = unplaced > 0 if problem.fair_nations else np.full(unplaced.size, unplaced.any())
    stay = np.where(may_stay, -prices.unplaced, -np.inf)[problem.student_nation]
    best = np.maximum(_best_values(problem, prices, quality_share=quality_share), stay)
    student, where = problem.pin[:, 0], problem.pin[:, 1]
    best[student] = _pinned_values(problem, prices, quality_share=quality_share)
    terms = [
        math.fsum(best.tolist()),
        math.fsum((problem.capacity * prices.host).tolist()),
        math.fsum((unplaced * prices.unplaced).tolist()),
        _contacts_term(problem, prices.pair, scale, student, where),
    ]
    if floor is not None:
        terms.append(-prices.diversity * floor * (1.0 - FLOOR_SLACK))
    return math.fsum(terms)


def _pair_price(problem: Problem, pair: FloatArray) -> FloatArray:
    """Lay λ out for both directions, row by row of the student's nation."""
    upper = np.triu(pair, 1)
    return (upper + upper.T).ravel()


def _best_values(problem: Problem, prices: StagePrices, *, quality_share: float) -> FloatArray:
    price = _pair_price(problem, prices.pair)
    best = np.full(problem.n_students, -np.inf)
    for rows, edges, student, usable in _usable_blocks(problem):
        where = problem.edge_host[edges]
        code = problem.student_nation[student] * problem.n_nations + problem.host_nation[where]
        value = price[code]
        value -= prices.host[where]
        if quality_share:
            value += quality_share * problem.edge_quality[edges]
        value[~usable] = -np.inf
        first = problem.start[rows] - edges.start
        full = np.flatnonzero(np.diff(problem.start[rows.start : rows.stop + 1]))
        if full.size:
            best[rows.start + full] = np.maximum.reduceat(value, first[full])
    return best


def _usable_blocks(problem: Problem) -> Iterator[tuple[slice, slice, IntArray, BoolArray]]:
    """Yield rows, their edges, the student of each edge, and whether it is open to anybody free."""
    shut = np.sort(edge_of(problem, problem.forbid[:, 0], problem.forbid[:, 1]))
    start = problem.start
    low = 0
    while low < problem.n_students:
        reach = int(np.searchsorted(start, start[low] + BLOCK, side="right")) - 1
        rows = slice(low, min(max(reach, low + 1), problem.n_students))
        edges = slice(int(start[rows.start]), int(start[rows.stop]))
        sizes = np.diff(start[rows.start : rows.stop + 1])
        usable = problem.edge_quality[edges] >= np.float32(problem.min_quality)
        closed = shut[(shut >= edges.start) & (shut < edges.stop)]
        usable[closed - edges.start] = False
        yield rows, edges, np.repeat(np.arange(rows.start, rows.stop), sizes), usable
        low = rows.stop


def _pinned_values(problem: Problem, prices: StagePrices, *, quality_share: float) -> FloatArray:
    student, where = problem.pin[:, 0], problem.pin[:, 1]
    edge = edge_of(problem, student, where)
    code = problem.student_nation[student] * problem.n_nations + problem.host_nation[where]
    value = _pair_price(problem, prices.pair)[code] - prices.host[where]
    total: FloatArray = value + quality_share * problem.edge_quality[edge]
    return total


def _contacts_term(
    problem: Problem, pair: FloatArray, scale: float, student: IntArray, where: IntArray
) -> float:
    """Sum the largest scale · √(w m) − λ m of each pair over the m that its edges can carry."""
    nations = problem.n_nations
    pinned = np.zeros((nations, nations), dtype=np.int64)
    np.add.at(pinned, (problem.student_nation[student], problem.host_nation[where]), 1)
    least = np.triu(pinned + pinned.T, 1)
    most = least + _free_contacts(problem)
    root = scale * np.sqrt(problem.pair_weight)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # √(w m) − λ m is concave: its best whole number lies next to the real one.
        peak = np.where(pair > 0, (root / (2.0 * pair)) ** 2, np.inf)
    found = np.full((nations, nations), -np.inf)
    for place in (np.floor(np.nan_to_num(peak, nan=0.0)), np.ceil(np.nan_to_num(peak, nan=0.0))):
        m = np.clip(place, least, most)
        found = np.maximum(found, root * np.sqrt(m) - pair * m)
    return math.fsum(found[np.triu_indices(nations, 1)].tolist())


def _free_contacts(problem: Problem) -> IntArray:
    """Count what the edges of each pair can carry: the fewer of its students and places.

    Returns
    -------
    (K, K) int64
        At [a, b] with a < b, for students who are not pinned and places that are not taken.
    """
    nations = problem.n_nations
    free = np.ones(problem.n_students, dtype=np.bool_)
    free[problem.pin[:, 0]] = False
    places = problem.capacity - np.bincount(problem.pin[:, 1], minlength=problem.n_hosts)
    visited = np.zeros((problem.n_hosts, nations), dtype=np.bool_)
    students = np.zeros((nations, nations), dtype=np.int64)
    for rows, edges, student, usable in _usable_blocks(problem):
        ends = problem.edge_host[edges]
        open_to = usable & free[student] & (places[ends] > 0)
        guest, where = student[open_to], ends[open_to]
        visited[where, problem.student_nation[guest]] = True
        meets = np.zeros((rows.stop - rows.start, nations), dtype=np.bool_)
        meets[guest - rows.start, problem.host_nation[where]] = True
        who, nation = np.nonzero(meets)
        np.add.at(students, (problem.student_nation[rows][who], nation), 1)
    offered = np.zeros((nations, nations), dtype=np.int64)
    for of_hosts in range(nations):
        mine = problem.host_nation == of_hosts
        offered[:, of_hosts] = places[mine] @ visited[mine]
    fewer = np.minimum(students + students.T, offered + offered.T)
    return np.triu(fewer, 1)
