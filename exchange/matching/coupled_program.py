"""The whole model with coupling rows as one integer program, for SciPy's `milp` (HiGHS).

Columns: one x per chosen edge, the truth values of the coupling rows, then one y per segment of
each pair's concave value √(w n), and of each nation's at a host where a mix inside hosts counts.
Students who are fixed are left out and counted on the right.
"""

import time
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp

from exchange.matching.bounds import pair_limits
from exchange.matching.clause_search import Searched, WholeProgram
from exchange.matching.coupling_rows import CouplingRows
from exchange.matching.limits import Network
from exchange.matching.program import Program, build_program

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

NODE_LIMIT = 50_000
"""Work is limited by nodes, not seconds, so that equal input gives equal output."""
WHOLE = 1e-6
INFEASIBLE = 2
"""What `milp` calls a program without any answer."""


class Answer(NamedTuple):
    """Edges chosen (None without an answer), the value reached and a bound on any."""

    edge: IntArray | None
    value: float
    bound: float
    infeasible: bool = False


class Goal(NamedTuple):
    """A linear value: of every edge of the network, and of the diversity sum, inside included."""

    edge: FloatArray
    diversity: float = 0.0


class Need(NamedTuple):
    """A goal with the least and the most it may reach."""

    goal: Goal
    low: float
    high: float = np.inf


@dataclass(frozen=True, eq=False)
class CoupledProgram:
    """A network, its coupling rows, and how many contacts each pair can gain.

    Attributes
    ----------
    network : Network
        Without hosts for the unplaced: a student without an edge has no place.
    rows : CouplingRows
    inside : Network, optional
        Of `inside_hosts.inside_network`, where a mix inside hosts counts.
    """

    network: Network
    rows: CouplingRows
    inside: Network | None = None

    @cached_property
    def concave(self) -> tuple[tuple[Network, IntArray], ...]:
        """What is counted in square roots: networks that label the edges, with their limits."""
        layers = (self.network,) if self.inside is None else (self.network, self.inside)
        return tuple((layer, pair_limits(layer)) for layer in layers)

    @property
    def limits(self) -> IntArray:
        """Most contacts each nation pair can gain, (P + 1,)."""
        return self.concave[0][1]

    def diversity(self, chosen: IntArray) -> float:
        """Compute S of an answer, pinned placements and the mix inside hosts included."""
        return sum(_sum_of_roots(layer, chosen) for layer, _ in self.concave)

    def contacts(self, chosen: IntArray) -> float:
        """Compute S of an answer over nation pairs alone."""
        return _sum_of_roots(self.network, chosen)

    def maximise(
        self,
        goal: Goal,
        needs: tuple[Need, ...] = (),
        *,
        column: IntArray | None = None,
        fixed: IntArray | None = None,
        node_limit: int = NODE_LIMIT,
        gap: float = 0.0,
        time_limit_s: float | None = None,
        work: float | None = None,
    ) -> Answer:
        """Maximise a goal.

        Parameters
        ----------
        goal : Goal
        needs : tuple of Need
            What other goals must reach; the diversity in them includes pinned placements.
        column : (X,) int64, optional
            Edges that may be chosen; all by default. A bound holds for these only.
        fixed : (F,) int64, optional
            Edges that are chosen already, of other students than those of `column`.
        node_limit, gap, time_limit_s
            Where the search stops; the bound is true wherever it does.
        work : float, optional
            Let `clause_search` try first, with so much work; `milp` finishes what it leaves.

        Returns
        -------
        Answer
            Its edges with those that were fixed; value and bound of the goal, all included.
        """
        network, rows = self.network, self.rows
        edge = np.arange(network.n_edges) if column is None else column
        held = np.zeros(0, dtype=np.int64) if fixed is None else fixed
        needs_diversity = goal.diversity != 0.0 or any(need.goal.diversity for need in needs)
        parts = [
            _part(layer, limits, edge, held, counted=needs_diversity)
            for layer, limits in self.concave
        ]
        slope = np.concatenate([part.slope for part in parts])
        x, y = edge.size, slope.size
        width = x + rows.n_truths + y

        def spread(block: sparse.csr_array, before: int = 0) -> sparse.csr_array:
            """Make room for the truth values between edges and segments, and for other segments."""
            own = block.shape[1] - x
            rooms = [
                sparse.csr_array((block.shape[0], size))
                for size in (rows.n_truths + before, y - before - own)
            ]
            return sparse.hstack([block[:, :x], rooms[0], block[:, x:], rooms[1]], format="csr")

        taken = np.bincount(network.edge_host[held], minlength=network.n_hosts)
        constraints = [
            LinearConstraint(spread(parts[0].once), -np.inf, 1.0),
            LinearConstraint(spread(parts[0].places), -np.inf, network.capacity - taken),
        ]
        before = 0
        for part in parts:
            if part.slope.size:
                constraints.append(LinearConstraint(spread(part.link, before), 0.0, 0.0))
            before += part.slope.size
        if rows.low.size:
            truths = np.arange(network.n_edges, network.n_edges + rows.n_truths)
            matrix = rows.matrix[:, np.append(edge, truths)].tocsr()
            used = np.asarray(rows.matrix[:, held].sum(axis=1)).ravel()
            useful = np.diff(matrix.indptr) > 0
            # A row without columns that is broken already makes the program infeasible.
            useful |= (rows.low - used > WHOLE) | (rows.high - used < -WHOLE)
            room = sparse.csr_array((int(useful.sum()), y))
            block = sparse.hstack([matrix[useful], room], format="csr")
            constraints.append(
                LinearConstraint(block, (rows.low - used)[useful], (rows.high - used)[useful])
            )

        def line(wanted: Goal) -> tuple[FloatArray, float]:
            values = np.concatenate(
                [wanted.edge[edge], np.zeros(rows.n_truths), wanted.diversity * slope]
            )
            constant = float(wanted.edge[held].sum())
            constant += wanted.diversity * sum(part.start_value for part in parts)
            return values, constant

        for need in needs:
            values, constant = line(need.goal)
            row = sparse.csr_array(values[None, :])
            constraints.append(LinearConstraint(row, need.low - constant, need.high - constant))
        widths = np.concatenate([np.ones(x + rows.n_truths), *(part.width for part in parts)])
        values, constant = line(goal)
        if width == 0:
            # Nothing is left to choose: what is held is the answer, unless it breaks something.
            asked = constraints[2:]
            if any(
                np.any(np.asarray(one.lb) > WHOLE) or np.any(np.asarray(one.ub) < -WHOLE)
                for one in asked
            ):
                return Answer(None, -np.inf, -np.inf, infeasible=True)
            return Answer(held, constant, constant)
        whole = WholeProgram(values, constraints, widths)
        known, searched = np.inf, None
        if work is not None:
            started = time.monotonic()
            searched = whole.search(work, time_limit_s)
            if time_limit_s is not None:
                time_limit_s -= time.monotonic() - started
            known = constant + searched.bound
            if searched.is_proven:
                return self._answer(goal, edge, held, searched.x, known)
        result = _branch(whole, searched, node_limit=node_limit, gap=gap, time_limit_s=time_limit_s)
        bound = np.inf if result.mip_dual_bound is None else constant - float(result.mip_dual_bound)
        found = result.x if result.x is not None and np.isfinite(result.x).all() else None
        if found is None and searched is not None:
            # Only answers better than the known one were asked for.
            found = searched.x
        infeasible = found is None and result.status == INFEASIBLE
        answer = self._answer(goal, edge, held, found, min(bound, known))
        return answer._replace(infeasible=infeasible)

    def _answer(
        self,
        goal: Goal,
        edge: IntArray,
        held: IntArray,
        x: FloatArray | None,
        bound: float,
    ) -> Answer:
        """Read an answer from the columns; its value is computed anew."""
        if x is None:
            return Answer(None, -np.inf, bound, infeasible=bound == -np.inf)
        chosen = np.union1d(held, edge[x[: edge.size] > 0.5])
        reached = float(goal.edge[chosen].sum())
        reached += goal.diversity * self.diversity(chosen) if goal.diversity else 0.0
        return Answer(chosen, reached, max(bound, reached))


