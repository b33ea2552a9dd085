"""The order of goals: coverage, diversity, fit; each keeps what the one before reached."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from exchange.matching import measures
from exchange.matching.arrays import fault
from exchange.matching.audit import audit
from exchange.matching.bounds import diversity_bound, pair_limits
from exchange.matching.certificate import stage_prices
from exchange.matching.coupled import match_coupled
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.diversity import maximise_diversity
from exchange.matching.elastic import find_broken
from exchange.matching.feasibility import find_conflicts
from exchange.matching.fit import maximise_fit
from exchange.matching.inside_hosts import with_cells
from exchange.matching.limits import Matched, build_network, hosts_in_problem, with_unplaced
from exchange.matching.nation_bounds import bound_contacts
from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Progress, Watch
from exchange.matching.solution import Certificate, LimitConflict, Solution, Status

IntArray = npt.NDArray[np.int64]

LARGE_EDGES = 2_000_000
LARGE_STUDENTS = 5_000


def solve(problem: Problem, options: Options, progress: Progress | None = None) -> Solution:
    """Match students to hosts and prove how good the match is.

    Parameters
    ----------
    problem : Problem
    options : Options
    progress : Progress, optional
        Hears of the stages, and may cancel: then the best answer so far is returned with its
        true bounds.

    Returns
    -------
    Solution
        Checked by `audit`. Contradicting limits are a status, `infeasible`, not an exception.

    Raises
    ------
    SolverError
        When a solver broke or its answer failed the audit.
    """
    watch = Watch(progress, options.time_limit_s)
    watch.report("coverage", 0.0)
    conflicts = find_conflicts(problem)
    if conflicts:
        return _without_answer(problem, options, watch, conflicts)
    if set(problem.couplings.in_force) - {"inside_host_weight"}:
        return _solve_coupled(problem, options, watch)
    if _is_large(problem):
        # Its compiled loops take seconds to load, and small cohorts never come here.
        from exchange.matching.large import match_large

        matched = match_large(
            problem, watch, seed=options.seed, epsilon=options.epsilon, gap=options.gap
        )
    else:
        matched = _match_whole(problem, options, watch)
    s_found = _mixed_diversity(problem, matched.first)
    solution = _with_certificate(
        problem,
        options,
        watch,
        matched.host,
        s_found=s_found,
        s_bound=max(matched.s_bound, s_found),
        s_floor=(1.0 - options.epsilon) * s_found,
        q_bound=matched.q_bound,
    )
    solution = replace(solution, certificate=matched.certificate)
    if matched.pairs_bound is not None:
        solution = _with_mix(problem, solution, matched.pairs_bound)
    watch.report("fit", 1.0, solution.fit_gap)
    audit(problem, solution)
    return solution


def _solve_coupled(problem: Problem, options: Options, watch: Watch) -> Solution:
    """Keep limits that join several pairs."""
    if _is_large(problem):
        limit = problem.couplings.in_force[0]
        raise fault(
            limit,
            f"joins several pairs; such limits are kept up to {LARGE_STUDENTS} students and "
            f"{LARGE_EDGES} pairs",
        )
    matched = match_coupled(problem, watch, seed=options.seed, epsilon=options.epsilon)
    if matched is None:
        conflicts = () if watch.should_stop() else find_broken(problem, seed=options.seed)
        return _without_answer(problem, options, watch, conflicts)
    s_found = _mixed_diversity(problem, matched.first)
    solution = _with_certificate(
        problem,
        options,
        watch,
        matched.host,
        s_found=s_found,
        s_bound=max(matched.s_bound, s_found),
        s_floor=(1.0 - options.epsilon) * s_found,
        q_bound=matched.q_bound,
    )
    proven = solution.M == matched.placed_bound and matched.changes_bound in (
        None,
        matched.changes,
    )
    solution = replace(
        solution,
        M_bound=max(solution.M, matched.placed_bound),
        status=solution.status if proven else Status.FEASIBLE,
        changes=matched.changes,
        changes_bound=matched.changes_bound,
    )
    if problem.couplings.inside_host_weight:
        solution = _with_mix(problem, solution, matched.pairs_bound)
    watch.report("fit", 1.0, solution.fit_gap)
    audit(problem, solution)
    return solution


def _is_large(problem: Problem) -> bool:
    """Say whether a network of all pairs would take too long or too much room."""
    return problem.n_edges > LARGE_EDGES or problem.n_students > LARGE_STUDENTS


def _match_whole(problem: Problem, options: Options, watch: Watch) -> Matched:
    """Reach the three goals on a network of all pairs."""
    network = build_network(problem, seed=options.seed)
    free_placed = most_placed(network)
    unplaced = leximin_unplaced(problem, network, free_placed, seed=options.seed)
    plain = with_unplaced(network, unplaced)
    network = with_cells(problem, plain)
    limits = pair_limits(network)
    watch.report("coverage", 1.0, 0.0)

    watch.report("diversity", 0.0)
    diversity = maximise_diversity(network, limits, watch, seed=options.seed, gap=options.gap)
    first = hosts_in_problem(problem, network, diversity.edge)
    watch.report("diversity", 1.0, diversity.gap)

    watch.report("fit", 0.0)
    s_floor = (1.0 - options.epsilon) * _mixed_diversity(problem, first)
    fit = maximise_fit(
        network, limits, diversity, s_floor, watch, seed=options.seed, gap=options.gap
    )
    by_prices = diversity_bound(network, diversity.prices, limits) <= diversity.bound * (1 + 1e-12)
    certificate = Certificate(
        stage_prices(problem, network, diversity.prices) if by_prices else None,
        stage_prices(problem, network, fit.prices) if fit.prices is not None else None,
    )
    host = hosts_in_problem(problem, network, fit.edge)
    matched = Matched(first, host, diversity.bound, fit.bound, certificate)
    if network.cell_code is None:
        return matched
    limits = pair_limits(plain)
    bound, prices = bound_contacts(plain, limits, network, diversity.prices, watch)
    # Whoever has most of both has no more of one; then no prices of contacts prove it.
    by_prices = diversity_bound(plain, prices, limits) <= min(bound * (1 + 1e-12), diversity.bound)
    return matched._replace(
        pairs_bound=min(bound, diversity.bound),
        certificate=certificate._replace(
            contacts=stage_prices(problem, plain, prices) if by_prices else None
        ),
    )


def _with_certificate(
    problem: Problem,
    options: Options,
    watch: Watch,
    host: IntArray,
    *,
    s_found: float,
    s_bound: float,
    s_floor: float,
    q_bound: float,
) -> Solution:
    placed = int((host >= 0).sum())
    diversity, quality = (
        _diversity(problem, host),
        measures.total_quality(problem, host),
    )
    q_bound = max(q_bound, quality)
    proven = (
        s_bound - s_found <= measures.OPTIMAL_TOLERANCE * s_bound
        and q_bound - quality <= measures.OPTIMAL_TOLERANCE * q_bound
    )
    host.setflags(write=False)
    return Solution(
        host=host,
        M=placed,
        M_bound=placed,
        S_found=s_found,
        S_bound=s_bound,
        S_floor=s_floor,
        S=diversity,
        D=measures.effective_pairs(diversity, placed),
        D_bound=measures.effective_pairs(s_bound, placed),
        Q=quality,
        Q_bound=q_bound,
        status=Status.OPTIMAL if proven else Status.FEASIBLE,
        seconds=watch.seconds,
        seed=options.seed,
        epsilon=options.epsilon,
        cancelled=watch.cancelled,
    )


def _without_answer(
    problem: Problem,
    options: Options,
    watch: Watch,
    conflicts: tuple[LimitConflict, ...],
) -> Solution:
    nobody = np.full(problem.n_students, -1, dtype=np.int64)
    nobody.setflags(write=False)
    return Solution(
        host=nobody,
        M=0,
        M_bound=0,
        S_found=0.0,
        S_bound=0.0,
        S_floor=0.0,
        S=0.0,
        D=0.0,
        D_bound=0.0,
        Q=0.0,
        Q_bound=0.0,
        status=Status.INFEASIBLE if conflicts else Status.NO_ANSWER,
        seconds=watch.seconds,
        seed=options.seed,
        epsilon=options.epsilon,
        conflicts=conflicts,
    )


def _with_mix(problem: Problem, solution: Solution, pairs_bound: float) -> Solution:
    """Say how mixed the hosts are, and bound D by what nation pairs alone allow."""
    return replace(
        solution,
        inside=measures.inside_sum(problem, solution.host),
        D_bound=measures.effective_pairs(max(solution.S, pairs_bound), solution.M),
    )


def _mixed_diversity(problem: Problem, host: IntArray) -> float:
    """Compute S, with what a mix inside hosts adds to it."""
    weight = problem.couplings.inside_host_weight
    found = _diversity(problem, host)
    return found + weight * measures.inside_sum(problem, host) if weight else found


def _diversity(problem: Problem, host: IntArray) -> float:
    return measures.diversity_sum(measures.pair_counts(problem, host), problem.pair_weight)
