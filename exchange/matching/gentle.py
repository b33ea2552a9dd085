"""Which earlier placements a re-match can keep: the most, at full coverage, in one assignment.

`solve` with `previous` weighs all of them against diversity at once and takes its time. Here the
first two goals of a re-match (coverage, then fewest changes) are settled exactly by one maximum
flow and one assignment (Kuhn 1955), and only who has to move is left for the others.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching.assignment import assign
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.feasibility import find_conflicts
from exchange.matching.limits import build_network, with_unplaced
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]

OF_A_NETWORK = frozenset({"previous"})


def keep_most(problem: Problem, *, seed: int) -> IntArray | None:
    """Find the earlier placements that an answer with the fewest changes keeps.

    Parameters
    ----------
    problem : Problem
        With `previous`.
    seed : int
        Breaks ties, as in a solve.

    Returns
    -------
    (n,) int64 or None
        Earlier host of each student who keeps it, −1 for everybody else. No answer that places as
        many students, and as many of each nation, keeps more. None where limits join pairs or
        contradict each other: then only a solve can tell.

    Raises
    ------
    SolverError
        When a solver broke.
    """
    previous = problem.couplings.previous
    if previous is None or not OF_A_NETWORK.issuperset(problem.couplings.limiting):
        return None
    if find_conflicts(problem):
        return None
    kept = np.full(problem.n_students, -1, dtype=np.int64)
    kept[problem.pin[:, 0]] = np.where(
        previous[problem.pin[:, 0]] == problem.pin[:, 1], problem.pin[:, 1], -1
    )
    network = build_network(problem, seed=seed)
    if not network.n_edges:
        return kept
    placed = most_placed(network)
    unplaced = leximin_unplaced(problem, network, placed, seed=seed)
    whole = with_unplaced(network, unplaced)
    rows = whole.student_row[whole.edge_student]
    where = whole.host_row[whole.edge_host]
    stays = (previous[rows] == where) & (where >= 0)
    chosen = assign(whole, stays.astype(np.float64))
    # An edge without a place is chosen for who stays unplaced; it keeps nothing.
    chosen = chosen[stays[chosen]]
    kept[rows[chosen]] = where[chosen]
    return kept
