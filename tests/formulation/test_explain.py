"""Why somebody has no place, in codes and in sentences."""

from typing import Any

import pytest

from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.placement import Unplaced
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.errors import NotFound
from exchange.formulation.conflicts import explain_conflicts
from exchange.formulation.encode import encode
from exchange.formulation.explain import explain_unplaced, pair_terms
from exchange.matching import Options, Status, solve
from tests.formulation.cohorts import host, snapshot, student

ENGLISH = (LanguageSkill("en", Level.NATIVE),)
FRENCH = (LanguageSkill("fr", Level.C1),)


def explain(*people: StudentEntry | HostEntry, **rules: Any) -> tuple[Unplaced, ...]:
    encoded = encode(snapshot(*people), Rules(**rules))
    return explain_unplaced(solve(encoded.problem, Options()), encoded)


def test_unplaced_whom_no_host_passes_lists_gates_by_hosts_closed() -> None:
    lonely = student("s1", "IN", languages=FRENCH, needs=("step_free",))
    hosts = [
        host("h1", "IN", languages=ENGLISH, offers=("step_free",)),
        host("h2", "PK", languages=ENGLISH, offers=("step_free",)),
        host("h3", "PK", languages=FRENCH, offers=("pets",)),
        host("h4", "DE", capacity=0, languages=FRENCH, offers=("step_free",)),
    ]
    assert explain(lonely, *hosts) == (
        Unplaced(
            "s1",
            "no_host_passes:language+nation+needs",
            "No host passes. Hosts ruled out: 2 of 3: no shared language at B1 or better; "
            "1 of 3: of the student's own nation; 1 of 3: a need of the student is not met. "
            "A host can fail on several counts.",
        ),
    )


def test_unplaced_by_forbids_alone_says_so() -> None:
    (found,) = explain(student(languages=ENGLISH), host(languages=ENGLISH), forbids=(("s1", "h1"),))
    assert found.reason == "no_host_passes:forbidden"
    assert "1 of 1: the rules of this run forbid the pair" in found.detail


def test_unplaced_without_screening_is_not_screened() -> None:
    (found,) = explain(student(languages=ENGLISH, cleared=False), host(languages=ENGLISH))
    assert found.reason == "not_screened"
    assert found.detail == (
        "The application has not been cleared by screening, so no host was considered."
    )


def test_unplaced_below_the_minimum_names_the_best() -> None:
    one = student(languages=ENGLISH, field="01")
    other = host(languages=ENGLISH, field="02")
    rules = {"term_weights": {"languages": 0.0, "field": 1000.0}, "min_quality": 0.4}
    (found,) = explain(one, other, **rules)
    assert found.reason == "below_min_quality"
    assert found.detail == (
        "1 host of 1 would be allowed, but the best fits with 0.00, below the minimum of 0.40."
    )


def test_unplaced_where_places_run_out_says_how_many_there_were() -> None:
    people = [student(f"s{number}", languages=ENGLISH) for number in range(4)]
    hosts = [host("h1", capacity=2, languages=ENGLISH), host("h2", languages=FRENCH)]
    found = explain(*people, *hosts)
    assert len(found) == 2
    assert {one.reason for one in found} == {"more_students_than_places"}
    assert found[0].detail == (
        "Every host that fits is taken: 4 students compete for 2 places at 1 host, and no other "
        "host fits any of them (1 host of 2 would fit this one)."
    )


def test_unplaced_because_a_pin_holds_the_place_says_so() -> None:
    people = [student(f"s{number}", languages=ENGLISH) for number in (1, 2)]
    (found,) = explain(*people, host("h1", languages=ENGLISH), pins=(("s1", "h1"),))
    assert found.reason == "more_students_than_places"
    assert found.detail == "Every place that would fit is held by a pin of this run."


def test_unplaced_without_any_place_says_so() -> None:
    (found,) = explain(student(languages=ENGLISH), host(capacity=0, languages=ENGLISH))
    assert found.reason == "more_students_than_places"
    assert found.detail == "No host has a place in this cycle: more students than places."


def test_conflicts_name_ids_and_the_gates_in_the_way() -> None:
    people = snapshot(
        student("s1", "PK", languages=ENGLISH),
        student("s2", languages=ENGLISH),
        student("s3", languages=ENGLISH),
        host("h1", "PK", languages=ENGLISH),
        host("h2", "DE", languages=ENGLISH),
    )
    pins = (("s1", "h1"), ("s2", "h2"), ("s3", "h2"))
    encoded = encode(people, Rules(pins=pins, forbids=(("s2", "h2"),)))
    solution = solve(encoded.problem, Options())
    assert solution.status is Status.INFEASIBLE
    assert explain_unplaced(solution, encoded) == ()
    found = {one.code: one for one in explain_conflicts(solution, encoded)}
    assert set(found) == {"pin_not_allowed", "pin_forbidden", "pin_over_capacity"}
    assert found["pin_not_allowed"].message == (
        "Student s1 is pinned to host h1, but a hard rule keeps them apart: The host is of one of "
        "the student's own nations. Drop the pin, or correct the profile."
    )
    assert found["pin_not_allowed"].facts["gates"] == ["nation"]
    assert found["pin_over_capacity"].facts["students"] == ["s2", "s3"]
    assert found["pin_over_capacity"].message == (
        "2 students are pinned to host h2, which has 1 place; drop a pin or add a place."
    )


def test_pair_terms_of_somebody_unknown_are_not_found() -> None:
    encoded = encode(snapshot(student(), host()), Rules())
    with pytest.raises(NotFound, match="no such student or host"):
        pair_terms(encoded, "s1", "h9")
