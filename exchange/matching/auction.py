"""The compiled auction: one assignment of students to places at given values, with host prices.

Bertsekas 1988 with similar objects (Bertsekas and Castañon 1989): a student without a place
bids for the host of the largest value − price, up to what makes the second best as good. Prices
are kept from one call to the next, so that values which changed a little cost little.
"""

from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hosts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

FAR = 1.0e18
NOBODY = -1


class Room(NamedTuple):
    """Places and who holds them; everything is changed in place by `bid`.

    Attributes
    ----------
    first : (m + 1,) int64
        Places of host j are first[j] … first[j + 1] − 1.
    price : (C,) float64
        Price of each place.
    guest : (C,) int64
        Student who holds it, −1 nobody.
    place : (n,) int64
        Place of each student, −1 without.
    edge : (n,) int64
        Edge by which it is held.
    host_price : (m,) float64
        Lowest price of the places of each host.
    """

    first: Ints
    price: Floats
    guest: Ints
    place: Ints
    edge: Ints
    host_price: Floats


def make_room(capacity: Ints, students: int) -> Room:
    """Lay out empty places at price zero; there must be at least as many as students."""
    first = np.append(0, np.cumsum(capacity)).astype(np.int64)
    places = int(first[-1])
    return Room(
        first=first,
        price=np.zeros(places),
        guest=np.full(places, NOBODY, dtype=np.int64),
        place=np.full(students, NOBODY, dtype=np.int64),
        edge=np.full(students, NOBODY, dtype=np.int64),
        host_price=np.zeros(capacity.size),
    )


@numba.njit(cache=True, nogil=True)
def _cheapest(room: Room, j: int) -> np.int64:
    best = room.first[j]
    for s in range(room.first[j] + 1, room.first[j + 1]):
        if room.price[s] < room.price[best]:
            best = np.int64(s)
    return np.int64(best)


@numba.njit(cache=True, nogil=True)
def _take(room: Room, s: np.int64, j: int, who: int, price: float) -> np.int64:
    """Give a place away at a price; return who held it."""
    before: np.int64 = room.guest[s]
    room.guest[s] = who
    room.price[s] = price
    low = price
    for other in range(room.first[j], room.first[j + 1]):
        low = min(low, room.price[other])
    room.host_price[j] = low
    return before


@numba.njit(cache=True, nogil=True)
def release(start: Ints, host: Hosts, value: Floats, room: Room, step: float) -> int:
    """Free every student whose place is no longer within `step` of the best; return how many."""
    freed = 0
    for i in range(room.place.size):
        s = room.place[i]
        if s < 0:
            freed += 1
            continue
        best = -FAR
        for e in range(start[i], start[i + 1]):
            best = max(best, value[e] - room.host_price[host[e]])
        if value[room.edge[i]] - room.price[s] < best - step:
            room.guest[s] = NOBODY
            room.place[i] = NOBODY
            room.edge[i] = NOBODY
            freed += 1
    return freed


@numba.njit(cache=True, nogil=True)
def bid(start: Ints, host: Hosts, value: Floats, room: Room, step: float, most_bids: int) -> int:
    """Let students without a place bid until each has one; return the bids made.

    `step` is the least raise of a price: the assignment is then within `step` per student of
    the best among those that fill the same places. A return of `most_bids` means that it was
    not enough: somebody may then be without a place.
    """
    waiting = np.empty(room.place.size, dtype=np.int64)
    count = 0
    for i in range(room.place.size - 1, -1, -1):
        if room.place[i] < 0:
            waiting[count] = i
            count += 1
    bids = 0
    while count > 0 and bids < most_bids:
        bids += 1
        count -= 1
        i = waiting[count]
        best, second, at = -FAR, -FAR, -1
        for e in range(start[i], start[i + 1]):
            worth = value[e] - room.host_price[host[e]]
            if worth > best:
                second = best
                best = worth
                at = e
            elif worth > second:
                second = worth
        j = host[at]
        s = _cheapest(room, j)
        raise_by = step if second < -FAR / 2 else best - second + step
        before = _take(room, s, j, i, room.price[s] + raise_by)
        room.place[i] = s
        room.edge[i] = at
        if before >= 0:
            room.place[before] = NOBODY
            room.edge[before] = NOBODY
            waiting[count] = before
            count += 1
    return bids


@numba.njit(cache=True, nogil=True)
def reopen(room: Room) -> int:
    """Set the price of places that nobody holds to zero; return how many had one above."""
    changed = 0
    for j in range(room.first.size - 1):
        low = FAR
        for s in range(room.first[j], room.first[j + 1]):
            if room.guest[s] == NOBODY and room.price[s] > 0.0:
                room.price[s] = 0.0
                changed += 1
            low = min(low, room.price[s])
        room.host_price[j] = low
    return changed
