"""What the stages of diversity and of fit hand on: an answer, its worth, and a bound of it."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import Prices, contacts_of, diversity_bound, pair_values
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE

IntArray = npt.NDArray[np.int64]


class Diversity(NamedTuple):
    """The answer of the stage: one edge per student, its S, a true bound, and prices.

    `by_prices` promises that these very prices prove the bound; else it may lie below theirs.
    """

    edge: IntArray
    found: float
    bound: float
    prices: Prices
    by_prices: bool = False

    @property
    def gap(self) -> float:
        """1 − found / bound."""
        return 1.0 - self.found / self.bound if self.bound > 0.0 else 0.0

    def with_answer(self, network: Network, edge: IntArray) -> "Diversity":
        """Take an answer over when it is better."""
        found = diversity_of(network, edge)
        return self._replace(edge=edge, found=found) if found > self.found else self

    def with_prices(self, network: Network, prices: Prices, limits: IntArray) -> "Diversity":
        """Take prices over when their bound is lower."""
        bound = diversity_bound(network, prices, limits)
        return self._replace(bound=bound, prices=prices) if bound < self.bound else self


def replace_bound(best: Diversity, bound: float) -> Diversity:
    """Set the bound; never below what was found, which rounding could otherwise do."""
    return best._replace(bound=max(bound, best.found))


class Fit(NamedTuple):
    """The answer of the stage: one edge per student, its Q, a true bound on Q, and its prices.

    There are no prices where the bound was proven without any, and they do not prove it where
    `by_prices` says so.
    """

    edge: IntArray
    found: float
    bound: float
    prices: Prices | None = None
    by_prices: bool = True

    @property
    def gap(self) -> float:
        """1 − found / bound."""
        return 1.0 - self.found / self.bound if self.bound > 0.0 else 0.0


def diversity_of(network: Network, edge: IntArray) -> float:
    """Compute S of one edge per free student, pinned placements included."""
    return float(pair_values(network, contacts_of(network, edge)).sum())


def quality_of(network: Network, edge: IntArray) -> float:
    """Compute Q of one edge per free student, pinned placements included."""
    return float(network.quality[edge].sum()) + network.pinned_quality


def keeps(network: Network, edge: IntArray, floor: float) -> bool:
    """Say whether an answer keeps the floor of S, within the stated tolerance."""
    return diversity_of(network, edge) >= floor * (1.0 - FLOOR_TOLERANCE)
