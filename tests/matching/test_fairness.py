"""Tied people have equal chances, and no nation pays for diversity or fit with a place."""

from collections.abc import Callable, Hashable
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from scipy.stats import chisquare

from exchange.matching import Options, Problem, solve
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.large import match_large
from exchange.matching.limits import NO_NATION, build_network
from exchange.matching.progress import Watch
from tests.bench import problems
from tests.matching.cohorts import random_arrays, random_problem

LEAST_CHANCE = 1e-4
"""Seeds are fixed, so a fair tie-break passes every time or never: once in ten thousand."""


def _alike(from_nations: list[int], to_nations: list[int], capacity: list[int]) -> Problem:
    """Make a problem in which every pair of different nations fits and weighs the same."""
    nations = max(*from_nations, *to_nations) + 1
    student, host = np.array(from_nations), np.array(to_nations)
    return Problem.dense(
        student,
        host,
        np.array(capacity),
        np.full((nations, nations), 0.5),
        np.full((student.size, host.size), 0.5, dtype=np.float32),
        student[:, None] != host[None, :],
    )


TIES: dict[str, tuple[Problem, list[Hashable], Callable[[np.ndarray], Hashable]]] = {
    "three students, one place": (
        _alike([0, 0, 0], [1], [1]),
        [0, 1, 2],
        lambda host: int(np.argmax(host)),
    ),
    "two hosts, one student": (_alike([0], [1, 1], [1, 1]), [0, 1], lambda host: int(host[0])),
    "two nations of two, one place": (
        _alike([0, 0, 1, 1], [2], [1]),
        [0, 1, 2, 3],
        lambda host: int(np.argmax(host)),
    ),
    "three students, three hosts": (
        _alike([0, 0, 0], [1, 1, 1], [1, 1, 1]),
        list(permutations(range(3))),
        lambda host: tuple(host.tolist()),
    ),
}


def _chance(tie: str, seeds: int) -> float:
    """Solve with many seeds; return how likely so uneven a count is among equal chances."""
    problem, outcomes, read = TIES[tie]
    count = dict.fromkeys(outcomes, 0)
    for seed in range(seeds):
        count[read(solve(problem, Options(seed=seed)).host)] += 1
    assert sum(count.values()) == seeds
    return float(chisquare(list(count.values())).pvalue)


@pytest.mark.parametrize("tie", TIES)
def test_tied_people_have_equal_chances(tie: str) -> None:
    assert _chance(tie, 1_000) > LEAST_CHANCE


@pytest.mark.full("fairness")
@pytest.mark.parametrize("tie", TIES)
def test_tied_people_have_equal_chances_over_ten_thousand_seeds(tie: str) -> None:
    assert _chance(tie, 10_000) > LEAST_CHANCE


def test_chances_that_are_not_equal_are_noticed() -> None:
    assert chisquare([200, 150, 150]).pvalue < 0.01
    assert chisquare([230, 135, 135]).pvalue < LEAST_CHANCE


def _exact(seed: int) -> Problem:
    return random_problem(seed, students=20, hosts=9, nations=4, density=0.6)


def _by_nations(seed: int) -> Problem:
    arrays = random_arrays(seed, students=90, hosts=9, nations=6, density=1.0, most=12)
    arrays["quality"][:] = 0.5
    return Problem.dense(**arrays)


def _searched(seed: int) -> Problem:
    return random_problem(seed, students=75, hosts=40, nations=6, density=0.3)


def _coupled(seed: int) -> Problem:
    # A cap that nothing reaches: the limits join pairs, and stage 1 is what it is without them.
    arrays = random_arrays(seed, students=70, hosts=35, nations=5, density=0.5)
    return Problem.dense(**arrays, keep_apart=[(0, 1)])


def _unplaced(problem: Problem, host: np.ndarray) -> dict[int, int]:
    nation, count = np.unique(problem.student_nation[host < 0], return_counts=True)
    return dict(zip(nation.tolist(), count.tolist(), strict=True))


def _stage_one(problem: Problem, seed: int) -> dict[int, int]:
    network = build_network(problem, seed=seed)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=seed)
    assert NO_NATION not in unplaced
    return unplaced


ENGINES: dict[str, tuple[Callable[[int], Problem], int]] = {
    "exact": (_exact, 6),
    "groups": (_by_nations, 2),
    "others": (_searched, 2),
    "coupled": (_coupled, 1),
}


@pytest.mark.parametrize("engine", ENGINES)
def test_no_nation_has_other_places_than_stage_one_gave_it(engine: str) -> None:
    make, problems_of_it = ENGINES[engine]
    for seed in range(problems_of_it):
        problem = make(seed)
        wanted = _stage_one(problem, seed)
        assert wanted
        for epsilon in (0.0, 1.0):
            solution = solve(problem, Options(epsilon=epsilon, seed=seed))
            assert solution.first is not None
            assert _unplaced(problem, solution.first) == wanted
            assert _unplaced(problem, solution.host) == wanted


def test_no_nation_of_a_large_problem_has_other_places_than_stage_one_gave_it() -> None:
    made = problems.dense(200, 4)
    places: Any = np.where(np.random.default_rng(5).random(200) < 0.7, 1, 0)
    problem = Problem.dense(
        made.student_nation,
        made.host_nation,
        places,
        made.pair_weight,
        made.quality,
        made.allowed,
    )
    wanted = _stage_one(problem, 3)
    assert wanted
    for matched in match_large(problem, Watch(None, None), seed=3, epsilons=[0.0, 0.2], gap=None):
        assert _unplaced(problem, matched.first) == wanted
        assert _unplaced(problem, matched.host) == wanted
