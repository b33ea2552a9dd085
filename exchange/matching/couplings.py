"""Limits that join several pairs, as checked, frozen arrays. Decides nothing and solves nothing.

A limit that a problem does not set is None (or false, or 0), never an empty array.
"""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from exchange.matching.arrays import as_integers, as_pairs, check_range, fault
from exchange.matching.edges import MAX_COUNT

IntArray = npt.NDArray[np.int64]

MAX_GROUPS = 1_000_000
MAX_DAY = 10_000_000
"""Far beyond any calendar; keeps sums of days inside 64 bits."""


@dataclass(frozen=True, slots=True, eq=False)
class Couplings:
    """The limits of a problem that no single pair can keep or break.

    Attributes
    ----------
    tier4_floor : int or None
        Least number of placements whose nation pair is of tier 4.
    previous : (n,) int64 or None
        Earlier host of each student, −1 without. Fewest of them are moved or lost.
    max_changes : int or None
        Most earlier placements that may be moved or lost; then fewer are not preferred.
    stay : (n, 2) int64 or None
        First and last day of each student, both spent at the host: places are then per day.
    host_nation_cap : int or None
        Most students of one nation at one host.
    student_language : (n,) int64 or None
        Native language of each student, −1 when none is known.
    host_language_cap : int or None
        Most students of one native language at one host.
    keep_together, keep_apart : (t, 2) int64 or None
        Students who go to the same host (or host group, where groups are given) or stay without
        a place together; and students who never share a host.
    student_group, host_group : (n,) and (m,) int64 or None
        Label of each student and host, −1 without.
    student_group_min, student_group_max, host_group_min, host_group_max : (G,) int64 or None
        Least and most placements of each label.
    reciprocity_tolerance : int or None
        Most by which the placements a → b and b → a of two nations may differ.
    standing_balance : (t, 3) int64 or None
        Nations a, b and how many more a sent b than b sent a before: counted in the difference. A
        balance that is beyond the tolerance already must not grow, and need not shrink at once.
    isolation_guard : bool
        In no group of hosts exactly one student of a nation.
    inside_host_weight : float or None
        What √n guests of one nation at one host of several places add to the goal of diversity.
    """

    tier4_floor: int | None = None
    previous: IntArray | None = None
    max_changes: int | None = None
    stay: IntArray | None = None
    host_nation_cap: int | None = None
    student_language: IntArray | None = None
    host_language_cap: int | None = None
    keep_together: IntArray | None = None
    keep_apart: IntArray | None = None
    student_group: IntArray | None = None
    host_group: IntArray | None = None
    student_group_min: IntArray | None = None
    student_group_max: IntArray | None = None
    host_group_min: IntArray | None = None
    host_group_max: IntArray | None = None
    reciprocity_tolerance: int | None = None
    standing_balance: IntArray | None = None
    isolation_guard: bool = False
    inside_host_weight: float | None = None

    @property
    def given(self) -> tuple[str, ...]:
        """Names of all arrays and numbers that are set."""
        return tuple(item.name for item in fields(self) if _is_set(getattr(self, item.name)))

    @property
    def limiting(self) -> tuple[str, ...]:
        """Names of the limits in force that can cost somebody a place: all but a mix of nations."""
        return tuple(name for name in self.in_force if name != "inside_host_weight")

    @property
    def in_force(self) -> tuple[str, ...]:
        """Names of the limits that are set, without the arrays that only serve one."""
        serving = ("student_language", "student_group", "host_group", "standing_balance")
        return tuple(name for name in self.given if name not in serving)

    @classmethod
    def checked(cls, n: int, m: int, *, has_tiers: bool, **given: Any) -> Self:
        """Check every limit that is given.

        Parameters
        ----------
        n, m : int
            Students and hosts of the problem.
        has_tiers : bool
            The problem has tension tiers.
        **given
            As the attributes of this class; None is the same as not given.

        Raises
        ------
        ProblemError
            Names the array, the index and the fault.
        TypeError
            For a keyword that is no limit.
        """
        values = {name: value for name, value in given.items() if value is not None}
        for name in values:
            if name not in cls.__slots__:
                raise TypeError(f"{name} is not an array of a problem")
        for name, needed in _NEEDS.items():
            if name in values and values[name] is not False and needed not in values:
                raise fault(name, f"needs {needed}, which is missing")
        if "tier4_floor" in values and not has_tiers:
            raise fault("tier4_floor", "needs tier, which is missing")
        checked: dict[str, Any] = {}
        for name, value in values.items():
            checked[name] = _check(name, value, n, m)
        for side in ("student", "host"):
            _check_labels(checked, side)
        return cls(**{name: value for name, value in checked.items() if value is not None})


