"""The input of a match as checked, frozen arrays. Decides nothing and solves nothing.

All allowed pairs are kept as edges sorted by student, then host, whether they came as a matrix
or as a list; a pair that is not listed is never used.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from exchange.matching.arrays import (
    as_bool_matrix,
    as_integers,
    as_keys,
    as_pairs,
    as_quality,
    check_range,
    fault,
)

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

MAX_COUNT = 2**31 - 1
"""Sizes and places are held in 32-bit indices by the solvers below."""
MAX_TIER = 4


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One matching problem: who may go where, how well it fits, and what the mission weighs.

    Build it with `Problem.dense` or `Problem.sparse`; both check every array first.

    Attributes
    ----------
    student_nation, host_nation : (n,) and (m,) int64
        Nation index in 0 … K−1.
    capacity : (m,) int64
        Places of each host, at least 0.
    pair_weight : (K, K) float64
        Symmetric mission weight of a nation pair, in (0, 1] off the diagonal.
    edge_student, edge_host : (E,) int64
        The allowed pairs, sorted by student, then host; never co-national, never twice.
    edge_quality : (E,) float32
        Quality of fit in [0, 1].
    min_quality : float
        Pairs below it are not used.
    pin, forbid : (p, 2) and (f, 2) int64
        Pairs (student, host) that must, or must not, be placed.
    tier : (K, K) int64 or None
        Tension tier 0 … 4 of each nation pair; carried for reports, no limit in itself.
    fair_nations : bool
        Keep every nation's number of places as even as coverage allows.
    student_key, host_key : (n,) and (m,) uint64
        Identities; ties are broken by them and the seed, never by the order of rows.
    """

    student_nation: IntArray
    host_nation: IntArray
    capacity: IntArray
    pair_weight: FloatArray
    edge_student: IntArray
    edge_host: IntArray
    edge_quality: npt.NDArray[np.float32]
    min_quality: float
    pin: IntArray
    forbid: IntArray
    tier: IntArray | None
    fair_nations: bool
    student_key: npt.NDArray[np.uint64]
    host_key: npt.NDArray[np.uint64]

    @property
    def n_students(self) -> int:
        """Number of students."""
        return int(self.student_nation.size)

    @property
    def n_hosts(self) -> int:
        """Number of hosts."""
        return int(self.host_nation.size)

    @property
    def n_nations(self) -> int:
        """Number of nations, K."""
        return int(self.pair_weight.shape[0])

    @classmethod
    def dense(
        cls,
        student_nation: npt.ArrayLike,
        host_nation: npt.ArrayLike,
        capacity: npt.ArrayLike,
        pair_weight: npt.ArrayLike,
        quality: npt.ArrayLike,
        allowed: npt.ArrayLike,
        **optional: Any,
    ) -> Self:
        """Check a problem given as matrices over all students and hosts.

        Parameters
        ----------
        student_nation, host_nation, capacity, pair_weight
            As the attributes of this class.
        quality : (n, m) float
            In [0, 1], also where a pair is not allowed.
        allowed : (n, m) bool
            False for every co-national pair.
        **optional
            `min_quality`, `pin`, `forbid`, `tier`, `fair_nations`, `student_key`, `host_key`.

        Raises
        ------
        ProblemError
            Names the array, the index and the fault. An unsatisfiable problem is not an error.
        """
        gate = as_bool_matrix("allowed", allowed)
        fit = as_quality("quality", quality, ndim=2)
        n = as_integers("student_nation", student_nation).shape
        m = as_integers("host_nation", host_nation).shape
        for name, matrix in (("quality", fit), ("allowed", gate)):
            if matrix.shape != (*n, *m):
                wanted = "x".join(str(size) for size in (*n, *m))
                raise fault(name, f"has shape {matrix.shape}, expected {wanted}")
        edge_student, edge_host = np.nonzero(gate)
        return cls._checked(
            student_nation,
            host_nation,
            capacity,
            pair_weight,
            edge_student.astype(np.int64),
            edge_host.astype(np.int64),
            fit[edge_student, edge_host],
            edges_named=("allowed", "allowed"),
            **optional,
        )

    @classmethod
    def sparse(
        cls,
        student_nation: npt.ArrayLike,
        host_nation: npt.ArrayLike,
        capacity: npt.ArrayLike,
        pair_weight: npt.ArrayLike,
        edge_student: npt.ArrayLike,
        edge_host: npt.ArrayLike,
        edge_quality: npt.ArrayLike,
        **optional: Any,
    ) -> Self:
        """Check a problem given as a list of allowed pairs.

        Parameters
        ----------
        student_nation, host_nation, capacity, pair_weight
            As the attributes of this class.
        edge_student, edge_host : (E,) int
            The allowed pairs, in any order, each once, none co-national.
        edge_quality : (E,) float
            In [0, 1].
        **optional
            `min_quality`, `pin`, `forbid`, `tier`, `fair_nations`, `student_key`, `host_key`.

        Raises
        ------
        ProblemError
            Names the array, the index and the fault. An unsatisfiable problem is not an error.
        """
        student = as_integers("edge_student", edge_student)
        host = as_integers("edge_host", edge_host)
        fit = as_quality("edge_quality", edge_quality, ndim=1)
        for name, array in (("edge_host", host), ("edge_quality", fit)):
            if array.shape != student.shape:
                raise fault(name, f"has {array.size} entries, edge_student has {student.size}")
        return cls._checked(
            student_nation,
            host_nation,
            capacity,
            pair_weight,
            student,
            host,
            fit,
            edges_named=("edge_student", "edge_host"),
            **optional,
        )

    @classmethod
    def _checked(
        cls,
        student_nation: npt.ArrayLike,
        host_nation: npt.ArrayLike,
        capacity: npt.ArrayLike,
        pair_weight: npt.ArrayLike,
        edge_student: IntArray,
        edge_host: IntArray,
        edge_quality: npt.NDArray[np.float32],
        *,
        edges_named: tuple[str, str],
        min_quality: float = 0.0,
        pin: npt.ArrayLike | None = None,
        forbid: npt.ArrayLike | None = None,
        tier: npt.ArrayLike | None = None,
        fair_nations: bool = True,
        student_key: npt.ArrayLike | None = None,
        host_key: npt.ArrayLike | None = None,
    ) -> Self:
        weight = _checked_weights(pair_weight)
        nations = weight.shape[0]
        from_nation = check_range(
            "student_nation", as_integers("student_nation", student_nation), 0, nations
        )
        to_nation = check_range("host_nation", as_integers("host_nation", host_nation), 0, nations)
        places = check_range("capacity", as_integers("capacity", capacity), 0, MAX_COUNT)
        n, m = from_nation.size, to_nation.size
        if places.size != m:
            raise fault("capacity", f"has {places.size} entries, host_nation has {m}")
        if places.sum() > MAX_COUNT:
            raise fault(
                "capacity",
                f"adds up to {places.sum()}, at most {MAX_COUNT} are handled",
            )
        order = _checked_edges(
            edge_student, edge_host, from_nation, to_nation, edges_named=edges_named
        )
        floor = float(min_quality)
        if not 0.0 <= floor <= 1.0:
            raise fault("min_quality", f"is {floor}, expected a number from 0 to 1")
        if not isinstance(fair_nations, bool | np.bool_):
            raise fault("fair_nations", "is not true or false")
        problem = cls(
            student_nation=from_nation,
            host_nation=to_nation,
            capacity=places,
            pair_weight=weight,
            edge_student=edge_student[order],
            edge_host=edge_host[order],
            edge_quality=edge_quality[order],
            min_quality=floor,
            pin=as_pairs("pin", pin, n, m),
            forbid=as_pairs("forbid", forbid, n, m),
            tier=None if tier is None else _checked_tiers(tier, nations),
            fair_nations=bool(fair_nations),
            student_key=as_keys("student_key", student_key, n),
            host_key=as_keys("host_key", host_key, m),
        )
        for name in cls.__slots__:
            value = getattr(problem, name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
        return problem


def _checked_weights(pair_weight: npt.ArrayLike) -> FloatArray:
    weight = np.array(pair_weight, dtype=np.float64)
    if weight.ndim != 2 or weight.shape[0] != weight.shape[1]:
        raise fault("pair_weight", f"has shape {weight.shape}, expected a square matrix")
    off_diagonal = ~np.eye(weight.shape[0], dtype=bool)
    with np.errstate(invalid="ignore"):
        wrong = ~((weight > 0) & (weight <= 1)) & off_diagonal
        lopsided = (weight != weight.T) & off_diagonal
    for index in np.argwhere(wrong)[:1]:
        a, b = (int(place) for place in index)
        raise fault("pair_weight", f"is {weight[a, b]}, expected above 0 and at most 1", (a, b))
    for index in np.argwhere(lopsided)[:1]:
        a, b = (int(place) for place in index)
        raise fault("pair_weight", f"differs from its mirror entry [{b}, {a}]", (a, b))
    # The diagonal is never used; a definite value keeps equal problems equal.
    np.fill_diagonal(weight, 0.0)
    return weight


def _checked_tiers(tier: npt.ArrayLike, nations: int) -> IntArray:
    tiers = as_integers("tier", tier, ndim=2)
    if tiers.shape != (nations, nations):
        raise fault("tier", f"has shape {tiers.shape}, expected {nations}x{nations}")
    check_range("tier", tiers, 0, MAX_TIER + 1)
    for index in np.argwhere(tiers != tiers.T)[:1]:
        a, b = (int(place) for place in index)
        raise fault("tier", f"differs from its mirror entry [{b}, {a}]", (a, b))
    return tiers


def _checked_edges(
    edge_student: IntArray,
    edge_host: IntArray,
    student_nation: IntArray,
    host_nation: IntArray,
    *,
    edges_named: tuple[str, str],
) -> IntArray:
    """Return the order by student, then host; raise on a pair that can never be."""
    if edge_student.size > MAX_COUNT:
        raise fault(edges_named[0], f"has {edge_student.size} pairs, at most {MAX_COUNT}")
    dense = edges_named[0] == edges_named[1]
    check_range(edges_named[0], edge_student, 0, student_nation.size)
    check_range(edges_named[1], edge_host, 0, host_nation.size)
    same = np.flatnonzero(student_nation[edge_student] == host_nation[edge_host])
    for edge in same[:1]:
        at = (int(edge_student[edge]), int(edge_host[edge])) if dense else (int(edge),)
        raise fault(edges_named[0], "joins a student and a host of one nation", at)
    order = np.lexsort((edge_host, edge_student))
    student, host = edge_student[order], edge_host[order]
    twice = np.flatnonzero((student[1:] == student[:-1]) & (host[1:] == host[:-1]))
    for place in twice[:1]:
        at = (int(max(order[place], order[place + 1])),)
        raise fault(edges_named[0], "lists a pair that is listed before", at)
    return order
