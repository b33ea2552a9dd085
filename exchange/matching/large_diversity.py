"""The second goal in a large problem: a plan of nations, persons who fill it, then a search."""

import math

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import Prices, count_bound, reduced_values
from exchange.matching.candidates import near_edges
from exchange.matching.diversity import GOOD_GAP
from exchange.matching.field import (
    Cast,
    Field,
    bound_from,
    edges_again,
    grow,
    nation_prices,
    with_best,
)
from exchange.matching.limits import Network
from exchange.matching.market import trade
from exchange.matching.measures import find_edges
from exchange.matching.nations import group_field, guest_nations, plan_of_nations, price_nations
from exchange.matching.placing import place_fairly
from exchange.matching.price_rounds import assign_by_auction
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.search import Search
from exchange.matching.stage_answers import Diversity, diversity_of
from exchange.matching.sweeps import Top, best_pairs

IntArray = npt.NDArray[np.int64]

NEAR_DIVERSITY = 60
"""Edges of each student that the search looks at; all of them are worth nearly the same."""
TILT = 1.0
"""Noise that parts equal pairs, as a share of the mean price."""
STEP = 0.05
"""Least raise of a bid in a trade, as a share of the mean worth of a contact …"""
STEP_STUDENTS = 100_000
"""… up to so many students; beyond it grows by the root, since each bid costs more there."""
TRADED_GAP = 1e-3
"""Gap at which the stage is content where students have few pairs: a search costs ten trades."""
SEARCHES = 3
WORK = 300
"""Students freed, one neighbourhood after the other, for each student of the problem."""
SIZE = 40
STALLED = 1e-5
"""A search that gained less than this share of S is not repeated."""
DENSE_PAIRS = 8
"""A plan of nations is filled where students have this many pairs for each nation of hosts."""


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
    dense = _is_dense(field)
    priced = price_nations(field, grouped, watch, finely=dense)
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
    best = best._replace(bound=min(bound, found), by_prices=found <= bound)
    watch.report("diversity", 0.2, best.gap)
    if dense and not watch.should_stop():
        plan = plan_of_nations(grouped, window, watch)
        if plan is not None and not watch.should_stop():
            guests = guest_nations(grouped, network, plan)
            cast, best = _fill_plan(problem, cast, best, guests, watch)
    good = GOOD_GAP if dense else TRADED_GAP * _coarser(network)
    good = good if gap is None else min(gap, good)
    if best.gap > good and not watch.should_stop():
        if dense:
            cast, best = _widened(cast, best, seed=seed)
        else:
            best = _traded(cast, best, watch)
    watch.report("diversity", 0.6, best.gap)
    return cast, _search_diversity(cast.network, best, watch, seed=seed, good=good)


def _fill_plan(
    problem: Problem, cast: Cast, best: Diversity, guest_nation: IntArray, watch: Watch
) -> tuple[Cast, Diversity]:
    """Assign students to places that wait for their nation, as many as can be."""
    field, network, edge = cast
    frame = field.frame
    everybody = frame.student_nation
    found = place_fairly(
        field,
        everybody,
        np.arange(everybody.size),
        watch,
        guest_nation=guest_nation[: frame.n_hosts],
    )
    if found is None:
        return cast, best
    seat = found.astype(np.int64)
    placed = np.flatnonzero(seat >= 0)
    rows = find_edges(problem, frame.student_row[placed], frame.host_row[seat[placed]])
    filled = Top(seat[:, None].astype(np.int32), np.zeros((seat.size, 1), np.float32), np.zeros(0))
    filled.quality[placed, 0] = problem.edge_quality[rows]
    network, edge = grow(field, network, filled, edge)
    fills = network.student_nation[network.edge_student] == guest_nation[network.edge_host]
    fills |= network.host_row[network.edge_host] < 0
    planned = assign_by_auction(network, fills.astype(np.float64), watch)
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
    cast = Cast(field, grown, edges_again(network, grown, edge))
    return cast, best._replace(edge=again)


def _traded(cast: Cast, best: Diversity, watch: Watch) -> Diversity:
    """Let students bid for places while contacts lose worth as they repeat."""
    network = cast.network
    unit = best.bound / max(network.n_students, 1)
    step = STEP * _coarser(network) * unit
    edge = trade(network, np.zeros(network.n_edges), 1.0, watch, step=step)
    return best if edge is None else best.with_answer(network, edge)


def _coarser(network: Network) -> float:
    return max(1.0, math.sqrt(network.n_students / STEP_STUDENTS))


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
            watch=watch,
        )
        before = best.found
        best = best.with_answer(network, edge)
        watch.report("diversity", 0.6 + 0.4 * turn / SEARCHES, best.gap)
        if best.found <= before * (1.0 + STALLED):
            break
    return best


def _is_dense(field: Field) -> bool:
    """Say whether students have so many pairs that a plan of nations can be filled by persons."""
    nations = np.unique(field.frame.host_nation).size
    return field.pairs.host.size > DENSE_PAIRS * nations * field.frame.n_students
