"""Which edges a relaxation or a search looks at, out of all that are usable.

Nothing is lost by leaving edges out: bounds are taken over all of them, and edges that the
prices ask for are brought in.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching.limits import Network

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

ALL_EDGES = 50_000
"""Up to here the relaxation takes every edge."""
TOP_PER_PERSON = 10
"""Best edges of each student, and of each host, that a relaxation starts from."""


def best_within(group: IntArray, value: FloatArray, count: int) -> npt.NDArray[np.bool_]:
    """Mark the `count` edges of largest value in each group; ties go to the earlier edge."""
    order = np.lexsort((-value, group))
    ordered = group[order]
    first = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1]))
    sizes = np.diff(np.append(first, ordered.size))
    place = np.arange(ordered.size) - np.repeat(first, sizes)
    marked = np.zeros(group.size, dtype=bool)
    marked[order[place < count]] = True
    return marked


def one_per_nation(network: Network, value: FloatArray, count: int = 1) -> npt.NDArray[np.bool_]:
    """Mark for each student the best `count` edges to each nation of hosts."""
    nation = network.host_nation[network.edge_host]
    group = network.edge_student * (int(nation.max(initial=0)) + 2) + nation + 1
    return best_within(group, value, count)


def starting_edges(network: Network, value: FloatArray, kept: IntArray) -> IntArray:
    """Choose the edges that a relaxation starts from; those of the answer `kept` among them."""
    if network.n_edges <= ALL_EDGES:
        return np.arange(network.n_edges)
    marked = best_within(network.edge_student, value, TOP_PER_PERSON)
    marked |= best_within(network.edge_host, value, TOP_PER_PERSON)
    marked[kept] = True
    wider = marked | one_per_nation(network, value)
    return np.flatnonzero(wider if int(wider.sum()) <= ALL_EDGES else marked)


def priced_in(network: Network, chosen: IntArray, reduced: FloatArray, count: int) -> IntArray:
    """Choose edges that beat, at the present prices, every chosen edge of their student."""
    best = np.full(network.n_students, -np.inf)
    np.maximum.at(best, network.edge_student[chosen], reduced[chosen])
    ahead = np.flatnonzero(reduced > best[network.edge_student] + 1e-6)
    return ahead[best_within(network.edge_student[ahead], reduced[ahead], count)]


def near_edges(
    network: Network, reduced: FloatArray, count: int, kept: tuple[IntArray, ...]
) -> IntArray:
    """Choose the `count` edges of largest reduced value of each student, and those in `kept`."""
    marked = best_within(network.edge_student, reduced, count)
    for edges in kept:
        marked[edges] = True
    return np.flatnonzero(marked)
