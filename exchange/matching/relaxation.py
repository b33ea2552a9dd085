"""Prices from the linear relaxation, by HiGHS's interior point through SciPy.

The relaxation is solved over a choice of edges; its prices then bound the answer over *all*
edges (`bounds`), and edges whose reduced value is positive are priced in.
"""

import warnings
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import OptimizeWarning, linprog

from exchange.matching.bounds import Prices
from exchange.matching.limits import Network
from exchange.matching.program import Program

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


class Rows(NamedTuple):
    """Rows low ≤ matrix · x ≤ high over the edges of a network.

    `most` is the largest price that any of them, and any host, can get: so much a row, or what a
    host has places for, may be broken.
    """

    matrix: sparse.csc_array
    low: FloatArray
    high: FloatArray
    most: float = np.inf


class Relaxed(NamedTuple):
    """What a relaxation gives: prices, and how much of each of its edges it uses.

    `row` has one price for each row that was given: above 0 of its high end, below 0 of its low.
    `reached` is the value of the goal.
    """

    prices: Prices
    share: FloatArray
    row: FloatArray
    reached: float


def relax(
    network: Network,
    program: Program,
    objective: FloatArray,
    *,
    floor: float | None = None,
    supply: IntArray | None = None,
    rows: Rows | None = None,
    time_limit_s: float | None = None,
) -> Relaxed | None:
    """Solve the relaxation.

    Parameters
    ----------
    network : Network
    program : Program
        Of that network.
    objective : (X + Y,) float64
        To be maximised.
    floor : float, optional
        Least S; its price becomes μ.
    supply : (n,) int64, optional
        Students that each row stands for; 1 by default.
    rows : Rows, optional
        Further limits.
    time_limit_s : float, optional

    Returns
    -------
    Relaxed or None
        None when the solver gave nothing usable; that is no error, since any prices will do.
    """
    ones = np.ones(network.n_students) if supply is None else supply.astype(np.float64)
    return _solve(network, program, -objective, ones, floor, rows, time_limit_s)


def _solve(
    network: Network,
    program: Program,
    cost: FloatArray,
    supply: FloatArray,
    floor: float | None,
    rows: Rows | None,
    time_limit_s: float | None,
) -> Relaxed | None:
    upper = [program.places]
    upper_value = [network.capacity.astype(np.float64)]
    equal, equal_value = [program.once], [supply]
    if rows is None:
        equal.append(program.link)
        equal_value.append(np.zeros(network.n_pairs))
    else:
        # y ≤ x asks for the same, and no price of a pair can then come out below 0, where there is
        # no price that proves as much: with rows the interior point ends there often.
        upper.append(-program.link)
        upper_value.append(np.zeros(network.n_pairs))
        for block, value in _ends(rows, program):
            upper.append(block)
            upper_value.append(value)
    if floor is not None:
        upper.append(sparse.csr_array(-program.diversity_row[None, :]))
        upper_value.append(np.array([program.start_value - floor]))
    top = np.append(np.full(program.edge.size, np.inf), program.width)
    above, below = sparse.vstack(upper, format="csr"), sparse.vstack(equal, format="csr")
    if rows is not None and np.isfinite(rows.most):
        # Further columns that break a place or an end of a row, at the largest price.
        first, end = network.n_hosts + network.n_pairs, above.shape[0] - (floor is not None)
        broken = np.append(np.arange(network.n_hosts), np.arange(first, end))
        entries = (np.full(broken.size, -1.0), (broken, np.arange(broken.size)))
        above = sparse.hstack(
            [above, sparse.csr_array(entries, shape=(above.shape[0], broken.size))], format="csr"
        )
        below = sparse.hstack(
            [below, sparse.csr_array((below.shape[0], broken.size))], format="csr"
        )
        cost = np.append(cost, np.full(broken.size, rows.most))
        top = np.append(top, np.full(broken.size, np.inf))
    options: dict[str, object] = {"run_crossover": "off", "threads": 1}
    if time_limit_s is not None:
        options["time_limit"] = max(time_limit_s, 0.1)
    with warnings.catch_warnings():
        # Options that SciPy passes on without knowing them; both change the work, not the model.
        warnings.simplefilter("ignore", OptimizeWarning)
        result = linprog(
            cost,
            A_ub=above,
            b_ub=np.concatenate(upper_value),
            A_eq=below,
            b_eq=np.concatenate(equal_value),
            bounds=np.column_stack([np.zeros(top.size), top]),
            method="highs-ipm",
            options=options,
        )
    if result.x is None or result.eqlin.marginals is None:
        return None
    upper_price = -np.asarray(result.ineqlin.marginals)
    host_price, after = upper_price[: network.n_hosts], upper_price[network.n_hosts :]
    if rows is None:
        link_price = np.asarray(result.eqlin.marginals)[network.n_students :]
    else:
        link_price, after = after[: network.n_pairs], after[network.n_pairs :]
    diversity = 0.0 if floor is None else float(max(upper_price[-1], 0.0))
    prices = Prices(
        pair=np.append(np.maximum(_finite(link_price), 0.0), 0.0),
        host=np.maximum(_finite(host_price), 0.0),
        diversity=diversity if np.isfinite(diversity) else 0.0,
    )
    share = np.maximum(_finite(result.x[: program.edge.size]), 0.0)
    return Relaxed(prices, share, _row_prices(rows, after), -float(cost @ result.x))


def _ends(rows: Rows, program: Program) -> list[tuple[sparse.csr_array, FloatArray]]:
    """Lay finite ends of rows out as upper ends: all high ones, then all low ones."""
    matrix = rows.matrix[:, program.edge].tocsr()
    room = sparse.csr_array((matrix.shape[0], program.slope.size))
    whole = sparse.hstack([matrix, room], format="csr")
    return [
        (sign * whole[finite], sign * end[finite])
        for sign, end, finite in (
            (1.0, rows.high, np.isfinite(rows.high)),
            (-1.0, rows.low, np.isfinite(rows.low)),
        )
    ]


def _row_prices(rows: Rows | None, price: FloatArray) -> FloatArray:
    """Join the prices of both ends of each row."""
    if rows is None:
        return np.zeros(0)
    found = np.zeros(rows.low.size)
    high, low = np.flatnonzero(np.isfinite(rows.high)), np.flatnonzero(np.isfinite(rows.low))
    price = np.maximum(_finite(price), 0.0)
    found[high] += price[: high.size]
    found[low] -= price[high.size : high.size + low.size]
    return found


def _finite(values: FloatArray) -> FloatArray:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
