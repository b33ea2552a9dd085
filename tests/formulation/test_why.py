"""Why a pair was made, and why another was not."""

import math
from dataclasses import replace
from typing import Any

import pytest

from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.rules import Rules
from exchange.domain.snapshot import HostEntry, StudentEntry
from exchange.errors import NotFound
from exchange.formulation.encode import Encoded, encode
from exchange.formulation.why import COVERAGE, why_not, why_not_by_search, why_pair
from exchange.matching import Options, Solution, solve
from tests.formulation.cohorts import host, snapshot, student

ENGLISH = (LanguageSkill("en", Level.NATIVE),)


def match(
    *people: StudentEntry | HostEntry, epsilon: float = 0.02, **rules: Any
) -> tuple[Solution, Encoded]:
    speaking = [replace(one, languages=one.languages or ENGLISH) for one in people]
    encoded = encode(snapshot(*speaking), Rules(**rules))
    return solve(encoded.problem, Options(epsilon=epsilon)), encoded


def test_a_placement_is_explained_by_its_terms_and_by_what_it_adds() -> None:
    given = match(student("s1"), student("s2"), host("h1", capacity=2), flatten=True)
    found = why_pair(*given, "s1")
    assert found.adds == pytest.approx(math.sqrt(2) - 1)
    assert found.terms["languages"] == 1.0
    assert found.text.startswith(
        "IN-PK meet 2 times; without this placement it would be 1, which adds 0.414 to the "
        "diversity sum. Fit, term by term: languages 1.00"
    )
    alone = why_pair(*match(student("s1"), host("h1"), flatten=True), "s1")
    assert alone.adds == pytest.approx(1.0)
    assert alone.text.startswith("It is the only contact of IN-PK, which adds 1.000")


def test_a_placement_that_was_not_made_is_not_explained() -> None:
    given = match(student("s1"), host("h1", "IN"))
    with pytest.raises(NotFound, match="has no place"):
        why_pair(*given, "s1")
    with pytest.raises(NotFound, match="no such student or host"):
        why_not(*given, "s1", "h9")


def test_a_pair_against_a_gate_names_the_gate() -> None:
    french = (LanguageSkill("fr", Level.C1),)
    given = match(student("s1", needs=("step_free",)), host("h1"), host("h2", languages=french))
    assert why_not(*given, "s1", "h2").codes == ("language", "needs")
    assert why_not(*given, "s1", "h1").text == (
        "The host does not meet something that the student needs."
    )


def test_a_pair_against_a_rule_of_the_run_names_the_rule() -> None:
    people = (student("s1"), student("s2"), host("h1"), host("h2"), host("h3", capacity=0))
    given = match(*people, forbids=(("s1", "h1"),), pins=(("s2", "h2"),))
    assert why_not(*given, "s1", "h1").codes == ("forbidden",)
    assert why_not(*given, "s2", "h1").codes == ("pinned_elsewhere",)
    assert why_not(*given, "s1", "h2").codes == ("held_by_pins",)
    assert why_not(*given, "s1", "h3").codes == ("no_places",)
    given = match(student("s1", interests=("chess",)), host("h1"), min_quality=0.99)
    assert why_not(*given, "s1", "h1").codes == ("below_min_quality",)


def test_a_pair_that_could_have_been_says_what_it_would_cost() -> None:
    people = (
        student("s1", "IN"),
        student("s2", "PK"),
        host("h1", "DE"),
        host("h2", "PK"),
        host("h3", "IN"),
    )
    given = match(*people, epsilon=0.0, flatten=True)
    solution, encoded = given
    there = encoded.hosts[int(solution.host[0])].id
    other = "h1" if there == "h2" else "h2"
    found = why_not_by_search(*given, "s1", other)
    assert found.codes == ()
    assert found.cost is not None
    assert found.cost.exact
    assert found.cost.diversity.most == pytest.approx(0.0, abs=1e-5)
    assert "It would cost, exactly, 0.000 of the diversity sum 2.000" in found.text
    at_once = why_not(*given, "s1", other)
    assert at_once.cost is not None
    assert "as far as is proven" in at_once.text


def test_a_pair_that_costs_a_place_says_so() -> None:
    # Only s1 speaks French; at h1, which s2 could have had, s1 leaves h2 empty.
    french = (LanguageSkill("fr", Level.C1),)
    given = match(
        student("s1", languages=(*ENGLISH, *french)),
        student("s2"),
        host("h1"),
        host("h2", languages=french),
    )
    found = why_not_by_search(*given, "s1", "h1")
    assert found.codes == (COVERAGE,)
    assert found.text == "Then 1 student more would have no place."
