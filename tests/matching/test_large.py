"""The engine for large cohorts, on cohorts small enough to be checked against the other one."""

import numpy as np
import pytest

from exchange.matching import Options, Problem, measures, solve
from exchange.matching.coverage import leximin_unplaced, most_placed
from exchange.matching.large import cover, match_large
from exchange.matching.limits import build_network
from exchange.matching.progress import Watch
from tests.bench import problems


def make_problem(people: int = 150, *, open_share: float = 1.0, **optional: object) -> Problem:
    made = problems.dense(people, 12)
    rng = np.random.default_rng(5)
    capacity = np.where(rng.random(people) < open_share, 1, 0)
    return Problem.dense(
        made.student_nation,
        made.host_nation,
        capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
        **optional,
    )


@pytest.mark.parametrize("open_share", [1.0, 0.7])
@pytest.mark.parametrize("fair", [True, False])
def test_cover_places_as_many_and_as_evenly_as_the_flow(open_share: float, fair: bool) -> None:
    problem = make_problem(open_share=open_share, fair_nations=fair)
    cast = cover(problem, Watch(None, None), seed=3)
    assert cast is not None
    network = build_network(problem, seed=3)
    placed = most_placed(network)
    assert cast.field.unplaced == leximin_unplaced(problem, network, placed, seed=3)


@pytest.mark.parametrize("seed", range(12))
def test_cover_of_few_pairs_is_as_even_as_the_flow(seed: int) -> None:
    # Here it matters which persons of a nation were placed first: seats in reach are few.
    made, edges = problems.sparse(200, 6, candidates=3, seed=seed)
    problem = Problem.sparse(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        edges.student,
        edges.host,
        edges.quality,
    )
    cast = cover(problem, Watch(None, None), seed=3)
    assert cast is not None
    network = build_network(problem, seed=3)
    placed = most_placed(network)
    assert cast.field.unplaced == leximin_unplaced(problem, network, placed, seed=3)


@pytest.mark.parametrize("open_share", [1.0, 0.7])
def test_match_large_agrees_with_the_other_engine_within_both_bounds(open_share: float) -> None:
    problem = make_problem(open_share=open_share)
    matched = match_large(problem, Watch(None, None), seed=0, epsilons=[0.02], gap=None)[0]
    other = solve(problem, Options(epsilon=0.02))

    def diversity(host: np.ndarray) -> float:
        counts = measures.pair_counts(problem, host)
        return measures.diversity_sum(counts, problem.pair_weight)

    found = diversity(matched.first)
    assert (matched.host >= 0).sum() == other.M
    assert found <= other.S_bound * (1 + 1e-9)
    assert other.S_found <= matched.s_bound * (1 + 1e-9)
    assert found >= 0.97 * other.S_found
    assert diversity(matched.host) >= 0.98 * found * (1 - 1e-9)
    fit = measures.total_quality(problem, matched.host)
    assert fit <= matched.q_bound * (1 + 1e-9)
    assert (np.bincount(matched.host[matched.host >= 0]) <= 1).all()


def test_match_large_keeps_pins_and_forbids() -> None:
    free = make_problem()
    student = free.edge_student
    pin = [(int(student[0]), int(free.edge_host[0]))]
    forbid = np.stack([student[40:400], free.edge_host[40:400]], axis=1)
    forbid = forbid[(forbid != pin[0]).any(axis=1)]
    problem = make_problem(pin=pin, forbid=forbid, min_quality=0.1)
    matched = match_large(problem, Watch(None, None), seed=1, epsilons=[0.02], gap=None)[0]
    assert matched.host[pin[0][0]] == pin[0][1]
    closed = {(int(i), int(j)) for i, j in forbid}
    placed = np.flatnonzero(matched.host >= 0)
    assert not closed & set(zip(placed.tolist(), matched.host[placed].tolist(), strict=True))
    edges = measures.find_edges(problem, placed, matched.host[placed])
    assert (edges >= 0).all()
    assert (problem.edge_quality[edges] >= np.float32(0.1)).all()


def test_match_large_does_not_depend_on_the_order_of_rows() -> None:
    problem = make_problem(60)
    rng = np.random.default_rng(2)
    students, hosts = rng.permutation(60), rng.permutation(60)
    new_student, new_host = np.argsort(students), np.argsort(hosts)
    mixed = Problem.sparse(
        problem.student_nation[students],
        problem.host_nation[hosts],
        problem.capacity[hosts],
        np.where(problem.pair_weight > 0, problem.pair_weight, 1.0),
        new_student[problem.edge_student],
        new_host[problem.edge_host],
        problem.edge_quality,
        student_key=problem.student_key[students],
        host_key=problem.host_key[hosts],
    )
    first = match_large(problem, Watch(None, None), seed=0, epsilons=[0.02], gap=None)[0].host
    second = match_large(mixed, Watch(None, None), seed=0, epsilons=[0.02], gap=None)[0].host
    assert np.array_equal(hosts[second], first[students])
