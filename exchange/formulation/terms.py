"""The quality terms for blocks of students against all hosts, each in [0, 1].

Each function prepares its arrays once and returns a term: given a slice of student rows, it gives
the value for every pair. Where a cell is empty the value is 0.5; where a column is absent the term
is off. The meaning of each term is written at its function.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from exchange.domain.eligibility import stated_offers
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry
from exchange.formulation.features import (
    BoolMatrix,
    FloatMatrix,
    NeedsAndOffers,
    codes,
    language_ranks,
    multi_hot,
    vocabulary_of,
)

Students: TypeAlias = Sequence[StudentEntry]
Hosts: TypeAlias = Sequence[HostEntry]
BlockTerm: TypeAlias = Callable[[slice], FloatMatrix]
"""From a slice of b student rows to (b, m) float32 in [0, 1]."""

UNKNOWN = np.float32(0.5)
"""Value of a term where a cell is empty: it speaks neither for nor against the pair."""
TOP_RANK = 6
"""C2; a native speaker counts no more than that."""
ENOUGH_INTERESTS = 3
"""So many shared interests are as good as more."""
AGE_SPAN = 10
"""Ages that lie so many years apart, or further, fit not at all."""


def asked_terms(snapshot: Snapshot) -> frozenset[str]:
    """Return the names of the terms whose columns were asked."""
    student, host = snapshot.student_columns, snapshot.host_columns
    checkable = {
        "languages": "languages" in student and "languages" in host,
        "interests": "interests" in student and "interests" in host,
        "field": "field" in student and "field" in host,
        "age": "age" in student and ("child_ages" in host or {"min_age", "max_age"} <= host),
        "household": _asks_lifestyle(snapshot) or _asks_children(snapshot),
        "wishes": "wishes" in student and "offers" in host,
        "preference": "ranked_hosts" in student,
        "waiting": "waiting_since" in student,
    }
    return frozenset(name for name, is_on in checkable.items() if is_on)


def _asks_lifestyle(snapshot: Snapshot) -> bool:
    return "lifestyle" in snapshot.student_columns and "lifestyle" in snapshot.host_columns


def _asks_children(snapshot: Snapshot) -> bool:
    household = {"children", "child_ages"} & snapshot.host_columns
    return "wishes" in snapshot.student_columns and bool(household)


def build_terms(
    snapshot: Snapshot, students: Students, hosts: Hosts, names: Sequence[str]
) -> dict[str, BlockTerm]:
    """Prepare the named terms.

    Parameters
    ----------
    snapshot : Snapshot
        For the columns that were asked.
    students, hosts : sequences
        In the order of the rows.
    names : sequence of str
        Some of `asked_terms`, in the order wanted.

    Returns
    -------
    dict of str to BlockTerm
    """
    lifestyle, children = _asks_lifestyle(snapshot), _asks_children(snapshot)
    builders: dict[str, Callable[[], BlockTerm]] = {
        "languages": lambda: _languages(students, hosts),
        "interests": lambda: _interests(students, hosts),
        "field": lambda: _field(students, hosts),
        "age": lambda: _age(students, hosts),
        "household": lambda: _household(students, hosts, lifestyle=lifestyle, children=children),
        "wishes": lambda: _wishes(students, hosts),
        "preference": lambda: _preference(students, hosts),
        "waiting": lambda: _waiting(students, hosts),
    }
    return {name: builders[name]() for name in names}


def _where_known(known: BoolMatrix, value: FloatMatrix) -> FloatMatrix:
    return np.where(known, value, UNKNOWN).astype(np.float32, copy=False)


def _languages(students: Students, hosts: Hosts) -> BlockTerm:
    """Best shared language: the lower of both ranks / 6, at most 1; 0 when none is shared."""
    _, student_rank, host_rank = language_ranks(students, hosts)
    student_known = np.array([bool(student.languages) for student in students], dtype=np.bool_)
    host_known = np.array([bool(host.languages) for host in hosts], dtype=np.bool_)
    host_speaks = [(host_rank >= rank).astype(np.float32) for rank in range(1, TOP_RANK + 1)]

    def term(rows: slice) -> FloatMatrix:
        # The best shared rank is the number of ranks at which some language is shared.
        best = np.zeros((student_rank[rows].shape[0], len(hosts)), dtype=np.float32)
        for rank, speaks in enumerate(host_speaks, start=1):
            best += (student_rank[rows] >= rank).astype(np.float32) @ speaks.T > 0.0
        return _where_known(
            student_known[rows, np.newaxis] & host_known, best / np.float32(TOP_RANK)
        )

    return term


def _interests(students: Students, hosts: Hosts) -> BlockTerm:
    """Shared interests / the fewest of three, the student's and the host's; at most 1."""
    of_students = [set(student.interests) for student in students]
    of_hosts = [set(host.interests) for host in hosts]
    words = vocabulary_of(of_students, of_hosts)
    student_marks, host_marks = multi_hot(of_students, words), multi_hot(of_hosts, words)
    student_count, host_count = student_marks.sum(axis=1), host_marks.sum(axis=1)

    def term(rows: slice) -> FloatMatrix:
        fewest = np.minimum(student_count[rows, np.newaxis], host_count)
        enough = np.minimum(np.maximum(fewest, 1.0), float(ENOUGH_INTERESTS))
        shared = np.minimum(student_marks[rows] @ host_marks.T / enough, 1.0)
        return _where_known(fewest > 0.0, shared)

    return term


def _field(students: Students, hosts: Hosts) -> BlockTerm:
    """1 for the same broad field of study or work, 0 for another."""
    both = codes([*(s.field for s in students), *(h.field for h in hosts)])
    student_field, host_field = both[: len(students)], both[len(students) :]

    def term(rows: slice) -> FloatMatrix:
        of_rows = student_field[rows, np.newaxis]
        same = (of_rows == host_field).astype(np.float32)
        return _where_known((of_rows >= 0) & (host_field >= 0), same)

    return term


def _age(students: Students, hosts: Hosts) -> BlockTerm:
    """Closeness to the nearest child's age: 1 − min(years apart, 10) / 10.

    Without children's ages it is the closeness to the middle of the host's age limits.
    """
    ages = sorted({student.age for student in students if student.age is not None})
    column = {age: place for place, age in enumerate(ages)}
    # One row per host, one column per age that occurs: pairs then only look their value up.
    table = np.stack([*(_age_fits(host, ages) for host in hosts), np.zeros(len(ages))]).astype(
        np.float32
    )[: len(hosts)]
    table = np.concatenate([table, np.full((len(hosts), 1), UNKNOWN)], axis=1)
    place = np.array(
        [len(ages) if student.age is None else column[student.age] for student in students],
        dtype=np.int64,
    )
    by_age = np.ascontiguousarray(table.T)
    return lambda rows: by_age[place[rows]]


def _age_fits(host: HostEntry, ages: Sequence[int]) -> npt.NDArray[np.float64]:
    """Return the term of one host for each of some ages."""
    if host.child_ages:
        near = np.array(host.child_ages, dtype=np.float64)
    elif host.min_age is not None and host.max_age is not None:
        near = np.array([(host.min_age + host.max_age) / 2.0])
    else:
        return np.full(len(ages), UNKNOWN, dtype=np.float64)
    apart = np.abs(np.array(ages, dtype=np.float64)[:, np.newaxis] - near).min(axis=1)
    fits: npt.NDArray[np.float64] = 1.0 - np.minimum(apart, AGE_SPAN) / AGE_SPAN
    return fits


def _household(students: Students, hosts: Hosts, *, lifestyle: bool, children: bool) -> BlockTerm:
    """Mean of two halves: equal lifestyle, and a wish for or against children that is met."""
    halves = [
        *([_lifestyle(students, hosts)] if lifestyle else []),
        *([_children(students, hosts)] if children else []),
    ]

    def term(rows: slice) -> FloatMatrix:
        total = sum(half(rows) for half in halves) / len(halves)
        return np.asarray(total, dtype=np.float32)

    return term


def _lifestyle(students: Students, hosts: Hosts) -> BlockTerm:
    both = codes([*(s.lifestyle for s in students), *(h.lifestyle for h in hosts)])
    student_life, host_life = both[: len(students)], both[len(students) :]

    def half(rows: slice) -> FloatMatrix:
        of_rows = student_life[rows, np.newaxis]
        same = (of_rows == host_life).astype(np.float32)
        return _where_known((of_rows >= 0) & (host_life >= 0), same)

    return half


def _children(students: Students, hosts: Hosts) -> BlockTerm:
    """Who wishes both for and against children, or says nothing, has no wish."""
    wish = np.array(
        [("children" in s.wishes) - ("no_children" in s.wishes) for s in students], dtype=np.int64
    )
    has = np.array(["children" in stated_offers(host) for host in hosts], dtype=np.bool_)
    known = has | np.array([host.children is not None for host in hosts], dtype=np.bool_)

    def half(rows: slice) -> FloatMatrix:
        of_rows = wish[rows, np.newaxis]
        met = ((of_rows > 0) == has).astype(np.float32)
        return _where_known((of_rows != 0) & known, met)

    return half


def _wishes(students: Students, hosts: Hosts) -> BlockTerm:
    """Share of the student's wishes that the host's offers meet."""
    wishes = NeedsAndOffers([set(student.wishes) for student in students], hosts)
    count = np.array([len(set(student.wishes)) for student in students], dtype=np.float32)
    host_known = np.array([bool(stated_offers(host)) for host in hosts], dtype=np.bool_)

    def term(rows: slice) -> FloatMatrix:
        of_rows = count[rows, np.newaxis]
        unmet = wishes.count_unmet(rows) / np.maximum(of_rows, 1.0)
        met = np.asarray(1.0 - unmet, dtype=np.float32)
        return _where_known((of_rows > 0.0) & host_known, met)

    return term


def _preference(students: Students, hosts: Hosts) -> BlockTerm:
    """1 for the host ranked first, falling in even steps to 1 / L for the last of L ranked.

    Hosts that a student left out get 0; of a host named twice the better rank counts.
    """
    host_row = {host.id: row for row, host in enumerate(hosts)}
    base = np.array([0.0 if s.ranked_hosts else UNKNOWN for s in students], dtype=np.float32)
    ranked: list[tuple[int, int, float]] = []
    for row, student in enumerate(students):
        order = tuple(dict.fromkeys(student.ranked_hosts))
        ranked += [
            (row, host_row[host_id], 1.0 - rank / len(order))
            for rank, host_id in enumerate(order)
            if host_id in host_row
        ]
    student_at = np.array([entry[0] for entry in ranked], dtype=np.int64)
    host_at = np.array([entry[1] for entry in ranked], dtype=np.int64)
    value = np.array([entry[2] for entry in ranked], dtype=np.float32)

    def term(rows: slice) -> FloatMatrix:
        start, stop, _ = rows.indices(len(students))
        low, high = np.searchsorted(student_at, (start, stop))
        block = np.repeat(base[rows, np.newaxis], len(hosts), axis=1)
        block[student_at[low:high] - start, host_at[low:high]] = value[low:high]
        return block

    return term


def _waiting(students: Students, hosts: Hosts) -> BlockTerm:
    """Days waited / the longest wait, counted to the day on which the last one joined.

    The snapshot holds no "today", so the newest of the waiting stands for it. When all joined on
    one day the term tells nothing: 0.5.
    """
    joined = [student.waiting_since for student in students]
    known = [day for day in joined if day is not None]
    newest = max(known, default=None)
    longest = (newest - min(known)).days if newest is not None else 0
    share = np.array(
        [
            UNKNOWN
            if day is None or newest is None or not longest
            else (newest - day).days / longest
            for day in joined
        ],
        dtype=np.float32,
    )
    return lambda rows: np.repeat(share[rows, np.newaxis], len(hosts), axis=1)
