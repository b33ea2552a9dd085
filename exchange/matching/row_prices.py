"""Prices of limits that join pairs: bounds that know them.

A row low ≤ a·x ≤ high and any number π, above 0 where the high end is priced and below where the
low one is, give 0 ≤ π high − π a·x or 0 ≤ π low − π a·x with the end that π prices. Adding that to
the formula of `bounds` adds −π a to the value of every edge, and π times the end to the sum. Rows
with truth values (the isolation guard) and rows of two persons get no prices: leaving a limit out
of a bound keeps it true. Which prices the audit can compute anew says `RowPrices`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from exchange.matching.bounds import Prices, diversity_bound, fit_bound, reduced_values
from exchange.matching.candidates import priced_in
from exchange.matching.coupling_rows import CouplingRows
from exchange.matching.limits import Network
from exchange.matching.problem import Problem
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import Rows, relax
from exchange.matching.solution import RowPrices

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

KEPT = "kept"
"""Name of the row that keeps as many earlier placements as the answer does."""
PRICED = (
    "tier4_floor",
    "max_changes",
    KEPT,
    "reciprocity_tolerance",
    "host_nation_cap",
    "host_language_cap",
    "student_group_min",
    "student_group_max",
    "host_group_min",
    "host_group_max",
    "stay",
)
EXACT_STEPS = 16
"""Contacts of a pair with a segment of their own in a relaxation."""
ROUNDS = 5
"""Relaxations of one stage, each with the edges that the one before asks for."""
MORE = 8
"""Edges of each student that one of them can ask for."""
CLOSE = 2e-4
"""Share of the relaxation's value that its bound may lie above it."""
MOST_S, MOST_Q = 1.0, 1.5
"""Largest price of a host and of a row, for S and, above the known price of S, for Q. Where no
answer has room to spare, as in a row of fewest changes, it could be anything and bound nothing."""
STEPS = 8
"""Cuts of the line between two sets of prices, on which the lowest bound is looked for."""
GOLDEN = (5.0**0.5 - 1.0) / 2.0
EASED = 2e-3
"""Share of the floor that a relaxation is spared when it cannot reach the floor: its program
under-estimates S. The bound is taken at the whole floor all the same."""


class PricedRows(NamedTuple):
    """The rows that get prices, over the edges of a network with hosts for the unplaced."""

    rows: Rows
    name: tuple[str, ...]
    key: IntArray
    part: IntArray


class RowBound(NamedTuple):
    """What relaxations with rows prove and show.

    Attributes
    ----------
    bound : float
        Infinite when no relaxation gave anything.
    prices : Prices
        Which prove it.
    row : (R,) float64
        Prices of the rows, which `prices` contain already.
    share : (E,) float64
        How much of each edge the last relaxation uses.
    """

    bound: float
    prices: Prices
    row: FloatArray
    share: FloatArray


def lay_rows(
    rows: CouplingRows, whole: Network, *, kept: FloatArray | None = None, least_kept: int = 0
) -> PricedRows | None:
    """Lay the rows that get prices out over the edges of a network.

    Parameters
    ----------
    rows : CouplingRows
        Over the edges of the network without hosts for the unplaced.
    whole : Network
        The same with these hosts.
    kept : (edges without those of the unplaced,) float64, optional
        1 at the edge of each earlier placement, where fewest changes were asked for.
    least_kept : int
        How many of them every answer from here on keeps.

    Returns
    -------
    PricedRows or None
        None when there are none.
    """
    edges = rows.matrix.shape[1] - rows.n_truths
    wanted = np.flatnonzero(np.isin(np.array(rows.name, dtype=str), PRICED))
    matrix = rows.matrix[:, :edges][wanted]
    names = [rows.name[row] for row in wanted.tolist()]
    low, high = rows.low[wanted], rows.high[wanted]
    key, part = rows.key[wanted], rows.part[wanted]
    if kept is not None:
        matrix = sparse.vstack([matrix, sparse.csr_array(kept[None, :])])
        names.append(KEPT)
        low, high = np.append(low, float(least_kept)), np.append(high, np.inf)
        key, part = np.append(key, 0), np.append(part, 0)
    if not names:
        return None
    # Real edges keep their order among those that lead to no home.
    real = np.flatnonzero(whole.edge_pair < whole.n_pairs)
    placed = sparse.coo_array(matrix)
    wide = sparse.csc_array(
        (placed.data, (placed.coords[0], real[placed.coords[1]])),
        shape=(len(names), whole.n_edges),
    )
    return PricedRows(Rows(wide, low, high), tuple(names), key, part)


