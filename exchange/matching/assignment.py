"""One assignment of every student to one host with the largest sum of given values."""

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow
from scipy.optimize import linear_sum_assignment

from exchange.errors import SolverError
from exchange.matching.limits import Network

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

DENSE_CELLS = 4_000_000
"""Up to here a full matrix is quicker than a flow over the edges."""
QUICK_EDGES = 200_000
FLOW_SCALE = 1e7
"""Values become integers for the flow; an edge's value is rounded by at most half of 1e-7."""
NEVER = -1e9
"""Stands for a missing edge in the matrix; a complete answer exists, so none is ever used."""


def assign(network: Network, value: FloatArray) -> IntArray:
    """Choose one edge per student, within the capacities, with the largest total value.

    Parameters
    ----------
    network : Network
        With hosts for the unplaced, so that a complete answer exists.
    value : (E,) float64

    Returns
    -------
    (n,) int64
        Edge of each student.
    """
    if network.n_students == 0:
        return np.zeros(0, dtype=np.int64)
    if _cells(network) <= DENSE_CELLS:
        return _assign_dense(network, value)
    return _assign_sparse(network, value)


def is_quick(network: Network) -> bool:
    """Say whether one assignment is cheap beside the rest of a solve."""
    return _cells(network) <= DENSE_CELLS or network.n_edges <= QUICK_EDGES


def rounding_loss(network: Network) -> float:
    """Bound what `assign` may fall short of the best by: its integers, or sums of floats."""
    return network.n_students * (1e-12 if _cells(network) <= DENSE_CELLS else 1.0 / FLOW_SCALE)


def _slots(network: Network) -> IntArray:
    return np.minimum(network.capacity, network.n_students)


def _cells(network: Network) -> int:
    return network.n_students * int(_slots(network).sum())


def _assign_dense(network: Network, value: FloatArray) -> IntArray:
    host_of_slot = np.repeat(np.arange(network.n_hosts), _slots(network))
    matrix = np.full((network.n_students, network.n_hosts), NEVER)
    matrix[network.edge_student, network.edge_host] = value
    edge = np.full(matrix.shape, -1, dtype=np.int64)
    edge[network.edge_student, network.edge_host] = np.arange(network.n_edges)
    student, slot = linear_sum_assignment(matrix[:, host_of_slot], maximize=True)
    chosen = edge[student, host_of_slot[slot]]
    if chosen.size != network.n_students or (chosen < 0).any():
        raise SolverError("An assignment left a student without a host.", stage="assignment")
    return np.asarray(chosen, dtype=np.int64)


def _assign_sparse(network: Network, value: FloatArray) -> IntArray:
    n, m, edges = network.n_students, network.n_hosts, network.n_edges
    sink = n + m
    flow = min_cost_flow.SimpleMinCostFlow()
    cost = -np.rint(value * FLOW_SCALE).astype(np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        network.edge_student,
        n + network.edge_host,
        np.ones(edges, dtype=np.int64),
        cost,
    )
    flow.add_arcs_with_capacity_and_unit_cost(
        n + np.arange(m),
        np.full(m, sink),
        network.capacity,
        np.zeros(m, dtype=np.int64),
    )
    flow.set_nodes_supplies(np.arange(n), np.ones(n, dtype=np.int64))
    flow.set_nodes_supplies(np.array([sink]), np.array([-n]))
    if flow.solve() != flow.OPTIMAL:
        raise SolverError("An assignment left a student without a host.", stage="assignment")
    chosen = np.flatnonzero(np.asarray(flow.flows(arcs)) > 0)
    return chosen.astype(np.int64)
