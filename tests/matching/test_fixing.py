"""What prices rule out is in no better answer: proofs agree with programs over everything."""

import numpy as np
import pytest

from exchange.matching import exact
from exchange.matching.assignment import assign
from exchange.matching.bounds import Prices, diversity_bound, fit_bound, pair_limits
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.fixing import leave_open, settle_diversity, settle_fit
from exchange.matching.limits import Network, build_network, with_unplaced
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax
from exchange.matching.stage_answers import diversity_of, quality_of
from tests.matching.cohorts import random_problem

WATCH = Watch(None, None)


def _network(seed: int) -> Network:
    problem = random_problem(seed, students=24, hosts=16, nations=6, density=0.35, most=2)
    network = build_network(problem, seed=seed)
    unplaced = leximin_unplaced(problem, network, most_placed(network), seed=seed)
    return with_unplaced(network, unplaced)


def _prices(network: Network, floor: float | None = None) -> Prices:
    program = build_program(network, pair_limits(network), np.arange(network.n_edges))
    row = program.diversity_row if floor is None else program.quality_row
    relaxed = relax(network, program, row, floor=floor)
    assert relaxed is not None
    return relaxed.prices


@pytest.mark.parametrize("seed", range(12))
def test_settle_diversity_from_any_answer_agrees_with_the_whole_program(seed: int) -> None:
    network = _network(seed)
    limits, prices = pair_limits(network), _prices(network)
    program = build_program(network, limits, np.arange(network.n_edges))
    best = exact.maximise(network, program, program.diversity_row)
    assert best.placed is not None
    most = diversity_of(network, exact.one_edge_each(program, best.placed))
    bound = diversity_bound(network, prices, limits)
    poor = diversity_of(network, assign(network, np.zeros(network.n_edges)))
    settled = settle_diversity(network, limits, prices, WATCH, found=poor, bound=bound)
    reached = poor if settled.edge is None else diversity_of(network, settled.edge)
    assert reached == pytest.approx(most, rel=1e-6)
    assert most <= settled.bound * (1 + 1e-9) <= most * (1 + 1e-5)
    closed = settle_diversity(network, limits, prices, WATCH, found=most, bound=bound)
    assert closed.bound == pytest.approx(most, rel=1e-6)


@pytest.mark.parametrize("seed", range(12))
def test_settle_fit_from_any_answer_agrees_with_the_whole_program(seed: int) -> None:
    network = _network(seed)
    limits = pair_limits(network)
    start = assign(network, np.zeros(network.n_edges))
    floor = diversity_of(network, start)
    prices = _prices(network, floor)
    program = build_program(network, limits, np.arange(network.n_edges))
    best = exact.maximise(
        network,
        program,
        program.quality_row,
        at_least=((program.diversity_row, floor - program.start_value),),
    )
    assert best.placed is not None
    most = quality_of(network, exact.one_edge_each(program, best.placed))
    bound, poor = fit_bound(network, prices, limits, floor=floor), quality_of(network, start)
    settled = settle_fit(network, limits, prices, floor, WATCH, found=poor, bound=bound)
    reached = poor if settled.edge is None else quality_of(network, settled.edge)
    assert reached == pytest.approx(most, rel=1e-5)
    assert settled.bound >= most * (1 - 1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_leave_open_keeps_the_best_answer(seed: int) -> None:
    network = _network(seed)
    limits, prices = pair_limits(network), _prices(network)
    program = build_program(network, limits, np.arange(network.n_edges))
    best = exact.maximise(network, program, program.diversity_row)
    assert best.placed is not None
    edge = exact.one_edge_each(program, best.placed)
    slack = diversity_bound(network, prices, limits) - diversity_of(network, edge)
    opened = leave_open(network, limits, prices, slack, quality_share=0.0)
    met = np.bincount(network.edge_pair[edge], minlength=limits.size)
    assert np.isin(edge, opened.edge).all()
    assert (opened.least[:-1] <= met[:-1]).all() and (met[:-1] <= opened.most[:-1]).all()
    wider = leave_open(network, limits, prices, 10.0, quality_share=0.0)
    assert int((wider.most - wider.least).sum()) > int((opened.most - opened.least).sum())
