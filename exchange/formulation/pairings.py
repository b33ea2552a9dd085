"""Values of many pairs at once from what students and hosts have in common.

A block is some students against some hosts. Most attributes take few values, so a block is put
together from rows that many students share (`ByClass`), or counted word by word over bytes
(`Marks`, `Levels`): no value of a pair is ever computed by Python, and few are computed twice.
Everything here can be narrowed to a part of the hosts (`among`). What the numbers mean is decided
in `gates` and `terms`.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self, TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]
ByteMatrix = npt.NDArray[np.uint8]
CountMatrix = npt.NDArray[np.uint16]
Array = npt.NDArray[Any]
Part: TypeAlias = IntArray | slice
"""Some hosts: their rows, ascending, or all of them as a slice."""
Rows: TypeAlias = IntArray | slice
"""Some students, likewise; a slice has both ends."""
Kind = TypeVar("Kind", bound=Hashable)

EVERYBODY = slice(None)
KEPT_CLASSES = 100
KEPT_CELLS = 4_000_000
"""A table of all classes against all hosts is kept up to this size, else made block by block."""


def count_rows(rows: Rows) -> int:
    """Return how many students there are among some rows."""
    return int(rows.stop - rows.start) if isinstance(rows, slice) else int(rows.size)


def classify(values: Iterable[Kind]) -> tuple[IntArray, list[Kind]]:
    """Number the distinct values in the order in which they appear.

    Returns
    -------
    (n,) int64
        Class of each value.
    list
        The value of each class.
    """
    known: dict[Kind, int] = {}
    numbers = [known.setdefault(value, len(known)) for value in values]
    return np.array(numbers, dtype=np.int64), list(known)


class ByClass:
    """Values that depend on the student through a class only.

    Parameters
    ----------
    class_of : (n,) int64
        Class of each student, 0 … A − 1.
    count : int
        A.
    make : callable
        From (u,) classes and a part of the hosts to the (u, m) values.
    part : (m,) int64 or slice
        The hosts.
    """

    def __init__(
        self,
        class_of: IntArray,
        count: int,
        make: Callable[[IntArray, Part], Array],
        part: Part = EVERYBODY,
    ) -> None:
        self._class_of, self._count, self._make, self._part = class_of, count, make, part
        probe = make(np.zeros(0, dtype=np.int64), part)
        self._all: Array | None = None
        if count <= KEPT_CLASSES and count * probe.shape[1] <= KEPT_CELLS:
            self._all = make(np.arange(count), part)

    @classmethod
    def of_table(cls, class_of: IntArray, host_class: IntArray, table: Array) -> Self:
        """Look values up in a small (A, B) table by the classes of both sides."""

        def make(classes: IntArray, part: Part) -> Array:
            return np.take(table[classes], host_class[part], axis=1)

        return cls(class_of, table.shape[0], make)

    def among(self, part: Part) -> "ByClass":
        """Return the same values for a part of all hosts."""
        return ByClass(self._class_of, self._count, self._make, part)

    def __call__(self, rows: Rows) -> Array:
        """Return the (b, m) values of some students."""
        classes = self._class_of[rows]
        if self._all is not None:
            return np.take(self._all, classes, axis=0)
        distinct, which = np.unique(classes, return_inverse=True)
        return np.take(self._make(distinct, self._part), which.reshape(-1), axis=0)


@dataclass(frozen=True, slots=True, eq=False)
class Words:
    """The words of each student as codes: those of student i are code[start[i] : start[i + 1]].

    Attributes
    ----------
    start : (n + 1,) int64
    code : (W,) int64
    rank : (W,) uint8
        How well each holds; 1 where there is nothing to tell.
    """

    start: IntArray
    code: IntArray
    rank: npt.NDArray[np.uint8]

    @classmethod
    def of(cls, rows: Sequence[Iterable[int]], ranks: Iterable[int] | None = None) -> Self:
        """Join the codes of all students; `ranks` come in the same order."""
        listed = [tuple(row) for row in rows]
        code = np.array([one for row in listed for one in row], dtype=np.int64)
        sizes = np.array([len(row) for row in listed], dtype=np.int64)
        rank = np.ones(code.size, dtype=np.uint8)
        if ranks is not None:
            rank = np.array(list(ranks), dtype=np.uint8)
        return cls(np.append(0, np.cumsum(sizes)).astype(np.int64), code, rank)

    @property
    def most(self) -> int:
        """The most words that one student has."""
        return int(np.diff(self.start).max(initial=0))


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """How well each host holds each word, and for each pair how much of the student's words.

    Attributes
    ----------
    words : Words
        Of the students.
    holds : (V, m) uint8
        0 where a host does not hold the word, else 1 or the rank at which it does.
    """

    words: Words
    holds: ByteMatrix

    def among(self, part: Part) -> Self:
        """Return the same for a part of all hosts."""
        return replace(self, holds=np.ascontiguousarray(self.holds[:, part]))

    def count(self, rows: Rows) -> CountMatrix | ByteMatrix:
        """Count the student's words that hold at each host: (b, m)."""
        # Bytes are four times as quick as floats, and few people have 256 words.
        dtype = np.uint8 if self.words.most < 256 else np.uint16
        first, sizes = self._span(rows)
        total = np.zeros((first.size, self.holds.shape[1]), dtype=dtype)
        for step in range(int(sizes.max(initial=0))):
            who = np.flatnonzero(sizes > step)
            rows_of_hosts = self.holds[self.words.code[first[who] + step]]
            if who.size == first.size:
                total += rows_of_hosts
            else:
                total[who] += rows_of_hosts
        return total

    def best(self, rows: Rows) -> ByteMatrix:
        """Find the best rank at which a student and a host hold a word in common: (b, m)."""
        first, sizes = self._span(rows)
        best = np.zeros((first.size, self.holds.shape[1]), dtype=np.uint8)
        for step in range(int(sizes.max(initial=0))):
            who = np.flatnonzero(sizes > step)
            entry = first[who] + step
            lower = self.holds[self.words.code[entry]]
            np.minimum(lower, self.words.rank[entry, np.newaxis], out=lower)
            if who.size == first.size:
                np.maximum(best, lower, out=best)
            else:
                best[who] = np.maximum(best[who], lower)
        return best

    def _span(self, rows: Rows) -> tuple[IntArray, IntArray]:
        first = self.words.start[:-1][rows]
        return first, self.words.start[1:][rows] - first


