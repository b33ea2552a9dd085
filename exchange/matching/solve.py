"""The order of goals: coverage, diversity, fit; each keeps what the one before reached."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from exchange.matching.arrays import fault
from exchange.matching.audit import audit
from exchange.matching.bounds import diversity_bound, pair_limits
from exchange.matching.certificate import stage_prices
from exchange.matching.certified import certified, mixed_diversity, without_answer
from exchange.matching.coupled import match_coupled
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.diversity import maximise_diversity
from exchange.matching.elastic import find_broken
from exchange.matching.feasibility import find_conflicts
from exchange.matching.fit_curve import maximise_fits
from exchange.matching.inside_hosts import with_cells
from exchange.matching.limits import (
    Matched,
    Network,
    build_network,
    hosts_in_problem,
    with_unplaced,
)
from exchange.matching.nation_bounds import bound_contacts
from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Progress, Watch
from exchange.matching.solution import NO_PRICES, Certificate, Solution, StagePrices
from exchange.matching.stage_answers import Diversity, Fit

IntArray = npt.NDArray[np.int64]

LARGE_EDGES = 3_000_000
LARGE_STUDENTS = 5_000


def solve(problem: Problem, options: Options, progress: Progress | None = None) -> Solution:
    """Match students to hosts and prove how good the match is.

    Parameters
    ----------
    problem : Problem
    options : Options
    progress : Progress, optional
        Hears of the stages, and may cancel: then the best answer so far is returned with its
        true bounds; none where coverage is not reached yet.

    Returns
    -------
    Solution
        Checked by `audit`. Contradicting limits are a status, `infeasible`, not an exception.

    Raises
    ------
    SolverError
        When a solver broke or its answer failed the audit.
    """
    return solve_along(problem, options, [options.epsilon], progress)[0]


def solve_along(
    problem: Problem,
    options: Options,
    epsilons: list[float],
    progress: Progress | None = None,
) -> list[Solution]:
    """Reach the first two goals once, and the third for each ε.

    Parameters
    ----------
    problem, progress, options
        As for `solve`; the epsilon of the options plays no part.
    epsilons : list of float
        Rising, each once.

    Returns
    -------
    list of Solution
        One for each ε, each checked by `audit`.
    """
    watch = Watch(progress, options.time_limit_s)
    watch.report("coverage", 0.0)
    chosen = [replace(options, epsilon=epsilon) for epsilon in epsilons]
    conflicts = find_conflicts(problem)
    if conflicts:
        return [without_answer(problem, one, watch, conflicts) for one in chosen]
    if problem.couplings.limiting:
        solutions = _solve_coupled(problem, chosen, watch)
    else:
        solutions = _solve_network(problem, chosen, watch)
    watch.report("fit", 1.0, solutions[-1].fit_gap)
    for solution in solutions:
        audit(problem, solution)
    return solutions


def _solve_network(problem: Problem, chosen: list[Options], watch: Watch) -> list[Solution]:
    """Keep limits that are capacities of a network."""
    options, epsilons = chosen[0], [one.epsilon for one in chosen]
    if _is_large(problem):
        # Its compiled loops take seconds to load, and small cohorts never come here.
        from exchange.matching.large import match_large

        matched = match_large(problem, watch, seed=options.seed, epsilons=epsilons, gap=options.gap)
        if not matched:
            return [without_answer(problem, one, watch, ()) for one in chosen]
    else:
        matched = _match_whole(problem, options, watch, epsilons)
    return [
        certified(problem, one, watch, reached)
        for one, reached in zip(chosen, matched, strict=True)
    ]


def _solve_coupled(problem: Problem, chosen: list[Options], watch: Watch) -> list[Solution]:
    """Keep limits that join several pairs."""
    if _is_large(problem):
        limit = problem.couplings.limiting[0]
        raise fault(
            limit,
            f"joins several pairs; such limits are kept up to {LARGE_STUDENTS} students and "
            f"{LARGE_EDGES} pairs",
        )
    epsilons, seed = [one.epsilon for one in chosen], chosen[0].seed
    matched = match_coupled(problem, watch, seed=seed, epsilons=epsilons)
    if not matched:
        conflicts = () if watch.should_stop() else find_broken(problem, seed=seed)
        return [without_answer(problem, one, watch, conflicts) for one in chosen]
    return [
        certified(problem, one, watch, reached)
        for one, reached in zip(chosen, matched, strict=True)
    ]


def _is_large(problem: Problem) -> bool:
    """Say whether a network of all pairs would take too long or too much room."""
    return problem.n_edges > LARGE_EDGES or problem.n_students > LARGE_STUDENTS


def _match_whole(
    problem: Problem, options: Options, watch: Watch, epsilons: list[float]
) -> list[Matched]:
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
    s_found = mixed_diversity(problem, first)
    fits = maximise_fits(
        network,
        limits,
        diversity,
        [(1.0 - epsilon) * s_found for epsilon in epsilons],
        watch,
        seed=options.seed,
        gap=options.gap,
    )
    proof = _prove_diversity(problem, network, limits, diversity)
    pairs_bound = None
    if network.cell_code is not None:
        pairs_bound, contacts = _bound_pairs(problem, plain, network, diversity, watch)
        proof = proof._replace(contacts=contacts)
    return [
        Matched(
            first,
            hosts_in_problem(problem, network, fit.edge),
            diversity.bound,
            fit.bound,
            _with_fit(problem, network, proof, fit),
            pairs_bound,
        )
        for fit in fits
    ]


def _prove_diversity(
    problem: Problem, network: Network, limits: IntArray, diversity: Diversity
) -> Certificate:
    """Keep the prices behind the bound of S; those that prove less serve explanations."""
    by_prices = diversity_bound(network, diversity.prices, limits) <= diversity.bound * (1 + 1e-12)
    if not by_prices and not diversity.prices.pair.any():
        return NO_PRICES
    prices = stage_prices(problem, network, diversity.prices)
    return Certificate(prices, None, by_solver=() if by_prices else ("S_bound",))


def _with_fit(problem: Problem, network: Network, proof: Certificate, fit: Fit) -> Certificate:
    if fit.prices is None:
        return proof
    by_solver = proof.by_solver if fit.by_prices else (*proof.by_solver, "Q_bound")
    return proof._replace(fit=stage_prices(problem, network, fit.prices), by_solver=by_solver)


def _bound_pairs(
    problem: Problem, plain: Network, network: Network, diversity: Diversity, watch: Watch
) -> tuple[float, StagePrices | None]:
    """Bound S over nation pairs alone, where a mix inside hosts counts as well."""
    limits = pair_limits(plain)
    bound, prices = bound_contacts(plain, limits, network, diversity.prices, watch)
    # Whoever has most of both has no more of one; then no prices of contacts prove it.
    by_prices = diversity_bound(plain, prices, limits) <= min(bound * (1 + 1e-12), diversity.bound)
    return min(bound, diversity.bound), stage_prices(problem, plain, prices) if by_prices else None
