"""What differs between two sets of rules."""

from exchange.domain.rule_changes import Change, changes_between
from exchange.domain.rules import Rules


def test_rules_that_are_equal_have_no_changes() -> None:
    assert changes_between(Rules(), Rules()) == ()


def test_every_kind_of_rule_says_what_it_was_and_is() -> None:
    old = Rules(
        epsilon=0.02,
        pair_weights={("DE", "FR"): 0.5, ("AT", "CH"): 1.0},
        pins=(("S1", "H1"),),
        group_min={"North": 2},
        max_changes=3,
    )
    new = Rules(
        epsilon=0.1,
        pair_weights={("DE", "FR"): 0.75, ("AT", "CH"): 1.0},
        pins=(("S2", "H2"),),
        contested_pairs=frozenset({("CY", "TR")}),
        flatten=True,
        term_weights={"age": 0.0},
    )
    assert changes_between(old, new) == (
        Change("term_weights", "age", 1.0, 0.0),
        Change("epsilon", None, 0.02, 0.1),
        Change("pair_weights", "DE-FR", 0.5, 0.75),
        Change("contested_pairs", "CY-TR", None, True),
        Change("flatten", None, False, True),
        Change("pins", "S1-H1", True, None),
        Change("pins", "S2-H2", None, True),
        Change("group_min", "North", 2, None),
        Change("max_changes", None, 3, None),
    )
