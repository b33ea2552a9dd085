"""Proof that nobody more, and no nation more evenly, could be placed: alternating walks.

A placing is largest when no walk leads from a student without a place to a free place (Berge
1957; with caps, Ford and Fulkerson 1956). The places by nation are leximin when no walk lets a
nation with a smaller share take a place from one with a larger: the vectors that can be reached
are the bases of a polymatroid, where single exchanges decide (Federgruen and Groenevelt 1986).

Walks go breadth first, a whole frontier at a time, and each host is entered once in all: the
nations set out in the order of their claims, so whoever comes to a host first has the strongest.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_finding import edge_of, require
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

CHUNK = 1 << 20
"""Edges looked at in one go, so that no temporary array grows with the problem."""
SPARSE_PART = 16
"""Few hosts are told apart by sorting, many by marking."""


class LabelCap(NamedTuple):
    """At most `cap` students of one label (nation, native language) at one host.

    Attributes
    ----------
    label : (n,) int64
        At least 0.
    cap : int
    """

    label: IntArray
    cap: int


def check_coverage(
    problem: Problem, host: IntArray, *, fair: bool, capped: LabelCap | None = None
) -> None:
    """Refuse an answer that leaves out a student, or a nation, who could have had a place.

    Parameters
    ----------
    problem : Problem
        Its limits are those of a network: capacities, pins, forbids and minimum quality, …
    host : (n,) int64
        An answer that keeps these limits.
    fair : bool
        Check the evenness over nations too.
    capped : LabelCap, optional
        … and a cap at each host on students of one label. Of two such caps no network can tell.

    Raises
    ------
    SolverError
        With `check` "M" or "fair_nations".
    """
    walks = _Walks(problem, host, capped)
    gain, loss = _claims(problem, host)
    waiting = (host < 0) & ~walks.pinned
    nations = np.unique(problem.student_nation[waiting])
    for nation in nations[np.argsort(gain[nations], kind="stable")].tolist():
        starts = np.flatnonzero(waiting & (problem.student_nation == nation))
        for entered, guests in walks.spread(starts):
            spare = bool(walks.spare[entered].any())
            require(not spare, "M", "one more student could be placed.", nation=nation)
            if not fair:
                continue
            others = problem.student_nation[guests]
            robbed = others[loss[others] > gain[nation]]
            require(
                not robbed.size,
                "fair_nations",
                "a nation has too few places.",
                nation=nation,
                other=int(robbed[0]) if robbed.size else None,
            )


def _claims(problem: Problem, host: IntArray) -> tuple[IntArray, IntArray]:
    """Rank, of every nation, its claim to one place more and its right to its last place.

    A place belongs to the smaller of the share of a nation without it; of equal shares, to the
    smaller nation, whose share then rises higher. Equal fractions are equal floats, since
    division is exactly rounded.
    """
    nations = problem.n_nations
    everybody = np.bincount(problem.student_nation, minlength=nations)
    placed = np.bincount(problem.student_nation[host >= 0], minlength=nations)
    size = np.concatenate([everybody, everybody])
    share = np.concatenate([placed, placed - 1]) / np.maximum(size, 1)
    keys = np.stack([share, size.astype(np.float64)], axis=1)
    _, rank = np.unique(keys, axis=0, return_inverse=True)
    ranks = rank.reshape(-1).astype(np.int64)
    return ranks[:nations], ranks[nations:]


class _Walks:
    """Alternating walks over the usable pairs that are not pinned; no host is entered twice.

    Where a host has all the students of one label that it may have, one more of them can only
    take the place of one of them: such a cell of host and label is entered on its own.
    """

    def __init__(self, problem: Problem, host: IntArray, capped: LabelCap | None) -> None:
        self._problem = problem
        self.pinned = np.zeros(host.size, dtype=np.bool_)
        self.pinned[problem.pin[:, 0]] = True
        used = np.bincount(host[host >= 0], minlength=problem.n_hosts)
        self.spare: BoolArray = used < problem.capacity
        self._label = np.zeros(host.size, dtype=np.int64) if capped is None else capped.label
        self._width = int(self._label.max(initial=0)) + 1
        self._full = np.zeros(0, dtype=np.int64)
        if capped is not None:
            placed = np.flatnonzero(host >= 0)
            cell, count = np.unique(
                host[placed] * self._width + self._label[placed], return_counts=True
            )
            self._full = cell[count >= capped.cap]
        self._cell_seen = np.zeros(self._full.size, dtype=np.bool_)
        movable = np.flatnonzero((host >= 0) & ~self.pinned)
        cells = host[movable] * self._width + self._label[movable]
        order = np.argsort(cells, kind="stable")
        self._guests, self._guest_cell = movable[order], cells[order]
        shut = edge_of(problem, problem.forbid[:, 0], problem.forbid[:, 1])
        self._shut = np.sort(shut[shut >= 0])
        # A host that holds nobody who could move, and has no place, leads nowhere.
        held = np.bincount(host[movable], minlength=problem.n_hosts)
        self._closed: BoolArray = ~self.spare & (held == 0)
        self._left = int((~self._closed).sum()) + self._full.size

    def spread(self, starts: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """Walk from some students; yield hosts entered first, and guests who could be moved."""
        frontier = starts
        while frontier.size and self._left:
            hosts, guests = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.int64)]
            for edges, label in self._edges_of(frontier):
                entered, cells = self._enter(edges, label)
                hosts.append(entered)
                guests.append(self._guests_in(entered * self._width, self._width))
                guests.append(self._guests_in(cells, 1))
            frontier = np.unique(np.concatenate(guests))
            yield np.concatenate(hosts), frontier

    def _guests_in(self, first_cell: IntArray, cells: int) -> IntArray:
        """List the students who could be moved out of some runs of cells."""
        low = np.searchsorted(self._guest_cell, first_cell)
        high = np.searchsorted(self._guest_cell, first_cell + cells)
        return self._guests[_ranges(low, high)]

    def _edges_of(self, students: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
        """List the edges of some students with their labels, about `CHUNK` at a time."""
        start = self._problem.start
        degree = start[students + 1] - start[students]
        sizes = np.cumsum(degree)
        cuts = np.searchsorted(sizes, np.arange(CHUNK, int(sizes[-1]) + CHUNK, CHUNK), side="left")
        low = 0
        for high in np.unique(np.minimum(cuts + 1, students.size)).tolist():
            if not self._left:
                return
            part = students[low:high]
            label = np.repeat(self._label[part], degree[low:high])
            low = high
            yield _ranges(start[part], start[part + 1]), label

    def _enter(self, edges: IntArray, label: IntArray) -> tuple[IntArray, IntArray]:
        """Mark the hosts and full cells at the ends of usable edges; return those that are new."""
        problem = self._problem
        usable = np.ones(edges.size, dtype=np.bool_)
        if problem.min_quality > 0.0:
            usable &= problem.edge_quality[edges] >= np.float32(problem.min_quality)
        if self._shut.size:
            usable &= ~np.isin(edges, self._shut)
        ends = problem.edge_host[edges]
        cells = np.zeros(0, dtype=np.int64)
        if self._full.size:
            code = ends * np.int64(self._width) + label
            place = np.minimum(np.searchsorted(self._full, code), self._full.size - 1)
            full = self._full[place] == code
            fresh = np.unique(place[usable & full & ~self._cell_seen[place]])
            self._cell_seen[fresh] = True
            cells = self._full[fresh]
            usable &= ~full
        entered = self._new(ends[usable & ~self._closed[ends]])
        self._closed[entered] = True
        self._left -= entered.size + cells.size
        return entered, cells

    def _new(self, hosts: npt.NDArray[np.int32]) -> IntArray:
        """List hosts once each."""
        if hosts.size * SPARSE_PART < self._closed.size:
            return np.unique(hosts).astype(np.int64)
        marked = np.zeros(self._closed.size, dtype=np.bool_)
        marked[hosts] = True
        return np.flatnonzero(marked)


def _ranges(first: IntArray, stop: IntArray) -> IntArray:
    """Join the whole numbers first[r] … stop[r] − 1 of all r."""
    sizes = stop - first
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if ends.size else 0
    shift = np.repeat(first - (ends - sizes), sizes)
    numbers: IntArray = np.arange(total, dtype=np.int64) + shift
    return numbers
