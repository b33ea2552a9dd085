"""One match run from a snapshot to its report: encode, solve, audit, decode, explain.

Called by the queue's task and by `exchange match`; reads and writes no file and no table.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from exchange import __version__
from exchange.domain.measures import fairness_of, measures_of
from exchange.domain.nation import REVIEW_TIER
from exchange.domain.placement import Contact, Placement, Unplaced
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.conflicts import explain_conflicts
from exchange.formulation.decode import decode
from exchange.formulation.encode import Encoded, encode
from exchange.formulation.explain import explain_unplaced, limits_in_force
from exchange.formulation.limits import unknown_companions
from exchange.formulation.nation_pairs import contacts
from exchange.formulation.recruit import recommend_hosts
from exchange.formulation.scoring import list_switched_off, list_unchecked
from exchange.formulation.stored_prices import lay_out_prices
from exchange.matching import Options, Progress, Solution, Status, audit, frontier, solve
from exchange.matching.gentle import keep_most
from exchange.matching.leaning import leaning
from exchange.matching.mixing import LEAST_PLACES

HELD_BACK = "held_back"
HELD_BACK_TEXT = "A person chooses by hand who of the waiting list gets a place."
MOST_LEANED_ON = 50
"""Hosts that a report names of those that the answer leans on."""


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The outcome of a run.

    Attributes
    ----------
    solution : Solution
    placements, unplaced, contacts : tuple
        Empty when the limits contradict each other.
    report : dict
        JSON-ready; all of report.json but the seconds of reading and writing.
    switched_off : tuple of str
        Gates and terms that a missing column switched off, as `gate:<code>`, `term:<name>`.
    prices : dict or None
        JSON-ready; what `stored_prices.least_loss` reads.
    """

    solution: Solution
    placements: tuple[Placement, ...]
    unplaced: tuple[Unplaced, ...]
    contacts: tuple[Contact, ...]
    report: dict[str, Any]
    switched_off: tuple[str, ...]
    prices: dict[str, Any] | None


def run_match(
    snapshot: Snapshot,
    rules: Rules,
    options: Options,
    progress: Progress | None = None,
    *,
    gentle: bool = False,
) -> MatchResult:
    """Match the people of a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
    rules : Rules
        Its `epsilon` is the programme's default; that of `options` is the one used.
    options : Options
    progress : Progress, optional
    gentle : bool
        For a re-match: the placements that an answer with the fewest changes keeps are settled
        first and pinned, which takes seconds; what is proven then holds among the answers that
        keep them (`report["kept"]`). Where limits join pairs, or `max_changes` is given, it
        makes no difference.

    Returns
    -------
    MatchResult
        Rules that contradict each other are an outcome, not an error: `report["status"]` is then
        `infeasible` and `report["conflicts"]` names them.

    Raises
    ------
    RulesError
        When the rules name somebody who is not in the snapshot.
    SolverError
        When the answer failed its audit.
    """
    started = time.perf_counter()
    allowed = _without_held_back(snapshot, rules)
    encoded = encode(allowed, rules)
    kept = _kept(encoded, options) if gentle and rules.max_changes is None else None
    if kept is not None:
        pins = tuple({*rules.pins, *kept})
        encoded = encode(allowed, replace(rules, pins=pins, previous=()))
    scored = time.perf_counter()
    solution = solve(encoded.problem, options, progress)
    audit(encoded.problem, solution)
    solved = time.perf_counter()
    placements = decode(solution, encoded)
    unplaced = tuple(
        Unplaced(one.student_id, HELD_BACK, HELD_BACK_TEXT)
        if one.student_id in rules.hold_back
        else one
        for one in explain_unplaced(solution, encoded)
    )
    met = contacts(placements, snapshot, rules)
    switched_off = list_switched_off(snapshot)
    report = {
        **_certificate(solution, encoded),
        **({} if kept is None else _changes(rules, kept, placements)),
        **measures_of(placements, met),
        "fairness": fairness_of(snapshot.students, placements),
        "conflicts": [
            {"code": one.code, "message": one.message, "facts": dict(one.facts)}
            for one in explain_conflicts(solution, encoded)
        ],
        "recruit": [
            {**one._asdict(), "text": one.text} for one in recommend_hosts(solution, encoded)
        ],
        "leans_on": _leans_on(solution, encoded),
        "terms": dict(encoded.scorer.weights),
        "switched_off": list(switched_off),
        "unchecked": list(list_unchecked(snapshot)),
        "digest": snapshot.digest,
        "rules_digest": rules.digest,
        "version": __version__,
        "seconds": {"score": scored - started, "solve": solved - scored},
    }
    return MatchResult(
        solution=solution,
        placements=placements,
        unplaced=unplaced,
        contacts=met,
        report=report,
        switched_off=switched_off,
        prices=lay_out_prices(solution, encoded) if placements else None,
    )


