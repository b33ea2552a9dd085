"""A match changed by hand: choose a student, choose where to, see the price, confirm.

Plain forms do all of it; `static/hand.js` lets a pointer drag one row onto another instead and
then opens the same page of the price.
"""

import secrets

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import RunState
from exchange.domain.hand import Edit, OverrideKind, move, release, swap
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Cycle, MatchRun, Programme
from exchange.services import cycles, hand, overrides, runs
from exchange.services.labels import Label, labels_of
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import RUN_STATES
from exchange.web.guards import permit
from exchange.web.hand.forms import ChangeForm, ReasonForm
from exchange.web.hand.words import KINDS, limit_line, obstacle_lines, pair_words
from exchange.web.i18n import gettext as _
from exchange.web.paging import page_number

blueprint = Blueprint("hand", __name__)

Page = str | Response | tuple[str, int]
PER_PAGE = 50
LISTED = 50
"""Free places and students without one on the board; each list says how many there are."""


@blueprint.get("/runs/<id:run_id>/hand")
@permit(Permission.START_RUNS)
def index(run_id: str) -> Page:
    """The placements as a board: each can be chosen, or dragged onto another or a free place."""
    run = _run(run_id)
    if run.state not in hand.EDITABLE:
        return _nothing(run)
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    pages = max(1, -(-len(match.placements) // PER_PAGE))
    page = min(page_number(), pages)
    rows = match.placements[(page - 1) * PER_PAGE : page * PER_PAGE]
    free = match.cohort.free_places(match.host_of)
    shown = sorted(free)[:LISTED]
    waiting = sorted(
        one.id
        for one in match.cohort.students.values()
        if one.cleared and one.id not in match.host_of
    )
    people = [
        *waiting[:LISTED],
        *shown,
        *(one.student_id for one in rows),
        *(one.host_id for one in rows),
    ]
    return render_template(
        "hand/index.html",
        rows=rows,
        total=len(match.placements),
        page={"page": page, "pages": pages},
        labels=labels_of(g.db, g.actor, run.cycle_id, people),
        cohort=match.cohort,
        free={host: free[host] for host in shown},
        n_free=len(free),
        waiting=waiting[:LISTED],
        **frame,
    )


@blueprint.get("/runs/<id:run_id>/hand/student")
@permit(Permission.START_RUNS)
def choose(run_id: str) -> Page:
    """Where a student could go: free places and swaps that no rule blocks, best first."""
    run = _run(run_id)
    student = request.args.get("student", "")
    if run.state not in hand.EDITABLE or not student:
        return _nothing(run)
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    found = hand.ways(match, student)
    here = match.host_of.get(student)
    listed = [*found.moves, *found.swaps]
    labels = labels_of(
        g.db,
        g.actor,
        run.cycle_id,
        [student, here, *(way.host_id for way in listed), *(way.other_id for way in listed)],
    )
    return render_template(
        "hand/choose.html",
        student=student,
        here=here,
        is_pinned=any(one == student for one, _host in match.cohort.rules.pins),
        ways=found,
        labels=labels,
        cohort=match.cohort,
        host_of=match.host_of,
        **frame,
    )


@blueprint.get("/runs/<id:run_id>/hand/price")
@permit(Permission.START_RUNS)
def price(run_id: str) -> Page:
    """What a change would cost, before anybody confirms it."""
    run = _run(run_id)
    if run.state not in hand.EDITABLE or not request.args.get("student"):
        return _nothing(run)
    return _price_page(run, ChangeForm(formdata=None), secrets.token_hex(16), 200)


@blueprint.post("/runs/<id:run_id>/hand/price")
@permit(Permission.START_RUNS, shows_form_again=True)
def change(run_id: str) -> Page:
    """Make the change: a new run, which is the match from then on."""
    run = _run(run_id)
    if not request.args.get("student"):
        return redirect(url_for("hand.index", run_id=run_id), 303)
    form, key = ChangeForm(), request.form.get("key", "")
    key = key if len(key) == 32 and key.isalnum() else secrets.token_hex(16)
    if not form.validate() or form.fault_lines():
        return _price_page(run, form, key, form.status())
    try:
        made = hand.change_by_hand(
            g.db,
            g.actor,
            run,
            _edit,
            reason=form.reason.data or "",
            accepts_broken=bool(form.accepts_broken.data),
            idempotency_key=key,
            at=g.now,
        )
        if form.keep.data:
            _pin_what_was_made(made, form.reason.data or "")
    except InvalidInput as refusal:
        g.db.rollback()
        run = _run(run_id)
        form.add_faults(refusal)
        return _price_page(run, form, key, form.status())
    g.db.commit()
    return redirect(url_for("rematch.changes", run_id=made.public_id), 303)


def _pin_what_was_made(made: MatchRun, reason: str) -> None:
    student = request.args.get("student", "")
    host = {one.student_id: one.host_id for one in hand.placements_of(g.db, made)}.get(student)
    if host is not None:
        hand.decide_pair(
            g.db, g.actor, made, OverrideKind.PIN,
            student=student, host=host, reason=reason, at=g.now,
        )  # fmt: skip


@blueprint.post("/runs/<id:run_id>/hand/undo")
@permit(Permission.START_RUNS)
def undo(run_id: str) -> Page:
    """Take a change by hand back."""
    parent = hand.undo(g.db, g.actor, _run(run_id), g.now)
    g.db.commit()
    return redirect(url_for("runs.show", run_id=parent.public_id), 303)


@blueprint.get("/runs/<id:run_id>/hand/pair")
@permit(Permission.START_RUNS)
def pair(run_id: str) -> Page:
    """Ask why a pair should be pinned or forbidden for later runs."""
    run = _run(run_id)
    if run.state not in hand.EDITABLE or not request.args.get("student"):
        return _nothing(run)
    return _pair_page(run, ReasonForm(formdata=None), 200)


@blueprint.post("/runs/<id:run_id>/hand/pair")
@permit(Permission.START_RUNS, shows_form_again=True)
def decide(run_id: str) -> Page:
    """Pin or forbid a pair for every later run of the cycle."""
    run = _run(run_id)
    if not request.args.get("student"):
        return redirect(url_for("hand.index", run_id=run_id), 303)
    form = ReasonForm()
    if not form.validate() or form.fault_lines():
        return _pair_page(run, form, form.status())
    hand.decide_pair(
        g.db,
        g.actor,
        run,
        _kind_of_pair(),
        student=request.args.get("student", ""),
        host=request.args.get("host", ""),
        reason=form.reason.data or "",
        at=g.now,
    )
    g.db.commit()
    cycle = _cycle(run)
    return redirect(url_for("hand.listed", cycle_id=cycle.public_id), 303)


@blueprint.get("/cycles/<id:cycle_id>/by-hand")
@permit(Permission.SEE_RUNS)
def listed(cycle_id: str) -> Page:
    """Every decision by hand of a cycle: who, when, why, and whether it was taken back."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_RUNS)
    rows = overrides.list_overrides(g.db, g.actor, cycle)
    people = [one for row in rows for one in (row.student, row.host, row.other) if one is not None]
    return render_template(
        "hand/listed.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        rows=rows,
        kinds=KINDS,
        labels=labels_of(g.db, g.actor, cycle.id, [one.public_id for one in people]),
        may_start=g.actor.may(Permission.START_RUNS, cycle.programme_id),
    )


@blueprint.post("/cycles/<id:cycle_id>/by-hand")
@permit(Permission.START_RUNS)
def lift(cycle_id: str) -> Page:
    """Take a pin or a forbid back."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.START_RUNS)
    chosen = request.form.get("override", "")
    if not chosen:
        raise Conflict(_("Choose what should be taken back."))
    override = overrides.get_override(g.db, g.actor, chosen)
    if override.cycle_id != cycle.id:
        raise NotFound("There is nothing at this address.")
    overrides.lift(g.db, g.actor, override, g.now)
    g.db.commit()
    return redirect(url_for("hand.listed", cycle_id=cycle_id), 303)


def _edit(match: hand.Match) -> Edit:
    """Read the change that the address names."""
    student = request.args.get("student", "")
    other, host = request.args.get("other", ""), request.args.get("host", "")
    if other:
        return swap(student, other, match.host_of)
    return move(student, host) if host else release(student)


def _kind_of_pair() -> OverrideKind:
    return OverrideKind.FORBID if request.args.get("kind") == "forbid" else OverrideKind.PIN


def _price_page(run: MatchRun, form: ChangeForm, key: str, status: int) -> Page:
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    edit = _edit(match)
    if any(one not in match.cohort.students for one in edit.goes):
        raise NotFound("There is nothing at this address.")
    found = hand.price(match, edit)
    people = [
        *edit.goes,
        *edit.goes.values(),
        *(match.host_of.get(one) for one in edit.goes),
        *(one for limit in (*found.broken, *found.mended) for one in limit.whom.split(" ")),
    ]
    labels = labels_of(g.db, g.actor, run.cycle_id, people)
    body = render_template(
        "hand/price.html",
        edit=edit,
        price=found,
        host_of=match.host_of,
        labels=labels,
        obstacles={one: obstacle_lines(codes) for one, codes in found.obstacles.items()},
        broken=[limit_line(one, labels) for one in found.broken],
        mended=[limit_line(one, labels) for one in found.mended],
        gained=[pair_words(*pair) for pair in found.gained],
        lost=[pair_words(*pair) for pair in found.lost],
        form=form,
        key=key,
        changes=found.placements != match.placements,
        **frame,
    )
    return body, status


def _pair_page(run: MatchRun, form: ReasonForm, status: int) -> Page:
    frame = _frame(run)
    match = hand.read_match(g.db, g.actor, run)
    student, host = request.args.get("student", ""), request.args.get("host", "")
    if student not in match.cohort.students or host not in match.cohort.hosts:
        raise NotFound("There is nothing at this address.")
    against = match.cohort.rules_against(student, host)
    kind = _kind_of_pair()
    labels = labels_of(g.db, g.actor, run.cycle_id, [student, host])
    body = render_template(
        "hand/pair.html",
        is_pin=kind is OverrideKind.PIN,
        student=_label(labels, student),
        host=_label(labels, host),
        obstacles=obstacle_lines(against) if kind is OverrideKind.PIN else [],
        form=form,
        **frame,
    )
    return body, status


def _label(labels: object, public_id: str) -> Label:
    found = labels.get(public_id) if isinstance(labels, dict) else None
    return found or Label(public_id, public_id[:8], is_open=False)


def _nothing(run: MatchRun) -> Page:
    return render_template("hand/nothing.html", states=RUN_STATES, **_frame(run))


def _run(run_id: str) -> MatchRun:
    return runs.get_run(g.db, g.actor, run_id, permission=Permission.START_RUNS)


def _cycle(run: MatchRun) -> Cycle:
    cycle = g.db.get(Cycle, run.cycle_id)
    assert isinstance(cycle, Cycle)
    return cycle


def _frame(run: MatchRun) -> dict[str, object]:
    """What every page here shows. Asked for first and held: else each service reads it again."""
    cycle = _cycle(run)
    return {
        "run": run,
        "cycle": cycle,
        "programme": g.db.get(Programme, cycle.programme_id),
        "is_published": run.state is RunState.PUBLISHED,
        "confirm": ConfirmForm(),
    }
