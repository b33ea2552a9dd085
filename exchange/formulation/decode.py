"""From the solver's rows back to people: who goes where, and why it fits."""

from collections import Counter

import numpy as np

from exchange.domain.nation import REVIEW_TIER, pair_key
from exchange.domain.placement import Placement
from exchange.formulation.encode import Encoded
from exchange.formulation.index import IntArray
from exchange.matching import Solution

DECIMALS = 6
"""Digits of a quality or term that are kept: about what a 32-bit float holds."""
STUDENTS_AT_ONCE = 512
"""Placed students whose terms are computed together, against the hosts that they stay at."""


def decode(solution: Solution, encoded: Encoded) -> tuple[Placement, ...]:
    """Say who goes where, and why it fits.

    Parameters
    ----------
    solution : Solution
    encoded : Encoded
        The problem that it solves.

    Returns
    -------
    tuple of Placement
        Ordered by student id; empty when there is no answer.
    """
    host_of = solution.host
    met = Counter(
        pair_key(encoded.students[row].nation, encoded.hosts[host_of[row]].nation)
        for row in np.flatnonzero(host_of >= 0)
    )
    placed = np.flatnonzero(host_of >= 0)
    placements: list[Placement] = []
    for low in range(0, placed.size, STUDENTS_AT_ONCE):
        rows = placed[low : low + STUDENTS_AT_ONCE]
        placements += _decode_block(encoded, rows, host_of[rows], met)
    return tuple(placements)


def _decode_block(
    encoded: Encoded, rows: IntArray, hosts: IntArray, met: Counter[tuple[str, str]]
) -> list[Placement]:
    # Only the hosts at which these students stay are scored, not all that there are.
    at, column = np.unique(hosts, return_inverse=True)
    scorer, pairs = encoded.scorer.among(at), (np.arange(rows.size), column.reshape(-1))
    values = {
        name: np.round(block[pairs].astype(np.float64), DECIMALS).tolist()
        for name, block in scorer.term_values(rows).items()
    }
    quality = scorer.quality(rows)[pairs].astype(np.float64)
    block: list[Placement] = []
    for place, (row, host_row) in enumerate(zip(rows.tolist(), hosts.tolist(), strict=True)):
        student, host = encoded.students[row], encoded.hosts[host_row]
        pair = encoded.pair_facts.find(student.nation, host.nation)
        block.append(
            Placement(
                student_id=student.id,
                host_id=host.id,
                student_nation=student.nation,
                host_nation=host.nation,
                quality=round(float(quality[place]), DECIMALS),
                review=pair.tier >= REVIEW_TIER,
                only_contact_of_pair=met[pair.a, pair.b] == 1,
                terms={name: value[place] for name, value in values.items()},
            )
        )
    return block
