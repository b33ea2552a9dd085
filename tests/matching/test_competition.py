"""Hall sets: planted ones, and all sets of small problems looked at one by one."""

import itertools

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.competition import (
    NO_USABLE_PAIR,
    PLACE_LEFT,
    PLACED,
    find_competition,
)
from exchange.matching.limits import usable_edges
from tests.matching.cohorts import random_arrays


def three_for_one(**optional: object) -> Problem:
    """Students 0-2 want host 0 alone, student 3 host 1 with two places, student 4 nothing."""
    allowed = np.zeros((5, 2), dtype=bool)
    allowed[:3, 0] = allowed[3, 1] = True
    return Problem.dense(
        [0] * 5, [1, 1], [1, 2], np.ones((2, 2)), np.full((5, 2), 0.5), allowed, **optional
    )


def test_competition_three_students_for_one_place_are_one_set() -> None:
    found = find_competition(three_for_one(), np.array([-1, 0, -1, 1, -1]))
    assert found.which.tolist() == [0, PLACED, 0, PLACED, NO_USABLE_PAIR]
    (only,) = found.sets
    assert (only.students.tolist(), only.hosts.tolist(), only.places) == ([0, 1, 2], [0], 1)


def test_competition_pinned_place_is_none_to_compete_for() -> None:
    found = find_competition(three_for_one(pin=[[1, 0]]), np.array([-1, 0, -1, 1, -1]))
    (only,) = found.sets
    assert (only.students.tolist(), only.places) == ([0, 2], 0)


def test_competition_answer_that_is_not_largest_says_a_place_is_left() -> None:
    found = find_competition(three_for_one(), np.array([-1, -1, -1, 1, -1]))
    assert found.sets == ()
    assert found.which.tolist()[:3] == [PLACE_LEFT] * 3


@pytest.mark.parametrize("seed", range(40))
def test_competition_random_problem_gives_the_smallest_violating_set(seed: int) -> None:
    arrays = random_arrays(seed, students=8, hosts=5, nations=3, density=0.5, most=2)
    problem = Problem.dense(**arrays, min_quality=0.2)
    host = solve(problem, Options(seed=seed)).host
    found = find_competition(problem, host)
    usable = usable_edges(problem) & (problem.capacity > 0)[problem.edge_host]
    student, ends = problem.edge_student[usable], problem.edge_host[usable]
    lists = [set(ends[student == i].tolist()) for i in range(8)]
    placed = np.flatnonzero(host >= 0).tolist()
    for i in np.flatnonzero(host < 0).tolist():
        if not lists[i]:
            assert found.which[i] == NO_USABLE_PAIR
            continue
        smallest = next(
            len(others) + 1
            for size in range(len(placed) + 1)
            for others in itertools.combinations(placed, size)
            if problem.capacity[sorted(set().union(lists[i], *(lists[o] for o in others)))].sum()
            <= size
        )
        mine = found.sets[found.which[i]]
        alone = [s for s in mine.students.tolist() if s == i or host[s] >= 0]
        assert len(alone) == smallest
        assert set().union(*(lists[s] for s in mine.students.tolist())) == set(mine.hosts.tolist())
        assert mine.places < mine.students.size
