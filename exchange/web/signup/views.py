"""Signing up: start, one page a step, check, declaration, reference."""

from typing import Any

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationKind, is_open
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.records import Programme
from exchange.services import drafts, enrolment, rate_limits
from exchange.web.base_form import typed_values
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.i18n import gettext as _
from exchange.web.sessions import ensure_started
from exchange.web.signup.forms import BareForm, DeclarationForm
from exchange.web.signup.journey import Journey, Step, digest
from exchange.web.signup.row_forms import (
    MOST_LANGUAGES,
    MOST_MEMBERS,
    with_row_added,
    with_row_removed,
)
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.whereabouts import (
    cycle_of,
    draft_key,
    find_draft,
    is_complete,
    journey_of,
    open_cycle_of,
    unsent_journey,
)

blueprint = Blueprint("signup", __name__)

Page = str | Response | tuple[str, int]

MOST_ROWS = {"languages": MOST_LANGUAGES, "members": MOST_MEMBERS}
DRAFTS_AN_HOUR = 60
SIGN_UPS_AN_HOUR = 30

ADDRESS = "/signup/<id:cycle_id>/<any(student,host):kind>"


@blueprint.get(ADDRESS)
@permit(Permission.PUBLIC)
def start(cycle_id: str, kind: str) -> Page:
    """What will be asked, how long it takes, and a button to begin."""
    cycle = cycle_of(cycle_id)
    return render_template(
        "signup/start.html",
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        kind=kind,
        is_open=is_open(cycle.opens_at, cycle.closes_at, g.now),
        draft=find_draft(cycle, kind),
        form=BareForm(),
    )


@blueprint.post(ADDRESS)
@permit(Permission.PUBLIC)
def begin(cycle_id: str, kind: str) -> Page:
    """Begin a new draft."""
    cycle = open_cycle_of(cycle_id)
    rate_limits.hit(g.db, f"draft:{g.client_key}", limit=DRAFTS_AN_HOUR, window_s=3600, at=g.now)
    draft = drafts.start_draft(
        g.db,
        cycle_id=cycle.id,
        kind=ApplicationKind(kind),
        web_session_id=ensure_started(),
        language=current_language(),
        at=g.now,
    )
    g.db.commit()
    session["drafts"] = {**session.get("drafts", {}), draft_key(cycle, kind): draft.public_id}
    journey = journey_of(cycle, draft)
    return _to_step(journey, journey.steps()[0])


@blueprint.get(f"{ADDRESS}/<step>")
@permit(Permission.PUBLIC)
def step(cycle_id: str, kind: str, step: str) -> Page:
    """One page of questions."""
    cycle = cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    found = journey.step(step) or abort(404)
    return _step_page(journey, found, journey.form(found))


@blueprint.post(f"{ADDRESS}/<step>")
@permit(Permission.PUBLIC, shows_form_again=True)
def save_step(cycle_id: str, kind: str, step: str) -> Page:
    """Keep what was typed, if it is in order, and go on."""
    cycle = open_cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    found = journey.step(step) or abort(404)
    form = journey.form(found, MultiDict(request.form))
    typed = form.own_values(typed_values(request.form))
    button = request.form.get("do", "")
    if not form.csrf_token.validate(form):
        return _step_page(journey, found, form)
    if button and found.form.rows:
        return _change_rows(journey, found, typed, button)
    if not journey.check(form):
        return _step_page(journey, found, form)
    saved = journey.saved(found.slug)
    if request.form.get("seen") != digest(saved) and typed != saved:
        return _step_page(journey, found, form, other_tab=True)
    if typed != saved or found.slug not in journey.draft.data:
        _save(journey, found, typed)
    following = journey.next_after(found.slug)
    if following is None:
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    return _to_step(journey, following)


@blueprint.get(f"{ADDRESS}/check")
@permit(Permission.PUBLIC)
def check(cycle_id: str, kind: str) -> Page:
    """All answers on one page, each with a link to change it."""
    cycle = cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    steps = [(s, journey.checked(s), journey.is_done(s)) for s in journey.steps()]
    all_done = all(done for _step, _form, done in steps)
    return render_template(
        "signup/check.html",
        cycle=cycle,
        kind=kind,
        steps=steps,
        is_complete=all_done,
        faults=journey.faults() if all_done else [],
    )


