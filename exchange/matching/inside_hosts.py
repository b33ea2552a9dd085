"""Diversity inside a host: students who are placed together meet each other too.

A host of several places is worth Σ_a √n_a over the nations a of its guests, times the weight that
the programme sets. Alone, the largest total is a minimum-cost flow student → (host, nation) →
host, where the arcs into a host have falling worth (Ahmed, Dickerson and Fuge 2017 pose the
problem; concave arcs are split as in Ahuja, Magnanti and Orlin 1993, chapter 14).
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
from ortools.graph.python import min_cost_flow

from exchange.errors import SolverError
from exchange.matching.bounds import pair_limits
from exchange.matching.limits import Network
from exchange.matching.mixing import LEAST_PLACES
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]

UNIT = 10**9
"""Costs of the flow are whole numbers of this fraction."""
MOST_ARCS = 600_000
"""Beyond so many arcs a flow over nations takes too long, and counts must do."""


def inside_network(problem: Problem, network: Network) -> Network:
    """Relabel the edges of a network: the "pair" of an edge is its host and the guest's nation.

    So everything that counts contacts of nation pairs counts guests of a nation at a host: √(w n)
    with w the square of the programme's weight is weight · √n.

    Parameters
    ----------
    problem : Problem
        With its own capacities, which say what hosts are meant.
    network : Network
        Of this problem, with hosts for the unplaced or without.
    """
    nations = problem.n_nations
    counted = problem.capacity >= LEAST_PLACES
    host = network.host_row[network.edge_host]
    mixes = (host >= 0) & counted[host]
    # Cells follow the keys of hosts, not their rows, so that sums over them do too.
    by_key = np.argsort(problem.host_key, kind="stable")
    place = np.empty(by_key.size, dtype=np.int64)
    place[by_key] = np.arange(by_key.size)
    code = place[host] * nations + network.student_nation[network.edge_student]
    pinned_host = problem.pin[:, 1]
    pinned = place[pinned_host] * nations + problem.student_nation[problem.pin[:, 0]]
    pinned = pinned[counted[pinned_host]]
    cells = np.union1d(code[mixes], pinned)
    label = np.where(mixes, np.searchsorted(cells, code), cells.size)
    weight = float(problem.couplings.inside_host_weight or 0.0) ** 2
    return replace(
        network,
        edge_pair=label,
        weight=np.append(np.full(cells.size, weight), 0.0),
        pinned_count=np.bincount(np.searchsorted(cells, pinned), minlength=cells.size + 1),
        pair_code=by_key[cells // nations] * nations + cells % nations,
    )


def with_cells(problem: Problem, network: Network) -> Network:
    """Give every edge its host and the guest's nation as a second label beside its nation pair.

    Everything that counts contacts then counts both, and S is S + weight · mix inside hosts.

    Parameters
    ----------
    problem : Problem
    network : Network
        Of this problem, without such labels.

    Returns
    -------
    Network
        The same where nothing is mixed.
    """
    if not problem.couplings.inside_host_weight:
        return network
    inside = inside_network(problem, network)
    pairs, cells = network.n_pairs, inside.n_pairs
    if cells == 0:
        return network
    pair = network.edge_pair
    return replace(
        network,
        edge_pair=np.where(pair == pairs, pairs + cells, pair),
        edge_cell=inside.edge_pair + pairs,
        weight=np.append(network.weight[:-1], inside.weight),
        pinned_count=np.append(network.pinned_count[:-1], inside.pinned_count),
        cell_code=inside.pair_code,
    )


def most_inside(inside: Network, placed: int) -> float:
    """Compute the largest Σ weight · √n of any answer that places so many.

    Parameters
    ----------
    inside : Network
        Of `inside_network`.
    placed : int
        Free students with a place; some answer has as many.

    Returns
    -------
    float
        Never below the true value: each placement may lose 1e-9.

    Raises
    ------
    SolverError
        When no answer places so many.
    """
    constant = float(np.sqrt(inside.weight * inside.pinned_count).sum())
    if placed == 0:
        return constant
    n, m, cells = inside.n_students, inside.n_hosts, inside.n_pairs
    source, sink = n + cells + m, n + cells + m + 1
    in_cell = inside.edge_pair < cells
    first_host = n + cells
    cell_host = np.zeros(cells, dtype=np.int64)
    cell_host[inside.edge_pair[in_cell]] = inside.edge_host[in_cell]
    limits = pair_limits(inside)[:cells]
    step = np.repeat(np.arange(cells), limits)
    before = np.arange(step.size) - np.repeat(np.cumsum(limits) - limits, limits)
    count = inside.pinned_count[step] + before
    worth = np.sqrt(inside.weight[step]) * (np.sqrt(count + 1) - np.sqrt(count))
    arcs = (
        (np.full(n, source), np.arange(n), np.ones(n), np.zeros(n)),
        (
            inside.edge_student,
            np.where(in_cell, n + inside.edge_pair, first_host + inside.edge_host),
            np.ones(inside.n_edges),
            np.zeros(inside.n_edges),
        ),
        (n + step, first_host + cell_host[step], np.ones(step.size), -np.ceil(worth * UNIT)),
        (first_host + np.arange(m), np.full(m, sink), inside.capacity, np.zeros(m)),
    )
    tail, head, room, cost = (
        np.concatenate([arc[part] for arc in arcs]).astype(np.int64) for part in range(4)
    )
    flow = min_cost_flow.SimpleMinCostFlow()
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([placed, -placed]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverError("The flow inside hosts has no answer.", status=str(status))
    return constant - float(flow.optimal_cost()) / UNIT


def most_inside_by_nations(problem: Problem, placed: int) -> float:
    """Bound Σ weight · √n of all answers from the nations of students and the sizes of hosts alone.

    A flow nation → host, whatever persons the pairs allow; beyond `MOST_ARCS` the least of what
    hosts could hold, what nations could fill and what is placed.

    Parameters
    ----------
    problem : Problem
    placed : int
        Students with a place, pinned ones included.

    Returns
    -------
    float
    """
    weight = float(problem.couplings.inside_host_weight or 0.0)
    supply = np.bincount(problem.student_nation, minlength=problem.n_nations)
    coming = np.flatnonzero(supply)
    wide = np.flatnonzero(problem.capacity >= LEAST_PLACES)
    places, nation = problem.capacity[wide], problem.host_nation[wide]
    mixes = coming[:, None] != nation[None, :]
    most = np.minimum(supply[coming][:, None], places[None, :]) * mixes
    if int(most.sum()) > MOST_ARCS:
        by_host = _spread(places, mixes.sum(axis=0))
        by_nation = _spread(supply[coming], mixes.sum(axis=1))
        return weight * min(by_host, by_nation, float(placed)) * (1.0 + 1e-12)
    nations, hosts = np.nonzero(most)
    step = np.repeat(np.arange(nations.size), most[nations, hosts])
    before = np.arange(step.size) - np.searchsorted(step, step)
    worth = np.ceil((np.sqrt(before + 1) - np.sqrt(before)) * UNIT).astype(np.int64)
    first_host, sink = coming.size, coming.size + wide.size
    flow = min_cost_flow.SimpleMinCostFlow()
    for tail, head, room, cost in (
        (nations[step], first_host + hosts[step], np.ones_like(step), -worth),
        (first_host + np.arange(wide.size), np.full(wide.size, sink), places, 0 * places),
        # Who goes to a smaller host, or nowhere, counts for nothing.
        (np.arange(coming.size), np.full(coming.size, sink), supply[coming], 0 * coming),
    ):
        flow.add_arcs_with_capacity_and_unit_cost(tail, head, room, cost)
    flow.set_nodes_supplies(np.arange(coming.size), supply[coming])
    flow.set_nodes_supplies(np.array([sink]), np.array([-int(supply.sum())]))
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SolverError("The flow inside hosts has no answer.", status=str(status))
    return weight * min(-float(flow.optimal_cost()) / UNIT, float(placed)) * (1.0 + 1e-12)


def _spread(size: IntArray, over: IntArray) -> float:
    """Add up √n where each size is spread as evenly as can be over so many cells."""
    size, over = size[over > 0], over[over > 0]
    each, more = np.divmod(size, over)
    return float((more * np.sqrt(each + 1) + (over - more) * np.sqrt(each)).sum())
