"""A large problem seen whole and in part: all its pairs as stored, and networks of a few of them.

A `Network` of all pairs of a dense problem of ten thousand people would take three gigabytes.
Here the pairs stay where the problem has them; a network holds the pairs that a student may
want at the present prices, and what is claimed of all pairs is proved by a sweep over them.
"""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import ROUNDING, Prices, pairs_term
from exchange.matching.limits import (
    HOST_SALT,
    STUDENT_SALT,
    Network,
    with_unplaced,
)
from exchange.matching.measures import FLOOR_TOLERANCE, find_edges
from exchange.matching.problem import Problem
from exchange.matching.sweeps import Pairs, Top, nations_that_meet
from exchange.matching.tiebreak import seeded_order

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Field(NamedTuple):
    """A problem without conflicts, reduced to its free students and places.

    Attributes
    ----------
    pairs : Pairs
    frame : Network
        Everything of a network but its edges.
    pair_of : (K, K) int64
        Index of each nation pair; P where no usable pair joins the two.
    meets : (K, K) bool
        Whether a usable pair joins students of the one with hosts of the other.
    limits : (P + 1,) int64
        Most contacts each pair can gain.
    unplaced : dict
        Nation → students who stay without a place, once coverage has said so.
    """

    pairs: Pairs
    frame: Network
    pair_of: IntArray
    meets: npt.NDArray[np.bool_]
    limits: IntArray
    unplaced: dict[int, int]


class Cast(NamedTuple):
    """A field after coverage, with a network that holds a complete answer."""

    field: Field
    network: Network
    edge: IntArray


def build_field(problem: Problem, *, seed: int) -> Field:
    """Reduce a problem without conflicts to its free part; ties fall as in `build_network`."""
    n, m, nations = problem.n_students, problem.n_hosts, problem.n_nations
    free = np.ones(n, dtype=bool)
    free[problem.pin[:, 0]] = False
    places = problem.capacity - np.bincount(problem.pin[:, 1], minlength=m)
    students = seeded_order(problem.student_key, seed=seed, salt=STUDENT_SALT)
    hosts = seeded_order(problem.host_key, seed=seed, salt=HOST_SALT)
    students, hosts = students[free[students]], hosts[places[hosts] > 0]
    seat = np.full(m, -1, dtype=np.int32)
    seat[hosts] = np.arange(hosts.size, dtype=np.int32)
    shut = np.zeros(problem.n_edges if problem.forbid.size else 0, dtype=bool)
    if problem.forbid.size:
        closed = find_edges(problem, problem.forbid[:, 0], problem.forbid[:, 1])
        shut[closed[closed >= 0]] = True
    pairs = Pairs(
        start=problem.start,
        host=problem.edge_host,
        quality=problem.edge_quality,
        row=students,
        seat=seat,
        student_nation=problem.student_nation[students],
        host_nation=problem.host_nation[hosts],
        shut=shut,
        least=np.float32(problem.min_quality),
    )
    meets = nations_that_meet(pairs, nations)
    pinned_at = (problem.student_nation[problem.pin[:, 0]], problem.host_nation[problem.pin[:, 1]])
    pinned = np.zeros((nations, nations), dtype=np.int64)
    np.add.at(pinned, (np.minimum(*pinned_at), np.maximum(*pinned_at)), 1)
    known = np.triu(meets | meets.T, 1) | (pinned > 0)
    a, b = np.nonzero(known)
    pair_of = np.full((nations, nations), a.size, dtype=np.int64)
    pair_of[a, b] = pair_of[b, a] = np.arange(a.size)
    nobody, no_edge = np.zeros(0, dtype=np.int64), np.zeros(students.size + 1, dtype=np.int64)
    edges = find_edges(problem, problem.pin[:, 0], problem.pin[:, 1])
    frame = Network(
        student_row=students,
        host_row=hosts,
        student_nation=pairs.student_nation,
        host_nation=pairs.host_nation,
        capacity=places[hosts],
        start=no_edge,
        edge_student=nobody,
        edge_host=nobody,
        edge_pair=nobody,
        quality=np.zeros(0),
        weight=np.append(problem.pair_weight[a, b], 0.0),
        pinned_count=np.append(pinned[a, b], 0),
        pair_code=a * nations + b,
        pinned_quality=float(problem.edge_quality[edges].astype(np.float64).sum()),
    )
    coming = np.bincount(frame.student_nation, minlength=nations)
    room = np.bincount(frame.host_nation, weights=frame.capacity, minlength=nations)
    most = np.minimum(coming[:, None], room[None, :].astype(np.int64)) * meets
    limits = np.append((most + most.T)[a, b], 0)
    return Field(pairs, frame, pair_of, meets, limits, {})


