"""Cycles: made, opened, closed, counted."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, bindparam, col, func, select, update

from exchange.domain.ages import ADULT_AGE, HIGHEST_ADULT_AGE
from exchange.domain.cycle import MOST_GUARDIANS, ApplicationKind, ApplicationState
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import PackName
from exchange.domain.rules import Rules
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Application, Cycle, Host, MatchRun, RuleVersion
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.names import clean_name
from exchange.services.rule_versions import add_version, rules_of, stored_rules
from exchange.services.time_zones import check_zone
from exchange.translations import Sentence

# Asked by every page of a sign-up, and built once.
_PUBLIC = select(Cycle).where(
    col(Cycle.public_id) == bindparam("public_id"), col(Cycle.opens_at) <= bindparam("at")
)


@dataclass(frozen=True, slots=True)
class CycleCounts:
    """How many signed up, by state, how many places there are, and how many runs."""

    students: Mapping[ApplicationState, int]
    hosts: Mapping[ApplicationState, int]
    places: int
    runs: int


def create_cycle(
    session: Session,
    actor: Actor,
    *,
    programme_id: int,
    name: str,
    time_zone: str,
    opens_at: datetime,
    closes_at: datetime,
    stay_from_on: date,
    stay_to_on: date,
    at: datetime,
    rules: Rules | None = None,
    guardians_needed: int = 1,
    adult_age: int = ADULT_AGE,
    rule_pack: PackName = PackName.PLAIN,
) -> Cycle:
    """Make a cycle of a programme.

    Raises
    ------
    InvalidInput
        When the times do not follow each other, the zone is unknown, or a number is no rule.
    """
    require(actor, Permission.MANAGE_CYCLES, programme_id)
    faults: dict[str, list[str]] = {}
    if opens_at >= closes_at:
        faults["closes_at"] = [Sentence("Sign-up has to close after it opens")]
    if stay_from_on > stay_to_on:
        faults["stay_to_on"] = [Sentence("The stay has to end after it begins")]
    if not 1 <= guardians_needed <= MOST_GUARDIANS:
        faults["guardians_needed"] = [Sentence("Ask for one guardian or for two")]
    if not ADULT_AGE <= adult_age <= HIGHEST_ADULT_AGE:
        faults["adult_age"] = [Sentence("Use an age of majority from 18 to 21")]
    if faults:
        raise InvalidInput("Check what was given for the cycle.", faults)
    cycle = Cycle(
        programme_id=programme_id,
        name=clean_name(name),
        time_zone=check_zone(time_zone),
        opens_at=opens_at,
        closes_at=closes_at,
        stay_from_on=stay_from_on,
        stay_to_on=stay_to_on,
        rules=stored_rules(rules or Rules()),
        guardians_needed=guardians_needed,
        adult_age=adult_age,
        rule_pack=rule_pack,
        created_at=at,
    )
    session.add(cycle)
    session.flush()
    add_version(session, actor, cycle, reason="", at=at)
    _audit(session, actor, "cycle:create", cycle, at)
    return cycle


def set_rules(
    session: Session, actor: Actor, cycle: Cycle, rules: Rules, at: datetime, *, reason: str = ""
) -> None:
    """Give a cycle new rules, as a new version; runs that were started keep theirs."""
    _set(session, actor, cycle, rules=rules, rule_pack=cycle.rule_pack, reason=reason, at=at)


def set_rule_pack(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    rule_pack: PackName,
    at: datetime,
    *,
    reason: str = "",
) -> None:
    """Give a cycle another rule pack; whoever is not cleared by it is not matched any more."""
    rules = rules_of(cycle.rules)
    _set(session, actor, cycle, rules=rules, rule_pack=rule_pack, reason=reason, at=at)


def restore_rules(
    session: Session, actor: Actor, cycle: Cycle, version: RuleVersion, at: datetime, *, reason: str
) -> None:
    """Give a cycle the rules and the rule pack of an earlier version, as a new version."""
    assert version.cycle_id == cycle.id
    _set(
        session,
        actor,
        cycle,
        rules=rules_of(version.rules),
        rule_pack=version.rule_pack,
        reason=reason,
        at=at,
    )


def _set(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    rules: Rules,
    rule_pack: PackName,
    reason: str,
    at: datetime,
) -> None:
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    has_other_rules = rules.to_json() != rules_of(cycle.rules).to_json()
    has_other_pack = rule_pack is not cycle.rule_pack
    if not has_other_rules and not has_other_pack:
        return
    _change(session, cycle, rules=stored_rules(rules), rule_pack=rule_pack)
    version = add_version(session, actor, cycle, reason=reason, at=at)
    facts = {"version": version.number}
    if has_other_rules:
        _audit(session, actor, "cycle:set_rules", cycle, at, digest=rules.digest, **facts)
    if has_other_pack:
        pack = rule_pack.value
        _audit(session, actor, "cycle:set_rule_pack", cycle, at, rule_pack=pack, **facts)


def open_cycle(session: Session, actor: Actor, cycle: Cycle, at: datetime) -> None:
    """Open sign-up now; a closing time that is past has to be moved first."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    if cycle.closes_at <= at:
        raise Conflict("Sign-up closed in the past. Set a new closing time first.")
    if cycle.opens_at <= at:
        return
    _change(session, cycle, opens_at=at)
    _audit(session, actor, "cycle:open", cycle, at)


