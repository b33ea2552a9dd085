"""What users would pick instead, each as its own documentation would have it used.

Every peer takes the problem and gives the host of each student, −1 for none. Those that know
only costs maximise the number placed, then the quality; those that can say more are given the
whole goal: the number placed, then diversity. Whoever cannot say "no pair" pays dearly for it.
"""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.matching import Options, Problem, Solution, solve

Answer = npt.NDArray[np.int64]
SECONDS = 120.0
"""What the solvers that search for as long as they may are given."""
UNIT = 1_000_000
"""Integer costs of one unit of quality."""
PLACED = 10.0
"""Worth of a placement beside S: more than any change of S that it can bring."""


def places_of(problem: Problem) -> Answer:
    """List the host of every place."""
    most = np.minimum(problem.capacity, problem.n_students)
    return np.repeat(np.arange(problem.n_hosts), most)


def costs(problem: Problem) -> tuple[npt.NDArray[np.float64], Answer]:
    """Lay out −quality of all students and places; a forbidden pair costs more than all others."""
    n = problem.n_students
    matrix = np.full((n, problem.n_hosts), float(n + 1))
    matrix[problem.edge_student, problem.edge_host] = -problem.edge_quality.astype(np.float64)
    places = places_of(problem)
    return np.ascontiguousarray(matrix[:, places]), places


def _place_edges(problem: Problem) -> tuple[Answer, Answer, npt.NDArray[np.float64]]:
    """List the allowed edges between students and places, with their quality."""
    most = np.minimum(problem.capacity, problem.n_students)
    first = np.cumsum(most) - most
    sizes = most[problem.edge_host]
    student = np.repeat(problem.edge_student, sizes)
    step = np.arange(student.size) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    quality = np.repeat(problem.edge_quality.astype(np.float64), sizes)
    return student, np.repeat(first[problem.edge_host], sizes) + step, quality


def _answer(problem: Problem, student: Answer, host: Answer) -> Answer:
    found = np.full(problem.n_students, -1, dtype=np.int64)
    found[student] = host
    return found


def scipy_dense(problem: Problem) -> Answer:
    """SciPy's `linear_sum_assignment`."""
    from scipy.optimize import linear_sum_assignment

    cost, places = costs(problem)
    rows, columns = linear_sum_assignment(cost)
    kept = cost[rows, columns] <= 0
    return _answer(problem, rows[kept], places[columns[kept]])


def lapx_dense(problem: Problem) -> Answer:
    """Solve by `lapjv` of lapx."""
    import lap

    cost, places = costs(problem)
    _, column, _ = lap.lapjv(cost, extend_cost=True)
    rows = np.flatnonzero(np.asarray(column) >= 0)
    columns = np.asarray(column)[rows]
    kept = cost[rows, columns] <= 0
    return _answer(problem, rows[kept], places[columns[kept]])


def scipy_sparse(problem: Problem) -> Answer:
    """SciPy's `min_weight_full_bipartite_matching`, with a column "unplaced" for each student."""
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    rows, columns = min_weight_full_bipartite_matching(graph_with_unplaced(problem))
    places = places_of(problem)
    kept = columns < places.size
    return _answer(problem, rows[kept], places[columns[kept]])


def graph_with_unplaced(problem: Problem) -> Any:
    """Lay out a sparse matrix of costs; each student has a column "unplaced", dear and private."""
    from scipy.sparse import csr_array

    n, places = problem.n_students, places_of(problem)
    student, place, quality = _place_edges(problem)
    alone = np.arange(n)
    weight = np.concatenate([2.0 - quality, np.full(n, n + 2.0)])
    rows, columns = np.concatenate([student, alone]), np.concatenate([place, places.size + alone])
    return csr_array((weight, (rows, columns)), shape=(n, places.size + n))


def ortools_assignment(problem: Problem) -> Answer:
    """OR-Tools' `SimpleLinearSumAssignment`, made complete by empty rows and unplaced columns."""
    from ortools.graph.python import linear_sum_assignment

    n, places = problem.n_students, places_of(problem)
    student, place, quality = _place_edges(problem)
    alone, empty = np.arange(n), np.arange(places.size)
    left = np.concatenate([student, alone, n + empty, n + place])
    right = np.concatenate([place, places.size + alone, empty, places.size + student])
    free = np.zeros(empty.size + place.size)
    cost = np.concatenate([-UNIT * quality, np.full(n, float(n) * UNIT), free])
    solver = linear_sum_assignment.SimpleLinearSumAssignment()
    solver.add_arcs_with_cost(left, right, np.rint(cost).astype(np.int64))
    if solver.solve() != solver.OPTIMAL:
        raise RuntimeError("no assignment")
    mate = np.array([solver.right_mate(i) for i in range(n)])
    kept = np.flatnonzero(mate < places.size)
    return _answer(problem, kept, places[mate[kept]])


