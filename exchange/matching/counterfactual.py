"""Why a student is not at a host: the rule, or what it would cost, at once from stored prices.

What a pair costs is an interval: no answer with the pair has more than its bound, and some answer
with it is known. `pinned_search` narrows the interval by a search of its own.
"""

from enum import StrEnum
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import measures
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.audit_row_prices import cost_of, lay_out
from exchange.matching.exchanges import exchange_places
from exchange.matching.measures import FLOOR_TOLERANCE, find_edges
from exchange.matching.problem import Problem
from exchange.matching.solution import Solution, StagePrices

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Obstacle(StrEnum):
    """What rules a pair out before anything is weighed."""

    NOT_ALLOWED = "not_allowed"
    FORBIDDEN = "forbidden"
    BELOW_MIN_QUALITY = "below_min_quality"
    NO_PLACES = "no_places"
    PINNED_ELSEWHERE = "pinned_elsewhere"
    HELD_BY_PINS = "held_by_pins"


class Loss(NamedTuple):
    """Between what bounds the best answer falls when it has to contain a pair.

    Attributes
    ----------
    least : float
        At least 0; nothing less can be lost.
    most : float or None
        Nothing more need be lost; None when no answer with the pair is known that would say so.
    """

    least: float
    most: float | None


class PairLoss(NamedTuple):
    """What it costs to have a pair.

    Attributes
    ----------
    diversity : Loss
        Of the largest S, at the same places for each nation.
    quality : Loss
        Of the largest Q with S ≥ S_floor, at the same places for each nation.
    exact : bool
        Both runs, with the pair and without, were proven optimal.
    """

    diversity: Loss
    quality: Loss
    exact: bool = False


def find_obstacle(problem: Problem, student: int, host: int) -> Obstacle | None:
    """Find the rule that rules a pair out; None where only other people stand in its way."""
    pinned = problem.pin[problem.pin[:, 0] == student, 1]
    if pinned.size:
        return None if host in pinned else Obstacle.PINNED_ELSEWHERE
    edge = int(find_edges(problem, np.array([student]), np.array([host]))[0])
    if edge < 0:
        return Obstacle.NOT_ALLOWED
    if ((problem.forbid[:, 0] == student) & (problem.forbid[:, 1] == host)).any():
        return Obstacle.FORBIDDEN
    if problem.edge_quality[edge] < np.float32(problem.min_quality):
        return Obstacle.BELOW_MIN_QUALITY
    if problem.capacity[host] == 0:
        return Obstacle.NO_PLACES
    held = int((problem.pin[:, 1] == host).sum())
    return Obstacle.HELD_BY_PINS if held >= problem.capacity[host] else None


def gained_by(problem: Problem, host: IntArray, student: int) -> float:
    """Compute what the placement of a student adds to S: √(w n) − √(w (n − 1)); 0 without one."""
    if host[student] < 0:
        return 0.0
    a, b = sorted((problem.student_nation[student], problem.host_nation[host[student]]))
    met = int(measures.pair_counts(problem, host)[a, b])
    return float(np.sqrt(problem.pair_weight[a, b]) * (np.sqrt(met) - np.sqrt(met - 1)))


def price_pair(problem: Problem, solution: Solution, student: int, host: int) -> PairLoss:
    """Say at once what it would cost to have a pair, from the prices of the solution.

    A bound falls by what the student's best value at its prices exceeds the value of the pair, and
    that reads one row of pairs. The other end comes from the best exchange of places along up to
    three students that keeps every limit of a network.

    Parameters
    ----------
    problem : Problem
    solution : Solution
        Of this problem. Without prices nothing is said of the least loss.
    student, host : int
        A pair that `find_obstacle` has nothing against.

    Returns
    -------
    PairLoss
    """
    s_bound, q_bound = bounds_with(problem, solution, student, host)
    s_known, q_known = None, None
    least = solution.S_floor * (1.0 - FLOOR_TOLERANCE)
    if not problem.couplings.in_force:
        for start in (solution.host, solution.first):
            if start is None:
                continue
            for answer in exchange_places(problem, start, (student, host), least):
                s, q = _measure(problem, answer)
                s_known = max(s, -np.inf if s_known is None else s_known)
                if s >= least:
                    q_known = max(q, -np.inf if q_known is None else q_known)
    return PairLoss(
        make_loss(solution.S_found, solution.S_bound, s_known, s_bound),
        make_loss(solution.Q, solution.Q_bound, q_known, q_bound),
    )


def _measure(problem: Problem, host: IntArray) -> tuple[float, float]:
    counts = measures.pair_counts(problem, host)
    return measures.diversity_sum(counts, problem.pair_weight), measures.total_quality(
        problem, host
    )


def make_loss(found: float, bound: float, with_pair: float | None, bound_with: float) -> Loss:
    """Compare the best without a pair, from `found` to `bound`, with the best that has it."""
    least = max(0.0, found - bound_with)
    return Loss(least, None if with_pair is None else max(least, bound - with_pair))


def bounds_with(
    problem: Problem, solution: Solution, student: int, host: int
) -> tuple[float, float]:
    """Bound S, and Q above the floor, of all answers with a pair and the same places by nation."""
    certificate = solution.certificate
    ends = []
    for name, prices, floor, share in (
        ("S_bound", certificate.diversity, None, 0),
        ("Q_bound", certificate.fit, solution.S_floor, 1),
    ):
        bound = most = float(getattr(solution, name))
        if prices is not None:
            if name in certificate.by_solver:
                # What the pair falls short of is the bound of these prices, not a solver's.
                (bound,) = recompute_bounds(problem, solution.host, [(prices, floor)])
            bound -= _shortfall(problem, solution, prices, (student, host), share)
        ends.append(min(bound, most))
    return ends[0], ends[1]


def _shortfall(
    problem: Problem, solution: Solution, prices: StagePrices, pair: tuple[int, int], share: float
) -> float:
    """Compute by how much a pair falls short of the best that its student has at some prices."""
    student, host = pair
    if (problem.pin[:, 0] == student).any():
        return 0.0
    row = slice(int(problem.start[student]), int(problem.start[student + 1]))
    where, nation = problem.edge_host[row], problem.student_nation[student]
    other = problem.host_nation[where]
    value = prices.pair[np.minimum(nation, other), np.maximum(nation, other)] - prices.host[where]
    value = value + share * problem.edge_quality[row]
    if prices.cell is not None:
        value = value + prices.cell[where, nation]
    if prices.rows is not None:
        who = np.full(where.size, student, dtype=np.int64)
        value = value - cost_of(problem, lay_out(problem, prices.rows), who, where.astype(np.int64))
    usable = problem.edge_quality[row] >= np.float32(problem.min_quality)
    usable &= ~np.isin(where, problem.forbid[problem.forbid[:, 0] == student, 1])
    held = np.bincount(problem.pin[:, 1], minlength=problem.n_hosts)
    usable &= (problem.capacity > held)[where]
    best = float(value[usable].max(initial=-np.inf))
    waiting = solution.host < 0
    if problem.fair_nations:
        waiting &= problem.student_nation == nation
    if waiting.any():
        best = max(best, -float(prices.unplaced[nation]))
    return max(0.0, best - float(value[where == host][0]))
