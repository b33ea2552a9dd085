"""The curve diversity ↔ fit: one certified answer for each share of S that may go for fit."""

from collections.abc import Sequence
from dataclasses import replace

from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Progress
from exchange.matching.solution import Solution
from exchange.matching.solve import solve_along


def frontier(
    problem: Problem,
    epsilons: Sequence[float],
    options: Options | None = None,
    progress: Progress | None = None,
) -> tuple[Solution, ...]:
    """Match once for diversity, then for fit at each ε.

    The points share coverage and diversity, and each point's answer and prices serve the others
    (`fit_curve`), so a curve costs far less than its points one by one. Points are no worse than
    what separate solves prove is good enough, but need not be the same answers.

    Parameters
    ----------
    problem : Problem
    epsilons : sequence of float
        Each in [0, 1]; in any order, and one may be asked for twice.
    options : Options, optional
        Its epsilon plays no part; a time limit is for the whole curve.
    progress : Progress, optional

    Returns
    -------
    tuple of Solution
        One for each of `epsilons`, in their order, each checked by `audit`: `S_found` and
        `S_bound` are the same in all, `Q` never falls as ε rises.

    Raises
    ------
    ProblemError
        When an ε is out of range.
    SolverError
        When a solver broke or an answer failed the audit.
    """
    chosen = Options() if options is None else options
    asked = [replace(chosen, epsilon=float(epsilon)).epsilon for epsilon in epsilons]
    rising = sorted(set(asked))
    if not rising:
        return ()
    points = dict(zip(rising, solve_along(problem, chosen, rising, progress), strict=True))
    return tuple(points[epsilon] for epsilon in asked)
