"""Small seeded problems for the tests of the solver, and a search over all their answers."""

import itertools
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.matching import Problem

IntArray = npt.NDArray[np.int64]


def random_arrays(
    seed: int, *, students: int, hosts: int, nations: int, density: float = 0.7, most: int = 2
) -> dict[str, Any]:
    """Make the arguments of `Problem.dense`; no pair is co-national."""
    rng = np.random.default_rng(seed)
    student_nation = rng.integers(0, nations, students)
    host_nation = rng.integers(0, nations, hosts)
    weight = np.triu(rng.uniform(0.25, 1.0, (nations, nations)), 1)
    allowed = rng.random((students, hosts)) < density
    allowed &= student_nation[:, None] != host_nation[None, :]
    return {
        "student_nation": student_nation,
        "host_nation": host_nation,
        "capacity": rng.integers(0, most + 1, hosts),
        "pair_weight": weight + weight.T,
        "quality": rng.random((students, hosts)).astype(np.float32),
        "allowed": allowed,
    }


def random_problem(seed: int, **shape: Any) -> Problem:
    """Make a checked problem; see `random_arrays`."""
    return Problem.dense(**random_arrays(seed, **shape))


def all_answers(problem: Problem) -> Iterator[tuple[int, ...]]:
    """Walk through every answer that keeps the limits; pins included."""
    shut = {(int(i), int(j)) for i, j in problem.forbid}
    pinned = {int(i): int(j) for i, j in problem.pin}
    choices: list[list[int]] = []
    for i in range(problem.n_students):
        mine = problem.edge_student == i
        good = [
            int(j)
            for j, q in zip(problem.edge_host[mine], problem.edge_quality[mine], strict=True)
            if q >= np.float32(problem.min_quality) and (i, int(j)) not in shut
        ]
        choices.append([pinned[i]] if i in pinned else [-1, *good])
    for answer in itertools.product(*choices):
        used = np.bincount([j for j in answer if j >= 0], minlength=problem.n_hosts)
        if (used <= problem.capacity).all():
            yield answer


def measure(problem: Problem, answer: tuple[int, ...]) -> tuple[float, float]:
    """Compute S and Q of an answer by the plainest loops."""
    counts: dict[tuple[int, int], int] = {}
    quality = 0.0
    table = {
        (int(i), int(j)): float(q)
        for i, j, q in zip(
            problem.edge_student, problem.edge_host, problem.edge_quality, strict=True
        )
    }
    for i, j in enumerate(answer):
        if j >= 0:
            a, b = sorted((int(problem.student_nation[i]), int(problem.host_nation[j])))
            counts[a, b] = counts.get((a, b), 0) + 1
            quality += table[i, j]
    diversity = sum(math.sqrt(problem.pair_weight[k] * n) for k, n in counts.items())
    return diversity, quality


def shares(problem: Problem, answer: tuple[int, ...]) -> list[float]:
    """List the share of students placed of each nation, smallest first."""
    placed = np.array(answer) >= 0
    everybody = np.bincount(problem.student_nation, minlength=problem.n_nations)
    there = np.bincount(problem.student_nation[placed], minlength=problem.n_nations)
    return sorted((there[everybody > 0] / everybody[everybody > 0]).tolist())


def best_by_search(problem: Problem, epsilon: float) -> tuple[int, list[float], float, float]:
    """Find M, the leximin shares, S and Q by looking at every answer.

    Nations of equal size may tie for a place, and then the seed chooses which vector of places
    is kept; the values are the best over all of those vectors and hold only without such ties.
    """
    answers = list(all_answers(problem))
    most = max(sum(j >= 0 for j in answer) for answer in answers)
    answers = [answer for answer in answers if sum(j >= 0 for j in answer) == most]
    if problem.fair_nations:
        fairest = max(shares(problem, answer) for answer in answers)
        answers = [answer for answer in answers if shares(problem, answer) == fairest]
    else:
        fairest = []
    values = [measure(problem, answer) for answer in answers]
    best = max(s for s, _ in values)
    floor = (1 - epsilon) * best
    return most, fairest, best, max(q for s, q in values if s >= floor * (1 - 1e-9))
