"""Compiled passes over all usable pairs of a problem, row by row as it stores them. No policy.

A pass reads 67 million pairs of a dense problem of ten thousand in a fraction of a second, and
makes nothing of their number. Rows are independent, so two threads share them and the result is
the same for any number of threads.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import NamedTuple

import numba
import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Hosts = npt.NDArray[np.int32]
Floats = npt.NDArray[np.float64]

THREADS = 2
NEVER = -1.0e18


class Pairs(NamedTuple):
    """All pairs of a problem, seen from its free students and places in seeded order.

    Attributes
    ----------
    start, host, quality
        Rows of the problem, as it stores them.
    row : (n,) int64
        Row of each free student.
    seat : (all hosts,) int32
        Number of each host in seeded order; −1 without a free place.
    student_nation : (n,) int64
    host_nation : (m,) int64
        By seat.
    shut : (E,) bool, or empty
        Pairs that a forbid closes.
    least : float
        Minimum quality.
    """

    start: Ints
    host: Hosts
    quality: npt.NDArray[np.float32]
    row: Ints
    seat: Hosts
    student_nation: Ints
    host_nation: Ints
    shut: npt.NDArray[np.bool_]
    least: np.float32


class Top(NamedTuple):
    """The best pairs of each student: seat (−1 where there are fewer), quality, value."""

    seat: Hosts
    quality: npt.NDArray[np.float32]
    value: Floats


@numba.njit(cache=True, nogil=True)
def _top_rows(
    pairs: Pairs,
    share: float,
    nation_price: Floats,
    seat_price: Floats,
    noise: float,
    salt: np.uint64,
    low: int,
    high: int,
    top: Top,
) -> None:
    width = top.seat.shape[1]
    for i in range(low, high):
        row = pairs.row[i]
        price = nation_price[pairs.student_nation[i]]
        filled = 0
        for e in range(pairs.start[row], pairs.start[row + 1]):
            seat = pairs.seat[pairs.host[e]]
            if seat < 0 or pairs.quality[e] < pairs.least:
                continue
            if pairs.shut.size > 0 and pairs.shut[e]:
                continue
            worth = share * pairs.quality[e] + price[pairs.host_nation[seat]] - seat_price[seat]
            if noise > 0.0:
                x = (np.uint64(i) * np.uint64(0x9E3779B97F4A7C15)) ^ (
                    np.uint64(seat) * np.uint64(0xC2B2AE3D27D4EB4F) + salt
                )
                x ^= x >> np.uint64(29)
                x *= np.uint64(0xBF58476D1CE4E5B9)
                x ^= x >> np.uint64(32)
                worth += noise * (np.float64(x >> np.uint64(11)) / 9007199254740992.0)
            if filled == width:
                last = top.value[i, width - 1]
                # Ties go to the lower seat, so that the order of rows does not matter.
                if worth < last or (worth == last and seat > top.seat[i, width - 1]):
                    continue
            at = min(filled, width - 1)
            while at > 0 and (
                worth > top.value[i, at - 1]
                or (worth == top.value[i, at - 1] and seat < top.seat[i, at - 1])
            ):
                top.value[i, at] = top.value[i, at - 1]
                top.seat[i, at] = top.seat[i, at - 1]
                top.quality[i, at] = top.quality[i, at - 1]
                at -= 1
            top.value[i, at] = worth
            top.seat[i, at] = seat
            top.quality[i, at] = pairs.quality[e]
            filled = min(filled + 1, width)


def best_pairs(
    pairs: Pairs,
    width: int,
    *,
    share: float,
    nation_price: Floats,
    seat_price: Floats,
    noise: float = 0.0,
    salt: int = 0,
) -> Top:
    """Find the `width` pairs of each student of largest share · q + λ − v, in falling order.

    Parameters
    ----------
    pairs : Pairs
    width : int
    share : float
        1 or 0: whether quality counts.
    nation_price : (K, K) float64
        λ of student's nation and host's nation; symmetric.
    seat_price : (m,) float64
        v.
    noise : float
        Adds a fixed random number below this to each pair.
    salt : int
        Chooses the random numbers.
    """
    n = pairs.row.size
    top = Top(
        np.full((n, width), -1, dtype=np.int32),
        np.zeros((n, width), dtype=np.float32),
        np.full((n, width), NEVER),
    )
    mixed = np.uint64(salt * 0x9E3779B97F4A7C15 % 2**64)

    def part(low: int, high: int) -> None:
        _top_rows(pairs, share, nation_price, seat_price, noise, mixed, low, high, top)

    in_parts(part, n)
    return top


@numba.njit(cache=True, nogil=True)
def _meeting_rows(pairs: Pairs, low: int, high: int, meets: npt.NDArray[np.bool_]) -> None:
    for i in range(low, high):
        row = pairs.row[i]
        mine = meets[pairs.student_nation[i]]
        for e in range(pairs.start[row], pairs.start[row + 1]):
            seat = pairs.seat[pairs.host[e]]
            if seat < 0 or pairs.quality[e] < pairs.least:
                continue
            if pairs.shut.size > 0 and pairs.shut[e]:
                continue
            mine[pairs.host_nation[seat]] = True


def nations_that_meet(pairs: Pairs, nations: int) -> npt.NDArray[np.bool_]:
    """Say for each nation of students and of hosts whether some usable pair joins them, (K, K)."""
    meets = np.zeros((nations, nations), dtype=np.bool_)
    in_parts(lambda low, high: _meeting_rows(pairs, low, high, meets), pairs.row.size)
    return meets


def in_parts(work: Callable[[int, int], None], size: int) -> None:
    """Call compiled `work` on ranges that cover 0 … size − 1, in threads."""
    cuts = [size * part // THREADS for part in range(THREADS + 1)]
    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work, a, b) for a, b in pairwise(cuts)]:
            done.result()
