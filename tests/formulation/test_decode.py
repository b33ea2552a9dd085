"""From rows back to people, and who meets whom."""

import numpy as np
import pytest

from exchange.domain.attributes import LanguageSkill, Level
from exchange.domain.nation import NationPair
from exchange.domain.placement import Contact, Placement
from exchange.domain.rules import Rules
from exchange.formulation import scoring
from exchange.formulation.decode import decode
from exchange.formulation.encode import encode
from exchange.formulation.explain import pair_terms
from exchange.formulation.nation_pairs import contacts
from exchange.matching import Options, solve
from tests.formulation.cohorts import host, large_snapshot, snapshot, student

ENGLISH = (LanguageSkill("en", Level.NATIVE),)
INDIA_PAKISTAN = NationPair("IN", "PK", 0.6, 2, 4)


def test_decode_names_people_review_and_only_contacts() -> None:
    people = snapshot(
        student("s2", "IN", languages=ENGLISH),
        student("s1", "IN", languages=ENGLISH),
        student("s3", "DE", languages=ENGLISH),
        host("h1", "PK", capacity=2, languages=ENGLISH),
        host("h2", "IN", languages=ENGLISH),
        pairs=(INDIA_PAKISTAN,),
    )
    encoded = encode(people, Rules(term_weights={"languages": 1.0, "interests": 1.0}))
    placements = decode(solve(encoded.problem, Options()), encoded)
    found = [
        (one.student_id, one.host_id, one.student_nation, one.host_nation, one.review)
        for one in placements
    ]
    assert found == [
        ("s1", "h1", "IN", "PK", True),
        ("s2", "h1", "IN", "PK", True),
        ("s3", "h2", "DE", "IN", False),
    ]
    assert [one.only_contact_of_pair for one in placements] == [False, False, True]
    assert placements[0].terms["languages"] == 1.0
    assert contacts(placements, people, Rules()) == (
        Contact("DE", "IN", 1, 0.375, 0, has_data=False),
        Contact("IN", "PK", 2, INDIA_PAKISTAN.weight, 4, has_data=True),
    )


def test_contacts_carry_the_programmes_own_weights() -> None:
    placement = Placement("s1", "h1", "NA", "DE", 0.5, False, True)
    rules = Rules(contested_pairs=frozenset({("DE", "NA")}), pair_weights={("DE", "NA"): 0.9})
    assert contacts([placement], snapshot(), rules) == (
        Contact("DE", "NA", 1, 0.9, 4, has_data=False),
    )


def test_decode_in_blocks_gives_the_terms_of_each_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scoring, "BLOCK_PAIRS", 200)
    encoded = encode(large_snapshot(30), Rules())
    solution = solve(encoded.problem, Options())
    placements = decode(solution, encoded)
    assert len(placements) == solution.M > 20
    assert [one.student_id for one in placements] == sorted(one.student_id for one in placements)
    weights = encoded.scorer.weights
    for one in placements:
        assert one.terms == pair_terms(encoded, one.student_id, one.host_id)
        mean = sum(weights[name] * one.terms[name] for name in weights) / sum(weights.values())
        assert one.quality == pytest.approx(mean, abs=1e-5)
    assert np.isclose(sum(one.quality for one in placements), solution.Q, atol=1e-4)
