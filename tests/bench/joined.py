"""Limits that join pairs, at 200 and 1,000 students: how far bounds that price them close the gaps.

The generator is that of `problems`, with hosts of one to three places (`withdrawn`: of one, and a
twentieth of them gone after a first match). Each line is one solve in a process of its own.
"""

import multiprocessing
import time
from typing import Any

import numpy as np

from exchange.matching import Options, Problem, Solution, solve
from tests.bench import problems

NATIONS = {200: 20, 1_000: 40}
DENSITIES: dict[str, int | None] = {"dense": None, "20": 20}
LIMITS = ("tier4_floor", "caps", "reciprocity", "max_changes", "stay", "withdrawn")
ROWS = {
    f"{people}/{density}/{limit}": (people, density, limit)
    for people in NATIONS
    for density in DENSITIES
    for limit in LIMITS
}


def measure(names: list[str]) -> None:
    """Print one line for each case."""
    print(f"{'case':24} {'CPU s':>7} {'placed':>7} {'D gap':>9} {'fit gap':>9} {'moved':>9}")
    context = multiprocessing.get_context("spawn")
    for name in names:
        with context.Pool(1) as pool:
            seconds, solution = pool.apply(_solved, (name,))
        moved = "–" if solution.changes is None else str(solution.changes)
        if solution.changes_bound is not None:
            moved += f" ≥ {solution.changes_bound}"
        print(
            f"{name:24} {seconds:7.1f} {solution.M:7} {solution.gap:9.4%} {solution.fit_gap:9.4%}"
            f" {moved:>9} {solution.status.value}",
            flush=True,
        )


def _solved(name: str) -> tuple[float, Solution]:
    problem = make_problem(*ROWS[name])
    started = time.process_time()
    solution = solve(problem, Options())
    return time.process_time() - started, solution


def make_problem(people: int, density: str, limit: str, *, seed: int = 0) -> Problem:
    """Make one case; the same arguments give the same problem."""
    rng = np.random.default_rng([seed, people, 78])
    nations, candidates = NATIONS[people], DENSITIES[density]
    made = problems.dense(people, nations, seed=seed)
    allowed = made.allowed
    if candidates is not None:
        made, edges = problems.sparse(people, nations, candidates=candidates, seed=seed)
        allowed = np.zeros_like(made.allowed)
        allowed[edges.student, edges.host] = True
    hosts = people if limit == "withdrawn" else people * 2 // 3
    places = made.capacity
    if limit != "withdrawn":
        places = rng.choice(3, hosts, p=[0.5, 0.3, 0.2]) + 1
    allowed = allowed[:, :hosts]

    def with_limits(capacity: Any, **given: Any) -> Problem:
        return Problem.dense(
            made.student_nation,
            made.host_nation[:hosts],
            capacity,
            made.pair_weight,
            made.quality[:, :hosts],
            allowed,
            **given,
        )

    if limit == "withdrawn":
        before = solve(with_limits(places), Options()).host
        left = places.copy()
        left[rng.choice(hosts, hosts // 20, replace=False)] = 0
        return with_limits(left, previous=before)
    return with_limits(places, **_limits(rng, nations, places, allowed)[limit])


def _limits(
    rng: np.random.Generator, nations: int, places: Any, allowed: Any
) -> dict[str, dict[str, Any]]:
    """Draw every limit, the earlier placements among what is allowed."""
    people = allowed.shape[0]
    tier = np.triu(rng.choice(5, (nations, nations), p=[0.62, 0.2, 0.1, 0.05, 0.03]), 1)
    previous, left = np.full(people, -1), places.copy()
    for student in rng.permutation(people)[: people * 5 // 6].tolist():
        free = np.flatnonzero(allowed[student] & (left > 0))
        if free.size:
            previous[student] = rng.choice(free)
            left[previous[student]] -= 1
    arrival = rng.integers(0, 6, people)
    return {
        "tier4_floor": {"tier": tier + tier.T, "tier4_floor": people // 8},
        "caps": {
            "host_nation_cap": 1,
            "host_language_cap": 1,
            "student_language": rng.integers(-1, 5, people),
        },
        "reciprocity": {"reciprocity_tolerance": 1},
        "max_changes": {
            "previous": previous,
            "max_changes": int((previous >= 0).sum() * 3 // 4),
        },
        "stay": {"stay": np.column_stack([arrival, arrival + 4])},
    }
