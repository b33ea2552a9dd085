"""Proofs for a few hundred students: what the prices rule out is left out, `milp` does the rest.

An edge whose reduced value lies further below the best of its student than bound and answer are
apart is in no better answer, and so is a number of contacts that costs as much (reduced-cost
fixing: Dantzig, Fulkerson and Johnson 1954). Near the end that leaves most pairs one number.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.bounds import Prices, reduced_values
from exchange.matching.limits import Network
from exchange.matching.measures import FLOOR_TOLERANCE
from exchange.matching.program import Program, build_program
from exchange.matching.progress import Watch

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

MOST_STUDENTS = 300
MOST_EDGES = 30_000
MOST_EDGES_FIT = 4_000
"""With quality in the goal far less is ruled out, and more edges are out of reach of `milp`."""
NODES, NODES_FIT = 300, 700
BETTER = 1e-7
"""An answer better by less than this share of the goal is not looked for."""


class Open(NamedTuple):
    """What no price rules out: edges (ascending), least and most contacts of each pair."""

    edge: IntArray
    least: IntArray
    most: IntArray


class Settled(NamedTuple):
    """A better answer where one was found, and a bound of the goal."""

    edge: IntArray | None
    bound: float


def is_within_reach(network: Network) -> bool:
    """Say whether a proof is worth trying; cells would need ranges of their own."""
    return (
        network.n_students <= MOST_STUDENTS
        and network.n_edges <= MOST_EDGES
        and network.edge_cell is None
    )


def leave_open(
    network: Network, limits: IntArray, prices: Prices, slack: float, *, quality_share: float
) -> Open:
    """Leave out what is in no answer within `slack` of the bound that the prices prove.

    Parameters
    ----------
    network : Network
    limits : (P + 1,) int64
    prices : Prices
    slack : float
        Bound of the prices less the value of an answer.
    quality_share : float
        1 where the goal is Q, 0 where it is S.
    """
    slack += 1e-9 * max(1.0, abs(slack))
    value = reduced_values(network, prices, quality_share=quality_share)
    best = np.maximum.reduceat(value, network.start[:-1])
    edge = np.flatnonzero(best[network.edge_student] - value <= slack)
    scale = prices.diversity if quality_share else 1.0
    pair = np.repeat(np.arange(limits.size), limits + 1)
    met = np.arange(pair.size) - np.repeat(np.cumsum(limits + 1) - limits - 1, limits + 1)
    worth = scale * np.sqrt(network.weight[pair] * (network.pinned_count[pair] + met))
    worth -= prices.pair[pair] * met
    top = np.full(limits.size, -np.inf)
    np.maximum.at(top, pair, worth)
    fine = top[pair] - worth <= slack
    # f is concave, so what is fine of a pair has no holes.
    least, most = limits.copy(), np.zeros_like(limits)
    np.minimum.at(least, pair[fine], met[fine])
    np.maximum.at(most, pair[fine], met[fine])
    return Open(edge, least, most)


def settle_diversity(
    network: Network,
    limits: IntArray,
    prices: Prices,
    watch: Watch,
    *,
    found: float,
    bound: float,
) -> Settled:
    """Look for an answer of larger S than `found`, or prove that there is none.

    Parameters
    ----------
    network : Network
        With an answer of that S.
    limits : (P + 1,) int64
    prices : Prices
        Which prove `bound`.
    watch : Watch
    found, bound : float
        Pinned placements included.
    """
    program, opened = _open_program(network, limits, prices, bound - found, quality_share=0.0)
    asked = found * (1.0 + BETTER) - program.start_value
    row = program.diversity_row
    proven = _maximise(network, program, opened, row, watch, ((row, asked),), NODES)
    reached = proven.bound + program.start_value
    edge = None if proven.placed is None else exact.one_edge_each(program, proven.placed)
    return Settled(edge, min(bound, max(reached, found * (1.0 + BETTER))))


def settle_fit(
    network: Network,
    limits: IntArray,
    prices: Prices,
    floor: float,
    watch: Watch,
    *,
    found: float,
    bound: float,
) -> Settled:
    """Look for an answer of larger Q than `found` above the floor, or prove that there is none.

    Parameters
    ----------
    network, limits, prices, watch, found, bound
        As for `settle_diversity`, for Q.
    floor : float
        S_floor, pinned placements included.
    """
    program, opened = _open_program(network, limits, prices, bound - found, quality_share=1.0)
    if program.edge.size > MOST_EDGES_FIT:
        return Settled(None, bound)
    least = floor * (1.0 - FLOOR_TOLERANCE) - program.start_value
    # Nothing is asked of Q: a row that only the best answers keep leaves the solver without any.
    rows = ((program.diversity_row, least),)
    proven = _maximise(network, program, opened, program.quality_row, watch, rows, NODES_FIT)
    reached = proven.bound + network.pinned_quality
    edge = None if proven.placed is None else exact.one_edge_each(program, proven.placed)
    return Settled(edge, min(bound, max(reached, found * (1.0 + BETTER))))


def _open_program(
    network: Network, limits: IntArray, prices: Prices, slack: float, *, quality_share: float
) -> tuple[Program, Open]:
    opened = leave_open(network, limits, prices, slack, quality_share=quality_share)
    return build_program(network, opened.most, opened.edge), opened


def _maximise(
    network: Network,
    program: Program,
    opened: Open,
    objective: FloatArray,
    watch: Watch,
    rows: tuple[tuple[FloatArray, float], ...],
    nodes: int,
) -> exact.Proven:
    most = opened.most[:-1]
    step = np.arange(int(most.sum())) - np.repeat(np.cumsum(most) - most, most)
    held = step < np.repeat(opened.least[:-1], most)
    return exact.maximise(
        network,
        program,
        objective,
        at_least=rows,
        least=held.astype(np.float64),
        time_limit_s=watch.remaining_s,
        node_limit=nodes,
    )
