"""The same bytes whatever the number of threads that a library would like to use."""

import os
import subprocess
import sys
from pathlib import Path

from exchange.matching import load_solution, save_problem
from tests.matching.cohorts import random_problem


def _run(problem: Path, out: Path, threads: str) -> tuple[object, ...]:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | dict.fromkeys(names, threads)
    subprocess.run(
        [sys.executable, "-m", "exchange.matching", str(problem), "-o", str(out)],
        check=True,
        env=environment,
    )
    found = load_solution(out)
    return (found.host.tobytes(), found.S, found.S_bound, found.Q, found.Q_bound)


def test_main_thread_count_does_not_change_the_answer(tmp_path: Path) -> None:
    problem = tmp_path / "p.npz"
    save_problem(problem, random_problem(8, students=100, hosts=80, nations=9, density=0.3))
    one = _run(problem, tmp_path / "one.npz", "1")
    assert one == _run(problem, tmp_path / "two.npz", "2")
