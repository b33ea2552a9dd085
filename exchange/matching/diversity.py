"""The second goal: the largest S = Σ √(w n) among the answers that coverage leaves."""

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.annealing import Cooling, anneal_diversity, can_anneal
from exchange.matching.assignment import assign
from exchange.matching.bounds import (
    Prices,
    contacts_of,
    count_bound,
    reduced_values,
)
from exchange.matching.candidates import near_edges, one_per_nation, priced_in, starting_edges
from exchange.matching.fixing import is_within_reach, settle_diversity
from exchange.matching.groups import (
    Grouped,
    group_by_nation,
    round_shares,
    spread_over_persons,
)
from exchange.matching.limits import Network
from exchange.matching.measures import OPTIMAL_TOLERANCE
from exchange.matching.nation_bounds import WINDOW, price_nations
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax
from exchange.matching.search import Search
from exchange.matching.stage_answers import Diversity, diversity_of, replace_bound

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

GOOD_GAP = 5e-4
"""Gap at which the stage is content when the options ask for none."""
EXACT_STEPS = 16
"""Contacts of a pair with a segment of their own in a relaxation."""
TILT = 5e-4
"""Weight of random values in the relaxation: without them the interior point returns the middle
of a huge face of equal answers, which says nothing about whom to place where."""
RELAXED_STUDENTS = 5_000
RELAXED_EDGES = 80_000
"""Beyond these the interior point over persons takes too long."""
SEARCHED_EDGES = 2_000_000
COARSE_GAP = 3e-3
GROUP_NODES = 2_000
GROUP_GAP = 2e-7
PRICING_ROUNDS = 3
SEARCHES = 4
WORK = 600
"""Students freed, one neighbourhood after the other, for each student of the problem."""
SETTLED_WORK = 100
"""The same from a rounded relaxation over nations, which leaves little to find."""
SIZES = (40, 60)
SIZES_DENSE = (24,)
COOLINGS = (Cooling(2_500, 0.05, 1e-3), Cooling(10_000, 0.05, 3e-3), Cooling(20_000, 0.05, 3e-3))
"""A second contact of a pair adds about 0.3 to S, a tenth 0.1; rare nations freeze first."""
STALLED = 1e-5
"""A search that gained less than this share of S is not repeated."""


def maximise_diversity(
    network: Network, limits: IntArray, watch: Watch, *, seed: int, gap: float | None
) -> Diversity:
    """Find an answer of large S and prove how large any could be.

    Parameters
    ----------
    network : Network
        With hosts for the unplaced.
    limits : (P + 1,) int64
        As `bounds.pair_limits` gives them.
    watch : Watch
    seed : int
    gap : float, optional
        Relative gap at which the search ends.

    Returns
    -------
    Diversity
    """
    none = Prices(np.zeros(network.n_pairs + 1), np.zeros(network.n_hosts))
    placed = int(network.pinned_count.sum()) + network.n_students
    bound = count_bound(network, limits, placed)
    if network.n_students == 0:
        edge = np.zeros(0, dtype=np.int64)
        found = diversity_of(network, edge)
        return Diversity(edge, found, found, none)
    good = GOOD_GAP if gap is None else min(gap, GOOD_GAP)
    if exact.is_small(network):
        edge = assign(network, np.zeros(network.n_edges))
        start = Diversity(edge, diversity_of(network, edge), bound, none)
        # Where the count of pairs alone proves it, no program has to be built.
        done = start.gap <= OPTIMAL_TOLERANCE or watch.should_stop()
        return start if done else _prove(network, limits, start, watch)
    grouped = group_by_nation(network)
    noise = np.random.default_rng(seed).random(network.n_edges)
    best = _by_nations(network, limits, grouped, bound, noise, watch)
    watch.report("diversity", 0.2, best.gap)
    if can_anneal(network) and not grouped.is_complete:
        good = good if gap is not None or not is_within_reach(network) else 0.0
        return _by_annealing(network, limits, best, watch, seed=seed, good=good)
    # Where edges are few, nations say little and the relaxation comes first; where they are
    # many, the bound of the nations is all but reached and the relaxation is rarely needed.
    # Where no rule tells persons apart, the relaxation over nations is that over persons.
    settled = grouped.is_complete and network.edge_cell is not None
    few = network.n_edges <= RELAXED_EDGES and not settled
    if not few:
        work = SETTLED_WORK if settled else WORK
        best = _search_until(network, best, noise, watch, seed=seed, good=good, work=work)
    if settled:
        return best
    if best.gap > (good if few else COARSE_GAP) and not watch.should_stop():
        best = _by_relaxation(network, limits, best, noise, watch, seed=seed)
        best = _search_until(network, best, noise, watch, seed=seed + 1, good=good)
    return best


