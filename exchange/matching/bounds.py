"""Upper bounds that hold for any prices, so a solver's word is never taken for one.

For prices λ ≥ 0 of nation pairs and v ≥ 0 of hosts, weak duality gives (README, "Bounds")

    Σ_i max_j (q_ij + λ_k − v_j) + Σ_j c_j v_j + Σ_k max_m (f_k(m) − λ_k m)  ≥  Σ q x + Σ_k f_k(n_k)

for every answer in which each student has exactly one host of the network. Pinned placements
are inside f_k as a start of the count. Where a mix inside hosts counts, an edge has two labels,
its nation pair and its cell (host, nation of the guest): both are priced, so both stand for k here.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

ROUNDING = 1e-12
"""Relative widening of a bound: more than summing a million rounded terms can lose."""


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Prices of one relaxation; any values ≥ 0 give a true bound.

    Attributes
    ----------
    pair : (P + 1,) float64
        λ_k of nation pairs, then κ of cells; the last, of the pair "unplaced", is 0.
    host : (m,) float64
        v_j.
    diversity : float
        μ, the price of one unit of S in the fit stage; 0 in the diversity stage.
    edge : (E,) float64, optional
        What prices of limits that join pairs add to the value of each edge.
    constant : float
        What the same prices add to a bound: each price times what its limit allows.
    """

    pair: FloatArray
    host: FloatArray
    diversity: float = 0.0
    edge: FloatArray | None = None
    constant: float = 0.0


def pair_limits(network: Network) -> IntArray:
    """Compute the most contacts each pair can gain: the fewer of its students and places.

    Returns
    -------
    (P + 1,) int64
        0 for the pair "unplaced".
    """
    count = network.n_pairs + 1
    limit = np.zeros((2, count), dtype=np.int64)
    real = network.edge_pair < network.n_pairs
    pair = network.edge_pair[real]
    for side, (ends, size) in enumerate(
        (
            (network.edge_student[real], np.ones(network.n_students, dtype=np.int64)),
            (network.edge_host[real], network.capacity),
        )
    ):
        distinct = np.unique(pair * max(size.size, 1) + ends)
        who = distinct % max(size.size, 1)
        whose = distinct // max(size.size, 1)
        limit[side] = np.bincount(whose, weights=size[who], minlength=count)
    fewer: IntArray = limit.min(axis=0)
    if network.edge_cell is not None:
        # A cell has one host, and each of its edges is another student's.
        fewer += np.bincount(network.edge_cell, minlength=count)
        room = np.full(count, network.n_students, dtype=np.int64)
        room[network.edge_cell] = network.capacity[network.edge_host]
        fewer = np.minimum(fewer, room)
        fewer[-1] = 0
    return fewer


def contacts_of(
    network: Network, edge: IntArray | slice, share: FloatArray | None = None
) -> IntArray | FloatArray:
    """Count the placements of every label on some edges, or their shares, (P + 1,)."""
    count = network.n_pairs + 1
    met: IntArray | FloatArray
    met = np.bincount(network.edge_pair[edge], weights=share, minlength=count)
    if network.edge_cell is not None:
        met = met + np.bincount(network.edge_cell[edge], weights=share, minlength=count)
    return met


def pair_values(network: Network, gained: IntArray | FloatArray) -> FloatArray:
    """Compute √(w_k (pinned_k + gained_k)) of every pair, (P + 1,)."""
    return np.sqrt(network.weight * (network.pinned_count + gained))


def diversity_bound(network: Network, prices: Prices, limits: IntArray) -> float:
    """Bound S from above by the prices of a relaxation."""
    value = _students_term(network, prices, quality_share=0.0)
    value += float(prices.host @ network.capacity)
    value += pairs_term(network, prices.pair, limits, diversity=1.0)
    value += prices.constant
    return value + ROUNDING * (abs(value) + abs(prices.constant))


def fit_bound(network: Network, prices: Prices, limits: IntArray, *, floor: float) -> float:
    """Bound Q, over the answers with S ≥ `floor`, from above by the prices of a relaxation."""
    value = _students_term(network, prices, quality_share=1.0)
    value += float(prices.host @ network.capacity)
    value += pairs_term(network, prices.pair, limits, diversity=prices.diversity)
    # An answer may miss the floor by its tolerance, so the bound must allow for that too.
    value -= prices.diversity * floor * (1.0 - FLOOR_TOLERANCE)
    value += network.pinned_quality + prices.constant
    return value + ROUNDING * (abs(value) + prices.diversity * floor + abs(prices.constant))


def count_bound(network: Network, limits: IntArray, placed: int) -> float:
    """Bound S without prices: no pair beyond its limit, and Σ √(w n) ≤ √(M Σ w)."""
    alone = float(pair_values(network, limits).sum())
    together = float(np.sqrt(network.weight[: network.pair_code.size].sum() * placed))
    if network.edge_cell is not None:
        together += float(np.sqrt(network.weight[network.pair_code.size :].sum() * placed))
    return min(alone, together) * (1.0 + ROUNDING)


def reduced_values(network: Network, prices: Prices, *, quality_share: float) -> FloatArray:
    """Compute share · q + λ_k − v_j of every edge, and what rows add to it."""
    value = prices.pair[network.edge_pair] - prices.host[network.edge_host]
    if network.edge_cell is not None:
        value += prices.pair[network.edge_cell]
    if prices.edge is not None:
        value += prices.edge
    return value + quality_share * network.quality if quality_share else value


def _students_term(network: Network, prices: Prices, *, quality_share: float) -> float:
    if network.n_students == 0:
        return 0.0
    value = reduced_values(network, prices, quality_share=quality_share)
    return float(np.maximum.reduceat(value, network.start[:-1]).sum())


def pairs_term(network: Network, price: FloatArray, limits: IntArray, *, diversity: float) -> float:
    """Sum the largest μ √(w (b + m)) − λ m, 0 ≤ m ≤ limit, of each pair, exactly in integers."""
    scale = diversity * np.sqrt(network.weight)
    base = network.pinned_count
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        # The real maximum lies at b + m = (scale / 2 λ)²; f is concave, so the best integer
        # is one of its two neighbours.
        best = np.where(price > 0, (scale / (2.0 * price)) ** 2, np.inf) - base
    best = np.where(np.isnan(best), 0.0, best)
    found = np.zeros(price.size)
    for place in (np.floor(best), np.floor(best) + 1):
        m = np.clip(place, 0, limits)
        found = np.maximum(found, scale * (np.sqrt(base + m) - np.sqrt(base)) - price * m)
    return float((found + scale * np.sqrt(base)).sum())
