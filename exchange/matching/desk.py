"""The arrays that the compiled neighbourhood search works on. No policy, and no loops."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Graph(NamedTuple):
    """What does not change during a search; one entry per edge, label or place.

    The labels of an edge are its nation pair and, where guests inside a host count, its cell;
    else `cell` is empty.
    """

    start: Ints
    host: Ints
    pair: Ints
    cell: Ints
    quality: Floats
    root: Floats
    base: Floats
    price: Floats
    slot_start: Ints


class Answer(NamedTuple):
    """The present answer: edge and place of each student, who holds each place, label counts."""

    edge: Ints
    slot_of: Ints
    guest: Ints
    contacts: Ints


class Best(NamedTuple):
    """The best answer so far, and where the search stands, so that it can be taken up again.

    Attributes
    ----------
    edge : (n,) int64
        Of each student, but of those who moved since.
    moved : (n,) int64
        Students who moved since, as many as `standing` says.
    has_moved : (n,) bool
    standing : (5,) float64
        Q, S and μ now, the worth of the best, and the number of those who moved since.
    """

    edge: Ints
    moved: Ints
    has_moved: npt.NDArray[np.bool_]
    standing: Floats


class Desk(NamedTuple):
    """Room for one neighbourhood, allocated once."""

    freed: Ints
    slots: Ints
    slot_host: Ints
    next_slot: Ints
    value: Floats
    chosen: Ints
    match: Ints
    target: Ints
    old_edge: Ints
    chain: Ints
    taker: Ints
    slack: Floats
    price_row: Floats
    price_column: Floats
    done: npt.NDArray[np.bool_]
    is_freed: Ints
    first_slot: Ints
    is_spare: Ints


def make_desk(size: int, students: int, hosts: int, places: int) -> Desk:
    """Allocate the room for neighbourhoods of up to `size` students."""
    width = 2 * size

    def ints(count: int) -> Ints:
        return np.zeros(count, dtype=np.int64)

    return Desk(
        freed=ints(size),
        slots=ints(width),
        slot_host=ints(width),
        next_slot=ints(width),
        value=np.zeros((size, width)),
        chosen=np.zeros((size, width), dtype=np.int64),
        match=ints(size),
        target=ints(size),
        old_edge=ints(size),
        chain=ints(size),
        taker=ints(width),
        slack=np.zeros(width),
        price_row=np.zeros(size),
        price_column=np.zeros(width),
        done=np.zeros(width, dtype=np.bool_),
        is_freed=ints(students),
        first_slot=np.full(hosts, -1, dtype=np.int64),
        is_spare=ints(places),
    )
