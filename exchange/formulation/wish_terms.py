"""The quality terms of what students ask for: household, wishes, ranked hosts, and their wait.

Each function works as those of `terms`, where all of them are put together.
"""

from collections.abc import Sequence

import numpy as np

from exchange.domain.eligibility import stated_offers
from exchange.formulation.features import (
    UNKNOWN,
    BlockTerm,
    FloatMatrix,
    Hosts,
    Students,
    TermMaker,
    same_or_unknown,
)
from exchange.formulation.gates import unmet_words
from exchange.formulation.pairings import ByClass, Listed, Part, Rows, classify


def household_term(
    students: Students, hosts: Hosts, *, lifestyle: bool, children: bool
) -> TermMaker:
    """Mean of two halves: equal lifestyle, and a wish for or against children that is met."""
    halves = [
        *(
            [same_or_unknown((s.lifestyle for s in students), (h.lifestyle for h in hosts))]
            if lifestyle
            else []
        ),
        *([_children(students, hosts)] if children else []),
    ]

    def among(part: Part) -> BlockTerm:
        there = [half.among(part) for half in halves]

        def term(rows: Rows) -> FloatMatrix:
            total = sum(half(rows) for half in there)
            return np.asarray(total / np.float32(len(there)), dtype=np.float32)

        return term

    return among


def _children(students: Students, hosts: Hosts) -> ByClass:
    """Who wishes both for and against children, or says nothing, has no wish."""
    against, no_wish, wish = range(3)
    wishes = [no_wish + ("children" in s.wishes) - ("no_children" in s.wishes) for s in students]
    none, some, unknown = range(3)
    homes = [
        some if "children" in stated_offers(host) else unknown if host.children is None else none
        for host in hosts
    ]
    table = np.full((3, 3), UNKNOWN, dtype=np.float32)
    table[against, [none, some]] = 1.0, 0.0
    table[wish, [none, some]] = 0.0, 1.0
    return ByClass.of_table(np.array(wishes, dtype=np.int64), np.array(homes, np.int64), table)


def wishes_term(students: Students, hosts: Hosts) -> TermMaker:
    """Share of the student's wishes that the host's offers meet."""
    marks = unmet_words([student.wishes for student in students], hosts)
    count = np.array([len(set(student.wishes)) for student in students], dtype=np.float32)
    blank = np.array([not stated_offers(host) for host in hosts], dtype=np.bool_)
    # Nothing counts as unmet where nothing is stated; half is then taken off.
    marks.holds[:, blank] = 0
    discount = np.where(blank, UNKNOWN, np.float32(0.0)).astype(np.float32)

    def among(part: Part) -> BlockTerm:
        unmet, discount_there = marks.among(part), discount[part]

        def term(rows: Rows) -> FloatMatrix:
            of_rows = count[rows, np.newaxis]
            some = np.maximum(of_rows, np.float32(1.0))
            value: FloatMatrix = np.divide(unmet.count(rows), some, dtype=np.float32)
            np.subtract(np.float32(1.0), value, out=value)
            if discount_there.any():
                value -= discount_there
            value[of_rows[:, 0] == 0.0] = UNKNOWN
            return value

        return term

    return among


def preference_term(students: Students, hosts: Hosts) -> TermMaker:
    """1 for the host or nation ranked first, falling in even steps to 1 / L for the last of L.

    Hosts that a student left out, by themselves and by their nation, get 0; of a host or nation
    named twice the better rank counts, and so does the better of a host's rank and its nation's.
    """
    host_row = {host.id: row for row, host in enumerate(hosts)}
    nations = _ranked_nations(students, hosts)
    ranked: list[tuple[int, int, float]] = []
    for row, student in enumerate(students):
        ranked += [
            (row, host_row[host_id], value)
            for host_id, value in _falling(student.ranked_hosts)
            if host_id in host_row
        ]
    every = Listed.of(ranked)

    def among(part: Part) -> BlockTerm:
        listed, of_nation = every.among(part), nations.among(part)

        def term(rows: Rows) -> FloatMatrix:
            block = of_nation(rows)
            by_name = np.zeros_like(block)
            listed.put(by_name, rows)
            return np.asarray(np.maximum(block, by_name), dtype=np.float32)

        return term

    return among


def _falling(ranked: Sequence[str]) -> list[tuple[str, float]]:
    """Return each that is ranked, once, with what its rank is worth."""
    order = tuple(dict.fromkeys(ranked))
    return [(one, 1.0 - rank / len(order)) for rank, one in enumerate(order)]


def _ranked_nations(students: Students, hosts: Hosts) -> ByClass:
    """The worth of each host's nation; 0.5 for who ranks neither nations nor hosts."""
    held, rankings = classify((s.ranked_nations, bool(s.ranked_hosts)) for s in students)
    nation, nations = classify(host.nation for host in hosts)
    column = {one: place for place, one in enumerate(nations)}
    table = np.zeros((len(rankings), len(nations)), dtype=np.float32)
    for row, (ranked, ranks_hosts) in enumerate(rankings):
        if not ranked and not ranks_hosts:
            table[row] = UNKNOWN
        for one, value in _falling(ranked):
            if one in column:
                table[row, column[one]] = value
    return ByClass.of_table(held, nation, table)


def waiting_term(students: Students) -> TermMaker:
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
    # A copy: who asks for a term may write to it.
    return lambda part: lambda rows: share[rows, np.newaxis].copy()
