"""Taking part again: begun from one's own earlier application, or asked for by staff."""

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.records import Cycle, Programme
from exchange.services import applications, cycles, renewals, returning_hosts
from exchange.web import sessions
from exchange.web.guards import permit
from exchange.web.signup.again import last_years_answers
from exchange.web.signup.whereabouts import draft_key

blueprint = Blueprint("returning", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/application/again")
@permit(Permission.OWN_APPLICATION)
def again() -> Page:
    """The later cycles of the programme that one can sign up to now."""
    details = applications.own_application(g.db, g.actor)
    return render_template(
        "returning/again.html",
        programme=g.db.get(Programme, details.cycle.programme_id),
        cycles=renewals.open_again(g.db, g.actor, g.now),
        has_answers=bool(renewals.answers_of(g.db, details.application)),
    )


@blueprint.post("/application/again")
@permit(Permission.OWN_APPLICATION)
def begin() -> Page:
    """Fill in the answers of last time, in this browser."""
    details = applications.own_application(g.db, g.actor)
    try:
        draft, cycle = renewals.begin(
            g.db,
            g.actor,
            request.form.get("cycle", ""),
            data=last_years_answers(renewals.answers_of(g.db, details.application)),
            web_session_id=sessions.ensure_started(),
            at=g.now,
        )
    except NotFound:
        return redirect(url_for("returning.again"), 303)
    kind = details.application.kind.value
    g.db.commit()
    session["drafts"] = {**session.get("drafts", {}), draft_key(cycle, kind): draft.public_id}
    return redirect(url_for("signup.tasks", cycle_id=cycle.public_id, kind=kind), 303)


@blueprint.get("/cycles/<id:cycle_id>/returning")
@permit(Permission.MANAGE_CYCLES)
def index(cycle_id: str) -> Page:
    """How many hosts of each earlier cycle could be asked."""
    cycle = _cycle(cycle_id)
    return render_template(
        "returning/index.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        is_open=cycle.opens_at <= g.now < cycle.closes_at,
        earlier=[
            (one, len(returning_hosts.whom_to_ask(g.db, g.actor, cycle, one)))
            for one in returning_hosts.earlier_cycles(g.db, g.actor, cycle)
        ],
    )


@blueprint.post("/cycles/<id:cycle_id>/returning")
@permit(Permission.MANAGE_CYCLES)
def ask(cycle_id: str) -> Page:
    """Write to those of one of them."""
    cycle = _cycle(cycle_id)
    wanted = request.form.get("from", "")
    for earlier in returning_hosts.earlier_cycles(g.db, g.actor, cycle):
        if earlier.public_id == wanted:
            returning_hosts.ask_again(g.db, g.actor, cycle, earlier, g.now)
    g.db.commit()
    return redirect(url_for("returning.index", cycle_id=cycle_id), 303)


def _cycle(cycle_id: str) -> Cycle:
    return cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
