"""The order of goals for a large problem: the same three, on a field instead of a network."""

import numpy as np
import numpy.typing as npt

from exchange.matching.certificate import stage_prices
from exchange.matching.coverage import ranked_places
from exchange.matching.field import (
    Cast,
    build_field,
    codes_of,
    network_of,
)
from exchange.matching.large_diversity import diversify
from exchange.matching.large_fit import improve_fit
from exchange.matching.large_mixing import mix_inside
from exchange.matching.limits import NO_NATION, Matched, Network, hosts_in_problem
from exchange.matching.measures import find_edges
from exchange.matching.placing import place_fairly
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.solution import Certificate
from exchange.matching.sweeps import best_pairs

IntArray = npt.NDArray[np.int64]

WIDTH = 12
"""Pairs of each student that a network starts from."""
ALL_PAIRS = 30
"""With at most so many pairs a student, a network holds them all."""


def cover(problem: Problem, watch: Watch, *, seed: int) -> Cast | None:
    """Reach the first goal: places for as many as possible, even by nation.

    None when the watch stopped it: a smaller placing is not an answer to the first goal.
    """
    field = build_field(problem, seed=seed)
    if watch.should_stop():
        return None
    frame = field.frame
    free = np.bincount(frame.student_nation, minlength=problem.n_nations)
    nation, rank = ranked_places(problem, free, seed=seed)
    found = place_fairly(field, nation, rank, watch)
    if found is None or watch.should_stop():
        return None
    seat = found.astype(np.int64)
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
    if watch.should_stop():
        return None
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

    Returns
    -------
    list of Matched
        One for each ε; empty when the watch stopped it before there was an answer.
    """
    cast = cover(problem, watch, seed=seed)
    if cast is None:
        return []
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
    whole = problem.n_edges <= ALL_PAIRS * problem.n_students
    of_diversity = (
        stage_prices(problem, cast.network, diversity.prices)
        if diversity.by_prices and pairs_bound is None
        else None
    )
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
            whole=whole,
        )
        host = hosts_in_problem(problem, cast.network, fit.edge)
        of_fit = None
        if fit.prices is not None and pairs_bound is None:
            of_fit = stage_prices(problem, cast.network, fit.prices)
        certificate = Certificate(of_diversity, of_fit)
        matched.append(Matched(first, host, diversity.bound, fit.bound, certificate, pairs_bound))
        last = fit.edge
    return matched
