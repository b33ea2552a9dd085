"""The third goal: the largest Q = Σ q x that keeps S ≥ (1 − ε) · S_found."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.assignment import assign
from exchange.matching.bounds import fit_bound
from exchange.matching.diversity import Diversity, diversity_of
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE, OPTIMAL_TOLERANCE
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax_fit

IntArray = npt.NDArray[np.int64]

TIE_NODES = 200
"""Nodes spent on the larger S among answers of equal Q."""


class Fit(NamedTuple):
    """The answer of the stage: one edge per student, its Q, a true bound on Q."""

    edge: IntArray
    found: float
    bound: float


def quality_of(network: Network, edge: IntArray) -> float:
    """Compute Q of one edge per free student, pinned placements included."""
    return float(network.quality[edge].sum()) + network.pinned_quality


def maximise_fit(
    network: Network, limits: IntArray, diversity: Diversity, floor: float, watch: Watch
) -> Fit:
    """Find an answer of large Q above the floor of S and prove how large any could be."""
    best = assign(network, network.quality)
    bound = quality_of(network, best) * (1.0 + 1e-12) + network.n_students * 1e-9
    start = Fit(diversity.edge, quality_of(network, diversity.edge), bound)
    if start.found >= bound * (1.0 - OPTIMAL_TOLERANCE):
        return start
    if keeps(network, best, floor):
        return Fit(best, quality_of(network, best), bound)
    if watch.should_stop():
        return start
    if exact.is_small(network):
        return _prove(network, limits, start, floor, watch)
    program = build_program(network, limits, np.arange(network.n_edges), exact_steps=16)
    relaxed = relax_fit(network, program, floor=floor, time_limit_s=watch.remaining_s)
    if relaxed is None:
        return start
    bound = min(bound, fit_bound(network, relaxed.prices, limits, floor=floor))
    return start._replace(bound=bound)


def keeps(network: Network, edge: IntArray, floor: float) -> bool:
    """Say whether an answer keeps the floor of S, within the stated tolerance."""
    return diversity_of(network, edge) >= floor * (1.0 - FLOOR_TOLERANCE)


def _prove(
    network: Network, limits: IntArray, start: Fit, floor: float, watch: Watch
) -> Fit:
    program = build_program(network, limits, np.arange(network.n_edges))
    least = floor * (1.0 - FLOOR_TOLERANCE) - program.start_value
    found, bound, asked = start, start.bound, least
    # The solver keeps a row to 1e-6 only; an answer just below the floor is asked for again
    # with the floor raised by a little more than it missed. The first bound stays true.
    for _ in range(4):
        proven = exact.maximise(
            network,
            program,
            program.quality_row,
            at_least=((program.diversity_row, asked),),
            time_limit_s=watch.remaining_s,
        )
        if asked <= least:
            bound = min(bound, proven.bound + network.pinned_quality)
        if proven.edge is None:
            break
        if keeps(network, proven.edge, floor):
            quality = quality_of(network, proven.edge)
            if quality > found.found:
                found = Fit(proven.edge, quality, bound)
            break
        missing = floor - diversity_of(network, proven.edge)
        asked = max(asked, least) + missing + 1e-7
    return _break_tie(
        network, limits, found._replace(bound=max(bound, found.found)), watch
    )


def _break_tie(network: Network, limits: IntArray, fit: Fit, watch: Watch) -> Fit:
    """Look for a larger S among the answers of the same Q."""
    program = build_program(network, limits, np.arange(network.n_edges))
    least = fit.found - network.pinned_quality
    proven = exact.maximise(
        network,
        program,
        program.diversity_row,
        at_least=((program.quality_row, least),),
        time_limit_s=watch.remaining_s,
        node_limit=TIE_NODES,
    )
    if proven.edge is None:
        return fit
    same = quality_of(network, proven.edge) >= fit.found - 1e-9
    better = diversity_of(network, proven.edge) > diversity_of(network, fit.edge)
    return fit._replace(edge=proven.edge) if same and better else fit
