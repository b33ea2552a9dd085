"""Limits that join several pairs: small problems against every answer there is."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from exchange.errors import ProblemError, SolverError
from exchange.matching import Options, Problem, Status, audit, measures, solve
from exchange.matching.audit_limits import check_limits
from tests.matching.cohorts import all_answers, random_arrays

STUDENTS, HOSTS, NATIONS = 5, 4, 3


def _tier(_: np.random.Generator) -> dict[str, Any]:
    tier = np.zeros((NATIONS, NATIONS), dtype=np.int64)
    tier[0, 1] = tier[1, 0] = 4
    return {"tier": tier, "tier4_floor": 2}


def _previous(rng: np.random.Generator) -> dict[str, Any]:
    return {"previous": rng.integers(-1, HOSTS, STUDENTS)}


def _stay(rng: np.random.Generator) -> dict[str, Any]:
    first = rng.integers(0, 10, STUDENTS)
    return {"stay": np.column_stack([first, first + rng.integers(0, 6, STUDENTS)])}


def _groups(rng: np.random.Generator) -> dict[str, Any]:
    return {
        "student_group": rng.integers(-1, 2, STUDENTS),
        "student_group_max": np.array([1, 2]),
        "host_group": rng.integers(-1, 2, HOSTS),
        "host_group_min": np.array([1, 0]),
    }


LIMITS: dict[str, Callable[[np.random.Generator], dict[str, Any]]] = {
    "tier4_floor": _tier,
    "previous": _previous,
    "max_changes": lambda rng: _previous(rng) | {"max_changes": 2},
    "stay": _stay,
    "host_nation_cap": lambda rng: {"host_nation_cap": 1},
    "host_language_cap": lambda rng: {
        "host_language_cap": 1,
        "student_language": rng.integers(-1, 2, STUDENTS),
    },
    "keep_together": lambda rng: {"keep_together": np.array([[0, 1]])},
    "keep_together_in_group": lambda rng: {
        "keep_together": np.array([[0, 1], [1, 2]]),
        "host_group": rng.integers(-1, 2, HOSTS),
    },
    "keep_apart": lambda rng: {"keep_apart": np.array([[0, 1], [2, 3]])},
    "groups": _groups,
    "reciprocity_tolerance": lambda rng: {"reciprocity_tolerance": 0},
    "standing_balance": lambda rng: {
        "reciprocity_tolerance": 1,
        "standing_balance": np.array([[0, 1, 3], [0, 2, -1], [1, 2, int(rng.integers(-4, 5))]]),
    },
    "isolation_guard": lambda rng: {
        "isolation_guard": True,
        "host_group": rng.integers(-1, 2, HOSTS),
    },
    "inside_host_weight": lambda rng: {"inside_host_weight": 0.7},
}


def _made(name: str, seed: int, **shape: Any) -> Problem:
    rng = np.random.default_rng(seed)
    if name == "inside_host_weight":
        shape["most"] = 4
    arrays = random_arrays(seed, students=STUDENTS, hosts=HOSTS, nations=NATIONS, **shape)
    return Problem.dense(**arrays, **LIMITS[name](rng), fair_nations=False)


def _every_answer(problem: Problem) -> Iterator[np.ndarray]:
    """Walk through the answers that keep every limit, as the audit understands them."""
    crowded = problem
    if problem.couplings.stay is not None:
        crowded = replace(problem, capacity=problem.capacity * STUDENTS)
    for answer in all_answers(crowded):
        host = np.array(answer, dtype=np.int64)
        try:
            check_limits(problem, host)
        except SolverError:
            continue
        yield host


def _goals(problem: Problem, host: np.ndarray) -> tuple[int, int, float, float]:
    """Placed, changes counted downwards (0 unless they count), S and Q."""
    limits = problem.couplings
    changes = 0
    if limits.previous is not None and limits.max_changes is None:
        changes = -int(((limits.previous >= 0) & (limits.previous != host)).sum())
    counts = measures.pair_counts(problem, host)
    diversity = measures.diversity_sum(counts, problem.pair_weight)
    guests = Counter(
        (j, int(problem.student_nation[i]))
        for i, j in enumerate(host.tolist())
        if j >= 0 and problem.capacity[j] >= 3
    )
    diversity += (limits.inside_host_weight or 0.0) * sum(n**0.5 for n in guests.values())
    return int((host >= 0).sum()), changes, diversity, measures.total_quality(problem, host)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", LIMITS)
def test_solve_with_one_limit_equals_the_best_of_all_answers(name: str, seed: int) -> None:
    problem = _made(name, seed)
    goals = [_goals(problem, host) for host in _every_answer(problem)]
    solution = solve(problem, Options(epsilon=0.1, seed=seed))
    if not goals:
        assert solution.status is Status.INFEASIBLE
        assert solution.conflicts
        return
    most, changes, diversity, _ = max(goals)
    assert solution.M == solution.M_bound == most
    assert solution.S_found == pytest.approx(diversity, abs=1e-6)
    assert solution.S_bound == pytest.approx(diversity, abs=1e-5)
    floor = solution.S_floor * (1 - 1e-9)
    quality = max(q for m, c, s, q in goals if (m, c) == (most, changes) and s >= floor)
    assert pytest.approx(quality, abs=1e-5) == solution.Q
    assert solution.status is Status.OPTIMAL
    if name == "previous":
        assert solution.changes == solution.changes_bound == -changes
    audit(problem, solution)


@pytest.mark.parametrize("name", ["previous", "stay", "keep_together_in_group", "groups"])
def test_solve_larger_with_one_limit_keeps_it_and_its_bounds(name: str) -> None:
    rng = np.random.default_rng(3)
    arrays = random_arrays(3, students=64, hosts=50, nations=8, density=0.3)
    limits = _enlarged(name, rng)
    problem = Problem.dense(**arrays, **limits)
    solution = solve(problem, Options(epsilon=0.02))
    assert solution.status in (Status.OPTIMAL, Status.FEASIBLE)
    assert solution.M > 25
    assert solution.gap < 0.05
    assert solution.fit_gap < 0.2
    audit(problem, solution)


def _enlarged(name: str, rng: np.random.Generator) -> dict[str, Any]:
    tier = np.zeros((8, 8), dtype=np.int64)
    tier[0, 1] = tier[1, 0] = 4
    first = rng.integers(0, 10, 64)
    groups = {"host_group": rng.integers(-1, 4, 50)}
    made: dict[str, dict[str, Any]] = {
        "previous": {"previous": rng.integers(-1, 50, 64)},
        "stay": {"stay": np.column_stack([first, first + 4])},
        "keep_together_in_group": {"keep_together": np.array([[0, 1], [1, 2]]), **groups},
        "groups": {
            **groups,
            "host_group_min": np.array([2, 2, 0, 0]),
            "tier": tier,
            "tier4_floor": 3,
            "host_nation_cap": 1,
            "keep_apart": np.array([[0, 1], [2, 3]]),
            "reciprocity_tolerance": 3,
        },
    }
    return made[name]


def test_solve_all_limits_at_once_is_proven_optimal() -> None:
    rng = np.random.default_rng(11)
    students, hosts = 30, 24
    arrays = random_arrays(11, students=students, hosts=hosts, nations=6, density=0.6)
    tier = np.zeros((6, 6), dtype=np.int64)
    tier[0, 1] = tier[1, 0] = 4
    first = rng.integers(0, 6, students)
    problem = Problem.dense(
        **arrays,
        tier=tier,
        tier4_floor=1,
        previous=rng.integers(-1, hosts, students),
        max_changes=28,
        stay=np.column_stack([first, first + 4]),
        host_nation_cap=2,
        student_language=rng.integers(-1, 4, students),
        host_language_cap=2,
        keep_together=np.array([[0, 1]]),
        keep_apart=np.array([[2, 3]]),
        student_group=rng.integers(-1, 3, students),
        student_group_max=np.array([8, 8, 8]),
        host_group=rng.integers(0, 3, hosts),
        host_group_min=np.array([2, 2, 2]),
        reciprocity_tolerance=3,
        isolation_guard=True,
    )
    solution = solve(problem, Options())
    assert solution.status is Status.OPTIMAL
    assert solution.M == solution.M_bound
    audit(problem, solution)


def test_solve_limits_that_contradict_names_the_fewest_and_by_how_much() -> None:
    arrays = random_arrays(5, students=6, hosts=4, nations=3, density=1.0)
    arrays["capacity"] = np.ones(4, dtype=np.int64)
    problem = Problem.dense(
        **arrays,
        student_group=np.array([0, 0, 0, 1, 1, 1]),
        student_group_max=np.array([6, 2]),
        host_group=np.array([0, 0, 0, 0]),
        host_group_min=np.array([6]),
    )
    solution = solve(problem, Options())
    assert solution.status is Status.INFEASIBLE
    (conflict,) = solution.conflicts
    assert conflict.code == "host_group_min"
    assert conflict.facts == {"limit": "host_group_min", "gives": 2, "group": 0}
    assert "needs 2 more placements" in conflict.message


def test_solve_withdrawn_hosts_moves_no_more_than_the_proven_fewest() -> None:
    arrays = random_arrays(8, students=70, hosts=80, nations=6, density=0.4, most=1)
    first = solve(Problem.dense(**arrays), Options())
    gone = np.unique(first.host[first.host >= 0])[::12]
    arrays["capacity"] = arrays["capacity"].copy()
    arrays["capacity"][gone] = 0
    problem = Problem.dense(**arrays, previous=first.host)
    second = solve(problem, Options())
    assert second.changes == second.changes_bound
    assert second.changes == int((second.host != first.host)[first.host >= 0].sum())


def test_solve_too_many_students_for_a_joining_limit_is_refused_by_name() -> None:
    n = 5_001
    nation = np.zeros(n, dtype=np.int64)
    problem = Problem.sparse(
        nation,
        [1],
        [1],
        [[0, 0.5], [0.5, 0]],
        [0],
        [0],
        [0.5],
        keep_apart=[[0, 1]],
    )
    with pytest.raises(ProblemError, match="keep_apart joins several pairs"):
        solve(problem, Options())


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"tier4_floor": 1}, "tier4_floor needs tier"),
        ({"max_changes": 1}, "max_changes needs previous"),
        ({"isolation_guard": True}, "isolation_guard needs host_group"),
        ({"host_language_cap": 1}, "host_language_cap needs student_language"),
        ({"host_nation_cap": 0}, "host_nation_cap is 0, expected 1"),
        ({"host_nation_cap": 1.5}, "host_nation_cap is not one whole number"),
        ({"keep_apart": [[1, 1]]}, r"keep_apart\[0\] joins student 1 to the same"),
        ({"keep_together": [[0, 9]]}, r"keep_together\[0, 1\] is 9"),
        ({"previous": [0, 0]}, "previous has 2 entries, expected 5"),
        ({"previous": [0, 0, 9, 0, 0]}, r"previous\[2\] is 9, expected -1"),
        ({"stay": [[3, 1]] * 5}, r"stay\[0, 1\] ends before it begins"),
        ({"stay": [[3, 1, 2]] * 5}, "stay has shape"),
        ({"host_group": [0, 2, 0, 0], "host_group_max": [1]}, r"host_group\[1\] is 2, and only 1"),
        ({"isolation_guard": 3, "host_group": [0] * 4}, "isolation_guard is not true or false"),
    ],
)
def test_problem_malformed_limit_is_refused(limit: dict[str, Any], message: str) -> None:
    arrays = random_arrays(0, students=STUDENTS, hosts=HOSTS, nations=NATIONS)
    with pytest.raises(ProblemError, match=message):
        Problem.dense(**arrays, **limit)
