"""The curve diversity ↔ fit at 20 shares of S, and what it costs beside one solve in the same run.

Processor time of the whole process is compared, so that other work on the machine counts little.
"""

import statistics
import time
from collections.abc import Callable

from exchange.matching import Options, Problem, frontier, solve
from tests.bench import engine

ROWS: dict[str, Callable[[], Problem]] = {
    name: engine.ROWS[name] for name in ("dense-1000", "dense-200", "sparse-1000")
}
EPSILONS = tuple(step / 100 for step in range(20))
RUNS = 3


def measure(names: list[str]) -> None:
    """Print the points of each problem, then times as the median of a few runs."""
    for name in names:
        problem = ROWS[name]()
        # Compiled code is loaded before the clock starts.
        solve(problem, Options())
        alone, curves = [], []
        for _ in range(RUNS):
            started = time.process_time()
            solve(problem, Options())
            middle = time.process_time()
            points = frontier(problem, EPSILONS)
            alone.append(middle - started)
            curves.append(time.process_time() - middle)
        print(f"{name}: {'ε':>6} {'S':>9} {'D':>9} {'D gap':>8} {'Q':>9} {'fit gap':>8}")
        for point in points:
            print(
                f"{'':{len(name) + 1}} {point.epsilon:6.2f} {point.S:9.3f} {point.D:9.3f}"
                f" {point.gap:8.4%} {point.Q:9.3f} {point.fit_gap:8.4%}"
            )
        ratio = statistics.median(c / a for c, a in zip(curves, alone, strict=True))
        print(
            f"{len(points)} points {statistics.median(curves):.1f} CPU s, one solve at ε 0.02"
            f" {statistics.median(alone):.1f} CPU s: {ratio:.1f} times one solve",
            flush=True,
        )
