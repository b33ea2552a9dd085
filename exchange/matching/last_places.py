"""Places for the last few of an auction, by augmenting walks instead of price wars. Compiled.

In an auction of a million students all but twenty have a place after ten bids a student; the
twenty then raise the prices of half the hosts step by step until somebody takes a free place,
which takes ten times as long as everything before. A walk finds that place at once (Berge 1957),
and moves a dozen students where others would all have been outbid.
"""

import numba
import numpy as np

from exchange.matching.auction import Hosts, Ints, Room
from exchange.matching.progress import Watch

SLICE = 4_000_000
"""Edges read between two looks at the watch; a walk that has begun is gone to its end."""


@numba.njit(cache=True, nogil=True)
def _walk(
    start: Ints, host: Hosts, room: Room, waiting: Ints, count: int, seen: Ints, most: int
) -> int:
    """Place the last of those who wait by shortest walks; return how many still wait.

    Ends after `most` edges, or with a student from whom no walk leads to a free place.
    """
    n = room.place.size
    by_edge = np.empty(n, dtype=np.int64)
    before = np.empty(n, dtype=np.int64)
    line = np.empty(n, dtype=np.int64)
    read = 0
    while count > 0 and read < most:
        begin = waiting[count - 1]
        head, tail = 0, 1
        line[0] = begin
        before[begin] = -1
        end, free, last = -1, -1, -1
        while head < tail and end < 0:
            i = line[head]
            head += 1
            for e in range(start[i], start[i + 1]):
                j = host[e]
                read += 1
                if seen[j] == begin:
                    continue
                seen[j] = begin
                for s in range(room.first[j], room.first[j + 1]):
                    g = room.guest[s]
                    if g < 0:
                        end, free, last = i, s, e
                        break
                    before[g] = i
                    by_edge[g] = e
                    line[tail] = g
                    tail += 1
                if end >= 0:
                    break
        if end < 0:
            break
        # The last of the walk takes the free place; each before takes what falls free.
        i, s, e = end, free, last
        while True:
            left = room.place[i]
            room.guest[s] = i
            room.place[i] = s
            room.edge[i] = e
            if before[i] < 0:
                break
            s, e, i = left, by_edge[i], before[i]
        count -= 1
    return count


def place_last(
    start: Ints, host: Hosts, room: Room, waiting: Ints, count: int, watch: Watch
) -> bool:
    """Place all who still wait, wherever there is room; say whether all have a place.

    Prices stay as they are. False when the watch stopped it, or when a student cannot be placed.

    Parameters
    ----------
    start : (n + 1,) int64
        Edges of student i are start[i] … start[i + 1] − 1.
    host : (E,) int32
    room : Room
        Changed in place.
    waiting : (n,) int64
        Students without a place come first.
    count : int
        How many wait.
    watch : Watch
    """
    # A student walks once, so his number marks what his walk has seen.
    seen = np.full(room.host_price.size, -1, dtype=np.int64)
    while count > 0:
        if watch.should_stop():
            return False
        left = _walk(start, host, room, waiting, count, seen, SLICE)
        if left == count:
            return False
        count = left
    return True
