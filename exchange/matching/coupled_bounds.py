"""Bounds of the later goals where limits join several pairs and the cohort is not small.

Leaving those limits out gives a network, whose bounds stay true; relaxations with the limits that
have prices (`row_prices`) then prove less, over all pairs as well.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import Prices, diversity_bound, pair_limits, reduced_values
from exchange.matching.candidates import starting_edges
from exchange.matching.certificate import stage_prices
from exchange.matching.coupled_coverage import Covering
from exchange.matching.diversity import TILT, maximise_diversity
from exchange.matching.fit import maximise_fit
from exchange.matching.limits import Network, with_unplaced
from exchange.matching.row_prices import (
    PricedRows,
    RowBound,
    bound_diversity,
    bound_fit,
    lay_rows,
    row_prices,
)
from exchange.matching.solution import StagePrices

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Bounded(NamedTuple):
    """A bound of one stage, and how to come near to it.

    Attributes
    ----------
    bound : float
    prices : StagePrices or None
        Prices of the stage, where there are any.
    by_prices : bool
        These prices prove the bound; else it lies below theirs.
    liked : (E,) float64
        How much of each edge of the network the best relaxation or answer uses that is known.
    value : (E,) float64
        What an edge is worth at the prices.
    """

    bound: float
    prices: StagePrices | None
    by_prices: bool
    liked: FloatArray
    value: FloatArray


class Bounding(Covering):
    """One run, with bounds of its stages at the coverage that is reached."""

    def bound_diversity(self, answer: IntArray) -> Bounded:
        """Bound S over nation pairs, of all answers of this coverage."""
        counts = self.unplaced_of(answer)
        whole = with_unplaced(self.network, counts)
        limits = pair_limits(whole)
        if counts != self.unplaced:
            self.loose = maximise_diversity(whole, limits, self.watch, seed=self.seed, gap=None)
        prices = self.loose.prices
        by_prices = diversity_bound(whole, prices, limits) <= self.loose.bound * (1.0 + 1e-12)
        value = reduced_values(whole, prices, quality_share=0.0)
        loose = Bounded(
            self.loose.bound,
            stage_prices(self.problem, whole, prices) if by_prices or prices.pair.any() else None,
            by_prices,
            self.liked.astype(np.float64),
            _of_homes(whole, value),
        )
        laid = self._lay_rows(whole, answer)
        if laid is None or self.watch.should_stop():
            return loose
        chosen = self._starting(whole, value, answer)
        found = bound_diversity(whole, limits, laid, chosen, self.watch, known=prices)
        return self._better(whole, laid, loose, found, quality_share=0.0)

    def bound_fit(self, answer: IntArray, floor: float) -> Bounded:
        """Bound Q, pinned placements included, of all answers of this coverage above a floor of S.

        Parameters
        ----------
        answer : (X,) int64
            Of the diversity stage.
        floor : float
            Of S over nation pairs.
        """
        whole = with_unplaced(self.network, self.unplaced_of(answer))
        limits = pair_limits(whole)
        fit = maximise_fit(
            whole,
            limits,
            self.loose,
            min(floor, self.loose.found),
            self.watch,
            seed=self.seed,
            gap=None,
        )
        prices = fit.prices
        value = whole.quality
        if prices is not None:
            value = reduced_values(whole, prices, quality_share=1.0)
        loose = Bounded(
            fit.bound,
            None if prices is None else stage_prices(self.problem, whole, prices),
            fit.by_prices and prices is not None,
            self.same_host(whole, fit.edge).astype(np.float64),
            self.network.quality,
        )
        laid = self._lay_rows(whole, answer)
        if laid is None or self.watch.should_stop():
            return loose
        chosen = self._starting(whole, value, answer)
        found = bound_fit(whole, limits, laid, chosen, self.watch, floor=floor, known=prices)
        return self._better(whole, laid, loose, found, quality_share=1.0)

    def _lay_rows(self, whole: Network, answer: IntArray) -> PricedRows | None:
        kept = None if self.kept is None else self.kept.goal.edge
        return lay_rows(
            self.program.rows,
            whole,
            kept=kept,
            least_kept=0 if self.kept is None else int(np.rint(self.kept.low)),
        )

    def _starting(self, whole: Network, value: FloatArray, answer: IntArray) -> IntArray:
        """Choose edges that hold an answer which keeps every limit, and all ways to no home."""
        real = np.flatnonzero(whole.edge_pair < whole.n_pairs)
        nowhere = np.flatnonzero(whole.edge_pair == whole.n_pairs)
        kept = np.union1d(real[answer], nowhere)
        # At prices of nations all hosts of one are alike: who comes first must not be everybody's.
        value = value + TILT * np.random.default_rng(self.seed).random(whole.n_edges)
        return np.union1d(starting_edges(whole, value, kept), kept)

    def _better(
        self,
        whole: Network,
        laid: PricedRows,
        loose: Bounded,
        found: RowBound | None,
        *,
        quality_share: float,
    ) -> Bounded:
        """Take over what relaxations with rows say, as far as it is more."""
        if found is None or found.bound >= loose.bound:
            return loose
        value = loose.value
        if not quality_share:
            value = _of_homes(whole, reduced_values(whole, found.prices, quality_share=0.0))
        prices = _stage(self, whole, laid, found.prices, found.row)
        liked = _of_homes(whole, found.share)
        return Bounded(found.bound, prices, True, liked, value)


def _stage(
    run: Bounding, whole: Network, laid: PricedRows, prices: Prices, row: FloatArray
) -> StagePrices:
    stage = stage_prices(run.problem, whole, prices)
    return stage._replace(rows=row_prices(run.problem, laid, row))


def _of_homes(whole: Network, value: FloatArray) -> FloatArray:
    """Leave out the edges that lead to no home; the others stand in the order of the network."""
    homes: FloatArray = value[whole.edge_pair < whole.n_pairs]
    return homes
