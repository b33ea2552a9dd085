"""Gaps, times and memory of the solver, each row beside SciPy's plain assignment in the same run.

The peer maximises quality alone on the same allowed pairs and knows nothing of diversity; its
diversity is what falls out. Each row runs in a process of its own, so that its memory is its own.
"""

import multiprocessing
import resource
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment

from exchange.matching import Options, Problem, measures, solve
from tests.bench import problems

PEER_CELLS = 200_000_000
"""Beyond this a matrix of all pairs does not fit beside the solver; the peer is not run."""


class Row(NamedTuple):
    """What is measured of one problem."""

    diversity_gap: float
    fit_gap: float
    first_s: float
    second_s: float
    peer_s: float
    diversity: float
    peer_diversity: float
    memory_mb: float


def _dense(people: int, nations: int) -> Problem:
    made = problems.dense(people, nations)
    return Problem.dense(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
    )


def _sparse(people: int, nations: int) -> Problem:
    made, edges = problems.sparse(people, nations)
    return Problem.sparse(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        edges.student,
        edges.host,
        edges.quality,
    )


def _wide(people: int, nations: int) -> Problem:
    made, edges = problems.wide(people, nations)
    return Problem.sparse(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        edges.student,
        edges.host,
        edges.quality,
    )


ROWS: dict[str, Callable[[], Problem]] = {
    "dense-60": lambda: _dense(60, 12),
    "dense-200": lambda: _dense(200, 20),
    "dense-1000": lambda: _dense(1000, 40),
    "sparse-200": lambda: _sparse(200, 20),
    "sparse-1000": lambda: _sparse(1000, 30),
    "sparse-2000": lambda: _sparse(2000, 30),
    "dense-4000": lambda: _dense(4000, 40),
    "dense-10000": lambda: _dense(10_000, 40),
    "sparse-100000": lambda: _wide(100_000, 80),
}


def measure(names: list[str]) -> None:
    """Print one line for each row."""
    print(f"{'problem':12} {'D gap':>8} {'fit gap':>8} {'s, ε 0':>8} {'s, ε .02':>8}", end="")
    print(f" {'SciPy s':>8} {'D':>8} {'SciPy D':>8} {'MB':>6}")
    context = multiprocessing.get_context("spawn")
    for name in names:
        with context.Pool(1) as pool:
            row = pool.apply(_row, (name,))
        print(
            f"{name:12} {row.diversity_gap:8.4%} {row.fit_gap:8.4%} {row.first_s:8.2f}"
            f" {row.second_s:8.2f} {row.peer_s:8.3f} {row.diversity:8.2f}"
            f" {row.peer_diversity:8.2f} {row.memory_mb:6.0f}",
            flush=True,
        )


def _row(name: str) -> Row:
    problem = ROWS[name]()
    started = time.perf_counter()
    first = solve(problem, Options(epsilon=0.0))
    middle = time.perf_counter()
    second = solve(problem, Options(epsilon=0.02))
    ended = time.perf_counter()
    peer_s, peer_diversity = _peer(problem)
    return Row(
        first.gap,
        second.fit_gap,
        middle - started,
        ended - middle,
        peer_s,
        first.D,
        peer_diversity,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _peer(problem: Problem) -> tuple[float, float]:
    """Time SciPy's assignment; a forbidden pair costs more than all the others together."""
    n, m = problem.n_students, problem.n_hosts
    if n * m > PEER_CELLS:
        return float("nan"), float("nan")
    cost = np.full((n, m), float(n + 1))
    cost[problem.edge_student, problem.edge_host] = -problem.edge_quality.astype(float)
    started = time.perf_counter()
    rows, columns = linear_sum_assignment(cost)
    seconds = time.perf_counter() - started
    host = np.full(n, -1, dtype=np.int64)
    allowed = cost[rows, columns] <= 0
    host[rows[allowed]] = columns[allowed]
    counts = measures.pair_counts(problem, host)
    s = measures.diversity_sum(counts, problem.pair_weight)
    return seconds, measures.effective_pairs(s, int(allowed.sum()))
