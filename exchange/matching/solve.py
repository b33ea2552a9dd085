"""The order of goals: coverage, diversity, fit; each keeps what the one before reached."""

import numpy as np
import numpy.typing as npt

from exchange.matching import measures
from exchange.matching.audit import audit
from exchange.matching.bounds import pair_limits
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.diversity import maximise_diversity
from exchange.matching.feasibility import find_conflicts
from exchange.matching.fit import maximise_fit
from exchange.matching.limits import build_network, hosts_in_problem, with_unplaced
from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Progress, Watch
from exchange.matching.solution import LimitConflict, Solution, Status

IntArray = npt.NDArray[np.int64]


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
    network = build_network(problem, seed=options.seed)
    free_placed = most_placed(network)
    unplaced = leximin_unplaced(problem, network, free_placed, seed=options.seed)
    network = with_unplaced(network, unplaced)
    limits = pair_limits(network)
    watch.report("coverage", 1.0, 0.0)

    watch.report("diversity", 0.0)
    diversity = maximise_diversity(network, limits, watch, seed=options.seed, gap=options.gap)
    first = hosts_in_problem(problem, network, diversity.edge)
    s_found = _diversity(problem, first)
    s_bound = max(diversity.bound, s_found)
    watch.report("diversity", 1.0, 1.0 - s_found / s_bound if s_bound > 0 else 0.0)

    watch.report("fit", 0.0)
    s_floor = (1.0 - options.epsilon) * s_found
    fit = maximise_fit(
        network, limits, diversity, s_floor, watch, seed=options.seed, gap=options.gap
    )
    host = hosts_in_problem(problem, network, fit.edge)
    solution = _with_certificate(
        problem,
        options,
        watch,
        host,
        s_found=s_found,
        s_bound=s_bound,
        s_floor=s_floor,
        q_bound=fit.bound,
    )
    watch.report("fit", 1.0, solution.fit_gap)
    audit(problem, solution)
    return solution


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
        status=Status.INFEASIBLE,
        seconds=watch.seconds,
        seed=options.seed,
        epsilon=options.epsilon,
        conflicts=conflicts,
    )


def _diversity(problem: Problem, host: IntArray) -> float:
    return measures.diversity_sum(measures.pair_counts(problem, host), problem.pair_weight)
