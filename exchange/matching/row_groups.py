"""Rows of a linear program, group by group: the form in which each limit lays itself out."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Placings(NamedTuple):
    """Student and host row (of the problem) of every column: the edges, then the pins."""

    student: IntArray
    host: IntArray
    n_edges: int


class RowGroup(NamedTuple):
    """Rows of one limit: which columns with which coefficient, and between what."""

    name: str
    row: IntArray
    column: IntArray
    value: FloatArray
    low: FloatArray
    high: FloatArray
    key: IntArray
    """What tells the rows of a limit apart: a group, a host, the first student of a pair, …"""
    part: IntArray | None = None
    """What tells the rows of one host apart: the nation, the native language, the day."""


def make_rows(
    name: str,
    entries: IntArray,
    value: FloatArray,
    *,
    low: float = -np.inf,
    high: float = np.inf,
) -> RowGroup:
    """Make rows of (code, column) entries: each code is a row, its limits in order of code."""
    code, row = np.unique(entries[:, 0], return_inverse=True)
    least, most = (np.broadcast_to(np.float64(end), code.shape).copy() for end in (low, high))
    return RowGroup(name, row.ravel(), entries[:, 1], value, least, most, code)


def one_row(name: str, column: IntArray, least: float) -> RowGroup:
    """Make the row that asks for at least so many of some columns."""
    row = np.zeros(column.size, dtype=np.int64)
    one = np.zeros(1, dtype=np.int64)
    return RowGroup(
        name, row, column, np.ones(column.size), np.array([least]), np.array([np.inf]), one
    )
