"""Bounds of S from the small program of nations (`groups`), whatever persons the pairs allow."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import Prices, contacts_of, count_bound, diversity_bound
from exchange.matching.candidates import ALL_EDGES
from exchange.matching.groups import Grouped, group_by_nation, prices_of_persons
from exchange.matching.limits import Network
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

EXACT_STEPS = 16
"""Contacts of a pair with a segment of their own in the first relaxation."""
SPARED = (0.4, 0.6, 0.8, 1.0)
"""Shares of the dearest cell of a host by which its price is lowered when cells cost nothing."""
WINDOW = 4
"""Contacts of a pair beyond what the rough relaxation says that are still looked at."""


class NationPrices(NamedTuple):
    """What nations say.

    Attributes
    ----------
    bound : float
        Of S over all edges.
    prices : Prices
        Behind it, unless the bound is that of counts alone.
    window : (P + 1,) int64
        Contacts of each label that its best count hardly exceeds.
    share : (G,) float64 or None
        Students on each edge of the small network, in parts; None when no solver said so.
    """

    bound: float
    prices: Prices
    window: IntArray
    share: FloatArray | None


def price_nations(
    network: Network, limits: IntArray, grouped: Grouped, bound: float, watch: Watch
) -> NationPrices:
    """Solve the relaxation of the nations.

    Parameters
    ----------
    network : Network
        Of persons; its bound is taken over all their edges.
    limits : (P + 1,) int64
    grouped : Grouped
        Of that network.
    bound : float
        A bound that holds already.
    watch : Watch
    """
    small = grouped.network
    prices = Prices(np.zeros(network.n_pairs + 1), np.zeros(network.n_hosts))
    window, share = limits, None
    # A rough relaxation says about how often each pair will meet; a second one then needs
    # single steps only up to there. The bound of both is taken over all steps. With cells the
    # program is large, and the second says next to nothing more.
    for steps in (EXACT_STEPS, None) if small.edge_cell is None else (EXACT_STEPS,):
        program = build_program(small, window, np.arange(small.n_edges), exact_steps=steps)
        relaxed = relax(
            small,
            program,
            program.diversity_row,
            supply=grouped.supply,
            time_limit_s=watch.remaining_s,
        )
        if relaxed is None:
            break
        found = prices_of_persons(grouped, relaxed.prices)
        proven = diversity_bound(network, found, limits)
        if proven < bound:
            bound, prices = proven, found
        share = relaxed.share
        met = contacts_of(small, slice(None), share)
        window = np.minimum(limits, np.ceil(met).astype(np.int64) + WINDOW)
    return NationPrices(bound, prices, window, share)


def bound_contacts(
    network: Network, limits: IntArray, mixed: Network, prices: Prices, watch: Watch
) -> tuple[float, Prices]:
    """Bound S of nation pairs alone, where it counts a mix inside hosts too.

    Parameters
    ----------
    network : Network
        With hosts for the unplaced, without cells.
    limits : (P + 1,) int64
    mixed : Network
        The same with cells.
    prices : Prices
        Of `mixed`; what they leave when cells cost nothing is tried beside those of nations.
    watch : Watch

    Returns
    -------
    float, Prices
        The bound, and the prices behind it, unless it is that of counts alone.
    """
    placed = int(network.pinned_count.sum()) + network.n_students
    counted = count_bound(network, limits, placed)
    best = price_nations(network, limits, group_by_nation(network), counted, watch)[:2]
    if mixed.edge_cell is None or network.n_students == 0:
        return best
    if network.n_edges <= ALL_EDGES:
        # Few pairs a student say more than nations do, and their relaxation is quick.
        program = build_program(
            network, limits, np.arange(network.n_edges), exact_steps=EXACT_STEPS
        )
        relaxed = relax(network, program, program.diversity_row, time_limit_s=watch.remaining_s)
        if relaxed is not None:
            bound = diversity_bound(network, relaxed.prices, limits)
            best = (bound, relaxed.prices) if bound < best[0] else best
    pair = np.append(prices.pair[: network.n_pairs], 0.0)
    dearest = np.zeros(network.n_hosts)
    np.maximum.at(dearest, mixed.edge_host, prices.pair[mixed.edge_cell])
    # Who pays nothing for a cell can pay less for the host.
    for share in SPARED:
        found = Prices(pair, np.maximum(prices.host - share * dearest, 0.0))
        bound = diversity_bound(network, found, limits)
        best = (bound, found) if bound < best[0] else best
    return best
