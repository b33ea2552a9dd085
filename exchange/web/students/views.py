"""Students and how far they are: a list, a page of each to read, a partner's files, caseloads."""

from functools import partial
from typing import Any

from flask import Blueprint, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.attributes import age_on
from exchange.domain.recipients import age_band, role_may_read
from exchange.domain.roles import Permission, Role
from exchange.errors import InvalidInput, NotFound
from exchange.exports.files import FORMS, file_bytes
from exchange.records import Cycle, Programme
from exchange.services import caseloads, cycles, own_files, sight, student_progress
from exchange.services.applications import ApplicationDetails
from exchange.services.student_progress import NOBODY, Filter
from exchange.web.cycles.answers import answers_as_read
from exchange.web.cycles.forms import ConfirmForm
from exchange.web.desk_words import APPLICATION_STATES, EXPORTS
from exchange.web.exports.words import FORM_WORDS
from exchange.web.guards import permit
from exchange.web.i18n import gettext as _
from exchange.web.paging import page_number
from exchange.web.request_state import settings
from exchange.web.screening.words import SECTIONS
from exchange.web.students.forms import AssignForm, ticked
from exchange.web.students.words import AGES, DAYS, MISSING, PLACES
from exchange.web.viewing import note_viewing

blueprint = Blueprint("students", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/cycles/<id:cycle_id>/students")
@permit(Permission.SEE_STUDENTS)
def index(cycle_id: str) -> Page:
    """The students whom somebody sees, with state, what is missing, place and next days."""
    return _list_page(_cycle(cycle_id, Permission.SEE_STUDENTS))


@blueprint.post("/cycles/<id:cycle_id>/students")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def assign(cycle_id: str) -> Page:
    """Say who looks after the students that are ticked."""
    cycle = _cycle(cycle_id, Permission.MANAGE_CYCLES)
    form = AssignForm(caseloads.colleagues(g.db, cycle.programme_id))
    chosen = ticked(request.form.getlist("application"))
    is_valid = form.validate() and not form.fault_lines()
    if not chosen and not form.is_switched:
        form.add_fault("application", _("Tick the students first"))
    if not is_valid or not chosen:
        return _list_page(cycle, form, chosen)
    try:
        caseloads.assign(g.db, g.actor, cycle, chosen, form.account.data, g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _list_page(cycle, form, chosen)
    g.db.commit()
    words = Filter.from_words(request.args).to_words()
    return redirect(url_for("students.index", cycle_id=cycle_id, **words), 303)  # type: ignore[arg-type]


@blueprint.get("/applications/<id:application_id>/summary")
@permit(Permission.SEE_STUDENTS)
def show(application_id: str) -> Page:
    """One student, or the host of one, to read: what the role in which somebody looks may."""
    details = sight.see(g.db, g.actor, application_id)
    note_viewing(details)
    role = sight.reader_of(g.db, g.actor, details)
    cycle = details.cycle
    answers = answers_as_read(details, partial(role_may_read, role))
    return render_template(
        "students/show.html",
        application=details.application,
        name=_name(details),
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        progress=student_progress.progress_of(g.db, g.actor, cycle, details.application, g.now),
        states=APPLICATION_STATES,
        places=PLACES,
        missing=MISSING,
        days=DAYS,
        age=_age(details) if role is Role.PARTNER else None,
        sections=[(SECTIONS[one], lines) for one, lines in answers.items() if lines],
        may=_powers(cycle),
        may_open_host=role is not Role.PARTNER,
    )


@blueprint.get("/cycles/<id:cycle_id>/own-files")
@permit(Permission.DOWNLOAD_OWN)
def files(cycle_id: str) -> Page:
    """The files that a partner gets about their own students."""
    cycle = _cycle(cycle_id, Permission.DOWNLOAD_OWN)
    return render_template(
        "students/files.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        kinds=own_files.list_kinds(g.db, g.actor, cycle),
        words=EXPORTS,
        forms=FORM_WORDS,
        form=ConfirmForm(),
    )


@blueprint.post("/cycles/<id:cycle_id>/own-files/<kind>")
@permit(Permission.DOWNLOAD_OWN)
def download(cycle_id: str, kind: str) -> Response:
    """Write one of them; a POST, because it leaves a line in the audit trail."""
    cycle = _cycle(cycle_id, Permission.DOWNLOAD_OWN)
    form = request.form.get("form", "")
    if form not in FORMS:
        raise NotFound("There is nothing at this address.")
    table = own_files.own_table(g.db, g.actor, cycle, kind, key=settings().secret_key, at=g.now)
    ending, content_type = FORMS[form]
    data = file_bytes(table, form)
    g.db.commit()
    response = make_response(data)
    response.headers["Content-Type"] = content_type
    name = f"{kind}-{cycle.public_id[:8]}{ending}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _cycle(cycle_id: str, permission: Permission) -> Cycle:
    found: Cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=permission)
    return found


def _list_page(cycle: Cycle, form: AssignForm | None = None, chosen: Any = ()) -> Page:
    wanted, may = Filter.from_words(request.args), _powers(cycle)
    found = student_progress.list_students(g.db, g.actor, cycle, wanted, g.now, page=page_number())
    colleagues = caseloads.colleagues(g.db, cycle.programme_id) if may["see_all"] else []
    body = render_template(
        "students/index.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        page=found,
        wanted=wanted,
        words=wanted.to_words(),
        states=APPLICATION_STATES,
        places=PLACES,
        missing=MISSING,
        days=DAYS,
        colleagues=colleagues,
        nobody=NOBODY,
        assign=form or AssignForm(colleagues, formdata=None) if may["manage"] else None,
        form=form,
        ticked=set(chosen),
        may=may,
    )
    return body, form.status() if form else 200


def _powers(cycle: Cycle) -> dict[str, bool]:
    """What the actor may do besides; a page shows no link that would be refused."""
    programme_id = cycle.programme_id
    return {
        "see_all": sight.sees_all(g.actor, programme_id),
        "manage": g.actor.may(Permission.MANAGE_CYCLES, programme_id),
        "contacts": g.actor.may(Permission.LOG_CONTACTS, programme_id),
        "report": g.actor.may(Permission.REPORT_INCIDENTS, programme_id),
        "download": g.actor.may(Permission.DOWNLOAD_OWN, programme_id),
    }


def _name(details: ApplicationDetails) -> str:
    if details.student is not None:
        names = (details.student.given_name, details.student.family_name)
        return " ".join(one for one in names if one)
    return (details.host.name if details.host is not None else None) or ""


def _age(details: ApplicationDetails) -> Any:
    """Return the age band of a student in words, where the day of birth is known."""
    student = details.student
    if student is None or student.birth_on is None:
        return None
    return AGES[age_band(age_on(student.birth_on, details.cycle.stay_from_on))]
