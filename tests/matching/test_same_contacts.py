"""Larger Q with the same contacts."""

import numpy as np
import pytest
from scipy.optimize import linear_sum_assignment

from exchange.matching import Options, Problem, measures, solve
from exchange.matching.assignment import assign
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.inside_hosts import with_cells
from exchange.matching.limits import Network, build_network, with_unplaced
from exchange.matching.same_contacts import rehouse
from exchange.matching.stage_answers import diversity_of
from tests.bench import problems
from tests.matching.cohorts import random_arrays, random_problem


def _network(problem: Problem) -> Network:
    network = build_network(problem, seed=0)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=0)
    return with_unplaced(network, unplaced)


def _contacts(network: Network, edge: np.ndarray) -> list[tuple[int, int]]:
    guest = network.student_nation[network.edge_student[edge]]
    return sorted(zip(guest, network.host_nation[network.edge_host[edge]], strict=True))


@pytest.mark.parametrize("seed", range(12))
def test_rehouse_keeps_contacts_and_capacities_and_never_loses_quality(seed: int) -> None:
    network = _network(random_problem(seed, students=30, hosts=20, nations=4, density=0.6))
    random = np.random.default_rng(seed)
    before = assign(network, random.random(network.n_edges))
    after = rehouse(network, before)
    assert network.edge_student[after].tolist() == list(range(network.n_students))
    used = np.bincount(network.edge_host[after], minlength=network.n_hosts)
    assert (used <= network.capacity).all()
    assert _contacts(network, after) == _contacts(network, before)
    assert network.quality[after].sum() > network.quality[before].sum()


def test_rehouse_of_two_nations_is_the_best_assignment() -> None:
    quality = np.random.default_rng(1).random((12, 12)).astype(np.float32)
    problem = Problem.dense(
        np.zeros(12, dtype=int),
        np.ones(12, dtype=int),
        np.ones(12, dtype=int),
        np.full((2, 2), 0.5),
        quality,
        np.ones((12, 12), dtype=bool),
    )
    network = _network(problem)
    after = rehouse(network, assign(network, np.zeros(network.n_edges)))
    rows, columns = linear_sum_assignment(quality, maximize=True)
    assert network.quality[after].sum() == pytest.approx(quality[rows, columns].sum(), rel=1e-6)


def test_fit_without_any_diversity_to_give_up_is_still_improved() -> None:
    made = problems.dense(100, 10)
    problem = Problem.dense(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
    )
    solution = solve(problem, Options(epsilon=0.0))
    assert solution.S == pytest.approx(solution.S_found, rel=1e-9)
    assert solution.fit_gap <= 0.1


@pytest.mark.parametrize("seed", range(6))
def test_rehouse_keeps_the_guests_of_each_host_where_their_mix_counts(seed: int) -> None:
    arrays = random_arrays(seed, students=30, hosts=8, nations=4, density=0.8, most=5)
    problem = Problem.dense(**arrays, inside_host_weight=0.5)
    network = with_cells(problem, _network(problem))
    random = np.random.default_rng(seed)
    before = assign(network, random.random(network.n_edges))
    after = rehouse(network, before)
    assert diversity_of(network, after) == pytest.approx(diversity_of(network, before), rel=1e-12)


def test_rehouse_ends_with_what_it_has_when_nothing_more_is_assigned() -> None:
    network = _network(random_problem(3, students=30, hosts=20, nations=4, density=0.6))
    before = assign(network, np.zeros(network.n_edges))
    assert (rehouse(network, before, lambda part, value: None) == before).all()


def test_a_large_problem_without_any_diversity_to_give_up_is_improved_with_its_contacts() -> None:
    made, edges = problems.wide(6_000, 30)
    problem = Problem.sparse(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        edges.student,
        edges.host,
        edges.quality,
    )
    solution = solve(problem, Options(epsilon=0.0))
    assert solution.S == pytest.approx(solution.S_found, rel=1e-9)
    assert solution.first is not None
    assert solution.Q > 1.1 * measures.total_quality(problem, solution.first)
