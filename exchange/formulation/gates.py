"""The hard gates for blocks of students against all hosts.

Each function prepares its arrays once and returns a gate: given a slice of student rows, it says
which pairs it closes. `domain.eligibility.closed_gates` is the reference for all of them.
"""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from exchange.domain.eligibility import (
    Gate,
    active_gates,
    checks_accepted,
    checks_household,
    primary_subtag,
)
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, Snapshot, StudentEntry
from exchange.formulation.features import (
    ALL_GENDERS,
    BoolMatrix,
    NeedsAndOffers,
    days,
    gender_bits,
    language_ranks,
    multi_hot,
    numbers,
    vocabulary_of,
)

Students: TypeAlias = Sequence[StudentEntry]
Hosts: TypeAlias = Sequence[HostEntry]
BlockGate: TypeAlias = Callable[[slice], BoolMatrix]
"""From a slice of b student rows to (b, m) bool: true where the gate is closed."""


def build_gates(
    snapshot: Snapshot, students: Students, hosts: Hosts, rules: Rules
) -> dict[Gate, BlockGate]:
    """Prepare every gate that is on.

    Parameters
    ----------
    snapshot : Snapshot
        For the columns that were asked.
    students, hosts : sequences
        In the order of the rows.
    rules : Rules

    Returns
    -------
    dict of Gate to BlockGate
        In the order of `Gate`.
    """
    household = checks_household(snapshot.student_columns, snapshot.host_columns)
    accepted = checks_accepted(snapshot.student_columns, snapshot.host_columns)
    builders: dict[Gate, Callable[[], BlockGate]] = {
        Gate.NATION: lambda: _nation(students, hosts),
        Gate.LANGUAGE: lambda: _language(students, hosts, rules),
        Gate.DATES: lambda: _dates(students, hosts),
        Gate.NEEDS: lambda: _needs(students, hosts),
        Gate.HOST_GENDER: lambda: _genders(students, hosts, household=household, accepted=accepted),
        Gate.AGE: lambda: _age(students, hosts),
        Gate.NEVER: lambda: _never(students, hosts),
        Gate.SCREENING: lambda: _screening(students, hosts),
    }
    on = active_gates(snapshot.student_columns, snapshot.host_columns)
    return {gate: builders[gate]() for gate in Gate if gate in on}


def _nation(students: Students, hosts: Hosts) -> BlockGate:
    nations = vocabulary_of([[host.nation] for host in hosts])
    own = multi_hot([student.nationalities for student in students], nations) > 0
    column = np.array([nations.index(host.nation) for host in hosts], dtype=np.int64)
    return lambda rows: own[rows][:, column]


def _language(students: Students, hosts: Hosts, rules: Rules) -> BlockGate:
    languages, student_rank, host_rank = language_ranks(students, hosts)
    working = {primary_subtag(tag) for tag in rules.working_languages}
    counts = np.array([not working or tag in working for tag in languages], dtype=np.bool_)
    floor = rules.working_level.rank
    student_speaks = ((student_rank >= floor) & counts).astype(np.float32)
    host_speaks = ((host_rank >= floor) & counts).astype(np.float32)

    def closed(rows: slice) -> BoolMatrix:
        return np.asarray(student_speaks[rows] @ host_speaks.T == 0.0)

    return closed


def _dates(students: Students, hosts: Hosts) -> BlockGate:
    stay = (
        days(student.arrive_on for student in students),
        days(student.depart_on for student in students),
    )
    first = days(host.available_from for host in hosts)
    last = days(host.available_to for host in hosts)

    def closed(rows: slice) -> BoolMatrix:
        arrive, depart = (day[rows, np.newaxis] for day in stay)
        return (arrive < first) | (arrive > last) | (depart < first) | (depart > last)

    return closed


def _needs(students: Students, hosts: Hosts) -> BlockGate:
    needs = NeedsAndOffers([student.needs for student in students], hosts)
    return lambda rows: np.asarray(needs.count_unmet(rows) > 0.0)


def _genders(students: Students, hosts: Hosts, *, household: bool, accepted: bool) -> BlockGate:
    """Combine two questions: who lives there, and whom they take; each may be off by itself."""
    everybody = [()] * len(students)
    required = [student.host_gender for student in students] if household else everybody
    suits = gender_bits(required, empty=ALL_GENDERS)
    lives_there = gender_bits((host.household_genders for host in hosts), empty=0)
    known = [(student.gender,) if student.gender and accepted else () for student in students]
    own = gender_bits(known, empty=0)
    welcome = gender_bits((host.genders_accepted for host in hosts), empty=ALL_GENDERS)

    def closed(rows: slice) -> BoolMatrix:
        unsuited = lives_there & ~suits[rows, np.newaxis]
        unwelcome = own[rows, np.newaxis] & ~welcome
        return np.asarray((unsuited | unwelcome) != 0)

    return closed


def _age(students: Students, hosts: Hosts) -> BlockGate:
    age = numbers(student.age for student in students)
    youngest = numbers(host.min_age for host in hosts)
    oldest = numbers(host.max_age for host in hosts)

    def closed(rows: slice) -> BoolMatrix:
        of_rows = age[rows, np.newaxis]
        return np.asarray((of_rows < youngest) | (of_rows > oldest))

    return closed


def _never(students: Students, hosts: Hosts) -> BlockGate:
    student_row = {student.id: row for row, student in enumerate(students)}
    host_row = {host.id: row for row, host in enumerate(hosts)}
    pairs = {
        (row, host_row[host_id])
        for row, student in enumerate(students)
        for host_id in student.never
        if host_id in host_row
    } | {
        (student_row[student_id], row)
        for row, host in enumerate(hosts)
        for student_id in host.never
        if student_id in student_row
    }
    listed = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)

    def closed(rows: slice) -> BoolMatrix:
        start, stop, _ = rows.indices(len(students))
        low, high = np.searchsorted(listed[:, 0], (start, stop))
        mask = np.zeros((stop - start, len(hosts)), dtype=np.bool_)
        mask[listed[low:high, 0] - start, listed[low:high, 1]] = True
        return mask

    return closed


def _screening(students: Students, hosts: Hosts) -> BlockGate:
    student_waits = ~np.array([student.cleared for student in students], dtype=np.bool_)
    host_waits = ~np.array([host.cleared for host in hosts], dtype=np.bool_)
    return lambda rows: student_waits[rows, np.newaxis] | host_waits
