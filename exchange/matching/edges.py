"""The allowed pairs, stored row by row, from a matrix, from a list, or from rows as they are.

A dense problem of ten thousand people has sixty-seven million pairs: eight bytes each are all
that is kept, and nothing here makes a temporary array of eight bytes for each of them.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.arrays import as_bool_matrix, as_integers, as_quality, check_range, fault

IntArray = npt.NDArray[np.int64]
HostArray = npt.NDArray[np.int32]
QualityArray = npt.NDArray[np.float32]

MAX_COUNT = 2**31 - 1
"""Sizes and places are held in 32-bit indices by the solvers below."""
BLOCK_CELLS = 4_000_000
"""Cells of a matrix that are looked at in one go."""


class Edges(NamedTuple):
    """Allowed pairs by student: the hosts of student i are host[start[i] : start[i + 1]]."""

    start: IntArray
    host: HostArray
    quality: QualityArray


def edges_of_matrix(
    quality: npt.ArrayLike,
    allowed: npt.ArrayLike,
    student_nation: IntArray,
    host_nation: IntArray,
) -> Edges:
    """Take the allowed cells of a (n, m) matrix of qualities.

    Raises
    ------
    ProblemError
        Quality outside [0, 1] (also where a pair is not allowed), wrong shapes, co-nationals.
    """
    n, m = student_nation.size, host_nation.size
    gate = as_bool_matrix("allowed", allowed)
    fit = np.asarray(quality)
    for name, matrix in (("quality", fit), ("allowed", gate)):
        if matrix.shape != (n, m):
            raise fault(name, f"has shape {matrix.shape}, expected {n}x{m}")
    if gate.size and int(gate.sum(dtype=np.int64)) > MAX_COUNT:
        raise fault("allowed", f"has {int(gate.sum())} pairs, at most {MAX_COUNT}")
    start = np.append(0, np.cumsum(gate.sum(axis=1, dtype=np.int64))).astype(np.int64)
    edge_host = np.empty(int(start[-1]), dtype=np.int32)
    edge_quality = np.empty(int(start[-1]), dtype=np.float32)
    step = max(1, BLOCK_CELLS // max(m, 1))
    for low in range(0, n, step):
        rows = slice(low, min(low + step, n))
        checked = as_quality("quality", fit[rows], ndim=2, first_row=low)
        home = gate[rows] & (student_nation[rows, None] == host_nation[None, :])
        for row, host in np.argwhere(home)[:1].tolist():
            raise fault("allowed", "joins a student and a host of one nation", (row + low, host))
        kept = slice(int(start[rows.start]), int(start[rows.stop]))
        edge_host[kept] = np.nonzero(gate[rows])[1]
        edge_quality[kept] = checked[gate[rows]]
    return Edges(start, edge_host, edge_quality)


def edges_of_list(
    edge_student: npt.ArrayLike,
    edge_host: npt.ArrayLike,
    edge_quality: npt.ArrayLike,
    student_nation: IntArray,
    host_nation: IntArray,
) -> Edges:
    """Take a list of pairs in any order.

    Raises
    ------
    ProblemError
        Values out of range, sizes that differ, co-nationals, a pair listed twice.
    """
    _refuse_too_many("edge_student", edge_student)
    _refuse_too_many("edge_host", edge_host)
    _refuse_too_many("edge_quality", edge_quality)
    student = as_integers("edge_student", edge_student)
    host = as_integers("edge_host", edge_host)
    fit = as_quality("edge_quality", edge_quality, ndim=1)
    for name, array in (("edge_host", host), ("edge_quality", fit)):
        if array.shape != student.shape:
            raise fault(name, f"has {array.size} entries, edge_student has {student.size}")
    check_range("edge_student", student, 0, student_nation.size)
    check_range("edge_host", host, 0, host_nation.size)
    _refuse_home("edge_student", student, host, student_nation, host_nation)
    code = student * host_nation.size + host
    if (code[1:] <= code[:-1]).any():
        order = np.argsort(code, kind="stable")
        code = code[order]
        twice = np.flatnonzero(code[1:] == code[:-1])
        for place in twice[:1]:
            at = (int(max(order[place], order[place + 1])),)
            raise fault("edge_student", "lists a pair that is listed before", at)
        student, host, fit = student[order], host[order], fit[order]
    start = np.searchsorted(student, np.arange(student_nation.size + 1)).astype(np.int64)
    return Edges(start, host.astype(np.int32), fit)


def edges_of_rows(
    start: npt.ArrayLike,
    edge_host: npt.ArrayLike,
    edge_quality: npt.ArrayLike,
    student_nation: IntArray,
    host_nation: IntArray,
) -> Edges:
    """Take pairs that are stored row by row already; nothing is copied that has the right type.

    Raises
    ------
    ProblemError
        Rows that do not fit together, hosts of a row that do not ascend, co-nationals.
    """
    begin = as_integers("start", start)
    host = np.asarray(edge_host)
    if host.ndim != 1 or host.dtype.kind not in "iu":
        raise fault("edge_host", "is not a list of whole numbers")
    _refuse_too_many("edge_host", host)
    _refuse_too_many("edge_quality", edge_quality)
    ascends = begin.shape == (student_nation.size + 1,) and not (np.diff(begin) < 0).any()
    if not ascends or begin[0] != 0 or begin[-1] != host.size:
        raise fault("start", f"does not cut {host.size} pairs into {student_nation.size} rows")
    fit = _as_listed_quality("edge_quality", edge_quality)
    if fit.shape != host.shape:
        raise fault("edge_quality", f"has {fit.size} entries, edge_host has {host.size}")
    if host.size and (int(host.min()) < 0 or int(host.max()) >= host_nation.size):
        at = int(np.flatnonzero((host < 0) | (host >= host_nation.size))[0])
        raise fault("edge_host", f"is {host[at]}, expected 0 to {host_nation.size - 1}", (at,))
    hosts = host.astype(np.int32, copy=False)
    for low, high in _row_blocks(begin):
        cut = slice(int(begin[low]), int(begin[high]))
        part = hosts[cut]
        descends = part[1:] <= part[:-1]
        # Between the last host of a row and the first of the next there is no order to keep.
        inner = begin[low + 1 : high] - cut.start
        descends[inner[(inner > 0) & (inner < part.size)] - 1] = False
        for at in np.flatnonzero(descends)[:1].tolist():
            raise fault("edge_host", "does not ascend within its row", (at + 1 + cut.start,))
        home = np.repeat(student_nation[low:high], np.diff(begin[low : high + 1]))
        for at in np.flatnonzero(home == host_nation[part])[:1].tolist():
            raise fault("edge_host", "joins a student and a host of one nation", (at + cut.start,))
    return Edges(begin, hosts, fit)


def _refuse_too_many(name: str, values: npt.ArrayLike) -> None:
    """Refuse what could not be held before anything of that size is made."""
    size = np.size(values) if isinstance(values, np.ndarray) else 0
    if size > MAX_COUNT:
        raise fault(name, f"has {size} pairs, at most {MAX_COUNT}")


def _row_blocks(start: IntArray) -> Iterator[tuple[int, int]]:
    """Cut rows into parts of about `BLOCK_CELLS` pairs each: first row, and one past the last."""
    low, rows = 0, start.size - 1
    while low < rows:
        full = int(np.searchsorted(start, start[low] + BLOCK_CELLS, side="right")) - 1
        high = min(max(full, low + 1), rows)
        yield low, high
        low = high


def _as_listed_quality(name: str, values: npt.ArrayLike) -> QualityArray:
    """Take (E,) qualities; those that are right already are not copied."""
    array = np.asarray(values)
    listed = array.ndim == 1 and array.dtype == np.float32 and array.size > 0
    # NaN fails both comparisons; the slow check then names the first fault.
    if listed and float(array.min()) >= 0.0 and float(array.max()) <= 1.0:
        return array
    return as_quality(name, array, ndim=1)


def _refuse_home(
    name: str,
    student: IntArray,
    host: IntArray,
    student_nation: IntArray,
    host_nation: IntArray,
) -> None:
    same = np.flatnonzero(student_nation[student] == host_nation[host])
    for edge in same[:1].tolist():
        raise fault(name, "joins a student and a host of one nation", (edge,))
