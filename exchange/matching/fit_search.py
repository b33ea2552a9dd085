"""The third goal by search: the policy of the neighbourhood search while a floor of S is kept."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import Prices, reduced_values
from exchange.matching.candidates import near_edges
from exchange.matching.diversity import diversity_of
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.progress import Watch
from exchange.matching.search import Search

IntArray = npt.NDArray[np.int64]

NEAR = 10
"""Edges of each student that the search looks at, by reduced value."""
SIZE = 64
FIRST_WORK = 2_000
WORK = 700
"""Students freed, one neighbourhood after the other, for each student of the problem."""
STALLED = 1e-4
"""Swings end when one of them, after the first two, gained less than this share of Q."""
SWINGS = 6
HEAT = 0.01


class Fit(NamedTuple):
    """The answer of the stage: one edge per student, its Q, a true bound on Q, and its prices.

    There are no prices where the bound was proven another way.
    """

    edge: IntArray
    found: float
    bound: float
    prices: Prices | None = None

    @property
    def gap(self) -> float:
        """1 − found / bound."""
        return 1.0 - self.found / self.bound if self.bound > 0.0 else 0.0


def quality_of(network: Network, edge: IntArray) -> float:
    """Compute Q of one edge per free student, pinned placements included."""
    return float(network.quality[edge].sum()) + network.pinned_quality


def keeps(network: Network, edge: IntArray, floor: float) -> bool:
    """Say whether an answer keeps the floor of S, within the stated tolerance."""
    return diversity_of(network, edge) >= floor * (1.0 - FLOOR_TOLERANCE)


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
