"""Small whole-number programs by OR-Tools' CP-SAT: search that learns clauses, with relaxations.

CP-SAT knows whole numbers only. Values are scaled and rounded up, least values of rows down, so
what it solves is never narrower than what was asked, and its bound stays true; answers are for the
caller to check. One worker and work counted by CP-SAT's own clock: equal input, equal output.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import LinearConstraint

FloatArray = npt.NDArray[np.float64]

UNIT = 10**8
"""Values are whole numbers of this fraction: sixty of them lose less than OPTIMAL_TOLERANCE."""
WORK = 20.0
"""Work spent on one program, in CP-SAT's deterministic seconds."""
WHOLE = 1e-9
NEAR = 1e-6
"""Ends of rows of whole numbers come out of sums of floating point."""


class Searched(NamedTuple):
    """Whole values of every column (None without an answer), and a bound on the value of any.

    `is_proven` says that the answer is the best, or that there is none.
    """

    x: FloatArray | None
    bound: float
    is_proven: bool


class WholeProgram(NamedTuple):
    """Maximise values · x over whole 0 ≤ x ≤ most under rows, as SciPy's `milp` takes them."""

    values: FloatArray
    constraints: list[LinearConstraint]
    most: FloatArray

    def search(self, work: float, time_limit_s: float | None) -> Searched:
        """Lay all rows one below the other and solve; see `search_whole`."""
        low, high = (
            np.concatenate(
                [
                    np.broadcast_to(np.asarray(end, dtype=np.float64), rows.A.shape[:1])
                    for rows, end in zip(self.constraints, ends, strict=True)
                ]
            )
            for ends in (
                [rows.lb for rows in self.constraints],
                [rows.ub for rows in self.constraints],
            )
        )
        matrix = sparse.vstack([rows.A for rows in self.constraints], format="csr")
        return search_whole(
            self.values, matrix, low, high, self.most, work=work, time_limit_s=time_limit_s
        )


def search_whole(
    values: FloatArray,
    matrix: sparse.csr_array,
    low: FloatArray,
    high: FloatArray,
    most: FloatArray,
    *,
    work: float = WORK,
    time_limit_s: float | None = None,
) -> Searched:
    """Maximise values · x over whole 0 ≤ x ≤ most with low ≤ matrix · x ≤ high.

    Parameters
    ----------
    values, most : (X,) float64
    matrix : (R, X) sparse, by rows
    low, high : (R,) float64
        Infinite where a row has no such end.
    work : float
        Where the search stops; the bound is true wherever it does.
    time_limit_s : float, optional

    Returns
    -------
    Searched
        A row with fractions may be missed by what rounding gives away: its terms times 1 / `UNIT`.
    """
    # It loads a library of tables and takes a second, and most problems never come here.
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    columns = [model.new_int_var(0, int(end), "") for end in most]
    for row in range(matrix.shape[0]):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        met = [columns[place] for place in matrix.indices[part].tolist()]
        value = np.asarray(matrix.data[part], dtype=np.float64)
        for weights, least in _widened(value, float(low[row]), float(high[row])):
            model.add(cp_model.LinearExpr.weighted_sum(met, weights) >= least)
    used = np.flatnonzero(values)
    scaled = np.ceil(values[used] * UNIT - WHOLE).astype(np.int64)
    model.maximize(
        cp_model.LinearExpr.weighted_sum([columns[c] for c in used.tolist()], scaled.tolist())
    )
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.linearization_level = 2
    solver.parameters.max_deterministic_time = work
    if time_limit_s is not None:
        solver.parameters.max_time_in_seconds = max(time_limit_s, 0.1)
    status = solver.solve(model)
    if status == cp_model.INFEASIBLE:
        return Searched(None, -np.inf, True)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Searched(None, np.inf, False)
    x = np.array([solver.value(column) for column in columns], dtype=np.float64)
    # A whole number of units, far below 2⁵³.
    bound = float(np.rint(solver.best_objective_bound)) / UNIT
    return Searched(x, bound, status == cp_model.OPTIMAL)


def _widened(value: FloatArray, low: float, high: float) -> Iterator[tuple[list[int], int]]:
    """Say low ≤ value · x ≤ high, x ≥ 0, as whole weights with their least sum, never narrower."""
    unit = 1 if bool((np.abs(value - np.rint(value)) < WHOLE).all()) else UNIT
    for end, sign in ((low, 1.0), (high, -1.0)):
        if np.isfinite(end):
            weights = np.ceil(sign * value * unit - WHOLE).astype(np.int64)
            # Where the weights are rounded up, the end is rounded down.
            least = np.ceil(sign * end - NEAR) if unit == 1 else np.floor(sign * end * unit)
            yield weights.tolist(), int(least)