def _branch(
    program: WholeProgram,
    known: Searched | None,
    *,
    node_limit: int,
    gap: float,
    time_limit_s: float | None,
) -> OptimizeResult:
    """Solve a program by branching and cutting, above the value of an answer that is known."""
    rows = list(program.constraints)
    if known is not None and known.x is not None:
        least = float(program.values @ known.x) - WHOLE
        rows.append(LinearConstraint(sparse.csr_array(program.values[None, :]), least, np.inf))
    # A fresh dictionary each time: SciPy takes entries out of the one it is given.
    options: dict[str, object] = {"mip_rel_gap": gap, "node_limit": node_limit}
    if time_limit_s is not None:
        options["time_limit"] = max(time_limit_s, 0.1)
    return milp(
        -program.values,
        # Segments need not be whole, but then the solver can branch on a number of contacts.
        integrality=np.ones(program.values.size),
        bounds=Bounds(0.0, program.most),
        constraints=rows,
        options=options,
    )


def _sum_of_roots(layer: Network, chosen: IntArray) -> float:
    gained = np.bincount(layer.edge_pair[chosen], minlength=layer.weight.size)
    return float(np.sqrt(layer.weight * (layer.pinned_count + gained)).sum())


def _part(
    layer: Network, limits: IntArray, edge: IntArray, held: IntArray, *, counted: bool
) -> Program:
    """Lay out one way of counting contacts; what is fixed counts like what is pinned."""
    size = layer.weight.size
    base = layer.pinned_count + np.bincount(layer.edge_pair[held], minlength=size)
    window = np.minimum(limits, np.bincount(layer.edge_pair[edge], minlength=size))
    return build_program(
        replace(layer, pinned_count=base), window if counted else np.zeros_like(window), edge
    )
