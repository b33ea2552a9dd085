"""An independent check of an answer: every limit, every number, every order of bounds.

It shares no code with the finding: it reads the problem alone, by plain loops over the placed
and walks of its own. An answer that fails is never shown.
"""

import math
from collections import deque

import numpy as np
import numpy.typing as npt

from exchange.errors import SolverError
from exchange.matching.problem import Problem
from exchange.matching.solution import Solution, Status

IntArray = npt.NDArray[np.int64]

SAME = 1e-9
"""Relative difference up to which two ways of adding the same numbers may differ."""


def audit(problem: Problem, solution: Solution) -> None:
    """Refuse an answer that breaks a limit or misreports a number.

    Parameters
    ----------
    problem : Problem
    solution : Solution

    Raises
    ------
    SolverError
        With `check` and the numbers that disagree among its facts.
    """
    host = _check_shape(problem, solution)
    if solution.status in (Status.INFEASIBLE, Status.NO_ANSWER):
        _check_no_answer(solution, host)
        return
    _require(not solution.conflicts, "status", "An answer was given beside conflicts.")
    _check_limits(problem, host)
    _check_numbers(problem, solution, host)
    _check_bounds(solution)
    _check_coverage(problem, solution, host)


def _require(holds: bool, check: str, message: str, **facts: object) -> None:
    if not holds:
        raise SolverError(f"The answer failed its audit: {message}", check=check, **facts)


def _check_shape(problem: Problem, solution: Solution) -> IntArray:
    host = solution.host
    _require(isinstance(host, np.ndarray), "host", "host is not an array.")
    _require(host.dtype == np.int64, "host", "host is not int64.", found=str(host.dtype))
    right = host.shape == (problem.student_nation.size,)
    _require(right, "host", "host has the wrong shape.", found=host.shape)
    outside = (host < -1) | (host >= problem.host_nation.size)
    _require(not outside.any(), "host", "host is out of range.", rows=_rows(outside))
    return host


def _check_no_answer(solution: Solution, host: IntArray) -> None:
    _require(bool((host == -1).all()), "status", "somebody is placed without an answer.")
    named = bool(solution.conflicts) == (solution.status is Status.INFEASIBLE)
    _require(named, "status", "infeasible must name its conflicts, and nothing else may.")
    _require(solution.M == 0, "M", "M is not 0 without an answer.", found=solution.M)


def _rows(mask: npt.NDArray[np.bool_]) -> list[int]:
    return [int(row) for row in np.flatnonzero(mask)[:10]]


def _codes(problem: Problem, student: IntArray, host: IntArray) -> IntArray:
    return student * max(problem.host_nation.size, 1) + host


def _usable(problem: Problem) -> npt.NDArray[np.bool_]:
    """Say of each edge whether forbids and minimum quality leave it open."""
    shut = _codes(problem, problem.forbid[:, 0], problem.forbid[:, 1])
    student = problem.edge_student
    known = _codes(problem, student, problem.edge_host.astype(np.int64))
    return (problem.edge_quality >= np.float32(problem.min_quality)) & ~np.isin(known, shut)


def _qualities(problem: Problem, host: IntArray) -> dict[tuple[int, int], tuple[float, bool]]:
    """Map each placed pair that is an edge to its quality and whether it is usable."""
    placed = np.flatnonzero(host >= 0)
    student = problem.edge_student
    known = _codes(problem, student, problem.edge_host.astype(np.int64))
    rows = np.flatnonzero(np.isin(known, _codes(problem, placed, host[placed])))
    return {
        (int(student[e]), int(problem.edge_host[e])): (
            float(problem.edge_quality[e]),
            bool(ok),
        )
        for e, ok in zip(rows, _usable(problem)[rows], strict=True)
    }


def _check_limits(problem: Problem, host: IntArray) -> None:
    placed = [(i, j) for i, j in enumerate(host.tolist()) if j >= 0]
    used = [0] * problem.host_nation.size
    for _, j in placed:
        used[j] += 1
    over = [j for j, count in enumerate(used) if count > problem.capacity[j]]
    _require(not over, "capacity", "a host has more students than places.", hosts=over[:10])
    home = [i for i, j in placed if problem.student_nation[i] == problem.host_nation[j]]
    _require(not home, "nation", "a student stays in the own nation.", students=home[:10])
    shut = {(int(i), int(j)) for i, j in problem.forbid}
    broken = [pair for pair in placed if pair in shut]
    _require(not broken, "forbid", "a forbidden pair is placed.", pairs=broken[:10])
    known = _qualities(problem, host)
    strange = [pair for pair in placed if pair not in known]
    _require(not strange, "allowed", "a pair that is not allowed is placed.", pairs=strange[:10])
    low = [pair for pair in placed if not known[pair][1]]
    _require(not low, "min_quality", "a pair is below the minimum quality.", pairs=low[:10])
    missed = [(int(i), int(j)) for i, j in problem.pin if host[i] != j]
    _require(not missed, "pin", "a pin is not kept.", pairs=missed[:10])


