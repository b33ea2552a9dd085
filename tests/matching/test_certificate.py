"""The audit's bounds from translated prices equal those that the solver computes from its own."""

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.bounds import Prices, diversity_bound, fit_bound, pair_limits
from exchange.matching.certificate import stage_prices
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.limits import build_network, with_unplaced
from tests.matching.cohorts import random_arrays


@pytest.mark.parametrize("seed", range(24))
def test_bounds_recomputed_from_translated_prices_are_the_solvers_own(seed: int) -> None:
    arrays = random_arrays(seed, students=14, hosts=8, nations=4, density=0.5)
    open_pairs = [tuple(pair) for pair in np.argwhere(arrays["allowed"])]
    arrays["quality"] = np.maximum(arrays["quality"], np.float32(0.05))
    good = arrays["quality"] >= 0.1
    pinned = [pair for pair in open_pairs if good[pair] and arrays["capacity"][pair[1]] > 0][:1]
    problem = Problem.dense(
        **arrays,
        pin=pinned,
        forbid=[pair for pair in open_pairs[5:8] if pair not in pinned],
        min_quality=0.1,
        fair_nations=bool(seed % 2),
    )
    solution = solve(problem, Options(epsilon=0.05))
    network = build_network(problem, seed=0)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=0)
    network = with_unplaced(network, unplaced)
    random = np.random.default_rng(seed)
    pair = np.append(random.exponential(0.4, network.n_pairs), 0.0)
    prices = Prices(pair, random.exponential(0.3, network.n_hosts), 0.7)
    translated = stage_prices(problem, network, prices)
    found = recompute_bounds(
        problem, solution.host, [(translated, None), (translated, solution.S_floor)]
    )
    limits = pair_limits(network)
    assert found == pytest.approx(
        [
            diversity_bound(network, prices, limits),
            fit_bound(network, prices, limits, floor=solution.S_floor),
        ],
        rel=1e-9,
    )
