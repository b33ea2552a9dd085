"""Small cohorts solved to proven optimality by SciPy's `milp` (HiGHS)."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from exchange.matching.clause_search import WholeProgram
from exchange.matching.limits import Network
from exchange.matching.program import Program

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

EXACT_STUDENTS = 60
EXACT_EDGES = 8_000
QUICK_EDGES = 400
"""Up to here `milp` is done before the other engine is loaded."""
INFEASIBLE = 2
"""What `milp` says when no answer keeps all rows."""
NODE_LIMIT = 50_000
"""Work is limited by nodes, not seconds, so that equal input gives equal output."""


class Proven(NamedTuple):
    """An integer answer (students on each column's edge, or None) and the solver's bound."""

    placed: IntArray | None
    bound: float


def is_small(network: Network) -> bool:
    """Say whether the exact engine is meant for this size."""
    return network.n_students <= EXACT_STUDENTS and network.n_edges <= EXACT_EDGES


def maximise(
    network: Network,
    program: Program,
    objective: FloatArray,
    *,
    at_least: tuple[tuple[FloatArray, float], ...] = (),
    least: FloatArray | None = None,
    supply: IntArray | None = None,
    time_limit_s: float | None = None,
    node_limit: int = NODE_LIMIT,
    gap: float = 0.0,
    work: float | None = None,
    finish: bool = True,
) -> Proven:
    """Maximise a row of the program over integer answers.

    Parameters
    ----------
    network : Network
    program : Program
        With every contact as its own segment.
    objective : (X + Y,) float64
    at_least : tuple of (row, value)
        Further rows and the least value of each.
    least : (Y,) float64, optional
        Least value of each segment; 0 by default.
    supply : (n,) int64, optional
        Students that each row stands for; 1 by default.
    time_limit_s, node_limit, gap
        Where the search stops; the bound is true wherever it does.
    work : float, optional
        Let `clause_search` try a program of many edges first, with so much work.
    finish : bool
        Let `milp` finish what that leaves; else its best answer will do.

    Returns
    -------
    Proven
        The bound leaves out what is constant in `objective`; it is infinite when none is known,
        and below every number when there is no answer.
    """
    edges, segments = program.edge.size, program.slope.size
    if edges == 0:
        return Proven(np.zeros(0, dtype=np.int64), 0.0)
    once = np.ones(network.n_students) if supply is None else supply.astype(np.float64)
    most = np.ones(edges) if supply is None else once[network.edge_student[program.edge]]
    rows = [
        LinearConstraint(program.once, once, once),
        LinearConstraint(program.places, -np.inf, network.capacity.astype(np.float64)),
    ]
    if network.n_pairs:
        rows.append(LinearConstraint(program.link, 0.0, 0.0))
    for row, value in at_least:
        rows.append(LinearConstraint(sparse.csr_array(row[None, :]), value, np.inf))
    low = np.zeros(segments) if least is None else least
    if work is not None and edges > QUICK_EDGES:
        whole = WholeProgram(objective, rows, np.append(most, program.width))
        searched = whole.search(work, time_limit_s)
        if searched.is_proven or not finish:
            x = searched.x
            placed = None if x is None else _whole_answer(network, program, x[:edges], once)
            return Proven(placed, searched.bound)
    # A fresh dictionary each time: SciPy takes entries out of the one it is given.
    options: dict[str, object] = {"mip_rel_gap": gap, "node_limit": node_limit}
    if time_limit_s is not None:
        options["time_limit"] = max(time_limit_s, 0.1)
    result = milp(
        -objective,
        integrality=np.append(np.ones(edges), np.zeros(segments)),
        bounds=Bounds(np.append(np.zeros(edges), low), np.append(most, program.width)),
        constraints=rows,
        options=options,
    )
    bound = np.inf if result.mip_dual_bound is None else -float(result.mip_dual_bound)
    if result.status == INFEASIBLE:
        bound = -np.inf
    if result.x is None or not np.isfinite(result.x).all():
        return Proven(None, bound)
    return Proven(_whole_answer(network, program, result.x[:edges], once), bound)


def one_edge_each(program: Program, placed: IntArray) -> IntArray:
    """Read the edge of each student from an answer in which every row is one student."""
    return program.edge[np.flatnonzero(placed)]


def _whole_answer(
    network: Network, program: Program, x: FloatArray, once: FloatArray
) -> IntArray | None:
    """Round to whole students; None when the rounded values are not an answer after all."""
    placed = np.rint(x).astype(np.int64)
    edge = program.edge
    given = np.bincount(network.edge_student[edge], weights=placed, minlength=once.size)
    used = np.bincount(network.edge_host[edge], weights=placed, minlength=network.n_hosts)
    holds = np.array_equal(given, once) and bool((used <= network.capacity).all())
    return placed if holds and bool((placed >= 0).all()) else None
