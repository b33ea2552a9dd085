"""The third goal: the largest Q = Σ q x that keeps S ≥ (1 − ε) · S_found."""

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.assignment import assign, is_quick, rounding_loss
from exchange.matching.bounds import ROUNDING, fit_bound, reduced_values
from exchange.matching.candidates import priced_in, starting_edges
from exchange.matching.clause_search import WORK
from exchange.matching.diversity import (
    EXACT_STEPS,
    PRICING_ROUNDS,
    RELAXED_EDGES,
    RELAXED_STUDENTS,
    Diversity,
    diversity_of,
)
from exchange.matching.fit_search import Fit, keeps, quality_of, search_fit
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE, OPTIMAL_TOLERANCE
from exchange.matching.program import Program, build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

GOOD_GAP = 2e-3
"""Gap at which the stage is content when the options ask for none."""
TIE_NODES = 200
"""Nodes spent on the larger S among answers of equal Q."""
TIE_WORK = 1.0
"""Work spent on the same where edges are many: `milp` took longer for it than for the proof."""
FLOOR_TRIES = 4
"""How often the exact engine is asked again with a floor raised by what it missed."""


def maximise_fit(
    network: Network,
    limits: IntArray,
    diversity: Diversity,
    floor: float,
    watch: Watch,
    *,
    seed: int,
    gap: float | None,
) -> Fit:
    """Find an answer of large Q above the floor of S and prove how large any could be.

    Parameters
    ----------
    network : Network
    limits : (P + 1,) int64
    diversity : Diversity
        The answer of the stage before, which keeps the floor.
    floor : float
        S_floor, pinned placements included.
    watch : Watch
    seed : int
    gap : float, optional
        Relative gap at which the search ends.

    Returns
    -------
    Fit
    """
    if network.n_students == 0:
        return Fit(diversity.edge, network.pinned_quality, network.pinned_quality)
    best_of_each = np.maximum.reduceat(network.quality, network.start[:-1])
    bound = (float(best_of_each.sum()) + network.pinned_quality) * (1.0 + ROUNDING)
    fit = Fit(diversity.edge, quality_of(network, diversity.edge), bound)
    if fit.gap <= OPTIMAL_TOLERANCE or watch.should_stop():
        return fit
    if is_quick(network) or floor <= 0.0:
        alone = assign(network, network.quality)
        reached = quality_of(network, alone) + rounding_loss(network)
        fit = fit._replace(bound=max(fit.found, min(bound, reached)))
        if keeps(network, alone, floor):
            return Fit(alone, quality_of(network, alone), fit.bound)
        if fit.gap <= OPTIMAL_TOLERANCE or watch.should_stop():
            return fit
    if exact.is_small(network):
        return _prove(network, limits, fit, floor, watch)
    return _by_relaxation(
        network, limits, fit, floor, watch, seed=seed, good=GOOD_GAP if gap is None else gap
    )


def _by_relaxation(
    network: Network,
    limits: IntArray,
    fit: Fit,
    floor: float,
    watch: Watch,
    *,
    seed: int,
    good: float,
) -> Fit:
    chosen = starting_edges(network, network.quality, fit.edge)
    if chosen.size > RELAXED_EDGES or network.n_students > RELAXED_STUDENTS:
        return fit
    prices, share = None, np.zeros(network.n_edges)
    for _ in range(PRICING_ROUNDS):
        program = build_program(network, limits, chosen, exact_steps=EXACT_STEPS)
        relaxed = relax(
            network, program, program.quality_row, floor=floor, time_limit_s=watch.remaining_s
        )
        if relaxed is None:
            break
        prices = relaxed.prices
        share[:] = 0.0
        share[chosen] = relaxed.share
        proven = fit_bound(network, prices, limits, floor=floor)
        if proven < fit.bound:
            fit = fit._replace(bound=max(fit.found, proven), prices=prices)
        reached = float(network.quality[chosen] @ relaxed.share) + network.pinned_quality
        reduced = reduced_values(network, prices, quality_share=1.0)
        more = priced_in(network, chosen, reduced, 8)
        if more.size == 0 or fit.bound <= reached * (1.0 + good) or watch.should_stop():
            break
        chosen = np.union1d(chosen, more)
    watch.report("fit", 0.4, fit.gap)
    if prices is None or watch.should_stop():
        return fit
    rounded = assign(network, share)
    return search_fit(network, fit, floor, prices, rounded, watch, seed=seed, good=good)


def _prove(network: Network, limits: IntArray, start: Fit, floor: float, watch: Watch) -> Fit:
    program = build_program(network, limits, np.arange(network.n_edges))
    least = floor * (1.0 - FLOOR_TOLERANCE) - program.start_value
    found, bound, asked = start, start.bound, least
    # The solver keeps a row to 1e-6 only; an answer just below the floor is asked for again
    # with the floor raised by a little more than it missed. The first bound stays true.
    for _ in range(FLOOR_TRIES):
        proven = exact.maximise(
            network,
            program,
            program.quality_row,
            at_least=((program.diversity_row, asked),),
            time_limit_s=watch.remaining_s,
            work=WORK,
        )
        if asked <= least:
            bound = min(bound, proven.bound + network.pinned_quality)
        if proven.placed is None:
            break
        edge = exact.one_edge_each(program, proven.placed)
        if keeps(network, edge, floor):
            if quality_of(network, edge) > found.found:
                found = Fit(edge, quality_of(network, edge), bound)
            break
        asked = max(asked, least) + floor - diversity_of(network, edge) + 1e-7
    found = found._replace(bound=max(bound, found.found))
    return found if watch.should_stop() else _break_tie(network, program, found, watch)


def _break_tie(network: Network, program: Program, fit: Fit, watch: Watch) -> Fit:
    """Look for a larger S among the answers of the same Q."""
    proven = exact.maximise(
        network,
        program,
        program.diversity_row,
        at_least=((program.quality_row, fit.found - network.pinned_quality),),
        time_limit_s=watch.remaining_s,
        node_limit=TIE_NODES,
        work=TIE_WORK,
        finish=False,
    )
    if proven.placed is None:
        return fit
    edge = exact.one_edge_each(program, proven.placed)
    same = quality_of(network, edge) >= fit.found - 1e-9
    better = diversity_of(network, edge) > diversity_of(network, fit.edge)
    return fit._replace(edge=edge) if same and better else fit
