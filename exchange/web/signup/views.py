"""Signing up: start, task list, one page a step, check, declaration, reference."""

from flask import Blueprint, abort, g, redirect, render_template, request, session, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationKind, is_open
from exchange.domain.roles import Permission
from exchange.records import Programme
from exchange.services import drafts, rate_limits
from exchange.web.base_form import target_of, typed_values
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.sessions import ensure_started
from exchange.web.signup.conflict import Values, chosen, conflict_rows
from exchange.web.signup.forms import BareForm, DeclarationForm
from exchange.web.signup.journey import CHECK, Journey, digest
from exchange.web.signup.row_forms import with_row_added, with_row_removed
from exchange.web.signup.sending import submit
from exchange.web.signup.step_form import StepForm
from exchange.web.signup.steps import Step
from exchange.web.signup.tasks import TaskState, answer_tasks, sending_tasks
from exchange.web.signup.whereabouts import (
    LATER,
    cycle_of,
    draft_key,
    find_draft,
    go_on,
    is_from_check,
    open_cycle_of,
    open_step,
    to_check,
    to_step,
    unsent_draft,
    unsent_journey,
)

blueprint = Blueprint("signup", __name__)

Page = str | Response | tuple[str, int]

DRAFTS_AN_HOUR = 60

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
    return redirect(url_for("signup.tasks", cycle_id=cycle_id, kind=kind), 303)


