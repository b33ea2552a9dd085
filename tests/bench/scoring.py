"""Times from profiles to a problem, with every term and gate on; each size in a process of its own.

Dense sizes score every pair; the others generate candidates. The median of five runs with the
least and the most; one run where a run takes longer than `LONG_S`.
"""

import multiprocessing
import resource
import statistics
import time
from typing import NamedTuple

from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.encode import encode
from tests.formulation.cohorts import large_snapshot

RUNS = 5
LONG_S = 30.0
ROWS: dict[str, int] = {
    "1000": 1_000,
    "3000": 3_000,
    "10000": 10_000,
    "100000": 100_000,
    "1000000": 1_000_000,
}


class Row(NamedTuple):
    """What is measured of one size."""

    seconds: list[float]
    edges: int
    before_mb: float
    memory_mb: float


def measure(names: list[str]) -> None:
    """Print one line for each size."""
    print(
        f"{'people':>10} {'pairs kept':>12} {'median s':>9} {'least':>7} {'most':>7} {'MB':>6}",
        end="",
    )
    print(f" {'MB before':>9}")
    context = multiprocessing.get_context("spawn")
    for name in names:
        with context.Pool(1) as pool:
            row = pool.apply(_row, (ROWS[name],))
        print(
            f"{name:>10} {row.edges:12} {statistics.median(row.seconds):9.2f}"
            f" {min(row.seconds):7.2f} {max(row.seconds):7.2f} {row.memory_mb:6.0f}"
            f" {row.before_mb:9.0f}",
            flush=True,
        )


def _row(people: int) -> Row:
    snapshot = large_snapshot(people)
    before = _peak_mb()
    seconds: list[float] = []
    edges = 0
    while len(seconds) < RUNS and not (seconds and seconds[0] > LONG_S):
        took, edges = _encode(snapshot)
        seconds.append(took)
    return Row(seconds, edges, before, _peak_mb())


def _encode(snapshot: Snapshot) -> tuple[float, int]:
    started = time.perf_counter()
    problem = encode(snapshot, Rules()).problem
    return time.perf_counter() - started, problem.n_edges


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
