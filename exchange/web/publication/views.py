"""Publishing a run: one person proposes it, another confirms it or says no."""

from flask import Blueprint, g, redirect, render_template, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import RunState
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import publishing, runs
from exchange.services.step_up import require_step_up
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.guards import permit

blueprint = Blueprint("publication", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/runs/<id:run_id>/publish")
@permit(Permission.CONFIRM_RUNS)
def show(run_id: str) -> Page:
    """What publishing does, who has proposed it, and who can go on."""
    run = _run(run_id)
    if run.state is not RunState.READY:
        return redirect(url_for("runs.show", run_id=run_id), 303)
    require_step_up(g.actor, g.now)
    return _page(run, changed=publishing.changed_since(g.db, run, g.now), status=200)


@blueprint.post("/runs/<id:run_id>/publish/propose")
@permit(Permission.PUBLISH_RUNS)
def propose(run_id: str) -> Page:
    """Propose it to a second person."""
    run = _run(run_id, Permission.PUBLISH_RUNS)
    try:
        publishing.propose(g.db, g.actor, run, g.now)
    except Conflict as refusal:
        return _refused(run_id, refusal)
    g.db.commit()
    return redirect(url_for("publication.show", run_id=run_id), 303)


@blueprint.post("/runs/<id:run_id>/publish")
@permit(Permission.CONFIRM_RUNS)
def confirm(run_id: str) -> Page:
    """Confirm what somebody else proposed: the run is published."""
    run = _run(run_id)
    try:
        publishing.publish_run(g.db, g.actor, run, g.now)
    except Conflict as refusal:
        return _refused(run_id, refusal)
    g.db.commit()
    return redirect(url_for("runs.show", run_id=run_id), 303)


@blueprint.post("/runs/<id:run_id>/publish/withdraw")
@permit(Permission.CONFIRM_RUNS)
def withdraw(run_id: str) -> Page:
    """Take it back, or say no to a colleague's."""
    publishing.withdraw_proposal(g.db, g.actor, _run(run_id), g.now)
    g.db.commit()
    return redirect(url_for("runs.show", run_id=run_id), 303)


def _run(run_id: str, permission: Permission = Permission.CONFIRM_RUNS) -> MatchRun:
    return runs.get_run(g.db, g.actor, run_id, permission=permission)


def _refused(run_id: str, refusal: Conflict) -> Page:
    """Show what has changed since the run, and let a proposal of it fall."""
    changed = refusal.facts.get("changed")
    if not isinstance(changed, list):
        raise refusal
    g.db.rollback()
    run = _run(run_id)
    publishing.let_fall(g.db, g.actor, run, g.now)
    g.db.commit()
    return _page(run, changed=changed, status=409)


def _page(run: MatchRun, *, changed: list[str], status: int) -> Page:
    cycle = g.db.get_one(Cycle, run.cycle_id)
    proposal = publishing.open_proposal(g.db, run)
    body = render_template(
        "publication/show.html",
        run=run,
        cycle=cycle,
        programme=g.db.get_one(Programme, cycle.programme_id),
        report=run.report or {},
        from_files=publishing.count_from_files(g.db, run),
        changed=changed,
        proposal=proposal,
        is_mine=proposal is not None and proposal.proposed_by_id == g.actor.account_id,
        may_propose=g.actor.may(Permission.PUBLISH_RUNS, cycle.programme_id),
        form=ConfirmForm(),
    )
    return body, status
