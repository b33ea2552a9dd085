"""What a pair would cost, from a search that starts at the present answer and its prices.

The answer is repaired by one assignment at the stored prices with the pair fixed, then searched for
a short while; the prices bound what no answer with the pair exceeds. Small cohorts are solved anew
to proven optimality, and cohorts whose limits join pairs by a whole solve.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import exact, measures
from exchange.matching.assignment import assign
from exchange.matching.bounds import Prices, pair_limits, reduced_values
from exchange.matching.candidates import near_edges
from exchange.matching.counterfactual import PairLoss, bounds_with, make_loss
from exchange.matching.coverage import most_placed
from exchange.matching.diversity import maximise_diversity
from exchange.matching.exchanges import exchange_places
from exchange.matching.fit import maximise_fit
from exchange.matching.limits import NO_NATION, Network, build_network, with_unplaced
from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.search import Search
from exchange.matching.solution import Solution, StagePrices, Status
from exchange.matching.solve import LARGE_EDGES, solve
from exchange.matching.stage_answers import diversity_of, keeps, quality_of

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

KEEP = 1e3
"""Worth of an edge of the present answer in a repair: more than all that prices can offer."""
PAID = 1.6
"""Price of S, as a share of μ, at which an answer climbs above its floor."""
NEAR = 10
SIZE = 40
WORK = 60
"""Students freed for each student of the problem, in each search; a solve frees ten times that."""


class Pinned(NamedTuple):
    """What is known of the answers that contain a pair.

    Attributes
    ----------
    places_lost : int
        How many students fewer any of them places, exactly; 0 where limits join pairs and no
        fewer were placed.
    keeps_nations : bool
        Some of them places as many of each nation as the solution.
    loss : PairLoss or None
        None when coverage itself would change: then S and Q are not comparable.
    """

    places_lost: int
    keeps_nations: bool
    loss: PairLoss | None


def search_pinned(problem: Problem, solution: Solution, student: int, host: int) -> Pinned:
    """Say what it would cost to have a pair, by a search of its own.

    Parameters
    ----------
    problem : Problem
    solution : Solution
        Of this problem, with an answer.
    student, host : int
        A pair that `find_obstacle` has nothing against.

    Returns
    -------
    Pinned
        The same for the same arguments.

    Raises
    ------
    SolverError
        When a solver broke.
    """
    pair = (student, host)
    if problem.couplings.in_force or problem.n_edges > LARGE_EDGES:
        return _solve_again(problem, solution, pair)
    network = build_network(problem, seed=solution.seed)
    at = np.flatnonzero(network.student_row == student)
    if not at.size:
        # The pair is pinned already.
        return Pinned(0, True, _compare(solution, solution.S_found, solution.Q, (0.0, 0.0)))
    who, where = int(at[0]), int(np.flatnonzero(network.host_row == host)[0])
    # After the hosts of the unplaced are there, so that staying without a place is fixed away too.
    whole = _fixed(with_unplaced(network, _unplaced(problem, solution)), who, where)
    if most_placed(whole) < whole.n_students:
        pinned = int(network.pinned_count.sum())
        lost = solution.M - pinned - _most_with(network, who, where)
        return Pinned(lost, False, None)
    limits, watch = pair_limits(whole), Watch(None, None)
    if exact.is_small(whole):
        return _prove(whole, limits, solution, watch)
    floor = solution.S_floor
    least = floor * (1.0 - measures.FLOOR_TOLERANCE)
    known = solution.host if solution.first is None else solution.first
    first, last = (
        _repair(problem, whole, (exchange_places(problem, host_of, pair, least) or [host_of])[at])
        for host_of, at in ((known, 0), (solution.host, -1))
    )
    tried = [first, last]
    prices = _network_prices(problem, whole, solution.certificate.diversity)
    tried.append(_search_diversity(whole, first, prices, solution.seed))
    prices = _network_prices(problem, whole, solution.certificate.fit)
    if prices is not None:
        tried += _search_fit(whole, last, first, prices, floor, solution.seed)
    s_known = max(diversity_of(whole, edge) for edge in tried)
    q_known = [quality_of(whole, edge) for edge in tried if keeps(whole, edge, floor)]
    bounds = bounds_with(problem, solution, student, host)
    return Pinned(0, True, _compare(solution, s_known, max(q_known, default=None), bounds))


def _compare(
    solution: Solution,
    s: float,
    q: float | None,
    bounds: tuple[float, float],
    *,
    proven: bool = False,
) -> PairLoss:
    return PairLoss(
        make_loss(solution.S_found, solution.S_bound, s, max(bounds[0], s)),
        make_loss(solution.Q, solution.Q_bound, q, bounds[1] if q is None else max(bounds[1], q)),
        exact=proven and solution.status is Status.OPTIMAL,
    )


def _fixed(network: Network, student: int, host: int) -> Network:
    """Leave one student one edge."""
    kept = (network.edge_student != student) | (network.edge_host == host)
    who = network.edge_student[kept]
    return replace(
        network,
        start=np.searchsorted(who, np.arange(network.n_students + 1)).astype(np.int64),
        edge_student=who,
        edge_host=network.edge_host[kept],
        edge_pair=network.edge_pair[kept],
        quality=network.quality[kept],
    )


def _unplaced(problem: Problem, solution: Solution) -> dict[int, int]:
    waiting = problem.student_nation[solution.host < 0]
    if not problem.fair_nations:
        return {NO_NATION: int(waiting.size)} if waiting.size else {}
    nation, count = np.unique(waiting, return_counts=True)
    return dict(zip(nation.tolist(), count.tolist(), strict=True))


def _most_with(network: Network, student: int, host: int) -> int:
    """Count the most free students that can be placed when one of them is at a host."""
    places = network.capacity.copy()
    places[host] -= 1
    kept = network.edge_student != student
    others = replace(
        network,
        capacity=places,
        edge_student=network.edge_student[kept],
        edge_host=network.edge_host[kept],
        edge_pair=network.edge_pair[kept],
        quality=network.quality[kept],
    )
    return 1 + most_placed(others)


def _prove(whole: Network, limits: IntArray, solution: Solution, watch: Watch) -> Pinned:
    """Solve both goals of a small cohort with the pair fixed."""
    diversity = maximise_diversity(whole, limits, watch, seed=solution.seed, gap=None)
    first_proven = diversity.gap <= measures.OPTIMAL_TOLERANCE
    if not keeps(whole, diversity.edge, solution.S_floor):
        # No answer with the pair keeps the floor, or none is known to.
        loss = _compare(solution, diversity.found, None, (diversity.bound, solution.Q_bound))
        return Pinned(0, True, loss)
    fit = maximise_fit(
        whole, limits, diversity, solution.S_floor, watch, seed=solution.seed, gap=None
    )
    proven = first_proven and fit.gap <= measures.OPTIMAL_TOLERANCE
    bounds = (diversity.bound, fit.bound)
    return Pinned(0, True, _compare(solution, diversity.found, fit.found, bounds, proven=proven))


def _repair(problem: Problem, whole: Network, host: IntArray) -> IntArray:
    """Find the answer with the pair that leaves most students where they are."""
    now = host[whole.student_row[whole.edge_student]]
    return assign(whole, KEEP * (now == whole.host_row[whole.edge_host]))


def _network_prices(problem: Problem, whole: Network, stored: StagePrices | None) -> Prices | None:
    """Lay stored prices out for the network."""
    if stored is None:
        return None
    nations = max(problem.n_nations, 1)
    pair = stored.pair[whole.pair_code // nations, whole.pair_code % nations]
    home = whole.host_row >= 0
    host = np.where(home, stored.host[whole.host_row], 0.0)
    for place in np.flatnonzero(~home).tolist():
        waiting = whole.edge_student[whole.edge_host == place]
        host[place] = stored.unplaced[whole.student_nation[waiting[0]]]
    return Prices(np.append(pair, 0.0), host, stored.diversity)


def _search_diversity(whole: Network, edge: IntArray, prices: Prices | None, seed: int) -> IntArray:
    search = Search(whole, np.arange(whole.n_edges), seed=seed)
    return search.improve(
        edge,
        rounds=WORK * whole.n_students // SIZE,
        size=SIZE,
        diversity_price=1.0,
        with_quality=False,
        pair_price=None if prices is None else prices.pair,
    )


def _search_fit(
    whole: Network, last: IntArray, first: IntArray, prices: Prices, floor: float, seed: int
) -> list[IntArray]:
    """Search with S well paid, then about its floor."""
    reduced = reduced_values(whole, prices, quality_share=1.0)
    search = Search(whole, near_edges(whole, reduced, NEAR, (last, first)), seed=seed)
    rounds, found = WORK * whole.n_students // SIZE, [last]
    for lowest in (None, floor * (1.0 - 0.5 * measures.FLOOR_TOLERANCE)):
        edge = search.improve(
            found[-1],
            rounds=rounds if lowest is None else 2 * rounds,
            size=SIZE,
            diversity_price=(PAID if lowest is None else 1.2) * prices.diversity,
            with_quality=True,
            floor=lowest,
            pair_price=prices.pair,
        )
        found.append(edge)
    return found


def _solve_again(problem: Problem, solution: Solution, pair: tuple[int, int]) -> Pinned:
    """Solve the whole problem with the pair pinned; its own floor is the lower of the two."""
    pin = np.unique(np.vstack([problem.pin, [pair]]), axis=0)
    again = solve(replace(problem, pin=pin), Options(epsilon=solution.epsilon, seed=solution.seed))
    lost = solution.M - again.M
    nations = problem.student_nation
    same = np.array_equal(
        np.bincount(nations[again.host >= 0], minlength=problem.n_nations),
        np.bincount(nations[solution.host >= 0], minlength=problem.n_nations),
    )
    if again.status in (Status.INFEASIBLE, Status.NO_ANSWER) or lost or not same:
        return Pinned(lost, False, None)
    reached = again.S + (problem.couplings.inside_host_weight or 0.0) * (again.inside or 0.0)
    known = again.Q if reached >= solution.S_floor * (1.0 - measures.FLOOR_TOLERANCE) else None
    q_bound = again.Q_bound if again.S_floor <= solution.S_floor else solution.Q_bound
    return Pinned(
        0,
        True,
        _compare(solution, again.S_found, known, (again.S_bound, q_bound)),
    )
