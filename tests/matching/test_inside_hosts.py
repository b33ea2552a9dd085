"""A mix of nations inside hosts: true bounds, prices that prove them, answers near them."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching import Options, Problem, solve
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.bounds import Prices, diversity_bound, fit_bound, pair_limits
from exchange.matching.certificate import stage_prices
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.inside_hosts import with_cells
from exchange.matching.limits import Network, build_network, with_unplaced
from tests.matching.cohorts import all_answers, measure, random_arrays

WEIGHT = 0.4


def _network(problem: Problem) -> Network:
    network = build_network(problem, seed=0)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=0)
    return with_cells(problem, with_unplaced(network, unplaced))


def _cohort(
    seed: int, *, students: int, hosts: int, places: int, nations: int, density: float = 0.7
) -> dict[str, Any]:
    """Make a cohort with few large nations and hosts of several places each."""
    arrays = random_arrays(seed, students=students, hosts=hosts, nations=nations, density=density)
    random = np.random.default_rng(seed)
    share = 1.0 / np.arange(1, nations + 1)
    coming = random.choice(nations, students, p=share / share.sum())
    arrays["allowed"] = random.random((students, hosts)) < density
    arrays["allowed"] &= coming[:, None] != arrays["host_nation"][None, :]
    arrays |= {"student_nation": coming, "capacity": np.full(hosts, places)}
    return arrays


def _mix(problem: Problem, host: tuple[int, ...]) -> float:
    guests = Counter(
        (j, int(problem.student_nation[i]))
        for i, j in enumerate(host)
        if j >= 0 and problem.capacity[j] >= 3
    )
    return float(sum(n**0.5 for n in guests.values()))


def _random_prices(network: Network, seed: int) -> Prices:
    random = np.random.default_rng(seed)
    pair = np.append(random.exponential(0.4, network.n_pairs), 0.0)
    return Prices(pair, random.exponential(0.3, network.n_hosts), float(random.exponential(1.0)))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 500), prices=st.integers(0, 10_000), epsilon=st.sampled_from([0.0, 0.1]))
def test_any_prices_of_pairs_and_cells_bound_the_best_of_all_answers(
    seed: int, prices: int, epsilon: float
) -> None:
    arrays = random_arrays(seed, students=5, hosts=3, nations=3, most=4)
    problem = Problem.dense(**arrays, fair_nations=False, inside_host_weight=WEIGHT)
    weight = problem.couplings.inside_host_weight or 0.0
    answers = list(all_answers(problem))
    most = max(sum(j >= 0 for j in answer) for answer in answers)
    answers = [answer for answer in answers if sum(j >= 0 for j in answer) == most]
    worth = [measure(problem, answer)[0] + weight * _mix(problem, answer) for answer in answers]
    floor = (1 - epsilon) * max(worth)
    kept = [a for a, s in zip(answers, worth, strict=True) if s >= floor * (1 - 1e-9)]
    quality = max(measure(problem, answer)[1] for answer in kept)
    network = _network(problem)
    limits, drawn = pair_limits(network), _random_prices(network, prices)
    assert diversity_bound(network, drawn, limits) >= max(worth)
    assert fit_bound(network, drawn, limits, floor=floor) >= quality


@pytest.mark.parametrize("seed", range(12))
def test_bounds_recomputed_from_translated_prices_are_the_solvers_own(seed: int) -> None:
    arrays = random_arrays(seed, students=14, hosts=6, nations=4, density=0.6, most=4)
    arrays["quality"] = np.maximum(arrays["quality"], np.float32(0.05))
    usable = arrays["allowed"] & (arrays["quality"] >= 0.1)
    open_pairs = [tuple(pair) for pair in np.argwhere(usable) if arrays["capacity"][pair[1]] > 0]
    problem = Problem.dense(
        **arrays,
        pin=open_pairs[:1],
        forbid=open_pairs[5:8],
        min_quality=0.1,
        fair_nations=bool(seed % 2),
        inside_host_weight=WEIGHT,
    )
    solution = solve(problem, Options(epsilon=0.05))
    network = _network(problem)
    limits, prices = pair_limits(network), _random_prices(network, seed)
    translated = stage_prices(problem, network, prices)
    assert (translated.cell is not None) == bool(problem.couplings.inside_host_weight)
    found = recompute_bounds(
        problem, solution.host, [(translated, None), (translated, solution.S_floor)]
    )
    own = [
        diversity_bound(network, prices, limits),
        fit_bound(network, prices, limits, floor=solution.S_floor),
    ]
    assert found == pytest.approx(own, rel=1e-9)
