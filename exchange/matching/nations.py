"""The second goal in a large problem: first by nations, then by persons who fill the plan.

Where pairs are many, what nations can reach persons can reach too. The program of nations says
how many students of each nation go to each; every place then gets the nation of its guest, and
students are assigned to places that wait for their nation.
"""

import numpy as np
import numpy.typing as npt

from exchange.matching import exact
from exchange.matching.bounds import Prices
from exchange.matching.field import Field
from exchange.matching.groups import Grouped
from exchange.matching.limits import NO_NATION, Network
from exchange.matching.program import build_program
from exchange.matching.progress import Watch
from exchange.matching.relaxation import relax

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

EXACT_STEPS = 16
WINDOW = 4
GROUP_NODES = 200
GROUP_GAP = 2e-6


def group_field(field: Field) -> Grouped:
    """Build the network of nations over all pairs of a field, as `groups` does over edges."""
    frame, nations = field.frame, field.pair_of.shape[0]
    coming = np.unique(frame.student_nation)
    homes = np.unique(frame.host_nation)
    a, b = np.nonzero(field.meets[np.ix_(coming, homes)])
    pair = field.pair_of[coming[a], homes[b]]
    capacity = [np.bincount(frame.host_nation, weights=frame.capacity, minlength=nations)[homes]]
    tails, heads, kinds = [a], [b], [pair]
    for place, (nation, count) in enumerate(sorted(field.unplaced.items())):
        who = np.arange(coming.size) if nation == NO_NATION else np.flatnonzero(coming == nation)
        tails.append(who)
        heads.append(np.full(who.size, homes.size + place))
        kinds.append(np.full(who.size, frame.n_pairs))
        capacity.append(np.array([count]))
    tail, head, kind = (np.concatenate(part) for part in (tails, heads, kinds))
    order = np.lexsort((head, tail))
    extra = len(field.unplaced)
    nobody = np.full(extra, -1, dtype=np.int64)
    small = Network(
        student_row=np.arange(coming.size),
        host_row=np.append(np.arange(homes.size), nobody),
        student_nation=coming,
        host_nation=np.append(homes, nobody),
        capacity=np.concatenate(capacity).astype(np.int64),
        start=np.searchsorted(tail[order], np.arange(coming.size + 1)).astype(np.int64),
        edge_student=tail[order],
        edge_host=head[order],
        edge_pair=kind[order],
        quality=np.zeros(order.size),
        weight=frame.weight,
        pinned_count=frame.pinned_count,
        pair_code=frame.pair_code,
        pinned_quality=0.0,
    )
    host_group = np.append(
        np.searchsorted(homes, frame.host_nation), homes.size + np.arange(extra)
    ).astype(np.int64)
    student_group = np.searchsorted(coming, frame.student_nation)
    supply = np.bincount(student_group, minlength=coming.size)
    return Grouped(small, supply, student_group, host_group, False)


def price_nations(
    field: Field, grouped: Grouped, watch: Watch, *, finely: bool
) -> tuple[Prices, IntArray] | None:
    """Solve the relaxation of the nations; return prices of hosts and pairs, and a window.

    `finely` prices single contacts, which a plan needs; a bound gains nothing by it.

    The window holds, for each pair, a number of contacts that its best count hardly exceeds.
    """
    small, window = grouped.network, field.limits
    found = None
    for steps in (EXACT_STEPS, None) if finely else (EXACT_STEPS,):
        if found is not None and watch.should_stop():
            return found
        program = build_program(small, window, np.arange(small.n_edges), exact_steps=steps)
        relaxed = relax(
            small,
            program,
            program.diversity_row,
            supply=grouped.supply,
            time_limit_s=watch.remaining_s,
        )
        if relaxed is None:
            return found
        met = np.bincount(small.edge_pair, weights=relaxed.share, minlength=window.size)
        window = np.minimum(field.limits, np.ceil(met).astype(np.int64) + WINDOW)
        prices = Prices(relaxed.prices.pair, relaxed.prices.host[grouped.host_group])
        found = (prices, window)
    return found


def plan_of_nations(grouped: Grouped, window: IntArray, watch: Watch) -> IntArray | None:
    """Say how many students each edge of the small network carries in its best answer."""
    small = grouped.network
    program = build_program(small, window, np.arange(small.n_edges))
    if watch.should_stop():
        return None
    proven = exact.maximise(
        small,
        program,
        program.diversity_row,
        supply=grouped.supply,
        time_limit_s=watch.remaining_s,
        node_limit=GROUP_NODES,
        gap=GROUP_GAP,
    )
    return proven.placed


def guest_nations(grouped: Grouped, network: Network, plan: IntArray) -> IntArray:
    """Give every host the nation of the guest that its first place waits for, by the plan.

    Returns
    -------
    (hosts of `network`,) int64
        −1 where no guest is planned, and for hosts that hold the unplaced.
    """
    small = grouped.network
    real = int((network.host_row >= 0).sum())
    guest = np.full(network.n_hosts, -1, dtype=np.int64)
    by_nation = np.argsort(grouped.host_group[:real], kind="stable")
    bounds = np.searchsorted(grouped.host_group[by_nation], np.arange(small.n_hosts + 1))
    for group in range(small.n_hosts):
        hosts = by_nation[bounds[group] : bounds[group + 1]]
        if small.host_row[group] < 0 or hosts.size == 0:
            continue
        mine = np.flatnonzero((small.edge_host == group) & (plan > 0))
        waiting = np.repeat(small.student_nation[small.edge_student[mine]], plan[mine])
        first_place = np.cumsum(network.capacity[hosts]) - network.capacity[hosts]
        told = first_place < waiting.size
        guest[hosts[told]] = waiting[first_place[told]]
    return guest
