"""What a pair of nations counts for under a programme's rules."""

from exchange.domain.nation import NationPair
from exchange.domain.pair_weights import under_rules, weight_under
from exchange.domain.rules import Rules

FACTS = NationPair("CY", "TR", cultural_distance=0.5, components=2, tier=1)


def _weigh(rules: Rules) -> tuple[int, float]:
    pair = under_rules(FACTS, rules)
    return pair.tier, weight_under(pair, rules)


def test_facts_then_contest_then_own_weight_then_flattening_decide() -> None:
    pair = ("CY", "TR")
    assert _weigh(Rules()) == (1, 0.5)
    assert _weigh(Rules(contested_pairs=frozenset({pair}))) == (4, 0.875)
    assert _weigh(Rules(pair_weights={pair: 0.3})) == (1, 0.3)
    both = Rules(pair_weights={pair: 0.3}, contested_pairs=frozenset({pair}))
    assert _weigh(both) == (4, 0.3)
    assert _weigh(Rules(pair_weights={pair: 0.3}, flatten=True)) == (1, 1.0)
