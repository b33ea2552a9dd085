"""What is kept about an applicant: see it, take it along, correct it, erase it, and who saw it."""

import json
from typing import Any

from flask import Blueprint, Response, g, redirect, render_template, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from exchange.domain.roles import Permission
from exchange.records import Draft, Programme
from exchange.services import (
    applications,
    contacts,
    corrections,
    erasure,
    my_data,
    sections,
    viewings,
)
from exchange.services.applications import ApplicationDetails
from exchange.services.question_answers import shown_answers
from exchange.web import sessions
from exchange.web.cycles.answers import answers_by_section
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.my_data.forms import EraseForm
from exchange.web.my_data.words import MAILS, ROLES
from exchange.web.signup.forms import BareForm
from exchange.web.signup.journey import CHECK
from exchange.web.signup.whereabouts import draft_key, journey_of
from exchange.web.stay.words import KINDS, OUTCOMES

blueprint = Blueprint("my_data", __name__)

Page = str | AnyResponse | tuple[str, int]


@blueprint.get("/application/data")
@permit(Permission.OWN_APPLICATION)
def show() -> Page:
    """What is kept, in words, and what can be done with it."""
    details = _own()
    return render_template(
        "my_data/show.html",
        **_common(details),
        answers=[line for lines in answers_by_section(details).values() for line in lines],
        questions=shown_answers(g.db, details.application, current_language()),
        mails=[
            (MAILS.get(mail.template, mail.subject), mail)
            for mail in my_data.mails_about(g.db, details.application)
        ],
        contacts=contacts.entries_about(g.db, details.application),
        kinds=KINDS,
        outcomes=OUTCOMES,
        may_correct=corrections.may_correct(g.db, details.application, g.now),
    )


@blueprint.get("/application/data/file")
@permit(Permission.OWN_APPLICATION)
def download() -> Page:
    """All of it, for programs."""
    told = my_data.everything_about(g.db, g.actor, g.now)
    body = json.dumps(told, ensure_ascii=False, indent=2, default=str)
    response = Response(f"{body}\n", mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@blueprint.get("/application/data/seen")
@permit(Permission.OWN_APPLICATION)
def seen() -> Page:
    """Who of the staff has seen the page of this application, by role and day."""
    details = _own()
    found = viewings.viewings_of(g.db, details.application.public_id)
    return render_template(
        "my_data/seen.html",
        **_common(details),
        viewings=[(ROLES.get(one.role, one.role), one.day) for one in found],
    )


@blueprint.get("/application/data/correct")
@permit(Permission.OWN_APPLICATION)
def correct() -> Page:
    """What correcting means, or how else to have something corrected."""
    details = _own()
    return render_template(
        "my_data/correct.html",
        **_common(details),
        may_correct=corrections.may_correct(g.db, details.application, g.now),
        form=BareForm(),
    )


@blueprint.post("/application/data/correct")
@permit(Permission.OWN_APPLICATION)
def reopen() -> Page:
    """Open the answers again in this browser."""
    details = _own()
    _reopen(details)
    return redirect(url_for("signup.check", **_place(details)), 303)


@blueprint.post("/application/data/correct/<section>")
@permit(Permission.OWN_APPLICATION)
def reopen_section(section: str) -> Page:
    """Open the answers again, at the first page of a section that was returned."""
    details = _own()
    found = sections.section_of(details, section)
    journey = journey_of(details.cycle, _reopen(details))
    first = journey.first_of(found)
    if first is None:
        return redirect(url_for("signup.check", **_place(details)), 303)
    return redirect(url_for("signup.step", step=first.slug, back=CHECK, **_place(details)), 303)


def _reopen(details: ApplicationDetails) -> Draft:
    draft = corrections.reopen(
        g.db, g.actor, details.application, web_session_id=sessions.ensure_started(), at=g.now
    )
    g.db.commit()
    key = draft_key(details.cycle, details.application.kind.value)
    session["drafts"] = {**session.get("drafts", {}), key: draft.public_id}
    return draft


def _place(details: ApplicationDetails) -> dict[str, Any]:
    return {"cycle_id": details.cycle.public_id, "kind": details.application.kind.value}


@blueprint.get("/application/data/erase")
@permit(Permission.OWN_APPLICATION)
def confirm_erasure() -> Page:
    """Say what erasing means, and ask once more."""
    return _erase_page(EraseForm(formdata=None))


@blueprint.post("/application/data/erase")
@permit(Permission.OWN_APPLICATION, shows_form_again=True)
def erase() -> Page:
    """Erase everything, and let this browser forget it too."""
    form = EraseForm()
    if not form.validate():
        return _erase_page(form)
    if not erasure.erase(g.db, g.actor, _own().application, g.now):
        g.db.commit()
        return redirect(url_for("my_data.noted"), 303)
    sessions.end()
    g.db.commit()
    return sessions.cleared(redirect(url_for("my_data.erased"), 303))


@blueprint.get("/application/data/erase/noted")
@permit(Permission.OWN_APPLICATION)
def noted() -> Page:
    """Says that somebody has to look at something first; the same words for everybody."""
    return render_template("my_data/noted.html", **_common(_own()))


@blueprint.get("/application/erased")
@permit(Permission.PUBLIC)
def erased() -> Page:
    """Says that it is done; it knows nobody any more."""
    return render_template("my_data/erased.html")


def _own() -> ApplicationDetails:
    return applications.own_application(g.db, g.actor)


def _common(details: ApplicationDetails) -> dict[str, Any]:
    return {
        "application": details.application,
        "cycle": details.cycle,
        "programme": g.db.get(Programme, details.cycle.programme_id),
    }


def _erase_page(form: EraseForm) -> Page:
    body = render_template("my_data/erase.html", **_common(_own()), form=form)
    return body, form.status()
