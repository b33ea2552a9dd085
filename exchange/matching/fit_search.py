"""The third goal by search: the policy of the neighbourhood search while a floor of S is kept."""

import numpy as np
import numpy.typing as npt

from exchange.matching.annealing import Cooling, anneal_fit
from exchange.matching.bounds import Prices, reduced_values
from exchange.matching.candidates import near_edges
from exchange.matching.fixing import MOST_EDGES_FIT
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.progress import Watch
from exchange.matching.search import Search
from exchange.matching.stage_answers import Fit, keeps, quality_of

IntArray = npt.NDArray[np.int64]

NEAR = 10
"""Edges of each student that the search looks at, by reduced value."""
SIZE = 64
FIRST_WORK = 1_000
WORK = 700
"""Students freed, one neighbourhood after the other, for each student of the problem."""
STALLED = 1e-4
"""Swings end when one of them, after the first two, gained less than this share of Q."""
SWINGS = 6
HEAT = 0.01
NEAR_ANNEALED = 12
MOVES, MOVES_FEW = 1_700, 2_000
"""Chains tried for each student; in a small cohort luck counts for more, so `TURNS_FEW` times."""
FEW_STUDENTS, TURNS_FEW = 300, 2
HEATS, HEATS_FEW = (0.05, 0.005), (0.04, 0.004)


def anneal_towards(
    network: Network,
    fit: Fit,
    floor: float,
    prices: Prices,
    rounded: IntArray,
    watch: Watch,
    *,
    seed: int,
    good: float,
    effort: float = 1.0,
) -> Fit:
    """Anneal from a rounded relaxation, more than once in a small cohort.

    Parameters
    ----------
    network, fit, floor, prices, rounded, watch, seed, good, effort
        As for `search_fit`; of a network that `can_anneal`.
    """
    reduced = reduced_values(network, prices, quality_share=1.0)
    kept = near_edges(network, reduced, NEAR_ANNEALED, (rounded, fit.edge))
    few = network.n_students <= FEW_STUDENTS
    # Where edges are few, prices rule out so many that a proof follows and finds more.
    again = few and network.n_edges > 2 * MOST_EDGES_FIT
    for turn in range(TURNS_FEW if again else 1):
        if fit.gap <= good or watch.should_stop():
            break
        moves = max(1, int(effort * (MOVES_FEW if few else MOVES)))
        edge = anneal_fit(
            network,
            kept,
            rounded,
            Cooling(moves, *(HEATS_FEW if few else HEATS)),
            watch,
            seed=seed * TURNS_FEW + turn,
            diversity_price=prices.diversity,
            floor=floor * (1.0 - 0.5 * FLOOR_TOLERANCE),
        )
        if edge is not None and keeps(network, edge, floor):
            found = quality_of(network, edge)
            fit = fit._replace(edge=edge, found=found) if found > fit.found else fit
        watch.report("fit", 0.5 + 0.1 * turn, fit.gap)
    return fit


def search_fit(
    network: Network,
    fit: Fit,
    floor: float,
    prices: Prices,
    rounded: IntArray,
    watch: Watch,
    *,
    seed: int,
    good: float,
    effort: float = 1.0,
) -> Fit:
    """Improve Q + μ S from a rounded relaxation, then Q alone while S swings about its floor.

    Parameters
    ----------
    network : Network
    fit : Fit
        The best answer so far; it keeps the floor.
    floor : float
        S_floor, pinned placements included.
    prices : Prices
        Of the relaxation; edges far from its best are not looked at.
    rounded : (n,) int64
        An answer near the relaxation, which need not keep the floor.
    watch : Watch
    seed : int
    good : float
        Relative gap at which the search ends.
    effort : float
        Share of the usual work for each student.
    """
    reduced = reduced_values(network, prices, quality_share=1.0)
    kept = near_edges(network, reduced, NEAR, (rounded, fit.edge))
    search = Search(network, kept, seed=seed)
    mu, edge = 1.2 * prices.diversity, rounded
    for heat in (HEAT, 0.0):
        if watch.should_stop():
            return fit
        edge = search.improve(
            edge,
            rounds=int(effort * FIRST_WORK * network.n_students / SIZE),
            size=SIZE,
            diversity_price=mu,
            with_quality=True,
            heat=heat,
            pair_price=prices.pair,
            watch=watch,
        )
    watch.report("fit", 0.6, fit.gap)
    for turn in range(SWINGS):
        if fit.gap <= good or watch.should_stop():
            break
        edge = search.improve(
            edge,
            rounds=int(effort * WORK * network.n_students / SIZE),
            size=SIZE,
            diversity_price=mu,
            with_quality=True,
            # A little below: the kernel adds up changes, and its sum drifts by rounding.
            floor=floor * (1.0 - 0.5 * FLOOR_TOLERANCE),
            heat=HEAT / 4 if turn < SWINGS - 1 else 0.0,
            pair_price=prices.pair,
            watch=watch,
        )
        before = fit.found
        if keeps(network, edge, floor) and quality_of(network, edge) > fit.found:
            fit = fit._replace(edge=edge, found=quality_of(network, edge))
        watch.report("fit", 0.7 + 0.05 * turn, fit.gap)
        if turn > 1 and fit.found <= before * (1.0 + STALLED):
            break
    return fit
