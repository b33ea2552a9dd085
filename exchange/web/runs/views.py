"""Match runs: started, watched, cancelled, read. Nothing is solved in a request."""

import re
import secrets

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from exchange.domain.cycle import LIVE_RUN_STATES, RunState
from exchange.domain.placement import Contact
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput
from exchange.exports.contacts_svg import contacts_svg
from exchange.exports.gap_curve_svg import gap_curve_svg
from exchange.jobs.queue import enqueue_run
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import cycles, publishing, rule_versions, runs
from exchange.services.rule_versions import rules_of
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import RUN_STATES, STAGES, SWITCHED_OFF, TERMS
from exchange.web.guards import permit
from exchange.web.i18n import country_name, current_language
from exchange.web.i18n import gettext as _
from exchange.web.reasons import conflict_words
from exchange.web.request_state import settings
from exchange.web.runs.forms import RunForm

blueprint = Blueprint("runs", __name__)

ANSWERED = frozenset({RunState.READY, RunState.PUBLISHED, RunState.SUPERSEDED})
"""Only these have placements to show; a run out of time may have a report and no answer."""

MOST_PAIRS = 150
"""Pairs of nations that the run's own page draws and lists."""
OFTENEST = 20
"""Pairs that it lists where there are more."""
LEAST_POINTS = 2
"""A curve of one point is a dot that says less than the sentence above it."""

Page = str | Response | tuple[str, int]
_KEY = re.compile("[0-9a-f]{32}")


@blueprint.get("/cycles/<id:cycle_id>/runs")
@permit(Permission.SEE_RUNS)
def index(cycle_id: str) -> Page:
    """All runs of a cycle, the latest first."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_RUNS)
    return render_template(
        "runs/index.html",
        cycle=cycle,
        programme=_programme(cycle),
        runs=runs.list_runs(g.db, g.actor, cycle.id),
        states=RUN_STATES,
        may_start=g.actor.may(Permission.START_RUNS, cycle.programme_id),
    )


@blueprint.get("/cycles/<id:cycle_id>/runs/new")
@permit(Permission.START_RUNS)
def new(cycle_id: str) -> Page:
    """Choose how a run should weigh diversity and fit."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.START_RUNS)
    form = RunForm(formdata=None, epsilon=rules_of(cycle.rules).epsilon)
    _fill_in(form)
    return _new_page(cycle, form, secrets.token_hex(16))


