"""Proof that nobody more, and no nation more evenly, could be placed: alternating walks.

A placing is largest when no walk leads from a student without a place to a free place (Berge
1957; with caps, Ford and Fulkerson 1956). The places by nation are leximin when no walk lets a
nation with a smaller share take a place from one with a larger: the vectors that can be reached
are the bases of a polymatroid, where single exchanges decide (Federgruen and Groenevelt 1986).

Walks go breadth first, a whole frontier at a time, and each host is entered once in all: the
nations set out in the order of their claims, so whoever comes to a host first has the strongest.
"""

from collections.abc import Iterator

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


def check_coverage(problem: Problem, host: IntArray, *, fair: bool) -> None:
    """Refuse an answer that leaves out a student, or a nation, who could have had a place.

    Parameters
    ----------
    problem : Problem
        Its limits are those of a network: capacities, pins, forbids and minimum quality.
    host : (n,) int64
        An answer that keeps these limits.
    fair : bool
        Check the evenness over nations too.

    Raises
    ------
    SolverError
        With `check` "M" or "fair_nations".
    """
    walks = _Walks(problem, host)
    gain, loss = _claims(problem, host)
    waiting = (host < 0) & ~walks.pinned
    nations = np.unique(problem.student_nation[waiting])
    for nation in nations[np.argsort(gain[nations], kind="stable")].tolist():
        starts = np.flatnonzero(waiting & (problem.student_nation == nation))
        for entered in walks.spread(starts):
            spare = bool(walks.spare[entered].any())
            require(not spare, "M", "one more student could be placed.", nation=nation)
            if not fair:
                continue
            others = problem.student_nation[walks.guests_of(entered)]
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
    """Alternating walks over the usable pairs that are not pinned; no host is entered twice."""

    def __init__(self, problem: Problem, host: IntArray) -> None:
        self._problem = problem
        self.pinned = np.zeros(host.size, dtype=np.bool_)
        self.pinned[problem.pin[:, 0]] = True
        used = np.bincount(host[host >= 0], minlength=problem.n_hosts)
        self.spare: BoolArray = used < problem.capacity
        movable = np.flatnonzero((host >= 0) & ~self.pinned)
        self._guests = movable[np.argsort(host[movable], kind="stable")]
        counts = np.bincount(host[movable], minlength=problem.n_hosts)
        self._first_guest = np.append(0, np.cumsum(counts)).astype(np.int64)
        shut = edge_of(problem, problem.forbid[:, 0], problem.forbid[:, 1])
        self._shut = np.sort(shut[shut >= 0])
        # A host that holds nobody who could move, and has no place, leads nowhere.
        self._closed: BoolArray = ~self.spare & (counts == 0)
        self._left = int((~self._closed).sum())

    def spread(self, starts: IntArray) -> Iterator[IntArray]:
        """Walk from some students and yield the hosts that are entered for the first time."""
        frontier = starts
        while frontier.size and self._left:
            entered = [
                new for edges in self._edges_of(frontier) if (new := self._enter(edges)).size
            ]
            if not entered:
                return
            hosts = np.concatenate(entered)
            yield hosts
            frontier = self.guests_of(hosts)

    def guests_of(self, hosts: IntArray) -> IntArray:
        """List the students who could be moved out of some hosts."""
        return self._guests[_ranges(self._first_guest[hosts], self._first_guest[hosts + 1])]

    def _edges_of(self, students: IntArray) -> Iterator[IntArray]:
        """List the edges of some students, about `CHUNK` at a time, until no host is left."""
        start = self._problem.start
        sizes = np.cumsum(start[students + 1] - start[students])
        cuts = np.searchsorted(sizes, np.arange(CHUNK, int(sizes[-1]) + CHUNK, CHUNK), side="left")
        low = 0
        for high in np.unique(np.minimum(cuts + 1, students.size)).tolist():
            if not self._left:
                return
            part = students[low:high]
            low = high
            yield _ranges(start[part], start[part + 1])

    def _enter(self, edges: IntArray) -> IntArray:
        """Mark the hosts at the ends of usable edges; return those that are new."""
        problem = self._problem
        ends = problem.edge_host[edges]
        fresh = ~self._closed[ends]
        if problem.min_quality > 0.0:
            fresh &= problem.edge_quality[edges] >= np.float32(problem.min_quality)
        if self._shut.size:
            fresh &= ~np.isin(edges, self._shut)
        new = ends[fresh]
        if new.size * SPARSE_PART < self._closed.size:
            entered = np.unique(new).astype(np.int64)
        else:
            marked = np.zeros(self._closed.size, dtype=np.bool_)
            marked[new] = True
            entered = np.flatnonzero(marked)
        self._closed[entered] = True
        self._left -= entered.size
        return entered


def _ranges(first: IntArray, stop: IntArray) -> IntArray:
    """Join the whole numbers first[r] … stop[r] − 1 of all r."""
    sizes = stop - first
    ends = np.cumsum(sizes)
    total = int(ends[-1]) if ends.size else 0
    shift = np.repeat(first - (ends - sizes), sizes)
    numbers: IntArray = np.arange(total, dtype=np.int64) + shift
    return numbers
