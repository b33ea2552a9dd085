"""A new cycle: from nothing, or after the pattern of last year's."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.ages import ADULT_AGE
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import PackName
from exchange.errors import InvalidInput
from exchange.records import Cycle, Programme
from exchange.services import cycle_copies, cycles, programmes
from exchange.services.authority import require
from exchange.web.cycle_setup.forms import CycleForm, filled_in
from exchange.web.guards import permit

blueprint = Blueprint("cycle_setup", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/programmes/<id:programme_id>/cycles/new")
@permit(Permission.MANAGE_CYCLES)
def new(programme_id: str) -> Page:
    """Ask what the first cycle, or one unlike the others, is to be."""
    programme = _programme(programme_id)
    beginning = {
        "time_zone": programme.time_zone,
        "opens_time": "09:00",
        "closes_time": "23:59",
        "guardians_needed": 1,
        "adult_age": ADULT_AGE,
        "rule_pack": PackName.PLAIN.value,
    }
    return _new_page(programme, CycleForm(formdata=None, data=beginning))


@blueprint.post("/programmes/<id:programme_id>/cycles/new")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def create(programme_id: str) -> Page:
    """Make it."""
    programme = _programme(programme_id)
    form = CycleForm()
    if not form.validate():
        return _new_page(programme, form)
    try:
        made = cycles.create_cycle(
            g.db, g.actor, programme_id=programme.id, **form.values(), at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _new_page(programme, form)
    g.db.commit()
    return redirect(url_for("cycles.show", cycle_id=made.public_id), 303)


@blueprint.get("/cycles/<id:cycle_id>/copy")
@permit(Permission.MANAGE_CYCLES)
def copy(cycle_id: str) -> Page:
    """Show what goes along, and the times a year later, to be corrected."""
    cycle = _cycle(cycle_id)
    plan = cycle_copies.plan_next(g.db, g.actor, cycle)
    return _copy_page(cycle, CycleForm(formdata=None, data=filled_in(plan)))


@blueprint.post("/cycles/<id:cycle_id>/copy")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def make_copy(cycle_id: str) -> Page:
    """Make the copy."""
    cycle = _cycle(cycle_id)
    form = CycleForm()
    if not form.validate():
        return _copy_page(cycle, form)
    try:
        made = cycle_copies.copy_cycle(g.db, g.actor, cycle, **form.values(), at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _copy_page(cycle, form)
    g.db.commit()
    return redirect(url_for("cycles.show", cycle_id=made.public_id), 303)


def _programme(programme_id: str) -> Programme:
    programme = programmes.get_programme(g.db, g.actor, programme_id)
    require(g.actor, Permission.MANAGE_CYCLES, programme.id)
    return programme


def _cycle(cycle_id: str) -> Cycle:
    return cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)


def _new_page(programme: Programme, form: CycleForm) -> Page:
    return render_template("cycle_setup/new.html", programme=programme, form=form), form.status()


def _copy_page(cycle: Cycle, form: CycleForm) -> Page:
    pattern = cycle_copies.pattern_of(g.db, g.actor, cycle)
    body = render_template(
        "cycle_setup/copy.html",
        cycle=cycle,
        programme=g.db.get_one(Programme, cycle.programme_id),
        pattern=pattern,
        form=form,
    )
    return body, form.status()