def network_of(field: Field, code: IntArray, quality: npt.NDArray[np.float32]) -> Network:
    """Build the network of some pairs, with the hosts for the unplaced.

    Parameters
    ----------
    field : Field
    code : (E,) int64
        student · m + seat of each pair, ascending.
    quality : (E,) float32
    """
    frame = field.frame
    student, seat = np.divmod(code, max(frame.n_hosts, 1))
    pair = field.pair_of[frame.student_nation[student], frame.host_nation[seat]]
    network = replace(
        frame,
        start=np.searchsorted(student, np.arange(frame.n_students + 1)).astype(np.int64),
        edge_student=student,
        edge_host=seat,
        edge_pair=pair,
        quality=quality.astype(np.float64),
    )
    return with_unplaced(network, field.unplaced)


def nation_prices(field: Field, pair_price: FloatArray) -> FloatArray:
    """Lay λ out by nation of student and of host, (K, K)."""
    return pair_price[field.pair_of]


def with_best(network: Network, prices: Prices, top: Top) -> FloatArray:
    """Take the best value of each student from a sweep, staying without a place included.

    `network` says how students may stay without: by hosts after those of the frame.
    """
    best = top.value[:, 0].copy()
    without = np.flatnonzero(network.host_row[network.edge_host] < 0)
    np.maximum.at(best, network.edge_student[without], -prices.host[network.edge_host[without]])
    return best


def bound_from(
    field: Field, network: Network, prices: Prices, best: FloatArray, *, floor: float | None
) -> float:
    """Bound S (no floor) or Q over all pairs from the best value of each student.

    The same formula as `bounds.diversity_bound` and `bounds.fit_bound`, which take that value
    over the edges of a network.
    """
    value = float(best.sum()) + float(prices.host @ network.capacity)
    diversity = 1.0 if floor is None else prices.diversity
    value += pairs_term(network, prices.pair, field.limits, diversity=diversity)
    if floor is None:
        return value + ROUNDING * abs(value)
    value -= diversity * floor * (1.0 - FLOOR_TOLERANCE)
    value += network.pinned_quality
    return value + ROUNDING * (abs(value) + diversity * floor)


def codes_of(top: Top, seats: int) -> tuple[IntArray, npt.NDArray[np.float32]]:
    """List the pairs of a sweep as student · m + seat, ascending, with their qualities."""
    student = np.repeat(np.arange(top.seat.shape[0]), top.seat.shape[1])
    seat = top.seat.ravel().astype(np.int64)
    there = seat >= 0
    code = student[there] * max(seats, 1) + seat[there]
    order = np.argsort(code, kind="stable")
    return code[order], top.quality.ravel()[there][order]


def grow(field: Field, network: Network, top: Top, edge: IntArray) -> tuple[Network, IntArray]:
    """Bring the pairs of a sweep into a network; return it with the new numbers of `edge`."""
    seats = field.frame.n_hosts
    real = network.edge_host < seats
    known = network.edge_student[real] * max(seats, 1) + network.edge_host[real]
    code, quality = codes_of(top, seats)
    fresh = ~np.isin(code, known, assume_unique=True)
    if not fresh.any():
        return network, edge
    code = np.concatenate([known, code[fresh]])
    order = np.argsort(code, kind="stable")
    quality = np.concatenate([network.quality[real].astype(np.float32), quality[fresh]])
    grown = network_of(field, code[order], quality[order])
    wide = grown.n_hosts
    place = network.edge_student[edge] * wide + network.edge_host[edge]
    return grown, np.searchsorted(grown.edge_student * wide + grown.edge_host, place)


def edges_again(before: Network, after: Network, edge: IntArray) -> IntArray:
    """Find edges of a network in one that has grown out of it."""
    code = after.edge_student * after.n_hosts + after.edge_host
    return np.searchsorted(code, before.edge_student[edge] * after.n_hosts + before.edge_host[edge])