def _check_numbers(problem: Problem, solution: Solution, host: IntArray) -> None:
    quality = _qualities(problem, host)
    counts: dict[tuple[int, int], int] = {}
    fit = []
    for i, j in enumerate(host.tolist()):
        if j >= 0:
            a, b = int(problem.student_nation[i]), int(problem.host_nation[j])
            pair = (a, b) if a < b else (b, a)
            counts[pair] = counts.get(pair, 0) + 1
            fit.append(quality[i, j][0])
    placed = len(fit)
    diversity = math.fsum(
        math.sqrt(float(problem.pair_weight[pair]) * count) for pair, count in counts.items()
    )
    effective = diversity**2 / placed if placed else 0.0
    _require(solution.M == placed, "M", "M is misreported.", found=solution.M, true=placed)
    for name, true in (("S", diversity), ("D", effective), ("Q", math.fsum(fit))):
        found = getattr(solution, name)
        _require(_same(found, true), name, f"{name} is misreported.", found=found, true=true)
    bound = solution.S_bound**2 / placed if placed else 0.0
    _require(
        _same(solution.D_bound, bound),
        "D_bound",
        "D_bound is misreported.",
        found=solution.D_bound,
        true=bound,
    )


def _same(found: float, true: float) -> bool:
    return math.isfinite(found) and abs(found - true) <= SAME * max(1.0, abs(true))


def _check_bounds(solution: Solution) -> None:
    numbers = ("S_found", "S_bound", "S_floor", "S", "Q", "Q_bound")
    for name in numbers:
        _require(math.isfinite(getattr(solution, name)), name, f"{name} is not a number.")
    slack = 1.0 + SAME
    s = solution
    for check, less, more in (
        ("S_bound", s.S_found, s.S_bound),
        ("S_bound", s.S, s.S_bound),
        ("S_floor", s.S_floor, s.S),
        ("Q_bound", s.Q, s.Q_bound),
        ("M_bound", s.M, s.M_bound),
    ):
        _require(
            less <= more * slack + 1e-12,
            check,
            "numbers are out of order.",
            less=less,
            more=more,
        )
    floor = (1.0 - s.epsilon) * s.S_found
    _require(
        _same(s.S_floor, floor),
        "S_floor",
        "S_floor does not follow from epsilon.",
        found=s.S_floor,
        true=floor,
    )
    if s.status is Status.OPTIMAL:
        proven = s.gap <= 1e-6 + SAME and s.fit_gap <= 1e-6 + SAME
        _require(proven, "status", "optimal is claimed with a gap.", gap=s.gap, fit=s.fit_gap)


def _check_coverage(problem: Problem, solution: Solution, host: IntArray) -> None:
    """Prove by alternating walks that nobody more, and no nation more evenly, could be placed.

    A matching is largest when no walk leads from a free student to a free place (Berge 1957);
    a reachable vector of places by nation is leximin when no single exchange improves it, since
    the reachable vectors are the bases of a polymatroid.
    """
    _require(
        solution.M_bound == solution.M,
        "M_bound",
        "M_bound differs from M.",
        found=solution.M_bound,
        true=solution.M,
    )
    walks = _Walks(problem, host)
    nations = problem.pair_weight.shape[0]
    everybody = np.bincount(problem.student_nation, minlength=nations)
    placed = np.bincount(problem.student_nation[host >= 0], minlength=nations)
    free = ~walks.pinned & (host < 0)
    for nation in np.unique(problem.student_nation[free]).tolist():
        starts = np.flatnonzero(free & (problem.student_nation == nation))
        spare, swapped = walks.reach(starts.tolist())
        _require(not spare, "M", "one more student could be placed.", nation=nation)
        if not problem.fair_nations:
            continue
        for other in sorted(swapped - {nation}):
            gain = (placed[nation] / everybody[nation], int(everybody[nation]))
            loss = ((placed[other] - 1) / everybody[other], int(everybody[other]))
            _require(
                gain >= loss,
                "fair_nations",
                "a nation has too few places.",
                nation=nation,
                other=other,
            )


class _Walks:
    """Alternating walks over the usable pairs that are not pinned."""

    def __init__(self, problem: Problem, host: IntArray) -> None:
        self.pinned = np.zeros(host.size, dtype=bool)
        self.pinned[problem.pin[:, 0]] = True
        self._nation = problem.student_nation
        usable = _usable(problem)
        student = problem.edge_student[usable]
        self._host = problem.edge_host[usable].astype(np.int64)
        self._first = np.searchsorted(student, np.arange(host.size + 1)).tolist()
        self._guests: list[list[int]] = [[] for _ in range(problem.host_nation.size)]
        used = np.zeros(problem.host_nation.size, dtype=np.int64)
        for i, j in enumerate(host.tolist()):
            if j >= 0:
                used[j] += 1
                if not self.pinned[i]:
                    self._guests[j].append(i)
        self._spare = used < problem.capacity

    def reach(self, starts: list[int]) -> tuple[bool, set[int]]:
        """Say whether a free place is reached, and whose students could be displaced."""
        seen_hosts: set[int] = set()
        seen, queue = set(starts), deque(starts)
        spare, nations = False, set()
        while queue:
            i = queue.popleft()
            for j in self._host[self._first[i] : self._first[i + 1]].tolist():
                if j in seen_hosts:
                    continue
                seen_hosts.add(j)
                spare = spare or bool(self._spare[j])
                for guest in self._guests[j]:
                    nations.add(int(self._nation[guest]))
                    if guest not in seen:
                        seen.add(guest)
                        queue.append(guest)
        return spare, nations
