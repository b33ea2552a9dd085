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


class Relaxed(NamedTuple):
    """What a relaxation gives: prices, and how much of each of its edges it uses."""

    prices: Prices
    share: FloatArray


def relax(
    network: Network,
    program: Program,
    objective: FloatArray,
    *,
    floor: float | None = None,
    supply: IntArray | None = None,
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
    time_limit_s : float, optional

    Returns
    -------
    Relaxed or None
        None when the solver gave nothing usable; that is no error, since any prices will do.
    """
    ones = np.ones(network.n_students) if supply is None else supply.astype(np.float64)
    return _solve(network, program, -objective, ones, floor, time_limit_s)


def _solve(
    network: Network,
    program: Program,
    cost: FloatArray,
    supply: FloatArray,
    floor: float | None,
    time_limit_s: float | None,
) -> Relaxed | None:
    upper = [program.places]
    upper_value = [network.capacity.astype(np.float64)]
    if floor is not None:
        upper.append(sparse.csr_array(-program.diversity_row[None, :]))
        upper_value.append(np.array([program.start_value - floor]))
    top = np.append(np.full(program.edge.size, np.inf), program.width)
    options: dict[str, object] = {"run_crossover": "off", "threads": 1}
    if time_limit_s is not None:
        options["time_limit"] = max(time_limit_s, 0.1)
    with warnings.catch_warnings():
        # Options that SciPy passes on without knowing them; both change the work, not the model.
        warnings.simplefilter("ignore", OptimizeWarning)
        result = linprog(
            cost,
            A_ub=sparse.vstack(upper, format="csr"),
            b_ub=np.concatenate(upper_value),
            A_eq=sparse.vstack([program.once, program.link], format="csr"),
            b_eq=np.append(supply, np.zeros(network.n_pairs)),
            bounds=np.column_stack([np.zeros(top.size), top]),
            method="highs-ipm",
            options=options,
        )
    if result.x is None or result.eqlin.marginals is None:
        return None
    link_price = np.asarray(result.eqlin.marginals)[network.n_students :]
    host_price = -np.asarray(result.ineqlin.marginals)
    diversity = 0.0 if floor is None else float(max(host_price[-1], 0.0))
    prices = Prices(
        pair=np.append(np.maximum(_finite(link_price), 0.0), 0.0),
        host=np.maximum(_finite(host_price[: network.n_hosts]), 0.0),
        diversity=diversity if np.isfinite(diversity) else 0.0,
    )
    return Relaxed(prices, np.maximum(_finite(result.x[: program.edge.size]), 0.0))


def _finite(values: FloatArray) -> FloatArray:
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
