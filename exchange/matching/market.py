"""An auction in which contacts lose worth as they repeat: the whole concave goal in one pass.

A plain auction needs a price for each nation pair beforehand, and where quality does not count
all students run to one pair, then to the next. Here the worth of a contact is always that of one
more at the present counts, so a pair that fills up loses its pull at once. Students bid as in
Bertsekas 1988. With counts that hardly change by one student the result is within `step` a
student of the best; nothing is proven by it, bounds are taken elsewhere.
"""

from typing import NamedTuple

import numba
import numpy as np

from exchange.matching.auction import (
    FAR,
    NOBODY,
    Floats,
    Hosts,
    Ints,
    Room,
    cheapest,
    make_room,
    take,
)
from exchange.matching.last_places import place_last
from exchange.matching.limits import Network
from exchange.matching.progress import Watch

SLICE = 400_000
"""Bids between two looks at the watch."""
MOST_BIDS, FEW_BIDS = 20, 10_000_000
"""Bids for each student, or in all if that is more, after which walks place the last who wait."""


class Counts(NamedTuple):
    """Contacts of each pair, pinned ones included, and what one more is worth, both (P + 1,)."""

    held: Floats
    gain: Floats


@numba.njit(cache=True, nogil=True)
def _count(counts: Counts, worth_root: Floats, pair: int, change: float) -> None:
    counts.held[pair] += change
    held = counts.held[pair]
    counts.gain[pair] = worth_root[pair] * (np.sqrt(held + 1.0) - np.sqrt(held))


@numba.njit(cache=True, nogil=True)
def _trade(
    start: Ints,
    host: Hosts,
    pair: Hosts,
    value: Floats,
    worth_root: Floats,
    counts: Counts,
    room: Room,
    waiting: Ints,
    count: int,
    step: float,
    most: int,
) -> int:
    """Let the last of those who wait bid, `most` times; return how many still wait."""
    for _ in range(most):
        if count == 0:
            break
        count -= 1
        i = waiting[count]
        best, second, at = -FAR, -FAR, -1
        for e in range(start[i], start[i + 1]):
            worth = value[e] + counts.gain[pair[e]] - room.host_price[host[e]]
            if worth > best:
                second = best
                best = worth
                at = e
            elif worth > second:
                second = worth
        j = host[at]
        s = cheapest(room, j)
        raise_by = step if second < -FAR / 2 else best - second + step
        before = take(room, s, j, i, room.price[s] + raise_by)
        if before >= 0:
            _count(counts, worth_root, pair[room.edge[before]], -1.0)
            room.place[before] = NOBODY
            room.edge[before] = NOBODY
            waiting[count] = before
            count += 1
        room.place[i] = s
        room.edge[i] = at
        _count(counts, worth_root, pair[at], 1.0)
    return count


def trade(
    network: Network,
    value: Floats,
    diversity_price: float,
    watch: Watch,
    *,
    step: float,
) -> Ints | None:
    """Give every student one edge with a large Σ value + μ S.

    Parameters
    ----------
    network : Network
        With hosts for the unplaced.
    value : (E,) float64
        Of each edge, beside what its contact adds to S.
    diversity_price : float
        μ.
    watch : Watch
    step : float
        Least raise of a bid; the work grows as it falls.

    Returns
    -------
    (n,) int64 or None
        None when the watch stopped it.
    """
    root = diversity_price * np.sqrt(network.weight)
    held = network.pinned_count.astype(np.float64)
    counts = Counts(held, root * (np.sqrt(held + 1.0) - np.sqrt(held)))
    room = make_room(network.capacity, network.n_students)
    host, pair = network.edge_host.astype(np.int32), network.edge_pair.astype(np.int32)
    count = network.n_students
    waiting = np.arange(count)[::-1].copy()
    for _ in range(max(MOST_BIDS * count, FEW_BIDS) // SLICE + 1):
        count = _trade(
            network.start, host, pair, value, root, counts, room, waiting, count, step, SLICE
        )
        if count == 0:
            return room.edge
        if watch.should_stop():
            return None
    return room.edge if place_last(network.start, host, room, waiting, count, watch) else None
