"""The linear program of the model over a choice of edges, for SciPy's HiGHS.

Variables: one x per edge, then one y per segment of the concave value √(w n) of each pair (and each
cell, where edges have two labels). The segments' slopes fall, so y needs no integrality.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from exchange.matching.limits import Network

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

CELL_STEPS = 2
"""Guests of a nation at a host with a segment of their own in a relaxation; more are rare."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Rows of the program; columns are the edges `edge`, then the segments.

    Attributes
    ----------
    edge : (X,) int64
        Edges of the network that have a column.
    once : (n, X + Y) sparse
        Each student has one host: = 1.
    places : (m, X + Y) sparse
        ≤ capacity.
    link : (P, X + Y) sparse
        x of a pair or cell − y of it = 0.
    slope, width : (Y,) float64
        Gain in S per unit, and length, of each segment.
    quality : (X,) float64
    start_value : float
        S of the pinned placements alone.
    """

    edge: IntArray
    once: sparse.csr_array
    places: sparse.csr_array
    link: sparse.csr_array
    slope: FloatArray
    width: FloatArray
    quality: FloatArray
    start_value: float

    @property
    def diversity_row(self) -> FloatArray:
        """Coefficients of S − `start_value`."""
        return np.append(np.zeros(self.edge.size), self.slope)

    @property
    def quality_row(self) -> FloatArray:
        """Coefficients of Q of the free students."""
        return np.append(self.quality, np.zeros(self.slope.size))


def build_program(
    network: Network,
    limits: IntArray,
    edge: IntArray,
    *,
    exact_steps: int | None = None,
) -> Program:
    """Lay the program out.

    Parameters
    ----------
    network : Network
    limits : (P + 1,) int64
        Most contacts each pair can gain.
    edge : (X,) int64
        Edges that get a column, ascending.
    exact_steps : int, optional
        Give each contact its own segment only up to this count, then segments that grow by a
        quarter. Such a program *under*-estimates S: its prices serve for bounds, its value does
        not. None = every contact, exact in integers. Cells then have `CELL_STEPS` and double.
    """
    n, m, pairs = network.n_students, network.n_hosts, network.n_pairs
    columns = np.arange(edge.size)
    labels = [network.edge_pair[edge]]
    if network.edge_cell is not None:
        labels.append(network.edge_cell[edge])
    label = np.concatenate(labels)
    real = label < pairs
    column = np.tile(columns, len(labels))[real]
    cells = network.pair_code.size
    step_pair, lower, upper = _segments(limits[:cells], exact_steps, 0.25)
    if pairs > cells:
        few = None if exact_steps is None else CELL_STEPS
        inside = _segments(limits[cells:pairs], few, 1.0)
        step_pair = np.append(step_pair, cells + inside[0])
        lower, upper = np.append(lower, inside[1]), np.append(upper, inside[2])
    base, root = network.pinned_count[step_pair], np.sqrt(network.weight[step_pair])
    rise = root * (np.sqrt(base + upper) - np.sqrt(base + lower))
    segments = step_pair.size
    shape = edge.size + segments

    def rows(where: IntArray, column: IntArray, value: FloatArray, count: int) -> sparse.csr_array:
        return sparse.csr_array((value, (where, column)), shape=(count, shape))

    ones = np.ones(edge.size)
    return Program(
        edge=edge,
        once=rows(network.edge_student[edge], columns, ones, n),
        places=rows(network.edge_host[edge], columns, ones, m),
        link=rows(
            np.append(label[real], step_pair),
            np.append(column, edge.size + np.arange(segments)),
            np.append(np.ones(column.size), -np.ones(segments)),
            pairs,
        ),
        slope=rise / (upper - lower),
        width=(upper - lower).astype(np.float64),
        quality=network.quality[edge],
        start_value=float(np.sqrt(network.weight * network.pinned_count).sum()),
    )


def _segments(
    limits: IntArray, exact_steps: int | None, growth: float
) -> tuple[IntArray, IntArray, IntArray]:
    """List label, beginning and end of each segment; beyond the exact steps they grow."""
    top = int(limits.max(initial=0))
    ends = list(range(1, top + 1))
    if exact_steps is not None and top > exact_steps:
        ends = list(range(1, exact_steps + 1))
        while ends[-1] < top:
            ends.append(ends[-1] + max(1, int(ends[-1] * growth)))
    grid = np.array([0, *ends], dtype=np.int64)
    # A pair's segments are those that begin below its limit; the last is cut at the limit.
    count = np.searchsorted(grid[:-1], limits, side="left")
    pair = np.repeat(np.arange(limits.size), count)
    place = np.arange(pair.size) - np.repeat(np.cumsum(count) - count, count)
    return pair, grid[place], np.minimum(grid[place + 1], limits[pair])
