"""Frontiers on pages: asked for, watched, seen as a picture and a table, and started from."""

from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from exchange.domain.cycle import LIVE_RUN_STATES
from exchange.domain.roles import Permission
from exchange.exports.frontier_svg import FrontierPoint, frontier_svg
from exchange.jobs.queue import enqueue_frontier
from exchange.records import Cycle, Frontier, Programme
from exchange.services import cycles, frontiers, rule_versions
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import RUN_STATES
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.i18n import gettext as _
from exchange.web.request_state import settings

blueprint = Blueprint("frontiers", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/cycles/<id:cycle_id>/frontiers")
@permit(Permission.SEE_RUNS)
def index(cycle_id: str) -> Page:
    """The curves of a cycle, and a button for a new one."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.SEE_RUNS)
    return render_template(
        "frontiers/index.html",
        **_frame(cycle),
        frontiers=frontiers.list_frontiers(g.db, g.actor, cycle.id),
    )


@blueprint.post("/cycles/<id:cycle_id>/frontiers")
@permit(Permission.START_RUNS)
def start(cycle_id: str) -> Page:
    """Freeze the applications and hand the curve to the worker."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, Permission.START_RUNS)
    made = frontiers.start_frontier(g.db, g.actor, cycle_id=cycle.id, at=g.now)
    g.db.commit()
    enqueue_frontier(made.public_id, settings())
    return redirect(url_for("frontiers.show", frontier_id=made.public_id), 303)


@blueprint.get("/frontiers/<id:frontier_id>")
@permit(Permission.SEE_RUNS)
def show(frontier_id: str) -> Page:
    """One curve: how far it is, or its points."""
    found = frontiers.get_frontier(g.db, g.actor, frontier_id)
    cycle = g.db.get(Cycle, found.cycle_id)
    return render_template(
        "frontiers/show.html",
        **_frame(cycle),
        frontier=found,
        is_live=found.state in LIVE_RUN_STATES,
        picture=_drawn(found) if found.points else None,
        version=rule_versions.number_of(g.db, found.rule_version_id),
    )


@blueprint.get("/frontiers/<id:frontier_id>/progress")
@permit(Permission.SEE_RUNS)
def progress(frontier_id: str) -> Response:
    """The part of the page that changes while a worker computes; it stops asking at the end."""
    found = frontiers.get_frontier(g.db, g.actor, frontier_id)
    is_live = found.state in LIVE_RUN_STATES
    response = make_response(
        render_template(
            "frontiers/_progress.html", frontier=found, is_live=is_live, states=RUN_STATES
        )
    )
    if not is_live:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/frontiers/<id:frontier_id>/cancel")
@permit(Permission.START_RUNS)
def cancel(frontier_id: str) -> Page:
    """Stop computing."""
    found = frontiers.get_frontier(g.db, g.actor, frontier_id, Permission.START_RUNS)
    frontiers.cancel_frontier(g.db, g.actor, found, g.now)
    g.db.commit()
    return redirect(url_for("frontiers.show", frontier_id=frontier_id), 303)


def _drawn(frontier: Frontier) -> Markup:
    points = [
        FrontierPoint(one["epsilon"], one["D"], one["mean_fit"], one["tier4"])
        for one in frontier.points or ()
    ]
    return Markup(  # noqa: S704
        frontier_svg(
            points,
            title=_("What a better fit costs"),
            standalone=False,
            language=current_language(),
        )
    )


def _frame(cycle: Cycle) -> dict[str, Any]:
    return {
        "cycle": cycle,
        "programme": g.db.get(Programme, cycle.programme_id),
        "states": RUN_STATES,
        "may_start": g.actor.may(Permission.START_RUNS, cycle.programme_id),
        "form": ConfirmForm(),
    }
