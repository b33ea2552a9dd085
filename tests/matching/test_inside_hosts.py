"""A mix of nations inside hosts: true bounds, prices that prove them, answers near them."""

from collections import Counter
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import SolverError
from exchange.matching import Options, Problem, Solution, Status, audit, exact, inside_hosts, solve
from exchange.matching.audit_prices import recompute_bounds
from exchange.matching.bounds import Prices, diversity_bound, fit_bound, pair_limits
from exchange.matching.certificate import stage_prices
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.inside_hosts import with_cells
from exchange.matching.limits import Network, build_network, with_unplaced
from exchange.matching.solution import Certificate
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


@pytest.fixture(scope="module")
def mixed() -> tuple[Problem, Solution]:
    arrays = _cohort(3, students=120, hosts=24, places=5, nations=8)
    problem = Problem.dense(**arrays, inside_host_weight=0.1)
    return problem, solve(problem, Options(epsilon=0.02))


def test_persons_are_matched_near_bounds_that_their_prices_prove(
    mixed: tuple[Problem, Solution],
) -> None:
    problem, solution = mixed
    assert solution.gap <= 2e-3
    assert solution.fit_gap <= 5e-3
    assert solution.S <= solution.S_found
    assert solution.D <= solution.D_bound <= solution.D * 1.1
    assert solution.inside == pytest.approx(_mix(problem, tuple(solution.host.tolist())))
    for prices in (solution.certificate.diversity, solution.certificate.fit):
        assert prices is not None
        assert prices.cell is not None
        assert prices.cell.max() > 0.0
    assert solution.certificate.contacts is not None


@pytest.mark.parametrize(
    ("stage", "change", "check"),
    [
        ("diversity", lambda cell: 0.9 * cell, "S_bound"),
        ("fit", lambda cell: 1.1 * cell, "Q_bound"),
        ("diversity", lambda cell: -cell, "prices"),
        ("fit", lambda cell: np.full_like(cell, np.nan), "prices"),
        ("diversity", lambda cell: cell[:, 1:], "prices"),
        ("fit", lambda cell: None, "prices"),
        ("contacts", lambda cell: np.zeros((24, 8)), "prices"),
    ],
)
def test_tampered_prices_of_cells_are_refused(
    mixed: tuple[Problem, Solution], stage: str, change: Any, check: str
) -> None:
    problem, solution = mixed
    prices = getattr(solution.certificate, stage)
    lie = solution.certificate._replace(**{stage: prices._replace(cell=change(prices.cell))})
    audit(problem, solution)
    with pytest.raises(SolverError) as caught:
        audit(problem, solution, Certificate(*lie))
    assert caught.value.facts["check"] == check


def test_a_bound_of_contacts_below_its_prices_is_refused(mixed: tuple[Problem, Solution]) -> None:
    problem, solution = mixed
    lie = replace(solution, D_bound=(solution.D + solution.D_bound) / 2)
    with pytest.raises(SolverError, match="D_bound is less than its prices prove"):
        audit(problem, lie)


