"""Who has sent whom how many over the years: placements that came about, by pair of nations.

A placement counts in the cycle in which it was confirmed. One that ended or was moved before it
came to that, or in place of which another was confirmed, does not.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlmodel import Session, col, func, select

from exchange.domain.nation import pair_key
from exchange.domain.placement import PlacementState
from exchange.domain.roles import Permission
from exchange.domain.rules import Rules
from exchange.records import Cycle, Placement, Programme, Student
from exchange.services.actor import Actor
from exchange.services.authority import require

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """What a pair of nations, or a sending organisation, has exchanged, cycle by cycle.

    Attributes
    ----------
    names : tuple of str
        Two nations in the order of the alphabet; or the name of an organisation.
    sent, received : mapping of cycle's row id to int
        Placements from the first nation to the second, and back.
    """

    names: tuple[str, ...]
    sent: Mapping[int, int]
    received: Mapping[int, int]

    @property
    def balance(self) -> int:
        """How many more were sent than received over all cycles shown."""
        return sum(self.sent.values()) - sum(self.received.values())


def cycles_of_ledger(session: Session, programme_id: int) -> list[Cycle]:
    """Return the cycles of a programme, the first stay first."""
    query = select(Cycle).where(Cycle.programme_id == programme_id)
    return list(session.exec(query.order_by(col(Cycle.stay_from_on), col(Cycle.id))))


def ledger(
    session: Session, actor: Actor, programme: Programme, cycles: list[Cycle]
) -> list[LedgerLine]:
    """Return a line for each pair of nations that met in these cycles; one statement."""
    require(actor, Permission.SEE_RUNS, programme.id)
    counts = _counts(session, [one.id for one in cycles if one.programme_id == programme.id])
    pairs = sorted({pair_key(a, b) for _cycle, a, b in counts})
    return [
        LedgerLine(
            (a, b),
            {one.id: counts[one.id, a, b] for one in cycles},
            {one.id: counts[one.id, b, a] for one in cycles},
        )
        for a, b in pairs
    ]


def with_standing_balance(session: Session, cycle: Cycle, rules: Rules) -> Rules:
    """Return rules with the balance of as many earlier cycles as they let count."""
    if rules.reciprocity_tolerance is None or rules.reciprocity_cycles is None:
        return replace(rules, standing_balance={})
    earlier = select(Cycle.id).where(
        Cycle.programme_id == cycle.programme_id, Cycle.stay_from_on < cycle.stay_from_on
    )
    latest = earlier.order_by(col(Cycle.stay_from_on).desc(), col(Cycle.id).desc())
    ids = list(session.exec(latest.limit(rules.reciprocity_cycles)))
    balance: Counter[Pair] = Counter()
    for (_cycle, a, b), count in _counts(session, ids).items():
        pair = pair_key(a, b)
        balance[pair] += count if a == pair[0] else -count
    return replace(rules, standing_balance=dict(balance))


def _counts(session: Session, cycle_ids: list[int]) -> Counter[tuple[int, str, str]]:
    rows = session.exec(
        select(Placement.cycle_id, Placement.student_nation, Placement.host_nation, func.count())
        .where(
            col(Placement.cycle_id).in_(cycle_ids),
            Placement.state == PlacementState.CONFIRMED,
        )
        .group_by(
            col(Placement.cycle_id), col(Placement.student_nation), col(Placement.host_nation)
        )
    )
    return Counter({(cycle, a, b): count for cycle, a, b, count in rows})


def sent_by_partner(
    session: Session, actor: Actor, programme: Programme, cycles: list[Cycle]
) -> list[LedgerLine]:
    """Return a line for each sending organisation whose students had a place; one statement."""
    require(actor, Permission.SEE_RUNS, programme.id)
    rows = session.exec(
        select(Student.partner, Placement.cycle_id, func.count())
        .join(Student, col(Student.id) == col(Placement.student_id))
        .where(
            col(Placement.cycle_id).in_([one.id for one in cycles]),
            Placement.state == PlacementState.CONFIRMED,
            col(Student.partner).is_not(None),
        )
        .group_by(col(Student.partner), col(Placement.cycle_id))
    ).all()
    found = {(name or "", cycle): count for name, cycle, count in rows}
    return [
        LedgerLine((name,), {one.id: found.get((name, one.id), 0) for one in cycles}, {})
        for name in sorted({name for name, _cycle in found})
    ]
