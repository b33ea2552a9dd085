"""Same input, seed and version: the same bytes, whatever the threads, hashing or order of rows."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from exchange.matching import Options, Problem, Solution, save_problem, solve
from tests.bench import problems
from tests.matching.answers import digest
from tests.matching.cohorts import random_arrays, random_problem

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
)


def _exact() -> Problem:
    return random_problem(8, students=30, hosts=20, nations=6, density=0.5)


def _by_nations() -> Problem:
    arrays = random_arrays(9, students=300, hosts=40, nations=9, density=1.0, most=12)
    arrays["quality"][:] = 0.5
    return Problem.dense(**arrays)


def _searched() -> Problem:
    return random_problem(7, students=75, hosts=60, nations=8, density=0.3)


def _large() -> Problem:
    made = problems.dense(1000, 40)
    return Problem.dense(
        made.student_nation,
        made.host_nation,
        made.capacity,
        made.pair_weight,
        made.quality,
        made.allowed,
    )


QUICK = (_exact, _by_nations, _searched)


def _digests(paths: list[Path], *, threads: int, hash_seed: int) -> list[str]:
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    environment["PYTHONHASHSEED"] = str(hash_seed)
    done = subprocess.run(
        [sys.executable, "-m", "tests.matching.answers", *map(str, paths)],
        check=True,
        env=environment,
        capture_output=True,
        text=True,
    )
    return done.stdout.splitlines()


def _same_in_both(folder: Path, makers: tuple[Callable[[], Problem], ...]) -> None:
    paths = [folder / f"{make.__name__}.npz" for make in makers]
    for path, make in zip(paths, makers, strict=True):
        save_problem(path, make())
    one = _digests(paths, threads=1, hash_seed=0)
    assert len(one) == len(makers)
    assert one == _digests(paths, threads=2, hash_seed=1)


def test_answers_with_one_thread_and_two_are_the_same_bytes(tmp_path: Path) -> None:
    _same_in_both(tmp_path, QUICK)


@pytest.mark.full("determinism")
def test_answers_of_a_thousand_with_one_thread_and_two_are_the_same_bytes(tmp_path: Path) -> None:
    _same_in_both(tmp_path, (_large,))


def _shuffled(arrays: dict[str, Any], seed: int) -> tuple[dict[str, Any], Any, Any]:
    """Reorder the rows of everybody, of all edges, pins and forbids."""
    random = np.random.default_rng(seed)
    students, hosts = arrays["student_nation"].size, arrays["host_nation"].size
    s, h = random.permutation(students), random.permutation(hosts)
    new_s, new_h = np.argsort(s), np.argsort(h)
    edges = random.permutation(arrays["edge_student"].size)
    mixed = arrays | {
        "student_nation": arrays["student_nation"][s],
        "student_key": arrays["student_key"][s],
        "host_nation": arrays["host_nation"][h],
        "host_key": arrays["host_key"][h],
        "capacity": arrays["capacity"][h],
        "edge_student": new_s[arrays["edge_student"]][edges],
        "edge_host": new_h[arrays["edge_host"]][edges],
        "edge_quality": arrays["edge_quality"][edges],
    }
    for name in ("pin", "forbid"):
        pairs = np.array([(new_s[i], new_h[j]) for i, j in arrays[name]])
        mixed[name] = random.permutation(pairs)
    return mixed, s, h


@pytest.mark.parametrize("shape", [(40, 30, 7), (75, 60, 8)])
def test_answers_with_keys_are_the_same_in_any_order_of_rows(shape: tuple[int, int, int]) -> None:
    students, hosts, nations = shape
    dense = random_arrays(5, students=students, hosts=hosts, nations=nations, density=0.4)
    open_pairs = np.argwhere(dense["allowed"])
    free = open_pairs[dense["capacity"][open_pairs[:, 1]] > 0]
    student, host = open_pairs.T
    arrays = {
        name: dense[name] for name in ("student_nation", "host_nation", "capacity", "pair_weight")
    } | {
        "edge_student": student,
        "edge_host": host,
        # Coarse, so that there are ties to break.
        "edge_quality": np.round(dense["quality"][student, host], 1),
        "student_key": np.random.default_rng(1).permutation(10_000)[:students],
        "host_key": np.random.default_rng(2).permutation(10_000)[:hosts],
        "pin": free[:1],
        "forbid": free[[5, 9, 20]],
    }
    plain = solve(Problem.sparse(**arrays), Options(epsilon=0.02, seed=3))
    mixed, s, h = _shuffled(arrays, seed=4)
    other = solve(Problem.sparse(**mixed), Options(epsilon=0.02, seed=3))
    assert (other.host >= 0).sum() > 0
    back = np.full(students, -1)
    back[s] = np.where(other.host >= 0, h[other.host], -1)
    assert back.tolist() == plain.host.tolist()
    assert _numbers(other) == _numbers(plain)


def _numbers(solution: Solution) -> dict[str, Any]:
    names = ("M", "M_bound", "S_found", "S_bound", "S_floor", "S", "D", "D_bound", "Q", "Q_bound")
    return {name: getattr(solution, name) for name in names} | {"status": solution.status}


def test_digest_tells_answers_apart() -> None:
    problem = _exact()
    first = digest(solve(problem, Options(seed=1)))
    assert first == digest(solve(problem, Options(seed=1)))
    assert first != digest(solve(problem, Options(seed=1, epsilon=1.0)))