def close_cycle(session: Session, actor: Actor, cycle: Cycle, at: datetime) -> None:
    """Close sign-up now."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    if cycle.closes_at <= at:
        return
    if cycle.opens_at >= at:
        raise Conflict("Sign-up has not opened yet.")
    _change(session, cycle, closes_at=at)
    _audit(session, actor, "cycle:close", cycle, at)


def list_cycles(session: Session, actor: Actor) -> list[Cycle]:
    """Return the cycles of the actor's programmes, the newest stay first."""
    query = select(Cycle).order_by(col(Cycle.stay_from_on).desc(), col(Cycle.id))
    if not actor.is_administrator:
        mine = [p for p in actor.roles if actor.may(Permission.SEE_CYCLES, p)]
        query = query.where(col(Cycle.programme_id).in_(mine))
    return list(session.exec(query))


def get_cycle(
    session: Session,
    actor: Actor,
    public_id: str,
    permission: Permission = Permission.SEE_CYCLES,
) -> Cycle:
    """Return one cycle of the actor's programmes; NotFound for any other."""
    found = session.exec(select(Cycle).where(Cycle.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    require(actor, permission, found.programme_id)
    return found


def open_cycles(session: Session, at: datetime) -> list[Cycle]:
    """Return the cycles that anybody may sign up to now, the first to close first."""
    query = select(Cycle).where(Cycle.opens_at <= at, Cycle.closes_at > at)
    return list(session.exec(query.order_by(col(Cycle.closes_at), col(Cycle.id))))


def public_cycle(session: Session, public_id: str, at: datetime) -> Cycle | None:
    """Return a cycle that may be spoken of in public: one that has opened, now or before."""
    return session.exec(_PUBLIC, params={"public_id": public_id, "at": at}).one_or_none()


# What is counted below, built once.
_CYCLES: Any = bindparam("cycles", expanding=True)
_APPLIED = (
    select(Application.cycle_id, Application.kind, Application.state, func.count())
    .where(col(Application.cycle_id).in_(_CYCLES))
    .group_by(col(Application.cycle_id), col(Application.kind), col(Application.state))
)
_OFFERED = (
    select(Application.cycle_id, func.sum(Host.capacity))
    .join(Host, col(Application.host_id) == col(Host.id))
    .where(
        col(Application.cycle_id).in_(_CYCLES),
        # Said although the join says it, so that an index finds them.
        col(Application.kind) == ApplicationKind.HOST,
        col(Application.state) == ApplicationState.APPROVED,
    )
    .group_by(col(Application.cycle_id))
)
_STARTED = (
    select(MatchRun.cycle_id, func.count())
    .where(col(MatchRun.cycle_id).in_(_CYCLES))
    .group_by(col(MatchRun.cycle_id))
)


def cycle_counts(session: Session, cycle_id: int) -> CycleCounts:
    """Count a cycle's applications, places of approved hosts, and runs: three statements."""
    return count_cycles(session, [cycle_id])[cycle_id]


def count_cycles(session: Session, cycle_ids: Sequence[int]) -> dict[int, CycleCounts]:
    """Count as `cycle_counts` does, for many cycles with the same three statements."""
    of = {"cycles": cycle_ids}
    applied = session.exec(_APPLIED, params=of)
    people: dict[tuple[int, ApplicationKind], Counter[ApplicationState]] = {
        (cycle_id, kind): Counter() for cycle_id in cycle_ids for kind in ApplicationKind
    }
    for cycle_id, kind, state, count in applied:
        people[cycle_id, ApplicationKind(kind)][ApplicationState(state)] = count
    offered = session.exec(_OFFERED, params=of)
    places = {cycle_id: int(count) for cycle_id, count in offered}
    runs = dict(session.exec(_STARTED, params=of).all())
    return {
        cycle_id: CycleCounts(
            students=people[cycle_id, ApplicationKind.STUDENT],
            hosts=people[cycle_id, ApplicationKind.HOST],
            places=places.get(cycle_id, 0),
            runs=runs.get(cycle_id, 0),
        )
        for cycle_id in cycle_ids
    }


def _change(session: Session, cycle: Cycle, **values: object) -> None:
    """Write new values if nobody else did since the cycle was read."""
    changed = session.connection().execute(
        update(Cycle)
        .where(col(Cycle.id) == cycle.id, col(Cycle.version) == cycle.version)
        .values(version=cycle.version + 1, **values)
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody else has just changed this cycle. Look at it again.")
    session.refresh(cycle)


def _audit(
    session: Session, actor: Actor, action: str, cycle: Cycle, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="cycle",
        subject_id=cycle.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )
