"""The input of a match as checked, frozen arrays. Decides nothing and solves nothing.

All allowed pairs are kept as edges row by row (`edges`), whether they came as a matrix, as a
list or as rows; a pair that is not listed is never used.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from exchange.matching.arrays import as_integers, as_keys, as_pairs, check_range, fault
from exchange.matching.couplings import Couplings
from exchange.matching.edges import (
    MAX_COUNT,
    Edges,
    edges_of_list,
    edges_of_matrix,
    edges_of_rows,
)
from exchange.matching.mixing import can_mix

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

MAX_TIER = 4


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """One matching problem: who may go where, how well it fits, and what the mission weighs.

    Build it with `Problem.dense`, `Problem.sparse` or `Problem.rows`; all check every array.

    Attributes
    ----------
    student_nation, host_nation : (n,) and (m,) int64
        Nation index in 0 … K−1.
    capacity : (m,) int64
        Places of each host, at least 0.
    pair_weight : (K, K) float64
        Symmetric mission weight of a nation pair, in (0, 1] off the diagonal.
    start : (n + 1,) int64
        The allowed pairs of student i are edges start[i] … start[i + 1] − 1.
    edge_host : (E,) int32
        Host of each allowed pair, ascending within a student; never co-national, never twice.
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
    couplings : Couplings
        Limits that join several pairs; a weight of the mix inside hosts is dropped where no host
        of several places is open to students of two nations.
    """

    student_nation: IntArray
    host_nation: IntArray
    capacity: IntArray
    pair_weight: FloatArray
    start: IntArray
    edge_host: npt.NDArray[np.int32]
    edge_quality: npt.NDArray[np.float32]
    min_quality: float
    pin: IntArray
    forbid: IntArray
    tier: IntArray | None
    fair_nations: bool
    student_key: npt.NDArray[np.uint64]
    host_key: npt.NDArray[np.uint64]
    couplings: Couplings

    @property
    def n_students(self) -> int:
        """Number of students."""
        return int(self.student_nation.size)

    @property
    def n_hosts(self) -> int:
        """Number of hosts."""
        return int(self.host_nation.size)

    @property
    def n_edges(self) -> int:
        """Number of allowed pairs, E."""
        return int(self.edge_host.size)

    @property
    def edge_student(self) -> IntArray:
        """Student of each allowed pair, (E,) int64; made anew at every call."""
        return np.repeat(np.arange(self.n_students), np.diff(self.start))

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
            `min_quality`, `pin`, `forbid`, `tier`, `fair_nations`, `student_key`, `host_key`, and
            the limits of `Couplings`.

        Raises
        ------
        ProblemError
            Names the array, the index and the fault. An unsatisfiable problem is not an error.
        """

        def edges(from_nation: IntArray, to_nation: IntArray) -> Edges:
            return edges_of_matrix(quality, allowed, from_nation, to_nation)

        return cls._checked(student_nation, host_nation, capacity, pair_weight, edges, **optional)

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
            As in `Problem.dense`.

        Raises
        ------
        ProblemError
            Names the array, the index and the fault. An unsatisfiable problem is not an error.
        """

        def edges(from_nation: IntArray, to_nation: IntArray) -> Edges:
            return edges_of_list(edge_student, edge_host, edge_quality, from_nation, to_nation)

        return cls._checked(student_nation, host_nation, capacity, pair_weight, edges, **optional)

    @classmethod
    def rows(
        cls,
        student_nation: npt.ArrayLike,
        host_nation: npt.ArrayLike,
        capacity: npt.ArrayLike,
        pair_weight: npt.ArrayLike,
        start: npt.ArrayLike,
        edge_host: npt.ArrayLike,
        edge_quality: npt.ArrayLike,
        **optional: Any,
    ) -> Self:
        """Check a problem given row by row, without copying what has the right type.

        Parameters
        ----------
        student_nation, host_nation, capacity, pair_weight, start, edge_host, edge_quality
            As the attributes of this class.
        **optional
            As in `Problem.dense`.

        Raises
        ------
        ProblemError
            Names the array, the index and the fault. An unsatisfiable problem is not an error.
        """

        def edges(from_nation: IntArray, to_nation: IntArray) -> Edges:
            return edges_of_rows(start, edge_host, edge_quality, from_nation, to_nation)

        return cls._checked(student_nation, host_nation, capacity, pair_weight, edges, **optional)

    @classmethod
    def _checked(
        cls,
        student_nation: npt.ArrayLike,
        host_nation: npt.ArrayLike,
        capacity: npt.ArrayLike,
        pair_weight: npt.ArrayLike,
        make_edges: Callable[[IntArray, IntArray], Edges],
        *,
        min_quality: float = 0.0,
        pin: npt.ArrayLike | None = None,
        forbid: npt.ArrayLike | None = None,
        tier: npt.ArrayLike | None = None,
        fair_nations: bool = True,
        student_key: npt.ArrayLike | None = None,
        host_key: npt.ArrayLike | None = None,
        **couplings: Any,
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
        edges = make_edges(from_nation, to_nation)
        floor = float(min_quality)
        if not 0.0 <= floor <= 1.0:
            raise fault("min_quality", f"is {floor}, expected a number from 0 to 1")
        if not isinstance(fair_nations, bool | np.bool_):
            raise fault("fair_nations", "is not true or false")
        shut = as_pairs("forbid", forbid, n, m)
        limits = Couplings.checked(n, m, has_tiers=tier is not None, **couplings)
        if limits.inside_host_weight and not can_mix(
            edges, from_nation, places, shut, min_quality=floor
        ):
            limits = replace(limits, inside_host_weight=None)
        problem = cls(
            student_nation=from_nation,
            host_nation=to_nation,
            capacity=places,
            pair_weight=weight,
            start=edges.start,
            edge_host=edges.host,
            edge_quality=edges.quality,
            min_quality=floor,
            pin=as_pairs("pin", pin, n, m),
            forbid=shut,
            tier=None if tier is None else _checked_tiers(tier, nations),
            fair_nations=bool(fair_nations),
            student_key=as_keys("student_key", student_key, n),
            host_key=as_keys("host_key", host_key, m),
            couplings=limits,
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