def ortools_flow(problem: Problem) -> Answer:
    """OR-Tools' `SimpleMinCostFlow`, with an arc "unplaced" for each student."""
    from ortools.graph.python import min_cost_flow

    n, m = problem.n_students, problem.n_hosts
    sink = n + m
    flow = min_cost_flow.SimpleMinCostFlow()
    cost = np.rint(-UNIT * problem.edge_quality.astype(np.float64)).astype(np.int64)
    ones = np.ones(problem.n_edges, dtype=np.int64)
    arcs = flow.add_arcs_with_capacity_and_unit_cost(
        problem.edge_student, n + problem.edge_host.astype(np.int64), ones, cost
    )
    hosts, students = np.arange(m), np.arange(n)
    flow.add_arcs_with_capacity_and_unit_cost(
        n + hosts, np.full(m, sink), problem.capacity, np.zeros(m, dtype=np.int64)
    )
    alone, dear = np.ones(n, dtype=np.int64), np.full(n, n * UNIT, dtype=np.int64)
    flow.add_arcs_with_capacity_and_unit_cost(students, np.full(n, sink), alone, dear)
    flow.set_nodes_supplies(np.append(students, sink), np.append(alone, -n))
    if flow.solve() != flow.OPTIMAL:
        raise RuntimeError("no flow")
    taken = np.flatnonzero(np.asarray(flow.flows(arcs)) > 0)
    return _answer(problem, problem.edge_student[taken], problem.edge_host[taken])


