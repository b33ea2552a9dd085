"""What pairs of nations count for in a cycle: listed for staff, and changed one at a time."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.nation import NationPair
from exchange.domain.pair_weights import under_rules, weight_under
from exchange.domain.rules import Rules
from exchange.intake.nations import read_nation_pairs
from exchange.records import Application, Cycle, Host, Student
from exchange.services import cycles
from exchange.services.actor import Actor
from exchange.services.rule_versions import rules_of

PER_PAGE = 50
_GONE = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class WeighedPair:
    """A pair of nations: what the facts say, what the programme says, and what counts."""

    pair: NationPair
    """As under the rules: a contested pair has tier 4."""
    by_facts: float
    own: float | None
    is_contested: bool
    weight: float

    @property
    def key(self) -> tuple[str, str]:
        """The two nations, in the order of the alphabet."""
        return self.pair.a, self.pair.b


def nations_of(session: Session, cycle: Cycle) -> tuple[str, ...]:
    """Return the nations of the people who have signed up, sorted; two statements."""
    # Compared as text: not every database can tell whether two JSON values are the same.
    listed = sa.cast(col(Student.nationalities), sa.Text)
    students = session.exec(
        select(listed)
        .join(Application, col(Application.student_id) == col(Student.id))
        .where(Application.cycle_id == cycle.id, col(Application.state).not_in(_GONE))
        .distinct()
    )
    hosts = session.exec(
        select(Host.nation)
        .join(Application, col(Application.host_id) == col(Host.id))
        .where(Application.cycle_id == cycle.id, col(Application.state).not_in(_GONE))
        .distinct()
    )
    primary = {nations[0] for nations in map(json.loads, students) if nations}
    return tuple(sorted(primary | set(hosts)))


def weigh(rules: Rules, a: str, b: str) -> WeighedPair:
    """Weigh one pair of nations, given in the order of the alphabet."""
    facts = read_nation_pairs().get((a, b)) or NationPair(a, b)
    pair = under_rules(facts, rules)
    return WeighedPair(
        pair=pair,
        by_facts=facts.weight,
        own=rules.pair_weights.get((a, b)),
        is_contested=(a, b) in rules.contested_pairs,
        weight=weight_under(pair, rules),
    )


def weigh_all(rules: Rules, nations: Sequence[str]) -> list[WeighedPair]:
    """Weigh every pair of some nations, and those that the rules speak of."""
    among = {(a, b) for place, a in enumerate(nations) for b in nations[place + 1 :]}
    spoken_of = among | rules.pair_weights.keys() | rules.contested_pairs
    return [weigh(rules, a, b) for a, b in sorted(spoken_of)]


def set_pair(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    pair: tuple[str, str],
    *,
    weight: float | None,
    is_contested: bool,
    reason: str,
    at: datetime,
) -> None:
    """Give a pair a weight of its own, or None for that of the facts, and contest it or not."""
    rules = rules_of(cycle.rules)
    weights = {key: one for key, one in rules.pair_weights.items() if key != pair}
    if weight is not None:
        weights[pair] = weight
    contested = rules.contested_pairs - {pair} | ({pair} if is_contested else frozenset())
    changed = replace(rules, pair_weights=weights, contested_pairs=contested)
    cycles.set_rules(session, actor, cycle, changed, at, reason=reason)


def flatten_pairs(
    session: Session, actor: Actor, cycle: Cycle, *, flatten: bool, reason: str, at: datetime
) -> None:
    """Have every pair weigh 1, or each its own weight again."""
    rules = replace(rules_of(cycle.rules), flatten=flatten)
    cycles.set_rules(session, actor, cycle, rules, at, reason=reason)
