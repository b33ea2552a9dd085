"""Reminders of a cycle: the rules, what they would send today, what they have sent."""

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.reminders import Condition
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Cycle, Programme, ReminderRule
from exchange.services import cycles, reminder_rules, reminders
from exchange.web.guards import permit
from exchange.web.reminders.forms import QuietForm, RuleForm
from exchange.web.reminders.words import CONDITIONS, SHORTLY, is_before

blueprint = Blueprint("reminders", __name__)

Page = str | Response | tuple[str, int]
OF_CYCLE = "/cycles/<id:cycle_id>/reminders"
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class RuleLine:
    """A rule with those whom it would remind until the day ends."""

    rule: ReminderRule
    words: Any
    is_before: bool
    due: int
    references: list[tuple[str, str]]
    """(public id, reference) of the first of their applications."""


@blueprint.get(OF_CYCLE)
@permit(Permission.MANAGE_CYCLES)
def index(cycle_id: str) -> Page:
    """The rules with a dry look at today, and what was sent."""
    return _index_page(_cycle(cycle_id))


@blueprint.post(OF_CYCLE)
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def add(cycle_id: str) -> Page:
    """Add a rule; the worker carries it out within minutes."""
    cycle = _cycle(cycle_id)
    form = RuleForm()
    if not form.validate() or form.fault_lines():
        return _index_page(cycle, form=form)
    try:
        reminder_rules.add_rule(
            g.db,
            g.actor,
            cycle,
            condition=Condition(form.condition.data),
            days=form.days.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _index_page(cycle, form=form)
    return _done(cycle)


@blueprint.post(f"{OF_CYCLE}/quiet")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def set_quiet_hours(cycle_id: str) -> Page:
    """Say at which hours nobody is reminded; for all cycles of the programme."""
    cycle = _cycle(cycle_id)
    form = QuietForm()
    if not form.validate() or form.fault_lines():
        return _index_page(cycle, quiet=form)
    reminder_rules.set_quiet_hours(
        g.db,
        g.actor,
        g.db.get_one(Programme, cycle.programme_id),
        start=form.quiet_from.data,
        end=form.quiet_until.data,
        at=g.now,
    )
    return _done(cycle)


@blueprint.post("/reminder-rules/<id:rule_id>/switch")
@permit(Permission.MANAGE_CYCLES)
def switch(rule_id: str) -> Page:
    """Switch a rule on or off."""
    rule, cycle = reminder_rules.get_rule(g.db, g.actor, rule_id)
    if request.form.get("do") in ("on", "off"):
        reminder_rules.switch_rule(
            g.db, g.actor, rule, cycle, on=request.form["do"] == "on", at=g.now
        )
    return _done(cycle)


def _index_page(
    cycle: Cycle, *, form: RuleForm | None = None, quiet: QuietForm | None = None
) -> Page:
    programme = g.db.get_one(Programme, cycle.programme_id)
    lines = [_line(cycle, rule) for rule in reminder_rules.list_rules(g.db, cycle)]
    asked = form or quiet
    body = render_template(
        "reminders/index.html",
        cycle=cycle,
        programme=programme,
        lines=lines,
        sent=reminders.last_sent(g.db, cycle, most=MOST_SHOWN),
        shortly=SHORTLY,
        is_quiet=reminders.quiet_hours(programme).holds(g.now),
        asked=asked,
        form=form or RuleForm(formdata=None),
        quiet=quiet or QuietForm(formdata=None, obj=programme),
    )
    return body, asked.status() if asked else 200


def _line(cycle: Cycle, rule: ReminderRule) -> RuleLine:
    due = reminders.due_today(g.db, cycle, rule, g.now) if rule.is_active else []
    found = [one.application for one in due if one.application is not None][:MOST_SHOWN]
    return RuleLine(
        rule=rule,
        words=CONDITIONS[rule.condition],
        is_before=is_before(rule.condition),
        due=len(due),
        references=[(one.public_id, one.reference) for one in found],
    )


def _cycle(cycle_id: str) -> Cycle:
    return cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)


def _done(cycle: Cycle) -> Response:
    g.db.commit()
    return redirect(url_for("reminders.index", cycle_id=cycle.public_id), 303)
