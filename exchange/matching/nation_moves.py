"""Compiled inner loop of annealing for S: moves between nations of hosts, whoever makes them.

S knows only which nations meet. So a move says that a student leaves one nation of hosts for
another, and that others make room; inside a nation of hosts people may change homes at will, and a
breadth-first walk finds whether they can. Plain arrays in and out, no policy.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

from exchange.matching.kernels import draw

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

LONGEST = 8
"""Students, at most, whom a move sends elsewhere before it is closed."""
CLOSE, STAY, LEAVE = 50, 70, 80
"""Of a hundred steps so many close the move, then so many send on to another host of the same
nation, then to any host; the others bring somebody into the place that was left."""
FLAT = -1.0e-12
"""A change of S down to here is rounding, not loss."""
COOLINGS = 1_000
"""Steps in which the temperature falls."""


class Board(NamedTuple):
    """What does not change: edges by student and nation of host, edges by host, places.

    Edges of a student to hosts of nation y are nation_start[i, y] … nation_start[i, y + 1] − 1.
    """

    start: Ints
    nation_start: Ints
    student: Ints
    host: Ints
    pair: Ints
    host_nation: Ints
    into_start: Ints
    into: Ints
    root: Floats
    base: Floats
    slot_start: Ints


class Present(NamedTuple):
    """The present answer: edge and place of each student, who holds each place, contacts."""

    edge: Ints
    slot_of: Ints
    guest: Ints
    contacts: Ints


class Notes(NamedTuple):
    """Room for one move, allocated once."""

    who: Ints
    edge: Ints
    slot: Ints
    busy: Ints
    seen: Ints
    queue: Ints
    before: Ints
    by: Ints


def make_notes(students: int, places: int) -> Notes:
    """Allocate the room for one move."""

    def ints(count: int) -> Ints:
        return np.zeros(count, dtype=np.int64)

    return Notes(
        ints(LONGEST),
        ints(LONGEST),
        ints(LONGEST),
        ints(students),
        ints(places),
        ints(places),
        ints(places),
        ints(places),
    )


@numba.njit(cache=True)
def _swap_pair(b: Board, a: Present, old: int, new: int) -> float:
    """Count a placement for the pair of edge `new` instead of `old`; return the change of S."""
    p = b.pair[old]
    n = b.base[p] + a.contacts[p]
    change = b.root[p] * (np.sqrt(n - 1.0) - np.sqrt(n))
    a.contacts[p] -= 1
    p = b.pair[new]
    n = b.base[p] + a.contacts[p]
    a.contacts[p] += 1
    return float(change + b.root[p] * (np.sqrt(n + 1.0) - np.sqrt(n)))


@numba.njit(cache=True)
def _propose(
    b: Board, a: Present, w: Notes, mark: int, state: npt.NDArray[np.uint64]
) -> tuple[int, int, int]:
    """Send a student to another nation, and those who must make room on.

    Returns the number of students sent, who has no place now (−1: nobody) and the place that
    was left; 0 students where the draw led nowhere.
    """
    i = draw(state) % a.edge.size
    e = b.start[i] + draw(state) % (b.start[i + 1] - b.start[i])
    j = b.host[e]
    if b.host_nation[j] == b.host_nation[b.host[a.edge[i]]]:
        return 0, -1, -1
    places = b.slot_start[j + 1] - b.slot_start[j]
    if places == 0:
        return 0, -1, -1
    w.who[0], w.edge[0] = i, e
    w.slot[0] = b.slot_start[j] + draw(state) % places
    w.busy[i] = mark
    left, homeless, sent, last = a.slot_of[i], a.guest[w.slot[0]], 1, 0
    if homeless >= 0:
        w.busy[homeless] = mark
    while homeless >= 0 and sent < LONGEST:
        lot = draw(state) % 100
        if lot < CLOSE:
            break
        if lot < LEAVE:
            low, high = b.start[homeless], b.start[homeless + 1]
            if lot < STAY:
                y = b.host_nation[b.host[w.edge[last]]]
                low, high = b.nation_start[homeless, y], b.nation_start[homeless, y + 1]
            if high - low <= 1:
                break
            e = low + draw(state) % (high - low)
            j = b.host[e]
            places = b.slot_start[j + 1] - b.slot_start[j]
            if places == 0:
                break
            s = b.slot_start[j] + draw(state) % places
            other = a.guest[s]
            if s == left or (other >= 0 and w.busy[other] == mark):
                break
            w.who[sent], w.edge[sent], w.slot[sent] = homeless, e, s
            last, homeless = sent, other
            sent += 1
            if homeless >= 0:
                w.busy[homeless] = mark
        else:
            # Who lived there before still has the place in the books, so ask those.
            j = _host_of(b, left)
            low, high = b.into_start[j], b.into_start[j + 1]
            if high == low:
                break
            e = b.into[low + draw(state) % (high - low)]
            other = b.student[e]
            if w.busy[other] == mark or b.host[a.edge[other]] == j:
                break
            w.who[sent], w.edge[sent], w.slot[sent] = other, e, left
            w.busy[other] = mark
            left = a.slot_of[other]
            sent += 1
    return sent, homeless, left


@numba.njit(cache=True)
def _host_of(b: Board, slot: int) -> int:
    low, high = 0, b.slot_start.size - 1
    while high - low > 1:
        middle = (low + high) // 2
        if b.slot_start[middle] <= slot:
            low = middle
        else:
            high = middle
    return low


@numba.njit(cache=True)
def _walk_home(
    b: Board, a: Present, w: Notes, mark: int, sent: int, homeless: int, left: int, nation: int
) -> int:
    """Look inside a nation of hosts for a walk of guests that ends at a free place; −1: none."""
    for k in range(sent):
        w.seen[w.slot[k]] = mark
    head, tail, from_slot, i = 0, 0, -1, homeless
    while True:
        for e in range(b.nation_start[i, nation], b.nation_start[i, nation + 1]):
            j = b.host[e]
            for s in range(b.slot_start[j], b.slot_start[j + 1]):
                if w.seen[s] == mark:
                    continue
                w.seen[s] = mark
                w.before[s], w.by[s] = from_slot, e
                if s == left or a.guest[s] < 0:
                    return s
                w.queue[tail] = s
                tail += 1
        if head == tail:
            return -1
        from_slot = w.queue[head]
        head += 1
        i = a.guest[from_slot]


@numba.njit(cache=True)
def _move(a: Present, w: Notes, sent: int, homeless: int, left: int, end: int) -> None:
    """Make a move: first those of the walk, from its end, then those who were sent."""
    a.guest[left] = -1
    s = end
    while s >= 0:
        i = a.guest[w.before[s]] if w.before[s] >= 0 else homeless
        a.edge[i], a.slot_of[i], a.guest[s] = w.by[s], s, i
        s = w.before[s]
    for k in range(sent):
        i = w.who[k]
        a.edge[i], a.slot_of[i] = w.edge[k], w.slot[k]
    for k in range(sent):
        a.guest[w.slot[k]] = w.who[k]


@numba.njit(cache=True)
def _accepts(change: float, heat: float, state: npt.NDArray[np.uint64]) -> bool:
    """Judge as Metropolis and others did in 1953."""
    if change >= FLAT:
        return True
    return bool(np.exp(change / heat) * 1.0e9 > draw(state) % 1_000_000_000)


@numba.njit(cache=True, nogil=True)
def anneal(
    b: Board,
    a: Present,
    w: Notes,
    best_edge: Ints,
    state: npt.NDArray[np.uint64],
    first_mark: int,
    moves: int,
    heats: tuple[float, float],
    best: float,
) -> float:
    """Try `moves` moves while the temperature falls from one to the other of `heats`.

    Kirkpatrick, Gelatt and Vecchi 1983. Keeps the answer of largest S, beyond `best`, in
    `best_edge`; returns that S.
    """
    s_now = 0.0
    for p in range(a.contacts.size):
        s_now += b.root[p] * np.sqrt(b.base[p] + a.contacts[p])
    heat = heats[0]
    slower = (heats[1] / heats[0]) ** (1.0 / COOLINGS)
    each = moves // COOLINGS + 1
    for turn in range(moves):
        if turn % each == each - 1:
            heat *= slower
        mark = first_mark + turn
        sent, homeless, left = _propose(b, a, w, mark, state)
        if sent == 0:
            continue
        change = 0.0
        for k in range(sent):
            change += _swap_pair(b, a, a.edge[w.who[k]], w.edge[k])
        end, back = -1, -1
        keep = True
        if homeless >= 0:
            nation = b.host_nation[_host_of(b, left)]
            # All edges of a student to one nation are of one pair.
            back = b.nation_start[homeless, nation]
            keep = back < b.nation_start[homeless, nation + 1]
            if keep:
                change += _swap_pair(b, a, a.edge[homeless], back)
        counted = keep and homeless >= 0
        keep = keep and _accepts(change, heat, state)
        if keep and homeless >= 0:
            end = _walk_home(b, a, w, mark, sent, homeless, left, nation)
            keep = end >= 0
        if keep:
            _move(a, w, sent, homeless, left, end)
            s_now += change
            if s_now > best + 1e-10:
                best = s_now
                best_edge[:] = a.edge
            continue
        if counted:
            _swap_pair(b, a, back, a.edge[homeless])
        for k in range(sent):
            _swap_pair(b, a, w.edge[k], a.edge[w.who[k]])
    return best
