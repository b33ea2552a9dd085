"""Sums over counts that a bound adds to what students and hosts are worth: contacts and guests.

For each pair of nations, and each nation at a host where a mix counts, the largest value less what
its price takes, over the counts that the pairs of the problem can carry.
"""

import math

import numpy as np
import numpy.typing as npt

from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


def contacts_term(problem: Problem, pair: FloatArray, scale: float, contacts: IntArray) -> float:
    """Sum the largest scale · √(w m) − λ m of each pair over the m that its edges can carry."""
    nations = problem.n_nations
    student, where = problem.pin[:, 0], problem.pin[:, 1]
    pinned = np.zeros((nations, nations), dtype=np.int64)
    np.add.at(pinned, (problem.student_nation[student], problem.host_nation[where]), 1)
    least = np.triu(pinned + pinned.T, 1)
    root = scale * np.sqrt(problem.pair_weight)
    found = _largest(root, pair, least, least + contacts)
    return math.fsum(found[np.triu_indices(nations, 1)].tolist())


def guests_term(problem: Problem, cell: FloatArray, scale: float, guests: IntArray) -> float:
    """Sum the largest scale · ω √m − κ m of each nation at each host of three places and more."""
    student, where = problem.pin[:, 0], problem.pin[:, 1]
    least = np.zeros(cell.shape, dtype=np.int64)
    np.add.at(least, (where, problem.student_nation[student]), 1)
    left = problem.capacity - least.sum(axis=1)
    most = least + np.minimum(guests, left[:, None])
    weight = problem.couplings.inside_host_weight or 0.0
    root = np.broadcast_to(np.where(problem.capacity > 2, scale * weight, 0.0)[:, None], cell.shape)
    return math.fsum(_largest(root, cell, least, most).ravel().tolist())


def _largest(root: FloatArray, price: FloatArray, least: IntArray, most: IntArray) -> FloatArray:
    """Find the largest root · √m − price · m over the whole numbers least ≤ m ≤ most."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # It is concave: its best whole number lies next to the real one.
        peak = np.where(price > 0, (root / (2.0 * price)) ** 2, np.inf)
    found = np.full(price.shape, -np.inf)
    for place in (np.floor(np.nan_to_num(peak, nan=0.0)), np.ceil(np.nan_to_num(peak, nan=0.0))):
        m = np.clip(place, least, most)
        found = np.maximum(found, root * np.sqrt(m) - price * m)
    return found
