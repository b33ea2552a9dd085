"""Which limits must give when no answer keeps them all: the fewest, then by as little as possible.

Every coupling row may be broken at a price, and so may every pin. One integer program finds the
fewest that have to be, a second by how much (Chinneck 2008, "Feasibility and Infeasibility in
Optimization", chapter 6: elastic programs).
"""

import numpy as np
import numpy.typing as npt
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from exchange.matching.coupling_rows import CouplingRows, build_rows, with_shared_places
from exchange.matching.limits import Network, build_network
from exchange.matching.problem import Problem
from exchange.matching.solution import LimitConflict

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

NODE_LIMIT = 20_000

WORDS = {
    "tier4_floor": "{low:.0f} contacts of tier 4 are asked for; {give:.0f} of them cannot be made.",
    "max_changes": "{give:.0f} more earlier placements have to be moved or lost than is allowed.",
    "stay": "Host {key} would need {give:.0f} more places on a day.",
    "host_nation_cap": "Host {key} would have {give:.0f} more students of one nation than allowed.",
    "host_language_cap": "Host {key} would have {give:.0f} more students of one native language "
    "than allowed.",
    "keep_together": "Students {students} cannot be kept together.",
    "keep_apart": "Students {students} cannot be kept apart.",
    "student_group_min": "Group {key} of students needs {give:.0f} more placements than it can "
    "get.",
    "student_group_max": "Group {key} of students has {give:.0f} more placements than allowed.",
    "host_group_min": "Group {key} of hosts needs {give:.0f} more placements than it can get.",
    "host_group_max": "Group {key} of hosts has {give:.0f} more placements than allowed.",
    "reciprocity_tolerance": "Nations {nations} host each other {give:.0f} more unevenly than "
    "allowed.",
    "isolation_guard": "In group {key} of hosts a student would be the only one of a nation.",
}


def find_broken(problem: Problem, *, seed: int) -> tuple[LimitConflict, ...]:
    """Name the smallest set of limits that must give, by how much and for whom.

    Parameters
    ----------
    problem : Problem
        Without contradicting pins, and without any answer that keeps all limits.
    seed : int

    Returns
    -------
    tuple of LimitConflict
        One for each limit that gives; facts hold the limit's rows and `gives`. Empty when an
        answer exists after all or none was found within the work allowed.
    """
    network = build_network(with_shared_places(problem), seed=seed)
    rows = build_rows(problem, network, implied=False)
    fewest = _least(network, rows, counted=True, most=None)
    if fewest is None:
        return ()
    broken = np.flatnonzero(fewest > 1e-6)
    gives = _least(network, rows, counted=False, most=broken)
    gives = fewest if gives is None else gives
    found: dict[tuple[str, int], float] = {}
    low: dict[tuple[str, int], float] = {}
    for row in np.flatnonzero(gives > 1e-6).tolist():
        place = (rows.name[row], int(rows.key[row]))
        found[place] = max(found.get(place, 0.0), float(gives[row]))
        low[place] = float(rows.low[row])
    return tuple(_conflict(problem, *place, found[place], low[place]) for place in sorted(found))


def _least(
    network: Network, rows: CouplingRows, *, counted: bool, most: IntArray | None
) -> FloatArray | None:
    """Break as few rows as possible, or (`most` given) those rows by as little as possible."""
    x, truths, count = network.n_edges, rows.n_truths, rows.low.size
    slack = sparse.eye_array(count, format="csr")
    none = sparse.csr_array((count, count))
    reach = float(network.n_students + np.abs(rows.low[np.isfinite(rows.low)]).max(initial=0.0))
    body = sparse.hstack([rows.matrix.tocsr(), slack, -slack, none], format="csr")
    ones, columns = np.ones(x), np.arange(x)
    width = x + truths + 3 * count

    def each(where: IntArray, size: int) -> sparse.csr_array:
        return sparse.csr_array((ones, (where, columns)), shape=(size, width))

    indicator = sparse.hstack(
        [sparse.csr_array((count, x + truths)), slack, slack, -reach * slack], format="csr"
    )
    free = np.ones(count) if most is None else np.isin(np.arange(count), most).astype(np.float64)
    goal = np.zeros(width)
    if counted:
        goal[-count:] = 1.0
    else:
        goal[x + truths : x + truths + 2 * count] = 1.0
    result = milp(
        goal,
        integrality=np.concatenate([np.ones(x + truths), np.zeros(2 * count), np.ones(count)]),
        bounds=Bounds(0.0, np.concatenate([np.ones(x + truths), np.full(2 * count, np.inf), free])),
        constraints=[
            LinearConstraint(each(network.edge_student, network.n_students), -np.inf, 1.0),
            LinearConstraint(each(network.edge_host, network.n_hosts), -np.inf, network.capacity),
            LinearConstraint(body, rows.low, rows.high),
            LinearConstraint(indicator, -np.inf, 0.0),
        ],
        options={"node_limit": NODE_LIMIT, "mip_rel_gap": 0.0},
    )
    if result.x is None or not np.isfinite(result.x).all():
        return None
    under, over = np.split(result.x[x + truths : x + truths + 2 * count], 2)
    return np.asarray(under + over)


def _conflict(problem: Problem, name: str, key: int, gives: float, low: float) -> LimitConflict:
    facts: dict[str, object] = {"limit": name, "gives": int(np.rint(gives))}
    if name in ("keep_together", "keep_apart"):
        pairs: IntArray = getattr(problem.couplings, name)
        facts["students"] = pairs[key].tolist()
    elif name == "reciprocity_tolerance":
        facts["nations"] = [key // problem.n_nations, key % problem.n_nations]
    elif name in ("tier4_floor", "max_changes"):
        facts["asked"] = getattr(problem.couplings, name)
    elif name.startswith("host_") and not name.startswith("host_group"):
        facts["host"] = key
    else:
        facts["host" if name == "stay" else "group"] = key
    text = WORDS[name].format(
        key=key,
        give=gives,
        low=low,
        students=facts.get("students"),
        nations=facts.get("nations"),
    )
    return LimitConflict(name, text, facts)
