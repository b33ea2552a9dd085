"""Prices of a network as prices of the problem, so that anybody can compute the bounds anew.

Only names change here: rows in seeded order become rows of the problem, hosts that stand for
"unplaced" become a price of staying without a place. What the prices prove is for `audit_prices`.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching.bounds import Prices
from exchange.matching.limits import Network
from exchange.matching.problem import Problem
from exchange.matching.solution import StagePrices

IntArray = npt.NDArray[np.int64]


def stage_prices(problem: Problem, network: Network, prices: Prices) -> StagePrices:
    """Translate the prices that bound a stage.

    Parameters
    ----------
    problem : Problem
    network : Network
        Of the problem, with its hosts for the unplaced.
    prices : Prices
        Of this network. Give them to `audit` only when the bound that is claimed is theirs: a
        bound that a count or an exact solver proved lies below, and would be refused.

    Returns
    -------
    StagePrices
    """
    nations = problem.n_nations
    pair, pairs = np.zeros((nations, nations)), network.pair_code
    pair[pairs // max(nations, 1), pairs % max(nations, 1)] = prices.pair[: pairs.size]
    cell = None
    if network.cell_code is not None:
        cell = np.zeros((problem.n_hosts, nations))
        cell.ravel()[network.cell_code] = prices.pair[pairs.size : -1]
    home = network.host_row >= 0
    host = np.zeros(problem.n_hosts)
    host[network.host_row[home]] = prices.host[home]
    unplaced = np.zeros(nations)
    for place in np.flatnonzero(~home).tolist():
        waiting = network.edge_student[network.edge_host == place]
        whose = network.student_nation[waiting] if problem.fair_nations else np.arange(nations)
        unplaced[whose] = prices.host[place]
    return StagePrices(pair, host, unplaced, prices.diversity, cell)
