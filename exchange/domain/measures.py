"""What placements bring together, counted: a run's report, whoever made the placements.

Standard library only, so that a page can count anew what a hand has changed.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from exchange.domain.nation import REVIEW_TIER, pair_key
from exchange.domain.placement import Contact, Placement
from exchange.domain.snapshot import StudentEntry

HILL_ORDERS = ("0", "0.5", "1", "2")
"""Orders of the Hill numbers reported: richer pairs count ever more from left to right."""

SMALL_CELL = 5
"""A group with fewer students is marked in the report of fairness."""


def diversity_sum(met: Iterable[Contact]) -> float:
    """Compute S, the sum over nation pairs of the root of weight times placements."""
    return math.fsum(math.sqrt(one.weight * one.placements) for one in met)


def effective_pairs(diversity: float, placed: int) -> float:
    """Compute D = S² / M; 0 when nobody is placed."""
    return diversity * diversity / placed if placed else 0.0


LEAST_PLACES = 3
"""A host with fewer places has no guests to mix."""


def inside_hosts(
    placements: Iterable[Placement], capacity: Mapping[str, int], weight: float
) -> dict[str, Any]:
    """Say how mixed the guests of hosts with several places are, as a run's report holds it."""
    guests: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in placements:
        if capacity[one.host_id] >= LEAST_PLACES:
            guests[one.host_id][one.student_nation] += 1
    counts = [count for nations in guests.values() for count in nations.values()]
    return {
        "weight": weight,
        "sum": math.fsum(math.sqrt(count) for count in counts),
        "hosts": len(guests),
        "nations_a_host": len(counts) / len(guests) if guests else 0.0,
    }


def measures_of(placements: Sequence[Placement], met: Sequence[Contact]) -> dict[str, Any]:
    """Count what placements bring together, as a run's report holds it."""
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


def fairness_of(
    students: Iterable[StudentEntry], placements: Sequence[Placement]
) -> dict[str, Any]:
    """Say by nation, gender and partner how many have a place, and how well it fits.

    A gender or a partner that is not stated is no group. Groups of fewer than `SMALL_CELL`
    students are marked, because a share of so few says little and may point at a person.
    """
    quality = {placement.student_id: placement.quality for placement in placements}
    people = [(s.id, s.nation, s.gender and s.gender.value, s.partner) for s in students]
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
