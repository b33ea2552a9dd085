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
def cheapest(room: Room, j: int) -> np.int64:
    """Find the place of host j with the lowest price."""
    best = room.first[j]
    for s in range(room.first[j] + 1, room.first[j + 1]):
        if room.price[s] < room.price[best]:
            best = np.int64(s)
    return np.int64(best)


@numba.njit(cache=True, nogil=True)
def take(room: Room, s: np.int64, j: int, who: int, price: float) -> np.int64:
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


def queue(room: Room) -> tuple[Ints, int]:
    """List the students without a place, the first of them last, with room for everybody."""
    waiting = np.flatnonzero(room.place < 0)[::-1]
    count = int(waiting.size)
    return np.append(waiting, np.zeros(room.place.size - count, dtype=np.int64)), count


@numba.njit(cache=True, nogil=True)
def bid(
    start: Ints,
    host: Hosts,
    value: Floats,
    room: Room,
    waiting: Ints,
    count: int,
    step: float,
    most: int,
) -> int:
    """Let the last of those who wait bid, at most `most` times; return how many still wait.

    `step` is the least raise of a price: once nobody waits, the assignment is within `step` per
    student of the best among those that fill the same places.
    """
    for _ in range(most):
        if count == 0:
            break
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
        s = cheapest(room, j)
        raise_by = step if second < -FAR / 2 else best - second + step
        before = take(room, s, j, i, room.price[s] + raise_by)
        room.place[i] = s
        room.edge[i] = at
        if before >= 0:
            room.place[before] = NOBODY
            room.edge[before] = NOBODY
            waiting[count] = before
            count += 1
    return count


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
