"""The whole solve: brute force agrees, limits hold, order and seed behave, limits never help."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchange.matching import Options, Problem, Solution, Status, audit, solve
from tests.matching.cohorts import best_by_search, random_arrays, random_problem

FEW = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SEEDS = st.integers(0, 10_000)


def _numbers(solution: Solution) -> tuple[object, ...]:
    fields = dataclasses.asdict(solution)
    for name in ("host", "first"):
        fields[name] = fields[name].tobytes()
    fields.pop("seconds")
    fields["certificate"] = [
        [value.tobytes() if isinstance(value, np.ndarray) else value for value in stage or ()]
        for stage in solution.certificate
    ]
    return tuple(fields.items())


@FEW
@given(seed=SEEDS, epsilon=st.sampled_from([0.0, 0.02, 0.2, 1.0]))
def test_solve_small_cohort_equals_brute_force(seed: int, epsilon: float) -> None:
    problem = random_problem(seed, students=6, hosts=4, nations=3)
    # Without fairness the set of answers does not depend on how the seed breaks ties.
    problem = dataclasses.replace(problem, fair_nations=False)
    most, _, diversity, quality = best_by_search(problem, epsilon)
    solution = solve(problem, Options(epsilon=epsilon, seed=seed))
    assert solution.status is Status.OPTIMAL
    assert solution.M == solution.M_bound == most
    assert solution.S_found == pytest.approx(diversity, rel=1e-6)
    assert solution.S_bound >= diversity * (1 - 1e-12)
    assert solution.Q == pytest.approx(quality, rel=1e-6, abs=1e-9)
    assert solution.Q_bound >= quality * (1 - 1e-12)


@FEW
@given(seed=SEEDS)
def test_solve_fair_nations_reaches_the_leximin_of_shares(seed: int) -> None:
    problem = random_problem(seed, students=7, hosts=3, nations=4, most=2)
    most, fairest, _, _ = best_by_search(problem, 0.0)
    solution = solve(problem, Options(epsilon=0.0))
    placed = solution.host >= 0
    everybody = np.bincount(problem.student_nation, minlength=problem.n_nations)
    there = np.bincount(problem.student_nation[placed], minlength=problem.n_nations)
    assert solution.M == most
    assert sorted((there[everybody > 0] / everybody[everybody > 0]).tolist()) == fairest


@FEW
@given(seed=SEEDS)
def test_solve_pins_and_forbids_are_kept(seed: int) -> None:
    arrays = random_arrays(seed, students=6, hosts=4, nations=3, density=0.9)
    arrays["capacity"] = np.full(4, 2)
    open_pairs = np.argwhere(arrays["allowed"])
    if len(open_pairs) < 3:
        return
    rng = np.random.default_rng(seed)
    picked = open_pairs[rng.permutation(len(open_pairs))]
    problem = Problem.dense(**arrays, pin=picked[:1], forbid=picked[1:3], fair_nations=False)
    most, _, diversity, quality = best_by_search(problem, 0.05)
    solution = solve(problem, Options(epsilon=0.05))
    assert solution.host[picked[0, 0]] == picked[0, 1]
    assert all(solution.host[i] != j for i, j in picked[1:3])
    assert (solution.M, solution.status) == (most, Status.OPTIMAL)
    assert solution.S_found == pytest.approx(diversity, rel=1e-6)
    assert solution.Q == pytest.approx(quality, rel=1e-6)


@FEW
@given(seed=SEEDS)
def test_solve_reordered_people_with_keys_gives_the_same_placements(seed: int) -> None:
    arrays = random_arrays(seed, students=8, hosts=6, nations=4)
    arrays["quality"] = np.round(arrays["quality"], 1).astype(np.float32)
    rng = np.random.default_rng(seed)
    student_key, host_key = rng.permutation(1000)[:8], rng.permutation(1000)[:6]
    plain = solve(
        Problem.dense(**arrays, student_key=student_key, host_key=host_key), Options(seed=3)
    )
    s, h = rng.permutation(8), rng.permutation(6)
    shuffled = arrays | {
        "student_nation": arrays["student_nation"][s],
        "host_nation": arrays["host_nation"][h],
        "capacity": arrays["capacity"][h],
        "quality": arrays["quality"][s][:, h],
        "allowed": arrays["allowed"][s][:, h],
    }
    other = solve(
        Problem.dense(**shuffled, student_key=student_key[s], host_key=host_key[h]),
        Options(seed=3),
    )
    expected = [plain.host[i] for i in s]
    assert [h[j] if j >= 0 else -1 for j in other.host] == expected
    assert (other.S, other.Q, other.S_bound) == (plain.S, plain.Q, plain.S_bound)


@FEW
@given(seed=SEEDS)
def test_solve_loosened_limit_never_worsens(seed: int) -> None:
    arrays = random_arrays(seed, students=7, hosts=5, nations=3)
    open_pairs = np.argwhere(arrays["allowed"])
    tight = Problem.dense(**arrays, forbid=open_pairs[:3], fair_nations=False)
    loose = Problem.dense(**arrays, fair_nations=False)
    before, after = (solve(problem, Options(epsilon=0.0)) for problem in (tight, loose))
    assert after.M >= before.M
    if after.M == before.M:
        assert after.S_found >= before.S_found * (1 - 1e-6)


@pytest.mark.parametrize("shape", [(20, 15, 6), (90, 80, 8)])
def test_solve_same_seed_gives_same_bytes(shape: tuple[int, int, int]) -> None:
    students, hosts, nations = shape
    problem = random_problem(5, students=students, hosts=hosts, nations=nations, density=0.3)
    first, second = (solve(problem, Options(seed=7)) for _ in range(2))
    assert _numbers(first) == _numbers(second)


def test_solve_larger_cohort_is_within_one_percent_and_audited() -> None:
    problem = random_problem(2, students=120, hosts=90, nations=12, density=0.4)
    solution = solve(problem, Options(epsilon=0.02))
    audit(problem, solution)
    assert solution.gap <= 0.01
    assert solution.fit_gap <= 0.01


def test_solve_epsilon_one_is_the_best_fit_alone() -> None:
    problem = random_problem(4, students=80, hosts=80, nations=6, density=0.5)
    solution = solve(problem, Options(epsilon=1.0))
    tighter = solve(problem, Options(epsilon=0.0))
    assert solution.S_floor == 0.0
    assert solution.fit_gap <= 1e-6
    assert solution.Q >= tighter.Q


def test_solve_epsilon_zero_keeps_all_diversity() -> None:
    problem = random_problem(4, students=80, hosts=80, nations=6, density=0.5)
    solution = solve(problem, Options(epsilon=0.0))
    assert solution.S >= solution.S_found * (1 - 1e-9)


@pytest.mark.parametrize(("students", "hosts"), [(0, 0), (3, 0), (0, 3), (3, 2)])
def test_solve_nobody_placeable_is_optimal_and_empty(students: int, hosts: int) -> None:
    problem = random_problem(0, students=students, hosts=hosts, nations=2, density=0.0)
    solution = solve(problem, Options())
    assert solution.status is Status.OPTIMAL
    assert (solution.M, solution.D, solution.gap, solution.fit_gap) == (0, 0.0, 0.0, 0.0)
    assert (solution.host == -1).all()


def test_solve_more_students_than_places_is_feasible() -> None:
    problem = random_problem(6, students=90, hosts=20, nations=5, density=0.8, most=1)
    solution = solve(problem, Options())
    assert 0 < solution.M < 90
    assert solution.status in (Status.FEASIBLE, Status.OPTIMAL)


def _pinned(**more: Any) -> Problem:
    arrays: dict[str, Any] = {
        "student_nation": [0, 0, 0],
        "host_nation": [1, 1],
        "capacity": [1, 2],
        "pair_weight": [[1.0, 0.5], [0.5, 1.0]],
        "quality": [[0.5, 0.5], [0.5, 0.2], [0.5, 0.5]],
        "allowed": [[True, True], [True, True], [False, True]],
    }
    return Problem.dense(**arrays, **more)


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"pin": [[0, 0]], "forbid": [[0, 0]]}, "pin_forbidden"),
        ({"pin": [[2, 0]]}, "pin_not_allowed"),
        ({"pin": [[1, 1]], "min_quality": 0.3}, "pin_below_min_quality"),
        ({"pin": [[0, 0], [0, 1]]}, "pin_twice"),
        ({"pin": [[0, 0], [1, 0]]}, "pin_over_capacity"),
    ],
)
def test_solve_contradicting_limits_are_a_named_status(limits: dict[str, Any], code: str) -> None:
    solution = solve(_pinned(**limits), Options())
    assert solution.status is Status.INFEASIBLE
    assert [conflict.code for conflict in solution.conflicts] == [code]
    assert (solution.host == -1).all()


class _Listener:
    def __init__(self, cancel_in: str | None) -> None:
        self.heard: list[tuple[str, float, float | None]] = []
        self._cancel_in = cancel_in

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        self.heard.append((stage, fraction, gap))

    def is_cancelled(self) -> bool:
        return self._cancel_in is not None and self.heard[-1][0] == self._cancel_in


def test_solve_reports_its_stages_in_order() -> None:
    listener = _Listener(None)
    solve(random_problem(1, students=10, hosts=8, nations=3), Options(), listener)
    stages = [stage for stage, _, _ in listener.heard]
    assert sorted(set(stages), key=stages.index) == ["coverage", "diversity", "fit"]
    assert all(0.0 <= fraction <= 1.0 for _, fraction, _ in listener.heard)


@pytest.mark.parametrize("stage", ["diversity", "fit"])
def test_solve_cancelled_returns_an_answer_with_true_bounds(stage: str) -> None:
    problem = random_problem(3, students=90, hosts=90, nations=6, density=0.5)
    best = solve(problem, Options(epsilon=0.0))
    solution = solve(problem, Options(epsilon=0.0), _Listener(stage))
    assert solution.cancelled
    assert solution.M == best.M
    assert solution.S_bound >= best.S_found
    assert solution.Q_bound >= solution.Q


def test_solve_time_limit_returns_quickly_with_true_bounds() -> None:
    problem = random_problem(3, students=90, hosts=90, nations=6, density=0.5)
    best = solve(problem, Options(epsilon=0.0))
    solution = solve(problem, Options(epsilon=0.0, time_limit_s=0.0))
    assert solution.M == best.M
    assert solution.S_bound >= best.S_found
    assert solution.seconds < 5