@dataclass(frozen=True, slots=True, eq=False)
class Listed:
    """Values of some listed pairs.

    Attributes
    ----------
    student, host : (L,) int64
        Students ascend.
    value : (L,) float32
    part : (m,) int64 or slice
        The hosts looked at.
    """

    student: IntArray
    host: IntArray
    value: npt.NDArray[np.float32]
    part: Part = field(default_factory=lambda: EVERYBODY)

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int, float]]) -> Self:
        """Sort pairs (student, host, value)."""
        rows = np.array(sorted(pairs), dtype=np.float64).reshape(-1, 3)
        whole = rows[:, :2].astype(np.int64)
        return cls(whole[:, 0], whole[:, 1], rows[:, 2].astype(np.float32))

    def among(self, part: Part) -> Self:
        """Return the same for a part of the hosts, ascending."""
        return replace(self, part=part)

    def put(self, block: Array, rows: Rows) -> None:
        """Write the values of some students into their (b, m) block."""
        which = np.arange(rows.start, rows.stop) if isinstance(rows, slice) else rows
        low = np.searchsorted(self.student, which, side="left")
        sizes = np.searchsorted(self.student, which, side="right") - low
        at = np.repeat(np.arange(which.size), sizes)
        entry = np.arange(at.size) + np.repeat(low - (np.cumsum(sizes) - sizes), sizes)
        column = self.host[entry]
        if not isinstance(self.part, slice):
            sought = column
            column = np.searchsorted(self.part, sought)
            there = np.append(self.part, -1)[column] == sought
            at, entry, column = at[there], entry[there], column[there]
        block[at, column] = self.value[entry]


def mark_hosts(rows: Sequence[Iterable[str]], vocabulary: Sequence[str]) -> ByteMatrix:
    """Mark which words each host holds: (V, m) uint8, one row each word."""
    column = {word: place for place, word in enumerate(vocabulary)}
    marks = np.zeros((len(vocabulary), len(rows)), dtype=np.uint8)
    pairs = [(column[w], row) for row, words in enumerate(rows) for w in set(words) if w in column]
    if pairs:
        at = np.array(pairs, dtype=np.int64)
        marks[at[:, 0], at[:, 1]] = 1
    return marks
