"""Help in two actions, the emergency card, and whom to call; and what staff report for others."""

import re
import secrets

from flask import Blueprint, g, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from exchange.domain.incident import Reporter
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Account, Application, Cycle, Programme
from exchange.services import contact_reminders, contacts, cycles, help_contacts, incident_reports
from exchange.services.incident_mails import reference_of
from exchange.services.incident_reports import Named
from exchange.web.guards import permit
from exchange.web.help.forms import GUARDIAN, HOST, STAFF, HelpContactsForm, HelpForm, ReportForm

blueprint = Blueprint("help", __name__)

Page = str | Response | tuple[str, int]
_KEY = re.compile("[0-9a-f]{32}")


@blueprint.get("/application/help")
@permit(Permission.OWN_APPLICATION)
def ask() -> Page:
    """A page with a button; nothing has to be written."""
    return _help_page(secrets.token_hex(16), None)


@blueprint.post("/application/help")
@permit(Permission.OWN_APPLICATION, shows_form_again=True)
def send() -> Page:
    """Tell the leads."""
    return _send("help.sent")


@blueprint.get("/application/help/sent")
@permit(Permission.OWN_APPLICATION)
def sent() -> Page:
    """Say that somebody answers, and whom to call until then."""
    return _sent_page()


@blueprint.get("/guardian/help")
@permit(Permission.OWN_GUARDIANSHIP)
def guardian_ask() -> Page:
    """The same for a parent or guardian."""
    return _help_page(secrets.token_hex(16), None)


@blueprint.post("/guardian/help")
@permit(Permission.OWN_GUARDIANSHIP, shows_form_again=True)
def guardian_send() -> Page:
    """Tell the leads."""
    return _send("help.guardian_sent")


@blueprint.get("/guardian/help/sent")
@permit(Permission.OWN_GUARDIANSHIP)
def guardian_sent() -> Page:
    """Say that somebody answers, and whom to call until then."""
    return _sent_page()


@blueprint.get("/application/card")
@permit(Permission.OWN_APPLICATION)
def card() -> Page:
    """The emergency card: to be printed, without any name."""
    about, _reporter = incident_reports.own_side(g.db, g.actor)
    return render_template("help/card.html", call=_call(about))


@blueprint.get("/applications/<id:application_id>/help")
@permit(Permission.REPORT_INCIDENTS)
def report(application_id: str) -> Page:
    """Ask what has happened, on behalf of a participant."""
    return _report_page(_participant(application_id), secrets.token_hex(16), None)


@blueprint.post("/applications/<id:application_id>/help")
@permit(Permission.REPORT_INCIDENTS, shows_form_again=True)
def send_report(application_id: str) -> Page:
    """Tell the leads."""
    about, key = _participant(application_id), _key()
    form = ReportForm(Reporter.STAFF, _staff(about))
    if not form.validate() or form.fault_lines():
        return _report_page(about, key, form)
    try:
        incident_reports.report_for(
            g.db, g.actor, about, text=form.text.data, named=_named(form), key=key, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _report_page(about, key, form)
    g.db.commit()
    return render_template("help/reported.html", about=about, call=_call(about))


@blueprint.get("/cycles/<id:cycle_id>/help-contacts")
@permit(Permission.MANAGE_CYCLES)
def help_numbers(cycle_id: str) -> Page:
    """Whom to call, in all cycles of the programme."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    programme = g.db.get_one(Programme, cycle.programme_id)
    return _numbers_page(cycle, programme, HelpContactsForm(formdata=None, obj=programme))


@blueprint.post("/cycles/<id:cycle_id>/help-contacts")
@permit(Permission.MANAGE_CYCLES, shows_form_again=True)
def save_help_numbers(cycle_id: str) -> Page:
    """Keep them."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    programme, form = g.db.get_one(Programme, cycle.programme_id), HelpContactsForm()
    if not form.validate() or form.fault_lines():
        return _numbers_page(cycle, programme, form)
    try:
        help_contacts.set_help_contacts(
            g.db,
            g.actor,
            programme,
            duty_phone=form.duty_phone.data,
            outside_name=form.outside_name.data,
            outside_email=form.outside_email.data,
            outside_phone=form.outside_phone.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _numbers_page(cycle, programme, form)
    g.db.commit()
    return redirect(url_for("stay.index", cycle_id=cycle_id), 303)


def _send(following: str) -> Page:
    about, reporter = incident_reports.own_side(g.db, g.actor)
    form, key = HelpForm(reporter, _leads(about)), _key()
    if not form.validate() or form.fault_lines():
        return _help_page(key, form)
    incident = incident_reports.ask_for_help(
        g.db, g.actor, text=form.text.data, named=_named(form), key=key, at=g.now
    )
    g.db.commit()
    # Only this browser session knows that somebody asked: no page of the application shows it.
    session["help"] = incident.public_id
    return redirect(url_for(following), 303)


def _help_page(key: str, form: HelpForm | None) -> Page:
    about, reporter = incident_reports.own_side(g.db, g.actor)
    shown = form or HelpForm(reporter, _leads(about), formdata=None)
    body = render_template("help/ask.html", form=shown, key=key, call=_call(about))
    return body, shown.status()


def _sent_page() -> Page:
    about, _reporter = incident_reports.own_side(g.db, g.actor)
    found = incident_reports.asked_by(g.db, about, session.get("help", ""))
    return render_template(
        "help/sent.html",
        call=_call(about),
        is_seen=found is not None and help_contacts.is_seen(g.db, found),
        reference=reference_of(found) if found is not None else None,
        incident=found,
        time_zone=_cycle_of(about).time_zone,
    )


def _report_page(about: Application, key: str, form: ReportForm | None) -> Page:
    shown = form or ReportForm(Reporter.STAFF, _staff(about), formdata=None)
    body = render_template("help/report.html", about=about, form=shown, key=key)
    return body, shown.status()


def _numbers_page(cycle: Cycle, programme: Programme, form: HelpContactsForm) -> Page:
    body = render_template(
        "help/help_numbers.html",
        cycle=cycle,
        programme=programme,
        has_lead=help_contacts.has_lead(g.db, programme),
        form=form,
    )
    return body, form.status()


def _participant(application_id: str) -> Application:
    return contacts.get_person(g.db, g.actor, application_id)


def _key() -> str:
    typed = request.form.get("key", "")
    return typed if _KEY.fullmatch(typed) else secrets.token_hex(16)


def _cycle_of(about: Application) -> Cycle:
    found: Cycle = g.db.get_one(Cycle, about.cycle_id)
    return found


def _call(about: Application) -> help_contacts.Call:
    programme = g.db.get_one(Programme, _cycle_of(about).programme_id)
    return help_contacts.whom_to_call(g.db, about, programme)


def _leads(about: Application) -> list[Account]:
    return contact_reminders.leads_of(g.db, _cycle_of(about).programme_id)


def _staff(about: Application) -> list[Account]:
    return incident_reports.staff_who_could_be_named(g.db, _cycle_of(about).programme_id)


def _named(form: HelpForm) -> Named:
    ticked = form.named.data or []
    return Named(
        host=HOST in ticked,
        guardian=GUARDIAN in ticked,
        accounts=[one.removeprefix(STAFF) for one in ticked if one.startswith(STAFF)],
    )
