"""Attributes of people as arrays: multi-hot sets, language ranks, days, codes.

One row per student or host, in the order given. What a gate or a term makes of them is decided in
`gates` and `terms`.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt

from exchange.domain.attributes import Gender
from exchange.domain.eligibility import level_ranks, stated_offers
from exchange.domain.snapshot import HostEntry, StudentEntry

BoolMatrix = npt.NDArray[np.bool_]
FloatMatrix = npt.NDArray[np.float32]
IntArray = npt.NDArray[np.int64]

ALL_GENDERS = (1 << len(Gender)) - 1
"""Bit set with every gender: the meaning of an empty list of genders that are welcome."""


def multi_hot(rows: Sequence[Iterable[str]], vocabulary: Sequence[str]) -> FloatMatrix:
    """Mark which words each row holds.

    Parameters
    ----------
    rows : sequence of iterables of str
    vocabulary : sequence of str
        One column each; a word that is not in it is left out.

    Returns
    -------
    (n, V) float32
        1 where the row holds the word, else 0. Floats, because a matrix product of them then
        counts shared words of all pairs at once, and exactly.
    """
    columns = {word: column for column, word in enumerate(vocabulary)}
    marks = np.zeros((len(rows), len(vocabulary)), dtype=np.float32)
    for row, words in enumerate(rows):
        for word in words:
            if word in columns:
                marks[row, columns[word]] = 1.0
    return marks


def vocabulary_of(*sides: Iterable[Iterable[str]]) -> tuple[str, ...]:
    """Return every word that any row of any side holds, sorted."""
    return tuple(sorted({word for side in sides for words in side for word in words}))


def language_ranks(
    students: Sequence[StudentEntry], hosts: Sequence[HostEntry]
) -> tuple[tuple[str, ...], npt.NDArray[np.int8], npt.NDArray[np.int8]]:
    """Tabulate how well everybody speaks each language that somebody on both sides speaks.

    Returns
    -------
    languages : tuple of str
        Primary subtags, V of them.
    student_rank, host_rank : (n, V) and (m, V) int8
        0 for not at all, 1 for A1 … 7 for native.
    """
    student_ranks = [level_ranks(student.languages) for student in students]
    host_ranks = [level_ranks(host.languages) for host in hosts]
    shared = set(vocabulary_of(student_ranks)) & set(vocabulary_of(host_ranks))
    languages = tuple(sorted(shared))
    return languages, _rank_matrix(student_ranks, languages), _rank_matrix(host_ranks, languages)


def _rank_matrix(
    ranks_of_rows: Sequence[dict[str, int]], languages: Sequence[str]
) -> npt.NDArray[np.int8]:
    ranks = np.zeros((len(ranks_of_rows), len(languages)), dtype=np.int8)
    columns = {language: column for column, language in enumerate(languages)}
    for row, of_row in enumerate(ranks_of_rows):
        for language, rank in of_row.items():
            if language in columns:
                ranks[row, columns[language]] = rank
    return ranks


def numbers(values: Iterable[int | None]) -> npt.NDArray[np.float64]:
    """Return (n,) floats, NaN where empty: every comparison with NaN is false, so it is open."""
    return np.array([math.nan if value is None else value for value in values], dtype=np.float64)


def days(values: Iterable[date | None]) -> npt.NDArray[np.float64]:
    """Return (n,) day numbers, NaN where empty."""
    return numbers(None if value is None else value.toordinal() for value in values)


def codes(values: Iterable[str | None]) -> IntArray:
    """Return (n,) numbers that are equal where values are equal, −1 where empty.

    Call it once on both sides joined: the numbers mean nothing across calls.
    """
    known: dict[str, int] = {}
    return np.array(
        [-1 if value is None else known.setdefault(value, len(known)) for value in values],
        dtype=np.int64,
    )


def gender_bits(rows: Iterable[Iterable[Gender]], *, empty: int) -> npt.NDArray[np.uint8]:
    """Return (n,) bit sets of genders; an empty row becomes `empty`."""
    bit = {gender: 1 << place for place, gender in enumerate(Gender)}
    return np.array([sum(bit[one] for one in set(row)) or empty for row in rows], dtype=np.uint8)


class NeedsAndOffers:
    """Wanted words of students against what hosts offer, as matrices over one vocabulary.

    Attributes
    ----------
    present, absent : (n, V) float32
        What a student wants at the host (`X`), and what not (`no_X`).
    offered : (m, V) float32
    """

    def __init__(self, wanted: Sequence[Iterable[str]], hosts: Sequence[HostEntry]) -> None:
        offers = [stated_offers(host) for host in hosts]
        there = [{word for word in words if not word.startswith("no_")} for words in wanted]
        gone = [{w.removeprefix("no_") for w in words if w.startswith("no_")} for words in wanted]
        vocabulary = vocabulary_of(there, gone)
        self.present = multi_hot(there, vocabulary)
        self.absent = multi_hot(gone, vocabulary)
        self.offered = multi_hot(offers, vocabulary)

    def count_unmet(self, rows: slice) -> FloatMatrix:
        """Count the wanted words that do not hold, for some students and all hosts: (b, m)."""
        lacking = self.present[rows] @ (1.0 - self.offered).T
        disturbing = self.absent[rows] @ self.offered.T
        unmet: FloatMatrix = lacking + disturbing
        return unmet
