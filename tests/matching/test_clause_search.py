"""Two engines for small programs of whole numbers, and rows that must cut no answer off."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from exchange.matching import Options, Problem, solve
from exchange.matching.clause_search import UNIT, search_whole
from exchange.matching.coupled_program import CoupledProgram, Goal, Need
from exchange.matching.coupling_rows import build_rows, with_placed
from exchange.matching.limits import build_network
from tests.matching.cohorts import random_arrays


@pytest.mark.parametrize("seed", range(12))
def test_search_whole_random_program_reaches_the_value_of_milp(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.uniform(-0.2, 1.0, 14)
    most = rng.integers(0, 3, 14).astype(np.float64)
    whole = rng.integers(-2, 3, (5, 14)).astype(np.float64)
    matrix = sparse.csr_array(np.vstack([whole, rng.uniform(-1.0, 1.0, (2, 14))]))
    low = np.full(7, -np.inf)
    low[::3] = -2.5
    high = rng.integers(1, 6, 7) + 0.5
    found = search_whole(values, matrix, low, high, most)
    peer = milp(
        -values,
        integrality=np.ones(14),
        bounds=Bounds(0.0, most),
        constraints=LinearConstraint(matrix, low, high),
        options={"mip_rel_gap": 0.0},
    )
    assert found.is_proven
    assert found.x is not None
    assert peer.x is not None
    assert float(values @ found.x) == pytest.approx(-peer.fun, abs=50 / UNIT)
    assert -peer.fun <= found.bound <= -peer.fun + 50 / UNIT
    used = matrix @ found.x
    assert (used >= low - 50 / UNIT).all()
    assert (used <= high + 50 / UNIT).all()


def test_search_whole_without_answer_is_proven() -> None:
    matrix = sparse.csr_array(np.array([[2.0, 2.0]]))
    odd = search_whole(np.ones(2), matrix, np.ones(1), np.ones(1), np.ones(2))
    assert odd.x is None
    assert odd.is_proven


def _guarded(seed: int, **more: Any) -> Problem:
    rng = np.random.default_rng(seed)
    arrays = random_arrays(seed, students=14, hosts=10, nations=4, density=0.8)
    limits: dict[str, Any] = {
        "isolation_guard": True,
        "host_group": rng.integers(-1, 3, 10),
        "stay": np.column_stack([np.arange(14) % 4, np.arange(14) % 4 + 2]),
        "host_nation_cap": 2,
    }
    return Problem.dense(**arrays, **(limits | more))


@pytest.mark.parametrize("seed", range(6))
def test_build_rows_implied_rows_cut_no_best_answer_off(seed: int) -> None:
    problem = _guarded(seed)
    network = build_network(problem, seed=0)
    everybody = Goal(np.ones(network.n_edges))
    plain, implied = (
        CoupledProgram(network, build_rows(problem, network, implied=more))
        for more in (False, True)
    )
    assert implied.rows.low.size > plain.rows.low.size
    placed = plain.maximise(everybody)
    assert placed.edge is not None
    assert placed.value == implied.maximise(everybody).value > 0
    whose = network.student_nation[network.edge_student]
    counts = np.bincount(whose[placed.edge], minlength=problem.n_nations)
    needs = tuple(
        Need(Goal((whose == nation).astype(np.float64)), count, count)
        for nation, count in enumerate(counts.tolist())
    )
    known = replace(implied, rows=with_placed(implied.rows, counts))
    best = plain.maximise(Goal(network.quality, 1.0), needs)
    for program in (implied, known):
        for work in (None, 10.0):
            same = program.maximise(Goal(network.quality, 1.0), needs, work=work)
            assert same.value == pytest.approx(best.value, abs=1e-6)
            assert same.bound == pytest.approx(best.value, abs=1e-5)


def test_maximise_with_hardly_any_work_is_finished_by_the_other_engine() -> None:
    problem = _guarded(1)
    network = build_network(problem, seed=0)
    program = CoupledProgram(network, build_rows(problem, network))
    goal = Goal(network.quality, 1.0)
    best = program.maximise(goal)
    for work in (1e-9, 1e-3, 1e-2):
        hasty = program.maximise(goal, work=work)
        assert hasty.value == pytest.approx(best.value, abs=1e-6)
        assert best.value - 1e-6 <= hasty.bound <= best.value + 1e-5


def test_solve_small_with_limits_is_the_same_each_time() -> None:
    problem = _guarded(2)
    first, second = (solve(problem, Options(seed=3)) for _ in range(2))
    assert first.host.tobytes() == second.host.tobytes()
    assert (first.S_bound, first.Q_bound) == (second.S_bound, second.Q_bound)


def test_solve_small_without_time_keeps_a_finite_bound() -> None:
    solution = solve(_guarded(3), Options(time_limit_s=1e-9))
    if solution.M:
        assert solution.Q <= solution.Q_bound <= solution.M
