"""The first goal: place as many students as possible, evenly over nations.

The vectors of students placed by nation that some answer reaches form an integer polymatroid,
so the leximin of their shares is what a greedy choice finds (Edmonds 1970; Federgruen and
Groenevelt 1986); and a greedy choice depends on the order of its weights only, so one
minimum-cost flow with *ranks* as costs finds it in one go.
"""

import numpy as np
import numpy.typing as npt
from ortools.graph.python import max_flow, min_cost_flow

from exchange.errors import SolverError
from exchange.matching.limits import NO_NATION, Network
from exchange.matching.problem import Problem
from exchange.matching.tiebreak import seeded_order

IntArray = npt.NDArray[np.int64]

NATION_SALT = 3


def most_placed(network: Network) -> int:
    """Compute how many free students any answer can place at most, by a maximum flow."""
    n, m = network.n_students, network.n_hosts
    if network.n_edges == 0:
        return 0
    source, sink = n + m, n + m + 1
    flow = max_flow.SimpleMaxFlow()
    flow.add_arcs_with_capacity(np.full(n, source), np.arange(n), np.ones(n, dtype=np.int64))
    flow.add_arcs_with_capacity(
        network.edge_student,
        n + network.edge_host,
        np.ones(network.n_edges, dtype=np.int64),
    )
    flow.add_arcs_with_capacity(n + np.arange(m), np.full(m, sink), network.capacity)
    if flow.solve(source, sink) != flow.OPTIMAL:
        raise SolverError("The maximum flow of the coverage stage failed.", stage="coverage")
    return int(flow.optimal_flow())


def leximin_unplaced(
    problem: Problem, network: Network, placed: int, *, seed: int
) -> dict[int, int]:
    """Choose how many free students of each nation stay unplaced.

    Parameters
    ----------
    problem : Problem
    network : Network
        Without hosts for the unplaced.
    placed : int
        Number of free students placed, as `most_placed` gives it.
    seed : int
        Breaks ties between nations of equal share and size.

    Returns
    -------
    dict
        Nation → unplaced students; `NO_NATION` when the problem does not ask for fairness.
    """
    n = network.n_students
    if placed == n:
        return {}
    if not problem.fair_nations:
        return {NO_NATION: n - placed}
    free = np.bincount(network.student_nation, minlength=problem.n_nations)
    chosen = _fewest_rank_flow(network, placed, *ranked_places(problem, free, seed=seed))
    return {
        a: int(free[a] - chosen[a])
        for a in range(chosen.size)  # Nations past its end have no free students.
        if free[a] > chosen[a]
    }


def ranked_places(problem: Problem, free: IntArray, *, seed: int) -> tuple[IntArray, IntArray]:
    """List the possible places of each nation with their rank in the greedy choice.

    A nation's next place is worth the more, the smaller its share without it; of equal shares
    the one that rises higher goes first (the smaller nation), then the seed decides.
    """
    everybody = np.bincount(problem.student_nation, minlength=problem.n_nations)
    pinned = everybody - free
    nation = np.repeat(np.arange(problem.n_nations), free)
    step = np.arange(nation.size) - np.repeat(np.cumsum(free) - free, free) + pinned[nation]
    order = seeded_order(np.arange(problem.n_nations, dtype=np.uint64), seed=seed, salt=NATION_SALT)
    lot = np.argsort(order)
    rank = np.empty(nation.size, dtype=np.int64)
    greedy = np.lexsort((lot[nation], everybody[nation], step / everybody[nation]))
    rank[greedy] = np.arange(nation.size)
    return nation, rank


def _fewest_rank_flow(network: Network, placed: int, nation: IntArray, rank: IntArray) -> IntArray:
    n, m, nations = network.n_students, network.n_hosts, int(nation.max(initial=-1)) + 1
    first_nation, source, sink = n + m, n + m + nations, n + m + nations + 1
    flow = min_cost_flow.SimpleMinCostFlow()

    def add(tail: IntArray, head: IntArray, capacity: IntArray, cost: IntArray) -> IntArray:
        arcs = flow.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
        return np.asarray(arcs, dtype=np.int64)

    ones, free_of_cost = np.ones(n, dtype=np.int64), np.zeros(n, dtype=np.int64)
    places = add(np.full(n, source), first_nation + nation, ones, rank)
    add(first_nation + network.student_nation, np.arange(n), ones, free_of_cost)
    edges = network.n_edges
    no_cost = np.zeros(edges, dtype=np.int64)
    add(
        network.edge_student,
        n + network.edge_host,
        np.ones(edges, dtype=np.int64),
        no_cost,
    )
    add(
        n + np.arange(m),
        np.full(m, sink),
        network.capacity,
        np.zeros(m, dtype=np.int64),
    )
    flow.set_nodes_supplies(np.array([source, sink]), np.array([placed, -placed]))
    if flow.solve() != flow.OPTIMAL:
        raise SolverError("The fair flow of the coverage stage failed.", stage="coverage")
    taken = np.asarray(flow.flows(places), dtype=np.int64)
    return np.bincount(nation, weights=taken, minlength=nations).astype(np.int64)
