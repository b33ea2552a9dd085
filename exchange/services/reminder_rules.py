"""The rules that remind, as a coordinator sets them, and the hours at which nobody is reminded."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from exchange.domain.reminders import HIGHEST_DAYS, Condition
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Cycle, Programme, ReminderRule
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.translations import Sentence


def list_rules(session: Session, cycle: Cycle) -> list[ReminderRule]:
    """Return the rules of a cycle in the order of the conditions, then of the days."""
    order = list(Condition)
    rules = session.exec(select(ReminderRule).where(ReminderRule.cycle_id == cycle.id))
    return sorted(rules, key=lambda one: (order.index(one.condition), one.days))


def get_rule(session: Session, actor: Actor, public_id: str) -> tuple[ReminderRule, Cycle]:
    """Return a rule of the actor's programmes with its cycle; NotFound for any other."""
    row = session.exec(
        select(ReminderRule, Cycle)
        .join(Cycle, col(ReminderRule.cycle_id) == col(Cycle.id))
        .where(ReminderRule.public_id == public_id)
    ).first()
    if row is None:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.MANAGE_CYCLES, row[1].programme_id)
    return row[0], row[1]


def add_rule(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    condition: Condition,
    days: int,
    at: datetime,
) -> ReminderRule:
    """Add a rule; one that is there and switched off is switched on again.

    Raises
    ------
    InvalidInput
        When the days are out of range, or the very rule is there already.
    """
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    if not 1 <= days <= HIGHEST_DAYS:
        sentence = Sentence("Use a number of days from 1 to %(most)d", most=HIGHEST_DAYS)
        raise InvalidInput(f"{sentence}.", {"days": [sentence]})
    known = session.exec(
        select(ReminderRule).where(
            ReminderRule.cycle_id == cycle.id,
            ReminderRule.condition == condition,
            ReminderRule.days == days,
        )
    ).one_or_none()
    if known is not None and known.is_active:
        sentence = Sentence("This rule is there already")
        raise InvalidInput(f"{sentence}.", {"days": [sentence]})
    if known is not None:
        switch_rule(session, actor, known, cycle, on=True, at=at)
        return known
    rule = ReminderRule(
        cycle_id=cycle.id,
        condition=condition,
        days=days,
        made_by_id=actor.account_id,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(rule)
    except IntegrityError as error:
        raise Conflict("Somebody else has just added this rule.") from error
    _note(session, actor, "reminder_rule:add", rule, cycle, at)
    return rule


def switch_rule(
    session: Session, actor: Actor, rule: ReminderRule, cycle: Cycle, *, on: bool, at: datetime
) -> None:
    """Switch a rule on or off; nobody whom it has reminded is reminded of the same thing again."""
    require(actor, Permission.MANAGE_CYCLES, cycle.programme_id)
    if rule.is_active is on:
        return
    rule.is_active, rule.looked_at = on, None
    session.add(rule)
    session.flush()
    _note(session, actor, f"reminder_rule:{'on' if on else 'off'}", rule, cycle, at)


def set_quiet_hours(
    session: Session, actor: Actor, programme: Programme, *, start: int, end: int, at: datetime
) -> None:
    """Say at which hours, in the programme's zone, no reminder goes out; equal ones are none."""
    require(actor, Permission.MANAGE_CYCLES, programme.id)
    programme.quiet_from, programme.quiet_until = start, end
    session.add(programme)
    session.flush()
    audit.record(
        session,
        actor,
        "programme:set_quiet_hours",
        subject_kind="programme",
        subject_id=programme.public_id,
        programme_id=programme.id,
        facts={"from": start, "until": end},
        at=at,
    )


def _note(
    session: Session, actor: Actor, action: str, rule: ReminderRule, cycle: Cycle, at: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="reminder_rule",
        subject_id=rule.public_id,
        programme_id=cycle.programme_id,
        facts={"condition": rule.condition.value, "days": rule.days},
        at=at,
    )
