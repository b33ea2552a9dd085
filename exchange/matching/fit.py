"""The third goal: the largest Q = Σ q x that keeps S ≥ (1 − ε) · S_found."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.annealing import can_anneal
from exchange.matching.assignment import assign, is_quick, rounding_loss
from exchange.matching.bounds import ROUNDING, Prices, fit_bound, reduced_values
from exchange.matching.candidates import priced_in, starting_edges
from exchange.matching.clause_search import WORK
from exchange.matching.diversity import EXACT_STEPS, PRICING_ROUNDS, RELAXED_EDGES, RELAXED_STUDENTS
from exchange.matching.fit_search import anneal_towards, search_fit
from exchange.matching.fixing import is_within_reach, settle_fit
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE, OPTIMAL_TOLERANCE
from exchange.matching.program import Program, build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax
from exchange.matching.same_contacts import rehouse
from exchange.matching.stage_answers import Diversity, Fit, diversity_of, keeps, quality_of

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

GOOD_GAP = 2e-3
"""Gap at which the stage is content when the options ask for none."""
EASED = 2e-3
"""Share of the floor that a relaxation is spared when it cannot reach the floor: its program
under-estimates S. The bound is taken at the whole floor all the same."""
TIGHT = 1.0005
"""Where the answer has less than this times the floor, no search finds what keeps it."""
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
    alone = best_alone(network, floor)
    fit, settled = begin_fit(network, diversity.edge, alone, floor, watch)
    if settled:
        return fit
    if exact.is_small(network):
        return prove_fit(network, limits, fit, floor, watch)
    chosen = starting_edges(network, network.quality, fit.edge)
    good = GOOD_GAP if gap is None else gap
    fit, relaxed = relax_fit(network, limits, fit, floor, watch, chosen=chosen, good=good)
    watch.report("fit", 0.4, fit.gap)
    if watch.should_stop():
        return fit
    if relaxed is None:
        return rehouse_fit(network, fit)
    fit = round_and_search(
        network, fit, floor, relaxed.prices, relaxed.share, watch, seed=seed, good=good
    )
    if fit.gap <= OPTIMAL_TOLERANCE or gap is not None or watch.should_stop():
        return fit
    return _settle(network, limits, fit, floor, watch) if is_within_reach(network) else fit


def _settle(network: Network, limits: IntArray, fit: Fit, floor: float, watch: Watch) -> Fit:
    """Prove the largest Q of a few hundred students where prices leave little open."""
    if fit.prices is None:
        return fit
    settled = settle_fit(
        network, limits, fit.prices, floor, watch, found=fit.found, bound=fit.bound
    )
    if settled.edge is not None and keeps(network, settled.edge, floor):
        found = quality_of(network, settled.edge)
        fit = fit._replace(edge=settled.edge, found=found) if found > fit.found else fit
    if settled.bound < fit.bound:
        fit = fit._replace(bound=max(settled.bound, fit.found), by_prices=False)
    return fit


def best_alone(network: Network, floor: float) -> IntArray | None:
    """Find the answer of largest Q whatever its S; None where that takes too long to be tried."""
    if network.n_students and (is_quick(network) or floor <= 0.0):
        return assign(network, network.quality)
    return None


def begin_fit(
    network: Network, edge: IntArray, alone: IntArray | None, floor: float, watch: Watch
) -> tuple[Fit, bool]:
    """Bound Q without prices; also say whether nothing is left to look for, or no time.

    Parameters
    ----------
    network : Network
    edge : (n,) int64
        An answer that keeps the floor.
    alone : (n,) int64, optional
        As `best_alone` gives it.
    floor : float
    watch : Watch
    """
    if network.n_students == 0:
        return Fit(edge, network.pinned_quality, network.pinned_quality), True
    best_of_each = np.maximum.reduceat(network.quality, network.start[:-1])
    bound = (float(best_of_each.sum()) + network.pinned_quality) * (1.0 + ROUNDING)
    fit = Fit(edge, quality_of(network, edge), bound)
    if fit.gap <= OPTIMAL_TOLERANCE or watch.should_stop():
        return fit, True
    if alone is not None:
        reached = quality_of(network, alone) + rounding_loss(network)
        fit = fit._replace(bound=max(fit.found, min(bound, reached)))
        if keeps(network, alone, floor):
            return Fit(alone, quality_of(network, alone), fit.bound), True
    return fit, fit.gap <= OPTIMAL_TOLERANCE or watch.should_stop()


class RelaxedFit(NamedTuple):
    """Prices and shares of a relaxation over all edges of the network, and its value."""

    prices: Prices
    share: FloatArray
    reached: float


def relax_fit(
    network: Network,
    limits: IntArray,
    fit: Fit,
    floor: float,
    watch: Watch,
    *,
    chosen: IntArray,
    good: float,
) -> tuple[Fit, RelaxedFit | None]:
    """Improve the bound by the relaxation, pricing edges in; None where it is too large.

    Parameters
    ----------
    network, limits, fit, floor, watch
        As for `maximise_fit`.
    chosen : (X,) int64
        Edges that the relaxation starts from.
    good : float
        Relative distance of bound and relaxation at which pricing ends.
    """
    if chosen.size > RELAXED_EDGES or network.n_students > RELAXED_STUDENTS:
        return fit, None
    latest = None
    for _ in range(PRICING_ROUNDS):
        program = build_program(network, limits, chosen, exact_steps=EXACT_STEPS)
        relaxed = None
        for asked in (floor, floor * (1.0 - EASED)):
            relaxed = relaxed or relax(
                network, program, program.quality_row, floor=asked, time_limit_s=watch.remaining_s
            )
        if relaxed is None:
            break
        share = np.zeros(network.n_edges)
        share[chosen] = relaxed.share
        proven = fit_bound(network, relaxed.prices, limits, floor=floor)
        if proven < fit.bound:
            fit = fit._replace(bound=max(fit.found, proven), prices=relaxed.prices)
        reached = float(network.quality[chosen] @ relaxed.share) + network.pinned_quality
        latest = RelaxedFit(relaxed.prices, share, reached)
        reduced = reduced_values(network, relaxed.prices, quality_share=1.0)
        more = priced_in(network, chosen, reduced, 8)
        if more.size == 0 or fit.bound <= reached * (1.0 + good) or watch.should_stop():
            break
        chosen = np.union1d(chosen, more)
    return fit, latest


def round_and_search(
    network: Network,
    fit: Fit,
    floor: float,
    prices: Prices,
    share: FloatArray,
    watch: Watch,
    *,
    seed: int,
    good: float,
    effort: float = 1.0,
) -> Fit:
    """Search from the assignment nearest to a relaxation.

    Parameters
    ----------
    network, fit, floor, prices, watch, seed, good, effort
        As for `search_fit`.
    share : (E,) float64
        How much of each edge the relaxation uses.
    """
    if floor * TIGHT > diversity_of(network, fit.edge):
        # At the largest S itself only those who meet the same nations can change homes.
        return rehouse_fit(network, fit)
    rounded = assign(network, share)
    if can_anneal(network):
        found = anneal_towards(
            network, fit, floor, prices, rounded, watch, seed=seed, good=good, effort=effort
        )
        if found.found > fit.found or watch.should_stop():
            return found
    found = search_fit(
        network, fit, floor, prices, rounded, watch, seed=seed, good=good, effort=effort
    )
    if found.found > fit.found or watch.should_stop():
        return found
    # So near to the largest S the search finds nothing above the floor.
    return rehouse_fit(network, found)


def rehouse_fit(network: Network, fit: Fit) -> Fit:
    """Improve an answer without any change of who meets whom."""
    edge = rehouse(network, fit.edge)
    return fit._replace(edge=edge, found=max(fit.found, quality_of(network, edge)))


def prove_fit(network: Network, limits: IntArray, start: Fit, floor: float, watch: Watch) -> Fit:
    """Find the largest Q above the floor in a small cohort, then the largest S of equal Q."""
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
