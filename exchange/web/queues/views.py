"""Queues of applications: filtered, searched, kept under a name, decided many at once."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.queues import Queue
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Cycle, Programme
from exchange.services import (
    bulk_decisions,
    cycles,
    guardian_letters,
    queues,
    rate_limits,
    saved_queues,
)
from exchange.web.desk_words import APPLICATION_STATES
from exchange.web.guards import permit
from exchange.web.i18n import gettext as _
from exchange.web.queues.forms import BulkForm, SaveForm, as_typed, ticked
from exchange.web.queues.words import ATTENTION, ORDERS, country_options
from exchange.web.screening.words import sentence_of

blueprint = Blueprint("queues", __name__)

Page = str | Response | tuple[str, int]
MOST_PAGES = 10_000
ROUNDS_A_DAY = 20
"""How often staff of a cycle may write to many guardians at once."""
OF_CYCLE = "/cycles/<id:cycle_id>/applications"


@blueprint.get(OF_CYCLE)
@permit(Permission.SEE_APPLICATIONS)
def index(cycle_id: str) -> Page:
    """The applications of a cycle, filtered and searched."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_APPLICATIONS)
    return _list_page(cycle)


@blueprint.post(OF_CYCLE)
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def decide(cycle_id: str) -> Page:
    """Decide those that are ticked; the page says what became of each."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SCREEN_APPLICATIONS)
    form = BulkForm()
    chosen = ticked(request.form.getlist("application"))
    is_valid = form.validate() and not form.fault_lines()
    if not chosen and not form.is_switched:
        form.add_fault("application", _("Tick the applications that you decide on"))
    if not is_valid or not chosen:
        return _list_page(cycle, bulk=form, chosen=chosen)
    try:
        decided = bulk_decisions.decide_each(
            g.db,
            g.actor,
            cycle,
            chosen,
            state=ApplicationState(form.decision.data),
            reason=form.reason.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _list_page(cycle, bulk=form, chosen=chosen)
    g.db.commit()
    return render_template(
        "queues/decided.html",
        cycle=cycle,
        done=[one.application for one in decided if one.refusal is None],
        refused=[
            (one.application, one.refusal, [sentence_of(finding) for finding in one.findings])
            for one in decided
            if one.refusal is not None
        ],
        gone=len(chosen) - len(decided),
        states=APPLICATION_STATES,
        state=ApplicationState(form.decision.data),
        back=_address(cycle, _queue()),
    )


@blueprint.post(f"{OF_CYCLE}/guardians")
@permit(Permission.SCREEN_APPLICATIONS)
def write_to_guardians(cycle_id: str) -> Page:
    """Write to the guardians of those that are ticked; the page says to whose."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SCREEN_APPLICATIONS)
    chosen = ticked(request.form.getlist("application"))
    if not chosen:
        form = BulkForm(formdata=None)
        form.add_fault("application", _("Tick the applications whose guardians you write to"))
        return _list_page(cycle, bulk=form)
    bucket = f"guardian-letters:{cycle.public_id}"
    rate_limits.hit(g.db, bucket, limit=ROUNDS_A_DAY, window_s=86_400, at=g.now)
    asked = guardian_letters.write_to_each(
        g.db, g.actor, cycle, [public_id for public_id, _version in chosen], g.now
    )
    g.db.commit()
    return render_template(
        "queues/written.html",
        cycle=cycle,
        done=[one.application for one in asked if one.refusal is None],
        refused=[(one.application, one.refusal) for one in asked if one.refusal is not None],
        back=_address(cycle, _queue()),
    )


@blueprint.post(f"{OF_CYCLE}/saved")
@permit(Permission.SEE_APPLICATIONS, shows_form_again=True)
def save(cycle_id: str) -> Page:
    """Keep the filter of the page under a name."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.SEE_APPLICATIONS)
    form = SaveForm()
    if not form.validate() or form.fault_lines():
        return _list_page(cycle, keep=form)
    try:
        saved_queues.save_queue(g.db, g.actor, cycle, name=form.name.data, queue=_queue(), at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _list_page(cycle, keep=form)
    g.db.commit()
    return redirect(_address(cycle, _queue()), 303)


@blueprint.post("/saved-filters/<id:saved_id>/remove")
@permit(Permission.SEE_APPLICATIONS)
def forget(saved_id: str) -> Page:
    """Remove one's own filter."""
    saved_queues.forget_queue(g.db, g.actor, saved_id)
    g.db.commit()
    cycle_id = request.form.get("cycle", "")
    is_known = len(cycle_id) == 32 and set(cycle_id) <= set("0123456789abcdef")
    target = url_for("queues.index", cycle_id=cycle_id) if is_known else url_for("cycles.index")
    return redirect(target, 303)


def _list_page(
    cycle: Cycle,
    *,
    bulk: BulkForm | None = None,
    chosen: list[tuple[str, int]] | None = None,
    keep: SaveForm | None = None,
) -> Page:
    queue = _queue()
    page = queues.list_applications(g.db, g.actor, cycle, queue, g.now, page=_page_number())
    saved = saved_queues.list_saved(g.db, g.actor, cycle)
    form = bulk or keep
    body = render_template(
        "queues/index.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        page=page,
        queue=queue,
        words=queue.to_words(),
        kinds=ApplicationKind,
        states=APPLICATION_STATES,
        attention=ATTENTION,
        orders=ORDERS,
        countries=country_options(),
        saved=[(one, _address(cycle, Queue.from_words(one.words))) for one in saved],
        bulk=bulk or BulkForm(formdata=None),
        waits_for_guardians=any(
            one.application.state is ApplicationState.WAITING for one in page.rows
        ),
        keep=keep or SaveForm(formdata=None),
        form=form,
        ticked=as_typed(chosen or ()),
        # Said on each line: a template would make a context of its own for each sentence.
        tick=lambda reference: _("Tick %(reference)s", reference=reference),
        may_manage=g.actor.may(Permission.MANAGE_CYCLES, cycle.programme_id),
        may_screen=g.actor.may(Permission.SCREEN_APPLICATIONS, cycle.programme_id),
    )
    return body, form.status() if form else 200


def _queue() -> Queue:
    return Queue.from_words(request.args)


def _address(cycle: Cycle, queue: Queue) -> str:
    words: dict[str, str] = queue.to_words()
    return url_for("queues.index", cycle_id=cycle.public_id, _external=False, **words)  # type: ignore[arg-type]


def _page_number() -> int:
    word = request.args.get("page", "1")
    is_number = word.isascii() and word.isdigit() and len(word) < 6
    return min(max(int(word), 1), MOST_PAGES) if is_number else 1
