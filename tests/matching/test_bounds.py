"""Bounds hold for any prices, and the relaxation's are close to what an exact engine proves."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.matching import Options, exact, solve
from exchange.matching.bounds import Prices, diversity_bound, fit_bound, pair_limits
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.limits import Network, build_network, with_unplaced
from exchange.matching.problem import Problem
from exchange.matching.program import build_program
from exchange.matching.relaxation import relax
from tests.matching.cohorts import best_by_search, random_problem


def _network(problem: Problem) -> Network:
    network = build_network(problem, seed=0)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=0)
    return with_unplaced(network, unplaced)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 500), prices=st.integers(0, 10_000), epsilon=st.sampled_from([0.0, 0.1]))
def test_bounds_any_prices_hold(seed: int, prices: int, epsilon: float) -> None:
    problem = random_problem(seed, students=5, hosts=4, nations=3)
    problem = dataclasses.replace(problem, fair_nations=False)
    _, _, diversity, quality = best_by_search(problem, epsilon)
    network = _network(problem)
    limits = pair_limits(network)
    rng = np.random.default_rng(prices)
    pair = np.append(rng.exponential(0.5, network.n_pairs), 0.0)
    drawn = Prices(pair, rng.exponential(0.3, network.n_hosts), float(rng.exponential(1.0)))
    assert diversity_bound(network, drawn, limits) >= diversity
    floor = (1 - epsilon) * diversity
    assert fit_bound(network, drawn, limits, floor=floor) >= quality


def test_bounds_prices_of_the_relaxation_are_tight() -> None:
    problem = random_problem(11, students=40, hosts=40, nations=5, density=0.5)
    network = _network(problem)
    limits = pair_limits(network)
    program = build_program(network, limits, np.arange(network.n_edges))
    proven = exact.maximise(network, program, program.diversity_row)
    relaxed = relax(network, program, program.diversity_row)
    assert relaxed is not None
    bound = diversity_bound(network, relaxed.prices, limits)
    assert proven.bound <= bound <= proven.bound * 1.01


def test_bounds_coarse_segments_still_bound_the_exact_optimum() -> None:
    problem = random_problem(12, students=40, hosts=40, nations=3, density=0.8)
    network = _network(problem)
    limits = pair_limits(network)
    fine = build_program(network, limits, np.arange(network.n_edges))
    coarse = build_program(network, limits, np.arange(network.n_edges), exact_steps=2)
    proven = exact.maximise(network, fine, fine.diversity_row)
    relaxed = relax(network, coarse, coarse.diversity_row)
    assert relaxed is not None
    assert diversity_bound(network, relaxed.prices, limits) >= proven.bound - 1e-6


@pytest.mark.parametrize("seed", range(6))
def test_bounds_of_the_larger_path_hold_against_the_exact_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = random_problem(seed, students=30, hosts=24, nations=5, density=0.5)
    best = solve(problem, Options(epsilon=0.05))
    monkeypatch.setattr(exact, "EXACT_STUDENTS", 0)
    found = solve(problem, Options(epsilon=0.0))
    assert found.M == best.M
    assert found.S_found <= best.S_found * (1 + 1e-6)
    assert found.S_bound >= best.S_found * (1 - 1e-9)
    assert found.gap <= 0.02
