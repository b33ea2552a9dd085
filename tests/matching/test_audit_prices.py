"""Bounds recomputed from prices: never below the truth, the solver's own, and a lie is caught."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import SolverError
from exchange.matching import Options, Problem, audit, solve
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.solution import Certificate, StagePrices
from tests.matching.cohorts import best_by_search, random_arrays, random_problem

SEEDS = st.integers(0, 10_000)
FEW = settings(deadline=None, max_examples=40)


def recompute_bound(
    problem: Problem, host: np.ndarray, prices: StagePrices, *, floor: float | None
) -> float:
    (bound,) = recompute_bounds(problem, host, [(prices, floor)])
    return bound


def _random_prices(problem: Problem, seed: int) -> StagePrices:
    random = np.random.default_rng(seed)
    nations = problem.n_nations
    unplaced = random.normal(0, 1, nations) if problem.fair_nations else np.zeros(nations)
    return StagePrices(
        pair=np.triu(random.exponential(0.4, (nations, nations)), 1),
        host=random.exponential(0.3, problem.n_hosts),
        unplaced=unplaced,
        diversity=float(random.exponential(1.0)),
    )


@FEW
@given(seed=SEEDS, fair=st.booleans(), pinned=st.booleans())
def test_bound_of_any_prices_is_at_least_the_best_answer(
    seed: int, fair: bool, pinned: bool
) -> None:
    arrays = random_arrays(seed, students=6, hosts=4, nations=3, density=0.6)
    free = [p for p in np.argwhere(arrays["allowed"]) if arrays["capacity"][p[1]] > 0]
    problem = Problem.dense(
        **arrays, fair_nations=fair, min_quality=0.1, pin=free[:1] if pinned else None
    )
    solution = solve(problem, Options(epsilon=0.05))
    if solution.conflicts:
        return
    prices = _random_prices(problem, seed)
    # Any of the answers that keep the places of each nation is bounded.
    s_bound = recompute_bound(problem, solution.host, prices, floor=None)
    assert s_bound >= solution.S_found * (1 - 1e-9)
    q_bound = recompute_bound(problem, solution.host, prices, floor=solution.S_floor)
    assert q_bound >= solution.Q * (1 - 1e-9)
    if not pinned and not fair:
        most, _, best, _ = best_by_search(problem, 0.05)
        assert s_bound >= best * (1 - 1e-9)
        assert solution.M == most


def test_bound_of_good_prices_is_tight() -> None:
    """One nation on each side: λ = √w / 2√n is the slope of √(w n), so the bound is exact."""
    problem = Problem.dense(
        np.zeros(4, dtype=np.int64),
        np.ones(4, dtype=np.int64),
        np.ones(4, dtype=np.int64),
        np.full((2, 2), 0.64),
        np.full((4, 4), 0.5),
        np.ones((4, 4), dtype=bool),
    )
    solution = solve(problem, Options(epsilon=0.0))
    slope = np.array([[0.0, 0.8 / (2 * 2.0)], [0.0, 0.0]])
    prices = StagePrices(slope, np.zeros(4), np.zeros(2))
    assert recompute_bound(problem, solution.host, prices, floor=None) == pytest.approx(1.6)
    audit(problem, solution, Certificate(prices, None))
    dearer = prices._replace(host=np.full(4, 0.1))
    assert recompute_bound(problem, solution.host, dearer, floor=None) == pytest.approx(1.6)


def test_bounds_below_their_prices_are_refused() -> None:
    problem = random_problem(4, students=20, hosts=12, nations=5, density=0.6)
    solution = solve(problem, Options(epsilon=0.05))
    prices = _random_prices(problem, 1)
    s_bound = recompute_bound(problem, solution.host, prices, floor=None)
    q_bound = recompute_bound(problem, solution.host, prices, floor=solution.S_floor)
    honest = dataclasses.replace(
        solution,
        S_bound=s_bound,
        D_bound=s_bound**2 / solution.M,
        Q_bound=q_bound,
        status=type(solution.status).FEASIBLE,
    )
    audit(problem, honest, Certificate(prices, prices))
    for name, certificate in (
        ("S_bound", Certificate(prices, None)),
        ("Q_bound", Certificate(None, prices)),
    ):
        less = getattr(honest, name) * (1 - 1e-6)
        lie = dataclasses.replace(honest, **{name: less})
        if name == "S_bound":
            lie = dataclasses.replace(lie, D_bound=less**2 / lie.M)
        with pytest.raises(SolverError, match="less than its prices prove") as caught:
            audit(problem, lie, certificate)
        assert caught.value.facts["check"] == name


@pytest.mark.parametrize(
    "change",
    [
        {"pair": np.full((5, 5), -0.1)},
        {"pair": np.zeros((4, 5))},
        {"host": np.full(12, np.nan)},
        {"host": np.full(12, -1e-9)},
        {"unplaced": np.zeros(4)},
        {"diversity": -1.0},
    ],
)
def test_prices_that_are_none_are_refused(change: dict[str, object]) -> None:
    problem = random_problem(4, students=20, hosts=12, nations=5, density=0.6)
    solution = solve(problem, Options(epsilon=0.05))
    prices = _random_prices(problem, 1)._replace(**change)
    with pytest.raises(SolverError, match="a price is") as caught:
        audit(problem, solution, Certificate(prices, None))
    assert caught.value.facts["check"] == "prices"
