"""The numbers of an answer, recomputed from the problem alone: M, S, D, Q.

Sums are exactly rounded (`math.fsum`), so they do not depend on the order of rows.
"""

import math

import numpy as np
import numpy.typing as npt

from exchange.matching.mixing import LEAST_PLACES
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

FLOOR_TOLERANCE = 1e-9
"""Relative slack when S is compared with S_floor: above the rounding of a sum of square roots."""
OPTIMAL_TOLERANCE = 1e-6
"""Relative gap below which a stage counts as proven; the exact solver works to 1e-6 absolute."""


def pair_counts(problem: Problem, host: IntArray) -> IntArray:
    """Count placements by nation pair.

    Parameters
    ----------
    problem : Problem
    host : (n,) int64
        Host of each student, −1 when unplaced.

    Returns
    -------
    (K, K) int64
        n_k at [a, b] with a < b; zero elsewhere.
    """
    nations = problem.n_nations
    placed = np.flatnonzero(host >= 0)
    a = problem.student_nation[placed]
    b = problem.host_nation[host[placed]]
    code = np.minimum(a, b) * nations + np.maximum(a, b)
    return np.bincount(code, minlength=nations * nations).reshape(nations, nations)


def diversity_sum(counts: IntArray, pair_weight: FloatArray) -> float:
    """Compute S = Σ_k √(w_k · n_k) from (K, K) counts."""
    met = np.nonzero(counts)
    return math.fsum(np.sqrt(pair_weight[met] * counts[met]).tolist())


def effective_pairs(diversity: float, placed: int) -> float:
    """Compute D = S² / M; 0 when nobody is placed."""
    return diversity * diversity / placed if placed else 0.0


def inside_sum(problem: Problem, host: IntArray) -> float:
    """Compute Σ √n over the nations of the guests of each host with several places."""
    placed = np.flatnonzero(host >= 0)
    placed = placed[problem.capacity[host[placed]] >= LEAST_PLACES]
    code = host[placed] * problem.n_nations + problem.student_nation[placed]
    return math.fsum(np.sqrt(np.unique(code, return_counts=True)[1]).tolist())


def find_edges(problem: Problem, student: IntArray, host: IntArray) -> IntArray:
    """Find the edge of each pair (student, host); −1 where the pair is not allowed."""
    if problem.n_edges == 0:
        return np.full(student.shape, -1, dtype=np.int64)
    # Halving every row at once: the rows are sorted, and only the pairs asked for are touched.
    low, high = problem.start[student].copy(), problem.start[student + 1].copy()
    while (low < high).any():
        middle = (low + high) // 2
        right = problem.edge_host[np.minimum(middle, problem.n_edges - 1)] < host
        moving = low < high
        low = np.where(moving & right, middle + 1, low)
        high = np.where(moving & ~right, middle, high)
    place = np.minimum(low, problem.n_edges - 1)
    hit = (low < problem.start[student + 1]) & (problem.edge_host[place] == host)
    return np.where(hit, place, -1)


def total_quality(problem: Problem, host: IntArray) -> float:
    """Compute Q = Σ q_ij of an answer whose every pair is allowed."""
    placed = np.flatnonzero(host >= 0)
    edge = find_edges(problem, placed, host[placed])
    return math.fsum(problem.edge_quality[edge].astype(np.float64).tolist())
