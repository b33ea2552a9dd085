"""The curve diversity ↔ fit: every point certified, and as good as a solve of its own."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from exchange.errors import ProblemError
from exchange.matching import Options, Problem, Solution, Status, frontier, measures, solve
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.large import match_large
from exchange.matching.progress import Watch
from tests.bench import problems
from tests.matching.cohorts import random_arrays, random_problem

EPSILONS = (0.0, 0.01, 0.03, 0.06, 0.1, 0.2, 1.0)


def make_problem(people: int, nations: int, **optional: Any) -> Problem:
    made = problems.dense(people, nations)
    return Problem.dense(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
        **optional,
    )


def _assert_is_curve(points: tuple[Solution, ...]) -> None:
    assert len({(point.M, point.S_found, point.S_bound) for point in points}) == 1
    for before, after in pairwise(points):
        assert after.S_floor < before.S_floor
        assert after.Q >= before.Q
        assert after.Q_bound >= before.Q_bound * (1 - 1e-12)


@pytest.mark.parametrize("seed", range(4))
def test_frontier_of_a_small_cohort_is_the_proven_fit_of_each_epsilon(seed: int) -> None:
    problem = random_problem(seed, students=20, hosts=16, nations=6, density=0.7)
    points = frontier(problem, EPSILONS, Options(seed=seed))
    _assert_is_curve(points)
    assert {point.status for point in points} == {Status.OPTIMAL}
    alone = [solve(problem, Options(epsilon=epsilon, seed=seed)) for epsilon in EPSILONS]
    assert [point.Q for point in points] == pytest.approx([one.Q for one in alone], rel=1e-6)
    assert points[0].S_found == alone[0].S_found
    assert points[-1].Q > points[0].Q


@pytest.mark.parametrize("open_share", [1.0, 0.8])
def test_frontier_of_a_searched_cohort_is_about_as_good_as_solves(open_share: float) -> None:
    made = problems.dense(100, 9)
    capacity = np.where(np.random.default_rng(3).random(100) < open_share, 1, 0)
    problem = Problem.dense(
        made.student_nation,
        made.host_nation,
        capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
    )
    points = frontier(problem, (0.02, 0.04, 0.06, 0.1))
    _assert_is_curve(points)
    for point in points[::2]:
        alone = solve(problem, Options(epsilon=point.epsilon))
        assert (point.S_found, point.S_bound) == (alone.S_found, alone.S_bound)
        assert point.fit_gap <= alone.fit_gap + 2.5e-3
        # Both bounds are true, so neither answer lies above the other's.
        assert point.Q <= alone.Q_bound * (1 + 1e-9)
        assert alone.Q <= point.Q_bound * (1 + 1e-9)


def test_frontier_points_carry_the_prices_that_prove_their_bounds() -> None:
    problem = make_problem(120, 10)
    points = frontier(problem, (0.02, 0.04, 0.06, 0.08))
    for point in points:
        assert point.certificate.fit is not None
        stages = [(point.certificate.fit, point.S_floor)]
        proven = recompute_bounds(problem, point.host, stages)
        assert point.Q_bound == pytest.approx(proven[0], rel=1e-9)


def test_frontier_answers_in_the_order_that_was_asked() -> None:
    problem = random_problem(2, students=12, hosts=10, nations=4)
    asked = (0.1, 0.0, 0.1, 0.02)
    points = frontier(problem, asked)
    assert tuple(point.epsilon for point in points) == asked
    assert points[0] is points[2]
    assert frontier(problem, ()) == ()


def test_frontier_of_one_epsilon_is_the_solve() -> None:
    problem = make_problem(90, 8)
    (point,) = frontier(problem, [0.05], Options(seed=4))
    alone = solve(problem, Options(epsilon=0.05, seed=4))
    assert point.host.tolist() == alone.host.tolist()
    assert (point.Q, point.Q_bound) == (alone.Q, alone.Q_bound)


def test_frontier_twice_is_the_same() -> None:
    problem = make_problem(90, 8)
    first, second = (frontier(problem, EPSILONS, Options(seed=5)) for _ in range(2))
    assert [point.host.tolist() for point in first] == [point.host.tolist() for point in second]
    assert [point.Q_bound for point in first] == [point.Q_bound for point in second]


@pytest.mark.parametrize("people", [24, 80])
def test_frontier_keeps_limits_that_join_pairs(people: int) -> None:
    arrays = random_arrays(3, students=people, hosts=people // 2, nations=5, most=3)
    apart = np.column_stack([np.arange(0, 8, 2), np.arange(1, 9, 2)])
    problem = Problem.dense(**arrays, host_nation_cap=1, keep_apart=apart)
    points = frontier(problem, (0.0, 0.05, 0.2))
    assert len({(point.M, point.S_found, point.S_bound) for point in points}) == 1
    assert points[0].Q <= points[1].Q <= points[2].Q
    assert points[2].Q > points[0].Q


def test_frontier_of_a_large_problem_starts_each_point_from_the_last() -> None:
    problem = make_problem(300, 4)
    matched = match_large(problem, Watch(None, None), seed=0, epsilons=[0.01, 0.05, 0.1], gap=None)
    fits = [measures.total_quality(problem, one.host) for one in matched]
    assert fits[0] < fits[1] < fits[2]
    for fit, one in zip(fits, matched, strict=True):
        assert one.first.tolist() == matched[0].first.tolist()
        assert one.s_bound == matched[0].s_bound
        assert 0.98 * one.q_bound < fit <= one.q_bound * (1 + 1e-9)


def test_frontier_of_contradicting_limits_names_them_at_every_point() -> None:
    arrays = random_arrays(1, students=6, hosts=5, nations=3)
    student, host = np.argwhere(arrays["allowed"])[0]
    problem = Problem.dense(**arrays, pin=[(student, host)], forbid=[(student, host)])
    points = frontier(problem, (0.0, 0.1))
    assert [point.status for point in points] == [Status.INFEASIBLE] * 2
    assert all(point.conflicts for point in points)


def test_frontier_out_of_time_still_gives_true_bounds() -> None:
    problem = make_problem(120, 10)
    points = frontier(problem, EPSILONS, Options(time_limit_s=0.0))
    assert all(point.Q <= point.Q_bound and point.M == points[0].M for point in points)
    whole = frontier(problem, EPSILONS)
    for hurried, point in zip(points, whole, strict=True):
        assert hurried.S_found <= point.S_bound * (1 + 1e-9)


def test_frontier_refuses_an_epsilon_out_of_range() -> None:
    problem = random_problem(0, students=3, hosts=3, nations=2)
    with pytest.raises(ProblemError, match=r"epsilon is 1\.5"):
        frontier(problem, (0.0, 1.5))
