"""The auction in which contacts lose worth as they repeat, against the best there is."""

import numpy as np
import pytest

from exchange.matching import Options, Problem, solve
from exchange.matching.auction import make_room
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.last_places import place_last
from exchange.matching.limits import Network, build_network, with_unplaced
from exchange.matching.market import trade
from exchange.matching.progress import Watch
from exchange.matching.stage_answers import diversity_of
from tests.bench import engine
from tests.matching.cohorts import random_problem


def network_of(problem: Problem) -> Network:
    network = build_network(problem, seed=0)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=0)
    return with_unplaced(network, unplaced)


@pytest.mark.parametrize("seed", range(6))
def test_trade_of_diversity_keeps_coverage_and_comes_near_the_best(seed: int) -> None:
    problem = random_problem(seed, students=40, hosts=30, nations=4, density=0.5)
    network = network_of(problem)
    best = solve(problem, Options(epsilon=0.0))
    edge = trade(network, np.zeros(network.n_edges), 1.0, Watch(None, None), step=0.005)
    assert edge is not None
    assert (network.edge_student[edge] == np.arange(network.n_students)).all()
    taken = np.bincount(network.edge_host[edge], minlength=network.n_hosts)
    assert (taken <= network.capacity).all()
    assert 0.95 * best.S_found <= diversity_of(network, edge) <= best.S_bound * (1 + 1e-9)


def test_trade_without_diversity_is_the_best_assignment_within_its_step() -> None:
    problem = random_problem(3, students=40, hosts=60, nations=4, density=0.5)
    network = network_of(problem)
    best = solve(problem, Options(epsilon=1.0))
    edge = trade(network, network.quality, 0.0, Watch(None, None), step=1e-4)
    assert edge is not None
    found = float(network.quality[edge].sum()) + network.pinned_quality
    assert best.Q - 1e-4 * network.n_students <= found <= best.Q_bound * (1 + 1e-9)


def test_finer_steps_come_nearer_to_the_bound() -> None:
    problem = engine.sparse(400, 12)
    network = network_of(problem)
    found = []
    for step in (0.3, 0.003):
        edge = trade(network, np.zeros(network.n_edges), 1.0, Watch(None, None), step=step)
        assert edge is not None
        found.append(diversity_of(network, edge))
    assert found[1] > found[0]


class Cancelled:
    """Cancels at once."""

    def report(self, stage: str, fraction: float, gap: float | None) -> None:
        """Take no note."""

    def is_cancelled(self) -> bool:
        """Cancel."""
        return True


def test_trade_that_is_cancelled_gives_nothing_half_done(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.matching.market.SLICE", 10)
    network = network_of(random_problem(3, students=40, hosts=30, nations=4, density=0.5))
    watch = Watch(Cancelled(), None)
    assert trade(network, network.quality, 1.0, watch, step=0.01) is None


@pytest.mark.parametrize("seed", range(4))
def test_walks_place_whoever_waits_when_bids_run_out(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A hundred students, ten bids: nearly everybody is left to the walks.
    problem = random_problem(seed, students=100, hosts=60, nations=4, density=0.1)
    network = network_of(problem)
    for name, value in (("SLICE", 10), ("MOST_BIDS", 0), ("FEW_BIDS", 0)):
        monkeypatch.setattr(f"exchange.matching.market.{name}", value)
    monkeypatch.setattr("exchange.matching.last_places.SLICE", 50)
    edge = trade(network, network.quality, 1.0, Watch(None, None), step=0.01)
    assert edge is not None
    assert (network.edge_student[edge] == np.arange(network.n_students)).all()
    taken = np.bincount(network.edge_host[edge], minlength=network.n_hosts)
    assert (taken <= network.capacity).all()


def test_walks_say_when_somebody_cannot_be_placed() -> None:
    # Two students want the one place of the one host.
    start, host = np.array([0, 1, 2]), np.zeros(2, dtype=np.int32)
    room = make_room(np.array([1, 1]), 2)
    waiting = np.array([0, 1])
    assert not place_last(start, host, room, waiting, 2, Watch(None, None))
    assert (room.place >= 0).sum() == 1
