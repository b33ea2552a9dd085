"""The quality terms for blocks of students against hosts, each in [0, 1].

Each function prepares its arrays once and returns what makes a term for any part of the hosts. A
term, given a slice of student rows, gives the value for every pair. Where a cell is empty the value
is 0.5; where a column is absent the term is off. The meaning of each term is written at its
function.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from exchange.domain.attributes import Level
from exchange.domain.snapshot import Snapshot
from exchange.formulation.features import (
    UNKNOWN,
    BlockTerm,
    FloatMatrix,
    Hosts,
    Students,
    TermMaker,
    language_marks,
    same_or_unknown,
)
from exchange.formulation.pairings import (
    ByClass,
    IntArray,
    Marks,
    Part,
    Rows,
    Words,
    classify,
    mark_hosts,
)
from exchange.formulation.wish_terms import (
    household_term,
    preference_term,
    waiting_term,
    wishes_term,
)

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
        "preference": bool({"ranked_hosts", "ranked_nations"} & student),
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
) -> dict[str, TermMaker]:
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
    dict of str to TermMaker
    """
    halves = {"lifestyle": _asks_lifestyle(snapshot), "children": _asks_children(snapshot)}
    builders: dict[str, Callable[[], TermMaker]] = {
        "languages": lambda: _languages(students, hosts),
        "interests": lambda: _interests(students, hosts),
        "field": lambda: _field(students, hosts),
        "age": lambda: _age(students, hosts),
        "household": lambda: household_term(students, hosts, **halves),
        "wishes": lambda: wishes_term(students, hosts),
        "preference": lambda: preference_term(students, hosts),
        "waiting": lambda: waiting_term(students),
    }
    return {name: builders[name]() for name in names}


def _languages(students: Students, hosts: Hosts) -> TermMaker:
    """Best shared language: the lower of both ranks / 6, at most 1; 0 when none is shared."""
    _, spoken = language_marks(students, hosts)
    unstated = len(Level) + 1
    value = np.minimum(np.arange(unstated + 1), TOP_RANK).astype(np.float32) / np.float32(TOP_RANK)
    value[unstated] = UNKNOWN
    silent = np.array([not student.languages for student in students], dtype=np.bool_)
    blank = np.array([0 if h.languages else unstated for h in hosts], dtype=np.uint8)

    def among(part: Part) -> BlockTerm:
        shared, blank_there = spoken.among(part), blank[part]

        def term(rows: Rows) -> FloatMatrix:
            best = shared.best(rows)
            np.maximum(best, blank_there, out=best)
            best[silent[rows]] = unstated
            return np.take(value, best)

        return term

    return among


def _interests(students: Students, hosts: Hosts) -> TermMaker:
    """Shared interests / the fewest of three, the student's and the host's; at most 1."""
    of_students = [sorted(set(student.interests)) for student in students]
    of_hosts = [set(host.interests) for host in hosts]
    words = sorted({word for row in of_students for word in row})
    column = {word: place for place, word in enumerate(words)}
    marks = Marks(
        Words.of([[column[word] for word in row] for row in of_students]),
        mark_hosts(of_hosts, words),
    )
    few = np.array([min(len(row), ENOUGH_INTERESTS) for row in of_students], dtype=np.int64)
    host_few = np.array([min(len(row), ENOUGH_INTERESTS) for row in of_hosts], dtype=np.uint8)
    # The value of `shared` interests when `fewest` are as good as all of them, as one list.
    step = ENOUGH_INTERESTS + 1
    fewest, shared = np.arange(step, dtype=np.float32)[:, np.newaxis], np.arange(step)
    value = np.minimum(shared / np.maximum(fewest, np.float32(1.0)), 1.0).astype(np.float32)
    value[0] = UNKNOWN

    def offset(classes: IntArray, part: Part) -> npt.NDArray[np.uint8]:
        of_rows = classes.astype(np.uint8)[:, np.newaxis]
        return np.minimum(of_rows, host_few[part]) * np.uint8(step)

    by_fewest = ByClass(few, step, offset)

    def among(part: Part) -> BlockTerm:
        in_common, fewest_there = marks.among(part), by_fewest.among(part)

        def term(rows: Rows) -> FloatMatrix:
            found = np.minimum(in_common.count(rows), ENOUGH_INTERESTS)
            return np.take(value, found + fewest_there(rows))

        return term

    return among


def _field(students: Students, hosts: Hosts) -> TermMaker:
    """1 for the same broad field of study or work, 0 for another."""
    return same_or_unknown((s.field for s in students), (h.field for h in hosts)).among


def _age(students: Students, hosts: Hosts) -> TermMaker:
    """Closeness to the nearest child's age: 1 − min(years apart, 10) / 10.

    Without children's ages it is the closeness to the middle of the host's age limits.
    """
    age, ages = classify(student.age for student in students)
    home, homes = classify((h.child_ages, h.min_age, h.max_age) for h in hosts)
    table = np.array([[_age_fits(years, one) for one in homes] for years in ages], np.float32)
    return ByClass.of_table(age, home, table.reshape(len(ages), len(homes))).among


def _age_fits(age: int | None, home: tuple[tuple[int, ...], int | None, int | None]) -> float:
    child_ages, youngest, oldest = home
    if age is None:
        return float(UNKNOWN)
    if child_ages:
        apart: float = min(abs(age - child) for child in child_ages)
    elif youngest is not None and oldest is not None:
        apart = abs(age - (youngest + oldest) / 2.0)
    else:
        return float(UNKNOWN)
    return 1.0 - min(apart, AGE_SPAN) / AGE_SPAN
