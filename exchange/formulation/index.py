"""Who stands in which row: ids and nations to row numbers, and back. Scores nothing."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import numpy as np
import numpy.typing as npt

from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.errors import ProblemError

IntArray = npt.NDArray[np.int64]
KeyArray = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Index:
    """The order of rows: everybody by id, nations by code.

    Attributes
    ----------
    student_ids, host_ids, nations : tuple of str
        What stands in each row, in order.
    student_rows, host_rows, nation_rows : mapping of str to int
        The same the other way round.
    """

    student_ids: tuple[str, ...]
    host_ids: tuple[str, ...]
    nations: tuple[str, ...]
    student_rows: Mapping[str, int]
    host_rows: Mapping[str, int]
    nation_rows: Mapping[str, int]

    @classmethod
    def of(cls, students: Sequence[StudentEntry], hosts: Sequence[HostEntry]) -> Self:
        """Number students and hosts, which come sorted by id, and the nations they are of.

        Raises
        ------
        ProblemError
            When an id is used twice.
        """
        student_ids = tuple(student.id for student in students)
        host_ids = tuple(host.id for host in hosts)
        for kind, ids in (("student", student_ids), ("host", host_ids)):
            twice = sorted({left for left, right in pairwise(ids) if left == right})
            if twice:
                raise ProblemError(
                    f"The {kind} id {twice[0]} is used twice; give every {kind} an id of its own.",
                    array=f"{kind}_id",
                    ids=twice,
                )
        nations = tuple(
            sorted({student.nation for student in students} | {host.nation for host in hosts})
        )
        return cls(
            student_ids=student_ids,
            host_ids=host_ids,
            nations=nations,
            student_rows=_rows(student_ids),
            host_rows=_rows(host_ids),
            nation_rows=_rows(nations),
        )

    @property
    def student_keys(self) -> KeyArray:
        """(n,) uint64 identities of the students, the same in whatever row they stand."""
        return _keys("student", self.student_ids)

    @property
    def host_keys(self) -> KeyArray:
        """(m,) uint64 identities of the hosts."""
        return _keys("host", self.host_ids)


def _rows(values: Iterable[str]) -> dict[str, int]:
    return {value: row for row, value in enumerate(values)}


def _keys(kind: str, ids: Sequence[str]) -> KeyArray:
    """Hash each id to 64 bits; Python's own hash would differ from one process to the next."""
    digests = [hashlib.blake2b(f"{kind}:{one}".encode(), digest_size=8).digest() for one in ids]
    return np.frombuffer(b"".join(digests), dtype="<u8").astype(np.uint64)
