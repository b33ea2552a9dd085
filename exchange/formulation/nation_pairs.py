"""What each nation pair weighs in this run: the facts, then what the programme decides."""

from collections import Counter
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from exchange.domain.nation import NationPair, pair_key
from exchange.domain.pair_weights import under_rules, weight_under
from exchange.domain.placement import Contact, Placement
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.index import IntArray


class PairFacts:
    """Weight, tier and data mark of any pair of nations under the rules of a run."""

    def __init__(self, snapshot: Snapshot, rules: Rules) -> None:
        self._facts = {(pair.a, pair.b): pair for pair in snapshot.pairs}
        self._rules = rules

    def find(self, nation_1: str, nation_2: str) -> NationPair:
        """Return the facts of a pair; one that is not in the snapshot has no data."""
        key = pair_key(nation_1, nation_2)
        return under_rules(self._facts.get(key) or NationPair(*key), self._rules)

    def weight(self, pair: NationPair) -> float:
        """Return w in (0, 1] of a pair that `find` returned."""
        return weight_under(pair, self._rules)


def pair_matrices(
    nations: Iterable[str], facts: PairFacts
) -> tuple[npt.NDArray[np.float64], IntArray]:
    """Lay out the weights and tiers of all pairs among some nations.

    Parameters
    ----------
    nations : iterable of str
        In the order of the rows.
    facts : PairFacts

    Returns
    -------
    weight : (K, K) float64
        Symmetric, in (0, 1]; 1 on the diagonal, which means nothing.
    tier : (K, K) int64
        Symmetric, 0 … 4; 0 on the diagonal.
    """
    names = tuple(nations)
    weight = np.ones((len(names), len(names)), dtype=np.float64)
    tier = np.zeros((len(names), len(names)), dtype=np.int64)
    for row, name in enumerate(names):
        for column in range(row):
            pair = facts.find(names[column], name)
            weight[row, column] = weight[column, row] = facts.weight(pair)
            tier[row, column] = tier[column, row] = pair.tier
    return weight, tier


def contacts(
    placements: Iterable[Placement], snapshot: Snapshot, rules: Rules
) -> tuple[Contact, ...]:
    """Count how often two nations meet.

    Parameters
    ----------
    placements : iterable of Placement
    snapshot : Snapshot
        For the facts about nation pairs.
    rules : Rules
        For the programme's own weights and contested pairs.

    Returns
    -------
    tuple of Contact
        Pairs that meet at least once, ordered by their nations.
    """
    met = Counter(pair_key(one.student_nation, one.host_nation) for one in placements)
    facts = PairFacts(snapshot, rules)
    rows = []
    for (a, b), count in sorted(met.items()):
        pair = facts.find(a, b)
        rows.append(
            Contact(
                nation_a=a,
                nation_b=b,
                placements=count,
                weight=facts.weight(pair),
                tension_tier=pair.tier,
                has_data=pair.cultural_distance is not None,
            )
        )
    return tuple(rows)