def _by_annealing(
    network: Network, limits: IntArray, best: Diversity, watch: Watch, *, seed: int, good: float
) -> Diversity:
    """Anneal until the gap is good; where few edges say more than nations, bound by them first."""
    few = network.n_edges <= RELAXED_EDGES
    if few:
        best = _bound_by_persons(network, limits, best, watch)
    best = _anneal_until(network, best, watch, seed=seed, good=good)
    if not few and best.gap > COARSE_GAP:
        best = _bound_by_persons(network, limits, best, watch)
        best = _anneal_until(network, best, watch, seed=seed + 1, good=good)
    done = best.gap <= max(good, OPTIMAL_TOLERANCE) or watch.should_stop()
    if done or not is_within_reach(network):
        return best
    settled = settle_diversity(
        network, limits, best.prices, watch, found=best.found, bound=best.bound
    )
    if settled.edge is not None:
        best = best.with_answer(network, settled.edge)
    return replace_bound(best, settled.bound)


def _anneal_until(
    network: Network, best: Diversity, watch: Watch, *, seed: int, good: float
) -> Diversity:
    # What two turns do not reach in a small cohort, a proof does.
    turns = 2 if is_within_reach(network) else len(COOLINGS)
    for turn, cooling in enumerate(COOLINGS[:turns]):
        if best.gap <= max(good, OPTIMAL_TOLERANCE) or watch.should_stop():
            break
        edge = anneal_diversity(network, best.edge, cooling, watch, seed=seed * SEARCHES + turn)
        best = best.with_answer(network, edge)
        watch.report("diversity", 0.5 + 0.1 * turn, best.gap)
    return best


def _bound_by_persons(
    network: Network, limits: IntArray, best: Diversity, watch: Watch
) -> Diversity:
    """Bound S by the relaxation over persons: roughly, then with single steps near its counts."""
    chosen = starting_edges(network, np.zeros(network.n_edges), best.edge)
    if chosen.size > RELAXED_EDGES or network.n_students > RELAXED_STUDENTS:
        return best
    window, steps = limits, EXACT_STEPS if int(limits.max()) > EXACT_STEPS else None
    for _ in range(PRICING_ROUNDS):
        if watch.should_stop():
            break
        program = build_program(network, window, chosen, exact_steps=steps)
        relaxed = relax(network, program, program.diversity_row, time_limit_s=watch.remaining_s)
        if relaxed is None:
            break
        best = best.with_prices(network, relaxed.prices, limits)
        met = contacts_of(network, chosen, relaxed.share)
        reduced = reduced_values(network, relaxed.prices, quality_share=0.0)
        more = priced_in(network, chosen, reduced, 8)
        if steps is None and more.size == 0:
            break
        window, steps = np.minimum(limits, np.ceil(met).astype(np.int64) + WINDOW), None
        chosen = np.union1d(chosen, more)
    return best


def _search_until(
    network: Network,
    best: Diversity,
    noise: FloatArray,
    watch: Watch,
    *,
    seed: int,
    good: float,
    work: int = WORK,
) -> Diversity:
    """Search until the gap is good or a search gains next to nothing."""
    for turn in range(SEARCHES):
        if best.gap <= good or watch.should_stop():
            break
        before = best.found
        chosen = _searched_edges(network, noise + np.roll(noise, turn))
        best = _search(network, best, chosen, watch, seed=seed * SEARCHES + turn, work=work)
        watch.report("diversity", 0.5 + 0.1 * turn, best.gap)
        if best.found <= before * (1.0 + STALLED):
            break
    return best


def _searched_edges(network: Network, value: FloatArray) -> npt.NDArray[np.bool_]:
    if network.n_edges <= SEARCHED_EDGES:
        return np.ones(network.n_edges, dtype=bool)
    return one_per_nation(network, value, 2)


