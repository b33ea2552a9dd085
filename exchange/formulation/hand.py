"""What a change by hand costs, and the match that it makes: arithmetic on the pairs that change.

Needs NumPy and no solver, so that a page can price a swap while somebody waits. Every number is
that of the run: the same scorer for fit, the same facts for nation pairs.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from exchange.domain.hand import Cohort, Edit, apply_edit
from exchange.domain.measures import (
    diversity_sum,
    effective_pairs,
    fairness_of,
    inside_hosts,
    measures_of,
)
from exchange.domain.nation import REVIEW_TIER, pair_key
from exchange.domain.placement import Contact, Placement
from exchange.domain.set_limits import BrokenLimit, broken_limits
from exchange.formulation.nation_pairs import PairFacts, contacts
from exchange.formulation.scoring import Scorer

DECIMALS = 6
"""Digits of a quality or term that a run keeps."""
BELOW_MIN_QUALITY = "below_min_quality"
PROVEN_OF_A_SOLVE = (
    "M_bound", "S_found", "S_bound", "S_floor", "D_bound", "gap", "Q_bound", "fit_gap",
    "changes", "changes_bound", "conflicts", "recruit", "leans_on",
)  # fmt: skip
"""What a run's report says of the best there can be. It is no longer said of placements that a
person has changed: a bound that is not proven is not printed."""


class Sums(NamedTuple):
    """The numbers of a set of placements."""

    M: int
    S: float
    D: float
    Q: float


@dataclass(frozen=True, slots=True)
class EditPrice:
    """What an edit would change.

    Attributes
    ----------
    obstacles : mapping of student id to codes
        What nobody can override; empty when the edit can be made.
    before, after : Sums
        `after` equals `before` where something stands in the way.
    gained, lost : tuple of (nation, nation)
        Nation pairs that would meet now, and that would meet no more.
    broken, mended : tuple of BrokenLimit
        Limits of the programme that would be broken now, and no more.
    fits : mapping of student id to (float or None, float or None)
        Quality before and after, of those who move.
    placements : tuple of Placement
        All placements after the edit.
    met : tuple of Contact
    """

    obstacles: Mapping[str, tuple[str, ...]]
    before: Sums
    after: Sums
    gained: tuple[tuple[str, str], ...]
    lost: tuple[tuple[str, str], ...]
    broken: tuple[BrokenLimit, ...]
    mended: tuple[BrokenLimit, ...]
    fits: Mapping[str, tuple[float | None, float | None]]
    placements: tuple[Placement, ...]
    met: tuple[Contact, ...]


def price_edit(cohort: Cohort, placements: Sequence[Placement], edit: Edit) -> EditPrice:
    """Say what an edit would change, before anybody confirms it.

    Parameters
    ----------
    cohort : Cohort
        Everybody in the run, and its rules.
    placements : sequence of Placement
        Those of the run, one for each student who has a place.
    edit : Edit

    Returns
    -------
    EditPrice
        An edit that a rule blocks is an answer with obstacles, not an error.
    """
    by_student = {one.student_id: one for one in placements}
    host_of = {one.student_id: one.host_id for one in placements}
    obstacles = cohort.obstacles(host_of, edit)
    scored = {} if _names_a_stranger(cohort, edit) else _score_moved(cohort, edit)
    for student, new in scored.items():
        if new.quality < cohort.rules.min_quality:
            obstacles[student] = (*obstacles.get(student, ()), BELOW_MIN_QUALITY)
    met_before = contacts(placements, cohort.snapshot, cohort.rules)
    if obstacles:
        same = sums_of(placements, met_before)
        return EditPrice(
            obstacles, same, same, (), (), (), (), _fits(by_student, edit, scored),
            tuple(placements), met_before,
        )  # fmt: skip
    after = sorted(
        [*(one for one in placements if one.student_id not in edit.goes), *scored.values()],
        key=lambda one: one.student_id,
    )
    met = contacts(after, cohort.snapshot, cohort.rules)
    counted = {(one.nation_a, one.nation_b): one.placements for one in met}
    kept = tuple(_marked(one, counted) for one in after)
    broken = [
        broken_limits(cohort.students, cohort.hosts, cohort.rules, hosts, pairs)
        for hosts, pairs in ((host_of, met_before), (apply_edit(host_of, edit), met))
    ]
    meet = [{(one.nation_a, one.nation_b) for one in pairs} for pairs in (met_before, met)]
    return EditPrice(
        obstacles={},
        before=sums_of(placements, met_before),
        after=sums_of(kept, met),
        gained=tuple(sorted(meet[1] - meet[0])),
        lost=tuple(sorted(meet[0] - meet[1])),
        broken=tuple(sorted(broken[1] - broken[0])),
        mended=tuple(sorted(broken[0] - broken[1])),
        fits=_fits(by_student, edit, scored),
        placements=kept,
        met=met,
    )


def sums_of(placements: Sequence[Placement], met: Iterable[Contact]) -> Sums:
    """Count M, S, D and Q of some placements."""
    placed, diversity = len(placements), diversity_sum(met)
    return Sums(
        placed,
        diversity,
        effective_pairs(diversity, placed),
        sum(one.quality for one in placements),
    )


def score_pairs(cohort: Cohort, pairs: Sequence[tuple[str, str]]) -> list[Placement]:
    """Score some pairs as the run would, allowed or not.

    Parameters
    ----------
    cohort : Cohort
    pairs : sequence of (student id, host id)
        Everybody is in the cohort.

    Returns
    -------
    list of Placement
        In the order of `pairs`. Whether two nations meet only here is for who has them all.
    """
    if not pairs:
        return []
    people = sorted({*(one for one, _ in pairs), *_ends_of_the_wait(cohort)})
    homes = sorted({home for _, home in pairs})
    scorer = Scorer.of(
        cohort.snapshot,
        cohort.rules,
        students=tuple(cohort.students[one] for one in people),
        hosts=tuple(cohort.hosts[one] for one in homes),
    )
    rows = np.arange(len(people))
    values = {name: block.astype(np.float64) for name, block in scorer.term_values(rows).items()}
    quality = scorer.quality(rows).astype(np.float64)
    facts = PairFacts(cohort.snapshot, cohort.rules)
    found = []
    for student_id, host_id in pairs:
        student, host = cohort.students[student_id], cohort.hosts[host_id]
        at = people.index(student_id), homes.index(host_id)
        is_pair = student.nation != host.nation
        found.append(
            Placement(
                student_id=student_id,
                host_id=host_id,
                student_nation=student.nation,
                host_nation=host.nation,
                quality=round(float(quality[at]), DECIMALS),
                review=is_pair and facts.find(student.nation, host.nation).tier >= REVIEW_TIER,
                only_contact_of_pair=False,
                terms={name: round(float(block[at]), DECIMALS) for name, block in values.items()},
            )
        )
    return found


def _ends_of_the_wait(cohort: Cohort) -> list[str]:
    """Name who has waited longest and shortest: the wait of anybody is measured between them."""
    known = [one for one in cohort.students.values() if one.waiting_since is not None]
    if not known:
        return []
    by_day = sorted(known, key=lambda one: (one.waiting_since, one.id))
    return [by_day[0].id, by_day[-1].id]


def _names_a_stranger(cohort: Cohort, edit: Edit) -> bool:
    return any(
        student not in cohort.students or (host is not None and host not in cohort.hosts)
        for student, host in edit.goes.items()
    )


def _score_moved(cohort: Cohort, edit: Edit) -> dict[str, Placement]:
    pairs = [(student, host) for student, host in edit.goes.items() if host is not None]
    return {one.student_id: one for one in score_pairs(cohort, pairs)}


def _fits(
    by_student: Mapping[str, Placement], edit: Edit, scored: Mapping[str, Placement]
) -> dict[str, tuple[float | None, float | None]]:
    return {
        student: (
            by_student[student].quality if student in by_student else None,
            scored[student].quality if student in scored else None,
        )
        for student in edit.goes
    }


def _marked(one: Placement, counted: Mapping[tuple[str, str], int]) -> Placement:
    """Mark anew whether two nations meet here only: somebody else may have come or gone."""
    only = counted[pair_key(one.student_nation, one.host_nation)] == 1
    return one if one.only_contact_of_pair == only else replace(one, only_contact_of_pair=only)


def report_by_hand(
    cohort: Cohort, price: EditPrice, parent: Mapping[str, Any], *, version: str
) -> dict[str, Any]:
    """Make the report of the run that an edit makes.

    Parameters
    ----------
    cohort : Cohort
    price : EditPrice
        Of an edit that nothing stands in the way of.
    parent : mapping
        The report of the run that is changed; what it proved is left out.
    version : str
        Of the code.

    Returns
    -------
    dict
        JSON-ready. `by_hand` holds the sums before, and how many placements differ from the
        answer that was solved last.
    """
    kept = {name: value for name, value in parent.items() if name not in PROVEN_OF_A_SOLVE}
    capacity = {one.id: one.capacity for one in cohort.hosts.values()}
    inside = parent.get("inside_hosts")
    return {
        **kept,
        "status": "by_hand",
        "M": price.after.M,
        "S": price.after.S,
        "D": price.after.D,
        "Q": price.after.Q,
        **measures_of(price.placements, price.met),
        "inside_hosts": inside and inside_hosts(price.placements, capacity, inside["weight"]),
        "fairness": fairness_of(cohort.snapshot.students, price.placements),
        "version": version,
        "by_hand": {
            "edits": int((parent.get("by_hand") or {}).get("edits", 0)) + 1,
            "before": price.before._asdict(),
            "broken": [[one.rule, one.whom, one.found, one.asked] for one in price.broken],
        },
    }


def count_closing_rules(cohort: Cohort, student_id: str) -> tuple[Counter[str], Counter[str]]:
    """Count for a student how many hosts with places each rule closes, and each one alone.

    Returns
    -------
    closing : Counter
        Hosts by code of a rule that keeps the student away; a host can count several times.
    only : Counter
        Hosts that this one rule alone keeps away: were it met, they would be open.
    """
    closing: Counter[str] = Counter()
    only: Counter[str] = Counter()
    for host in cohort.hosts.values():
        if host.capacity < 1:
            continue
        codes = cohort.rules_against(student_id, host.id)
        closing.update(codes)
        if len(codes) == 1:
            only.update(codes)
    return closing, only
