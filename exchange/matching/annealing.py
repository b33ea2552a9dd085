"""Simulated annealing over a network: the layout around `nation_moves` and `chain_moves`.

Where students have few edges, exchanges of two or three of them hardly exist and neighbourhoods
stop a tenth of a percent away. For S alone, moves between nations with a walk inside each go on;
for Q + μ S, chains of four that are found from both ends.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.limits import Network
from exchange.matching.progress import Watch
from exchange.matching.search import lay_places

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

SLICE = 500_000
"""Moves between two looks at the watch."""
SLICE_OF_CHAINS = 50_000
CLIMB = 0.9999
"""Factor by which μ swings with every chain while S is held at its floor."""
LEAST, MOST = 0.5, 6.0
"""How far μ may swing, as multiples of what it starts from."""


class Cooling(NamedTuple):
    """How long to anneal, for each student, and from which temperature to which."""

    moves: int
    first: float
    last: float


def can_anneal(network: Network) -> bool:
    """Say whether S depends on nations alone, which the moves take for granted."""
    return network.edge_cell is None and network.n_students > 1


def anneal_diversity(
    network: Network, edge: IntArray, cooling: Cooling, watch: Watch, *, seed: int
) -> IntArray:
    """Look for an answer of larger S by annealing.

    Parameters
    ----------
    network : Network
        Without cells; see `can_anneal`.
    edge : (n,) int64
        The answer to start from.
    cooling : Cooling
        Temperatures in units of S.
    watch : Watch
        May end it early.
    seed : int
        Starts the random moves; equal seeds move equally.

    Returns
    -------
    (n,) int64
        The best answer seen; the given one when none was better.
    """
    # Compiling takes seconds, and small cohorts never come here.
    from exchange.matching.nation_moves import Board, Present, anneal, make_notes

    nation = _nations_of_hosts(network)
    order = np.lexsort((network.edge_host, nation[network.edge_host], network.edge_student))
    student, host = network.edge_student[order], network.edge_host[order]
    nations = int(nation.max(initial=-1)) + 1
    begin = np.arange(network.n_students)[:, None] * nations + np.arange(nations + 1)[None, :]
    new_edge = np.empty(order.size, dtype=np.int64)
    new_edge[order] = np.arange(order.size)
    current = new_edge[edge]
    degree = np.bincount(host, minlength=network.n_hosts)
    slot_start, guest, slot_of = lay_places(np.minimum(network.capacity, degree), host[current])
    count = np.bincount(network.edge_pair[edge], minlength=network.n_pairs + 1)
    board = Board(
        start=network.start,
        nation_start=np.searchsorted(student * nations + nation[host], begin).astype(np.int64),
        student=student,
        host=host,
        pair=network.edge_pair[order],
        host_nation=nation,
        into_start=np.append(0, np.cumsum(degree)).astype(np.int64),
        into=np.argsort(host, kind="stable"),
        root=np.sqrt(network.weight),
        base=network.pinned_count.astype(np.float64),
        slot_start=slot_start,
    )
    present = Present(current, slot_of, guest, count.astype(np.int64))
    notes = make_notes(network.n_students, guest.size)
    best, state, reached = current.copy(), _generator(seed), -np.inf

    def part(done: int, moves: int, heats: tuple[float, float]) -> None:
        nonlocal reached
        reached = anneal(board, present, notes, best, state, done + 1, moves, heats, reached)

    _in_slices(part, cooling, network.n_students, SLICE, watch)
    return order[best]


def anneal_fit(
    network: Network,
    kept: IntArray,
    edge: IntArray,
    cooling: Cooling,
    watch: Watch,
    *,
    seed: int,
    diversity_price: float,
    floor: float,
) -> IntArray | None:
    """Look for a large Q above a floor of S by annealing.

    Parameters
    ----------
    network : Network
        Without cells; see `can_anneal`.
    kept : (X,) int64
        Edges that may be used, ascending; the answer given lies within.
    edge : (n,) int64
        The answer to start from; it need not keep the floor.
    cooling : Cooling
        Temperatures in units of Q.
    watch : Watch
        May end it early.
    seed : int
    diversity_price : float
        μ, about which it swings.
    floor : float
        S to keep, pinned placements included.

    Returns
    -------
    (n,) int64, optional
        The best answer seen that keeps the floor.
    """
    from exchange.matching.chain_moves import Roads, Swing, anneal, make_homes, make_marks

    student, host = network.edge_student[kept], network.edge_host[kept]
    current = np.searchsorted(kept, edge).astype(np.int64)
    degree = np.bincount(host, minlength=network.n_hosts)
    slot_start, guest, slot_of = lay_places(np.minimum(network.capacity, degree), host[current])
    count = np.bincount(network.edge_pair[edge], minlength=network.n_pairs + 1)
    roads = Roads(
        start=np.searchsorted(student, np.arange(network.n_students + 1)).astype(np.int64),
        student=student,
        host=host,
        pair=network.edge_pair[kept],
        quality=network.quality[kept],
        into_start=np.append(0, np.cumsum(degree)).astype(np.int64),
        into=np.argsort(host, kind="stable"),
        root=np.sqrt(network.weight),
        base=network.pinned_count.astype(np.float64),
        slot_start=slot_start,
        lots=_lots(seed),
    )
    homes = make_homes(current, slot_of, guest, count.astype(np.int64))
    marks = make_marks(guest.size)
    best, state, reached, mu = current.copy(), _generator(seed), -np.inf, diversity_price
    swing = Swing(floor, LEAST * diversity_price, MOST * diversity_price, CLIMB)

    def part(done: int, moves: int, heats: tuple[float, float]) -> None:
        nonlocal reached, mu
        reached, mu = anneal(
            roads, homes, marks, best, state, done + 1, moves, heats, mu, swing, reached
        )

    _in_slices(part, cooling, network.n_students, SLICE_OF_CHAINS, watch)
    return kept[best] if reached > -np.inf else None


def _in_slices(
    part: Callable[[int, int, tuple[float, float]], None],
    cooling: Cooling,
    students: int,
    size: int,
    watch: Watch,
) -> None:
    """Call `part` with what is done, moves to do and two temperatures, until all is done."""
    moves = cooling.moves * students
    cuts = np.linspace(0, moves, -(-moves // size) + 1).astype(np.int64).tolist()
    fall = cooling.last / cooling.first
    for low, high in pairwise(cuts):
        if watch.should_stop():
            return
        heats = tuple(cooling.first * fall ** (cut / moves) for cut in (low, high))
        part(low, high - low, (heats[0], heats[1]))


def _generator(seed: int) -> npt.NDArray[np.uint64]:
    # It must not start at zero, where it would stay.
    return np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64)


def _lots(seed: int) -> FloatArray:
    """Lay out numbers of Gumbel's distribution: the largest of worth + heat · lot is a fair draw.

    Equally likely quantiles in random order (Gumbel 1954; the use of it: Luce 1959).
    """
    from exchange.matching.chain_moves import LOTS

    even = (np.arange(LOTS) + 0.5) / LOTS
    return np.random.default_rng(seed).permutation(-np.log(-np.log(even)))


def _nations_of_hosts(network: Network) -> IntArray:
    """Number the nations of hosts; each host that stands for "unplaced" is one of its own."""
    real = network.host_row >= 0
    code = np.where(real, network.host_nation, -1 - np.cumsum(~real))
    return np.unique(code, return_inverse=True)[1].ravel().astype(np.int64)
