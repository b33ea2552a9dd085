"""The solver: arrays in, arrays out. Knows no person, page or table.

Its model, symbols and sources are in this package's README.
"""

from exchange.matching.audit import audit
from exchange.matching.files import (
    load_problem,
    load_solution,
    save_problem,
    save_solution,
)
from exchange.matching.frontier import frontier
from exchange.matching.options import Options
from exchange.matching.problem import Problem
from exchange.matching.progress import Progress
from exchange.matching.solution import LimitConflict, Solution, Status
from exchange.matching.solve import solve

__all__ = [
    "LimitConflict",
    "Options",
    "Problem",
    "Progress",
    "Solution",
    "Status",
    "audit",
    "frontier",
    "load_problem",
    "load_solution",
    "save_problem",
    "save_solution",
    "solve",
]
