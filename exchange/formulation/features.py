"""Attributes of people as arrays, and what gates and terms are made of.

One row per student or host, in the order given. What a gate or a term makes of them is decided in
`gates` and `terms`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from exchange.domain.attributes import Gender
from exchange.domain.eligibility import level_ranks
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.formulation.pairings import ByClass, Marks, Part, Rows, Words, classify

BoolMatrix = npt.NDArray[np.bool_]
FloatMatrix = npt.NDArray[np.float32]
Students: TypeAlias = Sequence[StudentEntry]
Hosts: TypeAlias = Sequence[HostEntry]
BlockGate: TypeAlias = Callable[[Rows], BoolMatrix]
"""From b student rows to (b, m) bool: true where the gate is closed."""
GateMaker: TypeAlias = Callable[[Part], BlockGate]
"""From a part of the hosts to the gate for these hosts."""
BlockTerm: TypeAlias = Callable[[Rows], FloatMatrix]
"""From b student rows to float32 in [0, 1]: (b, m), or (b, 1) if hosts do not matter.

The caller may write to what it gets.
"""
TermMaker: TypeAlias = Callable[[Part], BlockTerm]
"""From a part of the hosts to the term for these hosts."""

UNKNOWN = np.float32(0.5)
"""Value of a term where a cell is empty: it speaks neither for nor against the pair."""

ALL_GENDERS = (1 << len(Gender)) - 1
"""Bit set with every gender: the meaning of an empty list of genders that are welcome."""


def language_marks(
    students: Sequence[StudentEntry], hosts: Sequence[HostEntry]
) -> tuple[tuple[str, ...], Marks]:
    """Tabulate how well everybody speaks each language that somebody on both sides speaks.

    Returns
    -------
    languages : tuple of str
        Primary subtags, V of them, sorted.
    marks : Marks
        Ranks 1 for A1 … 7 for native; 0 where a host does not speak a language.
    """
    of_student, student_skills = classify(student.languages for student in students)
    of_host, host_skills = classify(host.languages for host in hosts)
    student_ranks = [level_ranks(skills) for skills in student_skills]
    host_ranks = [level_ranks(skills) for skills in host_skills]
    spoken = {tag for ranks in student_ranks for tag in ranks}
    languages = tuple(sorted(spoken & {tag for ranks in host_ranks for tag in ranks}))
    shared = [
        [(column, ranks[tag]) for column, tag in enumerate(languages) if tag in ranks]
        for ranks in student_ranks
    ]
    rows = [shared[one] for one in of_student.tolist()]
    words = Words.of(
        [[column for column, _ in row] for row in rows], [rank for row in rows for _, rank in row]
    )
    table = np.array([[ranks.get(tag, 0) for ranks in host_ranks] for tag in languages], np.uint8)
    return languages, Marks(
        words, np.take(table.reshape(len(languages), len(host_ranks)), of_host, axis=1)
    )


def numbers(values: Iterable[int | None]) -> npt.NDArray[np.float32]:
    """Return (n,) floats, NaN where empty: every comparison with NaN is false, so it is open.

    Ages and the numbers of days are exact in 32 bits, which hold whole numbers up to 2²⁴.
    """
    return np.array([math.nan if value is None else value for value in values], dtype=np.float32)


def days(values: Iterable[date | None]) -> npt.NDArray[np.float32]:
    """Return (n,) day numbers, NaN where empty."""
    return numbers(None if value is None else value.toordinal() for value in values)


def gender_bits(rows: Iterable[Iterable[Gender]], *, empty: int) -> npt.NDArray[np.uint8]:
    """Return (n,) bit sets of genders; an empty row becomes `empty`."""
    bit = {gender: 1 << place for place, gender in enumerate(Gender)}
    return np.array([sum(bit[one] for one in set(row)) or empty for row in rows], dtype=np.uint8)


def same_or_unknown(of_students: Iterable[str | None], of_hosts: Iterable[str | None]) -> ByClass:
    """Return 1 where both sides name the same, 0 where not, 0.5 where one names nothing."""
    student_class, student_names = classify(of_students)
    host_class, host_names = classify(of_hosts)
    value = [
        [UNKNOWN if one is None or other is None else float(one == other) for other in host_names]
        for one in student_names
    ]
    shape = (len(student_names), len(host_names))
    table = np.array(value, dtype=np.float32).reshape(shape)
    return ByClass.of_table(student_class, host_class, table)
