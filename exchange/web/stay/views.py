"""During the stay: who has to be spoken with, and the contact log of each placement."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.contact_schedule import ContactKind, ContactOutcome, Side, Stage
from exchange.domain.placement import RelocationReason
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import ContactEntry, Cycle, Programme
from exchange.services import (
    caseloads,
    contact_clocks,
    contacts,
    cycles,
    incident_moves,
    leaving,
    rematches,
)
from exchange.services.contact_clocks import DueStay
from exchange.services.offers import Offered
from exchange.services.time_zones import day_in
from exchange.web.guards import permit
from exchange.web.hand.words import RELOCATION_REASONS
from exchange.web.paging import page_number
from exchange.web.stay.forms import CaseloadForm, CorrectContactForm, LeaveForm, NoteContactForm
from exchange.web.stay.words import CLOCKS, KINDS, OUTCOMES, SHOWN, SIDES, STAGES

blueprint = Blueprint("stay", __name__)

Page = str | Response | tuple[str, int]
PER_PAGE = 50
_LATE = (Stage.OVERDUE, Stage.ESCALATED)


@blueprint.get("/cycles/<id:cycle_id>/contacts")
@permit(Permission.LOG_CONTACTS)
def index(cycle_id: str) -> Page:
    """Every stay in which a contact is due, the most overdue first."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.LOG_CONTACTS)
    wanted = request.args.get("show", "")
    shown = wanted if wanted in SHOWN else ""
    rows = _narrowed(contact_clocks.due_in(g.db, g.actor, cycle, g.now).stays, shown)
    pages = max(1, -(-len(rows) // PER_PAGE))
    page = min(page_number(), pages)
    return render_template(
        "stay/index.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        rows=rows[(page - 1) * PER_PAGE : page * PER_PAGE],
        total=len(rows),
        page={"page": page, "pages": pages},
        shown=shown,
        filters=SHOWN,
        may_manage=g.actor.may(Permission.MANAGE_CYCLES, cycle.programme_id),
        relocations=incident_moves.asked_in(g.db, g.actor, cycle),
        clocks=CLOCKS,
        stages=STAGES,
    )


@blueprint.get("/offers/<id:offer_id>/contacts")
@permit(Permission.LOG_CONTACTS)
def show(offer_id: str) -> Page:
    """The contact log of a placement, what is due, and who looks after the student."""
    one = _mine(offer_id)
    return _show_page(one, _empty_form(one))


@blueprint.post("/offers/<id:offer_id>/contacts")
@permit(Permission.LOG_CONTACTS, shows_form_again=True)
def note(offer_id: str) -> Page:
    """Note a contact."""
    one, form = _mine(offer_id), NoteContactForm()
    if not form.validate() or form.fault_lines():
        return _show_page(one, form)
    try:
        contacts.note_contact(g.db, g.actor, one, side=Side(form.side.data), **_typed(form))
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _show_page(one, form)
    return _done(offer_id)


@blueprint.post("/offers/<id:offer_id>/looked-after")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def assign(offer_id: str) -> Page:
    """Say who looks after the student."""
    one = _mine(offer_id)
    form = CaseloadForm(caseloads.colleagues(g.db, _cycle(one).programme_id))
    if not form.validate() or form.fault_lines():
        return _show_page(one, _empty_form(one), form)
    student = one.student.public_id
    caseloads.assign(g.db, g.actor, _cycle(one), [student], form.account.data, g.now)
    return _done(offer_id)


@blueprint.get("/offers/<id:offer_id>/leave")
@permit(Permission.START_RUNS)
def ask_to_leave(offer_id: str) -> Page:
    """Ask why the student cannot stay there."""
    return _leave_page(_mine(offer_id), LeaveForm(formdata=None))


@blueprint.post("/offers/<id:offer_id>/leave")
@permit(Permission.START_RUNS, shows_form_again=True)
def leave(offer_id: str) -> Page:
    """Keep the two apart from now on, and go on to the re-match."""
    one, form = _mine(offer_id), LeaveForm()
    if not form.validate() or form.fault_lines():
        return _leave_page(one, form)
    try:
        run = leaving.begin_relocation(
            g.db,
            g.actor,
            one,
            reason=RelocationReason(form.reason.data),
            words=form.words.data or "",
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _leave_page(one, form)
    g.db.commit()
    return redirect(url_for("rematch.new", run_id=run.public_id), 303)


@blueprint.get("/contacts/<id:contact_id>/correct")
@permit(Permission.LOG_CONTACTS)
def ask_to_correct(contact_id: str) -> Page:
    """Show an entry as it was written, to be written again."""
    entry, one = contacts.get_entry(g.db, g.actor, contact_id)
    form = CorrectContactForm(
        formdata=None,
        data={
            "kind": entry.kind.value,
            "on": entry.met_on,
            "outcome": entry.outcome.value,
            "note": entry.note,
        },
    )
    return _correct_page(entry, one, form)


@blueprint.post("/contacts/<id:contact_id>/correct")
@permit(Permission.LOG_CONTACTS, shows_form_again=True)
def correct(contact_id: str) -> Page:
    """Add the entry that stands in its place."""
    entry, one = contacts.get_entry(g.db, g.actor, contact_id)
    form = CorrectContactForm()
    if not form.validate() or form.fault_lines():
        return _correct_page(entry, one, form)
    try:
        contacts.correct(g.db, g.actor, entry, one, **_typed(form))
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _correct_page(entry, one, form)
    return _done(one.offer.public_id)


def _mine(offer_id: str) -> Offered:
    return contacts.get_placement(g.db, g.actor, offer_id)


def _empty_form(one: Offered) -> NoteContactForm:
    """Most contacts are noted on their day."""
    return NoteContactForm(formdata=None, data={"on": day_in(_cycle(one).time_zone, g.now)})


def _cycle(one: Offered) -> Cycle:
    found: Cycle = g.db.get_one(Cycle, one.offer.cycle_id)
    return found


def _typed(form: Any) -> dict[str, Any]:
    return {
        "kind": ContactKind(form.kind.data),
        "on": form.on.data,
        "outcome": ContactOutcome(form.outcome.data),
        "note": form.note.data,
        "at": g.now,
    }


def _done(offer_id: str) -> Response:
    g.db.commit()
    return redirect(url_for("stay.show", offer_id=offer_id), 303)


def _narrowed(rows: Sequence[DueStay], shown: str) -> list[DueStay]:
    if shown == "mine":
        return [one for one in rows if one.stay.account_id == g.actor.account_id]
    if shown == "overdue":
        return [one for one in rows if one.clocks[0].stage in _LATE]
    if shown == "soon":
        return [one for one in rows if one.clocks[0].stage not in _LATE]
    return list(rows)


def _show_page(one: Offered, form: NoteContactForm, caseload: CaseloadForm | None = None) -> Page:
    cycle, stay = _cycle(one), contacts.stay_of(g.db, one)
    programme_id = cycle.programme_id
    looks_after = caseloads.who_looks_after(g.db, one.student)
    may_assign = g.actor.may(Permission.MANAGE_CYCLES, programme_id) and contacts.is_live(one)
    if may_assign and caseload is None:
        chosen = {"account": looks_after.public_id if looks_after else None}
        caseload = CaseloadForm(
            caseloads.colleagues(g.db, programme_id), formdata=None, data=chosen
        )
    status = form.status() if caseload is None or form.fault_lines() else caseload.status()
    body = render_template(
        "stay/show.html",
        **_common(one, cycle),
        stay=stay,
        clocks=contact_clocks.clocks_of_stay(g.db, cycle, stay, g.now) if stay else (),
        log=contacts.log_of(g.db, one),
        looks_after=looks_after,
        form=form,
        caseload=caseload if may_assign else None,
        run=rematches.current_run(g.db, g.actor, cycle)
        if g.actor.may(Permission.START_RUNS, programme_id)
        else None,
        clock_words=CLOCKS,
        stages=STAGES,
        reasons=RELOCATION_REASONS,
        person_page="cycles.application"
        if g.actor.may(Permission.SEE_APPLICATIONS, programme_id)
        else "students.show",
    )
    return body, status


def _leave_page(one: Offered, form: LeaveForm) -> Page:
    cycle = _cycle(one)
    return render_template("stay/leave.html", **_common(one, cycle), form=form), form.status()


def _correct_page(entry: ContactEntry, one: Offered, form: CorrectContactForm) -> Page:
    cycle = _cycle(one)
    body = render_template("stay/correct.html", **_common(one, cycle), entry=entry, form=form)
    return body, form.status()


def _common(one: Offered, cycle: Cycle) -> dict[str, Any]:
    return {
        "one": one,
        "cycle": cycle,
        "programme": g.db.get(Programme, cycle.programme_id),
        "kinds": KINDS,
        "outcomes": OUTCOMES,
        "sides": SIDES,
    }
