"""The fewest changes of a re-match: the same number that a whole solve finds, in one assignment."""

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.gentle import keep_most
from tests.matching.cohorts import random_arrays


@pytest.mark.parametrize("seed", range(20))
def test_kept_placements_are_as_many_as_a_solve_keeps(seed: int) -> None:
    rng = np.random.default_rng(seed)
    arrays = random_arrays(seed, students=7, hosts=5, nations=4)
    previous = rng.integers(-1, 5, 7)
    problem = Problem.dense(**arrays, previous=previous)
    solution = solve(problem, Options(epsilon=0.1, seed=seed))
    kept = keep_most(problem, seed=seed)
    assert kept is not None
    there = kept >= 0
    assert (kept[there] == previous[there]).all()
    assert int((previous >= 0).sum() - there.sum()) == solution.changes
    pins = np.column_stack([np.flatnonzero(there), kept[there]])
    again = solve(Problem.dense(**arrays, pin=pins), Options(epsilon=0.1, seed=seed))
    assert again.M == solution.M
    nations = [
        np.bincount(problem.student_nation[one.host >= 0], minlength=9) for one in (again, solution)
    ]
    share = [sorted(each.tolist()) for each in nations]
    assert share[0] == share[1]


def test_nothing_is_said_where_limits_join_pairs_or_pins_contradict() -> None:
    arrays = random_arrays(3, students=4, hosts=4, nations=3)
    capped = Problem.dense(**arrays, previous=np.zeros(4, dtype=np.int64), host_nation_cap=1)
    assert keep_most(capped, seed=1) is None
    plain = Problem.dense(**arrays)
    assert keep_most(plain, seed=1) is None
