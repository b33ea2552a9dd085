"""Rules refuse what has no meaning, and keep one canonical form."""

import math
from typing import Any

import pytest

from exchange.domain.attributes import Level
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.errors import RulesError


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"term_weights": {"charm": 1.0}}, "names 'charm', which is no term"),
        ({"term_weights": {"age": -1.0}}, r"term_weights\.age is -1\.0"),
        ({"term_weights": {"age": math.nan}}, r"term_weights\.age is nan"),
        ({"term_weights": ["age"]}, "not a table"),
        ({"min_quality": 1.5}, "min_quality is 1.5; give a number from 0 to 1"),
        ({"min_quality": True}, "min_quality is not a number"),
        ({"epsilon": "much"}, "epsilon is not a number"),
        ({"working_languages": "en"}, "working_languages is not a list"),
        ({"working_languages": ("English",)}, "lists 'English'"),
        ({"working_level": "B7"}, "working_level is 'B7'; give one of A1"),
        ({"pair_weights": {("DE", "FR"): 0.0}}, "is 0; give a number above 0"),
        ({"pair_weights": {("FR", "DE"): 0.5}}, "in the order of the alphabet"),
        ({"pair_weights": {("DE", "ZZ"): 0.5}}, "lists 'ZZ'"),
        ({"contested_pairs": frozenset({("DE", "DE")})}, "in the order of the alphabet"),
        ({"flatten": 1}, "neither true nor false"),
        ({"pins": (("s1",),)}, "give the id of a student and that of a host"),
        ({"forbids": "s1"}, "forbids is not a list"),
    ],
)
def test_rules_with_a_meaningless_value_are_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(RulesError, match=message):
        Rules(**given)


def test_rules_keep_defaults_of_terms_not_given() -> None:
    rules = Rules(term_weights={"age": 4})
    assert rules.term_weights == {**TERM_WEIGHTS, "age": 4.0}
    assert list(rules.term_weights) == list(TERM_WEIGHTS)


def test_rules_in_another_order_are_the_same_rules() -> None:
    one = Rules(
        pair_weights={("DE", "FR"): 0.5, ("AM", "AZ"): 1.0},
        pins=(("s2", "h1"), ("s1", "h2"), ("s2", "h1")),
        working_languages=("fr", "en"),
    )
    other = Rules(
        pair_weights={("AM", "AZ"): 1.0, ("DE", "FR"): 0.5},
        pins=(("s1", "h2"), ("s2", "h1")),
        working_languages=("en", "fr"),
    )
    assert one == other
    assert one.to_json() == other.to_json()
    assert one.digest == other.digest


def test_rules_read_back_are_equal() -> None:
    rules = Rules(
        term_weights={"waiting": 0.0},
        min_quality=0.25,
        epsilon=0.1,
        working_languages=("pt-BR",),
        working_level=Level.NATIVE,
        pair_weights={("IN", "PK"): 1.0},
        contested_pairs=frozenset({("AM", "NA"), ("GB", "IE")}),
        flatten=True,
        pins=(("s-1", "h=1"),),
        forbids=(("š", "h1"),),
    )
    assert Rules.from_json(rules.to_json()) == rules
    assert Rules.from_json("{}") == Rules(inside_host_weight=0.0)


def test_rules_stored_before_the_mix_inside_hosts_had_a_default_mean_none_of_it() -> None:
    text = Rules(inside_host_weight=0.0).to_json()
    assert "inside_host_weight" not in text
    stored = Rules.from_json(text)
    assert stored.inside_host_weight == 0.0
    assert stored.to_json() == text
    assert Rules().inside_host_weight > 0.0
    assert Rules.from_json(Rules().to_json()) == Rules()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ('{"speed": 1}', "Unknown rule: speed"),
        ('{"pair_weights": {"DE": 1}}', "give two nations"),
        ('{"contested_pairs": [5]}', "give two nations"),
        ('{"contested_pairs": {"a": 1}}', "not a list"),
    ],
)
def test_rules_from_bad_json_are_refused(text: str, message: str) -> None:
    with pytest.raises(RulesError, match=message):
        Rules.from_json(text)
