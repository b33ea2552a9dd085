"""Hosts that an answer leans on: as many homeless as a largest matching leaves, host by host."""

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.leaning import leaning
from exchange.matching.robustness import _Repair
from tests.matching.cohorts import random_problem


@pytest.mark.parametrize("seed", range(15))
def test_homeless_are_those_whom_a_largest_matching_leaves(seed: int) -> None:
    problem = random_problem(seed, students=14, hosts=12, nations=4, density=0.3, most=3)
    host = solve(problem, Options(seed=seed)).host
    found, repair = leaning(problem, host), _Repair(problem, host)
    assert found is not None
    for one in range(problem.n_hosts):
        expected = repair.homeless(np.array([one])) if (host == one).any() else 0
        assert found[one] == expected
    again = leaning(problem, host)
    assert again is not None
    assert again.tolist() == found.tolist()


def test_a_chain_of_moves_makes_room_for_a_guest() -> None:
    problem = Problem.dense(
        [0, 0],
        [1, 1, 1],
        [1, 1, 1],
        np.ones((2, 2)),
        np.full((2, 3), 0.5),
        np.array([[True, True, False], [False, True, True]]),
    )
    # The first guest can only go where the second is, who can move on.
    assert leaning(problem, np.array([0, 1])).tolist() == [0, 0, 0]  # type: ignore[union-attr]
    # Without the last place, nobody can make room.
    full = Problem.dense(
        [0, 0],
        [1, 1],
        [1, 1],
        np.ones((2, 2)),
        np.full((2, 2), 0.5),
        np.array([[True, True], [False, True]]),
    )
    assert leaning(full, np.array([0, 1])).tolist() == [1, 1]  # type: ignore[union-attr]
