"""The order of goals for a large problem: the same three, on a field instead of a network."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import ROUNDING, Prices, count_bound, reduced_values
from exchange.matching.candidates import near_edges
from exchange.matching.coverage import ranked_places
from exchange.matching.diversity import GOOD_GAP, Diversity, diversity_of
from exchange.matching.field import (
    Field,
    bound_from,
    build_field,
    codes_of,
    grow,
    nation_prices,
    network_of,
    with_best,
)
from exchange.matching.fit_search import Fit, quality_of, search_fit
from exchange.matching.limits import NO_NATION, Matched, Network, hosts_in_problem
from exchange.matching.measures import find_edges
from exchange.matching.nations import group_field, guest_nations, plan_of_nations, price_nations
from exchange.matching.placing import place_fairly
from exchange.matching.price_rounds import assign_by_auction, run_rounds
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.search import Search
from exchange.matching.sweeps import Top, best_pairs

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

WIDTH = 12
"""Pairs of each student that a network starts from."""
ALL_PAIRS = 30
"""With at most so many pairs a student, a network holds them all."""


NEAR_DIVERSITY = 60
TILT = 1.0
SEARCHES = 3
WORK = 300
SIZE = 40
STALLED = 1e-5
GOOD_FIT = 1e-3
FIRST_MU = 0.5
EFFORT = 0.5
"""Search is dearer here and the rounds leave less to it."""
DENSE_PAIRS = 8


class Cast(NamedTuple):
    """A field after coverage, with a network that holds a complete answer."""

    field: Field
    network: Network
    edge: IntArray


def cover(problem: Problem, *, seed: int) -> Cast:
    """Reach the first goal: places for as many as possible, even by nation."""
    field = build_field(problem, seed=seed)
    frame = field.frame
    free = np.bincount(frame.student_nation, minlength=problem.n_nations)
    nation, rank = ranked_places(problem, free, seed=seed)
    seat = place_fairly(field, nation, rank).astype(np.int64)
    placed = seat >= 0
    without = np.bincount(frame.student_nation[~placed], minlength=problem.n_nations)
    unplaced = {a: int(without[a]) for a in np.flatnonzero(without).tolist()}
    if unplaced and not problem.fair_nations:
        unplaced = {NO_NATION: sum(unplaced.values())}
    field = field._replace(unplaced=unplaced)
    nations = problem.n_nations
    nothing = np.zeros((nations, nations))
    dense = problem.n_edges > ALL_PAIRS * problem.n_students
    width = WIDTH if dense else int(np.diff(problem.start).max(initial=1))
    top = best_pairs(
        field.pairs,
        width,
        share=0.0,
        nation_price=nothing,
        seat_price=np.zeros(frame.n_hosts),
        noise=1.0 if dense else 0.0,
        salt=seed,
    )
    code, quality = codes_of(top, frame.n_hosts)
    own = np.flatnonzero(placed) * max(frame.n_hosts, 1) + seat[placed]
    rows = find_edges(problem, frame.student_row[placed], frame.host_row[seat[placed]])
    code, first = np.unique(np.append(own, code), return_index=True)
    quality = np.append(problem.edge_quality[rows], quality)[first]
    network = network_of(field, code, quality)
    return Cast(field, network, _edges_at(network, seat))


def _edges_at(network: Network, seat: IntArray) -> IntArray:
    """Find each student's edge to a seat; without one, to a host that holds the unplaced."""
    code = network.edge_student * network.n_hosts + network.edge_host
    real = int((network.host_row >= 0).sum())
    edge = np.searchsorted(code, np.arange(seat.size) * network.n_hosts + np.maximum(seat, 0))
    # Hosts for the unplaced come last, and each student has at most one of them.
    last = network.start[1:] - 1
    return np.where(seat >= 0, edge, last) if real < network.n_hosts else edge


