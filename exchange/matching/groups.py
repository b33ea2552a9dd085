"""The problem seen by nations only: a small program whose prices bound the large one.

All students of a nation count as one group, all hosts of a nation as one. Where every student
of a group may go to every host of another (no rule tells persons apart), the small program is
the large one, and its answer is spread over the persons in seeded order.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow

from exchange.errors import SolverError
from exchange.matching.bounds import Prices
from exchange.matching.limits import Network

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

PART = 10**6
"""Parts of students are rounded in whole numbers of this fraction."""


class Grouped(NamedTuple):
    """A network of groups, with the number of students of each and where persons belong."""

    network: Network
    supply: IntArray
    student_group: IntArray
    host_group: IntArray
    is_complete: bool


def group_by_nation(network: Network) -> Grouped:
    """Build the network of nations; hosts that stand for "unplaced" stay groups of their own.

    So do hosts whose guests' nations count, in a network with cells.
    """
    nations, student_group = np.unique(network.student_nation, return_inverse=True)
    real = network.host_row >= 0
    alone = ~real
    if network.edge_cell is not None:
        alone[network.edge_host[network.edge_cell < network.n_pairs]] = True
    # Hosts of no nation, and those that mix nations by themselves, get codes below zero.
    code = np.where(alone, -1 - np.cumsum(alone), network.host_nation)
    codes, first, host_group = np.unique(code, return_index=True, return_inverse=True)
    pair = student_group[network.edge_student] * codes.size + host_group[network.edge_host]
    kinds, one_edge, edges = np.unique(pair, return_index=True, return_counts=True)
    a, b = kinds // codes.size, kinds % codes.size
    supply = np.bincount(student_group, minlength=nations.size)
    hosts = np.bincount(host_group, minlength=codes.size)
    small = replace(
        network,
        student_row=np.arange(nations.size),
        host_row=np.where(real[first], np.arange(codes.size), -1),
        student_nation=nations,
        host_nation=network.host_nation[first],
        capacity=np.bincount(host_group, weights=network.capacity).astype(np.int64),
        start=np.searchsorted(a, np.arange(nations.size + 1)).astype(np.int64),
        edge_student=a,
        edge_host=b,
        edge_pair=network.edge_pair[one_edge],
        edge_cell=None if network.edge_cell is None else network.edge_cell[one_edge],
        quality=np.zeros(kinds.size),
    )
    complete = bool((edges == supply[a] * hosts[b]).all())
    return Grouped(small, supply, student_group, host_group, complete)


def prices_of_persons(grouped: Grouped, prices: Prices) -> Prices:
    """Give every host the price of its group."""
    return replace(prices, host=prices.host[grouped.host_group])


def round_shares(grouped: Grouped, share: FloatArray) -> IntArray:
    """Make whole students of the shares of a relaxation, each rounded down or up where it can be.

    Parameters
    ----------
    grouped : Grouped
    share : (G,) float64
        Students on each edge of the small network, in parts.

    Returns
    -------
    (G,) int64
        Adds up to `supply` and keeps capacities: a flow of the parts, which are worth themselves.
    """
    small = grouped.network
    n, m = small.n_students, small.n_hosts
    whole = np.floor(share + 1e-6).astype(np.int64)
    left = grouped.supply - np.bincount(small.edge_student, whole, n).astype(np.int64)
    room = small.capacity - np.bincount(small.edge_host, whole, m).astype(np.int64)
    if (left < 0).any() or (room < 0).any():
        # The solver broke its own rows by more than rounding: start from nothing.
        whole[:], left, room = 0, grouped.supply, small.capacity
    part = np.rint(np.clip(share - whole, 0.0, 1.0) * PART).astype(np.int64)
    flow = min_cost_flow.SimpleMinCostFlow()
    tail, head, ones = small.edge_student, n + small.edge_host, np.ones(part.size, dtype=np.int64)
    first = flow.add_arcs_with_capacity_and_unit_cost(tail, head, ones, -part)
    # More than the part that is left over goes anywhere only where nothing else fits.
    many = left[small.edge_student]
    others = flow.add_arcs_with_capacity_and_unit_cost(tail, head, many, ones * PART)
    flow.add_arcs_with_capacity_and_unit_cost(
        n + np.arange(m), np.full(m, n + m), room, np.zeros(m, dtype=np.int64)
    )
    flow.set_nodes_supplies(np.arange(n), left)
    flow.set_nodes_supplies(np.array([n + m]), np.array([-left.sum()]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverError("A relaxation could not be rounded.", status=str(status))
    placed: IntArray = whole + np.asarray(flow.flows(first)) + np.asarray(flow.flows(others))
    return placed


def spread_over_persons(network: Network, grouped: Grouped, placed: IntArray) -> IntArray:
    """Turn placements between groups into one edge per student.

    Parameters
    ----------
    network : Network
        Whose groups are complete.
    grouped : Grouped
    placed : (G,) int64
        Students on each edge of the small network; adds up to `supply` and keeps capacities.

    Returns
    -------
    (n,) int64
        Edge of each student; who goes where inside a group follows the seeded order.
    """
    small = grouped.network
    left = network.capacity.copy()
    members = [np.flatnonzero(grouped.student_group == g) for g in range(small.n_students)]
    hosts = [np.flatnonzero(grouped.host_group == g) for g in range(small.n_hosts)]
    taken = np.zeros(small.n_students, dtype=np.int64)
    host = np.empty(network.n_students, dtype=np.int64)
    for edge in np.flatnonzero(placed):
        a, b, count = small.edge_student[edge], small.edge_host[edge], placed[edge]
        who = members[a][taken[a] : taken[a] + count]
        taken[a] += count
        slots = np.repeat(hosts[b], left[hosts[b]])[:count]
        host[who] = slots
        left -= np.bincount(slots, minlength=left.size)
    key = network.edge_student * network.n_hosts + network.edge_host
    order = np.argsort(key, kind="stable")
    wanted = np.arange(network.n_students) * network.n_hosts + host
    return order[np.searchsorted(key, wanted, sorter=order)]