def _by_nations(
    network: Network,
    limits: IntArray,
    grouped: Grouped,
    bound: float,
    noise: FloatArray,
    watch: Watch,
) -> Diversity:
    """Start from the small program of nations: exact when no rule tells persons apart.

    Where guests of a host count, hosts stay apart in it; it is then rounded and not proven.
    """
    small = grouped.network
    priced = price_nations(network, limits, grouped, bound, watch)
    best = Diversity(np.zeros(0, dtype=np.int64), -1.0, priced.bound, priced.prices)
    mixed = small.edge_cell is not None
    if grouped.is_complete and mixed and priced.share is not None:
        placed = round_shares(grouped, priced.share)
        return best.with_answer(network, spread_over_persons(network, grouped, placed))
    if grouped.is_complete and not mixed and not watch.should_stop():
        program = build_program(small, priced.window, np.arange(small.n_edges))
        proven = exact.maximise(
            small,
            program,
            program.diversity_row,
            supply=grouped.supply,
            time_limit_s=watch.remaining_s,
            node_limit=GROUP_NODES,
            gap=GROUP_GAP,
        )
        if proven.placed is not None:
            best = best.with_answer(network, spread_over_persons(network, grouped, proven.placed))
            return replace_bound(best, best.bound)
    # Hosts of one nation are all alike to the prices; noise keeps students from one corner.
    value = reduced_values(network, best.prices, quality_share=0.0) + TILT * noise
    return best.with_answer(network, assign(network, value))


def _by_relaxation(
    network: Network,
    limits: IntArray,
    best: Diversity,
    noise: FloatArray,
    watch: Watch,
    *,
    seed: int,
) -> Diversity:
    """Improve bound and answer by the relaxation over persons, pricing edges in."""
    chosen = starting_edges(network, noise, best.edge)
    if chosen.size > RELAXED_EDGES or network.n_students > RELAXED_STUDENTS:
        return best
    share = np.zeros(network.n_edges)
    for _ in range(PRICING_ROUNDS):
        program = build_program(network, limits, chosen, exact_steps=EXACT_STEPS)
        tilted = program.diversity_row + TILT * np.append(
            noise[chosen], np.zeros(program.slope.size)
        )
        relaxed = relax(network, program, tilted, time_limit_s=watch.remaining_s)
        if relaxed is None:
            break
        share[:] = 0.0
        share[chosen] = relaxed.share
        before = best.bound
        best = best.with_prices(network, relaxed.prices, limits)
        reduced = reduced_values(network, relaxed.prices, quality_share=0.0) + TILT * noise
        more = priced_in(network, chosen, reduced, 8)
        if more.size == 0 or best.bound > before * (1.0 - GOOD_GAP) or watch.should_stop():
            break
        chosen = np.union1d(chosen, more)
    best = best.with_answer(network, assign(network, share))
    rounded = best._replace(edge=assign(network, share), found=0.0)
    improved = _search(network, rounded, _searched_edges(network, noise), watch, seed=seed)
    return best.with_answer(network, improved.edge)


def _search(
    network: Network,
    best: Diversity,
    chosen: npt.NDArray[np.bool_],
    watch: Watch,
    *,
    seed: int,
    work: int = WORK,
) -> Diversity:
    kept = near_edges(network, np.where(chosen, 1.0, 0.0), 0, (np.flatnonzero(chosen), best.edge))
    search = Search(network, kept, seed=seed)
    for size in SIZES if network.n_edges <= RELAXED_EDGES else SIZES_DENSE:
        if watch.should_stop():
            break
        edge = search.improve(
            best.edge,
            rounds=work * network.n_students // size,
            size=size,
            diversity_price=1.0,
            with_quality=False,
            pair_price=best.prices.pair,
            watch=watch,
        )
        best = best.with_answer(network, edge)
    return best


def _prove(network: Network, limits: IntArray, start: Diversity, watch: Watch) -> Diversity:
    program = build_program(network, limits, np.arange(network.n_edges))
    proven = exact.maximise(network, program, program.diversity_row, time_limit_s=watch.remaining_s)
    bound = min(start.bound, proven.bound + program.start_value)
    best = start
    if proven.placed is not None:
        best = best.with_answer(network, exact.one_edge_each(program, proven.placed))
    return replace_bound(best, bound)