def diversify(
    problem: Problem, cast: Cast, watch: Watch, *, seed: int, gap: float | None
) -> tuple[Cast, Diversity]:
    """Reach the second goal: a large S, and a bound on it over all pairs."""
    field, network, edge = cast
    frame = field.frame
    placed = int(frame.pinned_count.sum() + (network.host_row[network.edge_host[edge]] >= 0).sum())
    none = Prices(np.zeros(network.n_pairs + 1), np.zeros(network.n_hosts))
    bound = count_bound(network, field.limits, placed)
    best = Diversity(edge, diversity_of(network, edge), bound, none)
    if watch.should_stop() or network.n_students == 0:
        return cast, best
    grouped = group_field(field)
    priced = price_nations(field, grouped, watch)
    if priced is None:
        return cast, best
    prices, window = priced
    best = best._replace(prices=prices)
    top = best_pairs(
        field.pairs,
        1,
        share=0.0,
        nation_price=nation_prices(field, prices.pair),
        seat_price=prices.host[: frame.n_hosts],
    )
    found = bound_from(field, network, prices, with_best(network, prices, top), floor=None)
    best = best._replace(bound=min(bound, found))
    watch.report("diversity", 0.2, best.gap)
    if _is_dense(field):
        plan = plan_of_nations(grouped, window, watch)
        if plan is not None:
            cast, best = _fill_plan(problem, cast, best, guest_nations(grouped, network, plan))
    good = GOOD_GAP if gap is None else min(gap, GOOD_GAP)
    if best.gap > good and not watch.should_stop():
        if _is_dense(field):
            cast, best = _widened(cast, best, seed=seed)
        else:
            best = _assigned(cast, best)
    watch.report("diversity", 0.6, best.gap)
    return cast, _search_diversity(cast.network, best, watch, seed=seed, good=good)


def _fill_plan(
    problem: Problem, cast: Cast, best: Diversity, guest_nation: IntArray
) -> tuple[Cast, Diversity]:
    """Assign students to places that wait for their nation, as many as can be."""
    field, network, edge = cast
    frame = field.frame
    everybody = frame.student_nation
    seat = place_fairly(
        field,
        everybody,
        np.arange(everybody.size),
        guest_nation=guest_nation[: frame.n_hosts],
    ).astype(np.int64)
    placed = np.flatnonzero(seat >= 0)
    rows = find_edges(problem, frame.student_row[placed], frame.host_row[seat[placed]])
    filled = Top(seat[:, None].astype(np.int32), np.zeros((seat.size, 1), np.float32), np.zeros(0))
    filled.quality[placed, 0] = problem.edge_quality[rows]
    network, edge = grow(field, network, filled, edge)
    fills = network.student_nation[network.edge_student] == guest_nation[network.edge_host]
    fills |= network.host_row[network.edge_host] < 0
    planned = assign_by_auction(network, fills.astype(np.float64))
    cast = Cast(field, network, edge)
    return cast, best if planned is None else best.with_answer(network, planned)


def _widened(cast: Cast, best: Diversity, *, seed: int) -> tuple[Cast, Diversity]:
    """Bring in pairs that are all but worth as much as the best of their student."""
    field, network, edge = cast
    prices = best.prices
    unit = float(prices.pair.mean())
    top = best_pairs(
        field.pairs,
        NEAR_DIVERSITY,
        share=0.0,
        nation_price=nation_prices(field, prices.pair),
        seat_price=prices.host[: field.frame.n_hosts],
        noise=TILT * unit,
        salt=seed,
    )
    grown, again = grow(field, network, top, best.edge)
    cast = Cast(field, grown, _edges_again(network, grown, edge))
    return cast, best._replace(edge=again)


def _assigned(cast: Cast, best: Diversity) -> Diversity:
    """Assign at the prices of the nations; noise keeps students from one corner."""
    network = cast.network
    unit = float(best.prices.pair.mean())
    value = reduced_values(network, best.prices, quality_share=0.0)
    noise = np.random.default_rng(0).random(network.n_edges)
    edge = assign_by_auction(network, value / unit + TILT * noise)
    return best if edge is None else best.with_answer(network, edge)


