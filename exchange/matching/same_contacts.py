"""Improves Q while nobody's nation meets another nation more or less often than before.

Where S may not fall at all, hardly any single change is allowed, and a search that walks from
change to change stands still. Two assignments are allowed all at once: students of one nation may
take each other's places, and students who go to one nation may take each other's places. Taking
turns at both is a coordinate ascent; each turn is the best there is.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from exchange.matching.assignment import assign
from exchange.matching.limits import Network

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]
Assigner = Callable[[Network, FloatArray], IntArray | None]

TURNS = 12
"""Far more than what is ever gained from: five at a thousand people."""


def rehouse(network: Network, edge: IntArray, assigner: Assigner = assign) -> IntArray:
    """Find an answer of larger Q with the same contacts.

    Parameters
    ----------
    network : Network
        With hosts for the unplaced.
    edge : (n,) int64
        Edge of each student.
    assigner : function
        Assigns every student with a large total value; another than the exact one where that
        takes too long. None ends the turns.

    Returns
    -------
    (n,) int64
        With as many students of each nation at hosts of each nation as before, and at each host
        where the network has cells, so S is the same.
    """
    # Hosts of one nation cannot swap guests where the mix inside each counts.
    mixed = network.edge_cell is not None
    turns = (_among_students,) if mixed else (_among_students, _among_hosts)
    best = float(network.quality[edge].sum())
    for _ in range(TURNS):
        turned = edge
        for among in turns:
            kept, part = among(network, turned)
            chosen = assigner(part, part.quality)
            if chosen is None:
                return edge
            turned = kept[chosen]
        reached = float(network.quality[turned].sum())
        if reached <= best + 1e-9:
            break
        best, edge = reached, turned
    return edge


def _among_students(network: Network, edge: IntArray) -> tuple[IntArray, Network]:
    """Let students of each nation take each other's places: a host for each nation of guests."""
    nations = int(network.student_nation.max(initial=0)) + 1
    guest = network.student_nation[network.edge_student]
    code = network.edge_host * nations + guest
    taken, count = np.unique(code[edge], return_counts=True)
    kept = np.flatnonzero(np.isin(code, taken))
    host = np.searchsorted(taken, code[kept])
    split = replace(
        _part(network, kept),
        edge_host=host,
        host_row=network.host_row[taken // nations],
        host_nation=network.host_nation[taken // nations],
        capacity=count,
    )
    return kept, split


def _among_hosts(network: Network, edge: IntArray) -> tuple[IntArray, Network]:
    """Let the students who go to each nation take each other's places, free ones included."""
    nation = network.host_nation[network.edge_host]
    kept = np.flatnonzero(nation == nation[edge][network.edge_student])
    return kept, _part(network, kept)


def _part(network: Network, kept: IntArray) -> Network:
    """Leave all edges out but some, which are ascending."""
    student = network.edge_student[kept]
    return replace(
        network,
        start=np.searchsorted(student, np.arange(network.n_students + 1)).astype(np.int64),
        edge_student=student,
        edge_host=network.edge_host[kept],
        edge_pair=network.edge_pair[kept],
        quality=network.quality[kept],
    )
