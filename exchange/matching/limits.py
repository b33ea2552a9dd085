"""The limits as a network: pins taken out, what is not allowed left out, rows in seeded order.

Every solver below works on a `Network` and never on a `Problem`, so that no limit can be
forgotten by one of them and no answer can depend on the order of rows.
"""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.measures import find_edges
from exchange.matching.problem import Problem
from exchange.matching.solution import NO_PRICES, Certificate
from exchange.matching.tiebreak import seeded_order

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

STUDENT_SALT = 1
HOST_SALT = 2
NO_NATION = -1


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Free students, free places and usable edges, in an order that the seed decides.

    After `with_unplaced` the last hosts are not homes: they hold the students who stay without
    a place, so that every student has exactly one host and coverage is one more capacity.

    Attributes
    ----------
    student_row, host_row : (n,) and (m,) int64
        Row in the problem; −1 for a host that stands for "unplaced".
    student_nation, host_nation : (n,) and (m,) int64
    capacity : (m,) int64
        Free places, at least 1.
    start : (n + 1,) int64
        Edges of student i are start[i] … start[i + 1] − 1.
    edge_student, edge_host, edge_pair : (E,) int64
        The pair is an index into `weight`; the last pair, of weight 0, is "unplaced".
    quality : (E,) float64
    weight : (P + 1,) float64
        Weight of each nation pair that has a usable edge or a pin; then of each cell.
    pinned_count : (P + 1,) int64
        Placements of each pair, and guests in each cell, that are pinned.
    pair_code : (nation pairs,) int64
        a · K + b with a < b.
    edge_cell : (E,) int64, optional
        Where a mix inside hosts counts: the second label of each edge, its host and the nation of
        the student, as an index into `weight` behind the nation pairs; P where that counts not.
    cell_code : (cells,) int64, optional
        Host in the problem · K + nation.
    """

    student_row: IntArray
    host_row: IntArray
    student_nation: IntArray
    host_nation: IntArray
    capacity: IntArray
    start: IntArray
    edge_student: IntArray
    edge_host: IntArray
    edge_pair: IntArray
    quality: FloatArray
    weight: FloatArray
    pinned_count: IntArray
    pair_code: IntArray
    pinned_quality: float
    edge_cell: IntArray | None = None
    cell_code: IntArray | None = None

    @property
    def n_students(self) -> int:
        """Number of students who are not pinned."""
        return int(self.student_row.size)

    @property
    def n_hosts(self) -> int:
        """Number of hosts with free places, with those that stand for "unplaced"."""
        return int(self.host_row.size)

    @property
    def n_edges(self) -> int:
        """Number of usable edges."""
        return int(self.edge_host.size)

    @property
    def n_pairs(self) -> int:
        """Number of nation pairs and cells, P, without the one that stands for "unplaced"."""
        return int(self.weight.size) - 1


class Matched(NamedTuple):
    """What the three goals reached: hosts of all students, after diversity and after fit, bounds.

    Attributes
    ----------
    first, host : (n,) int64
        Host of each student, −1 without: of the largest S, and of the answer.
    s_bound, q_bound : float
        No answer of that coverage has a larger S; none above the floor has a larger Q.
    certificate : Certificate
    pairs_bound : float, optional
        Of S over nation pairs alone, where S counts a mix inside hosts too.
    """

    first: IntArray
    host: IntArray
    s_bound: float
    q_bound: float
    certificate: Certificate = NO_PRICES
    pairs_bound: float | None = None


def usable_edges(problem: Problem) -> npt.NDArray[np.bool_]:
    """Say of each edge whether minimum quality and forbids leave it usable."""
    usable = problem.edge_quality >= np.float32(problem.min_quality)
    closed = find_edges(problem, problem.forbid[:, 0], problem.forbid[:, 1])
    usable[closed[closed >= 0]] = False
    return usable


def build_network(problem: Problem, *, seed: int) -> Network:
    """Reduce a problem without conflicts to its free part.

    Parameters
    ----------
    problem : Problem
        `find_conflicts` must have found nothing.
    seed : int
        Decides the order of students and hosts, and with it every tie.

    Returns
    -------
    Network
        Without hosts for the unplaced; see `with_unplaced`.
    """
    n, m, nations = problem.n_students, problem.n_hosts, problem.n_nations
    free = np.ones(n, dtype=bool)
    free[problem.pin[:, 0]] = False
    places = problem.capacity - np.bincount(problem.pin[:, 1], minlength=m)
    students = seeded_order(problem.student_key, seed=seed, salt=STUDENT_SALT)
    hosts = seeded_order(problem.host_key, seed=seed, salt=HOST_SALT)
    students, hosts = students[free[students]], hosts[places[hosts] > 0]
    new_student = np.full(n, -1, dtype=np.int64)
    new_student[students] = np.arange(students.size)
    new_host = np.full(m, -1, dtype=np.int64)
    new_host[hosts] = np.arange(hosts.size)

    pinned_nations = _pair_codes(problem, problem.pin[:, 0], problem.pin[:, 1])
    usable = usable_edges(problem)
    edge_student, edge_host = problem.edge_student, problem.edge_host.astype(np.int64)
    usable &= (new_student[edge_student] >= 0) & (new_host[edge_host] >= 0)
    kept = np.flatnonzero(usable)
    edge_student, edge_host = edge_student[kept], edge_host[kept]
    code = _pair_codes(problem, edge_student, edge_host)
    pair_code = np.unique(np.concatenate([code, pinned_nations]))
    student, host = new_student[edge_student], new_host[edge_host]
    order = np.lexsort((host, student))
    student = student[order]
    pinned_edges = find_edges(problem, problem.pin[:, 0], problem.pin[:, 1])
    pinned = np.bincount(np.searchsorted(pair_code, pinned_nations), minlength=pair_code.size + 1)
    weight = problem.pair_weight[pair_code // nations, pair_code % nations] if nations else []
    return Network(
        student_row=students,
        host_row=hosts,
        student_nation=problem.student_nation[students],
        host_nation=problem.host_nation[hosts],
        capacity=places[hosts],
        start=np.searchsorted(student, np.arange(students.size + 1)).astype(np.int64),
        edge_student=student,
        edge_host=host[order],
        edge_pair=np.searchsorted(pair_code, code[order]).astype(np.int64),
        quality=problem.edge_quality[kept][order].astype(np.float64),
        weight=np.append(np.asarray(weight, dtype=np.float64), 0.0),
        pinned_count=pinned.astype(np.int64),
        pair_code=pair_code,
        pinned_quality=float(problem.edge_quality[pinned_edges].astype(np.float64).sum()),
    )


def with_unplaced(network: Network, unplaced: dict[int, int]) -> Network:
    """Add the hosts that hold the students who stay without a place.

    Parameters
    ----------
    network : Network
    unplaced : dict
        Nation → number of its students that stay unplaced; the key `NO_NATION` means any.

    Returns
    -------
    Network
        Every student can now have exactly one host, in as many ways as there are answers that
        place that many of each nation.
    """
    groups = [(nation, count) for nation, count in sorted(unplaced.items()) if count > 0]
    if not groups:
        return network
    student_parts, host_parts = [network.edge_student], [network.edge_host]
    for place, (nation, _) in enumerate(groups):
        who = np.arange(network.n_students)
        if nation != NO_NATION:
            who = np.flatnonzero(network.student_nation == nation)
        student_parts.append(who)
        host_parts.append(np.full(who.size, network.n_hosts + place, dtype=np.int64))
    student, host = np.concatenate(student_parts), np.concatenate(host_parts)
    added = student.size - network.n_edges
    order = np.argsort(student, kind="stable")
    student = student[order]
    nothing = np.full(added, network.n_pairs, dtype=np.int64)
    pair, cell = np.append(network.edge_pair, nothing), network.edge_cell
    nobody = np.full(len(groups), -1, dtype=np.int64)
    return replace(
        network,
        host_row=np.append(network.host_row, nobody),
        host_nation=np.append(network.host_nation, nobody),
        capacity=np.append(network.capacity, [count for _, count in groups]),
        start=np.searchsorted(student, np.arange(network.n_students + 1)).astype(np.int64),
        edge_student=student,
        edge_host=host[order],
        edge_pair=pair[order],
        edge_cell=None if cell is None else np.append(cell, nothing)[order],
        quality=np.append(network.quality, np.zeros(added))[order],
    )


def hosts_in_problem(problem: Problem, network: Network, edge: IntArray) -> IntArray:
    """Translate one edge per free student into the host of every student of the problem."""
    host = np.full(problem.n_students, -1, dtype=np.int64)
    host[problem.pin[:, 0]] = problem.pin[:, 1]
    host[network.student_row] = network.host_row[network.edge_host[edge]]
    return host


def _pair_codes(problem: Problem, student: IntArray, host: IntArray) -> IntArray:
    a, b = problem.student_nation[student], problem.host_nation[host]
    return np.minimum(a, b) * problem.n_nations + np.maximum(a, b)
