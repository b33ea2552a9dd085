"""Who competes with a student without a place: the smallest Hall set, read from the answer.

Every limit here is one of a network: capacities, pins, forbids and minimum quality. Decides
nothing, and knows no words: those are of the layer that speaks.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from exchange.matching.limits import usable_edges
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]

PLACED = -1
NO_USABLE_PAIR = -2
PLACE_LEFT = -3


class HallSet(NamedTuple):
    """Students who compete for fewer places than they are.

    Attributes
    ----------
    students : (k,) int64
        Ascending; all hosts that they could have are among `hosts`.
    hosts : (h,) int64
        Ascending.
    places : int
        Places of these hosts that no pin holds; below k.
    """

    students: IntArray
    hosts: IntArray
    places: int


class Competition(NamedTuple):
    """The Hall set of each student without a place.

    Attributes
    ----------
    sets : tuple of HallSet
    which : (n,) int64
        Index into `sets`; `PLACED`, `NO_USABLE_PAIR` (rules and forbids empty the list) or
        `PLACE_LEFT` (an alternating walk leads to a free place: the answer is no largest one).
    """

    sets: tuple[HallSet, ...]
    which: IntArray


def find_competition(problem: Problem, host: IntArray) -> Competition:
    """Find for each student without a place the students who compete for too few places.

    The students reached from one of them by alternating walks fill all hosts that they could
    have (Hall 1935); of a largest placing this is the smallest such set in which nobody else
    is without a place. Those who reach the same hosts are told together. Hosts that reach each
    other are joined first (strong components), so all walks together take one pass over the pairs.

    Parameters
    ----------
    problem : Problem
    host : (n,) int64
        An answer that keeps its limits; −1 for a student without a place.

    Returns
    -------
    Competition
    """
    n, m = problem.n_students, problem.n_hosts
    which = np.full(n, PLACED, dtype=np.int64)
    waiting = np.flatnonzero(host < 0)
    if not waiting.size:
        return Competition((), which)
    pinned = np.zeros(n, dtype=np.bool_)
    pinned[problem.pin[:, 0]] = True
    places = problem.capacity - np.bincount(problem.pin[:, 1], minlength=m)
    movable = (host >= 0) & ~pinned
    held = np.bincount(host[movable], minlength=m)
    usable = usable_edges(problem)
    # Places that pins hold, and hosts without any, are open to nobody.
    usable &= (problem.capacity > 0)[problem.edge_host]
    component, leads_to = _join_hosts(problem, host, movable, usable)
    by_component = np.argsort(component, kind="stable")
    first = np.searchsorted(component[by_component], np.arange(len(leads_to) + 1))

    alike: dict[frozenset[int], list[int]] = {}
    reached_from: dict[frozenset[int], frozenset[int]] = {}
    for row in waiting.tolist():
        span = slice(int(problem.start[row]), int(problem.start[row + 1]))
        entries = frozenset(component[problem.edge_host[span][usable[span]]].tolist())
        if not entries:
            which[row] = NO_USABLE_PAIR
            continue
        if entries not in reached_from:
            reached_from[entries] = _reach(entries, leads_to)
        alike.setdefault(reached_from[entries], []).append(row)

    sets: list[HallSet] = []
    guests = np.flatnonzero(movable)
    for reached, rows in alike.items():
        hosts = np.sort(
            np.concatenate([by_component[first[c] : first[c + 1]] for c in sorted(reached)])
        )
        if (held[hosts] < places[hosts]).any():
            which[rows] = PLACE_LEFT
            continue
        inside = np.zeros(m, dtype=np.bool_)
        inside[hosts] = True
        students = np.union1d(guests[inside[host[guests]]], np.array(rows, dtype=np.int64))
        which[rows] = len(sets)
        sets.append(HallSet(students, hosts, int(places[hosts].sum())))
    return Competition(tuple(sets), which)


def _join_hosts(
    problem: Problem,
    host: IntArray,
    movable: npt.NDArray[np.bool_],
    usable: npt.NDArray[np.bool_],
) -> tuple[IntArray, list[list[int]]]:
    """Label hosts by strong component, and list where each component's guests could go."""
    m = problem.n_hosts
    at = np.repeat(np.where(movable, host, -1).astype(np.int32), np.diff(problem.start))
    kept = usable & (at >= 0)
    tail, head = at[kept], problem.edge_host[kept]
    graph = coo_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(m, m)).tocsr()
    graph.data[:] = 1
    count, label = connected_components(graph, directed=True, connection="strong")
    component = label.astype(np.int64)
    arcs = np.unique(component[tail] * count + component[head])
    leads_to: list[list[int]] = [[] for _ in range(count)]
    for arc in arcs.tolist():
        leads_to[arc // count].append(arc % count)
    return component, leads_to


def _reach(entries: frozenset[int], leads_to: list[list[int]]) -> frozenset[int]:
    seen, frontier = set(entries), list(entries)
    while frontier:
        for other in leads_to[frontier.pop()]:
            if other not in seen:
                seen.add(other)
                frontier.append(other)
    return frozenset(seen)
