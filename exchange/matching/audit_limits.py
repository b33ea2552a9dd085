"""Every limit of the problem, recomputed for one answer by plain counting."""

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_finding import edge_of, first_pairs, first_rows, require
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]


def check_limits(problem: Problem, host: IntArray) -> None:
    """Refuse an answer that breaks a limit.

    Parameters
    ----------
    problem : Problem
    host : (n,) int64
        In range; −1 when unplaced.

    Raises
    ------
    SolverError
        With the limit's name as `check`, and whom it concerns.
    """
    _check_places(problem, host)
    _check_pairs(problem, host)


def _check_places(problem: Problem, host: IntArray) -> None:
    used = np.bincount(host[host >= 0], minlength=problem.n_hosts)
    over = used > problem.capacity
    require(
        not over.any(), "capacity", "a host has more students than places.", hosts=first_rows(over)
    )


def _check_pairs(problem: Problem, host: IntArray) -> None:
    student = np.flatnonzero(host >= 0)
    where = host[student]
    home = problem.student_nation[student] == problem.host_nation[where]
    require(
        not home.any(),
        "nation",
        "a student stays in the own nation.",
        pairs=first_pairs(student, where, home),
    )
    shut = host[problem.forbid[:, 0]] == problem.forbid[:, 1]
    require(
        not shut.any(),
        "forbid",
        "a forbidden pair is placed.",
        pairs=problem.forbid[shut][:10].tolist(),
    )
    edge = edge_of(problem, student, where)
    strange = edge < 0
    require(
        not strange.any(),
        "allowed",
        "a pair that is not allowed is placed.",
        pairs=first_pairs(student, where, strange),
    )
    low = problem.edge_quality[edge] < np.float32(problem.min_quality)
    require(
        not low.any(),
        "min_quality",
        "a pair is below the minimum quality.",
        pairs=first_pairs(student, where, low),
    )
    missed = host[problem.pin[:, 0]] != problem.pin[:, 1]
    require(not missed.any(), "pin", "a pin is not kept.", pairs=problem.pin[missed][:10].tolist())
