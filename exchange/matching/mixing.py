"""Which hosts can mix nations at all: those of several places that students of two may go to."""

import numpy as np
import numpy.typing as npt

from exchange.matching.edges import BLOCK_CELLS, Edges

IntArray = npt.NDArray[np.int64]

LEAST_PLACES = 3
"""Hosts of fewer places have no mix of guests to speak of; caps keep two of a kind apart."""


def can_mix(
    edges: Edges,
    student_nation: IntArray,
    capacity: IntArray,
    forbid: IntArray,
    *,
    min_quality: float,
) -> bool:
    """Say whether some host of several places is open to students of two nations.

    Parameters
    ----------
    edges : Edges
    student_nation : (n,) int64
    capacity : (m,) int64
    forbid : (f, 2) int64
    min_quality : float

    Returns
    -------
    bool
        Where it is false, a mix inside hosts leaves nothing to choose that would mix anybody.
    """
    wide = capacity >= LEAST_PLACES
    if not wide.any():
        return False
    shut = np.unique(forbid[:, 0] * capacity.size + forbid[:, 1])
    met = np.full(capacity.size, -1, dtype=np.int64)
    low = 0
    while low < student_nation.size:
        reach = np.searchsorted(edges.start, edges.start[low] + BLOCK_CELLS, side="right") - 1
        high = min(max(int(reach), low + 1), student_nation.size)
        part = slice(int(edges.start[low]), int(edges.start[high]))
        student = np.repeat(np.arange(low, high), np.diff(edges.start[low : high + 1]))
        host = edges.host[part].astype(np.int64)
        usable = wide[host] & (edges.quality[part] >= np.float32(min_quality))
        if shut.size:
            usable &= ~np.isin(student * capacity.size + host, shut)
        host, nation = host[usable], student_nation[student[usable]]
        new = met[host] < 0
        met[host[new]] = nation[new]
        if (met[host] != nation).any():
            return True
        low = high
    return False
