"""Sixty students: every limit alone and all at once, at three densities and several seeds.

The generator is that of `problems`; with limits, 40 hosts of one to three places each. Each line
is one case, in a process of its own: CPU seconds of a first run, which loads its libraries, and of
a second, and both gaps. The last lines say how many were proven, the median and the most.
"""

import multiprocessing
import statistics
import time
from typing import Any, NamedTuple

import numpy as np

from exchange.matching import Options, Problem, Solution, solve
from tests.bench import problems

PEOPLE, NATIONS, HOSTS, GROUPS = 60, 12, 40, 5
DENSITIES: dict[str, int | None] = {"dense": None, "20": 20, "6": 6}
SEEDS = range(5)
LIMITS = (
    "one-place",
    "none",
    "tier4_floor",
    "previous",
    "max_changes",
    "stay",
    "host_nation_cap",
    "host_language_cap",
    "keep_together",
    "keep_apart",
    "groups",
    "reciprocity",
    "isolation",
    "inside_host",
    "all",
)
ROWS = {
    f"{density}/{seed}/{limit}": (density, seed, limit)
    for density in DENSITIES
    for seed in SEEDS
    for limit in LIMITS
}
CALM = {"previous", "inside_host"}
"""Not among all at once: fewest changes leave next to no choice, and the mix is a second goal."""


class Row(NamedTuple):
    """What is measured of one case."""

    first_s: float
    second_s: float
    solution: Solution


def measure(names: list[str]) -> None:
    """Print one line for each case."""
    print(f"{'case':28} {'CPU s':>7} {'again':>7} {'placed':>7} {'D gap':>9} {'fit gap':>9}")
    context = multiprocessing.get_context("spawn")
    found: list[Row] = []
    for name in names:
        with context.Pool(1) as pool:
            row = pool.apply(_row, (name,))
        found.append(row)
        print(
            f"{name:28} {row.first_s:7.2f} {row.second_s:7.2f} {row.solution.M:7}"
            f" {row.solution.gap:9.4%} {row.solution.fit_gap:9.4%} {row.solution.status.value}",
            flush=True,
        )
    proven = sum(row.solution.status.value in ("optimal", "infeasible") for row in found)
    for what, seconds in (
        ("first run", [row.first_s for row in found]),
        ("again", [row.second_s for row in found]),
    ):
        print(f"{what}: median {statistics.median(seconds):.2f}, most {max(seconds):.2f} CPU s")
    print(f"{proven} of {len(found)} proven")


def _row(name: str) -> Row:
    problem = make_problem(*ROWS[name])
    started = time.process_time()
    solve(problem, Options())
    middle = time.process_time()
    solution = solve(problem, Options())
    return Row(middle - started, time.process_time() - middle, solution)


def make_problem(density: str, seed: int, limit: str) -> Problem:
    """Make one case; the same names give the same problem."""
    rng = np.random.default_rng([seed, 77])
    made = problems.dense(PEOPLE, NATIONS, seed=seed)
    allowed = made.allowed
    candidates = DENSITIES[density]
    if candidates is not None:
        made, edges = problems.sparse(PEOPLE, NATIONS, candidates=candidates, seed=seed)
        allowed = np.zeros_like(made.allowed)
        allowed[edges.student, edges.host] = True
    hosts = PEOPLE if limit == "one-place" else HOSTS
    capacity = (
        made.capacity if limit == "one-place" else rng.choice(3, HOSTS, p=[0.5, 0.3, 0.2]) + 1
    )
    allowed = allowed[:, :hosts]
    limits = _limits(rng, capacity, allowed) if hosts == HOSTS else {}
    given: dict[str, Any] = {}
    for name in LIMITS:
        if name == limit or (limit == "all" and name not in CALM):
            given |= limits.get(name, {})
    return Problem.dense(
        made.student_nation,
        made.host_nation[:hosts],
        capacity,
        made.pair_weight,
        made.quality[:, :hosts],
        allowed,
        **given,
    )


def _limits(rng: np.random.Generator, capacity: Any, allowed: Any) -> dict[str, dict[str, Any]]:
    """Draw every limit, the earlier placements among what is allowed."""
    tier = np.triu(rng.choice(5, (NATIONS, NATIONS), p=[0.62, 0.2, 0.1, 0.05, 0.03]), 1)
    tier[0, 1] = 4
    previous, left = np.full(PEOPLE, -1), capacity.copy()
    for student in rng.permutation(PEOPLE)[:50].tolist():
        free = np.flatnonzero(allowed[student] & (left > 0))
        if free.size:
            previous[student] = rng.choice(free)
            left[previous[student]] -= 1
    arrival = rng.integers(0, 6, PEOPLE)
    host_group, student_group = rng.integers(0, GROUPS, HOSTS), rng.integers(0, 4, PEOPLE)
    return {
        "tier4_floor": {"tier": tier + tier.T, "tier4_floor": 3},
        "previous": {"previous": previous},
        "max_changes": {
            "previous": previous,
            "max_changes": int((previous >= 0).sum() * 3 // 4),
        },
        "stay": {"stay": np.column_stack([arrival, arrival + 4])},
        "host_nation_cap": {"host_nation_cap": 1},
        "host_language_cap": {
            "host_language_cap": 1,
            "student_language": rng.integers(-1, 5, PEOPLE),
        },
        "keep_together": {"keep_together": np.array([[0, 1], [2, 3]]), "host_group": host_group},
        "keep_apart": {"keep_apart": np.array([[4, 5], [6, 7], [8, 9]])},
        "groups": {
            "student_group": student_group,
            "student_group_max": np.bincount(student_group, minlength=4) - 1,
            "host_group": host_group,
            "host_group_min": np.full(GROUPS, 6),
        },
        "reciprocity": {"reciprocity_tolerance": 2},
        "isolation": {"isolation_guard": True, "host_group": host_group},
        "inside_host": {"inside_host_weight": 0.1},
    }
