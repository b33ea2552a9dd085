"""Versions of a cycle's rules: one is added by every change in `cycles`, none is ever edited."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, select

from exchange.domain.roles import Permission
from exchange.domain.rule_changes import Change, changes_between
from exchange.domain.rules import Rules
from exchange.errors import NotFound
from exchange.records import Account, Cycle, RuleVersion
from exchange.records.rule_version import LONGEST_REASON
from exchange.services.actor import Actor
from exchange.services.authority import require


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """A version, who made it, and what it changed of the one before; nothing for the first."""

    version: RuleVersion
    by: str | None
    changes: tuple[Change, ...]
    pack_changed: bool


@dataclass(frozen=True, slots=True)
class PairChange:
    """The version that last changed the weight of a pair of nations."""

    number: int
    at: datetime
    reason: str


def rules_of(stored: Mapping[str, object]) -> Rules:
    """Read rules as they are stored on a cycle, a version or a run."""
    return Rules.from_json(json.dumps(stored))


def stored_rules(rules: Rules) -> dict[str, object]:
    """Return rules as they are stored."""
    stored: dict[str, object] = json.loads(rules.to_json())
    return stored


def add_version(
    session: Session, actor: Actor, cycle: Cycle, *, reason: str, at: datetime
) -> RuleVersion:
    """Write down the rules that a cycle has now, under the next number.

    The caller has just changed the cycle's row in this transaction, which others wait for: no two
    take the same number.
    """
    version = RuleVersion(
        cycle_id=cycle.id,
        number=current_number(session, cycle.id) + 1,
        rules=dict(cycle.rules),
        rule_pack=cycle.rule_pack,
        reason=reason.strip()[:LONGEST_REASON],
        actor_id=actor.account_id,
        created_at=at,
    )
    session.add(version)
    session.flush()
    return version


def current_number(session: Session, cycle_id: int) -> int:
    """Return the number of the version in force; 0 before there is one."""
    query = select(func.max(RuleVersion.number)).where(RuleVersion.cycle_id == cycle_id)
    return session.exec(query).one() or 0


def current_version(session: Session, cycle_id: int) -> RuleVersion | None:
    """Return the version in force."""
    query = select(RuleVersion).where(RuleVersion.cycle_id == cycle_id)
    return session.exec(query.order_by(col(RuleVersion.number).desc()).limit(1)).first()


def get_version(session: Session, actor: Actor, cycle: Cycle, number: int) -> RuleVersion:
    """Return one version of a cycle's rules; NotFound for a number that it does not have."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    query = select(RuleVersion).where(
        RuleVersion.cycle_id == cycle.id, RuleVersion.number == number
    )
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def number_of(session: Session, version_id: int | None) -> int | None:
    """Return the number of the version that a run used; None for a run of before versions."""
    if version_id is None:
        return None
    return session.exec(select(RuleVersion.number).where(RuleVersion.id == version_id)).first()


def history(
    session: Session, actor: Actor, cycle: Cycle, *, before: int | None = None, most: int = 20
) -> list[HistoryLine]:
    """Return versions, the latest first, each with its differences; one statement.

    Parameters
    ----------
    before : int, optional
        Only versions of lower numbers: the next page.
    """
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    query = (
        select(RuleVersion, Account.display_name)
        .outerjoin(Account, col(Account.id) == col(RuleVersion.actor_id))
        .where(RuleVersion.cycle_id == cycle.id)
        .order_by(col(RuleVersion.number).desc())
        .limit(most + 1)
    )
    if before is not None:
        query = query.where(RuleVersion.number < before)
    found = session.exec(query).all()
    lines = []
    for place, (version, by) in enumerate(found[:most]):
        earlier = found[place + 1][0] if place + 1 < len(found) else None
        lines.append(
            HistoryLine(
                version,
                by,
                () if earlier is None else differences(earlier, version),
                earlier is not None and earlier.rule_pack is not version.rule_pack,
            )
        )
    return lines


def differences(old: RuleVersion, new: RuleVersion) -> tuple[Change, ...]:
    """Say what became of the rules from one version to another."""
    if old.rules == new.rules:
        return ()
    return changes_between(rules_of(old.rules), rules_of(new.rules))


def pair_changes(
    session: Session, cycle: Cycle, *, most: int = 200
) -> dict[tuple[str, str], PairChange]:
    """Tell for each pair of nations which of the latest versions last changed its weight."""
    query = select(RuleVersion).where(RuleVersion.cycle_id == cycle.id)
    found = list(session.exec(query.order_by(col(RuleVersion.number).desc()).limit(most)))
    last: dict[tuple[str, str], PairChange] = {}
    for new, old in zip(found, [*found[1:], None], strict=True):
        told = _pair_settings(new)
        before = {} if old is None else _pair_settings(old)
        if told == before:
            continue
        for pair in told.keys() | before.keys():
            if told.get(pair) != before.get(pair):
                change = PairChange(new.number, new.created_at, new.reason)
                last.setdefault(pair, change)
    return last


def _pair_settings(version: RuleVersion) -> dict[tuple[str, str], tuple[float | None, bool]]:
    rules = version.rules
    weights, contested = rules.get("pair_weights", {}), set(rules.get("contested_pairs", ()))
    return {
        (pair[:2], pair[3:]): (weights.get(pair), pair in contested)
        for pair in weights.keys() | contested
    }