def bound_diversity(
    network: Network,
    limits: IntArray,
    laid: PricedRows,
    chosen: IntArray,
    watch: Watch,
    *,
    known: Prices | None = None,
) -> RowBound | None:
    """Bound S under the rows; see `_price`."""
    return _price(network, limits, laid, chosen, watch, known=known, floor=None)


def bound_fit(
    network: Network,
    limits: IntArray,
    laid: PricedRows,
    chosen: IntArray,
    watch: Watch,
    *,
    floor: float,
    known: Prices | None = None,
) -> RowBound | None:
    """Bound Q under the rows, over the answers with S ≥ `floor`; see `_price`."""
    return _price(network, limits, laid, chosen, watch, known=known, floor=floor)


def _price(
    network: Network,
    limits: IntArray,
    laid: PricedRows,
    chosen: IntArray,
    watch: Watch,
    *,
    known: Prices | None,
    floor: float | None,
) -> RowBound | None:
    """Solve relaxations with rows, pricing edges in; None when none gave anything.

    Parameters
    ----------
    network : Network
        With hosts for the unplaced.
    limits : (P + 1,) int64
    laid : PricedRows
    chosen : (X,) int64
        Edges to start from, ascending; over them some answer keeps every row.
    watch : Watch
    known : Prices, optional
        Without prices of rows, which bounded the network without them.
    floor : float, optional
        Of S, for a bound of Q; None for a bound of S.
    """
    rows, most = laid.rows, MOST_S
    if floor is not None:
        most = np.inf if known is None else MOST_Q + known.diversity
    at = _Bounds(network, limits, rows, floor)
    best = None if known is None else at.proven(known, np.zeros(rows.low.size))
    for _ in range(ROUNDS):
        if watch.should_stop():
            break
        program = build_program(network, limits, chosen, exact_steps=EXACT_STEPS)
        goal = program.diversity_row if floor is None else program.quality_row
        if chosen.size == network.n_edges:
            # Prices of a relaxation over all edges bound them all, however large.
            most = np.inf
        relaxed = None
        for eased in (0.0, EASED):
            # Where the interior point gave nothing usable, a slightly other program may do.
            relaxed = relaxed or relax(
                network,
                program,
                goal,
                floor=None if floor is None else floor * (1.0 - eased),
                rows=rows._replace(most=most * (1.0 + 100.0 * eased)),
                time_limit_s=watch.remaining_s,
            )
        if relaxed is None:
            break
        latest = at.proven(_with_rows(relaxed.prices, rows, relaxed.row), relaxed.row)
        best = latest if best is None else at.between(best, latest)
        share = np.zeros(network.n_edges)
        share[chosen] = relaxed.share
        best = best._replace(share=share)
        reached = relaxed.reached
        reached += program.start_value if floor is None else network.pinned_quality
        more = np.union1d(at.asked(chosen, latest), at.asked(chosen, best))
        # No prices prove less than a relaxation over some of the edges reaches.
        if more.size == 0 or best.bound <= reached * (1.0 + CLOSE):
            break
        chosen = np.union1d(chosen, more)
    return best


class _Bounds(NamedTuple):
    """How prices of one stage bound it."""

    network: Network
    limits: IntArray
    rows: Rows
    floor: float | None

    def proven(self, prices: Prices, row: FloatArray) -> RowBound:
        """Take the bound at prices that contain those of the rows."""
        if self.floor is None:
            bound = diversity_bound(self.network, prices, self.limits)
        else:
            bound = fit_bound(self.network, prices, self.limits, floor=self.floor)
        return RowBound(bound, prices, row, np.zeros(self.network.n_edges))

    def asked(self, chosen: IntArray, at: RowBound) -> IntArray:
        """Choose edges that are worth more at some prices than those chosen."""
        quality = 0.0 if self.floor is None else 1.0
        value = reduced_values(self.network, at.prices, quality_share=quality)
        return priced_in(self.network, chosen, value, MORE)

    def between(self, one: RowBound, other: RowBound) -> RowBound:
        """Find the lowest bound on the line between two sets of prices; it is convex there."""
        best = min(one, other, key=_bound_of)
        low, high = 0.0, 1.0
        left, right = (self._mixed(one, other, share) for share in (1.0 - GOLDEN, GOLDEN))
        for _ in range(STEPS):
            best = min(best, left, right, key=_bound_of)
            if left.bound <= right.bound:
                high, right = low + GOLDEN * (high - low), left
                left = self._mixed(one, other, high - GOLDEN * (high - low))
            else:
                low, left = high - GOLDEN * (high - low), right
                right = self._mixed(one, other, low + GOLDEN * (high - low))
        return min(best, left, right, key=_bound_of)

    def _mixed(self, one: RowBound, other: RowBound, share: float) -> RowBound:
        def mix(a: FloatArray, b: FloatArray) -> FloatArray:
            mixed: FloatArray = (1.0 - share) * a + share * b
            return mixed

        row = mix(one.row, other.row)
        prices = Prices(
            mix(one.prices.pair, other.prices.pair),
            mix(one.prices.host, other.prices.host),
            (1.0 - share) * one.prices.diversity + share * other.prices.diversity,
        )
        return self.proven(_with_rows(prices, self.rows, row), row)


def _bound_of(found: RowBound) -> float:
    return found.bound


def _with_rows(prices: Prices, rows: Rows, price: FloatArray) -> Prices:
    """Add what prices of rows say of every edge, and their own sum."""
    # A price of an end that is open must be 0, or nothing would be proven.
    price = np.where(np.isfinite(rows.high), price, np.minimum(price, 0.0))
    price = np.where(np.isfinite(rows.low), price, np.maximum(price, 0.0))
    ends = np.where(price > 0.0, rows.high, np.where(price < 0.0, rows.low, 0.0))
    return Prices(
        prices.pair,
        prices.host,
        prices.diversity,
        edge=-(rows.matrix.T @ price),
        constant=float(price @ ends),
    )


def row_prices(problem: Problem, laid: PricedRows, price: FloatArray) -> RowPrices:
    """Sort prices of rows by the limits that they belong to, so that anybody can use them.

    Parameters
    ----------
    problem : Problem
    laid : PricedRows
    price : (R,) float64
        As a relaxation gives them: above 0 of the high end, below 0 of the low one.
    """
    names = np.array(laid.name, dtype=str)
    limits = problem.couplings

    def of(*name: str) -> tuple[IntArray, IntArray, FloatArray]:
        which = np.flatnonzero(np.isin(names, name))
        return laid.key[which], laid.part[which], price[which]

    def table(name: str, width: int, columns: IntArray | None = None) -> FloatArray | None:
        key, part, value = of(name)
        if not key.size:
            return None
        found = np.zeros((problem.n_hosts, width))
        found[key, part if columns is None else np.searchsorted(columns, part)] = value
        return found

    def groups(side: str) -> FloatArray | None:
        key, _, value = of(f"{side}_min", f"{side}_max")
        return np.bincount(key, weights=value).astype(np.float64) if key.size else None

    reciprocity = None
    if limits.reciprocity_tolerance is not None:
        key, _, value = of("reciprocity_tolerance")
        reciprocity = np.zeros((problem.n_nations, problem.n_nations))
        reciprocity.ravel()[key] = value
    language, stay = limits.student_language, limits.stay
    days = np.zeros(0, dtype=np.int64) if stay is None else np.unique(stay[:, 0])
    return RowPrices(
        tier4_floor=0.0 - float(of("tier4_floor")[2].sum()),
        kept=0.0 - float(of("max_changes", KEPT)[2].sum()),
        reciprocity=reciprocity,
        host_nation=table("host_nation_cap", problem.n_nations),
        host_language=table(
            "host_language_cap", 0 if language is None else int(language.max(initial=0)) + 1
        ),
        student_group=groups("student_group"),
        host_group=groups("host_group"),
        day=table("stay", days.size, days),
    )
