"""RULES.toml as it is written: whatever the rules are, it reads as the same ones."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from exchange.domain.attributes import Level
from exchange.domain.nation import NATIONS
from exchange.domain.rules import TERM_WEIGHTS, Rules
from exchange.exports.rules_toml import rules_toml
from exchange.intake.rules import read_rules

SHARE = st.floats(0.0, 1.0)
COUNT = st.none() | st.integers(1, 10**9)
NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8)
PAIR = st.tuples(NAME, NAME)
NATION_PAIR = st.sets(st.sampled_from(sorted(NATIONS)), min_size=2, max_size=2).map(
    lambda pair: tuple(sorted(pair))
)
LIMITS = st.dictionaries(NAME, st.integers(0, 10**9), max_size=3)

RULES = st.builds(
    Rules,
    term_weights=st.dictionaries(st.sampled_from(sorted(TERM_WEIGHTS)), st.floats(0, 1000)),
    min_quality=SHARE,
    epsilon=SHARE,
    working_languages=st.lists(st.sampled_from(["en", "fr", "pt-BR"])).map(tuple),
    working_level=st.sampled_from(list(Level)),
    pair_weights=st.dictionaries(NATION_PAIR, st.floats(1e-12, 1.0), max_size=4),
    contested_pairs=st.frozensets(NATION_PAIR, max_size=3),
    flatten=st.booleans(),
    pins=st.lists(PAIR, max_size=3).map(tuple),
    forbids=st.lists(PAIR, max_size=3).map(tuple),
    previous=st.lists(PAIR, max_size=3).map(tuple),
    max_same_nation_per_host=COUNT,
    max_same_language_per_host=COUNT,
    partner_min=LIMITS,
    partner_max=LIMITS,
    group_min=LIMITS,
    group_max=LIMITS,
    tier4_floor=COUNT,
    reciprocity_tolerance=COUNT,
    reciprocity_cycles=st.none() | st.integers(1, 20),
    standing_balance=st.dictionaries(NATION_PAIR, st.integers(-99, 99), max_size=3),
    max_changes=COUNT,
    isolation_guard=st.booleans(),
    inside_host_weight=SHARE,
)


@given(rules=RULES)
def test_file_that_was_written_reads_as_the_same_rules(rules: Rules) -> None:
    assert read_rules(rules_toml(rules), name="RULES.toml") == rules


def test_file_of_the_default_rules_leaves_out_limits_that_are_not_set() -> None:
    body = tomllib.loads(rules_toml(Rules()).decode())
    assert "tier4_floor" not in body
    assert "pins" not in body
    assert body["term_weights"] == dict(TERM_WEIGHTS)