def _pairs(problem: Problem) -> tuple[Answer, Answer, npt.NDArray[np.float64]]:
    """Return the nation pair of each edge, and pair and worth of each possible next contact."""
    a = problem.student_nation[problem.edge_student]
    b = problem.host_nation[problem.edge_host]
    code = np.minimum(a, b) * problem.n_nations + np.maximum(a, b)
    codes, pair = np.unique(code, return_inverse=True)
    held = []
    for ends, size in (
        (problem.edge_student, np.ones(problem.n_students, dtype=np.int64)),
        (problem.edge_host, problem.capacity),
    ):
        met = np.unique(pair.astype(np.int64) * size.size + ends)
        held.append(np.bincount(met // size.size, weights=size[met % size.size]))
    most = np.minimum(*held).astype(np.int64)
    of_step = np.repeat(np.arange(codes.size), most)
    step = np.arange(of_step.size) - np.repeat(np.cumsum(most) - most, most)
    weight = problem.pair_weight[codes // problem.n_nations, codes % problem.n_nations]
    worth = np.sqrt(weight[of_step]) * (np.sqrt(step + 1.0) - np.sqrt(step))
    return pair.astype(np.int64), of_step, worth


def highs_milp(problem: Problem) -> Answer:
    """HiGHS through SciPy's `milp`: each pair a variable, S as falling steps by nation pair."""
    from scipy.optimize import Bounds, LinearConstraint, milp
    from scipy.sparse import csr_array

    pair, of_step, worth = _pairs(problem)
    edges, steps, n, m = problem.n_edges, worth.size, problem.n_students, problem.n_hosts
    x, y = np.arange(edges), edges + np.arange(steps)
    rows = np.concatenate(
        [problem.edge_student, n + problem.edge_host, n + m + pair, n + m + of_step]
    )
    columns = np.concatenate([x, x, x, y])
    value = np.concatenate([np.ones(3 * edges), -np.ones(steps)])
    pairs = int(pair.max(initial=-1)) + 1
    matrix = csr_array((value, (rows, columns)), shape=(n + m + pairs, edges + steps))
    most = np.concatenate([np.ones(n), problem.capacity, np.zeros(pairs)])
    least = np.concatenate([np.zeros(n + m), np.zeros(pairs)])
    found = milp(
        np.concatenate([np.full(edges, -PLACED), -worth]),
        constraints=LinearConstraint(matrix, least, most),
        bounds=Bounds(0, 1),
        integrality=np.concatenate([np.ones(edges), np.zeros(steps)]),
        options={"time_limit": SECONDS},
    )
    if found.x is None:
        raise RuntimeError("no answer in the time")
    taken = np.flatnonzero(found.x[:edges] > 0.5)
    return _answer(problem, problem.edge_student[taken], problem.edge_host[taken])


def ortools_cpsat(problem: Problem) -> Answer:
    """OR-Tools' CP-SAT on the model of `highs_milp`, with integer worths."""
    from ortools.sat.python import cp_model

    pair, of_step, worth = _pairs(problem)
    model = cp_model.CpModel()
    x = [model.new_bool_var("") for _ in range(problem.n_edges)]
    y = [model.new_bool_var("") for _ in range(worth.size)]
    student, host = problem.edge_student.tolist(), problem.edge_host.tolist()
    of_student: list[list[cp_model.IntVar]] = [[] for _ in range(problem.n_students)]
    of_host: list[list[cp_model.IntVar]] = [[] for _ in range(problem.n_hosts)]
    of_pair: list[list[cp_model.IntVar]] = [[] for _ in range(int(pair.max(initial=-1)) + 1)]
    steps: list[list[cp_model.IntVar]] = [[] for _ in of_pair]
    for one, i, j, k in zip(x, student, host, pair.tolist(), strict=True):
        of_student[i].append(one)
        of_host[j].append(one)
        of_pair[k].append(one)
    for one, k in zip(y, of_step.tolist(), strict=True):
        steps[k].append(one)
    for mine in of_student:
        model.add_at_most_one(mine)
    for guests, places in zip(of_host, problem.capacity.tolist(), strict=True):
        model.add(cp_model.LinearExpr.sum(guests) <= places)
    for met, counted in zip(of_pair, steps, strict=True):
        model.add(cp_model.LinearExpr.sum(met) == cp_model.LinearExpr.sum(counted))
    # The steps of a pair are counted, so a placement's worth can be carried by them.
    value = np.rint(UNIT * (worth + PLACED)).astype(np.int64).tolist()
    model.maximize(cp_model.LinearExpr.weighted_sum(y, value))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = SECONDS
    solver.parameters.num_workers = 2
    if solver.solve(model) not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        raise RuntimeError("no answer in the time")
    taken = np.array([place for place, one in enumerate(x) if solver.boolean_value(one)], int)
    return _answer(problem, problem.edge_student[taken], problem.edge_host[taken])


def stable_matching(problem: Problem) -> Answer:
    """`matching` from PyPI: students propose, both sides rank by quality."""
    from matching.games import HospitalResident

    # It copies its players one out of the other, as deep as there are players.
    sys.setrecursionlimit(10_000_000)
    order = np.lexsort((-problem.edge_quality, problem.edge_student))
    wanted: dict[int, list[int]] = {}
    for edge in order.tolist():
        wanted.setdefault(int(problem.edge_student[edge]), []).append(int(problem.edge_host[edge]))
    student = problem.edge_student
    offered: dict[int, list[int]] = {}
    for edge in np.lexsort((-problem.edge_quality, problem.edge_host)).tolist():
        offered.setdefault(int(problem.edge_host[edge]), []).append(int(student[edge]))
    places = {host: int(problem.capacity[host]) for host in offered}
    full = [host for host, count in places.items() if count == 0]
    if full:
        raise RuntimeError("a host without places is not understood")
    game = HospitalResident.create_from_dictionaries(wanted, offered, places)
    host = np.full(problem.n_students, -1, dtype=np.int64)
    for hospital, residents in game.solve(optimal="resident").items():
        for resident in residents:
            host[resident.name] = hospital.name
    return host


def greedy(problem: Problem) -> Answer:
    """Take the best free host, student by student."""
    free = problem.capacity.copy()
    host = np.full(problem.n_students, -1, dtype=np.int64)
    for i in range(problem.n_students):
        row = slice(int(problem.start[i]), int(problem.start[i + 1]))
        there = np.where(free[problem.edge_host[row]] > 0, problem.edge_quality[row], -1.0)
        if there.size and there.max() >= 0.0:
            host[i] = problem.edge_host[row.start + int(there.argmax())]
            free[host[i]] -= 1
    return host


def exchange(problem: Problem) -> Solution:
    """Solve by this project, ε = 0.02."""
    return solve(problem, Options(epsilon=0.02))


def exchange_diverse(problem: Problem) -> Solution:
    """Solve by this project, diversity first and last."""
    return solve(problem, Options(epsilon=0.0))


PEERS: dict[str, Callable[[Problem], Answer | Solution]] = {
    "Exchange, ε = 0": exchange_diverse,
    "Exchange, ε = 0.02": exchange,
    "HiGHS milp, 120 s": highs_milp,
    "OR-Tools CP-SAT, 120 s": ortools_cpsat,
    "SciPy linear_sum_assignment": scipy_dense,
    "SciPy sparse matcher": scipy_sparse,
    "lapx lapjv": lapx_dense,
    "OR-Tools assignment": ortools_assignment,
    "OR-Tools min-cost flow": ortools_flow,
    "stable matching": stable_matching,
    "greedy coordinator": greedy,
}
