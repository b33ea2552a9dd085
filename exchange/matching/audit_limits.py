"""Every limit of the problem, recomputed for one answer by plain counting."""

from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_couplings import (
    check_apart,
    check_changes,
    check_contacts,
    check_group_counts,
    check_isolation,
    check_label_cap,
    check_stays,
    check_together,
)
from exchange.matching.audit_coverage import LabelCap
from exchange.matching.audit_finding import edge_of, first_pairs, first_rows, require
from exchange.matching.problem import Problem

IntArray = npt.NDArray[np.int64]

COUPLING = (
    "max_changes",
    "stay",
    "keep_together",
    "keep_apart",
    "student_group_min",
    "student_group_max",
    "host_group_min",
    "host_group_max",
    "reciprocity_tolerance",
    "isolation_guard",
)
"""Limits that join several pairs; a cap by nation or language at one host does not by itself."""


def check_limits(problem: Problem, host: IntArray) -> None:
    """Refuse an answer that breaks a limit.

    Parameters
    ----------
    problem : Problem
    host : (n,) int64
        In range; −1 when unplaced.

    Raises
    ------
    SolverError
        With the limit's name as `check`, and whom it concerns.
    """
    if given(problem, "stay") is None:
        _check_places(problem, host)
    _check_pairs(problem, host)
    _check_couplings(problem, host)


def given(problem: Problem, name: str) -> Any:
    """Return a limit by its name in the file contract; None where the problem does not set it."""
    return getattr(problem.couplings, name)


def couples_pairs(problem: Problem) -> bool:
    """Say whether a limit is in force that no network can carry, so that no walk proves M."""
    caps = [given(problem, name) is not None for name in ("host_nation_cap", "host_language_cap")]
    floor = given(problem, "tier4_floor")
    return all(caps) or bool(floor) or any(_is_set(given(problem, name)) for name in COUPLING)


def _is_set(limit: Any) -> bool:
    if isinstance(limit, np.ndarray):
        return bool(limit.size)
    return limit is not None and limit is not False


def label_cap(problem: Problem) -> LabelCap | None:
    """Return the one cap on labels at a host, if there is one."""
    if (cap := given(problem, "host_nation_cap")) is not None:
        return LabelCap(problem.student_nation, cap)
    if (cap := given(problem, "host_language_cap")) is not None:
        language: IntArray = given(problem, "student_language")
        # Who has no language shares none with anybody.
        own = int(language.max(initial=0)) + 1 + np.arange(language.size)
        return LabelCap(np.where(language < 0, own, language), cap)
    return None


def _check_couplings(problem: Problem, host: IntArray) -> None:
    limit = partial(given, problem)
    placed = np.flatnonzero(host >= 0)
    where = host[placed]
    own_area = np.full(problem.n_hosts, -1, dtype=np.int64)
    if (stay := limit("stay")) is not None:
        check_stays(host, stay, problem.capacity)
    if (cap := limit("host_nation_cap")) is not None:
        check_label_cap(host, problem.student_nation, cap, check="host_nation_cap")
    if (cap := limit("host_language_cap")) is not None:
        check_label_cap(host, limit("student_language"), cap, check="host_language_cap")
    if (most := limit("max_changes")) is not None:
        check_changes(host, limit("previous"), most)
    if (pairs := limit("keep_apart")) is not None:
        check_apart(host, pairs)
    if (pairs := limit("keep_together")) is not None:
        group = limit("host_group")
        check_together(host, pairs, own_area if group is None else group)
    for side, at in (("student", placed), ("host", where)):
        least, most = limit(f"{side}_group_min"), limit(f"{side}_group_max")
        if least is not None or most is not None:
            check_group_counts(limit(f"{side}_group")[at], least, most, check=f"{side}_group")
    if limit("isolation_guard"):
        group = limit("host_group")
        area = np.arange(problem.n_hosts) if group is None else group
        check_isolation(problem.student_nation[placed], area[where])
    contacts = np.zeros((problem.n_nations, problem.n_nations), dtype=np.int64)
    np.add.at(contacts, (problem.student_nation[placed], problem.host_nation[where]), 1)
    check_contacts(
        contacts,
        tier=problem.tier,
        tier4_floor=limit("tier4_floor"),
        reciprocity_tolerance=limit("reciprocity_tolerance"),
        standing_balance=limit("standing_balance"),
    )


def _check_places(problem: Problem, host: IntArray) -> None:
    used = np.bincount(host[host >= 0], minlength=problem.n_hosts)
    over = used > problem.capacity
    require(
        not over.any(), "capacity", "a host has more students than places.", hosts=first_rows(over)
    )


def _check_pairs(problem: Problem, host: IntArray) -> None:
    student = np.flatnonzero(host >= 0)
    where = host[student]
    home = problem.student_nation[student] == problem.host_nation[where]
    require(
        not home.any(),
        "nation",
        "a student stays in the own nation.",
        pairs=first_pairs(student, where, home),
    )
    shut = host[problem.forbid[:, 0]] == problem.forbid[:, 1]
    require(
        not shut.any(),
        "forbid",
        "a forbidden pair is placed.",
        pairs=problem.forbid[shut][:10].tolist(),
    )
    edge = edge_of(problem, student, where)
    strange = edge < 0
    require(
        not strange.any(),
        "allowed",
        "a pair that is not allowed is placed.",
        pairs=first_pairs(student, where, strange),
    )
    low = problem.edge_quality[edge] < np.float32(problem.min_quality)
    require(
        not low.any(),
        "min_quality",
        "a pair is below the minimum quality.",
        pairs=first_pairs(student, where, low),
    )
    missed = host[problem.pin[:, 0]] != problem.pin[:, 1]
    require(not missed.any(), "pin", "a pin is not kept.", pairs=problem.pin[missed][:10].tolist())
