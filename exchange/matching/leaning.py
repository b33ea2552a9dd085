"""Which hosts an answer leans on: who would have no home if one of them withdrew, host by host.

The model of repair is that of `robustness`: a host is gone, its guests may go to any other usable
host, others may move to make room, and nobody without a home is taken in first. One guest after
the other looks for a chain of moves to a free place (Kuhn 1955), which finds the most of them.
"""

from collections import deque

import numpy as np
import numpy.typing as npt

from exchange.matching.limits import usable_edges
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

MOST_EDGES = 3_000_000
"""Beyond it the chains take longer than the match itself."""


def leaning(problem: Problem, host: IntArray) -> IntArray | None:
    """Count for each host how many of its guests would have no home if it withdrew.

    Parameters
    ----------
    problem : Problem
        Limits that join pairs, and pins, do not bind a repair.
    host : (n,) int64
        An answer that keeps its limits.

    Returns
    -------
    (m,) int64 or None
        0 for a host without guests, or whose guests all find another home. None where the
        problem has more than `MOST_EDGES` pairs.
    """
    if problem.n_edges > MOST_EDGES:
        return None
    repair = _Chains(problem, host)
    lost = np.zeros(problem.n_hosts, dtype=np.int64)
    for gone in np.unique(host[host >= 0]).tolist():
        lost[gone] = repair.homeless_without(gone)
    return lost


class _Chains:
    """The usable hosts of each student, and the hosts from which a free place can be reached."""

    def __init__(self, problem: Problem, host: IntArray) -> None:
        usable = usable_edges(problem)
        edge_host = problem.edge_host.astype(np.int64)
        self._hosts_of: list[IntArray] = [
            edge_host[first:last][usable[first:last]]
            for first, last in zip(problem.start[:-1], problem.start[1:], strict=True)
        ]
        placed = host[host >= 0]
        self._spare = problem.capacity - np.bincount(placed, minlength=problem.n_hosts)
        self._guests: list[list[int]] = [[] for _ in range(problem.n_hosts)]
        for student in np.flatnonzero(host >= 0).tolist():
            self._guests[int(host[student])].append(student)
        self._leads_on = self._reach_back()

    def _reach_back(self) -> BoolArray:
        """Mark the hosts with a free place, and those that can get one by moving a guest."""
        comes_from: list[list[int]] = [[] for _ in self._guests]
        for home, guests in enumerate(self._guests):
            for other in {int(one) for guest in guests for one in self._hosts_of[guest]}:
                comes_from[other].append(home)
        reached: BoolArray = self._spare > 0
        queue = deque(np.flatnonzero(reached).tolist())
        while queue:
            for home in comes_from[queue.popleft()]:
                if not reached[home]:
                    reached[home] = True
                    queue.append(home)
        return reached

    def homeless_without(self, gone: int) -> int:
        """Count the guests of a host who find no other home; nothing is changed for the next."""
        leavers, spare = self._guests[gone], self._spare.copy()
        kept: dict[int, list[int]] = {gone: leavers}
        self._guests[gone] = []
        found = sum(self._rehouse(student, gone, kept) for student in leavers)
        self._spare = spare
        for home, guests in kept.items():
            self._guests[home] = guests
        return len(leavers) - found

    def _rehouse(self, student: int, gone: int, kept: dict[int, list[int]]) -> bool:
        """Move along the shortest chain to a free place; say whether there is one."""
        seen = ~self._leads_on
        seen[gone] = True
        came: dict[int, tuple[int, int]] = {}
        queue: deque[tuple[int, int]] = deque([(student, -1)])
        while queue:
            guest, home = queue.popleft()
            open_hosts = self._hosts_of[guest]
            open_hosts = open_hosts[~seen[open_hosts]]
            seen[open_hosts] = True
            for other in open_hosts.tolist():
                came[other] = (guest, home)
            free = open_hosts[self._spare[open_hosts] > 0]
            if free.size:
                self._move_along(int(free[0]), came, kept)
                return True
            queue.extend(
                (one, other) for other in open_hosts.tolist() for one in self._guests[other]
            )
        return False

    def _move_along(
        self, last: int, came: dict[int, tuple[int, int]], kept: dict[int, list[int]]
    ) -> None:
        """Move everybody on a chain one place on; `kept` holds the guests of before."""
        self._spare[last] -= 1
        place = last
        while place >= 0:
            guest, home = came[place]
            for one in (place, home):
                if one >= 0:
                    kept.setdefault(one, list(self._guests[one]))
            if home >= 0:
                self._guests[home].remove(guest)
            self._guests[place].append(guest)
            place = home
