"""The third goal in a large problem: prices by rounds for the bound, a trade and a search for Q."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import ROUNDING, Prices
from exchange.matching.field import Cast, edges_again, with_best
from exchange.matching.fit import TIGHT
from exchange.matching.fit_search import search_fit
from exchange.matching.inside_hosts import with_cells
from exchange.matching.large_mixing import prices_with_cells
from exchange.matching.limits import Network
from exchange.matching.market import trade
from exchange.matching.price_rounds import (
    FIRST_RATE,
    ROUNDS,
    Rounds,
    assign_by_auction,
    run_rounds,
)
from exchange.matching.problem import Problem
from exchange.matching.progress import Watch
from exchange.matching.same_contacts import rehouse
from exchange.matching.stage_answers import Diversity, Fit, diversity_of, keeps, quality_of
from exchange.matching.sweeps import best_pairs

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

GOOD_FIT = 1e-3
"""Gap of fit at which the search is content when the options ask for none."""
TRADED_FIT = 3e-3
"""The same where students have few pairs: a search costs more than all trades and rounds."""
FIRST_MU = 0.5
"""Prices of the diversity stage, as a share of which the rounds of fit start."""
EFFORT, EFFORT_STUDENTS = 0.5, 10_000
"""Work of the search for so many students; with fewer, contacts are rarer and it has more to do."""
LEAST_FLOOR = 1e-6
"""Floor of S where the mix inside hosts alone could reach it: the rounds divide by it."""
OFTEN = 10
"""Students for each nation pair from which on trades leave little to rounds and search."""
FEW_PAIRS_EFFORT = 0.05
FEW_PAIRS_ROUNDS = 4
FEW_PAIRS_RATE = 0.2
FIRST_SCALE = 0.4
"""μ to begin with, as a share of what makes S worth one unit of quality a student."""
ROUGH_STEP, STEP = 0.1, 0.0125
"""Least raises of a bid: while μ is looked for, and at the end; qualities lie in [0, 1]."""
FINE_STEP = 2e-3
COARSER_FROM = 10.0
FIRST_ABOVE, FAR_ABOVE = 1.05, 1.5
TRADES_ABOVE = 9
"""Trades whose S has to reach the floor, their μ in units of that of the rounds."""
TRADES = 6
FINE_TRADES = 2
STRIDE = 2.0


def improve_fit(
    cast: Cast,
    diversity: Diversity,
    floor: float,
    watch: Watch,
    *,
    problem: Problem,
    inside: float,
    seed: int,
    epsilon: float,
    gap: float | None,
    whole: bool,
) -> tuple[Cast, Fit]:
    """Reach the third goal: a large Q above the floor of S, and a bound on it over all pairs.

    `whole` says that the network of the cast holds every pair. Trades and rounds know nation
    pairs alone: they are asked for the floor less the most, `inside`, that the mix inside hosts
    can add to S.
    """
    field, network = cast.field, cast.network
    # Where pairs meet often their counts are all but real numbers, and a trade all but ends it.
    easy = whole and network.n_students >= OFTEN * network.n_pairs
    proof = Prices(np.zeros(network.n_pairs + 1), np.zeros(network.n_hosts))
    fit = Fit(
        diversity.edge,
        quality_of(network, diversity.edge),
        _bound_without_prices(cast, proof),
        proof,
    )
    if network.n_students == 0 or watch.should_stop():
        return cast, fit._replace(bound=max(fit.bound, fit.found))
    price = FIRST_MU * diversity.prices.pair
    lower = max(floor - inside, LEAST_FLOOR)
    mixed = with_cells(problem, network)
    if floor * TIGHT > diversity_of(mixed, fit.edge):
        return cast, _rehoused(mixed, fit, watch)
    if whole:
        mu, edge = _find_scale(network, diversity, lower, watch)
        met = np.bincount(network.edge_pair[edge], minlength=price.size) + network.pinned_count
        price = 0.5 * mu * np.sqrt(network.weight / (met + 0.25))
        if not inside and keeps(network, edge, floor):
            fit = fit._replace(edge=edge, found=quality_of(network, edge))
        watch.report("fit", 0.2, fit.gap)
        if watch.should_stop():
            return cast, fit
    rounds = run_rounds(
        field,
        network,
        fit.edge,
        price,
        watch,
        bound=fit.bound,
        proof=proof,
        floor=lower,
        epsilon=epsilon,
        count=FEW_PAIRS_ROUNDS if easy else ROUNDS,
        first_rate=FEW_PAIRS_RATE if easy else FIRST_RATE,
    )
    edge = edges_again(network, rounds.network, fit.edge)
    cast = Cast(field, rounds.network, edges_again(network, rounds.network, cast.edge))
    fit = Fit(edge, fit.found, max(fit.found, rounds.bound), rounds.proof)
    watch.report("fit", 0.5, fit.gap)
    good = gap if gap is not None else TRADED_FIT if easy else GOOD_FIT
    if fit.gap <= good or watch.should_stop():
        return cast, fit
    rounded = _rounded(rounds, watch)
    mixed = with_cells(problem, rounds.network)
    scale, traded = _trade_above(rounds, lower, watch)
    for answer in (rounded, rounded if traded is None else traded):
        quality = quality_of(rounds.network, answer)
        if quality > fit.found and keeps(mixed, answer, floor):
            fit = fit._replace(edge=answer, found=quality)
    prices = rounds.prices
    if scale > FAR_ABOVE and traded is not None:
        prices, rounded = replace(prices, diversity=scale * prices.diversity), traded
    return cast, search_fit(
        mixed,
        fit,
        floor,
        prices_with_cells(mixed, prices),
        rounded,
        watch,
        seed=seed,
        good=good,
        effort=FEW_PAIRS_EFFORT if easy else _effort(network.n_students),
    )


def _rehoused(network: Network, fit: Fit, watch: Watch) -> Fit:
    """Improve Q with the same contacts, where S may not fall at all."""

    def assigner(part: Network, value: FloatArray) -> IntArray | None:
        return assign_by_auction(part, value, watch)

    edge = rehouse(network, fit.edge, assigner)
    return fit._replace(edge=edge, found=max(fit.found, quality_of(network, edge)))


def _effort(students: int) -> float:
    return min(1.0, EFFORT * max(1.0, math.sqrt(EFFORT_STUDENTS / students)))


def _bound_without_prices(cast: Cast, none: Prices) -> float:
    """Bound Q by each student's best pair."""
    field, network = cast.field, cast.network
    nations = field.pair_of.shape[0]
    top = best_pairs(
        field.pairs,
        1,
        share=1.0,
        nation_price=np.zeros((nations, nations)),
        seat_price=none.host[: field.frame.n_hosts],
    )
    most = float(with_best(network, none, top).sum())
    return most * (1.0 + ROUNDING) + network.pinned_quality


