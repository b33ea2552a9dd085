"""The vectorised gates against the scalar reference, pair by pair."""

from dataclasses import replace

import numpy as np
from hypothesis import given

from exchange.domain.eligibility import Gate, active_gates, closed_gates
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.scoring import Scorer, list_switched_off, list_unchecked
from tests.formulation.cohorts import host, rules_drawn, snapshot, snapshots, student, unhurried


def scorer_of(people: Snapshot, rules: Rules) -> Scorer:
    return Scorer.of(people, rules, students=people.students, hosts=people.hosts)


@unhurried
@given(people=snapshots(), rules=rules_drawn)
def test_gates_of_all_pairs_equal_the_scalar_reference(people: Snapshot, rules: Rules) -> None:
    scorer = scorer_of(people, rules)
    on = active_gates(people.student_columns, people.host_columns)
    rows = slice(0, len(people.students))
    closed, allowed = scorer.closed_by_gate(rows), scorer.allowed(rows)
    assert tuple(closed) == tuple(gate for gate in Gate if gate in on)
    for i, one in enumerate(people.students):
        for j, other in enumerate(people.hosts):
            expected = closed_gates(one, other, rules, on)
            assert tuple(gate for gate in closed if closed[gate][i, j]) == expected
            assert allowed[i, j] == (not expected)


@unhurried
@given(people=snapshots(), rules=rules_drawn)
def test_gates_cut_into_blocks_give_the_same_as_whole(people: Snapshot, rules: Rules) -> None:
    scorer = scorer_of(people, rules)
    whole = scorer.allowed(slice(0, len(people.students)))
    for row in range(len(people.students)):
        part = slice(row, row + 1)
        np.testing.assert_array_equal(scorer.allowed(part), whole[part])


def test_switched_off_lists_what_missing_columns_leave_unasked() -> None:
    bare = replace(
        snapshot(student(), host()),
        student_columns=frozenset({"id", "nationalities", "age"}),
        host_columns=frozenset({"id", "nation", "capacity"}),
    )
    assert list_switched_off(bare) == (
        "gate:language",
        "gate:dates",
        "gate:needs",
        "gate:host_gender",
        "gate:age",
        "gate:never",
        "term:languages",
        "term:interests",
        "term:field",
        "term:age",
        "term:household",
        "term:wishes",
        "term:preference",
        "term:waiting",
    )
    assert list_unchecked(bare) == ("screening", "consent", "age_rules")


def test_switched_off_names_the_half_of_the_gender_gate_that_is_off() -> None:
    full = snapshot(student(), host())
    assert list_switched_off(full) == ()
    assert list_unchecked(full) == ()
    half = replace(full, host_columns=full.host_columns - {"genders_accepted"})
    assert list_switched_off(half) == ("gate:host_gender:accepted",)
