"""Evens out who is placed over nations, by exchanges along alternating walks. Compiled.

Walks that keep every person placed reach the largest number of places, but which persons of a
nation were placed first can shut out another nation. The vectors of places by nation are the
bases of a polymatroid, where single exchanges decide (Federgruen and Groenevelt 1986): as long as
a walk leads from a student without a place to one of a nation whose last place ranks after the
next place of the first, the one takes the place of the other.
"""

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hosts = npt.NDArray[np.int32]

NO_CLAIM = 2**62


@numba.njit(cache=True, nogil=True)
def even_out(
    start: Ints,
    host: Hosts,
    first: Ints,
    seat_of: Hosts,
    student_nation: Ints,
    rank: Ints,
    rank_start: Ints,
) -> int:
    """Exchange places until no nation has a claim on another's; return how often.

    Parameters
    ----------
    start, host
        Usable seats of each student.
    first : (m + 1,) int64
        Places of seat j are first[j] … first[j + 1] − 1.
    seat_of : (n,) int32
        A largest placing; changed in place.
    student_nation : (n,) int64
    rank, rank_start
        Ranks of nation a's places, in their order, from rank_start[a] on. Each exchange lowers
        the sum of the ranks taken, so there is an end.
    """
    n, m, nations = start.size - 1, first.size - 1, rank_start.size - 1
    guest = np.full(first[m], -1, dtype=np.int64)
    slot_of = np.full(n, -1, dtype=np.int64)
    used = np.zeros(m, dtype=np.int64)
    placed = np.zeros(nations, dtype=np.int64)
    for i in range(n):
        j = seat_of[i]
        if j >= 0:
            slot_of[i] = first[j] + used[j]
            guest[slot_of[i]] = i
            used[j] += 1
            placed[student_nation[i]] += 1
    seen = np.zeros(m, dtype=np.int64)
    before = np.full(n, -1, dtype=np.int64)
    queue = np.empty(n, dtype=np.int64)
    claim = np.empty(nations, dtype=np.int64)
    attempt, exchanges, at = 1, 0, 0
    while at < nations:
        # The strongest claim first: where it found nothing to take, no weaker one does, so all
        # nations together enter each seat once between two exchanges.
        for a in range(nations):
            left_out = rank_start[a] + placed[a] < rank_start[a + 1]
            claim[a] = rank[rank_start[a] + placed[a]] if left_out else NO_CLAIM
        a = np.argsort(claim)[at]
        worst, whose = claim[a], -1
        if worst == NO_CLAIM:
            break
        head, tail = 0, 0
        for i in range(n):
            if seat_of[i] < 0 and student_nation[i] == a:
                queue[tail] = i
                before[i] = -1
                tail += 1
        while head < tail:
            i = queue[head]
            head += 1
            for e in range(start[i], start[i + 1]):
                j = host[e]
                if seen[j] == attempt:
                    continue
                seen[j] = attempt
                for s in range(first[j], first[j] + used[j]):
                    g = guest[s]
                    before[g] = i
                    queue[tail] = g
                    tail += 1
                    b = student_nation[g]
                    last = rank[rank_start[b] + placed[b] - 1]
                    if last > worst:
                        worst, whose = last, g
        if whose < 0:
            at += 1
            continue
        placed[a] += 1
        placed[student_nation[whose]] -= 1
        i, s, seat = before[whose], slot_of[whose], seat_of[whose]
        seat_of[whose] = -1
        slot_of[whose] = -1
        while True:
            left, left_seat = slot_of[i], seat_of[i]
            guest[s] = i
            slot_of[i] = s
            seat_of[i] = seat
            if before[i] < 0:
                break
            s, seat, i = left, left_seat, before[i]
        exchanges += 1
        attempt += 1
        at = 0
    return exchanges
