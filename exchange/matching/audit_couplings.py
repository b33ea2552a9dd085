"""The limits that join several placements, recomputed for one answer by plain counting.

Each check takes the answer and the arrays of its limit; nothing is known of how it was kept.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching.audit_finding import first_rows, require

IntArray = npt.NDArray[np.int64]


def check_label_cap(host: IntArray, label: IntArray, cap: int, *, check: str) -> None:
    """Refuse more than `cap` students of one label (nation, native language) at one host.

    Parameters
    ----------
    host, label : (n,) int64
        A student whose label is below 0 has none.
    """
    counted = (host >= 0) & (label >= 0)
    width = int(label.max(initial=0)) + 1
    cell, count = np.unique(host[counted] * width + label[counted], return_counts=True)
    over = count > cap
    require(
        not over.any(),
        check,
        "a host has too many students of one kind.",
        hosts=(cell[over] // width)[:10].tolist(),
        cap=cap,
    )


def check_stays(host: IntArray, stay: IntArray, capacity: IntArray) -> None:
    """Refuse more students at a host on one day than it has places.

    Parameters
    ----------
    host : (n,) int64
    stay : (n, 2) int64
        First and last day; both are spent at the host.
    capacity : (m,) int64
    """
    placed = np.flatnonzero(host >= 0)
    where, change = np.tile(host[placed], 2), np.repeat([1, -1], placed.size)
    day = np.concatenate([stay[placed, 0], stay[placed, 1] + 1])
    # On the day after one has left the place is free: leaving is counted before coming.
    order = np.lexsort((change, day, where))
    there = np.cumsum(change[order])
    over = there > capacity[where[order]]
    hosts = np.unique(where[order][over])[:10].tolist()
    require(not over.any(), "stay", "a host has more students than places on a day.", hosts=hosts)


def check_changes(host: IntArray, previous: IntArray, most: int) -> None:
    """Refuse more than `most` earlier placements that were moved or lost."""
    changed = int(((previous >= 0) & (host != previous)).sum())
    holds = changed <= most
    require(holds, "max_changes", "too many are moved.", found=changed, most=most)


def check_apart(host: IntArray, pairs: IntArray) -> None:
    """Refuse two students at one host who must be apart."""
    one, other = host[pairs[:, 0]], host[pairs[:, 1]]
    broken = (one >= 0) & (one == other)
    require(
        not broken.any(),
        "keep_apart",
        "two who must be apart share a host.",
        pairs=pairs[broken][:10].tolist(),
    )


def check_together(host: IntArray, pairs: IntArray, area: IntArray) -> None:
    """Refuse two students who belong together but live in two areas, or only one of whom is placed.

    Parameters
    ----------
    host : (n,) int64
    pairs : (t, 2) int64
    area : (m,) int64
        What counts as one place: the host itself, or its group; below 0, the host itself.
    """
    own = area.max(initial=-1) + 1 + np.arange(area.size)
    place = np.append(np.where(area >= 0, area, own), -1)[host]
    broken = place[pairs[:, 0]] != place[pairs[:, 1]]
    require(
        not broken.any(),
        "keep_together",
        "two who belong together are apart.",
        pairs=pairs[broken][:10].tolist(),
    )


def check_group_counts(
    placed_group: IntArray, least: IntArray | None, most: IntArray | None, *, check: str
) -> None:
    """Refuse groups in which too few or too many are placed.

    Parameters
    ----------
    placed_group : (M,) int64
        Group of each placed student, or of the host; below 0 without one.
    least, most : (G,) int64, optional
    """
    groups = max(0 if one is None else one.size for one in (least, most))
    count = np.bincount(placed_group[placed_group >= 0], minlength=groups)[:groups]
    for name, wrong in (
        (f"{check}_min", None if least is None else count < least),
        (f"{check}_max", None if most is None else count > most),
    ):
        if wrong is not None:
            message = "a group has too few or too many placements."
            require(not wrong.any(), name, message, groups=first_rows(wrong))


def check_isolation(nation: IntArray, group: IntArray) -> None:
    """Refuse a group of hosts with exactly one student of a nation.

    Parameters
    ----------
    nation, group : (M,) int64
        Of the placed students: their nation, and the group of their host (below 0 without one).
    """
    counted = group >= 0
    width = int(nation.max(initial=0)) + 1
    cell, count = np.unique(group[counted] * width + nation[counted], return_counts=True)
    alone = count == 1
    require(
        not alone.any(),
        "isolation_guard",
        "a student is the only one of a nation in a group of hosts.",
        groups=(cell[alone] // width)[:10].tolist(),
        nations=(cell[alone] % width)[:10].tolist(),
    )


def check_contacts(
    contacts: IntArray,
    *,
    tier: IntArray | None,
    tier4_floor: int | None,
    reciprocity_tolerance: int | None,
    standing_balance: IntArray | None = None,
) -> None:
    """Refuse too few contacts of rivals, or pairs of nations that host each other too unevenly.

    Parameters
    ----------
    contacts : (K, K) int64
        Placements of students of nation [a] at hosts of nation [b].
    tier : (K, K) int64, optional
        Tension tier of each pair.
    tier4_floor, reciprocity_tolerance : int, optional
    standing_balance : (t, 3) int64, optional
        Nations a < b, and how many more a sent b than b sent a before.
    """
    if tier4_floor is not None:
        found = 0 if tier is None else int(contacts[tier == 4].sum())
        holds = found >= tier4_floor
        message = "too few contacts of tier 4."
        require(holds, "tier4_floor", message, found=found, floor=tier4_floor)
    if reciprocity_tolerance is not None:
        before = np.zeros_like(contacts)
        for first, second, count in [] if standing_balance is None else standing_balance.tolist():
            if max(first, second) < len(before):
                before[first, second], before[second, first] = count, -count
        # What was uneven before may stay so, and must not grow.
        most = np.maximum(reciprocity_tolerance, before)
        uneven = np.argwhere(contacts - contacts.T + before > most)
        require(
            not uneven.size,
            "reciprocity_tolerance",
            "two nations host each other too unevenly.",
            pairs=uneven[:10].tolist(),
        )
