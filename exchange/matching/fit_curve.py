"""The third goal at several floors of S: what one floor taught serves the others.

Prices of any floor bound Q at every other: the bound falls by μ for each unit that the floor
rises. Between two floors whose relaxations are solved, the mean of their prices bounds nearly as
well, and the straight line between their values lies below the true one, because that is concave;
so what the mean loses is known, and a relaxation is solved only where it loses too much (sandwich
algorithm: Rote 1992).
"""

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.bounds import Prices, fit_bound, reduced_values
from exchange.matching.candidates import best_within, starting_edges
from exchange.matching.fit import (
    GOOD_GAP,
    RelaxedFit,
    begin_fit,
    best_alone,
    maximise_fit,
    prove_fit,
    relax_fit,
    round_and_search,
)
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.progress import Watch
from exchange.matching.stage_answers import Diversity, Fit, diversity_of, quality_of

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

LOSS = 9e-4
"""Share of Q that a bound from the mean of two prices may lose."""
NEAR = 12
"""Edges of each student, and of each host, that a relaxation between two others looks at."""
CONTENT = 0.5
"""A floor is not searched where its neighbours leave it within this share of the good gap."""
EFFORT = 0.25
"""Share of the usual search: it starts from the mean of two relaxations and the last answer."""


def maximise_fits(
    network: Network,
    limits: IntArray,
    diversity: Diversity,
    floors: list[float],
    watch: Watch,
    *,
    seed: int,
    gap: float | None,
) -> list[Fit]:
    """Find an answer of large Q above each floor of S, and bound each.

    Parameters
    ----------
    network, limits, diversity, watch, seed, gap
        As for `fit.maximise_fit`.
    floors : list of float
        Falling. One alone is left to `fit.maximise_fit`.

    Returns
    -------
    list of Fit
        One for each floor. Each is as good as any of the others allows: its Q is at least that
        of every other answer that keeps its floor, its bound at most that of all prices.
    """
    if len(floors) == 1:
        return [maximise_fit(network, limits, diversity, floors[0], watch, seed=seed, gap=gap)]
    alone = best_alone(network, min(floors, default=0.0))
    begun = [begin_fit(network, diversity.edge, alone, floor, watch) for floor in floors]
    fits = [fit for fit, _ in begun]
    left = [place for place, (_, settled) in enumerate(begun) if not settled]
    curve = _Curve(network, limits, watch, seed=seed, good=GOOD_GAP if gap is None else gap)
    fits_left, floors_left = [fits[place] for place in left], [floors[place] for place in left]
    improve = curve.prove if exact.is_small(network) else curve.search
    for place, fit in zip(left, improve(fits_left, floors_left), strict=True):
        fits[place] = fit
    return _share(network, limits, fits, floors)


class _Curve:
    """What all floors have in common."""

    def __init__(
        self, network: Network, limits: IntArray, watch: Watch, *, seed: int, good: float
    ) -> None:
        self._network, self._limits, self._watch = network, limits, watch
        self._seed, self._good = seed, good

    def prove(self, fits: list[Fit], floors: list[float]) -> list[Fit]:
        """Solve each floor of a small cohort, from the answer of the one before."""
        network, found = self._network, list[Fit]()
        for fit, floor in zip(fits, floors, strict=True):
            # The floors fall, so an answer that kept the last one keeps this one too.
            start = _with_answer(network, fit, found[-1].edge) if found else fit
            found.append(prove_fit(network, self._limits, start, floor, self._watch))
            self._watch.report("fit", len(found) / len(floors), found[-1].gap)
        return found

    def search(self, fits: list[Fit], floors: list[float]) -> list[Fit]:
        """Search at each floor from its relaxation and from the answer of the one before."""
        network, watch, points = self._network, self._watch, self._relax(fits, floors)
        found = list[Fit]()
        for place, (begun, floor) in enumerate(zip(fits, floors, strict=True)):
            fit = _with_answer(network, begun, found[-1].edge) if found else begun
            if place in points:
                fit = self._search_near(fit, floor, points[place])
            found.append(fit)
            watch.report("fit", 0.4 + 0.6 * len(found) / len(floors), fit.gap)
        return found

    def _search_near(self, start: Fit, floor: float, point: RelaxedFit) -> Fit:
        """Search with little effort, and with the usual one where that found nothing."""
        fit = _with_prices(self._network, self._limits, start, floor, point.prices)
        for effort in (EFFORT, 1.0):
            if fit.gap <= CONTENT * self._good or self._watch.should_stop():
                break
            fit = self._round(fit, floor, point, effort)
            if fit.found > start.found:
                break
        return fit

    def _round(self, fit: Fit, floor: float, point: RelaxedFit, effort: float) -> Fit:
        return round_and_search(
            self._network,
            fit,
            floor,
            point.prices,
            point.share,
            self._watch,
            seed=self._seed,
            good=self._good * CONTENT,
            effort=effort,
        )

    def _relax(self, fits: list[Fit], floors: list[float]) -> dict[int, RelaxedFit]:
        """Give every floor prices and shares; solve as few relaxations as the loss allows."""
        points: dict[int, RelaxedFit] = {}
        for end in sorted({0, len(floors) - 1}) if floors else ():
            chosen = starting_edges(self._network, self._network.quality, fits[end].edge)
            if not self._solve(points, fits, floors, end, chosen):
                return points
        spans = [(0, len(floors) - 1)]
        while spans:
            low, high = spans.pop()
            worst, lost = -1, LOSS
            for place in range(low + 1, high):
                mean = _mean(points[low], points[high], floors, (low, place, high))
                points[place] = mean
                bound = fit_bound(self._network, mean.prices, self._limits, floor=floors[place])
                loss = 1.0 - mean.reached / min(fits[place].bound, bound)
                if loss > lost:
                    worst, lost = place, loss
            if worst < 0 or self._watch.should_stop():
                continue
            ends = (points[low].share, points[high].share)
            chosen = _near(self._network, points[worst].prices, fits[worst], ends)
            if self._solve(points, fits, floors, worst, chosen):
                spans += [(low, worst), (worst, high)]
        return points

    def _solve(
        self,
        points: dict[int, RelaxedFit],
        fits: list[Fit],
        floors: list[float],
        place: int,
        chosen: IntArray,
    ) -> bool:
        """Put the relaxation of one floor among the points; say whether there is one."""
        _, relaxed = relax_fit(
            self._network,
            self._limits,
            fits[place],
            floors[place],
            self._watch,
            chosen=chosen,
            good=self._good,
        )
        if relaxed is None:
            return False
        points[place] = relaxed
        self._watch.report("fit", 0.4 * len(points) / len(floors))
        return True


