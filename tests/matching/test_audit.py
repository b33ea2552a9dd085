"""The audit: a true answer passes, and every planted wrong answer is caught by the right check."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from exchange.errors import SolverError
from exchange.matching import LimitConflict, Options, Problem, Solution, Status, audit, solve
from tests.matching.cohorts import random_problem


def _problem() -> Problem:
    """Two nations of students who compete, a pin, a forbid and a floor of quality."""
    student_nation = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    host_nation = np.array([3, 3, 3, 1, 0])
    allowed = student_nation[:, None] != host_nation[None, :]
    allowed[0, 1] = False
    quality = np.full((8, 5), 0.6, dtype=np.float32)
    quality[:, 2] = 0.7
    quality[1, 0] = 0.1
    weight = np.full((4, 4), 0.5)
    weight[0, 3] = weight[3, 0] = 0.9
    return Problem.dense(
        student_nation,
        host_nation,
        np.array([1, 1, 2, 1, 1]),
        weight,
        quality,
        allowed,
        min_quality=0.2,
        pin=[[4, 4]],
        forbid=[[2, 0]],
    )


PROBLEM = _problem()
TRUE = solve(PROBLEM, Options(epsilon=0.1))


def _move(student: int, host: int) -> Callable[[Solution], Solution]:
    def plant(solution: Solution) -> Solution:
        moved = solution.host.copy()
        moved[student] = host
        return dataclasses.replace(solution, host=moved)

    return plant


def _set(**fields: Any) -> Callable[[Solution], Solution]:
    return lambda solution: dataclasses.replace(solution, **fields)


def _scale(name: str, factor: float) -> Callable[[Solution], Solution]:
    return lambda s: dataclasses.replace(s, **{name: getattr(s, name) * factor})


def _remeasured(problem: Problem, solution: Solution, host: np.ndarray) -> Solution:
    """Report all numbers of a changed answer truthfully, so that only the change is wrong."""
    placed = host >= 0
    a = problem.student_nation[placed]
    b = problem.host_nation[host[placed]]
    keys, counts = np.unique(np.minimum(a, b) * 100 + np.maximum(a, b), return_counts=True)
    s = float(
        sum(
            np.sqrt(problem.pair_weight[k // 100, k % 100] * c)
            for k, c in zip(keys, counts, strict=True)
        )
    )
    table = {
        (int(i), int(j)): float(q)
        for i, j, q in zip(
            problem.edge_student, problem.edge_host, problem.edge_quality, strict=True
        )
    }
    m = int(placed.sum())
    q = sum(table[int(i), int(host[i])] for i in np.flatnonzero(placed))
    bound = max(solution.S_bound, s)
    return dataclasses.replace(
        solution,
        host=host,
        M=m,
        M_bound=m,
        S=s,
        D=s * s / m,
        Q=q,
        S_found=s,
        S_bound=bound,
        D_bound=bound**2 / m,
        S_floor=(1 - solution.epsilon) * s,
        Q_bound=max(q, solution.Q_bound),
        status=Status.FEASIBLE,
    )


def _unplace_one(solution: Solution) -> Solution:
    host = solution.host.copy()
    host[np.flatnonzero(host == 2)[0]] = -1
    return _remeasured(PROBLEM, solution, host)


def _unfair(solution: Solution) -> Solution:
    """Give all of nation 0 a place and take those of nation 2."""
    host = np.array([2, 1, 2, 3, 4, -1, 0, -1])
    return _remeasured(PROBLEM, solution, host)


def _swapped() -> np.ndarray:
    """Let two students change hosts, after which fewer pairs of nations meet."""
    host = TRUE.host.copy()
    host[[0, 6]] = host[[6, 0]]
    return host


def _stale(solution: Solution) -> Solution:
    return dataclasses.replace(solution, host=_swapped())


def _below_floor(solution: Solution) -> Solution:
    true = _remeasured(PROBLEM, solution, _swapped())
    return dataclasses.replace(solution, host=true.host, S=true.S, D=true.D, Q=true.Q)


def _loose_diversity(solution: Solution) -> Solution:
    bound = 1.01 * solution.S_bound
    return dataclasses.replace(solution, S_bound=bound, D_bound=bound**2 / solution.M)


PLANTED: list[tuple[str, Callable[[Solution], Solution], str]] = [
    ("float hosts", lambda s: dataclasses.replace(s, host=s.host.astype(float)), "host"),
    ("short", lambda s: dataclasses.replace(s, host=s.host[:-1]), "host"),
    ("host beyond the last", _move(0, 5), "host"),
    ("host below -1", _move(0, -2), "host"),
    ("not an array", lambda s: dataclasses.replace(s, host=s.host.tolist()), "host"),
    ("host over capacity", _set(host=np.array([2, 2, 2, -1, 4, -1, -1, -1])), "capacity"),
    ("own nation", _set(host=np.array([4, -1, -1, -1, -1, -1, -1, -1])), "nation"),
    ("forbidden", _set(host=np.array([-1, -1, 0, -1, 4, -1, -1, -1])), "forbid"),
    ("not allowed", _set(host=np.array([1, -1, -1, -1, 4, -1, -1, -1])), "allowed"),
    ("low quality", _set(host=np.array([-1, 0, -1, -1, 4, -1, -1, -1])), "min_quality"),
    ("pin dropped", _move(4, -1), "pin"),
    ("pin moved", _set(host=np.array([-1, -1, -1, -1, 2, -1, -1, -1])), "pin"),
    ("M too large", lambda s: dataclasses.replace(s, M=s.M + 1, M_bound=s.M + 1), "M"),
    ("M_bound too large", lambda s: dataclasses.replace(s, M_bound=s.M + 1), "M_bound"),
    ("S too large", _scale("S", 1.001), "S"),
    ("S not a number", _set(S=float("nan")), "S"),
    ("D too large", _scale("D", 1.001), "D"),
    ("Q too large", _scale("Q", 1.0001), "Q"),
    ("D_bound too small", _scale("D_bound", 0.99), "D_bound"),
    (
        "S_bound below S",
        lambda s: dataclasses.replace(
            s, S_bound=s.S_found * 0.9, D_bound=(s.S_found * 0.9) ** 2 / s.M
        ),
        "S_bound",
    ),
    ("S_found beyond its bound", _scale("S_found", 1.5), "S_bound"),
    ("S_floor beyond S", _scale("S_floor", 2.0), "S_floor"),
    ("S_floor too low", _scale("S_floor", 0.5), "S_floor"),
    ("Q_bound below Q", _scale("Q_bound", 0.9), "Q_bound"),
    ("Q_bound infinite", _set(Q_bound=float("inf")), "Q_bound"),
    ("optimal with a gap", _scale("Q_bound", 1.1), "status"),
    ("conflict beside an answer", _set(conflicts=(LimitConflict("x", "y", {}),)), "status"),
    ("infeasible with an answer", _set(status=Status.INFEASIBLE), "status"),
    (
        "infeasible without a reason",
        lambda s: dataclasses.replace(
            s, status=Status.INFEASIBLE, host=np.full(8, -1), M=0, M_bound=0
        ),
        "status",
    ),
    ("one student left out", _unplace_one, "M"),
    ("a nation pays", _unfair, "fair_nations"),
    ("no host at all", _set(host=None), "host"),
    ("hosts in 32 bits", lambda s: dataclasses.replace(s, host=s.host.astype(np.int32)), "host"),
    ("hosts without sign", lambda s: dataclasses.replace(s, host=s.host.astype(np.uint64)), "host"),
    ("hosts as a matrix", lambda s: dataclasses.replace(s, host=s.host[None]), "host"),
    ("one too many", lambda s: dataclasses.replace(s, host=np.append(s.host, 0)), "host"),
    ("nobody, but counted", _set(host=np.full(8, -1)), "pin"),
    ("stale numbers after a move", _stale, "S"),
    ("Q too small", _scale("Q", 0.5), "Q"),
    ("M too small", lambda s: dataclasses.replace(s, M=s.M - 1), "M"),
    ("M_bound too small", lambda s: dataclasses.replace(s, M_bound=s.M - 1), "M_bound"),
    ("S a little too large", _scale("S", 1 + 1e-7), "S"),
    ("S too small", _scale("S", 0.999), "S"),
    ("S infinite", _set(S=float("inf")), "S"),
    ("D of one more", lambda s: dataclasses.replace(s, D=s.S**2 / (s.M + 1)), "D"),
    ("D not a number", _set(D=float("nan")), "D"),
    ("Q a little too large", _scale("Q", 1 + 1e-7), "Q"),
    ("Q below 0", _scale("Q", -1.0), "Q"),
    ("Q not a number", _set(Q=float("nan")), "Q"),
    ("D_bound infinite", _set(D_bound=float("inf")), "D_bound"),
    ("D_bound too large", _scale("D_bound", 1.01), "D_bound"),
    ("S_bound not a number", _set(S_bound=float("nan"), D_bound=float("nan")), "D_bound"),
    ("S_found not a number", _set(S_found=float("nan")), "S_found"),
    ("S_floor not a number", _set(S_floor=float("nan")), "S_floor"),
    ("S_found too small for its floor", _scale("S_found", 0.5), "S_floor"),
    ("another epsilon", _set(epsilon=0.5), "S_floor"),
    ("optimal with a gap of diversity", _loose_diversity, "status"),
    ("no answer with an answer", _set(status=Status.NO_ANSWER), "status"),
    (
        "no answer with a conflict",
        lambda s: dataclasses.replace(
            s,
            status=Status.NO_ANSWER,
            host=np.full(8, -1),
            M=0,
            conflicts=(LimitConflict("x", "y", {}),),
        ),
        "status",
    ),
    (
        "infeasible with M",
        lambda s: dataclasses.replace(
            s,
            status=Status.INFEASIBLE,
            host=np.full(8, -1),
            conflicts=(LimitConflict("x", "y", {}),),
        ),
        "M",
    ),
    ("S under its floor", _below_floor, "S_floor"),
]


def test_audit_kinds_of_wrong_answers_are_fifty_at_least() -> None:
    """With those of `test_audit_couplings`, which break the limits that join placements."""
    assert len({name for name, _, _ in PLANTED}) >= 50


def test_audit_true_answer_passes() -> None:
    audit(PROBLEM, TRUE)


@pytest.mark.parametrize(
    ("plant", "check"), [case[1:] for case in PLANTED], ids=[case[0] for case in PLANTED]
)
def test_audit_planted_wrong_answer_is_caught(
    plant: Callable[[Solution], Solution], check: str
) -> None:
    wrong = plant(TRUE)
    with pytest.raises(SolverError, match="failed its audit") as caught:
        audit(PROBLEM, wrong)
    assert caught.value.facts["check"] == check


@pytest.mark.parametrize("seed", range(20))
def test_audit_answers_of_random_problems_pass(seed: int) -> None:
    problem = random_problem(seed, students=25, hosts=12, nations=5, density=0.4)
    audit(problem, solve(problem, Options(epsilon=0.05, seed=seed)))