def run_frontier(
    snapshot: Snapshot,
    rules: Rules,
    epsilons: Sequence[float],
    options: Options,
    progress: Progress | None = None,
) -> list[dict[str, Any]]:
    """Say what diversity costs in fit and in contacts of rivals: one point for each ε.

    Parameters
    ----------
    snapshot, rules, options, progress
        As for `run_match`; the epsilon of `options` plays no part.
    epsilons : sequence of float

    Returns
    -------
    list of dict
        JSON-ready, in the order of `epsilons`; empty when the rules contradict each other or no
        answer was found.
    """
    encoded = encode(snapshot, rules)
    points = []
    for solution in frontier(encoded.problem, epsilons, options, progress):
        if solution.status not in (Status.OPTIMAL, Status.FEASIBLE):
            return []
        met = contacts(decode(solution, encoded), snapshot, rules)
        points.append(
            {
                "epsilon": solution.epsilon,
                "M": solution.M,
                "D": solution.D,
                "D_bound": solution.D_bound,
                "gap": solution.gap,
                "mean_fit": solution.Q / solution.M if solution.M else 0.0,
                "fit_gap": solution.fit_gap,
                "nation_pairs": len(met),
                "tier4": sum(c.placements for c in met if c.tension_tier >= REVIEW_TIER),
            }
        )
    return points


def _without_held_back(snapshot: Snapshot, rules: Rules) -> Snapshot:
    """Return the people of a snapshot, those who are held back as if they were not cleared."""
    if not rules.hold_back:
        return snapshot
    held = frozenset(rules.hold_back)
    students = tuple(
        replace(one, cleared=False) if one.id in held else one for one in snapshot.students
    )
    return replace(snapshot, students=students)


def _kept(encoded: Encoded, options: Options) -> tuple[tuple[str, str], ...] | None:
    """List the earlier placements to keep; None where only a solve can tell."""
    host_of = keep_most(encoded.problem, seed=options.seed)
    if host_of is None:
        return None
    return tuple(
        (encoded.students[row].id, encoded.hosts[home].id)
        for row, home in enumerate(host_of.tolist())
        if home >= 0
    )


def _changes(
    rules: Rules, kept: Sequence[tuple[str, str]], placements: Sequence[Placement]
) -> dict[str, int]:
    now = {(one.student_id, one.host_id) for one in placements}
    return {
        "kept": len(kept),
        "changes": sum(pair not in now for pair in rules.previous),
        "changes_bound": len(rules.previous) - len(kept),
    }


def _leans_on(solution: Solution, encoded: Encoded) -> dict[str, Any] | None:
    """Name the hosts whose withdrawal would leave most guests without a home; None if not known."""
    lost = leaning(encoded.problem, solution.host)
    if lost is None:
        return None
    guests = Counter(solution.host[solution.host >= 0].tolist())
    worst = sorted(np.flatnonzero(lost).tolist(), key=lambda row: (-int(lost[row]), row))
    return {
        "hosts": len(worst),
        "hosting": len(guests),
        "most": [
            [encoded.hosts[row].id, guests[row], int(lost[row])] for row in worst[:MOST_LEANED_ON]
        ],
    }


def _certificate(solution: Solution, encoded: Encoded) -> dict[str, Any]:
    return {
        "students": len(encoded.students),
        "hosts": len(encoded.hosts),
        "places": int(encoded.problem.capacity.sum()),
        "M": solution.M,
        "M_bound": solution.M_bound,
        "S_found": solution.S_found,
        "S_bound": solution.S_bound,
        "S_floor": solution.S_floor,
        "S": solution.S,
        "D": solution.D,
        "D_bound": solution.D_bound,
        "gap": solution.gap,
        "Q": solution.Q,
        "Q_bound": solution.Q_bound,
        "fit_gap": solution.fit_gap,
        "status": solution.status.value,
        "every_pair": encoded.every_pair,
        "limits": list(limits_in_force(encoded)),
        "changes": solution.changes,
        "changes_bound": solution.changes_bound,
        "inside_hosts": _inside_hosts(solution, encoded),
        "companions_not_found": list(unknown_companions(encoded.students, encoded.index)),
        "cancelled": solution.cancelled,
        "seed": solution.seed,
        "epsilon": solution.epsilon,
    }


def _inside_hosts(solution: Solution, encoded: Encoded) -> dict[str, Any] | None:
    """Say how mixed the guests of hosts with several places are; None where that did not count."""
    problem = encoded.problem
    if solution.inside is None:
        return None
    nations: dict[int, set[int]] = {}
    for student, host in enumerate(solution.host.tolist()):
        if host >= 0 and problem.capacity[host] >= LEAST_PLACES:
            nations.setdefault(host, set()).add(int(problem.student_nation[student]))
    return {
        "weight": problem.couplings.inside_host_weight,
        "sum": solution.inside,
        "hosts": len(nations),
        "nations_a_host": sum(map(len, nations.values())) / len(nations) if nations else 0.0,
    }
