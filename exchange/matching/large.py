"""The order of goals for a large problem: the same three, on a field instead of a network."""

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import ROUNDING, Prices
from exchange.matching.coverage import ranked_places
from exchange.matching.diversity import Diversity
from exchange.matching.field import (
    Cast,
    build_field,
    codes_of,
    edges_again,
    network_of,
    with_best,
)
from exchange.matching.fit_search import Fit, quality_of, search_fit
from exchange.matching.inside_hosts import with_cells
from exchange.matching.large_diversity import diversify
from exchange.matching.large_mixing import mix_inside, prices_with_cells
from exchange.matching.limits import NO_NATION, Matched, Network, hosts_in_problem
from exchange.matching.measures import find_edges
from exchange.matching.placing import place_fairly
from exchange.matching.price_rounds import run_rounds
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.sweeps import best_pairs

IntArray = npt.NDArray[np.int64]

WIDTH = 12
"""Pairs of each student that a network starts from."""
ALL_PAIRS = 30
"""With at most so many pairs a student, a network holds them all."""
GOOD_FIT = 1e-3
"""Gap of fit at which the search is content when the options ask for none."""
FIRST_MU = 0.5
"""Prices of the diversity stage, as a share of which the rounds of fit start."""
LEAST_FLOOR = 1e-6
"""Floor of S where the mix inside hosts alone could reach it: the rounds divide by it."""
EFFORT = 0.5
"""Search is dearer here and the rounds leave less to it."""


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


def improve_fit(
    cast: Cast,
    diversity: Diversity,
    floor: float,
    watch: Watch,
    *,
    problem: Problem,
    inside: float,
    seed: int,
    epsilon: float,
    gap: float | None,
) -> tuple[Cast, Fit]:
    """Reach the third goal: a large Q above the floor of S, and a bound on it over all pairs.

    The rounds know nation pairs alone: they are asked for the floor less the most, `inside`, that
    the mix inside hosts can add to S.
    """
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
        floor=max(floor - inside, LEAST_FLOOR),
        epsilon=epsilon,
        seed=seed,
    )
    edge = edges_again(network, rounds.network, diversity.edge)
    cast = Cast(field, rounds.network, edges_again(network, rounds.network, cast.edge))
    fit = Fit(edge, fit.found, max(fit.found, rounds.bound))
    watch.report("fit", 0.5, fit.gap)
    if watch.should_stop():
        return cast, fit
    good = GOOD_FIT if gap is None else gap
    mixed = with_cells(problem, rounds.network)
    return cast, search_fit(
        mixed,
        fit,
        floor,
        prices_with_cells(mixed, rounds.prices),
        rounds.edge,
        watch,
        seed=seed,
        good=good,
        effort=EFFORT,
    )


def match_large(
    problem: Problem, watch: Watch, *, seed: int, epsilons: list[float], gap: float | None
) -> list[Matched]:
    """Reach the three goals; what was proven on the way is returned beside the answers.

    Parameters
    ----------
    problem : Problem
        `find_conflicts` must have found nothing.
    watch : Watch
    seed : int
    epsilons : list of float
        Rising. The third goal is reached once for each, from the answer of the one before.
    gap : float, optional
        Relative gap at which each stage ends.
    """
    cast = cover(problem, seed=seed)
    watch.report("coverage", 1.0, 0.0)
    cast, diversity = diversify(problem, cast, watch, seed=seed, gap=gap)
    watch.report("diversity", 1.0, diversity.gap)
    pairs_bound, inside = None, 0.0
    if problem.couplings.inside_host_weight:
        pairs_bound = diversity.bound
        diversity = mix_inside(problem, cast, diversity, watch, seed=seed)
        inside = diversity.bound - pairs_bound
        watch.report("diversity", 1.0, diversity.gap)
    first = hosts_in_problem(problem, cast.network, diversity.edge)
    found, last, matched = diversity.found, diversity.edge, []
    for epsilon in epsilons:
        cast, fit = improve_fit(
            cast,
            diversity._replace(edge=last),
            (1.0 - epsilon) * found,
            watch,
            problem=problem,
            inside=inside,
            seed=seed,
            epsilon=epsilon,
            gap=gap,
        )
        host = hosts_in_problem(problem, cast.network, fit.edge)
        matched.append(Matched(first, host, diversity.bound, fit.bound, pairs_bound=pairs_bound))
        last = fit.edge
    return matched
