"""The second goal: the largest S = Σ √(w n) among the answers that coverage leaves."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.assignment import assign
from exchange.matching.bounds import Prices, count_bound, diversity_bound, pair_values
from exchange.matching.limits import Network
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax_diversity

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Diversity(NamedTuple):
    """The answer of the stage: one edge per student, its S, a true bound, and prices."""

    edge: IntArray
    found: float
    bound: float
    prices: Prices


def diversity_of(network: Network, edge: IntArray) -> float:
    """Compute S of one edge per free student, pinned placements included."""
    gained = np.bincount(network.edge_pair[edge], minlength=network.n_pairs + 1)
    return float(pair_values(network, gained).sum())


def maximise_diversity(network: Network, limits: IntArray, watch: Watch) -> Diversity:
    """Find an answer of large S and prove how large any could be."""
    none = Prices(np.zeros(network.n_pairs + 1), np.zeros(network.n_hosts))
    placed = int(network.pinned_count.sum()) + int(
        network.capacity[network.host_row < 0].sum() * -1 + network.n_students
    )
    edge = assign(network, np.zeros(network.n_edges))
    best = Diversity(
        edge, diversity_of(network, edge), count_bound(network, limits, placed), none
    )
    if network.n_students == 0 or watch.should_stop():
        return best._replace(
            bound=best.found if network.n_students == 0 else best.bound
        )
    if exact.is_small(network):
        return _prove(network, limits, best, watch)
    program = build_program(network, limits, np.arange(network.n_edges), exact_steps=16)
    relaxed = relax_diversity(network, program, time_limit_s=watch.remaining_s)
    if relaxed is None:
        return best
    bound = min(best.bound, diversity_bound(network, relaxed.prices, limits))
    edge = assign(network, relaxed.share)
    found = diversity_of(network, edge)
    return Diversity(edge, found, bound, relaxed.prices) if found > best.found else best


def _prove(
    network: Network, limits: IntArray, start: Diversity, watch: Watch
) -> Diversity:
    program = build_program(network, limits, np.arange(network.n_edges))
    proven = exact.maximise(
        network, program, program.diversity_row, time_limit_s=watch.remaining_s
    )
    bound = min(start.bound, proven.bound + program.start_value)
    edge, found = start.edge, start.found
    if proven.edge is not None and diversity_of(network, proven.edge) > found:
        edge, found = proven.edge, diversity_of(network, proven.edge)
    return Diversity(edge, found, max(bound, found), start.prices)
