"""Annealing: what it returns keeps every place, is no worse, and is the same for the same seed."""

import numpy as np
import pytest

from exchange.matching import Options, solve
from exchange.matching.annealing import Cooling, anneal_diversity, anneal_fit
from exchange.matching.assignment import assign
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.limits import Network, build_network, with_unplaced
from exchange.matching.progress import Watch
from exchange.matching.stage_answers import diversity_of, keeps, quality_of
from tests.matching.cohorts import random_problem

SHORT = Cooling(300, 0.05, 1e-3)


class StopsAtOnce:
    """Cancels before anything is done."""

    def report(self, stage: str, share: float, gap: float | None) -> None:
        pass

    def is_cancelled(self) -> bool:
        return True


def _network(seed: int, most: int = 3) -> Network:
    problem = random_problem(seed, students=80, hosts=40, nations=9, density=0.2, most=most)
    network = build_network(problem, seed=seed)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=seed)
    return with_unplaced(network, unplaced)


def _check(network: Network, edge: np.ndarray) -> None:
    assert np.array_equal(network.edge_student[edge], np.arange(network.n_students))
    used = np.bincount(network.edge_host[edge], minlength=network.n_hosts)
    assert (used <= network.capacity).all()


@pytest.mark.parametrize("seed", range(6))
def test_anneal_diversity_keeps_places_and_finds_more(seed: int) -> None:
    network = _network(seed)
    start = assign(network, np.zeros(network.n_edges))
    found = anneal_diversity(network, start, SHORT, Watch(None, None), seed=seed)
    _check(network, found)
    assert diversity_of(network, found) > diversity_of(network, start)
    again = anneal_diversity(network, start, SHORT, Watch(None, None), seed=seed)
    assert np.array_equal(found, again)


@pytest.mark.parametrize("seed", range(6))
def test_anneal_fit_keeps_places_and_the_floor(seed: int) -> None:
    network = _network(seed)
    start = assign(network, np.zeros(network.n_edges))
    floor = 0.9 * diversity_of(network, start)
    kept = np.arange(network.n_edges)
    found = anneal_fit(
        network,
        kept,
        start,
        SHORT,
        Watch(None, None),
        seed=seed,
        diversity_price=1.0,
        floor=floor,
    )
    assert found is not None
    _check(network, found)
    assert keeps(network, found, floor)
    assert quality_of(network, found) > quality_of(network, start)


def test_anneal_fit_with_a_floor_out_of_reach_finds_nothing() -> None:
    network = _network(1)
    start = assign(network, network.quality)
    kept, watch = np.arange(network.n_edges), Watch(None, None)
    found = anneal_fit(network, kept, start, SHORT, watch, seed=1, diversity_price=1.0, floor=1e6)
    assert found is None


def test_anneal_diversity_cancelled_returns_what_it_was_given() -> None:
    network = _network(2)
    start = assign(network, np.zeros(network.n_edges))
    watch = Watch(StopsAtOnce(), None)
    watch.report("diversity", 0.0)
    assert np.array_equal(anneal_diversity(network, start, SHORT, watch, seed=0), start)


def test_solve_sparse_two_hundred_is_proven_most_diverse() -> None:
    problem = random_problem(3, students=150, hosts=90, nations=12, density=0.1, most=2)
    solution = solve(problem, Options(epsilon=0.0))
    assert solution.gap <= 1e-6
    assert solution.first is not None