@blueprint.get(f"{ADDRESS}/tasks")
@permit(Permission.PUBLIC)
def tasks(cycle_id: str, kind: str) -> Page:
    """Everything there is to do, how far it is, and the way to each part."""
    journey = unsent_journey(cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    answers = answer_tasks(journey)
    return render_template(
        "signup/tasks.html",
        cycle=journey.cycle,
        programme=g.db.get(Programme, journey.cycle.programme_id),
        kind=kind,
        answers=answers,
        sending=sending_tasks(journey),
        done=sum(task.state is TaskState.DONE for task in answers),
        is_partly_closed=bool(journey.closed),
        is_again=any(map(journey.is_again, journey.steps())),
        is_saved="saved" in request.args,
    )


@blueprint.get(f"{ADDRESS}/<step>")
@permit(Permission.PUBLIC)
def step(cycle_id: str, kind: str, step: str) -> Page:
    """One page of questions."""
    journey = unsent_journey(cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    found = journey.step(step) or abort(404)
    if not journey.is_open(found):
        return to_check(journey, found)
    return _step_page(journey, found, journey.form(found))


@blueprint.post(f"{ADDRESS}/<step>")
@permit(Permission.PUBLIC, shows_form_again=True)
def save_step(cycle_id: str, kind: str, step: str) -> Page:
    """Keep what was typed, if it is in order, and go on."""
    journey = unsent_journey(open_cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    found = open_step(journey, step)
    saved = journey.saved(found.slug)
    sent = chosen(MultiDict(request.form), saved)
    form = journey.form(found, sent)
    typed = form.own_values(typed_values(sent))
    button = request.form.get("do", "")
    if not form.csrf_token.validate(form):
        return _step_page(journey, found, form)
    if request.form.get("seen") != digest(saved) and typed != saved:
        return _step_page(journey, found, form, typed=typed)
    if button not in ("", LATER) and found.form.rows:
        return _change_rows(journey, found, typed, button)
    if button != LATER and not journey.check(form):
        return _step_page(journey, found, form)
    is_new = typed != saved or not journey.is_seen(found)
    if is_new or (button != LATER and journey.is_again(found)):
        _save(journey, found.slug, typed, is_answered=button != LATER)
    return go_on(journey, found, button)


@blueprint.get(f"{ADDRESS}/check")
@permit(Permission.PUBLIC)
def check(cycle_id: str, kind: str) -> Page:
    """All answers on one page, each with a link to change it."""
    journey = unsent_journey(cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    steps = [
        (s, journey.checked(s), journey.is_done(s), journey.is_open(s)) for s in journey.steps()
    ]
    all_done = all(journey.is_done(one) for one in journey.steps())
    return render_template(
        "signup/check.html",
        cycle=journey.cycle,
        kind=kind,
        steps=steps,
        is_complete=all_done,
        faults=journey.faults() if all_done else [],
        is_partly_closed=bool(journey.closed),
        form=BareForm(),
        seen=journey.answers_digest(),
    )


@blueprint.post(f"{ADDRESS}/check")
@permit(Permission.PUBLIC)
def confirm(cycle_id: str, kind: str) -> Page:
    """Note that the person has looked through these answers; others need another look."""
    journey = unsent_journey(open_cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    seen = journey.answers_digest()
    if not journey.is_complete() or request.form.get("seen") != seen:
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    _save(journey, CHECK, {"answers": [seen]})
    return redirect(url_for("signup.declaration", cycle_id=cycle_id, kind=kind), 303)


@blueprint.get(f"{ADDRESS}/declaration")
@permit(Permission.PUBLIC)
def declaration(cycle_id: str, kind: str) -> Page:
    """The last page before sending."""
    journey = unsent_journey(cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    if not (journey.is_complete() and journey.is_checked()):
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    return _declaration_page(journey, DeclarationForm())


@blueprint.post(f"{ADDRESS}/declaration")
@permit(Permission.PUBLIC, shows_form_again=True)
def send(cycle_id: str, kind: str) -> Page:
    """Make the draft an application; sent twice, it is one application all the same."""
    # All answers are checked before SQLite's one write lock is taken, so that others may write.
    g.read_first()
    journey = unsent_journey(cycle_of(cycle_id), kind)
    if isinstance(journey, Response):
        return journey
    form = DeclarationForm()
    if not form.validate() or form.fault_lines():
        return _declaration_page(journey, form)
    if not (journey.is_complete() and journey.is_checked()):
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    g.close_db()
    cycle = cycle_of(cycle_id)
    draft = unsent_draft(cycle, kind)
    if isinstance(draft, Response):
        return draft
    if not journey.go_on_with(cycle, draft):
        return redirect(url_for("signup.check", cycle_id=cycle_id, kind=kind), 303)
    submit(journey)
    return redirect(url_for("signup.reference", cycle_id=cycle_id, kind=kind), 303)


@blueprint.get(f"{ADDRESS}/reference")
@permit(Permission.PUBLIC)
def reference(cycle_id: str, kind: str) -> Page:
    """The reference of what was sent, and what happens next."""
    cycle = cycle_of(cycle_id)
    draft = find_draft(cycle, kind)
    if draft is None or draft.submitted_application_id is None or draft.reopened_at is not None:
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


def _save(
    journey: Journey, name: str, typed: dict[str, list[str]], *, is_answered: bool = True
) -> None:
    drafts.save_step(
        g.db,
        journey.draft,
        step=name,
        values=typed,
        expected_version=journey.draft.version,
        is_answered=is_answered,
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
        typed = with_row_added(typed, name, most=journey.form(step)[name].max_entries)
    _save(journey, step.slug, typed, is_answered=False)
    if action == "add":
        # Whoever adds a row goes on in it.
        anchor = target_of(next(iter(journey.form(step)[name].entries[-1].form)))
    return to_step(journey, step, anchor)


def _step_page(
    journey: Journey, step: Step, form: StepForm, *, typed: Values | None = None
) -> Page:
    """The page of a step; with `typed`, of one that was saved in another window meanwhile."""
    section, steps = journey.section_of(step)
    place = steps.index(step)
    saved = journey.saved(step.slug)
    body = render_template(
        "signup/step.html",
        cycle=journey.cycle,
        kind=journey.kind.value,
        step=step,
        form=form,
        section=section,
        number=place + 1,
        total=len(steps),
        previous=steps[place - 1] if place else None,
        is_from_check=is_from_check(),
        seen=digest(saved),
        typed=typed,
        button=request.form.get("do", ""),
        conflict=None if typed is None else conflict_rows(form, saved=saved, typed=typed),
    )
    status = form.status()
    return body, (status if typed is None else 409)


def _declaration_page(journey: Journey, form: DeclarationForm) -> Page:
    body = render_template(
        "signup/declaration.html",
        cycle=journey.cycle,
        kind=journey.kind.value,
        programme=g.db.get(Programme, journey.cycle.programme_id),
        form=form,
    )
    return body, form.status()