def _mean(
    one: RelaxedFit, other: RelaxedFit, floors: list[float], at: tuple[int, int, int]
) -> RelaxedFit:
    """Mix two relaxations for a floor between theirs."""
    low, place, high = at
    part = (floors[low] - floors[place]) / (floors[low] - floors[high])

    def mix(a: FloatArray, b: FloatArray) -> FloatArray:
        return (1.0 - part) * a + part * b

    first, second = one.prices, other.prices
    prices = Prices(
        mix(first.pair, second.pair),
        mix(first.host, second.host),
        (1.0 - part) * first.diversity + part * second.diversity,
    )
    reached = (1.0 - part) * one.reached + part * other.reached
    return RelaxedFit(prices, mix(one.share, other.share), reached)


def _near(
    network: Network, prices: Prices, fit: Fit, shares: tuple[FloatArray, FloatArray]
) -> IntArray:
    """Choose edges near to the best at some prices, and all that two relaxations use."""
    reduced = reduced_values(network, prices, quality_share=1.0)
    marked = best_within(network.edge_student, reduced, NEAR)
    marked |= best_within(network.edge_host, reduced, NEAR)
    # With these the mean of the two is among what is looked at, so an answer exists.
    marked |= (shares[0] > 1e-6) | (shares[1] > 1e-6)
    marked[fit.edge] = True
    return np.flatnonzero(marked)


def _with_answer(network: Network, fit: Fit, edge: IntArray) -> Fit:
    found = quality_of(network, edge)
    return fit._replace(edge=edge, found=found) if found > fit.found else fit


def _with_prices(network: Network, limits: IntArray, fit: Fit, floor: float, prices: Prices) -> Fit:
    bound = fit_bound(network, prices, limits, floor=floor)
    if bound >= fit.bound:
        return fit
    return fit._replace(bound=max(bound, fit.found), prices=prices)


def _share(network: Network, limits: IntArray, fits: list[Fit], floors: list[float]) -> list[Fit]:
    """Give every floor the best of all answers that keep it and the least of all bounds."""
    kept = [diversity_of(network, fit.edge) for fit in fits]
    shared = []
    for fit, floor in zip(fits, floors, strict=True):
        least = floor * (1.0 - FLOOR_TOLERANCE)
        keeping = [other for other, s in zip(fits, kept, strict=True) if s >= least]
        best = max([fit, *keeping], key=lambda other: other.found)
        shared.append(_with_answer(network, fit, best.edge))
    for place, floor in enumerate(floors):
        for other, its_floor in zip(fits, floors, strict=True):
            mine = shared[place]
            if other.prices is not None:
                # Its bound at its own floor, moved to this one.
                moved = other.bound - other.prices.diversity * (floor - its_floor)
                if moved < mine.bound:
                    shared[place] = _with_prices(network, limits, mine, floor, other.prices)
            elif its_floor <= floor and other.bound < mine.bound:
                # Whoever keeps this floor keeps a lower one.
                shared[place] = mine._replace(bound=max(other.bound, mine.found), prices=None)
    return shared
