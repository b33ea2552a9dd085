"""One match run from a snapshot to its report: encode, solve, audit, decode, explain.

Called by the queue's task and by `exchange match`; reads and writes no file and no table.
"""

import math
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from exchange import __version__
from exchange.domain.nation import REVIEW_TIER, pair_key
from exchange.domain.placement import Contact, Placement, Unplaced
from exchange.domain.rules import Rules
from exchange.domain.snapshot import Snapshot
from exchange.formulation.conflicts import explain_conflicts
from exchange.formulation.decode import contacts, decode
from exchange.formulation.encode import Encoded, encode
from exchange.formulation.explain import explain_unplaced, limits_in_force
from exchange.formulation.limits import unknown_companions
from exchange.formulation.recruit import recommend_hosts
from exchange.formulation.scoring import list_switched_off, list_unchecked
from exchange.matching import Options, Progress, Solution, Status, audit, frontier, solve
from exchange.matching.mixing import LEAST_PLACES

HILL_ORDERS = ("0", "0.5", "1", "2")
"""Orders of the Hill numbers reported: richer pairs count ever more from left to right."""

SMALL_CELL = 5
"""A group with fewer students is marked in the report of fairness."""


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
    """

    solution: Solution
    placements: tuple[Placement, ...]
    unplaced: tuple[Unplaced, ...]
    contacts: tuple[Contact, ...]
    report: dict[str, Any]
    switched_off: tuple[str, ...]


def run_match(
    snapshot: Snapshot, rules: Rules, options: Options, progress: Progress | None = None
) -> MatchResult:
    """Match the people of a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
    rules : Rules
        Its `epsilon` is the programme's default; that of `options` is the one used.
    options : Options
    progress : Progress, optional

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
    encoded = encode(snapshot, rules)
    scored = time.perf_counter()
    solution = solve(encoded.problem, options, progress)
    audit(encoded.problem, solution)
    solved = time.perf_counter()
    placements = decode(solution, encoded)
    unplaced = explain_unplaced(solution, encoded)
    met = contacts(placements, snapshot, rules)
    switched_off = list_switched_off(snapshot)
    report = {
        **_certificate(solution, encoded),
        **_measures(placements, met),
        "fairness": _fairness(snapshot, placements),
        "conflicts": [
            {"code": one.code, "message": one.message, "facts": dict(one.facts)}
            for one in explain_conflicts(solution, encoded)
        ],
        "recruit": [
            {**one._asdict(), "text": one.text} for one in recommend_hosts(solution, encoded)
        ],
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


def _measures(placements: Sequence[Placement], met: Sequence[Contact]) -> dict[str, Any]:
    return {
        "hill": hill_numbers([contact.placements for contact in met]),
        "nation_pairs": len(met),
        "tier4": sum(c.placements for c in met if c.tension_tier >= REVIEW_TIER),
        "only_contacts": sum(contact.placements == 1 for contact in met),
        "without_data": sum(not contact.has_data for contact in met),
        "reciprocity": _reciprocity(placements),
    }


def hill_numbers(counts: Sequence[int]) -> dict[str, float]:
    """Return the effective number of nation pairs at several orders; all 0 without placements.

    Parameters
    ----------
    counts : sequence of int
        Placements of each nation pair that meets, each above 0. Weights play no part.

    Returns
    -------
    dict of str to float
        Keys as `HILL_ORDERS`: the number of pairs, order 1/2, the exponential of Shannon's
        entropy, and the inverse of Simpson's index (Hill 1973, equation 1).
    """
    total = sum(counts)
    if not total:
        return dict.fromkeys(HILL_ORDERS, 0.0)
    shares = [count / total for count in counts]
    return {
        "0": float(len(shares)),
        "0.5": math.fsum(math.sqrt(share) for share in shares) ** 2,
        "1": math.exp(-math.fsum(share * math.log(share) for share in shares)),
        "2": 1.0 / math.fsum(share * share for share in shares),
    }


def _reciprocity(placements: Sequence[Placement]) -> dict[str, Any]:
    """Count both directions of each pair: who of a goes to b, and who of b to a."""
    there: Counter[tuple[str, str]] = Counter()
    back: Counter[tuple[str, str]] = Counter()
    for placement in placements:
        pair = pair_key(placement.student_nation, placement.host_nation)
        (there if placement.student_nation == pair[0] else back)[pair] += 1
    pairs = sorted({*there, *back})
    return {
        "difference": sum(abs(there[pair] - back[pair]) for pair in pairs),
        "pairs": {"-".join(pair): [there[pair], back[pair]] for pair in pairs},
    }


def _fairness(snapshot: Snapshot, placements: Sequence[Placement]) -> dict[str, Any]:
    """Say by nation, gender and partner how many have a place, and how well it fits.

    A gender or a partner that is not stated is no group. Groups of fewer than `SMALL_CELL`
    students are marked, because a share of so few says little and may point at a person.
    """
    quality = {placement.student_id: placement.quality for placement in placements}
    people = [(s.id, s.nation, s.gender and s.gender.value, s.partner) for s in snapshot.students]
    return {
        "nations": _shares({i: nation for i, nation, _, _ in people}, quality),
        "genders": _shares({i: gender for i, _, gender, _ in people if gender}, quality),
        "partners": _shares({i: partner for i, _, _, partner in people if partner}, quality),
    }


def _shares(label: Mapping[str, str], quality: Mapping[str, float]) -> dict[str, Any]:
    everybody = Counter(label.values())
    fits: defaultdict[str, list[float]] = defaultdict(list)
    for student, group in label.items():
        if student in quality:
            fits[group].append(quality[student])
    groups = {}
    for group, students in sorted(everybody.items()):
        placed = fits[group]
        groups[group] = {
            "students": students,
            "placed": len(placed),
            "share": round(len(placed) / students, 6),
            "mean_quality": round(math.fsum(placed) / len(placed), 6) if placed else None,
            "small": students < SMALL_CELL,
        }
    return groups
