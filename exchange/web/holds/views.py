"""Hosts who think about a student: who holds, who queues, a new one, one given up."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.records import Cycle, Programme
from exchange.services import cycles, holds
from exchange.web.guards import permit
from exchange.web.offers.forms import HoldForm
from exchange.web.offers.words import HOLDS

blueprint = Blueprint("holds", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/cycles/<id:cycle_id>/holds")
@permit(Permission.SEE_APPLICATIONS)
def index(cycle_id: str) -> Page:
    """The holds of a cycle, student by student in the order of the queue."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_APPLICATIONS)
    return _page(cycle, HoldForm(formdata=None))


@blueprint.post("/cycles/<id:cycle_id>/holds")
@permit(Permission.PUBLISH_RUNS, shows_form_again=True)
def place(cycle_id: str) -> Page:
    """Let a host hold a student, or queue."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.PUBLISH_RUNS)
    form = HoldForm()
    if not form.validate():
        return _page(cycle, form)
    try:
        holds.place_hold(
            g.db, g.actor, cycle, student=form.student.data, host=form.host.data, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _page(cycle, form)
    except Conflict as refusal:
        form.add_fault("host", refusal.message)
        return _page(cycle, form)
    g.db.commit()
    return redirect(url_for("holds.index", cycle_id=cycle_id), 303)


@blueprint.post("/holds/<id:hold_id>/release")
@permit(Permission.PUBLISH_RUNS)
def release(hold_id: str) -> Page:
    """Give a hold up; the next in the queue has the student."""
    hold = holds.release_hold(g.db, g.actor, hold_id, g.now)
    cycle = g.db.get_one(Cycle, hold.cycle_id)
    g.db.commit()
    return redirect(url_for("holds.index", cycle_id=cycle.public_id), 303)


def _page(cycle: Cycle, form: HoldForm) -> Page:
    body = render_template(
        "holds/index.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        rows=holds.list_holds(g.db, g.actor, cycle),
        states=HOLDS,
        may_act=g.actor.may(Permission.PUBLISH_RUNS, cycle.programme_id),
        form=form,
    )
    return body, form.status()
