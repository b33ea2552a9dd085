"""Coverage over all pairs of a large problem: as many places as possible, even by nation.

The vectors of places by nation are a polymatroid (`coverage`), so a greedy choice is best: take
the nations' next places in the order of their ranks, and place one more student of the nation
by an augmenting walk, which moves students already placed but never leaves one without. A walk
that failed shows seats that no later walk can use either, so all failures together read every
pair once. Which persons of a nation came first may have shut another out: `evening` mends that.
"""

import numba
import numpy as np
import numpy.typing as npt

from exchange.matching.evening import even_out
from exchange.matching.field import Field
from exchange.matching.progress import Watch
from exchange.matching.sweeps import Pairs

Ints = npt.NDArray[np.int64]
Hosts = npt.NDArray[np.int32]

DEAD = 2**62


@numba.njit(cache=True, nogil=True)
def _rows_by_seat(pairs: Pairs, seats: int, guest_nation: Ints) -> tuple[Ints, Hosts]:
    """Copy the usable pairs of the free students, seats ascending in each row.

    With `guest_nation`, only pairs whose seat waits for the nation of the student.
    """
    n = pairs.row.size
    start = np.zeros(n + 1, dtype=np.int64)
    for turn in range(2):
        if turn == 1:
            host = np.empty(start[n], dtype=np.int32)
        mark = np.zeros(seats, dtype=np.bool_)
        for i in range(n):
            row = pairs.row[i]
            count, many = 0, pairs.start[row + 1] - pairs.start[row] > seats // 64
            for e in range(pairs.start[row], pairs.start[row + 1]):
                seat = pairs.seat[pairs.host[e]]
                if seat < 0 or pairs.quality[e] < pairs.least:
                    continue
                if pairs.shut.size > 0 and pairs.shut[e]:
                    continue
                if guest_nation.size > 0 and guest_nation[seat] != pairs.student_nation[i]:
                    continue
                if turn == 1:
                    if many:
                        mark[seat] = True
                    else:
                        host[start[i] + count] = seat
                count += 1
            if turn == 0:
                start[i + 1] = start[i] + count
            elif many:
                at = start[i]
                for seat in range(seats):
                    if mark[seat]:
                        host[at] = seat
                        at += 1
                        mark[seat] = False
            else:
                host[start[i] : start[i + 1]].sort()
    return start, host


@numba.njit(cache=True, nogil=True)
def _place(
    start: Ints,
    host: Hosts,
    capacity: Ints,
    first: Ints,
    waiting: Ints,
    waiting_start: Ints,
    ranked_nation: Ints,
) -> Hosts:
    """Place one student of each nation of `ranked_nation` in turn, where a walk finds room."""
    n, m = start.size - 1, capacity.size
    seat_of = np.full(n, -1, dtype=np.int32)
    guest = np.full(first[m], -1, dtype=np.int64)
    used = np.zeros(m, dtype=np.int64)
    seen = np.zeros(m, dtype=np.int64)
    look = start[:-1].copy()
    before = np.full(n, -1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    next_waiting = waiting_start[:-1].copy()
    closed = np.zeros(waiting_start.size - 1, dtype=np.bool_)
    attempt = 0
    for turn in range(ranked_nation.size):
        nation = ranked_nation[turn]
        while not closed[nation]:
            if next_waiting[nation] >= waiting_start[nation + 1]:
                closed[nation] = True
                break
            # A student whose walk failed never has room later: go on to the next of the nation.
            begin = waiting[next_waiting[nation]]
            next_waiting[nation] += 1
            attempt += 1
            head, tail = 0, 1
            queue[0] = begin
            before[begin] = -1
            end, room = -1, -1
            while head < tail and end < 0:
                i = queue[head]
                head += 1
                while look[i] < start[i + 1]:
                    j = host[look[i]]
                    if used[j] < capacity[j]:
                        end, room = i, j
                        break
                    look[i] += 1
                if end >= 0:
                    break
                for e in range(start[i], start[i + 1]):
                    j = host[e]
                    if seen[j] == attempt or seen[j] == DEAD:
                        continue
                    seen[j] = attempt
                    for s in range(first[j], first[j] + used[j]):
                        before[guest[s]] = i
                        queue[tail] = guest[s]
                        tail += 1
            if end < 0:
                for at in range(head):
                    for e in range(start[queue[at]], start[queue[at] + 1]):
                        seen[host[e]] = DEAD
                continue
            # The last of the walk takes the room; each before takes the place that falls free.
            s = first[room] + used[room]
            used[room] += 1
            i, seat = end, room
            while True:
                left = seat_of[i]
                if left >= 0:
                    old = first[left]
                    while guest[old] != i:
                        old += 1
                else:
                    old = -1
                guest[s] = i
                seat_of[i] = seat
                if before[i] < 0:
                    break
                s, seat = old, left
                i = before[i]
            break
    return seat_of


def place_fairly(
    field: Field, nation: Ints, rank: Ints, watch: Watch, *, guest_nation: Ints | None = None
) -> Hosts | None:
    """Place as many free students as possible, in the order of the nations' ranked places.

    Parameters
    ----------
    field : Field
    nation, rank : (F,) int64
        The possible places of each nation and their ranks, as `coverage.ranked_places` gives.
    watch : Watch
        Asked between the parts of the work.
    guest_nation : (m,) int64, optional
        Nation that each seat waits for; others may not have it.

    Returns
    -------
    (n,) int32 or None
        Seat of each student, −1 without; None when the watch stopped it.
    """
    frame = field.frame
    start, host = _rows_by_seat(
        field.pairs,
        max(frame.n_hosts, 1),
        np.zeros(0, dtype=np.int64) if guest_nation is None else guest_nation,
    )
    if watch.should_stop():
        return None
    nations = field.pair_of.shape[0]
    by_nation = np.argsort(frame.student_nation, kind="stable")
    bounds = np.searchsorted(frame.student_nation[by_nation], np.arange(nations + 1))
    first = np.append(0, np.cumsum(frame.capacity)).astype(np.int64)
    ranked = nation[np.argsort(rank)]
    seat = _place(start, host, frame.capacity, first, by_nation, bounds.astype(np.int64), ranked)
    if watch.should_stop():
        return None
    if guest_nation is None:
        # A nation's places are listed in their order, and ranks rise along them.
        counts = np.bincount(nation, minlength=nations)
        starts = np.append(0, np.cumsum(counts)).astype(np.int64)
        even_out(start, host, first, seat, frame.student_nation, rank, starts)
    return seat
