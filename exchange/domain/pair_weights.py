"""What a pair of nations counts for under a programme's rules: decided in one place, here."""

from dataclasses import replace

from exchange.domain.nation import REVIEW_TIER, NationPair
from exchange.domain.rules import Rules


def under_rules(pair: NationPair, rules: Rules) -> NationPair:
    """Return the facts about a pair; one that the programme contests counts as tier 4."""
    is_contested = (pair.a, pair.b) in rules.contested_pairs
    return replace(pair, tier=REVIEW_TIER) if is_contested else pair


def weight_under(pair: NationPair, rules: Rules) -> float:
    """Return w in (0, 1] of a pair that `under_rules` returned.

    Facts weigh first; the programme's own weight replaces their sum; flattening sets every weight
    to 1. The tier is never flattened: it decides what a person looks at before release.
    """
    if rules.flatten:
        return 1.0
    return rules.pair_weights.get((pair.a, pair.b), pair.weight)
