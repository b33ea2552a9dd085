"""From people to a problem: rows by id, weights by rules, blocks that change nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.nation import NationPair
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.errors import ProblemError, RulesError
from exchange.formulation import scoring
from exchange.formulation.encode import encode
from exchange.matching import Problem
from tests.formulation.cohorts import host, large_snapshot, snapshot, snapshots, student, unhurried


def _arrays(problem: Problem) -> dict[str, object]:
    names = [name for name in Problem.__slots__ if isinstance(getattr(problem, name), np.ndarray)]
    return {name: getattr(problem, name).tolist() for name in names}


@unhurried
@given(people=snapshots(), random=st.randoms(use_true_random=False))
def test_encode_of_shuffled_people_is_the_same_problem(people: Snapshot, random: object) -> None:
    students, hosts = list(people.students), list(people.hosts)
    random.shuffle(students)  # type: ignore[attr-defined]
    random.shuffle(hosts)  # type: ignore[attr-defined]
    shuffled = replace(people, students=tuple(students), hosts=tuple(hosts))
    one, other = encode(people, Rules()), encode(shuffled, Rules())
    assert one.index == other.index
    assert _arrays(one.problem) == _arrays(other.problem)


def test_encode_in_small_blocks_is_the_same_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    people = large_snapshot(40)
    whole = _arrays(encode(people, Rules()).problem)
    monkeypatch.setattr(scoring, "BLOCK_PAIRS", 130)
    assert _arrays(encode(people, Rules()).problem) == whole


def test_encode_keys_depend_on_the_id_alone() -> None:
    few = encode(snapshot(student("b"), host("b")), Rules()).problem
    many = encode(snapshot(student("a"), student("b"), host("a"), host("b")), Rules()).problem
    assert few.student_key[0] == many.student_key[1]
    assert few.host_key[0] == many.host_key[1]
    assert few.student_key[0] != few.host_key[0]
    # A known value, so that no release changes the answers of older ones unnoticed.
    assert int(few.student_key[0]) == 6738771767327500586


def test_encode_weights_go_from_facts_to_the_programmes_own() -> None:
    people = snapshot(
        student("s1", "IN"),
        student("s2", "NA"),
        host("h1", "PK"),
        host("h2", "DE"),
        pairs=(NationPair("DE", "IN", 0.4, 2, 1), NationPair("IN", "PK", 0.6, 2, 4)),
    )
    rules = Rules(
        contested_pairs=frozenset({("DE", "NA"), ("DE", "IN")}),
        pair_weights={("DE", "IN"): 0.3},
    )
    encoded = encode(people, rules)
    assert encoded.index.nations == ("DE", "IN", "NA", "PK")
    de, in_, na, pk = range(4)
    weight, tier = encoded.problem.pair_weight, encoded.problem.tier
    assert tier is not None
    np.testing.assert_array_equal(weight, weight.T)
    assert weight[in_, pk] == pytest.approx(0.25 + 0.25 * 0.6 + 0.5)
    assert weight[de, na] == pytest.approx(0.25 + 0.125 + 0.5)
    assert weight[de, in_] == 0.3
    assert weight[na, pk] == pytest.approx(0.375)
    assert (tier[in_, pk], tier[de, na], tier[de, in_], tier[na, pk]) == (4, 4, 4, 0)
    flat = encode(people, replace(rules, flatten=True)).problem
    assert flat.pair_weight[in_, pk] == flat.pair_weight[de, in_] == 1.0
    assert flat.tier is not None
    np.testing.assert_array_equal(flat.tier, tier)


def test_encode_pins_and_forbids_become_rows() -> None:
    people = snapshot(student("s2"), student("s1"), host("h1"), host("h2"))
    rules = Rules(pins=(("s2", "h1"),), forbids=(("s1", "h2"),), min_quality=0.25)
    problem = encode(people, rules).problem
    assert problem.pin.tolist() == [[1, 0]]
    assert problem.forbid.tolist() == [[0, 1]]
    assert problem.min_quality == 0.25


def test_encode_pin_of_somebody_unknown_is_refused() -> None:
    people = snapshot(student("s1"), host("h1"))
    rules = Rules(pins=(("s1", "h7"), ("s8", "h1")))
    with pytest.raises(RulesError, match="pins names host h7, student s8") as caught:
        encode(people, rules)
    assert caught.value.facts["unknown"] == ["host h7", "student s8"]


def test_encode_id_used_twice_is_refused() -> None:
    with pytest.raises(ProblemError, match="student id s1 is used twice"):
        encode(snapshot(student("s1"), student("s1", "DE"), host()), Rules())


def test_encode_of_nobody_is_an_empty_problem() -> None:
    problem = encode(snapshot(), Rules()).problem
    assert (problem.n_students, problem.n_hosts, problem.edge_student.size) == (0, 0, 0)


def test_encode_of_a_thousand_scores_all_pairs() -> None:
    problem = encode(large_snapshot(1000), Rules()).problem
    assert problem.edge_student.size > 100_000
