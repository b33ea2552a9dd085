"""Why a pair was made, and why another was not: terms, rules and costs in plain sentences."""

from typing import NamedTuple

import numpy as np

from exchange.domain.eligibility import GATE_TEXTS
from exchange.errors import NotFound
from exchange.formulation.encode import Encoded
from exchange.formulation.explain import FORBIDDEN, pair_terms
from exchange.matching import Solution, measures
from exchange.matching.counterfactual import (
    Loss,
    Obstacle,
    PairLoss,
    find_obstacle,
    gained_by,
    price_pair,
)
from exchange.matching.pinned_search import search_pinned

NOT_LOOKED_AT = "not_looked_at"
"""The rules allow the pair; it was not among those generated for a cohort of this size."""
COVERAGE = "coverage"
"""Having the pair costs somebody, or another nation, a place."""

_OBSTACLES = {
    Obstacle.FORBIDDEN: (FORBIDDEN, "The rules of this run forbid the pair."),
    Obstacle.BELOW_MIN_QUALITY: ("below_min_quality", "The fit is below the minimum."),
    Obstacle.NO_PLACES: ("no_places", "The host offers no place."),
    Obstacle.PINNED_ELSEWHERE: ("pinned_elsewhere", "The student is pinned to another host."),
    Obstacle.HELD_BY_PINS: ("held_by_pins", "Pins hold every place of the host."),
}


class WhyPair(NamedTuple):
    """What speaks for a placement.

    Attributes
    ----------
    terms : dict of str to float
        Each term of the fit, in [0, 1].
    adds : float
        What the placement adds to S: S minus S without it.
    text : str
    """

    terms: dict[str, float]
    adds: float
    text: str


class WhyNot(NamedTuple):
    """What speaks against a pair that was not made.

    Attributes
    ----------
    codes : tuple of str
        Rules that rule it out; `COVERAGE` where it costs a place; empty where it only costs S or Q.
    cost : PairLoss or None
        None where a rule or coverage speaks against it.
    text : str
    """

    codes: tuple[str, ...]
    cost: PairLoss | None
    text: str


def why_pair(solution: Solution, encoded: Encoded, student_id: str) -> WhyPair:
    """Say what speaks for the placement of a student.

    Raises
    ------
    NotFound
        When the student is not in the match or has no place.
    """
    row = encoded.index.student_rows.get(student_id)
    if row is None or solution.host[row] < 0:
        raise NotFound("This student has no place in this match; check the id.")
    problem, host = encoded.problem, encoded.hosts[int(solution.host[row])]
    terms = pair_terms(encoded, student_id, host.id)
    adds = gained_by(problem, solution.host, row)
    ends = sorted((problem.student_nation[row], problem.host_nation[solution.host[row]]))
    met = int(measures.pair_counts(problem, solution.host)[ends[0], ends[1]])
    nations = "-".join(sorted((encoded.students[row].nation, host.nation)))
    contact = (
        f"It is the only contact of {nations}"
        if met == 1
        else f"{nations} meet {met} times; without this placement it would be {met - 1}"
    )
    best = sorted(terms, key=lambda name: (-terms[name], name))
    listed = ", ".join(f"{name} {terms[name]:.2f}" for name in best)
    fit = f" Fit, term by term: {listed}." if terms else ""
    text = f"{contact}, which adds {adds:.3f} to the diversity sum.{fit}"
    return WhyPair(terms, adds, text)


def why_not(solution: Solution, encoded: Encoded, student_id: str, host_id: str) -> WhyNot:
    """Say at once why a student is not at a host.

    Parameters
    ----------
    solution : Solution
        With an answer.
    encoded : Encoded
    student_id, host_id : str

    Returns
    -------
    WhyNot
        The cost is what the stored prices and one exchange of places say.

    Raises
    ------
    NotFound
        When the student or the host is not in the snapshot.
    """
    row, column = _rows(encoded, student_id, host_id)
    ruled_out = _rules_against(encoded, row, column)
    if ruled_out is not None:
        return ruled_out
    cost = price_pair(encoded.problem, solution, row, column)
    return WhyNot((), cost, _cost_text(cost, solution))


def why_not_by_search(
    solution: Solution, encoded: Encoded, student_id: str, host_id: str
) -> WhyNot:
    """Say the same as `why_not`, from a search with the pair fixed: closer, in a second or two."""
    row, column = _rows(encoded, student_id, host_id)
    ruled_out = _rules_against(encoded, row, column)
    if ruled_out is not None:
        return ruled_out
    pinned = search_pinned(encoded.problem, solution, row, column)
    if pinned.loss is None:
        lost = pinned.places_lost
        who = f"{lost} student{'' if lost == 1 else 's'} more would have no place"
        text = f"Then {who}." if lost > 0 else "Then a nation would have a place less than is even."
        return WhyNot((COVERAGE,), None, text)
    return WhyNot((), pinned.loss, _cost_text(pinned.loss, solution))


def _rows(encoded: Encoded, student_id: str, host_id: str) -> tuple[int, int]:
    row = encoded.index.student_rows.get(student_id)
    column = encoded.index.host_rows.get(host_id)
    if row is None or column is None:
        raise NotFound("There is no such student or host in this match; check the ids.")
    return row, column


def _rules_against(encoded: Encoded, row: int, column: int) -> WhyNot | None:
    closed = encoded.scorer.among(np.array([column])).closed_by_gate(slice(row, row + 1))
    gates = [gate for gate, shut in closed.items() if shut[0, 0]]
    if gates:
        text = " ".join(GATE_TEXTS[gate] for gate in gates)
        return WhyNot(tuple(gate.value for gate in gates), None, text)
    obstacle = find_obstacle(encoded.problem, row, column)
    if obstacle is None:
        return None
    if obstacle is Obstacle.NOT_ALLOWED:
        text = "The rules allow the pair, but it was not among the good ones that were looked at."
        return WhyNot((NOT_LOOKED_AT,), None, text)
    code, text = _OBSTACLES[obstacle]
    return WhyNot((code,), None, text)


def _cost_text(cost: PairLoss, solution: Solution) -> str:
    sure = "exactly" if cost.exact else "as far as is proven"
    return (
        f"The rules allow the pair. It would cost, {sure}, {_range(cost.diversity)} of the "
        f"diversity sum {solution.S_found:.3f}, and {_range(cost.quality)} of the fit "
        f"{solution.Q:.3f}."
    )


def _range(loss: Loss) -> str:
    if loss.most is None:
        return f"{loss.least:.3f} or more"
    if loss.most - loss.least < 5e-4:
        return f"{loss.most:.3f}"
    return f"{loss.least:.3f} to {loss.most:.3f}"
