"""An applicant's consents and guardians, and what staff see and note of a minor's guardians."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import GuardianState
from exchange.domain.roles import Permission
from exchange.errors import InvalidInput, NotFound, SafetyRefusal
from exchange.records import Guardian, Programme
from exchange.services import applications, consents, guardians, paper_agreements, rate_limits
from exchange.services.applications import ApplicationDetails
from exchange.web.application.forms import BareForm
from exchange.web.consents.forms import NOT_NAMED, ConsentBoxes, CorrectForm, PaperForm
from exchange.web.consents.words import GUARDIAN_STATES, needed_sentences
from exchange.web.guards import permit
from exchange.web.i18n import page_language

blueprint = Blueprint("consents", __name__)

Page = str | Response | tuple[str, int]

MAILS_A_DAY = 10
"""To the guardians of one application, whoever asks for them."""
PLACE = '<any("1","2"):place>'
"""Guardians are told apart by their place on one's own application; others have no address."""


@blueprint.get("/application/consents")
@permit(Permission.OWN_APPLICATION)
def own() -> Page:
    """What one has consented to, box by box."""
    return _own_page(applications.own_application(g.db, g.actor), None)


@blueprint.post("/application/consents")
@permit(Permission.OWN_APPLICATION, shows_form_again=True)
def save_own() -> Page:
    """Give what is ticked and withdraw the rest."""
    details = applications.own_application(g.db, g.actor)
    form = ConsentBoxes()
    form.ask(consents.asked_purposes(g.db, details.application, g.now))
    if not form.validate():
        return _own_page(details, form)
    consents.decide(
        g.db,
        g.actor,
        details.application,
        wanted=form.wanted(),
        shown=form.texts(),
        language=page_language(),
        at=g.now,
    )
    g.db.commit()
    return redirect(url_for("consents.own", saved="yes"), 303)


@blueprint.get("/application/guardians")
@permit(Permission.OWN_APPLICATION)
def own_guardians() -> Page:
    """Who has to agree, and who has."""
    details = _of_own_minor()
    return render_template(
        "consents/guardians.html",
        application=details.application,
        guardians=guardians.guardians_of(g.db, details.application),
        states=GUARDIAN_STATES,
        invited=GuardianState.INVITED,
        is_sent=request.args.get("sent") == "yes",
        form=BareForm(),
    )


@blueprint.get(f"/application/guardians/{PLACE}")
@permit(Permission.OWN_APPLICATION)
def guardian(place: str) -> Page:
    """Correct the name or address of a guardian."""
    found = _at(_of_own_minor(), place)
    form = CorrectForm(formdata=None, data={"name": found.name, "email": found.email})
    return render_template("consents/correct.html", form=form)


@blueprint.post(f"/application/guardians/{PLACE}")
@permit(Permission.OWN_APPLICATION, shows_form_again=True)
def correct_guardian(place: str) -> Page:
    """Keep the correction, and write to that address."""
    details = _of_own_minor()
    found = _at(details, place)
    form = CorrectForm()
    if form.validate():
        _count_mail(details)
        try:
            guardians.correct(
                g.db,
                g.actor,
                found.public_id,
                name=form.name.data,
                email=form.email.data,
                at=g.now,
            )
        except InvalidInput as refusal:
            form.add_faults(refusal)
        else:
            g.db.commit()
            return redirect(url_for("consents.own_guardians", sent="yes"), 303)
    return render_template("consents/correct.html", form=form), form.status()


@blueprint.post(f"/application/guardians/{PLACE}/link")
@permit(Permission.OWN_APPLICATION)
def send_link(place: str) -> Page:
    """Mail a guardian a new link."""
    details = _of_own_minor()
    found = _at(details, place)
    _count_mail(details)
    guardians.own_resend(g.db, g.actor, found.public_id, g.now)
    g.db.commit()
    return redirect(url_for("consents.own_guardians", sent="yes"), 303)


@blueprint.get("/applications/<id:application_id>/guardians")
@permit(Permission.SEE_APPLICATIONS)
def desk(application_id: str) -> Page:
    """A minor's guardians, for staff."""
    details = applications.get_application(g.db, g.actor, application_id)
    return _desk_page(details, PaperForm(formdata=None))


@blueprint.post("/applications/<id:application_id>/guardians")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def note_paper(application_id: str) -> Page:
    """Note what a guardian has said outside this service."""
    details = applications.get_application(g.db, g.actor, application_id)
    form = PaperForm()
    form.offer(guardians.guardians_of(g.db, details.application))
    if not form.validate():
        return _desk_page(details, form)
    try:
        paper_agreements.record_on_paper(
            g.db,
            g.actor,
            details.application,
            guardian=_picked(details, form),
            name=form.name.data,
            agrees=form.answer.data == "agrees",
            reason=form.reason.data,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _desk_page(details, form)
    except SafetyRefusal as refusal:
        form.add_fault("guardian", refusal.message)
        return _desk_page(details, form)
    g.db.commit()
    return redirect(url_for("consents.desk", application_id=application_id), 303)


@blueprint.post("/applications/<id:application_id>/guardians/links")
@permit(Permission.SCREEN_APPLICATIONS)
def send_links(application_id: str) -> Page:
    """Write to the guardians who were named and have not agreed."""
    details = applications.get_application(g.db, g.actor, application_id)
    _count_mail(details)
    paper_agreements.write_again(g.db, g.actor, details.application, g.now)
    g.db.commit()
    return redirect(url_for("consents.desk", application_id=application_id, sent="yes"), 303)


def _own_page(details: ApplicationDetails, form: ConsentBoxes | None) -> Page:
    given = consents.in_force(g.db, details.application)
    asked = consents.asked_purposes(g.db, details.application, g.now)
    if form is None:
        form = ConsentBoxes(formdata=None)
        form.ask(asked)
        form.tick(given)
    body = render_template(
        "consents/own.html",
        form=form,
        given=[row for purpose, row in given.items() if purpose in asked],
        cycle=details.cycle,
        needed=needed_sentences(),
        is_saved=request.args.get("saved") == "yes",
        needs_guardian=details.application.needs_guardian,
    )
    return body, form.status()


def _of_own_minor() -> ApplicationDetails:
    details = applications.own_application(g.db, g.actor)
    if not details.application.needs_guardian:
        raise NotFound("There is nothing at this address.")
    return details


def _at(details: ApplicationDetails, place: str) -> Guardian:
    found = guardians.guardians_of(g.db, details.application)
    named = next((one for one in found if str(one.place) == place), None)
    if named is None:
        raise NotFound("There is nothing at this address.")
    return named


def _count_mail(details: ApplicationDetails) -> None:
    bucket = f"guardian-mail:{details.application.public_id}"
    rate_limits.hit(g.db, bucket, limit=MAILS_A_DAY, window_s=86_400, at=g.now)


def _picked(details: ApplicationDetails, form: PaperForm) -> Guardian | None:
    picked = form.guardian.data
    if picked == NOT_NAMED:
        return None
    return guardians.guardian_of(g.db, details.application, picked)


def _desk_page(details: ApplicationDetails, form: PaperForm) -> Page:
    found = guardians.guardians_of(g.db, details.application)
    form.offer(found)
    body = render_template(
        "consents/desk.html",
        application=details.application,
        student=details.student,
        cycle=details.cycle,
        programme=g.db.get(Programme, details.cycle.programme_id),
        guardians=found,
        states=GUARDIAN_STATES,
        may_screen=g.actor.may(Permission.SCREEN_APPLICATIONS, details.cycle.programme_id),
        is_sent=request.args.get("sent") == "yes",
        form=form,
    )
    return body, form.status()