_NEEDS = {
    "max_changes": "previous",
    "host_language_cap": "student_language",
    "student_group_min": "student_group",
    "student_group_max": "student_group",
    "host_group_min": "host_group",
    "host_group_max": "host_group",
    "isolation_guard": "host_group",
    "standing_balance": "reciprocity_tolerance",
}

_COUNTS = {
    "tier4_floor": 0,
    "max_changes": 0,
    "host_nation_cap": 1,
    "host_language_cap": 1,
    "reciprocity_tolerance": 0,
}
"""Limits that are one whole number, with the least that has a meaning."""


def _is_set(value: Any) -> bool:
    return value is not None and value is not False


def _check(name: str, value: Any, n: int, m: int) -> Any:
    if name in _COUNTS:
        return _count(name, value, _COUNTS[name])
    if name in ("keep_together", "keep_apart"):
        return _student_pairs(name, value, n)
    if name == "isolation_guard":
        if not isinstance(value, bool | np.bool_):
            raise fault(name, "is not true or false")
        return bool(value)
    if name == "inside_host_weight":
        return _weight(name, value)
    if name == "stay":
        return _stays(value, n)
    if name == "standing_balance":
        return _balances(value)
    size, low, stop = {
        "previous": (n, -1, m),
        "student_language": (n, -1, MAX_COUNT),
        "student_group": (n, -1, MAX_GROUPS),
        "host_group": (m, -1, MAX_GROUPS),
    }.get(name, (None, 0, MAX_COUNT))
    array = check_range(name, as_integers(name, value), low, stop)
    if size is not None and array.size != size:
        raise fault(name, f"has {array.size} entries, expected {size}")
    return _frozen(array)


def _weight(name: str, value: Any) -> float | None:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "fiu":
        raise fault(name, "is not one number")
    weight = float(array.reshape(()))
    if not 0.0 <= weight <= 1.0:
        raise fault(name, f"is {weight:g}, expected 0 to 1")
    return weight or None


def _check_labels(checked: dict[str, Any], side: str) -> None:
    """Refuse limits by group whose arrays do not belong together."""
    label = checked.get(f"{side}_group")
    limits = [checked.get(f"{side}_group_{end}") for end in ("min", "max")]
    given = [limit for limit in limits if limit is not None]
    if len({limit.size for limit in given}) > 1:
        what = f"has {given[1].size} entries, {side}_group_min has {given[0].size}"
        raise fault(f"{side}_group_max", what)
    if label is None or not given:
        return
    for row in np.flatnonzero(label >= given[0].size)[:1].tolist():
        what = f"is {label[row]}, and only {given[0].size} groups have a limit"
        raise fault(f"{side}_group", what, (row,))


def _count(name: str, value: Any, least: int) -> int:
    array = np.asarray(value)
    if array.size != 1 or array.dtype.kind not in "iu":
        raise fault(name, "is not one whole number")
    count = int(array.reshape(()))
    if not least <= count <= MAX_COUNT:
        raise fault(name, f"is {count}, expected {least} to {MAX_COUNT}")
    return count


def _student_pairs(name: str, value: Any, n: int) -> IntArray | None:
    pairs = as_pairs(name, value, n, n)
    for row in np.flatnonzero(pairs[:, 0] == pairs[:, 1])[:1].tolist():
        raise fault(name, f"joins student {pairs[row, 0]} to the same student", (row,))
    return _frozen(np.unique(np.sort(pairs, axis=1), axis=0)) if pairs.size else None


def _stays(value: Any, n: int) -> IntArray:
    days = as_integers("stay", value, ndim=2)
    if days.shape != (n, 2):
        raise fault("stay", f"has shape {days.shape}, expected {n}x2")
    wrong = np.abs(days) > MAX_DAY
    for row, column in np.argwhere(wrong)[:1].tolist():
        raise fault("stay", f"is {days[row, column]}, no day of any calendar", (row, column))
    for row in np.flatnonzero(days[:, 1] < days[:, 0])[:1].tolist():
        raise fault("stay", "ends before it begins", (row, 1))
    return _frozen(days)


def _balances(value: Any) -> IntArray | None:
    rows = as_integers("standing_balance", value, ndim=2)
    if rows.shape[1] != 3:
        raise fault("standing_balance", f"has shape {rows.shape}, expected a row of three numbers")
    for row in np.flatnonzero((rows[:, 0] < 0) | (rows[:, 0] >= rows[:, 1]))[:1].tolist():
        raise fault("standing_balance", "does not name two nations in ascending order", (row,))
    for row in np.flatnonzero(np.abs(rows[:, 2]) > MAX_COUNT)[:1].tolist():
        raise fault("standing_balance", f"is {rows[row, 2]}, beyond any count", (row, 2))
    if len(np.unique(rows[:, :2], axis=0)) < len(rows):
        raise fault("standing_balance", "names a pair of nations twice")
    return _frozen(rows) if rows.size else None


def _frozen(array: IntArray) -> IntArray:
    array.setflags(write=False)
    return array
