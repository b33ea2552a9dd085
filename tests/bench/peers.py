"""Exchange beside what others would pick, in one run on the same problems.

Each peer runs in a process of its own, which is ended when it needs more than `MOST_MB` or
`SECONDS`. The time is that of the peer with the making of its own model, without imports; the
memory is the peak of its whole process. Five runs where the first takes less than `LONG_S`.
"""

import multiprocessing
import os
import platform
import resource
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.util import find_spec
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from exchange.domain.rules import Rules
from exchange.formulation.encode import encode
from exchange.matching import Problem, Solution, measures
from tests.bench import problems
from tests.bench.peer_solvers import PEERS, SECONDS
from tests.test_youth_dialogue import DATA, read_cohort

MOST_MB = 4096
LONG_S = 20.0
RUNS = 5
GRACE_S = 10.0
"""A solver that keeps its own time may need a moment to stop."""


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


def _youth() -> Problem | None:
    files = [DATA / f"youth_dialogue_{name}.csv" for name in ("students", "hosts")]
    if not all(path.exists() for path in files):
        return None
    snapshot, _ = read_cohort(*(path.read_bytes() for path in files))
    # The peers know nothing of a mix inside hosts.
    return encode(snapshot, Rules(inside_host_weight=0.0)).problem


ROWS: dict[str, Callable[[], Problem | None]] = {
    "dense-60": lambda: _dense(60, 12),
    "dense-1000": lambda: _dense(1000, 40),
    "sparse-2000": lambda: _sparse(2000, 30),
    "youth": _youth,
    "dense-4000": lambda: _dense(4000, 60),
}


class Measured(NamedTuple):
    """What one peer did on one problem; `fault` says why there is no answer."""

    seconds: list[float]
    host: Any
    bound: float
    memory_mb: float
    fault: str


def measure(names: list[str]) -> None:
    """Print one table for each problem."""
    if not all(find_spec(module) for module in ("lap", "matching")):
        print("Two peers are missing; install them with: pip install -e '.[bench]'")
        return
    print(f"{_machine()}; Python {platform.python_version()}; {datetime.now(UTC):%Y-%m-%d}\n")
    for name in names:
        problem = ROWS[name]()
        if problem is None:
            print(f"{name}: not run, the data is not here (EXCHANGE_DATA)\n")
            continue
        print(f"**{name}**: {problem.n_students:,} students, {problem.n_hosts:,} hosts,", end=" ")
        print(f"{int(problem.capacity.sum()):,} places, {problem.n_edges:,} pairs\n")
        print("| | placed | D | D / D_bound | mean q | s, median (least–most) | MB |")
        print("|---|---|---|---|---|---|---|", flush=True)
        bound = 0.0
        for peer in PEERS:
            measured = _measure(peer, problem)
            bound = bound or measured.bound
            print(_line(peer, measured, problem, bound), flush=True)
        print(flush=True)


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "")
    return f"{os.cpu_count()} cores, {model or platform.machine()}"


def _line(peer: str, measured: Measured, problem: Problem, bound: float) -> str:
    memory = f"{measured.memory_mb:,.0f}"
    if measured.host is None:
        return f"| {peer} | – | – | – | – | {measured.fault} | {memory} |"
    host = measured.host
    placed = int((host >= 0).sum())
    s = measures.diversity_sum(measures.pair_counts(problem, host), problem.pair_weight)
    d = measures.effective_pairs(s, placed)
    quality = measures.total_quality(problem, host) / max(placed, 1)
    share = f"{d / bound:.4f}" if bound else "–"
    times = _figure(statistics.median(measured.seconds))
    if len(measured.seconds) > 1:
        times += f" ({_figure(min(measured.seconds))}–{_figure(max(measured.seconds))})"
    return f"| {peer} | {placed:,} | {d:.2f} | {share} | {quality:.4f} | {times} | {memory} |"


def _figure(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 1.0 else f"{seconds:.1f}"


def _measure(peer: str, problem: Problem) -> Measured:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    child = context.Process(target=_run, args=(peer, there), daemon=True)
    child.start()
    there.close()
    here.send(problem)
    seconds: list[float] = []
    host, bound, peak, fault = None, 0.0, 0.0, ""
    try:
        here.recv()  # It has imported what it needs.
        while len(seconds) < RUNS and not (seconds and seconds[0] > LONG_S):
            here.send("run")
            told, peak = _wait(here, child.pid or 0, peak)
            if isinstance(told, str):
                fault = told
                break
            seconds.append(told[0])
            host, bound, peak = told[1], told[2], max(peak, told[3])
    except EOFError:
        fault = "ended by itself"
    child.kill()
    child.join()
    return Measured(seconds, host if not fault else None, bound, peak, fault)


def _wait(pipe: Connection, pid: int, peak: float) -> tuple[Any, float]:
    """Wait for an answer; else say what was too much."""
    started = time.perf_counter()
    while not pipe.poll(0.05):
        peak = max(peak, _resident_mb(pid))
        if peak > MOST_MB:
            return f"stopped: more than {MOST_MB // 1024} GB", peak
        if time.perf_counter() - started > SECONDS + GRACE_S:
            return f"stopped: more than {SECONDS:.0f} s", peak
    return pipe.recv(), peak


def _resident_mb(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0.0
    return pages * resource.getpagesize() / 2**20


def _run(peer: str, pipe: Connection) -> None:
    """Answer in a process of its own, once for every "run"."""
    problem = pipe.recv()
    solver = PEERS[peer]
    _import_all()
    pipe.send("ready")
    while pipe.recv() == "run":
        started = time.perf_counter()
        try:
            found = solver(problem)
        except (RuntimeError, ValueError, MemoryError) as error:
            pipe.send(f"no answer: {error}")
            return
        seconds = time.perf_counter() - started
        host = found.host if isinstance(found, Solution) else found
        bound = found.D_bound if isinstance(found, Solution) else 0.0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        pipe.send((seconds, np.array(host), bound, peak))


def _import_all() -> None:
    """Load every library beforehand: what is timed is the work."""
    import lap  # noqa: F401
    import matching.games  # noqa: F401
    import ortools.graph.python.linear_sum_assignment
    import ortools.graph.python.min_cost_flow
    import ortools.sat.python.cp_model  # noqa: F401
    import scipy.optimize
    import scipy.sparse.csgraph  # noqa: F401
