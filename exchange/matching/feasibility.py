"""Limits that contradict each other. A contradiction is an answer, not an exception."""

import numpy as np

from exchange.matching.measures import find_edges
from exchange.matching.problem import Problem
from exchange.matching.solution import LimitConflict


def find_conflicts(problem: Problem) -> tuple[LimitConflict, ...]:
    """Name every pin that cannot hold together with another limit.

    Parameters
    ----------
    problem : Problem

    Returns
    -------
    tuple of LimitConflict
        Empty when the limits can hold together. Codes: `pin_forbidden`, `pin_not_allowed`,
        `pin_below_min_quality`, `pin_twice`, `pin_over_capacity`. Facts hold row numbers.
    """
    found: list[LimitConflict] = []
    forbidden = {(int(i), int(j)) for i, j in problem.forbid}
    edges = find_edges(problem, problem.pin[:, 0], problem.pin[:, 1])
    for (student, host), edge in zip(problem.pin.tolist(), edges.tolist(), strict=True):
        facts: dict[str, object] = {"student": student, "host": host}
        if (student, host) in forbidden:
            text = f"Student {student} is pinned to host {host} and forbidden to go there."
            found.append(LimitConflict("pin_forbidden", text, facts))
        if edge < 0:
            text = f"Student {student} is pinned to host {host}, which no hard rule allows."
            found.append(LimitConflict("pin_not_allowed", text, facts))
        elif problem.edge_quality[edge] < np.float32(problem.min_quality):
            quality = float(problem.edge_quality[edge])
            text = (
                f"Student {student} is pinned to host {host}, whose quality {quality:.4f} is below "
                f"the minimum {problem.min_quality:.4f}."
            )
            more = {"quality": quality, "min_quality": problem.min_quality}
            found.append(LimitConflict("pin_below_min_quality", text, facts | more))
    found += _pinned_twice(problem)
    found += _over_capacity(problem)
    return tuple(found)


def _pinned_twice(problem: Problem) -> list[LimitConflict]:
    students, times = np.unique(problem.pin[:, 0], return_counts=True)
    found = []
    for student in students[times > 1].tolist():
        hosts = problem.pin[problem.pin[:, 0] == student, 1].tolist()
        text = f"Student {student} is pinned to {len(hosts)} hosts; one is possible."
        found.append(LimitConflict("pin_twice", text, {"student": student, "hosts": hosts}))
    return found


def _over_capacity(problem: Problem) -> list[LimitConflict]:
    hosts, wanted = np.unique(problem.pin[:, 1], return_counts=True)
    found = []
    for host, count in zip(hosts.tolist(), wanted.tolist(), strict=True):
        places = int(problem.capacity[host])
        if count > places:
            students = problem.pin[problem.pin[:, 1] == host, 0].tolist()
            text = f"{count} students are pinned to host {host}, which has {places} places."
            facts = {"host": host, "students": students, "places": places}
            found.append(LimitConflict("pin_over_capacity", text, facts))
    return found
