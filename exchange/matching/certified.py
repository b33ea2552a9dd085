"""From what the goals reached to a `Solution`: every number is counted anew on the problem."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from exchange.matching import measures
from exchange.matching.coupled import Coupled
from exchange.matching.limits import Matched
from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.solution import LimitConflict, Solution, Status

IntArray = npt.NDArray[np.int64]


def certified(
    problem: Problem, options: Options, watch: Watch, matched: Matched | Coupled
) -> Solution:
    """Make the solution of an answer and its bounds.

    Parameters
    ----------
    problem : Problem
    options : Options
    watch : Watch
    matched : Matched or Coupled
        Its arrays are frozen.
    """
    host, first = matched.host, matched.first
    placed = int((host >= 0).sum())
    diversity, quality = diversity_of(problem, host), measures.total_quality(problem, host)
    s_found = mixed_diversity(problem, first)
    s_bound, q_bound = max(matched.s_bound, s_found), max(matched.q_bound, quality)
    proven = (
        s_bound - s_found <= measures.OPTIMAL_TOLERANCE * s_bound
        and q_bound - quality <= measures.OPTIMAL_TOLERANCE * q_bound
    )
    for answer in (host, first):
        answer.setflags(write=False)
    solution = Solution(
        host=host,
        first=first,
        M=placed,
        M_bound=placed,
        S_found=s_found,
        S_bound=s_bound,
        S_floor=(1.0 - options.epsilon) * s_found,
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
    if matched.pairs_bound is not None and problem.couplings.inside_host_weight:
        # D is of nation pairs alone, and bounded by what they alone allow.
        solution = replace(
            solution,
            inside=measures.inside_sum(problem, host),
            D_bound=measures.effective_pairs(max(solution.S, matched.pairs_bound), placed),
        )
    solution = replace(solution, certificate=matched.certificate)
    return solution if isinstance(matched, Matched) else _with_coverage(solution, matched)


def _with_coverage(solution: Solution, matched: Coupled) -> Solution:
    """Say what is proven of coverage and changes where limits join placements."""
    proven = solution.M == matched.placed_bound and matched.changes_bound in (
        None,
        matched.changes,
    )
    return replace(
        solution,
        M_bound=max(solution.M, matched.placed_bound),
        status=solution.status if proven else Status.FEASIBLE,
        changes=matched.changes,
        changes_bound=matched.changes_bound,
    )


def without_answer(
    problem: Problem,
    options: Options,
    watch: Watch,
    conflicts: tuple[LimitConflict, ...],
) -> Solution:
    """Make the solution of a problem that has no answer, or of which none was found in time."""
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
        cancelled=watch.cancelled,
    )


def mixed_diversity(problem: Problem, host: IntArray) -> float:
    """Compute S, with what a mix inside hosts adds to it."""
    weight = problem.couplings.inside_host_weight
    found = diversity_of(problem, host)
    return found + weight * measures.inside_sum(problem, host) if weight else found


def diversity_of(problem: Problem, host: IntArray) -> float:
    """Compute S of an answer."""
    return measures.diversity_sum(measures.pair_counts(problem, host), problem.pair_weight)
