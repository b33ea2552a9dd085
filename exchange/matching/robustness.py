"""What an answer withstands: hosts that withdraw, and a standby place for each placement.

The model of repair: the hosts that withdraw are gone, everybody who had a home may move to any
other usable host, and nobody who had none is taken in first. Who then stays without a home is
what a largest matching of those who had one leaves over. A pin binds the answer, not its repair;
the other limits are those of a network.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from exchange.errors import SolverError
from exchange.matching.limits import usable_edges
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MAX_STANDBY_CELLS = 50_000_000
"""Placements times spare places that a dense assignment still takes."""


class StressTest(NamedTuple):
    """How many students are left without a home when hosts withdraw.

    Attributes
    ----------
    homeless : (draws,) int64
        Of each draw, after the repair.
    withdrawn : int
        Hosts that withdraw in each draw.
    worst_hosts : (withdrawn,) int64
        The worst set that was found; not proven to be the worst there is.
    worst : int
        Students left without a home by it, at least the most of any draw.
    """

    homeless: IntArray
    withdrawn: int
    worst_hosts: IntArray
    worst: int

    @property
    def median(self) -> float:
        """Median of the draws."""
        return float(np.median(self.homeless))

    @property
    def percentile_95(self) -> float:
        """95th percentile of the draws."""
        return float(np.percentile(self.homeless, 95))


def stress_test(
    problem: Problem,
    host: IntArray,
    *,
    share: float = 0.05,
    draws: int = 1000,
    seed: int = 0,
    width: int = 8,
) -> StressTest:
    """Let hosts who have a student withdraw, again and again, and repair the answer each time.

    Each draw is one matching by Hopcroft and Karp (1973), O(E √n).

    Parameters
    ----------
    problem : Problem
    host : (n,) int64
        An answer that keeps its limits.
    share : float
        Share of the hosts with a student that withdraw, rounded up; in (0, 1].
    draws : int
        At least 1.
    seed : int
    width : int
        Hosts that the greedy search for the worst set tries at each step, fullest first.

    Returns
    -------
    StressTest
    """
    repair = _Repair(problem, host)
    hosting = np.unique(host[host >= 0])
    count = int(np.ceil(share * hosting.size))
    rng = np.random.default_rng(seed)
    homeless = np.zeros(draws, dtype=np.int64)
    worst_hosts = hosting[:count]
    for draw in range(draws):
        gone = np.sort(rng.choice(hosting, count, replace=False))
        homeless[draw] = repair.homeless(gone)
        if draw == 0 or homeless[draw] > homeless[:draw].max():
            worst_hosts = gone
    greedy = _greedy_worst(repair, host, count, width)
    drawn, found = int(homeless.max()), repair.homeless(greedy)
    if found >= drawn:
        worst_hosts = greedy
    return StressTest(homeless, count, worst_hosts, max(found, drawn))


class _Repair:
    """Usable pairs of those who have a home, one row for each place, made once for all draws."""

    def __init__(self, problem: Problem, host: IntArray) -> None:
        self._placed = np.flatnonzero(host >= 0)
        row = np.full(host.size, -1, dtype=np.int64)
        row[self._placed] = np.arange(self._placed.size)
        student = problem.edge_student
        kept = usable_edges(problem) & (row[student] >= 0)
        by_host = csr_array(
            (
                np.ones(int(kept.sum()), dtype=np.int8),
                (problem.edge_host[kept].astype(np.int64), row[student[kept]]),
            ),
            shape=(problem.n_hosts, self._placed.size),
        )
        places = np.minimum(problem.capacity, np.diff(by_host.indptr))
        self._host_of_place = np.repeat(np.arange(problem.n_hosts), places)
        self._graph = by_host[self._host_of_place]

    def homeless(self, gone: IntArray) -> int:
        """Count who has no home once some hosts are gone."""
        if not gone.size:
            return 0
        left = self._graph[~np.isin(self._host_of_place, gone)]
        housed = int((maximum_bipartite_matching(left, perm_type="column") >= 0).sum())
        return int(self._placed.size) - housed


def _greedy_worst(repair: _Repair, host: IntArray, count: int, width: int) -> IntArray:
    """Take away, one by one, the host whose loss leaves most without a home."""
    guests = np.bincount(host[host >= 0])
    candidates = np.argsort(-guests, kind="stable")[: int((guests > 0).sum())].tolist()
    gone: list[int] = []
    while len(gone) < count:
        tried = [one for one in candidates if one not in gone][:width]
        losses = [repair.homeless(np.array([*gone, one], dtype=np.int64)) for one in tried]
        gone.append(tried[int(np.argmax(losses))])
    return np.sort(np.array(gone, dtype=np.int64))


def standby(problem: Problem, host: IntArray) -> IntArray:
    """Choose a standby host for each placement, so that all standbys can be used together.

    The most placements that spare places allow, and of these the best total quality (Kuhn 1955;
    SciPy's assignment). A placement's own host is no standby for it.

    Parameters
    ----------
    problem : Problem
    host : (n,) int64
        An answer that keeps its limits.

    Returns
    -------
    (n,) int64
        Standby host of each student; −1 without a place, or where spare places run out.

    Raises
    ------
    SolverError
        When placements times spare places exceed `MAX_STANDBY_CELLS`.
    """
    chosen = np.full(problem.n_students, -1, dtype=np.int64)
    placed = np.flatnonzero(host >= 0)
    spare = problem.capacity - np.bincount(host[placed], minlength=problem.n_hosts)
    slots = np.repeat(np.arange(problem.n_hosts), np.minimum(spare, placed.size))
    if not placed.size or not slots.size:
        return chosen
    if placed.size * slots.size > MAX_STANDBY_CELLS:
        raise SolverError("There are too many spare places for a standby search.", stage="standby")
    student = problem.edge_student
    kept = usable_edges(problem) & (host[student] >= 0) & (host[student] != problem.edge_host)
    row = np.full(problem.n_students, -1, dtype=np.int64)
    row[placed] = np.arange(placed.size)
    value = np.zeros((placed.size, problem.n_hosts))
    # One more standby outweighs all quality together.
    more = float(placed.size + 1)
    value[row[student[kept]], problem.edge_host[kept]] = more + problem.edge_quality[kept]
    rows, columns = linear_sum_assignment(value[:, slots], maximize=True)
    hosts = slots[columns]
    real = value[rows, hosts] > 0.0
    chosen[placed[rows[real]]] = hosts[real]
    return chosen