def _find_scale(
    network: Network, diversity: Diversity, floor: float, watch: Watch
) -> tuple[float, IntArray]:
    """Find μ at which S ends just above its floor; return it with the best answer seen."""
    best, most = diversity.edge, quality_of(network, diversity.edge)
    mu = FIRST_SCALE * network.n_students / max(diversity.found, 1e-12)
    # S − floor, as a share of the floor, at two values of ln μ.
    below: tuple[float, float] | None = None
    above: tuple[float, float] | None = None
    for turn in range(TRADES):
        step = STEP if turn >= TRADES - FINE_TRADES else ROUGH_STEP
        scale = max(1.0, mu * diversity.found / network.n_students)
        edge = trade(network, network.quality, mu, watch, step=step * scale)
        if edge is None:
            break
        spare = diversity_of(network, edge) / max(floor, 1e-12) - 1.0
        if spare >= 0.0 and quality_of(network, edge) > most:
            best, most = edge, quality_of(network, edge)
        if spare < 0.0:
            below = (math.log(mu), spare)
        else:
            above = (math.log(mu), spare)
        if below is None or above is None:
            mu *= STRIDE if spare < 0.0 else 1.0 / STRIDE
        else:
            share = min(0.9, max(0.1, -below[1] / (above[1] - below[1])))
            mu = math.exp(below[0] + share * (above[0] - below[0]))
    return mu, best


def _trade_above(rounds: Rounds, floor: float, watch: Watch) -> tuple[float, IntArray | None]:
    """Find a scale of μ at which a trade just keeps the floor, and the best answer that does.

    Where pairs meet once or twice the rounds end with a μ several times too small, and a search
    that starts from there never comes up to the floor.
    """
    network = rounds.network
    scale, below, above = FIRST_ABOVE, 0.0, 0.0
    best: IntArray | None = None
    for _ in range(TRADES_ABOVE):
        step = FINE_STEP * max(1.0, scale / COARSER_FROM)
        mu = scale * rounds.prices.diversity
        edge = trade(network, network.quality, mu, watch, step=step)
        if edge is None:
            break
        if keeps(network, edge, floor):
            above = scale
            if best is None or quality_of(network, edge) > quality_of(network, best):
                best = edge
        else:
            below = scale
        if above and not below:
            break
        scale = math.sqrt(below * above) if above else STRIDE * scale
    return above or FIRST_ABOVE, best


def _rounded(rounds: Rounds, watch: Watch) -> IntArray:
    """Choose between the last assignment of the rounds and a trade at their μ."""
    network, mu = rounds.network, rounds.prices.diversity
    edge = trade(network, network.quality, mu, watch, step=STEP)
    if edge is None:
        return rounds.edge

    def worth(answer: IntArray) -> float:
        return quality_of(network, answer) + mu * diversity_of(network, answer)

    return max((rounds.edge, edge), key=worth)