@blueprint.post("/cycles/<id:cycle_id>/runs/new")
@permit(Permission.START_RUNS, shows_form_again=True)
def start(cycle_id: str) -> Page:
    """Freeze the applications and hand the run to the worker."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.START_RUNS)
    form = RunForm()
    key = request.form.get("key", "")
    key = key if _KEY.fullmatch(key) else secrets.token_hex(16)
    if not form.validate() or form.fault_lines():
        return _new_page(cycle, form, key)
    try:
        run = runs.start_run(
            g.db,
            g.actor,
            cycle_id=cycle.id,
            epsilon=form.epsilon.data,
            seed=form.seed.data,
            time_limit_s=form.time_limit_s.data,
            idempotency_key=key,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _new_page(cycle, form, key)
    except Conflict as refusal:
        g.db.rollback()
        body = render_template(
            "runs/busy.html",
            cycle=cycle,
            programme=_programme(cycle),
            message=refusal.message,
            run_id=refusal.facts.get("run_id"),
        )
        return body, 409
    g.db.commit()
    if run.state is RunState.QUEUED:
        enqueue_run(run.public_id, settings())
    return redirect(url_for("runs.show", run_id=run.public_id), 303)


@blueprint.get("/runs/<id:run_id>")
@permit(Permission.SEE_RUNS)
def show(run_id: str) -> Page:
    """One run: how far it is, or what came out."""
    run = runs.get_run(g.db, g.actor, run_id)
    cycle = _cycle(run)
    facts = {
        "run": run,
        "cycle": cycle,
        "programme": _programme(cycle),
        "states": RUN_STATES,
        "stages": STAGES,
        "form": ConfirmForm(),
        "may_start": g.actor.may(Permission.START_RUNS, cycle.programme_id),
    }
    if run.state in LIVE_RUN_STATES:
        return render_template("runs/watch.html", curve=_curve(run), **facts)
    if run.report is None or run.state not in ANSWERED:
        return render_template("runs/ended.html", conflict_words=conflict_words, **facts)
    # A big programme's picture has a page of its own: here it would cost more than all the rest.
    is_small = run.report.get("nation_pairs", 0) <= MOST_PAIRS
    contacts = runs.run_contacts(g.db, g.actor, run, most=None if is_small else OFTENEST)
    return render_template(
        "runs/show.html",
        report=run.report,
        contacts=contacts,
        picture=_heat_map(contacts) if is_small else None,
        terms=TERMS,
        switched_off=SWITCHED_OFF,
        country_name=country_name,
        digest=runs.input_digest(g.db, g.actor, run),
        version=rule_versions.number_of(g.db, run.rule_version_id),
        command=f"exchange run reproduce {run.public_id}",
        curve=_curve(run),
        may_publish=g.actor.may(Permission.PUBLISH_RUNS, cycle.programme_id)
        or (
            publishing.open_proposal(g.db, run) is not None
            and g.actor.may(Permission.CONFIRM_RUNS, cycle.programme_id)
        ),
        may_see_offers=g.actor.may(Permission.SEE_APPLICATIONS, cycle.programme_id),
        may_export=g.actor.may(Permission.EXPORT, cycle.programme_id),
        **facts,
    )


@blueprint.get("/runs/<id:run_id>/progress")
@permit(Permission.SEE_RUNS)
def progress(run_id: str) -> Response:
    """The part of the page that changes while a run works; it stops asking when the run ends."""
    run = runs.get_run(g.db, g.actor, run_id)
    response = make_response(
        render_template(
            "runs/_progress.html", run=run, states=RUN_STATES, stages=STAGES, curve=_curve(run)
        )
    )
    if run.state not in LIVE_RUN_STATES:
        response.headers["HX-Refresh"] = "true"
    return response


@blueprint.post("/runs/<id:run_id>/cancel")
@permit(Permission.START_RUNS)
def cancel(run_id: str) -> Page:
    """Stop a run."""
    run = runs.get_run(g.db, g.actor, run_id, permission=Permission.START_RUNS)
    runs.request_cancel(g.db, g.actor, run, g.now)
    g.db.commit()
    return redirect(url_for("runs.show", run_id=run_id), 303)


def _heat_map(contacts: list[Contact]) -> Markup:
    return Markup(  # noqa: S704
        contacts_svg(
            contacts, title=_("Who meets whom"), standalone=False, language=current_language()
        )
    )


def _fill_in(form: RunForm) -> None:
    """Take over the choice of whoever comes from a point of a frontier."""
    for name in ("epsilon", "seed"):
        if name in request.args:
            asked = RunForm(MultiDict({name: request.args[name]}), meta={"csrf": False})[name]
            if not asked.process_errors:
                form[name].data = asked.data


def _curve(run: MatchRun) -> Markup | None:
    """How the gap fell, as a picture; None before there is a line to draw."""
    if not run.curve or len(run.curve) < LEAST_POINTS:
        return None
    points = [(seconds, stage, gap) for seconds, stage, gap in run.curve]
    return Markup(  # noqa: S704
        gap_curve_svg(
            points,
            title=_("How the gap to the best possible falls"),
            standalone=False,
            language=current_language(),
        )
    )


def _new_page(cycle: Cycle, form: RunForm, key: str) -> Page:
    body = render_template(
        "runs/new.html",
        cycle=cycle,
        programme=_programme(cycle),
        counts=cycles.cycle_counts(g.db, cycle.id),
        form=form,
        key=key,
    )
    return body, form.status()


def _cycle(run: MatchRun) -> Cycle:
    cycle = g.db.get(Cycle, run.cycle_id)
    assert isinstance(cycle, Cycle)
    return cycle


def _programme(cycle: Cycle) -> Programme | None:
    found: Programme | None = g.db.get(Programme, cycle.programme_id)
    return found
