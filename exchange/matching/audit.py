"""An independent check of an answer: every limit, every number, every order of bounds.

It shares no code with the finding: it reads the problem alone, counts by itself and walks by
itself (`audit_limits`, `audit_coverage`, `audit_prices`). An answer that fails is never shown. It
is quick enough to run on every answer: no array of eight bytes an edge is made, and no loop of
Python goes over edges or people.
"""

import math

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_coverage import check_coverage
from exchange.matching.audit_finding import SAME, edge_of, first_rows, require
from exchange.matching.audit_limits import check_limits, couples_pairs, label_cap
from exchange.matching.audit_prices import check_prices
from exchange.matching.problem import Problem
from exchange.matching.solution import Certificate, Solution, Status

IntArray = npt.NDArray[np.int64]

PROVEN_GAP = 1e-6
"""Relative gap up to which a stage may be called optimal."""


def audit(problem: Problem, solution: Solution, certificate: Certificate | None = None) -> None:
    """Refuse an answer that breaks a limit or misreports a number.

    Parameters
    ----------
    problem : Problem
    solution : Solution
    certificate : Certificate, optional
        The prices behind the bounds, in place of those that the solution brings: the bounds are
        recomputed from them.

    Raises
    ------
    SolverError
        With `check` and the numbers that disagree among its facts.
    """
    host = _check_shape(problem, solution)
    if solution.status in (Status.INFEASIBLE, Status.NO_ANSWER):
        _check_no_answer(solution, host)
        return
    require(not solution.conflicts, "status", "An answer was given beside conflicts.")
    check_limits(problem, host)
    _check_numbers(problem, solution, host)
    _check_bounds(problem, solution)
    _check_most(problem, solution, host)
    check_prices(problem, solution, certificate or solution.certificate)
    _check_first(problem, solution)


def _check_most(problem: Problem, solution: Solution, host: IntArray) -> None:
    """Prove M by walks where every limit is one of a network; else it may stay open."""
    if not couples_pairs(problem):
        require(
            solution.M_bound == solution.M,
            "M_bound",
            "M_bound differs from M.",
            found=solution.M_bound,
            true=solution.M,
        )
        check_coverage(problem, host, fair=problem.fair_nations, capped=label_cap(problem))
    elif solution.status is Status.OPTIMAL:
        proven = solution.M_bound == solution.M
        require(proven, "status", "optimal is claimed, and more could be placed.")


def _check_first(problem: Problem, solution: Solution) -> None:
    """Check that the answer of the diversity stage keeps every limit and reaches S_found."""
    first = solution.first
    if first is None:
        return
    fits = first.dtype == np.int64 and first.shape == (problem.n_students,)
    require(fits, "first", "first is not a host for each student.")
    inside = bool(((first >= -1) & (first < problem.n_hosts)).all())
    require(inside, "first", "first is out of range.")
    check_limits(problem, first)
    if problem.couplings.inside_host_weight:
        return
    student = np.flatnonzero(first >= 0)
    counts = np.zeros((problem.n_nations, problem.n_nations), dtype=np.int64)
    ends = problem.student_nation[student], problem.host_nation[first[student]]
    np.add.at(counts, ends, 1)
    reached = math.fsum(
        np.sqrt(problem.pair_weight * np.triu(counts + counts.T, 1)).ravel().tolist()
    )
    found = solution.S_found
    require(_same(found, reached), "S_found", "S_found is misreported.", found=found, true=reached)


def _check_shape(problem: Problem, solution: Solution) -> IntArray:
    host = solution.host
    require(isinstance(host, np.ndarray), "host", "host is not an array.")
    require(host.dtype == np.int64, "host", "host is not int64.", found=str(host.dtype))
    right = host.shape == (problem.n_students,)
    require(right, "host", "host has the wrong shape.", found=host.shape)
    outside = (host < -1) | (host >= problem.n_hosts)
    require(not outside.any(), "host", "host is out of range.", rows=first_rows(outside))
    return host


def _check_no_answer(solution: Solution, host: IntArray) -> None:
    require(bool((host == -1).all()), "status", "somebody is placed without an answer.")
    named = bool(solution.conflicts) == (solution.status is Status.INFEASIBLE)
    require(named, "status", "infeasible must name its conflicts, and nothing else may.")
    require(solution.M == 0, "M", "M is not 0 without an answer.", found=solution.M)


def _check_numbers(problem: Problem, solution: Solution, host: IntArray) -> None:
    student = np.flatnonzero(host >= 0)
    where = host[student]
    placed = int(student.size)
    quality = problem.edge_quality[edge_of(problem, student, where)].astype(np.float64)
    from_nation, to_nation = problem.student_nation[student], problem.host_nation[where]
    counts = np.zeros((problem.n_nations, problem.n_nations), dtype=np.int64)
    np.add.at(counts, (from_nation, to_nation), 1)
    contacts = np.triu(counts + counts.T, 1)
    diversity = math.fsum(np.sqrt(problem.pair_weight * contacts).ravel().tolist())
    effective = diversity**2 / placed if placed else 0.0
    require(solution.M == placed, "M", "M is misreported.", found=solution.M, true=placed)
    numbers = [("S", diversity), ("D", effective), ("Q", math.fsum(quality.tolist()))]
    if problem.couplings.inside_host_weight:
        numbers.append(("inside", _mix_inside(problem, student, where)))
        require(solution.D_bound >= effective, "D_bound", "D_bound is below D.")
    else:
        numbers.append(("D_bound", solution.S_bound**2 / placed if placed else 0.0))
    for name, true in numbers:
        found = getattr(solution, name)
        require(found is not None, name, f"{name} is missing.")
        require(_same(found, true), name, f"{name} is misreported.", found=found, true=true)


def _mix_inside(problem: Problem, student: IntArray, where: IntArray) -> float:
    """Sum √n over the nations at every host of three places and more."""
    wide = problem.capacity[where] > 2
    cell = np.sort(where[wide] * problem.n_nations + problem.student_nation[student[wide]])
    ends = np.flatnonzero(np.diff(np.append(cell, -1)))
    return math.fsum(np.sqrt(np.diff(ends, prepend=-1)).tolist())


def _same(found: float, true: float) -> bool:
    return math.isfinite(found) and abs(found - true) <= SAME * max(1.0, abs(true))


def _check_bounds(problem: Problem, solution: Solution) -> None:
    for name in ("S_found", "S_bound", "S_floor", "S", "Q", "Q_bound"):
        require(math.isfinite(getattr(solution, name)), name, f"{name} is not a number.")
    s = solution
    weight = problem.couplings.inside_host_weight
    reached = s.S + weight * (s.inside or 0.0) if weight else s.S
    for check, less, more in (
        ("S_bound", s.S_found, s.S_bound),
        ("S_bound", reached, s.S_bound),
        ("S_floor", s.S_floor, reached),
        ("Q_bound", s.Q, s.Q_bound),
        ("M_bound", s.M, s.M_bound),
    ):
        in_order = less <= more * (1.0 + SAME) + 1e-12
        require(in_order, check, "numbers are out of order.", less=less, more=more)
    floor = (1.0 - s.epsilon) * s.S_found
    require(
        _same(s.S_floor, floor),
        "S_floor",
        "S_floor does not follow from epsilon.",
        found=s.S_floor,
        true=floor,
    )
    if s.status is Status.OPTIMAL:
        proven = max(s.gap, s.fit_gap) <= PROVEN_GAP + SAME
        require(proven, "status", "optimal is claimed with a gap.", gap=s.gap, fit=s.fit_gap)
