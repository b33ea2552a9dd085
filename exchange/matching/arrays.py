"""Checks of single arrays. Every fault is a `ProblemError` naming array, index and fault.

Nothing is clipped, rounded or filled in: an array is taken as it is or refused.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.errors import ProblemError

IntArray = npt.NDArray[np.int64]


def fault(array: str, what: str, index: tuple[int, ...] | None = None) -> ProblemError:
    """Make the error for one fault; `index` is the first place where it was seen."""
    place = "" if index is None else "[" + ", ".join(str(part) for part in index) + "]"
    return ProblemError(f"{array}{place} {what}.", array=array, index=index, fault=what)


def _first(mask: npt.NDArray[np.bool_]) -> tuple[int, ...]:
    return tuple(int(part) for part in np.argwhere(mask)[0])


def as_integers(name: str, values: npt.ArrayLike, *, ndim: int = 1) -> IntArray:
    """Copy to int64; whole-number floats are refused too, so that a wrong column is noticed."""
    array = _as_array(name, values)
    if array.size == 0 and array.ndim == ndim:
        return np.zeros(array.shape, dtype=np.int64)
    if array.ndim != ndim:
        raise fault(name, f"has {array.ndim} dimensions, expected {ndim}")
    if array.dtype.kind not in "iu":
        raise fault(name, f"has type {array.dtype}, expected whole numbers")
    if array.dtype.kind == "u" and array.dtype.itemsize == 8:
        large = np.asarray(array > np.uint64(np.iinfo(np.int64).max))
        if large.any():
            at = _first(large)
            raise fault(name, f"is {array[at]}, too large", at)
    return array.astype(np.int64)


def check_range(name: str, array: IntArray, low: int, stop: int) -> IntArray:
    """Refuse any entry outside low … stop − 1."""
    wrong = (array < low) | (array >= stop)
    if wrong.any():
        at = _first(wrong)
        raise fault(name, f"is {array[at]}, expected {low} to {stop - 1}", at)
    return array


def as_quality(
    name: str, values: npt.ArrayLike, *, ndim: int, first_row: int = 0
) -> npt.NDArray[np.float32]:
    """Make float32; refuse NaN, infinities and anything outside [0, 1].

    `first_row` is added to the row that a fault names, for a block out of a larger matrix.
    """
    array = _as_array(name, values)
    if array.ndim != ndim:
        raise fault(name, f"has {array.ndim} dimensions, expected {ndim}")
    if array.dtype.kind not in "fiu":
        raise fault(name, f"has type {array.dtype}, expected numbers")
    # NaN fails both comparisons, so it is caught by the negation.
    wrong = ~((array >= 0) & (array <= 1))
    if wrong.any():
        at = _first(wrong)
        named = (at[0] + first_row, *at[1:])
        raise fault(name, f"is {array[at]}, expected a number from 0 to 1", named)
    return array.astype(np.float32)


def as_bool_matrix(name: str, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """Take a matrix of truth values; numbers are refused."""
    array = _as_array(name, values)
    if array.ndim != 2:
        raise fault(name, f"has {array.ndim} dimensions, expected 2")
    if array.dtype.kind != "b":
        raise fault(name, f"has type {array.dtype}, expected true and false")
    return array.astype(np.bool_, copy=False)


def as_pairs(name: str, values: npt.ArrayLike | None, n: int, m: int) -> IntArray:
    """Take (p, 2) pairs of student and host in range; sorted, each kept once."""
    if values is None:
        return np.zeros((0, 2), dtype=np.int64)
    array = _as_array(name, values)
    if array.size == 0:
        return np.zeros((0, 2), dtype=np.int64)
    pairs = as_integers(name, array, ndim=2)
    if pairs.shape[1] != 2:
        raise fault(name, f"has {pairs.shape[1]} columns, expected 2 (student, host)")
    for column, limit in ((0, n), (1, m)):
        wrong = (pairs[:, column] < 0) | (pairs[:, column] >= limit)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            found = int(pairs[row, column])
            raise fault(name, f"is {found}, expected 0 to {limit - 1}", (row, column))
    return np.unique(pairs, axis=0)


def as_keys(name: str, values: npt.ArrayLike | None, size: int) -> npt.NDArray[np.uint64]:
    """Take distinct 64-bit identities; without any, the row number is the identity."""
    if values is None:
        return np.arange(size, dtype=np.uint64)
    array = _as_array(name, values)
    if array.shape != (size,):
        raise fault(name, f"has shape {array.shape}, expected {size} entries")
    if size == 0:
        return np.zeros(0, dtype=np.uint64)
    if array.dtype.kind not in "iu":
        raise fault(name, f"has type {array.dtype}, expected 64-bit whole numbers")
    if array.dtype.kind == "i" and (array < 0).any():
        at = _first(array < 0)
        raise fault(name, f"is {array[at]}, expected 0 or more", at)
    keys = array.astype(np.uint64)
    order = np.argsort(keys, kind="stable")
    twice = np.flatnonzero(keys[order][1:] == keys[order][:-1])
    if twice.size:
        raise fault(name, "repeats an identity", (int(order[twice[0] + 1]),))
    return keys


def _as_array(name: str, values: npt.ArrayLike) -> npt.NDArray[Any]:
    try:
        array = np.asarray(values)
    except (ValueError, OverflowError) as error:
        raise fault(name, "is not a regular array of numbers") from error
    if array.dtype.kind == "O":
        raise fault(name, "is not a regular array of numbers")
    return array