@blueprint.get(f"{ADDRESS}/declaration")
@permit(Permission.PUBLIC)
def declaration(cycle_id: str, kind: str) -> Page:
    """The last page before sending."""
    cycle = cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    if not is_complete(journey):
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    return _declaration_page(journey, DeclarationForm())


@blueprint.post(f"{ADDRESS}/declaration")
@permit(Permission.PUBLIC, shows_form_again=True)
def send(cycle_id: str, kind: str) -> Page:
    """Make the draft an application; sent twice, it is one application all the same."""
    cycle = cycle_of(cycle_id)
    journey = unsent_journey(cycle, kind)
    if isinstance(journey, Response):
        return journey
    form = DeclarationForm()
    if not form.validate() or form.fault_lines():
        return _declaration_page(journey, form)
    if not is_complete(journey):
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    _submit(journey)
    return redirect(url_for("signup.reference", cycle_id=cycle_id, kind=kind), 303)


@blueprint.get(f"{ADDRESS}/reference")
@permit(Permission.PUBLIC)
def reference(cycle_id: str, kind: str) -> Page:
    """The reference of what was sent, and what happens next."""
    cycle = cycle_of(cycle_id)
    draft = find_draft(cycle, kind)
    if draft is None or draft.submitted_application_id is None:
        return redirect(url_for("signup.start", cycle_id=cycle_id, kind=kind), 303)
    application = drafts.submitted_application(g.db, draft)
    return render_template(
        "signup/reference.html",
        cycle=cycle,
        kind=kind,
        application=application,
        programme=g.db.get(Programme, cycle.programme_id),
        form=BareForm(),
    )


def _to_step(journey: Journey, step: Step, anchor: str | None = None) -> Response:
    return redirect(
        url_for(
            "signup.step",
            cycle_id=journey.cycle.public_id,
            kind=journey.kind.value,
            step=step.slug,
            _anchor=anchor,
        ),
        303,
    )


def _save(journey: Journey, step: Step, typed: dict[str, list[str]]) -> None:
    drafts.save_step(
        g.db,
        journey.draft,
        step=step.slug,
        values=typed,
        expected_version=journey.draft.version,
        at=g.now,
    )
    g.db.commit()
    journey.forget_checks()


def _change_rows(
    journey: Journey, step: Step, typed: dict[str, list[str]], button: str
) -> Response:
    """Add or remove a row; what was typed in the others is kept, checked or not."""
    name = step.form.rows or ""
    action, _dash, number = button.partition("-")
    anchor = None
    if action == "remove" and number.isascii() and number.isdigit() and len(number) <= 4:
        typed = with_row_removed(typed, name, int(number))
    elif action == "add":
        typed = with_row_added(typed, name, most=MOST_ROWS[name])
        anchor = "add"
    _save(journey, step, typed)
    return _to_step(journey, step, anchor)


def _step_page(journey: Journey, step: Step, form: StepForm, *, other_tab: bool = False) -> Page:
    steps = journey.steps()
    place = steps.index(step)
    saved = journey.saved(step.slug)
    body = render_template(
        "signup/step.html",
        cycle=journey.cycle,
        kind=journey.kind.value,
        step=step,
        form=form,
        number=place + 1,
        total=len(steps) + 1,
        previous=steps[place - 1] if place else None,
        seen=digest(saved),
        other_tab=journey.checked(step).answers() if other_tab else None,
    )
    status = form.status()
    return body, (409 if other_tab and status == 200 else status)


def _declaration_page(journey: Journey, form: DeclarationForm) -> Page:
    body = render_template(
        "signup/declaration.html",
        cycle=journey.cycle,
        kind=journey.kind.value,
        programme=g.db.get(Programme, journey.cycle.programme_id),
        form=form,
    )
    return body, form.status()


def _submit(journey: Journey) -> None:
    rate_limits.hit(
        g.db, f"sign-up:{g.client_key}", limit=SIGN_UPS_AN_HOUR, window_s=3600, at=g.now
    )
    try:
        profile: Any = journey.profile()
    except ValidationError as error:
        raise Conflict(_("Some answers have changed. Check them once more.")) from error
    application = enrolment.submit_profile(
        g.db,
        g.actor,
        cycle_id=journey.cycle.id,
        kind=journey.kind,
        profile=profile,
        idempotency_key=journey.draft.public_id,
        language=journey.draft.language,
        at=g.now,
    )
    drafts.mark_submitted(g.db, journey.draft, application_id=application.id, at=g.now)
    g.db.commit()
