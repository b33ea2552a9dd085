"""The walks of the audit against a maximum flow, with and without a cap on labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_flow

from exchange.errors import SolverError
from exchange.matching import Options, Problem, solve
from exchange.matching.audit_coverage import LabelCap, check_coverage
from tests.matching.cohorts import random_arrays

SEEDS = st.integers(0, 10_000)


def _problem(seed: int) -> Problem:
    arrays = random_arrays(seed, students=14, hosts=8, nations=4, density=0.35, most=3)
    open_pairs = np.argwhere(arrays["allowed"])
    random = np.random.default_rng(seed)
    shut = open_pairs[random.random(len(open_pairs)) < 0.1]
    return Problem.dense(**arrays, forbid=shut, min_quality=0.15)


def _usable(problem: Problem) -> list[tuple[int, int]]:
    shut = {(int(i), int(j)) for i, j in problem.forbid}
    floor = np.float32(problem.min_quality)
    rows = zip(
        problem.edge_student.tolist(),
        problem.edge_host.tolist(),
        problem.edge_quality >= floor,
        strict=True,
    )
    return [(i, j) for i, j, good in rows if good and (i, j) not in shut]


def _flow(problem: Problem, label: np.ndarray, cap: int) -> int:
    """Build the network student → (host, label) → host → end, and let SciPy fill it."""
    n, m, labels = problem.n_students, problem.n_hosts, int(label.max()) + 1
    cells, hosts = 1 + n, 1 + n + m * labels
    end = hosts + m
    arcs = {(0, 1 + i): 1 for i in range(n)}
    for i, j in _usable(problem):
        cell = cells + j * labels + int(label[i])
        arcs[1 + i, cell] = 1
        arcs[cell, hosts + j] = cap
    arcs |= {(hosts + j, end): int(problem.capacity[j]) for j in range(m)}
    rows, columns = zip(*arcs, strict=True)
    values = np.array(list(arcs.values()), dtype=np.int32)
    graph = csr_array((values, (rows, columns)), shape=(end + 1, end + 1))
    return int(maximum_flow(graph, 0, end).flow_value)


def _some_answer(problem: Problem, label: np.ndarray, cap: int, seed: int) -> np.ndarray:
    """Place students one by one where there is room: often fewer than could be placed."""
    random = np.random.default_rng(seed)
    host = np.full(problem.n_students, -1)
    for i, j in random.permutation(_usable(problem)).tolist():
        guests = np.flatnonzero(host == j)
        room = guests.size < problem.capacity[j] and (label[guests] == label[i]).sum() < cap
        if host[i] < 0 and room:
            host[i] = j
    return host


@settings(deadline=None, max_examples=150)
@given(seed=SEEDS, cap=st.sampled_from((1, 2, 99)))
def test_coverage_is_refused_exactly_when_a_flow_places_more(seed: int, cap: int) -> None:
    problem = _problem(seed)
    label = np.random.default_rng(seed + 1).integers(0, 3, problem.n_students)
    host = _some_answer(problem, label, cap, seed)
    most = _flow(problem, label, cap)
    placed = int((host >= 0).sum())
    assert placed <= most
    capped = LabelCap(label, cap) if cap < 99 else None
    if placed == most:
        check_coverage(problem, host, fair=False, capped=capped)
        return
    with pytest.raises(SolverError, match="one more student could be placed"):
        check_coverage(problem, host, fair=False, capped=capped)


def test_coverage_of_long_walks_in_small_parts_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain in which only a walk through everybody frees the last place."""
    monkeypatch.setattr("exchange.matching.audit_coverage.CHUNK", 2)
    people = 300
    student = np.repeat(np.arange(people), 2)[:-1]
    host = (student + np.tile([0, 1], people)[:-1]).astype(np.int64)
    problem = Problem.sparse(
        np.zeros(people, dtype=np.int64),
        np.ones(people, dtype=np.int64),
        np.ones(people, dtype=np.int64),
        np.ones((2, 2)),
        student,
        host,
        np.full(student.size, 0.5),
    )
    full = np.arange(people)
    check_coverage(problem, full, fair=True)
    # Everybody but the last moves one host on; the last, who can only go to the last host, is out.
    shifted = np.append(np.arange(1, people), -1)
    with pytest.raises(SolverError, match="one more student could be placed"):
        check_coverage(problem, shifted, fair=True)


@pytest.mark.parametrize("seed", range(12))
def test_coverage_of_a_nation_that_gave_up_a_place_is_refused(seed: int) -> None:
    arrays = random_arrays(seed, students=16, hosts=5, nations=4, density=0.9, most=2)
    problem = Problem.dense(**arrays)
    host = solve(problem, Options(epsilon=0.0)).host
    check_coverage(problem, host, fair=True)
    nation = problem.student_nation
    shares = [(host[nation == a] >= 0).mean() for a in range(4) if (nation == a).any()]
    table = {(int(i), int(j)) for i, j in _usable(problem)}
    for i in np.flatnonzero(host >= 0).tolist():
        for k in np.flatnonzero(host < 0).tolist():
            swapped = host.copy()
            swapped[i], swapped[k] = -1, host[i]
            if nation[i] == nation[k] or (k, int(host[i])) not in table:
                continue
            after = [(swapped[nation == a] >= 0).mean() for a in range(4) if (nation == a).any()]
            if sorted(after) < sorted(shares):
                with pytest.raises(SolverError, match="a nation has too few places"):
                    check_coverage(problem, swapped, fair=True)
                check_coverage(problem, swapped, fair=False)
                return
