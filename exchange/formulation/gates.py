"""The hard gates for blocks of students against hosts.

Each function prepares its arrays once and returns what makes a gate for any part of the hosts. A
gate, given a slice of student rows, says which pairs it closes.
`domain.eligibility.closed_gates` is the reference for all of them.
"""

from collections.abc import Callable, Sequence

import numpy as np

from exchange.domain.attributes import is_met
from exchange.domain.eligibility import (
    Gate,
    active_gates,
    checks_accepted,
    checks_household,
    home_facts,
    primary_subtag,
)
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.features import (
    ALL_GENDERS,
    BlockGate,
    BoolMatrix,
    GateMaker,
    Hosts,
    Students,
    days,
    gender_bits,
    language_marks,
    numbers,
)
from exchange.formulation.pairings import (
    ByClass,
    IntArray,
    Listed,
    Marks,
    Part,
    Rows,
    Words,
    classify,
    count_rows,
)


def build_gates(
    snapshot: Snapshot, students: Students, hosts: Hosts, rules: Rules
) -> dict[Gate, GateMaker]:
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
    dict of Gate to GateMaker
        In the order of `Gate`.
    """
    household = checks_household(snapshot.student_columns, snapshot.host_columns)
    accepted = checks_accepted(snapshot.student_columns, snapshot.host_columns)
    builders: dict[Gate, Callable[[], GateMaker]] = {
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


def _nation(students: Students, hosts: Hosts) -> GateMaker:
    held, holdings = classify(student.nationalities for student in students)
    nation, nations = classify(host.nation for host in hosts)
    own = np.array([[one in all_held for one in nations] for all_held in holdings], dtype=np.bool_)
    return ByClass.of_table(held, nation, own.reshape(len(holdings), len(nations))).among


def _language(students: Students, hosts: Hosts, rules: Rules) -> GateMaker:
    marks = working_marks(students, hosts, rules)

    def among(part: Part) -> BlockGate:
        shared = marks.among(part)
        return lambda rows: shared.count(rows) == 0

    return among


def working_marks(students: Students, hosts: Hosts, rules: Rules) -> Marks:
    """Mark who speaks what at the working level, of the languages that count under the rules."""
    floor = rules.working_level.rank
    working = {primary_subtag(tag) for tag in rules.working_languages}
    languages, spoken = language_marks(students, hosts)
    counts = np.array([not working or tag in working for tag in languages], dtype=np.bool_)
    heard = ((spoken.holds >= floor) & counts[:, np.newaxis]).astype(np.uint8)
    kept = (spoken.words.rank >= floor) & counts[spoken.words.code]
    before = np.append(0, np.cumsum(kept)).astype(np.int64)
    words = Words(before[spoken.words.start], spoken.words.code[kept], spoken.words.rank[kept])
    return Marks(words, heard)


def _dates(students: Students, hosts: Hosts) -> GateMaker:
    stay, stays = classify((student.arrive_on, student.depart_on) for student in students)
    arrive, depart = days(one[0] for one in stays), days(one[1] for one in stays)
    first = days(host.available_from for host in hosts)
    last = days(host.available_to for host in hosts)

    def closed(classes: IntArray, part: Part) -> BoolMatrix:
        shut = np.zeros((classes.size, first[part].size), dtype=np.bool_)
        for day in (arrive[classes, np.newaxis], depart[classes, np.newaxis]):
            shut |= day < first[part]
            shut |= day > last[part]
        return shut

    return ByClass(stay, len(stays), closed).among


def _needs(students: Students, hosts: Hosts) -> GateMaker:
    marks = unmet_words([student.needs for student in students], hosts)

    def among(part: Part) -> BlockGate:
        unmet = marks.among(part)
        return lambda rows: unmet.count(rows) > 0

    return among


def unmet_words(wanted: Sequence[Sequence[str]], hosts: Hosts) -> Marks:
    """Mark, for each word that some student wants, the hosts at which it does not hold."""
    words = sorted({word for row in wanted for word in row})
    column = {word: place for place, word in enumerate(words)}
    offer, offers = classify(home_facts(host) for host in hosts)
    fails = [[not is_met(word, offered) for offered in offers] for word in words]
    table = np.array(fails, dtype=np.uint8).reshape(len(words), len(offers))
    codes = [sorted({column[word] for word in row}) for row in wanted]
    return Marks(Words.of(codes), np.take(table, offer, axis=1))


def _genders(students: Students, hosts: Hosts, *, household: bool, accepted: bool) -> GateMaker:
    """Combine two questions: who lives there, and whom they take; each may be off by itself."""
    everybody = [()] * len(students)
    required = [student.host_gender for student in students] if household else everybody
    suits = gender_bits(required, empty=ALL_GENDERS)
    lives_there = gender_bits((host.household_genders for host in hosts), empty=0)
    known = [(student.gender,) if student.gender and accepted else () for student in students]
    own = gender_bits(known, empty=0)
    welcome = gender_bits((host.genders_accepted for host in hosts), empty=ALL_GENDERS)
    # Both questions as one: a student's bits that must not be set among those of a host.
    shift = ALL_GENDERS.bit_length()
    refused = (~suits & ALL_GENDERS) | (own << shift)
    repelling = lives_there | ((~welcome & ALL_GENDERS) << shift)
    bits = np.arange(1 << (2 * shift))
    clash = (bits[:, np.newaxis] & bits) != 0
    return ByClass.of_table(refused.astype(np.int64), repelling.astype(np.int64), clash).among


def _age(students: Students, hosts: Hosts) -> GateMaker:
    age, ages = classify(student.age for student in students)
    years = numbers(ages)
    youngest = numbers(host.min_age for host in hosts)
    oldest = numbers(host.max_age for host in hosts)

    def closed(classes: IntArray, part: Part) -> BoolMatrix:
        of_rows = years[classes, np.newaxis]
        return np.asarray((of_rows < youngest[part]) | (of_rows > oldest[part]))

    return ByClass(age, len(ages), closed).among


def _never(students: Students, hosts: Hosts) -> GateMaker:
    student_row = {student.id: row for row, student in enumerate(students)}
    host_row = {host.id: row for row, host in enumerate(hosts)}
    pairs = {
        (row, host_row[host_id], 1.0)
        for row, student in enumerate(students)
        for host_id in student.never
        if host_id in host_row
    } | {
        (student_row[student_id], row, 1.0)
        for row, host in enumerate(hosts)
        for student_id in host.never
        if student_id in student_row
    }
    every = Listed.of(pairs)

    def among(part: Part) -> BlockGate:
        listed, width = every.among(part), np.arange(len(hosts))[part].size

        def closed(rows: Rows) -> BoolMatrix:
            mask = np.zeros((count_rows(rows), width), dtype=np.bool_)
            listed.put(mask, rows)
            return mask

        return closed

    return among


def _screening(students: Students, hosts: Hosts) -> GateMaker:
    student_waits = np.array([not student.cleared for student in students], dtype=np.int64)
    host_waits = np.array([not host.cleared for host in hosts], dtype=np.int64)
    either = np.array([[False, True], [True, True]])
    return ByClass.of_table(student_waits, host_waits, either).among
