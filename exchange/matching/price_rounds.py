"""Prices of nation pairs by rounds: assign at the present prices, then move each price.

A pair that is met more often than its price says is worth less, one that is met less often is
worth more. The step is scaled by the curvature of √(w n), which makes a few dozen rounds enough
where a plain subgradient needs hundreds.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.auction import Room, bid, make_room, release, reopen
from exchange.matching.bounds import Prices
from exchange.matching.field import Field, bound_from, grow, nation_prices, with_best
from exchange.matching.limits import Network
from exchange.matching.progress import Watch
from exchange.matching.sweeps import best_pairs

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

ROUNDS = 80
SWEEPS = frozenset({0, 1, 2, 4, 7, 11, 16, 24, 36, 50, 64, 72, 76, 78, 79})
"""Rounds after which all pairs are looked at: for the bound, and for pairs to bring in."""
GROWTH = 8
"""Pairs of each student that a sweep brings in."""
FIRST_RATE = 0.6
MEMORY = 0.15
"""Weight of the newest counts in their running average."""
SCALE_RATE = 0.3
"""How much slower the scale of all prices follows S than each price its pair."""
STEP = 2e-4
"""Least raise of a bid, as a share of the range of qualities."""
FIRST_STEPS = (0.1, 0.02, 0.004)
MOST_BIDS = 5_000
"""Bids for each student after which an auction is given up."""
LAST_RATE = 0.03
PLAN_STEP = 1e-3
"""Least raise where a plan is filled: values there are 0 or 1."""
FIRST_TILT, LAST_TILT = 0.3, 0.01
"""Noise on the values, as a share of the mean price, where quality does not count."""
LEAST_PRICE = 1e-9


class Rounds(NamedTuple):
    """Where the rounds ended: prices, the last assignment, the network that it lies in."""

    network: Network
    prices: Prices
    edge: IntArray
    bound: float


def run_rounds(
    field: Field,
    network: Network,
    pair_price: FloatArray,
    watch: Watch,
    *,
    bound: float,
    floor: float | None = None,
    epsilon: float = 0.0,
    seed: int = 0,
) -> Rounds:
    """Find prices, an assignment near them, and a bound over all pairs.

    Parameters
    ----------
    field : Field
    network : Network
        Holds a complete answer.
    pair_price : (P + 1,) float64
        λ to start from.
    watch : Watch
    bound : float
        A bound that holds already: on Q with a floor, on S without.
    floor : float, optional
        S_floor, pinned placements included. Without it S alone is the goal.
    epsilon : float
    seed : int
        Chooses the noise that parts equal pairs where quality does not count.
    """
    frame, pairs = field.frame, field.frame.n_pairs
    root, share = np.sqrt(frame.weight), 0.0 if floor is None else 1.0
    price = np.maximum(pair_price, LEAST_PRICE)
    price[pairs] = 0.0
    room = make_room(network.capacity, network.n_students)
    average, best, prices = np.zeros(pairs + 1), bound, Prices(price, room.host_price)
    mu = 1.0
    for turn in range(ROUNDS):
        rate = FIRST_RATE * max(1.0 - 1.1 * turn / ROUNDS, LAST_RATE)
        if floor is not None:
            # For given λ the best μ makes the S of the counts that λ asks for the floor.
            mu = floor / max(float((frame.weight[:pairs] / (2.0 * price[:pairs])).sum()), 1e-12)
        unit = 1.0 if floor is not None else float(price[:pairs].mean())
        value = share * network.quality + price[network.edge_pair]
        if floor is None:
            value += unit * max(FIRST_TILT * rate / FIRST_RATE, LAST_TILT) * _noise(network, seed)
        _auction(network, value, room, unit, rate, first=turn == 0)
        if (room.place < 0).any():
            break
        met = np.bincount(network.edge_pair[room.edge], minlength=pairs + 1) + frame.pinned_count
        average += (met - average) * max(MEMORY, 1.0 / (turn + 1))
        if turn in SWEEPS:
            now = Prices(price.copy(), room.host_price.copy(), mu)
            top = best_pairs(
                field.pairs,
                GROWTH,
                share=share,
                nation_price=nation_prices(field, price),
                seat_price=now.host[: frame.n_hosts],
            )
            found = bound_from(field, network, now, with_best(network, now, top), floor=floor)
            if found < best:
                best, prices = found, now
            if watch.should_stop():
                break
            network, room.edge[:] = grow(field, network, top, room.edge)
        if turn == ROUNDS - 1:
            break
        asked = (mu * root / (2.0 * np.maximum(price, LEAST_PRICE))) ** 2
        away = (average - asked) / (2.0 * np.maximum(asked, 1.0))
        price *= np.exp(-rate * np.clip(away, -1.0, 1.0))
        if floor is not None:
            beyond = float((root * np.sqrt(average)).sum()) / floor - 1.0
            price *= np.exp(-SCALE_RATE * rate * np.clip(beyond / max(epsilon, 1e-3), -1.0, 1.0))
        price[pairs] = 0.0
    return Rounds(network, prices, room.edge.copy(), best)


def _noise(network: Network, seed: int) -> FloatArray:
    """Draw the same number in [0, 1) for a pair in every round, whatever else the network holds."""
    word = network.edge_student.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    word ^= network.edge_host.astype(np.uint64) * np.uint64(0xC2B2AE3D27D4EB4F)
    word += np.uint64((seed * 0xD1B54A32D192ED03 + 1) % 2**64)
    word ^= word >> np.uint64(29)
    word *= np.uint64(0xBF58476D1CE4E5B9)
    return (word >> np.uint64(32)).astype(np.float64) / 2.0**32


def _auction(
    network: Network, value: FloatArray, room: Room, unit: float, rate: float, *, first: bool
) -> None:
    host = network.edge_host.astype(np.int32)
    most = MOST_BIDS * network.n_students
    for step in (*FIRST_STEPS, STEP) if first else (max(4 * STEP, 0.02 * rate), STEP):
        release(network.start, host, value, room, step * unit)
        bid(network.start, host, value, room, step * unit, most)
    if room.price.size > network.n_students and reopen(room):
        release(network.start, host, value, room, STEP * unit)
        bid(network.start, host, value, room, STEP * unit, most)


def assign_by_auction(network: Network, value: FloatArray) -> IntArray | None:
    """Assign every student with a total value within `PLAN_STEP` per student of the largest."""
    room = make_room(network.capacity, network.n_students)
    host = network.edge_host.astype(np.int32)
    for step in (0.1, PLAN_STEP):
        release(network.start, host, value, room, step)
        bid(network.start, host, value, room, step, MOST_BIDS * network.n_students)
    return None if (room.place < 0).any() else room.edge.copy()
