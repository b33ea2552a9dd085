"""Withdrawals and standbys: planted answers, and every answer of small problems."""

import itertools

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.limits import usable_edges
from exchange.matching.robustness import standby, stress_test
from tests.matching.cohorts import random_arrays, random_problem


def everybody_fits(capacity: list[int], students: int = 3) -> Problem:
    hosts = len(capacity)
    return Problem.dense(
        [0] * students,
        [1] * hosts,
        capacity,
        np.ones((2, 2)),
        np.full((students, hosts), 0.5),
        np.ones((students, hosts), dtype=bool),
    )


def test_stress_without_spare_places_leaves_the_guests_homeless() -> None:
    found = stress_test(everybody_fits([2, 1]), np.array([0, 0, 1]), draws=40)
    assert set(found.homeless.tolist()) == {1, 2}
    assert (found.withdrawn, found.worst, found.worst_hosts.tolist()) == (1, 2, [0])


def test_stress_with_a_spare_home_leaves_nobody_homeless() -> None:
    found = stress_test(everybody_fits([1, 1, 1, 1]), np.array([0, 1, 2]), draws=20)
    assert (found.median, found.percentile_95, found.worst) == (0.0, 0.0, 0)


def test_stress_same_seed_gives_the_same_draws() -> None:
    problem = random_problem(5, students=30, hosts=25, nations=4)
    host = solve(problem, Options(seed=1)).host
    first, second = (stress_test(problem, host, draws=50, share=0.2, seed=3) for _ in range(2))
    assert np.array_equal(first.homeless, second.homeless)
    assert first.worst >= first.homeless.max()


@pytest.mark.parametrize("seed", range(20))
def test_standby_random_problem_covers_as_many_and_fits_as_well_as_any(seed: int) -> None:
    arrays = random_arrays(seed, students=4, hosts=5, nations=3, most=2)
    problem = Problem.dense(**arrays)
    host = solve(problem, Options(seed=seed)).host
    spare = problem.capacity - np.bincount(host[host >= 0], minlength=5)
    usable = usable_edges(problem)
    fits = {
        (int(i), int(j)): float(q)
        for i, j, q in zip(
            problem.edge_student[usable],
            problem.edge_host[usable],
            problem.edge_quality[usable],
            strict=True,
        )
        if host[i] >= 0 and host[i] != j
    }
    choices = [[-1, *(j for (s, j) in fits if s == i)] for i in range(4)]
    best = (0, 0.0)
    for answer in itertools.product(*choices):
        used = np.bincount([j for j in answer if j >= 0], minlength=5)
        if (used <= spare).all():
            pairs = [(i, j) for i, j in enumerate(answer) if j >= 0]
            best = max(best, (len(pairs), round(sum(fits[pair] for pair in pairs), 9)))
    found = [(i, j) for i, j in enumerate(standby(problem, host).tolist()) if j >= 0]
    assert (np.bincount([j for _, j in found], minlength=5) <= spare).all()
    assert (len(found), round(sum(fits[pair] for pair in found), 9)) == best
