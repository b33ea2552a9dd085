"""Gaps, times and memory of the solver, each row beside SciPy's plain matcher in the same run.

The peer maximises quality alone on the same allowed pairs and knows nothing of diversity; its
diversity is what falls out. Solver and peer each run in a process of their own, so the memory
printed is the solver's alone, with its problem, and a peer that hangs can be ended.
"""

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from exchange.domain.rules import Rules
from exchange.formulation.encode import encode
from exchange.matching import Options, Problem, measures, solve
from tests.bench import problems
from tests.bench.apart import apart, forget_peak, peak_mb, spread
from tests.bench.peer_solvers import Answer, costs, graph_with_unplaced, places_of
from tests.test_youth_dialogue import DATA, read_cohort

PEER_CELLS = 200_000_000
"""Beyond this a matrix of all pairs is too large: the peer is SciPy's sparse matcher."""
PEER_SECONDS = 600.0
"""SciPy's sparse matcher can need exponential time, and is ended then."""
PEER_EDGES = 5_000_000
"""Beyond this the peer was never done in its time, and is not run."""

LEAST_PEER_S, LEAST_MATRIX_MB = 0.5, 10.0
"""Below these a ratio would tell how long a solver takes to load, and how large it is."""


def dense(people: int, nations: int) -> Problem:
    """Make a problem of all pairs."""
    made = problems.dense(people, nations)
    return Problem.dense(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
    )


def sparse(people: int, nations: int) -> Problem:
    """Make a problem of up to 20 pairs a student out of a matrix of all pairs."""
    made, edges = problems.sparse(people, nations)
    return _of_edges(made, edges)


def wide(people: int, nations: int) -> Problem:
    """Make a problem of up to 20 pairs a student without any matrix."""
    made, edges = problems.wide(people, nations)
    return _of_edges(made, edges)


def _of_edges(made: problems.Arrays, edges: problems.Edges) -> Problem:
    return Problem.sparse(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        edges.student,
        edges.host,
        edges.quality,
    )


def youth() -> Problem | None:
    """Read the real youth dialogue; None where its data is absent."""
    files = [DATA / f"youth_dialogue_{name}.csv" for name in ("students", "hosts")]
    if not all(path.exists() for path in files):
        return None
    snapshot, _ = read_cohort(*(path.read_bytes() for path in files))
    # The peers know nothing of a mix inside hosts.
    return encode(snapshot, Rules(inside_host_weight=0.0)).problem


ROWS: dict[str, Callable[[], Problem | None]] = {
    "dense-60": lambda: dense(60, 12),
    "dense-200": lambda: dense(200, 20),
    "dense-1000": lambda: dense(1000, 40),
    "sparse-200": lambda: sparse(200, 20),
    "sparse-1000": lambda: sparse(1000, 30),
    "sparse-2000": lambda: sparse(2000, 30),
    "youth": youth,
    "dense-4000": lambda: dense(4000, 40),
    "dense-10000": lambda: dense(10_000, 40),
    "sparse-100000": lambda: wide(100_000, 80),
    "sparse-1000000": lambda: wide(1_000_000, 80),
}


class Solved(NamedTuple):
    """What is measured of one solve of both stages, and of one with ε = 0.

    `dense_mb` is the size of a float32 matrix of all pairs, 0 when the problem has few of them.
    """

    gap: float
    fit_gap: float
    diversity: float
    first_s: float
    second_s: float
    memory_mb: float
    dense_mb: float


class Peer(NamedTuple):
    """What is measured of the peer."""

    seconds: float
    diversity: float


def measure(names: list[str], runs: int) -> None:
    """Print one line for each row: medians, and from the least to the most of several runs.

    The times of the solver are those of a whole solve, both stages included: with ε = 0, and
    with ε = 0.02. Each is followed by how many times as long as the peer it took. A dash stands
    where the peer was not done in `PEER_SECONDS`, or would not be, and for a ratio to hardly
    anything: a peer under `LEAST_PEER_S`, a matrix under `LEAST_MATRIX_MB`.
    """
    print("| problem | diversity gap | fit gap | s, ε = 0 | × | s, ε = 0.02 | × | peer s |", end="")
    print(" D | peer's D | MB | × matrix |")
    print("|" + "---|" * 12, flush=True)
    for name in names:
        solved = [apart(_solve_row, name) for _ in range(runs)]
        if solved[0] is None:
            print(f"| {name} | not run: its data is not here (EXCHANGE_DATA) |", flush=True)
            continue
        peers = [apart(_peer_row, name, limit_s=PEER_SECONDS) for _ in range(runs)]
        print(_line(name, solved, peers), flush=True)


def _line(name: str, solved: list[Solved], peers: list[Peer | None]) -> str:
    one = solved[0]
    done = [peer for peer in peers if peer is not None]
    peer_s = [peer.seconds for peer in done]
    first, second = ([row[place] for row in solved] for place in (3, 4))
    memory = max(row.memory_mb for row in solved)
    cells = [
        name,
        f"{max(row.gap for row in solved):.4%}",
        f"{max(row.fit_gap for row in solved):.4%}",
        spread(first),
        _ratio(first, peer_s, least=LEAST_PEER_S),
        spread(second),
        _ratio(second, peer_s, least=LEAST_PEER_S),
        spread(peer_s),
        f"{one.diversity:.2f}",
        f"{done[0].diversity:.2f}" if done else "–",
        f"{memory:.0f}",
        _ratio([memory], [one.dense_mb], least=LEAST_MATRIX_MB),
    ]
    return f"| {' | '.join(cells)} |"


def _ratio(mine: list[float], others: list[float], *, least: float) -> str:
    if not others or statistics.median(others) < least:
        return "–"
    return f"{statistics.median(mine) / statistics.median(others):.2f}"


def _solve_row(name: str) -> Solved | None:
    problem = ROWS[name]()
    return None if problem is None else solve_both(problem)


def solve_both(problem: Problem) -> Solved:
    """Measure one solve with ε = 0 and one with ε = 0.02 in the present process."""
    forget_peak()
    started = time.perf_counter()
    first = solve(problem, Options(epsilon=0.0))
    middle = time.perf_counter()
    second = solve(problem, Options(epsilon=0.02))
    ended = time.perf_counter()
    cells = problem.n_students * problem.n_hosts
    return Solved(
        first.gap,
        second.fit_gap,
        first.D,
        middle - started,
        ended - middle,
        peak_mb(),
        cells * 4 / 2**20 if problem.n_edges * 4 > cells else 0.0,
    )


def _peer_row(name: str) -> Peer | None:
    problem = ROWS[name]()
    if problem is None:
        return None
    n, places = problem.n_students, places_of(problem)
    if n * places.size <= PEER_CELLS:
        cost, _ = costs(problem)
        started = time.perf_counter()
        rows, columns = linear_sum_assignment(cost)
        seconds = time.perf_counter() - started
        kept = cost[rows, columns] <= 0
    elif problem.n_edges <= PEER_EDGES:
        graph = graph_with_unplaced(problem)
        started = time.perf_counter()
        rows, columns = min_weight_full_bipartite_matching(graph)
        seconds = time.perf_counter() - started
        kept = columns < places.size
    else:
        return None
    host: Answer = np.full(n, -1, dtype=np.int64)
    host[rows[kept]] = places[columns[kept]]
    s = measures.diversity_sum(measures.pair_counts(problem, host), problem.pair_weight)
    return Peer(seconds, measures.effective_pairs(s, int(kept.sum())))
