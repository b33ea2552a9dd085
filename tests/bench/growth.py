"""How time grows with the number of people: measured, fitted, and drawn.

One solve of both stages (ε = 0.02) for each size. A family's exponent is the slope of a straight
line through log seconds over log people, by least squares.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from exchange.matching import Options, solve
from tests.bench import engine
from tests.bench.apart import apart, forget_peak, peak_mb
from tests.bench.growth_svg import Curve, draw

NATIONS = 40
MANY_NATIONS = 80
SIZES = {
    "dense": (250, 500, 1_000, 2_000, 4_000, 8_000, 16_000),
    "sparse": (10_000, 100_000, 1_000_000),
}
ROWS: dict[str, tuple[str, int]] = {
    f"{family}-{people}": (family, people) for family, sizes in SIZES.items() for people in sizes
}


class Point(NamedTuple):
    """What is measured of one size."""

    people: int
    pairs: int
    seconds: float
    gap: float
    fit_gap: float
    memory_mb: float


def measure(names: Sequence[str], svg: Path | None) -> None:
    """Print a table of all points, then the exponents; draw them where a path is given."""
    print("| problem | pairs | s, both stages | diversity gap | fit gap | MB |")
    print("|" + "---|" * 6, flush=True)
    points: dict[str, list[Point]] = {}
    for name in names:
        point = apart(_solve, name)
        if point is None:
            continue
        points.setdefault(ROWS[name][0], []).append(point)
        print(
            f"| {name} | {point.pairs:,} | {point.seconds:.2f} | {point.gap:.4%} |"
            f" {point.fit_gap:.4%} | {point.memory_mb:,.0f} |",
            flush=True,
        )
    curves = [
        Curve(family, [(one.people, one.seconds) for one in measured], exponent(measured))
        for family, measured in points.items()
    ]
    print()
    for curve in curves:
        print(f"{curve.name}: {curve.said}")
    if svg is not None:
        svg.write_text(draw(curves), encoding="utf-8")


def exponent(points: Sequence[Point]) -> float | None:
    """Fit seconds ~ people^x by least squares of the logarithms; None for fewer than two sizes."""
    if len({point.people for point in points}) < 2:
        return None
    people, seconds = (
        np.log([getattr(point, name) for point in points]) for name in ("people", "seconds")
    )
    return float(np.polyfit(people, seconds, 1)[0])


def _solve(name: str) -> Point:
    family, people = ROWS[name]
    if family == "dense":
        problem = engine.dense(people, NATIONS)
    else:
        problem = engine.wide(people, MANY_NATIONS)
    forget_peak()
    started = time.perf_counter()
    found = solve(problem, Options(epsilon=0.02))
    seconds = time.perf_counter() - started
    return Point(people, problem.n_edges, seconds, found.gap, found.fit_gap, peak_mb())
