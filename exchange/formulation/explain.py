"""Why somebody has no place, and what speaks for a pair."""

import numpy as np

from exchange.domain.attributes import Level
from exchange.domain.eligibility import Gate
from exchange.domain.placement import Unplaced
from exchange.errors import NotFound
from exchange.formulation.decode import DECIMALS
from exchange.formulation.encode import Encoded
from exchange.formulation.index import IntArray
from exchange.matching import Solution, Status
from exchange.matching.competition import Competition, find_competition

FORBIDDEN = "forbidden"
"""Stands among the codes of gates where the programme's own rules forbid the pair."""


def explain_unplaced(solution: Solution, encoded: Encoded) -> tuple[Unplaced, ...]:
    """Give each student without a place the reason, and the facts in plain sentences.

    Parameters
    ----------
    solution : Solution
    encoded : Encoded
        The problem that it solves.

    Returns
    -------
    tuple of Unplaced
        Ordered by student id; empty when there is no answer at all. Reasons: `not_screened`,
        `no_host_passes:<codes joined by +, the gate that closes most hosts first>`,
        `below_min_quality`, `more_students_than_places` (with the students who compete and the
        places they compete for), `kept_out_by_limits`, and `search_stopped` when
        somebody more could have been placed because the search had to stop early.
    """
    if solution.status in (Status.INFEASIBLE, Status.NO_ANSWER):
        return ()
    placed = solution.host[solution.host >= 0]
    free = encoded.problem.capacity - np.bincount(placed, minlength=len(encoded.hosts))
    rows = np.flatnonzero(solution.host < 0).tolist()
    competition = find_competition(encoded.problem, solution.host)
    return tuple(_explain_row(row, free, competition, encoded, solution) for row in rows)


def _explain_row(
    row: int, free: IntArray, competition: Competition, encoded: Encoded, solution: Solution
) -> Unplaced:
    student, problem = encoded.students[row], encoded.problem
    if not student.cleared:
        text = "The application has not been cleared by screening, so no host was considered."
        return Unplaced(student.id, "not_screened", text)
    with_places = problem.capacity > 0
    hosts = int(with_places.sum())
    if not hosts:
        text = "No host has a place in this cycle: more students than places."
        return Unplaced(student.id, "more_students_than_places", text)
    start, stop = problem.start[row], problem.start[row + 1]
    edge_host, quality = problem.edge_host[start:stop], problem.edge_quality[start:stop]
    forbidden = problem.forbid[problem.forbid[:, 0] == row, 1]
    passes = with_places[edge_host] & ~np.isin(edge_host, forbidden)
    if not passes.any():
        return _explain_closed(row, hosts, forbidden, encoded)
    good = passes & (quality >= np.float32(problem.min_quality))
    if not good.any():
        best = float(quality[passes].max())
        text = (
            f"{_count(int(passes.sum()), 'host')} of {hosts} would be allowed, but the best fits "
            f"with {best:.2f}, below the minimum of {problem.min_quality:.2f}."
        )
        return Unplaced(student.id, "below_min_quality", text)
    fitting = edge_host[good]
    still_free = int(free[fitting].sum())
    which = int(competition.which[row])
    limited = _limits_in_force(encoded)
    if limited and not solution.cancelled and (still_free > 0 or which < 0):
        text = (
            "A place at a fitting host is free or could be made so, but taking it would break a "
            f"limit or cost another student a place.{limited}"
        )
        return Unplaced(student.id, "kept_out_by_limits", text)
    if still_free > 0:
        text = (
            f"The search was stopped before this student was placed; {_count(still_free, 'place')} "
            "at fitting hosts remained. Run the match again with more time."
        )
        return Unplaced(student.id, "search_stopped", text)
    if which < 0:
        text = (
            "The search was stopped before this student was placed; moving others would have "
            "made room. Run the match again with more time."
        )
        return Unplaced(student.id, "search_stopped", text)
    rivals = competition.sets[which]
    text = (
        f"Every host that fits is taken: {_count(rivals.students.size, 'student')} compete for "
        f"{_count(rivals.places, 'place')} at {_count(rivals.hosts.size, 'host')}, and no other "
        f"host fits any of them ({_count(fitting.size, 'host')} of {hosts} would fit this one)."
        f"{limited}"
    )
    if rivals.students.size == 1:
        text = "Every place that would fit is held by a pin of this run."
    return Unplaced(student.id, "more_students_than_places", text)


RULE_NAMES = {
    "keep_together": "keep_with",
    "host_nation_cap": "max_same_nation_per_host",
    "host_language_cap": "max_same_language_per_host",
    "student_group_min": "partner_min",
    "student_group_max": "partner_max",
    "host_group_min": "group_min",
    "host_group_max": "group_max",
}
"""Limits that a programme knows by another name than the solver does."""


def limits_in_force(encoded: Encoded) -> tuple[str, ...]:
    """List the limits that join several placements, by the names that a programme gives them."""
    return tuple(RULE_NAMES.get(name, name) for name in encoded.problem.couplings.in_force)


def _limits_in_force(encoded: Encoded) -> str:
    # A mix inside hosts decides who goes where, never how many.
    names = [name for name in limits_in_force(encoded) if name != "inside_host_weight"]
    return f" Limits in force that can cost places: {', '.join(names)}." if names else ""


def _explain_closed(row: int, hosts: int, forbidden: IntArray, encoded: Encoded) -> Unplaced:
    with_places = encoded.problem.capacity > 0
    closed = encoded.scorer.closed_by_gate(slice(row, row + 1))
    counts: dict[str, int] = {
        gate.value: int((mask[0] & with_places).sum()) for gate, mask in closed.items()
    }
    counts[FORBIDDEN] = int(with_places[forbidden].sum())
    closing = sorted((code for code in counts if counts[code]), key=lambda code: -counts[code])
    level = encoded.rules.working_level
    parts = [f"{counts[code]} of {hosts}: {_closed_text(code, level)}" for code in closing]
    overlap = " A host can fail on several counts." if sum(counts.values()) > hosts else ""
    text = f"No host passes. Hosts ruled out: {'; '.join(parts)}.{overlap}"
    reason = f"no_host_passes:{'+'.join(closing)}"
    return Unplaced(encoded.students[row].id, reason, text)


def _closed_text(code: str, level: Level) -> str:
    if code == FORBIDDEN:
        return "the rules of this run forbid the pair"
    as_level = "of native speakers" if level is Level.NATIVE else f"at {level} or better"
    return {
        Gate.NATION: "of the student's own nation",
        Gate.LANGUAGE: f"no shared language {as_level}",
        Gate.DATES: "not available for the whole stay",
        Gate.NEEDS: "a need of the student is not met",
        Gate.HOST_GENDER: "the genders in the household, or those it accepts, do not suit",
        Gate.AGE: "the student's age is outside the host's limits",
        Gate.NEVER: "never to be placed together",
        Gate.SCREENING: "not cleared by screening",
    }[Gate(code)]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def pair_terms(encoded: Encoded, student_id: str, host_id: str) -> dict[str, float]:
    """Return each term that is on, by name, for one pair, allowed or not.

    Raises
    ------
    NotFound
        When the student or the host is not in the snapshot.
    """
    row = encoded.index.student_rows.get(student_id)
    column = encoded.index.host_rows.get(host_id)
    if row is None or column is None:
        raise NotFound("There is no such student or host in this match; check the ids.")
    values = encoded.scorer.term_values(slice(row, row + 1))
    return {name: round(float(block[0, column]), DECIMALS) for name, block in values.items()}
