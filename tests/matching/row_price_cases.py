"""Small problems with each limit that has a price, any prices, and their bound by plain loops.

`plain_bound` shares nothing with the package; its mistakes are the lies that the audit has to see.
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from exchange.errors import SolverError
from exchange.matching import Problem
from exchange.matching.audit_limits import check_limits
from exchange.matching.solution import RowPrices, StagePrices
from tests.matching.cohorts import all_answers, random_arrays

STUDENTS, HOSTS, NATIONS, LANGUAGES = 6, 5, 3, 2
LIMITS = (
    "tier4_floor",
    "max_changes",
    "previous",
    "reciprocity_tolerance",
    "standing_balance",
    "host_nation_cap",
    "host_language_cap",
    "student_group",
    "host_group",
    "stay",
)


def make_problem(seed: int, *names: str, pinned: bool = False, **more: Any) -> Problem:
    """Make a problem with some limits; a pin may break none of them by itself."""
    rng = np.random.default_rng(seed)
    shape = {"students": STUDENTS, "hosts": HOSTS, "nations": NATIONS, "density": 0.75}
    arrays = random_arrays(seed, **(shape | {k: more.pop(k) for k in list(more) if k in shape}))
    n, m = arrays["allowed"].shape
    tier = np.zeros((NATIONS, NATIONS), dtype=np.int64)
    tier[0, 1] = tier[1, 0] = 4
    arrival = rng.integers(0, 6, n)
    before = [rng.choice(np.append(np.flatnonzero(row), -1)) for row in arrays["allowed"]]
    previous = np.array(before, dtype=np.int64)
    given: dict[str, dict[str, Any]] = {
        "tier4_floor": {"tier": tier, "tier4_floor": 2},
        "max_changes": {
            "previous": previous,
            "max_changes": int((previous >= 0).sum()) * 2 // 3,
        },
        "previous": {"previous": previous},
        "reciprocity_tolerance": {"reciprocity_tolerance": 1},
        "standing_balance": {
            "reciprocity_tolerance": 1,
            "standing_balance": np.array(
                [[0, 1, rng.integers(-3, 4)], [1, 2, rng.integers(-3, 4)], [1, NATIONS, 5]]
            ),
        },
        "host_nation_cap": {"host_nation_cap": 1},
        "host_language_cap": {
            "host_language_cap": 1,
            "student_language": rng.integers(-1, LANGUAGES, n),
        },
        "student_group": {
            "student_group": rng.integers(-1, 2, n),
            "student_group_min": np.array([1, 0]),
            "student_group_max": np.array([2, 2]),
        },
        "host_group": {
            "host_group": rng.integers(-1, 2, m),
            "host_group_min": np.array([1, 1]),
            "host_group_max": np.array([3, 2]),
        },
        "stay": {"stay": np.column_stack([arrival, arrival + rng.integers(0, 5, n)])},
    }
    limits: dict[str, Any] = {}
    for name in names:
        limits |= given[name]
    open_pairs = [p for p in np.argwhere(arrays["allowed"]) if arrays["capacity"][p[1]] > 0]
    pin = np.array(open_pairs[:1]) if pinned and open_pairs else None
    return Problem.dense(**arrays, **limits, **({"fair_nations": False} | more), pin=pin)


def answers(problem: Problem) -> Iterator[np.ndarray]:
    """Walk through the answers that keep every limit, as the audit understands them."""
    crowded = problem
    if problem.couplings.stay is not None:
        crowded = replace(problem, capacity=problem.capacity * problem.n_students)
    for answer in all_answers(crowded):
        host = np.array(answer, dtype=np.int64)
        try:
            check_limits(problem, host)
        except SolverError:
            continue
        yield host


def any_prices(problem: Problem, seed: int, scale: float = 0.3) -> StagePrices:
    """Draw prices of all limits that are set."""
    rng = np.random.default_rng(seed)
    limits, nations, m = problem.couplings, problem.n_nations, problem.n_hosts

    def some(is_set: bool, *shape: int) -> Any:
        return rng.exponential(scale, shape) if is_set else None

    def signed(side: str) -> Any:
        least, most = (getattr(limits, f"{side}_group_{end}") for end in ("min", "max"))
        if least is None and most is None:
            return None
        low = 0.0 if least is None else -1.0
        size = (most if least is None else least).size
        return rng.uniform(low, 0.0 if most is None else 1.0, size) * scale

    days = 0 if limits.stay is None else np.unique(limits.stay[:, 0]).size
    reciprocity = None
    if limits.reciprocity_tolerance is not None:
        reciprocity = np.triu(rng.normal(0.0, scale, (nations, nations)), 1)
    language = limits.student_language
    rows = RowPrices(
        tier4_floor=0.0 if limits.tier4_floor is None else float(rng.exponential(scale)),
        kept=0.0 if limits.previous is None else float(rng.exponential(scale)),
        reciprocity=reciprocity,
        host_nation=some(limits.host_nation_cap is not None, m, nations),
        host_language=some(
            limits.host_language_cap is not None,
            m,
            0 if language is None else int(language.max(initial=0)) + 1,
        ),
        student_group=signed("student"),
        host_group=signed("host"),
        day=some(limits.stay is not None, m, days),
    )
    return StagePrices(
        pair=np.triu(rng.exponential(0.4, (nations, nations)), 1),
        host=rng.exponential(0.3, m),
        unplaced=rng.normal(0.0, 1.0, nations) if problem.fair_nations else np.zeros(nations),
        diversity=float(rng.exponential(1.0)),
        rows=rows,
    )


def plain_bound(
    problem: Problem,
    host: np.ndarray,
    prices: StagePrices,
    floor: float | None = None,
    *,
    wrong: str = "",
) -> float:
    """Compute the bound of prices by loops, with one mistake if asked."""
    rows = prices.rows or RowPrices()
    limits, nation, abroad = problem.couplings, problem.student_nation, problem.host_nation
    n, m = problem.n_students, problem.n_hosts
    quality = {
        (int(i), int(j)): float(q)
        for i, j, q in zip(
            problem.edge_student, problem.edge_host, problem.edge_quality, strict=True
        )
    }
    shut = {(int(i), int(j)) for i, j in problem.forbid}
    pinned = {int(i): int(j) for i, j in problem.pin}
    turns = 1 if limits.stay is None or wrong == "stay_places" else _longest(limits.stay.tolist())
    places = [int(c) * turns for c in problem.capacity]
    held = [sum(j == k for k in pinned.values()) for j in range(m)]
    days = [] if limits.stay is None else sorted({int(a) for a, _ in limits.stay})

    def price(i: int, j: int) -> float:
        a, b = int(nation[i]), int(abroad[j])
        value = float(prices.pair[min(a, b), max(a, b)] - prices.host[j])
        if floor is not None:
            value += quality[i, j]
        return value - {"left_out": 0.0, "twice": 2.0}.get(wrong, 1.0) * cost(i, j)

    def cost(i: int, j: int) -> float:
        a, b = int(nation[i]), int(abroad[j])
        paid = 0.0
        if problem.tier is not None and problem.tier[a, b] == 4:
            paid -= rows.tier4_floor
        if limits.previous is not None and limits.previous[i] == j:
            paid -= rows.kept
        if rows.reciprocity is not None:
            back = 1.0 if a < b or wrong == "one_way" else -1.0
            paid += back * rows.reciprocity[min(a, b), max(a, b)]
        if rows.host_nation is not None:
            paid += rows.host_nation[j, a]
        if rows.host_language is not None and limits.student_language[i] >= 0:
            paid += rows.host_language[j, limits.student_language[i]]
        if rows.student_group is not None and limits.student_group[i] >= 0:
            paid += rows.student_group[limits.student_group[i]]
        if rows.host_group is not None and limits.host_group[j] >= 0:
            paid += rows.host_group[limits.host_group[j]]
        if rows.day is not None:
            first, last = limits.stay[i]
            paid += sum(rows.day[j, t] for t, day in enumerate(days) if first <= day <= last)
        return float(paid)

    open_pairs = [
        (i, j)
        for i, j in itertools.product(range(n), range(m))
        if (i, j) in quality
        and quality[i, j] >= np.float32(problem.min_quality)
        and (i, j) not in shut
        and i not in pinned
        and places[j] > held[j]
    ]
    waiting = [int((nation[host < 0] == a).sum()) for a in range(problem.n_nations)]
    total = 0.0
    for i in range(n):
        if i in pinned:
            total += price(i, pinned[i])
            continue
        values = [price(i, j) for k, j in open_pairs if k == i]
        if waiting[nation[i]] if problem.fair_nations else sum(waiting):
            values.append(-float(prices.unplaced[nation[i]]))
        total += max(values, default=-math.inf)
    total += sum(c * v for c, v in zip(places, prices.host.tolist(), strict=True))
    total += sum(w * u for w, u in zip(waiting, prices.unplaced.tolist(), strict=True))
    scale = 1.0 if floor is None else prices.diversity
    for a, b in itertools.combinations(range(problem.n_nations), 2):
        met = [(i, j) for i, j in open_pairs if {int(nation[i]), int(abroad[j])} == {a, b}]
        most = min(len({i for i, _ in met}), sum(places[j] - held[j] for j in {j for _, j in met}))
        least = sum({int(nation[i]), int(abroad[j])} == {a, b} for i, j in pinned.items())
        root, each = scale * math.sqrt(problem.pair_weight[a, b]), float(prices.pair[a, b])
        total += max(root * math.sqrt(k) - each * k for k in range(least, least + most + 1))
    if floor is not None:
        total -= prices.diversity * floor * (1.0 - 1e-9)
    return total + _ends(
        problem, host, rows, tighter=1 if wrong == "off_by_one" else 0, wrong=wrong
    )


def _ends(
    problem: Problem, host: np.ndarray, rows: RowPrices, *, tighter: int, wrong: str
) -> float:
    """Multiply every price by the end of its limit, or by one that is tighter by one."""
    limits = problem.couplings
    total = 0.0
    if limits.tier4_floor is not None:
        total -= rows.tier4_floor * (limits.tier4_floor + tighter)
    if limits.previous is not None:
        kept = int((limits.previous[host >= 0] == host[host >= 0]).sum())
        if limits.max_changes is not None:
            kept = int((limits.previous >= 0).sum()) - limits.max_changes
        total -= rows.kept * (kept + tighter)
    if rows.reciprocity is not None:
        standing = [] if limits.standing_balance is None else limits.standing_balance.tolist()
        before = {} if wrong == "no_balance" else {(a, b): count for a, b, count in standing}
        for a, b in itertools.combinations(range(problem.n_nations), 2):
            one = float(rows.reciprocity[a, b])
            # Seen from the nation that would send more.
            sent = before.get((a, b), 0) * (1 if one > 0 else -1)
            total += abs(one) * (max(limits.reciprocity_tolerance, sent) - sent - tighter)
    if rows.host_nation is not None:
        total += float(rows.host_nation.sum()) * (limits.host_nation_cap - tighter)
    if rows.host_language is not None:
        total += float(rows.host_language.sum()) * (limits.host_language_cap - tighter)
    if rows.day is not None:
        total += sum(
            (int(c) - tighter) * float(p)
            for c, day in zip(problem.capacity, rows.day, strict=True)
            for p in day
        )
    for side in ("student", "host"):
        price = getattr(rows, f"{side}_group")
        for g, one in enumerate([] if price is None else price.tolist()):
            end = "max" if one > 0 else "min"
            amount = int(getattr(limits, f"{side}_group_{end}")[g])
            total += one * (amount - tighter if one > 0 else amount + tighter)
    return total


def _longest(stays: list[list[int]]) -> int:
    """Count the most stays, one after another, by trying every set of them."""
    for size in range(len(stays), 1, -1):
        for some in itertools.combinations(sorted(stays), size):
            if all(one[1] < other[0] for one, other in itertools.pairwise(some)):
                return size
    return 1
