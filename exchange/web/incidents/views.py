"""What safeguarding leads see of a call for help, and do about it."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.incident import EntryKind, IncidentOutcome, is_late
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound
from exchange.records import Cycle, Incident
from exchange.services import (
    cycles,
    incident_entries,
    incident_erasures,
    incident_reports,
    incident_waits,
    incidents,
)
from exchange.services.incident_mails import reference_of
from exchange.services.incident_people import applications_in, is_concerned
from exchange.services.labels import labels_of
from exchange.web.guards import permit
from exchange.web.incidents.forms import (
    DecideForm,
    EntryForm,
    ErasureForm,
    NameForm,
)
from exchange.web.incidents.words import ENTRIES, OUTCOMES, REPORTERS, STATES

blueprint = Blueprint("incidents", __name__)

Page = str | Response | tuple[str, int]


@blueprint.get("/incidents")
@permit(Permission.SEE_INCIDENTS)
def index() -> Page:
    """What the lead may look at, the most urgent first."""
    found = incidents.list_incidents(g.db, g.actor)
    return render_template(
        "incidents/index.html",
        rows=[(one, reference_of(one), _late(one)) for one in found],
        cycles={one.id: one for one in cycles.list_cycles(g.db, g.actor)},
        states=STATES,
        outcomes=OUTCOMES,
        reporters=REPORTERS,
    )


@blueprint.get("/incidents/<id:incident_id>")
@permit(Permission.SEE_INCIDENTS)
def show(incident_id: str) -> Page:
    """Everything said about an incident, and what can be done."""
    return _show_page(_incident(incident_id))


@blueprint.post("/incidents/<id:incident_id>/acknowledge")
@permit(Permission.SEE_INCIDENTS)
def acknowledge(incident_id: str) -> Page:
    """Say that somebody has seen it."""
    incidents.acknowledge(g.db, g.actor, _incident(incident_id), g.now)
    return _done(incident_id)


@blueprint.post("/incidents/<id:incident_id>/notes")
@permit(Permission.SEE_INCIDENTS, shows_form_again=True)
def add_note(incident_id: str) -> Page:
    """Write something down."""
    incident, form = _incident(incident_id), EntryForm()
    if not form.validate() or form.fault_lines():
        return _show_page(incident, entry=form)
    incidents.add_note(g.db, g.actor, incident, form.text.data or "", g.now)
    return _done(incident_id)


@blueprint.post("/incidents/<id:incident_id>/named")
@permit(Permission.SEE_INCIDENTS, shows_form_again=True)
def name(incident_id: str) -> Page:
    """Name somebody of the staff, who then sees nothing of it."""
    incident = _incident(incident_id)
    form = NameForm(_nameable(incident))
    if not form.validate() or form.fault_lines():
        return _show_page(incident, naming=form)
    incidents.name_account(g.db, g.actor, incident, form.account.data, g.now)
    g.db.commit()
    # Whoever names themselves has no page of it any more.
    return redirect(url_for("incidents.index"), 303)


@blueprint.get("/incidents/<id:incident_id>/decide")
@permit(Permission.SEE_INCIDENTS)
def ask_to_decide(incident_id: str) -> Page:
    """Ask what is decided, and why."""
    incident = _incident(incident_id)
    return _decide_page(incident, _decide_form(incident, formdata=None))


@blueprint.post("/incidents/<id:incident_id>/decide")
@permit(Permission.SEE_INCIDENTS, shows_form_again=True)
def decide(incident_id: str) -> Page:
    """Decide."""
    incident = _incident(incident_id)
    form = _decide_form(incident)
    if not form.validate() or form.fault_lines():
        return _decide_page(incident, form)
    try:
        incidents.decide(
            g.db,
            g.actor,
            incident,
            outcome=IncidentOutcome(form.outcome.data),
            text=form.text.data,
            told_at=form.told_which.moment,
            shows_contact=form.contact.data == "shown",
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _decide_page(incident, form)
    return _done(incident_id)


@blueprint.get("/incidents/<id:incident_id>/erasure")
@permit(Permission.SEE_INCIDENTS)
def ask_about_erasure(incident_id: str) -> Page:
    """Ask whether a person who wishes it may be erased."""
    return _erasure_page(_incident(incident_id), ErasureForm(formdata=None))


@blueprint.post("/incidents/<id:incident_id>/erasure")
@permit(Permission.SEE_INCIDENTS, shows_form_again=True)
def decide_erasure(incident_id: str) -> Page:
    """Allow it, or say why not yet."""
    incident, form = _incident(incident_id), ErasureForm()
    if not form.validate() or form.fault_lines():
        return _erasure_page(incident, form)
    wishes = incident_waits.wishes(g.db, incident)
    wanted = request.form.get("application", "")
    application = next((one for one in wishes if one.public_id == wanted), None)
    if application is None:
        raise NotFound("There is nothing at this address.")
    try:
        incident_erasures.decide_erasure(
            g.db,
            g.actor,
            incident,
            application,
            allows=form.answer.data == "yes",
            text=form.text.data or "",
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _erasure_page(incident, form)
    return _done(incident_id)


def _show_page(
    incident: Incident, *, entry: EntryForm | None = None, naming: NameForm | None = None
) -> Page:
    form = naming or entry or EntryForm(formdata=None)
    cycle = g.db.get_one(Cycle, incident.cycle_id)
    people = applications_in(g.db, incident)
    body = render_template(
        "incidents/show.html",
        incident=incident,
        reference=reference_of(incident),
        cycle=cycle,
        people=people,
        labels=labels_of(g.db, g.actor, cycle.id, [one.public_id for one in people]),
        offer=incidents.live_offer(g.db, incident),
        entries=[
            (ENTRIES[one.entry.kind], one) for one in incident_entries.entries_of(g.db, incident)
        ],
        late=_late(incident),
        wishes=incident_waits.wishes(g.db, incident),
        form=form,
        entry=entry or EntryForm(formdata=None),
        naming=naming or NameForm(_nameable(incident), formdata=None),
        states=STATES,
        outcomes=OUTCOMES,
        reporters=REPORTERS,
        decided=EntryKind.DECIDED,
    )
    return body, form.status()


def _decide_page(incident: Incident, form: DecideForm) -> Page:
    body = render_template(
        "incidents/decide.html", incident=incident, reference=reference_of(incident), form=form
    )
    return body, form.status()


def _erasure_page(incident: Incident, form: ErasureForm) -> Page:
    wishes = incident_waits.wishes(g.db, incident)
    body = render_template(
        "incidents/erasure.html",
        incident=incident,
        reference=reference_of(incident),
        wishes=wishes,
        labels=labels_of(g.db, g.actor, incident.cycle_id, [one.public_id for one in wishes]),
        form=form,
    )
    return body, form.status()


def _incident(incident_id: str) -> Incident:
    return incidents.get_incident(g.db, g.actor, incident_id)


def _done(incident_id: str) -> Response:
    g.db.commit()
    return redirect(url_for("incidents.show", incident_id=incident_id), 303)


def _nameable(incident: Incident) -> list[Any]:
    staff = incident_reports.staff_who_could_be_named(g.db, incident.programme_id)
    return [one for one in staff if not is_concerned(g.db, one.id, incident)]


def _late(incident: Incident) -> dict[str, bool]:
    return {
        "acknowledge": is_late(incident.acknowledge_by, incident.acknowledged_at, g.now),
        "decide": is_late(incident.decide_by, incident.decided_at, g.now),
    }


def _decide_form(incident: Incident, **kwargs: Any) -> DecideForm:
    return DecideForm(g.db.get_one(Cycle, incident.cycle_id).time_zone, **kwargs)
