"""One's own application, behind an e-mailed link: open it, see its state, withdraw, close."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import NEXT_APPLICATION_STATES, ApplicationState
from exchange.domain.roles import Permission
from exchange.domain.screening import Section, SectionState
from exchange.records import HostKind, LinkPurpose, Programme
from exchange.services import (
    applications,
    corrections,
    links,
    offer_answers,
    rate_limits,
    renewals,
    screening,
    sections,
)
from exchange.services.applications import ApplicationDetails
from exchange.services.web_sessions import hash_token
from exchange.web import sessions
from exchange.web.application.forms import BareForm, NewLinkForm
from exchange.web.application.result import result_of
from exchange.web.application.timeline import milestones
from exchange.web.guards import permit
from exchange.web.screening.words import SECTIONS
from exchange.web.signup.words import NEXT_STEPS, STATES

blueprint = Blueprint("application", __name__)

Page = str | Response | tuple[str, int]

LINKS_AN_HOUR = 10
"""From one client."""
LINKS_A_DAY = 5
"""To one application, whoever asks."""


@blueprint.get("/application/open/<token>")
@permit(Permission.PUBLIC)
def open_link(token: str) -> Page:
    """A button, because programs that read mail follow links and would use this one up."""
    return render_template("application/open_link.html", form=BareForm())


@blueprint.post("/application/open/<token>")
@permit(Permission.PUBLIC)
def redeem(token: str) -> Page:
    """Use the link up, and let this browser see the application."""
    link = links.redeem(g.db, token, LinkPurpose.STATUS, g.now)
    sessions.begin(application_id=link.application_id)
    g.db.commit()
    return redirect(url_for("application.status"), 303)


@blueprint.get("/application/link")
@permit(Permission.PUBLIC)
def new_link() -> Page:
    """Ask for a new link."""
    return render_template("application/new_link.html", form=NewLinkForm())


@blueprint.post("/application/link")
@permit(Permission.PUBLIC, shows_form_again=True)
def request_link() -> Page:
    """Mail a new link if reference and address belong together, and say the same if they do not."""
    form = NewLinkForm()
    if not form.validate():
        return render_template("application/new_link.html", form=form), form.status()
    rate_limits.hit(g.db, f"link:{g.client_key}", limit=LINKS_AN_HOUR, window_s=3600, at=g.now)
    asked_for = hash_token(form.reference.data.strip().upper())
    rate_limits.hit(g.db, f"link-to:{asked_for}", limit=LINKS_A_DAY, window_s=86_400, at=g.now)
    applications.request_link(g.db, reference=form.reference.data, email=form.email.data, at=g.now)
    g.db.commit()
    return redirect(url_for("application.link_sent"), 303)


@blueprint.get("/application/link/sent")
@permit(Permission.PUBLIC)
def link_sent() -> Page:
    """Says the same to everybody."""
    return render_template("application/link_sent.html")


@blueprint.get("/application")
@permit(Permission.OWN_APPLICATION)
def status() -> Page:
    """How one's application stands."""
    details = _own()
    application = details.application
    state = application.state
    can_withdraw = ApplicationState.WITHDRAWN in NEXT_APPLICATION_STATES[state]
    needs_guardian = application.needs_guardian and not application.guardian_agreed
    result = result_of(g.db, details)
    return render_template(
        "application/status.html",
        application=application,
        cycle=details.cycle,
        programme=g.db.get(Programme, details.cycle.programme_id),
        state=STATES[state],
        returned=_returned(details),
        next_step=result or NEXT_STEPS[state],
        milestones=milestones(application, details.cycle, has_result=result is not None, at=g.now),
        is_missing=state is ApplicationState.RETURNED or (needs_guardian and can_withdraw),
        needs_guardian=needs_guardian and can_withdraw,
        may_correct=corrections.may_correct(g.db, application, g.now),
        can_withdraw=can_withdraw,
        is_household=details.host is not None and details.host.kind is HostKind.HOUSEHOLD,
        has_announced="announced" in request.args,
        can_sign_up_again=bool(renewals.open_again(g.db, g.actor, g.now)),
        has_offers=bool(offer_answers.own_offers(g.db, g.actor)),
    )


def _returned(details: ApplicationDetails) -> list[tuple[Section, Any, str]]:
    """(section, its name, reason) of what staff sent back; the reason is in their words."""
    reviews = sections.list_reviews(g.db, details.application.id)
    return [
        (one, SECTIONS[one], reviews[one].reason or "")
        for one in sections.sections_for(details)
        if one in reviews and reviews[one].state is SectionState.RETURNED
    ]


@blueprint.get("/application/withdraw")
@permit(Permission.OWN_APPLICATION)
def confirm_withdrawal() -> Page:
    """Ask once more."""
    if ApplicationState.WITHDRAWN not in NEXT_APPLICATION_STATES[_own().application.state]:
        return redirect(url_for("application.status"), 303)
    return render_template("application/confirm_withdrawal.html", form=BareForm())


@blueprint.post("/application/withdraw")
@permit(Permission.OWN_APPLICATION)
def withdraw() -> Page:
    """Withdraw; sent twice, it is withdrawn all the same."""
    screening.withdraw(g.db, g.actor, _own().application, g.now)
    g.db.commit()
    return redirect(url_for("application.status"), 303)


@blueprint.post("/application/close")
@permit(Permission.OWN_APPLICATION)
def close() -> Response:
    """Let this browser forget the application."""
    sessions.end()
    g.db.commit()
    return sessions.cleared(redirect(url_for("home.index"), 303))


def _own() -> ApplicationDetails:
    return applications.own_application(g.db, g.actor)
