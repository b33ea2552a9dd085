"""What one more host would bring: students placed, counted by walks, and S, from prices.

A host that does not exist is a row of who could go there, a nation and a number of places. Places
that it would fill are counted exactly where every limit is one of a network: each is one more
augmenting walk from somebody without a place (Berge 1957).
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import measures
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.limits import usable_edges
from exchange.matching.problem import Problem
from exchange.matching.solution import Solution, StagePrices

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]


class NewHost(NamedTuple):
    """A host that does not exist.

    Attributes
    ----------
    accepts : (n,) bool
        Students who could go there; none of the host's own nation.
    nation : int
    places : int
    """

    accepts: BoolArray
    nation: int
    places: int


class Gain(NamedTuple):
    """What a host would bring.

    Attributes
    ----------
    students : int
        How many more would have a place, at most the host's places; exact.
    diversity_price : float
        What its places are worth in S at the prices of the diversity stage; 0 without prices.
    diversity_bound : float or None
        S_found would rise by no more than this; None where more students would be placed, as S is
        then of another number of placements, and without prices.
    """

    students: int
    diversity_price: float
    diversity_bound: float | None


def gain_of_hosts(
    problem: Problem, solution: Solution, hosts: Sequence[NewHost]
) -> tuple[Gain, ...]:
    """Say what each of some hosts would bring, if it were the only one to be added.

    Parameters
    ----------
    problem : Problem
        Without limits that join pairs: these are not looked at.
    solution : Solution
        Of this problem, with M = M_bound.
    hosts : sequence of NewHost

    Returns
    -------
    tuple of Gain
        One for each of `hosts`.
    """
    walks = _Walks(problem)
    tree = walks.grow(solution.host)
    value, bound = _values(problem, solution), _bound_of_prices(problem, solution)
    return tuple(_gain(problem, solution, walks, tree, value, bound, host) for host in hosts)


def _gain(
    problem: Problem,
    solution: Solution,
    walks: "_Walks",
    tree: IntArray,
    value: FloatArray | None,
    bound: float,
    host: NewHost,
) -> Gain:
    students = walks.fill(solution.host, tree, host)
    prices = solution.certificate.diversity
    if value is None or prices is None:
        return Gain(students, 0.0, None)
    # At prices, the new places go to those who gain most by leaving their best place.
    movable = host.accepts & ~walks.fixed
    worth = _pair_prices(problem, prices, host.nation) - value
    best = np.sort(worth[movable])[::-1][: host.places]
    price = float(np.maximum(best, 0.0).sum())
    if students:
        return Gain(students, price, None)
    more = bound - solution.S_found + price
    return Gain(0, price, more + _beyond_limits(problem, solution, host, movable))


class _Walks:
    """Alternating walks from everybody without a place."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self.fixed = np.zeros(problem.n_students, dtype=np.bool_)
        self.fixed[problem.pin[:, 0]] = True
        self._usable = usable_edges(problem) & (problem.capacity > 0)[problem.edge_host]

    def grow(self, placed: IntArray) -> IntArray:
        """Find who could give up a place for whom.

        Returns
        -------
        (n,) int64
            The student who would take one's place; oneself without a place; −1 out of reach.
        """
        problem = self._problem
        taker = np.full(problem.n_students, -1, dtype=np.int64)
        seen = np.zeros(problem.n_hosts, dtype=np.bool_)
        order = np.argsort(placed, kind="stable")
        first = np.searchsorted(placed[order], np.arange(problem.n_hosts + 1))
        waiting = np.flatnonzero(placed < 0)
        taker[waiting] = waiting
        ahead: list[int] = waiting.tolist()
        while ahead:
            one = ahead.pop()
            row = slice(int(problem.start[one]), int(problem.start[one + 1]))
            there = problem.edge_host[row][self._usable[row]]
            for host in there[~seen[there]].tolist():
                seen[host] = True
                guests = order[first[host] : first[host + 1]]
                guests = guests[(taker[guests] < 0) & ~self.fixed[guests]]
                taker[guests] = one
                ahead.extend(guests.tolist())
        return taker

    def fill(self, placed: IntArray, tree: IntArray, host: NewHost) -> int:
        """Count the students more that a host would place."""
        taker, filled = tree, 0
        there = np.zeros(placed.size, dtype=np.bool_)
        while True:
            coming = np.flatnonzero(host.accepts & (taker >= 0) & ~there)
            if not coming.size or filled == host.places:
                return filled
            filled += 1
            if filled == host.places:
                return filled
            placed = placed.copy()
            one = int(coming[0])
            there[one] = True
            # The host itself is a seat that nobody is asked to leave: no row leads to it.
            left, placed[one] = int(placed[one]), self._problem.n_hosts
            while taker[one] != one:
                one = int(taker[one])
                left, placed[one] = int(placed[one]), left
            taker = self.grow(placed)


