"""Prices of nation pairs by rounds: assign at the present prices, then move each price.

A pair that is met more often than its price says is worth less, one that is met less often is
worth more. The step is scaled by the curvature of √(w n), which makes a few dozen rounds enough
where a plain subgradient needs hundreds.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.auction import Room, bid, make_room, queue, release, reopen
from exchange.matching.bounds import Prices
from exchange.matching.field import Field, bound_from, grow, nation_prices, with_best
from exchange.matching.last_places import place_last
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
MOST_BIDS, FEW_BIDS = 10, 10_000_000
"""Bids for each student, or in all if that is more, after which walks place the last who wait."""
SLICE = 400_000
"""Bids between two looks at the watch: well under a second."""
LAST_RATE = 0.03
PLAN_STEP = 1e-3
"""Least raise where a plan is filled: values there are 0 or 1."""
LEAST_PRICE = 1e-9


class Rounds(NamedTuple):
    """Where the rounds ended.

    Attributes
    ----------
    network : Network
        Holds whatever the sweeps brought in.
    prices : Prices
        Near the best; edges that they think little of need not be looked at.
    edge : (n,) int64
        The last complete assignment, or the answer that the rounds were given.
    bound : float
    proof : Prices
        What proves `bound`.
    """

    network: Network
    prices: Prices
    edge: IntArray
    bound: float
    proof: Prices


def run_rounds(
    field: Field,
    network: Network,
    edge: IntArray,
    pair_price: FloatArray,
    watch: Watch,
    *,
    bound: float,
    proof: Prices,
    floor: float,
    epsilon: float,
    count: int = ROUNDS,
    first_rate: float = FIRST_RATE,
) -> Rounds:
    """Find prices, an assignment near them, and a bound of Q over all pairs.

    Parameters
    ----------
    field : Field
    network : Network
    edge : (n,) int64
        A complete answer within the network.
    pair_price : (P + 1,) float64
        λ to start from.
    watch : Watch
    bound : float
        A bound of Q that holds already.
    proof : Prices
        What proves it.
    floor : float
        S_floor, pinned placements included.
    epsilon : float
    count : int
        Fewer rounds than `ROUNDS` do where the prices to start from are good.
    first_rate : float
        How much of the step by the curvature the first round takes; less from good prices.
    """
    frame, pairs = field.frame, field.frame.n_pairs
    root = np.sqrt(frame.weight)
    price = np.maximum(pair_price, LEAST_PRICE)
    price[pairs] = 0.0
    room = make_room(network.capacity, network.n_students)
    average = np.zeros(pairs + 1)
    prices = Prices(price.copy(), room.host_price.copy(), 0.0)
    for turn in range(count):
        rate = first_rate * max(1.0 - 1.1 * turn / count, LAST_RATE)
        # For given λ the best μ makes the S of the counts that λ asks for the floor.
        mu = floor / max(float((frame.weight[:pairs] / (2.0 * price[:pairs])).sum()), 1e-12)
        steps = (*FIRST_STEPS, STEP) if turn == 0 else (max(4 * STEP, 0.02 * rate), STEP)
        if not _auction(network, network.quality + price[network.edge_pair], room, steps, watch):
            break
        edge = room.edge.copy()
        met = np.bincount(network.edge_pair[edge], minlength=pairs + 1) + frame.pinned_count
        average += (met - average) * max(MEMORY, 1.0 / (turn + 1))
        if turn in SWEEPS or count < ROUNDS:
            prices = Prices(price.copy(), room.host_price.copy(), mu)
            top = best_pairs(
                field.pairs,
                GROWTH,
                share=1.0,
                nation_price=nation_prices(field, price),
                seat_price=prices.host[: frame.n_hosts],
            )
            best = with_best(network, prices, top)
            found = bound_from(field, network, prices, best, floor=floor)
            if found < bound:
                bound, proof = found, prices
            if watch.should_stop():
                break
            network, edge = grow(field, network, top, edge)
            room.edge[:] = edge
        asked = (mu * root / (2.0 * np.maximum(price, LEAST_PRICE))) ** 2
        away = (average - asked) / (2.0 * np.maximum(asked, 1.0))
        price *= np.exp(-rate * np.clip(away, -1.0, 1.0))
        beyond = float((root * np.sqrt(average)).sum()) / max(floor, 1e-12) - 1.0
        price *= np.exp(-SCALE_RATE * rate * np.clip(beyond / max(epsilon, 1e-3), -1.0, 1.0))
        price[pairs] = 0.0
    return Rounds(network, proof if proof.diversity > 0.0 else prices, edge, bound, proof)


def _auction(
    network: Network, value: FloatArray, room: Room, steps: tuple[float, ...], watch: Watch
) -> bool:
    """Assign anew at falling steps; say whether everybody has a place."""
    host = network.edge_host.astype(np.int32)
    for step in steps:
        release(network.start, host, value, room, step)
        if not _bid_all(network, host, value, room, step, watch):
            return False
    if room.price.size > network.n_students and reopen(room):
        release(network.start, host, value, room, steps[-1])
        return _bid_all(network, host, value, room, steps[-1], watch)
    return True


def _bid_all(
    network: Network,
    host: npt.NDArray[np.int32],
    value: FloatArray,
    room: Room,
    step: float,
    watch: Watch,
) -> bool:
    """Let everybody without a place bid; say whether all have one in the end."""
    waiting, count = queue(room)
    for _ in range(max(MOST_BIDS * network.n_students, FEW_BIDS) // SLICE + 1):
        count = bid(network.start, host, value, room, waiting, count, step, SLICE)
        if count == 0:
            return True
        if watch.should_stop():
            return False
    return place_last(network.start, host, room, waiting, count, watch)


def assign_by_auction(network: Network, value: FloatArray, watch: Watch) -> IntArray | None:
    """Assign every student with a total value within `PLAN_STEP` per student of the largest.

    Where bids run out walks place the last, which is near it. None when the watch stopped it, or
    where not everybody can have a place.
    """
    room = make_room(network.capacity, network.n_students)
    complete = _auction(network, value, room, (0.1, PLAN_STEP), watch)
    return room.edge if complete else None
