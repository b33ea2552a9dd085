"""Neighbourhood search over a choice of edges: the policy around the compiled kernel."""

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import contacts_of
from exchange.matching.desk import Answer, Best, Graph, make_desk
from exchange.matching.limits import Network
from exchange.matching.progress import Watch

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

CLIMB = 0.999
"""Factor by which μ swings per neighbourhood while S is held at its floor."""
LEAST, MOST = 0.5, 3.0
"""How far μ may swing, as multiples of what it starts from."""
SLICE = 100_000
"""Students freed between two looks at the watch: a fraction of a second."""
QUIET = 1e-11
"""Noise on values in any case, so that ties do not fall the same way each time."""


class Search:
    """Improves answers by freeing a few related students and assigning them anew.

    Parameters
    ----------
    network : Network
    kept : (X,) int64
        Edges that may be used, ascending; every answer given must lie within.
    seed : int
        Starts the random walk; equal seeds walk equally.
    """

    def __init__(self, network: Network, kept: IntArray, *, seed: int) -> None:
        self._network = network
        self._kept = kept
        student = network.edge_student[kept]
        self._start = np.searchsorted(student, np.arange(network.n_students + 1)).astype(np.int64)
        self._host = np.ascontiguousarray(network.edge_host[kept])
        self._pair = np.ascontiguousarray(network.edge_pair[kept])
        cell = network.edge_cell
        self._cell = np.zeros(0, np.int64) if cell is None else np.ascontiguousarray(cell[kept])
        self._quality = np.ascontiguousarray(network.quality[kept])
        self._root = np.sqrt(network.weight)
        self._base = network.pinned_count.astype(np.float64)
        degree = np.bincount(self._host, minlength=network.n_hosts)
        self._places = np.minimum(network.capacity, degree)
        # The generator must not start at zero, where it would stay.
        self._state = np.array([(seed * 2 + 1) * 0x9E3779B97F4A7C15 % 2**64], dtype=np.uint64)

    def improve(
        self,
        edge: IntArray,
        *,
        rounds: int,
        size: int,
        diversity_price: float,
        with_quality: bool,
        floor: float | None = None,
        heat: float = 0.0,
        pair_price: FloatArray | None = None,
        watch: Watch | None = None,
    ) -> IntArray:
        """Look for a larger Q + μ S, or for a larger Q above a floor of S.

        Parameters
        ----------
        edge : (n,) int64
            The answer to start from.
        rounds, size : int
            Number of neighbourhoods and students in each.
        diversity_price : float
            μ.
        with_quality : bool
            False leaves Q out.
        floor : float, optional
            S to keep, pinned placements included; μ then swings about it.
        heat : float
            Lets answers worsen by about this much on the way.
        pair_price : (P + 1,) float64, optional
            Prices λ of a relaxation, mixed into the values of some neighbourhoods.
        watch : Watch, optional
            Asked between slices of the work; without one all rounds are done.

        Returns
        -------
        (n,) int64
            The best answer seen; the given one when none was better.
        """
        network = self._network
        if network.n_students < 2 or rounds < 1:
            return edge
        # Compiling takes seconds, and small cohorts never come here.
        from exchange.matching.kernels import begin, search

        current = np.searchsorted(self._kept, edge).astype(np.int64)
        slot_start, guest, slot_of = lay_places(self._places, self._host[current])
        count = contacts_of(network, edge).astype(np.int64)
        size = min(size, network.n_students)
        nothing = np.zeros(network.n_pairs + 1)
        graph = Graph(
            start=self._start,
            host=self._host,
            pair=self._pair,
            cell=self._cell,
            quality=self._quality if with_quality else np.zeros(self._quality.size),
            root=self._root,
            base=self._base,
            price=nothing if pair_price is None else pair_price,
            slot_start=slot_start,
        )
        answer = Answer(edge=current, slot_of=slot_of, guest=guest, contacts=count)
        desk = make_desk(size, network.n_students, network.n_hosts, guest.size)
        best = Best(
            current.copy(),
            np.zeros(current.size, dtype=np.int64),
            np.zeros(current.size, dtype=np.bool_),
            np.zeros(5),
        )
        begin(graph, answer, best, float(diversity_price))
        done = 0
        while done < rounds:
            part = min(max(SLICE // size, 1), rounds - done)
            done += part
            stopping = watch is not None and watch.should_stop()
            search(
                graph,
                answer,
                desk,
                best,
                self._state,
                size,
                1 if stopping else part,
                stopping or done == rounds,
                (LEAST * diversity_price, MOST * diversity_price, CLIMB),
                -1.0 if floor is None else float(floor),
                max(QUIET, heat / 1024.0),
                float(heat),
                pair_price is not None,
            )
            if stopping:
                break
        return self._kept[best.edge]


def lay_places(places: IntArray, host: IntArray) -> tuple[IntArray, IntArray, IntArray]:
    """Lay the places of all hosts out one by one, with who holds each.

    Parameters
    ----------
    places : (m,) int64
        Places of each host.
    host : (n,) int64
        Host of each student.

    Returns
    -------
    start : (m + 1,) int64
        Places of host j are start[j] … start[j + 1] − 1.
    guest : (places,) int64
        Student at each place; −1: free.
    place : (n,) int64
        Place of each student.
    """
    start = np.append(0, np.cumsum(places)).astype(np.int64)
    order = np.argsort(host, kind="stable")
    ordered = host[order]
    rank = np.arange(order.size) - np.searchsorted(ordered, ordered)
    place = np.empty(order.size, dtype=np.int64)
    place[order] = start[ordered] + rank
    guest = np.full(int(start[-1]), -1, dtype=np.int64)
    guest[place] = np.arange(order.size)
    return start, guest, place