def _search_diversity(
    network: Network, best: Diversity, watch: Watch, *, seed: int, good: float
) -> Diversity:
    reduced = reduced_values(network, best.prices, quality_share=0.0)
    kept = near_edges(network, reduced, NEAR_DIVERSITY, (best.edge,))
    search = Search(network, kept, seed=seed)
    for turn in range(SEARCHES):
        if best.gap <= good or watch.should_stop():
            break
        edge = search.improve(
            best.edge,
            rounds=WORK * network.n_students // SIZE,
            size=SIZE,
            diversity_price=1.0,
            with_quality=False,
            pair_price=best.prices.pair,
        )
        before = best.found
        best = best.with_answer(network, edge)
        watch.report("diversity", 0.6 + 0.4 * turn / SEARCHES, best.gap)
        if best.found <= before * (1.0 + STALLED):
            break
    return best


def improve_fit(
    cast: Cast,
    diversity: Diversity,
    floor: float,
    watch: Watch,
    *,
    seed: int,
    epsilon: float,
    gap: float | None,
) -> tuple[Cast, Fit]:
    """Reach the third goal: a large Q above the floor of S, and a bound on it over all pairs."""
    field, network = cast.field, cast.network
    nations = field.pair_of.shape[0]
    none = Prices(np.zeros(network.n_pairs + 1), np.zeros(network.n_hosts))
    top = best_pairs(
        field.pairs,
        1,
        share=1.0,
        nation_price=np.zeros((nations, nations)),
        seat_price=none.host[: field.frame.n_hosts],
    )
    most = float(with_best(network, none, top).sum())
    bound = most * (1.0 + ROUNDING) + network.pinned_quality
    fit = Fit(diversity.edge, quality_of(network, diversity.edge), bound)
    if network.n_students == 0 or watch.should_stop():
        return cast, fit._replace(bound=max(bound, fit.found))
    rounds = run_rounds(
        field,
        network,
        FIRST_MU * diversity.prices.pair,
        watch,
        bound=bound,
        floor=floor,
        epsilon=epsilon,
        seed=seed,
    )
    edge = _edges_again(network, rounds.network, diversity.edge)
    cast = Cast(field, rounds.network, _edges_again(network, rounds.network, cast.edge))
    fit = Fit(edge, fit.found, max(fit.found, rounds.bound))
    watch.report("fit", 0.5, fit.gap)
    if watch.should_stop():
        return cast, fit
    good = GOOD_FIT if gap is None else gap
    return cast, search_fit(
        rounds.network,
        fit,
        floor,
        rounds.prices,
        rounds.edge,
        watch,
        seed=seed,
        good=good,
        effort=EFFORT,
    )


def _edges_again(before: Network, after: Network, edge: IntArray) -> IntArray:
    """Find edges of a network in one that has grown out of it."""
    code = after.edge_student * after.n_hosts + after.edge_host
    return np.searchsorted(code, before.edge_student[edge] * after.n_hosts + before.edge_host[edge])


def _is_dense(field: Field) -> bool:
    """Say whether students have so many pairs that a plan of nations can be filled by persons."""
    nations = np.unique(field.frame.host_nation).size
    return field.pairs.host.size > DENSE_PAIRS * nations * field.frame.n_students


def match_large(
    problem: Problem, watch: Watch, *, seed: int, epsilon: float, gap: float | None
) -> Matched:
    """Reach the three goals; what was proven on the way is returned beside the answer.

    Parameters
    ----------
    problem : Problem
        `find_conflicts` must have found nothing.
    watch : Watch
    seed : int
    epsilon : float
    gap : float, optional
        Relative gap at which each stage ends.
    """
    cast = cover(problem, seed=seed)
    watch.report("coverage", 1.0, 0.0)
    cast, diversity = diversify(problem, cast, watch, seed=seed, gap=gap)
    watch.report("diversity", 1.0, diversity.gap)
    floor = (1.0 - epsilon) * diversity.found
    first = hosts_in_problem(problem, cast.network, diversity.edge)
    cast, fit = improve_fit(cast, diversity, floor, watch, seed=seed, epsilon=epsilon, gap=gap)
    host = hosts_in_problem(problem, cast.network, fit.edge)
    return Matched(first, host, diversity.bound, fit.bound)
