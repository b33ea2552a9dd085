"""`python -m tests.matching.answers PROBLEM.npz …`: prints one digest of each answer.

A process of its own, because the number of threads and Python's hashing are settled when it
starts. The digest is of every byte of the answer but its seconds, the only field of a clock.
"""

import hashlib
import sys
from pathlib import Path

import numpy as np

from exchange.matching import Options, Solution, load_problem, solve
from exchange.matching.files import SOLUTION_FIELDS


def digest(solution: Solution) -> str:
    """Hash the fields of the file contract, without the seconds."""
    words = hashlib.sha256()
    for name in SOLUTION_FIELDS:
        if name != "seconds":
            value = getattr(solution, name)
            words.update(name.encode())
            words.update(np.asarray(str(value) if name == "status" else value).tobytes())
    return words.hexdigest()


def main(paths: list[str]) -> None:
    """Solve every problem with the same seed."""
    for path in paths:
        print(Path(path).name, digest(solve(load_problem(path), Options(epsilon=0.02, seed=11))))


if __name__ == "__main__":
    main(sys.argv[1:])
