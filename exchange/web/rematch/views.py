"""Re-matching: what cannot stay, a run with few changes, what it changes, and relocations."""

import re
import secrets

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import RunKind, RunState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.jobs.queue import enqueue_run
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import cycles, hand, relocations, rematches, runs
from exchange.services.labels import labels_of
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import RUN_STATES
from exchange.web.guards import permit
from exchange.web.hand.words import RELOCATION_REASONS
from exchange.web.rematch.forms import RematchForm
from exchange.web.rematch.words import trouble_lines
from exchange.web.request_state import settings

blueprint = Blueprint("rematch", __name__)

Page = str | Response | tuple[str, int]
SHOWN = 200
"""Lines of a list on one page; the rest is counted."""
_KEY = re.compile("[0-9a-f]{32}")


@blueprint.get("/runs/<id:run_id>/rematch")
@permit(Permission.START_RUNS)
def new(run_id: str) -> Page:
    """Which placements of a run cannot stay, who waits, which places are free."""
    return _new_page(_run(run_id), RematchForm(formdata=None), secrets.token_hex(16), 200)


@blueprint.post("/runs/<id:run_id>/rematch")
@permit(Permission.START_RUNS, shows_form_again=True)
def start(run_id: str) -> Page:
    """Hand the re-match to the worker."""
    run, form, key = _run(run_id), RematchForm(), request.form.get("key", "")
    key = key if _KEY.fullmatch(key) else secrets.token_hex(16)
    if not form.validate() or form.fault_lines():
        return _new_page(run, form, key, form.status())
    try:
        made = rematches.start_rematch(
            g.db,
            g.actor,
            run,
            max_changes=form.max_changes.data,
            holds_waiting=bool(form.holds_waiting.data),
            idempotency_key=key,
            at=g.now,
        )
    except InvalidInput as refusal:
        g.db.rollback()
        form.add_faults(refusal)
        return _new_page(_run(run_id), form, key, form.status())
    except Conflict as refusal:
        live = refusal.facts.get("run_id")
        if live is None:
            raise
        g.db.rollback()
        cycle = _cycle(_run(run_id))
        body = render_template(
            "runs/busy.html",
            cycle=cycle,
            programme=_programme(cycle),
            message=refusal.message,
            run_id=live,
        )
        return body, 409
    g.db.commit()
    if made.state is RunState.QUEUED:
        enqueue_run(made.public_id, settings())
    return redirect(url_for("runs.show", run_id=made.public_id), 303)


@blueprint.get("/runs/<id:run_id>/changes")
@permit(Permission.SEE_RUNS)
def changes(run_id: str) -> Page:
    """What a run changes of the one that it was made from: who stays, who moves, from where to."""
    run = runs.get_run(g.db, g.actor, run_id)
    cycle = _cycle(run)
    found = rematches.compare_with_parent(g.db, g.actor, run)
    shown = found.changes[:SHOWN] if found else ()
    people = [one for each in shown for one in (each.student, each.before, each.after)]
    parent = g.db.get(MatchRun, run.parent_id or 0)
    return render_template(
        "rematch/changes.html",
        run=run,
        parent=parent,
        cycle=cycle,
        programme=_programme(cycle),
        difference=found,
        shown=shown,
        labels=labels_of(g.db, g.actor, run.cycle_id, people),
        states=RUN_STATES,
        may_undo=run.kind is RunKind.HAND
        and run.state is RunState.READY
        and g.actor.may(Permission.START_RUNS, cycle.programme_id),
        may_publish=run.state is RunState.READY
        and g.actor.may(Permission.PUBLISH_RUNS, cycle.programme_id),
        form=ConfirmForm(),
    )


@blueprint.get("/cycles/<id:cycle_id>/relocations")
@permit(Permission.SEE_RUNS)
def relocated(cycle_id: str) -> Page:
    """Every change of host of a cycle, with the code of its reason."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_RUNS)
    rows = relocations.list_relocations(g.db, g.actor, cycle)
    people = [
        one.public_id
        for row in rows
        for one in (row.student, row.from_host, row.to_host)
        if one is not None
    ]
    return render_template(
        "rematch/relocated.html",
        cycle=cycle,
        programme=_programme(cycle),
        rows=rows,
        reasons=RELOCATION_REASONS,
        labels=labels_of(g.db, g.actor, cycle.id, people),
    )


def _new_page(run: MatchRun, form: RematchForm, key: str, status: int) -> Page:
    cycle = _cycle(run)
    can_start = run.state in hand.EDITABLE
    state = rematches.state_of_run(g.db, g.actor, run, g.now)
    troubled = sorted(state.troubles)[:SHOWN]
    waiting, standby = state.waiting[:SHOWN], sorted(state.standby)[:SHOWN]
    people = [
        *troubled,
        *(state.host_of[one] for one in troubled),
        *waiting,
        *standby,
    ]
    body = render_template(
        "rematch/new.html",
        run=run,
        cycle=cycle,
        programme=_programme(cycle),
        state=state,
        troubled=[(one, trouble_lines(state.troubles[one])) for one in troubled],
        waiting=waiting,
        standby=standby,
        places=sum(state.standby.values()),
        labels=labels_of(g.db, g.actor, run.cycle_id, people),
        can_start=can_start,
        form=form,
        key=key,
    )
    return body, status


def _run(run_id: str) -> MatchRun:
    return runs.get_run(g.db, g.actor, run_id, permission=Permission.START_RUNS)


def _cycle(run: MatchRun) -> Cycle:
    cycle = g.db.get(Cycle, run.cycle_id)
    assert isinstance(cycle, Cycle)
    return cycle


def _programme(cycle: Cycle) -> Programme | None:
    found: Programme | None = g.db.get(Programme, cycle.programme_id)
    return found
