"""The mix inside hosts in a large problem: searched for, and bounded beside nation pairs.

Sweeps over all pairs know the prices of nation pairs and hosts alone, so S is bounded by the sum
of two bounds: that of nation pairs, and the most that any answer can mix.
"""

from dataclasses import replace

import numpy as np

from exchange.matching.bounds import Prices, reduced_values
from exchange.matching.candidates import near_edges
from exchange.matching.field import Cast
from exchange.matching.inside_hosts import most_inside_by_nations, with_cells
from exchange.matching.limits import Network
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.search import Search
from exchange.matching.stage_answers import Diversity, diversity_of

NEAR = 60
"""Edges of each student that the search looks at; nearly all are worth the same to nation pairs."""
SEARCHES = 3
WORK = 300
"""Students freed, one neighbourhood after the other, for each student of the problem."""
SIZE = 40
STALLED = 1e-5
"""A search that gained less than this share of S is not repeated."""


def mix_inside(
    problem: Problem, cast: Cast, best: Diversity, watch: Watch, *, seed: int
) -> Diversity:
    """Take the mix inside hosts into S by a search from the largest S of nation pairs.

    Parameters
    ----------
    problem : Problem
        With a weight of the mix.
    cast : Cast
    best : Diversity
        Of nation pairs alone.
    watch : Watch
    seed : int

    Returns
    -------
    Diversity
        Of both, bounded by the sum of their bounds; its prices are those of nation pairs.
    """
    network = with_cells(problem, cast.network)
    there = network.host_row[network.edge_host[best.edge]] >= 0
    placed = int(there.sum()) + problem.pin.shape[0]
    found = diversity_of(network, best.edge)
    bound = max(best.bound + most_inside_by_nations(problem, placed), found)
    best = best._replace(found=found, bound=bound)
    if network.n_students == 0:
        return best
    reduced = reduced_values(network, prices_with_cells(network, best.prices), quality_share=0.0)
    search = Search(network, near_edges(network, reduced, NEAR, (best.edge,)), seed=seed)
    for turn in range(SEARCHES):
        if watch.should_stop():
            break
        edge = search.improve(
            best.edge,
            rounds=WORK * network.n_students // SIZE,
            size=SIZE,
            diversity_price=1.0,
            with_quality=False,
        )
        before = best.found
        best = best.with_answer(network, edge)
        watch.report("diversity", 0.7 + 0.1 * turn, best.gap)
        if best.found <= before * (1.0 + STALLED):
            break
    return best


def prices_with_cells(network: Network, prices: Prices) -> Prices:
    """Give the cells of a network the price 0, for prices that know its nation pairs alone."""
    pairs = network.pair_code.size
    pair = np.zeros(network.n_pairs + 1)
    pair[:pairs] = prices.pair[:pairs]
    return replace(prices, pair=pair)
