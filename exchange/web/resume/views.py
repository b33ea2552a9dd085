"""Going on with a sign-up: have a link mailed, ask for a new one, open the draft with its code."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, session, url_for
from werkzeug.wrappers import Response

from exchange.domain.roles import Permission
from exchange.errors import InvalidInput
from exchange.records import Cycle, Draft
from exchange.services import rate_limits, resuming
from exchange.services.web_sessions import hash_token
from exchange.web import sessions
from exchange.web.guards import permit
from exchange.web.request_state import settings
from exchange.web.resume.forms import AskForm, CodeForm, LaterForm
from exchange.web.signup.whereabouts import cycle_of, draft_key, unsent_journey

blueprint = Blueprint("resume", __name__)

Page = str | Response | tuple[str, int]

LINKS_A_DAY = 5
"""To one address, whoever asks."""
LINKS_AN_HOUR = 10
"""From one client."""
CODES_AN_HOUR = 20
"""Typed by one client, for whichever links."""


@blueprint.get("/signup/<id:cycle_id>/<any(student,host):kind>/later")
@permit(Permission.PUBLIC)
def later(cycle_id: str, kind: str) -> Page:
    """Where the link goes to; once it is on its way, the code that belongs to it."""
    cycle = cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    known = journey.draft.email or journey.typed_email()
    return _later_page(cycle, kind, journey.draft, LaterForm(formdata=None, email=known))


@blueprint.post("/signup/<id:cycle_id>/<any(student,host):kind>/later")
@permit(Permission.PUBLIC, shows_form_again=True)
def send_link(cycle_id: str, kind: str) -> Page:
    """Keep the address, and mail the link."""
    cycle = cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    form = LaterForm()
    if not form.validate():
        return _later_page(cycle, kind, journey.draft, form)
    _limit(form.email.data)
    resuming.keep_for_later(g.db, journey.draft, email=form.email.data, at=g.now)
    g.db.commit()
    return redirect(url_for("resume.later", cycle_id=cycle_id, kind=kind), 303)


@blueprint.get("/resume")
@permit(Permission.PUBLIC)
def ask() -> Page:
    """Ask for a new link."""
    return render_template("resume/ask.html", form=AskForm())


@blueprint.post("/resume")
@permit(Permission.PUBLIC, shows_form_again=True)
def mail_links() -> Page:
    """Mail new links if there is anything to open, and say the same if there is not."""
    form = AskForm()
    if not form.validate():
        return render_template("resume/ask.html", form=form), form.status()
    _limit(form.email.data)
    resuming.mail_links(g.db, email=form.email.data, at=g.now)
    g.db.commit()
    return redirect(url_for("resume.sent"), 303)


@blueprint.get("/resume/sent")
@permit(Permission.PUBLIC)
def sent() -> Page:
    """Says the same to everybody."""
    return render_template("resume/sent.html")


@blueprint.get("/resume/open/<token>")
@permit(Permission.PUBLIC)
def open_link(token: str) -> Page:
    """Ask for the code; whether there is such a link is not said."""
    return render_template("resume/open_link.html", form=CodeForm())


@blueprint.post("/resume/open/<token>")
@permit(Permission.PUBLIC, shows_form_again=True)
def open_draft(token: str) -> Page:
    """Open the draft in this browser, if link and code belong together."""
    form = CodeForm()
    if not form.validate():
        return render_template("resume/open_link.html", form=form), form.status()
    rate_limits.hit(
        g.db, f"resume-code:{g.client_key}", limit=CODES_AN_HOUR, window_s=3600, at=g.now
    )
    resuming.count_try(g.db, token, g.now)
    try:
        draft = resuming.open_draft(
            g.db, token=token, code=form.code.data, key=settings().secret_key, at=g.now
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return render_template("resume/open_link.html", form=form), form.status()
    return _open_here(draft)


def _open_here(draft: Draft) -> Response:
    """Give this browser a new session that holds the draft."""
    visitor: Any = session
    if visitor.account_id is None:
        sessions.begin(application_id=visitor.application_id)
    resuming.give_to_browser(g.db, draft, web_session_id=sessions.ensure_started(), at=g.now)
    cycle = g.db.get_one(Cycle, draft.cycle_id)
    g.db.commit()
    kind = draft.kind.value
    session["drafts"] = {**session.get("drafts", {}), draft_key(cycle, kind): draft.public_id}
    return redirect(url_for("signup.tasks", cycle_id=cycle.public_id, kind=kind), 303)


def _limit(email: str) -> None:
    rate_limits.hit(
        g.db, f"resume-link:{g.client_key}", limit=LINKS_AN_HOUR, window_s=3600, at=g.now
    )
    to = hash_token(email.lower())
    rate_limits.hit(g.db, f"resume-to:{to}", limit=LINKS_A_DAY, window_s=86_400, at=g.now)


def _later_page(cycle: Cycle, kind: str, draft: Draft, form: LaterForm) -> Page:
    is_sent = draft.email is not None
    body = render_template(
        "resume/later.html",
        cycle=cycle,
        kind=kind,
        form=form,
        sent_to=veiled(draft.email or "") if is_sent else None,
        code=resuming.resume_code(draft.public_id, key=settings().secret_key) if is_sent else None,
    )
    return body, form.status()


def veiled(email: str) -> str:
    """An address that its owner recognises and a passer-by does not: `a…@example.org`."""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}…@{domain}"
