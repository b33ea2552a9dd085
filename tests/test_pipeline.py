"""A whole run: from a snapshot to a report that can be written as it is."""

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import __version__
from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.eligibility import active_gates, closed_gates
from exchange.domain.measures import hill_numbers
from exchange.domain.nation import NationPair
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.matching import Options, Status
from exchange.pipeline import MatchResult, run_match
from tests.formulation.cohorts import (
    host,
    large_snapshot,
    rules_drawn,
    snapshot,
    snapshots,
    student,
)

ENGLISH = (LanguageSkill("en", Level.NATIVE),)


def small_cohort() -> Snapshot:
    return snapshot(
        student("s1", "IN", languages=ENGLISH),
        student("s2", "IN", languages=ENGLISH),
        student("s3", "PK", languages=ENGLISH),
        student("s4", "DE"),
        host("h1", "PK", languages=ENGLISH),
        host("h2", "DE", languages=ENGLISH),
        host("h3", "IN", capacity=2, languages=ENGLISH),
        pairs=(NationPair("IN", "PK", 0.6, 2, 4), NationPair("DE", "IN", 0.5, 2, 0)),
    )


def without_seconds(result: MatchResult) -> dict[str, Any]:
    return {name: value for name, value in result.report.items() if name != "seconds"}


def test_run_match_reports_the_whole_certificate() -> None:
    people = small_cohort()
    result = run_match(people, Rules(), Options(epsilon=0.0, seed=7))
    report = result.report
    assert json.loads(json.dumps(report)) == report
    weight = NationPair("IN", "PK", 0.6, 2, 4).weight
    diversity = (2 * weight) ** 0.5 + 0.375**0.5
    expected = {
        "students": 4,
        "hosts": 3,
        "places": 4,
        "M": 3,
        "M_bound": 3,
        "every_pair": True,
        "status": "optimal",
        "seed": 7,
        "epsilon": 0.0,
        "tier4": 2,
        "nation_pairs": 2,
        "only_contacts": 1,
        "without_data": 0,
        "conflicts": [],
        "switched_off": [],
        "unchecked": [],
        "digest": people.digest,
        "version": __version__,
    }
    assert {name: report[name] for name in expected} == expected
    assert report["S"] == pytest.approx(diversity)
    assert report["D"] == pytest.approx(diversity**2 / 3)
    assert report["reciprocity"] == {
        "difference": 1,
        "pairs": {"DE-IN": [0, 1], "IN-PK": [1, 1]},
    }
    assert report["fairness"]["nations"]["DE"] == {
        "students": 1,
        "placed": 0,
        "share": 0.0,
        "mean_quality": None,
        "small": True,
    }
    assert report["fairness"]["nations"]["IN"]["placed"] == 2
    assert set(report["fairness"]) == {"nations", "genders", "partners"}
    assert [one.reason for one in result.unplaced] == ["no_host_passes:language+nation"]
    assert set(report["seconds"]) == {"score", "solve"}


def test_run_match_repeated_or_reordered_is_the_same() -> None:
    people = large_snapshot(40, seed=3)
    shuffled = replace(people, students=people.students[::-1], hosts=people.hosts[::-1])
    options = Options(seed=5)
    one, again, other = (
        run_match(cohort, Rules(), options) for cohort in (people, people, shuffled)
    )
    assert one.placements == again.placements == other.placements
    assert one.unplaced == again.unplaced == other.unplaced
    assert without_seconds(one) == without_seconds(again) == without_seconds(other)


def test_run_match_of_contradicting_rules_is_infeasible_without_placements() -> None:
    rules = Rules(pins=(("s1", "h1"),), forbids=(("s1", "h1"),))
    result = run_match(small_cohort(), rules, Options())
    assert result.solution.status is Status.INFEASIBLE
    assert result.report["status"] == "infeasible"
    assert (result.placements, result.unplaced, result.contacts) == ((), (), ())
    assert result.report["conflicts"] == [
        {
            "code": "pin_forbidden",
            "message": (
                "Student s1 is pinned to host h1 and forbidden to go there; drop one of both."
            ),
            "facts": {"student": "s1", "host": "h1"},
        }
    ]
    assert json.loads(json.dumps(result.report)) == result.report


def test_run_match_of_required_columns_only_uses_nations_alone() -> None:
    people = replace(
        snapshot(student("s1", "NA"), student("s2", "DE"), host("h1", "DE"), host("h2", "NA")),
        student_columns=frozenset({"id", "nationalities"}),
        host_columns=frozenset({"id", "nation", "capacity"}),
    )
    result = run_match(people, Rules(), Options())
    assert [(one.student_id, one.host_id) for one in result.placements] == [
        ("s1", "h1"),
        ("s2", "h2"),
    ]
    assert [(one.quality, one.terms) for one in result.placements] == [(0.5, {}), (0.5, {})]
    assert result.report["unchecked"] == ["screening", "consent", "age_rules"]
    assert result.switched_off == tuple(result.report["switched_off"])
    assert "term:languages" in result.switched_off


def test_run_match_of_nobody_is_an_empty_answer() -> None:
    result = run_match(snapshot(), Rules(), Options())
    assert (result.report["M"], result.report["D"], result.report["gap"]) == (0, 0.0, 0.0)
    assert result.report["hill"] == {"0": 0.0, "0.5": 0.0, "1": 0.0, "2": 0.0}


@pytest.mark.parametrize(("counts", "half"), [([4, 4, 4], 3.0), ([10, 1, 1], 2.2208), ([12], 1.0)])
def test_hill_numbers_are_those_of_the_model(counts: list[int], half: float) -> None:
    found = hill_numbers(counts)
    assert found["0.5"] == pytest.approx(half, abs=1e-4)
    assert found["0"] == len(counts)
    assert found["0"] >= found["0.5"] >= found["1"] >= found["2"] - 1e-12


@settings(max_examples=40, deadline=None)
@given(people=snapshots(), rules=rules_drawn, seed=st.integers(0, 3))
def test_run_match_places_through_open_gates_and_explains_the_rest(
    people: Snapshot, rules: Rules, seed: int
) -> None:
    result = run_match(people, replace(rules, min_quality=0.3), Options(seed=seed))
    students = {one.id: one for one in people.students}
    hosts = {one.id: one for one in people.hosts}
    gates = active_gates(people.student_columns, people.host_columns)
    guests = Counter(one.host_id for one in result.placements)
    for one in result.placements:
        student_entry, host_entry = students[one.student_id], hosts[one.host_id]
        assert closed_gates(student_entry, host_entry, rules, gates) == ()
        assert one.quality >= 0.3 - 1e-6
    assert all(guests[host_id] <= hosts[host_id].capacity for host_id in guests)
    placed = [one.student_id for one in result.placements]
    unplaced = [one.student_id for one in result.unplaced]
    assert sorted(placed + unplaced) == sorted(students)
    for missing in result.unplaced:
        student_entry = students[missing.student_id]
        with_places = [one for one in people.hosts if one.capacity]
        closed = {one.id: closed_gates(student_entry, one, rules, gates) for one in with_places}
        reason, _, codes = missing.reason.partition(":")
        assert (reason == "not_screened") == (not student_entry.cleared)
        if reason == "no_host_passes":
            assert closed
            assert all(closed.values())
            assert set(codes.split("+")) == {gate.value for one in closed.values() for gate in one}
        elif reason != "not_screened":
            assert not with_places or not all(closed.values())