@pytest.mark.parametrize("seed", range(3))
def test_the_larger_path_agrees_with_the_exact_one(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = _cohort(seed, students=32, hosts=8, places=4, nations=5)
    problem = Problem.dense(**arrays, inside_host_weight=WEIGHT)
    best = solve(problem, Options(epsilon=0.05))
    assert best.status is Status.OPTIMAL
    monkeypatch.setattr(exact, "EXACT_STUDENTS", 0)
    found = solve(problem, Options(epsilon=0.05))
    assert found.S_found <= best.S_found * (1 + 1e-6)
    assert found.S_bound >= best.S_found * (1 - 1e-9)
    assert found.gap <= 0.01


def test_where_no_rule_tells_persons_apart_nations_are_rounded_near_the_bound() -> None:
    arrays = _cohort(5, students=400, hosts=50, places=8, nations=12, density=1.0)
    arrays["quality"][:] = 0.5
    solution = solve(Problem.dense(**arrays, inside_host_weight=0.1), Options(epsilon=0.0))
    assert solution.M == 400
    assert solution.gap <= 2e-3
    assert solution.inside is not None
    without = solve(Problem.dense(**arrays), Options(epsilon=0.0))
    assert solution.D_bound == pytest.approx(without.D_bound, rel=1e-6)
    assert solution.D >= 0.95 * without.D
    mixed = _mix(Problem.dense(**arrays), tuple(without.host.tolist()))
    assert solution.inside > mixed


def test_rows_in_another_order_give_the_same_answer() -> None:
    arrays = _cohort(7, students=70, hosts=14, places=5, nations=6)
    keys = {"student_key": np.arange(70) + 100, "host_key": np.arange(14) + 5}
    one = solve(Problem.dense(**arrays, **keys, inside_host_weight=0.1), Options(seed=3))
    random = np.random.default_rng(1)
    people, homes = random.permutation(70), random.permutation(14)
    turned = {
        **arrays,
        "student_nation": arrays["student_nation"][people],
        "host_nation": arrays["host_nation"][homes],
        "capacity": arrays["capacity"][homes],
        "quality": arrays["quality"][np.ix_(people, homes)],
        "allowed": arrays["allowed"][np.ix_(people, homes)],
    }
    keys = {"student_key": keys["student_key"][people], "host_key": keys["host_key"][homes]}
    other = solve(Problem.dense(**turned, **keys, inside_host_weight=0.1), Options(seed=3))
    back = np.append(homes, -1)[other.host]
    assert back.tolist() == one.host[people].tolist()
    assert (other.S_found, other.S_bound, other.inside) == (one.S_found, one.S_bound, one.inside)


@pytest.mark.parametrize("most_arcs", [600_000, 0])
def test_most_mix_by_nations_bounds_the_best_of_all_answers(
    most_arcs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inside_hosts, "MOST_ARCS", most_arcs)
    tight = 0
    for seed in range(20):
        arrays = random_arrays(seed, students=5, hosts=3, nations=3, density=1.0, most=4)
        problem = Problem.dense(**arrays, inside_host_weight=WEIGHT)
        if not problem.couplings.inside_host_weight:
            continue
        best = WEIGHT * max(_mix(problem, answer) for answer in all_answers(problem))
        bound = inside_hosts.most_inside_by_nations(problem, problem.n_students)
        assert bound >= best
        tight += bound <= best + 1e-6
    assert tight >= 3


def test_a_large_problem_is_mixed_by_search_under_the_sum_of_two_bounds(
    mixed: tuple[Problem, Solution], monkeypatch: pytest.MonkeyPatch
) -> None:
    problem, other = mixed
    plain = replace(problem, couplings=replace(problem.couplings, inside_host_weight=None))
    monkeypatch.setattr(import_module("exchange.matching.solve"), "LARGE_STUDENTS", 100)
    found, alone = solve(problem, Options(epsilon=0.02)), solve(plain, Options(epsilon=0.02))
    assert found.M == other.M
    assert found.inside is not None
    assert found.inside > _mix(problem, tuple(alone.host.tolist()))
    assert found.S_found <= other.S_bound * (1 + 1e-9)
    assert other.S_found <= found.S_bound * (1 + 1e-9)
    assert other.Q <= found.Q_bound * (1 + 1e-9) or other.S_floor < found.S_floor
    assert found.gap <= 0.02
    assert found.S + 0.1 * found.inside >= found.S_floor * (1 - 1e-9)


def test_d_is_bounded_as_closely_as_without_a_mix_where_few_hosts_have_several_places() -> None:
    arrays = random_arrays(2, students=70, hosts=60, nations=9, density=0.12)
    arrays["capacity"] = np.where(np.arange(60) < 4, 4, 1)
    problem = Problem.dense(**arrays, inside_host_weight=0.1)
    plain = solve(Problem.dense(**arrays), Options(epsilon=0.0))
    found = solve(problem, Options(epsilon=0.0))
    assert found.inside is not None
    assert found.D <= plain.D_bound * (1 + 1e-9)
    assert plain.D <= found.D_bound <= plain.D_bound * 1.002
