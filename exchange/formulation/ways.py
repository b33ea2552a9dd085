"""Where else a student could go by hand: free places and swaps that no rule blocks, best first.

Needs NumPy and no solver. Each way is told with what it changes; `hand.price_edit` says the rest.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from exchange.domain.hand import Cohort, Edit, guests_by_host, move, swap
from exchange.domain.measures import effective_pairs
from exchange.domain.nation import pair_key
from exchange.domain.placement import Placement
from exchange.formulation.hand import score_pairs
from exchange.formulation.nation_pairs import PairFacts

SHOWN = 20
"""Ways of each kind that a page lists."""


class Way(NamedTuple):
    """One change that could be made.

    Attributes
    ----------
    host_id : str or None
        Where the student would go; None when another without a place takes over.
    other_id : str or None
        With whom places are changed; None where a place is free.
    diversity : float
        By how much D would change.
    fit : float
        By how much the sum of all fits would change.
    """

    host_id: str | None
    other_id: str | None
    diversity: float
    fit: float


class Ways(NamedTuple):
    """What can be done with a student; the counts are of all, the lists are cut."""

    moves: tuple[Way, ...]
    n_moves: int
    swaps: tuple[Way, ...]
    n_swaps: int


def list_ways(cohort: Cohort, placements: Sequence[Placement], student_id: str) -> Ways:
    """List the free places and the swaps that are open to a student.

    Parameters
    ----------
    cohort : Cohort
    placements : sequence of Placement
        Those of the run.
    student_id : str
        In the cohort; with a place or without.

    Returns
    -------
    Ways
        The most diverse first, of equally diverse ones the best fit.
    """
    ways = _price_all(cohort, placements, student_id, _edits_of(cohort, placements, student_id))
    moves = [way for way in ways if way.other_id is None]
    swaps = [way for way in ways if way.other_id is not None]
    return Ways(tuple(moves[:SHOWN]), len(moves), tuple(swaps[:SHOWN]), len(swaps))


def cheapest_way(
    cohort: Cohort, placements: Sequence[Placement], student_id: str, host_id: str
) -> Way | None:
    """Find the one change that brings a student to a host and costs least; None without one."""
    edits = [
        (other, edit)
        for other, edit in _edits_of(cohort, placements, student_id)
        if edit.goes[student_id] == host_id
    ]
    return next(iter(_price_all(cohort, placements, student_id, edits)), None)


def _edits_of(
    cohort: Cohort, placements: Sequence[Placement], student_id: str
) -> list[tuple[str | None, Edit]]:
    host_of = {one.student_id: one.host_id for one in placements}
    here = host_of.get(student_id)
    edits: list[tuple[str | None, Edit]] = []
    for host_id in sorted(cohort.free_places(host_of)):
        if host_id != here:
            edits.append((None, move(student_id, host_id)))
    for other_id, host_id in host_of.items():
        if host_id != here:
            edits.append((other_id, swap(student_id, other_id, host_of)))
    return edits


def _price_all(
    cohort: Cohort,
    placements: Sequence[Placement],
    student_id: str,
    edits: Sequence[tuple[str | None, Edit]],
) -> list[Way]:
    """Price the edits that nothing stands in the way of, the most diverse first."""
    host_of = {one.student_id: one.host_id for one in placements}
    count = _Count(cohort, placements)
    guests = guests_by_host(host_of)
    possible = [
        (other, edit) for other, edit in edits if not cohort.obstacles(host_of, edit, guests)
    ]
    pairs = sorted(
        {
            (student, host)
            for _, edit in possible
            for student, host in edit.goes.items()
            if host is not None
        }
    )
    quality = {(one.student_id, one.host_id): one.quality for one in score_pairs(cohort, pairs)} | {
        (one.student_id, one.host_id): one.quality for one in placements
    }
    ways = [
        Way(
            edit.goes[student_id],
            other,
            count.diversity_after(host_of, edit) - count.diversity,
            _fit_change(host_of, edit, quality),
        )
        for other, edit in possible
        if all(
            quality[student, host] >= cohort.rules.min_quality
            for student, host in edit.goes.items()
            if host is not None
        )
    ]
    ways.sort(key=lambda way: (-round(way.diversity, 6), -round(way.fit, 6), way.host_id or ""))
    return ways


def _fit_change(
    host_of: Mapping[str, str], edit: Edit, quality: Mapping[tuple[str, str], float]
) -> float:
    change = 0.0
    for student, host in edit.goes.items():
        if host is not None:
            change += quality[student, host]
        if student in host_of:
            change -= quality[student, host_of[student]]
    return change


class _Count:
    """How often nations meet, and what D becomes when a few placements change."""

    def __init__(self, cohort: Cohort, placements: Sequence[Placement]) -> None:
        self._cohort = cohort
        self._facts = PairFacts(cohort.snapshot, cohort.rules)
        self._met = Counter(pair_key(one.student_nation, one.host_nation) for one in placements)
        self._placed = len(placements)
        self._sum = math.fsum(self._root(pair, count) for pair, count in self._met.items())
        self.diversity = effective_pairs(self._sum, self._placed)

    def _root(self, pair: tuple[str, str], count: int) -> float:
        return math.sqrt(self._facts.weight(self._facts.find(*pair)) * count)

    def _pair(self, student: str, host: str) -> tuple[str, str]:
        return pair_key(self._cohort.students[student].nation, self._cohort.hosts[host].nation)

    def diversity_after(self, host_of: Mapping[str, str], edit: Edit) -> float:
        """Compute D after an edit that nothing stands in the way of."""
        change: Counter[tuple[str, str]] = Counter()
        placed = self._placed
        for student, host in edit.goes.items():
            if student in host_of:
                change[self._pair(student, host_of[student])] -= 1
                placed -= 1
            if host is not None:
                change[self._pair(student, host)] += 1
                placed += 1
        diversity = self._sum + math.fsum(
            self._root(pair, self._met[pair] + by) - self._root(pair, self._met[pair])
            for pair, by in change.items()
        )
        return effective_pairs(diversity, placed)