def _pair_prices(problem: Problem, prices: StagePrices, nation: int) -> FloatArray:
    """Return λ of each student with a host of some nation; √w where the two never met before."""
    mine = problem.student_nation
    pair = np.minimum(mine, nation), np.maximum(mine, nation)
    known = prices.pair[pair]
    return np.where(known > 0.0, known, np.sqrt(problem.pair_weight[pair]))


def _bound_of_prices(problem: Problem, solution: Solution) -> float:
    """Return the bound of S that the stored prices prove; a solver may have proven less."""
    certificate = solution.certificate
    if certificate.diversity is None or "S_bound" not in certificate.by_solver:
        return solution.S_bound
    return recompute_bounds(problem, solution.host, [(certificate.diversity, None)])[0]


def _values(problem: Problem, solution: Solution) -> FloatArray | None:
    """Return each student's best value at the prices of the diversity stage."""
    prices = solution.certificate.diversity
    if prices is None or prices.cell is not None:
        # What a new host adds to a mix of nations has no price.
        return None
    student = problem.edge_student
    pair = problem.student_nation[student], problem.host_nation[problem.edge_host]
    value = prices.pair[np.minimum(*pair), np.maximum(*pair)] - prices.host[problem.edge_host]
    value[~usable_edges(problem)] = -np.inf
    held = np.bincount(problem.pin[:, 1], minlength=problem.n_hosts)
    free = problem.capacity > held
    value[~free[problem.edge_host]] = -np.inf
    best = np.full(problem.n_students, -np.inf)
    some = np.flatnonzero(np.diff(problem.start))
    if some.size:
        best[some] = np.maximum.reduceat(value, problem.start[some])
    if (solution.host >= 0).all():
        # Where all places are taken, all prices of places may rise together and prove the same;
        # with a place more, one of them is worth nothing.
        return best + float(prices.host[free].min()) if free.any() else best
    waiting = np.bincount(problem.student_nation[solution.host < 0], minlength=problem.n_nations)
    may_stay = waiting > 0 if problem.fair_nations else np.full(waiting.size, waiting.any())
    stay = np.where(may_stay, -prices.unplaced, -np.inf)
    most: FloatArray = np.maximum(best, stay[problem.student_nation])
    return most


def _beyond_limits(
    problem: Problem, solution: Solution, host: NewHost, movable: BoolArray
) -> float:
    """Bound what the pairs of a new host may gain because they can meet more often than before.

    A pair could meet at least as often as it does in the answer, and √(w n) is concave, so each
    new contact gains at most what one more than there gains.
    """
    prices = solution.certificate.diversity
    if prices is None:
        return 0.0
    met = measures.pair_counts(problem, solution.host)
    nations = np.unique(problem.student_nation[movable])
    a, b = np.minimum(nations, host.nation), np.maximum(nations, host.nation)
    root = np.sqrt(problem.pair_weight[a, b])
    price = np.where(prices.pair[a, b] > 0.0, prices.pair[a, b], root)
    step = root * (np.sqrt(met[a, b] + 1) - np.sqrt(met[a, b])) - price
    return float(host.places * np.maximum(step, 0.0).sum())
