"""Screening of one application: its sections judged one by one, and the checks of a host."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import NEXT_APPLICATION_STATES, ApplicationState
from exchange.domain.placement import PlacementState
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import Effect
from exchange.domain.screening import CheckKind, CheckOutcome, Section, SectionState
from exchange.domain.withdrawal import Asked, Asker, Channel
from exchange.errors import Conflict, InvalidInput
from exchange.services import (
    applications,
    checks,
    offer_desk,
    screening,
    section_reviews,
    sections,
    staff_notes,
)
from exchange.services.applications import ApplicationDetails
from exchange.services.checks import NewCheck
from exchange.services.clearance import screening_of
from exchange.web.cycles.answers import answers_by_section
from exchange.web.guards import permit
from exchange.web.i18n import gettext as _
from exchange.web.offers.words import PLACEMENT_STATES
from exchange.web.screening.forms import (
    ApproveForm,
    CheckForm,
    ConfirmForm,
    NoteForm,
    SectionForm,
    WithdrawalForm,
)
from exchange.web.screening.words import (
    APPROVED_BY_ONE,
    EFFECTS,
    NOT_LOOKED_AT,
    SECTION_STATES,
    SECTIONS,
    sentence_of,
)

blueprint = Blueprint("screening", __name__)

Page = str | Response | tuple[str, int]

ADDRESS = "/applications/<id:application_id>"


@blueprint.get(f"{ADDRESS}/sections/<section>")
@permit(Permission.SCREEN_APPLICATIONS)
def section(application_id: str, section: str) -> Page:
    """One section: its answers, how it stands, and what to decide."""
    details = _screened(application_id)
    found = sections.section_of(details, section)
    return _section_page(details, found, SectionForm(formdata=None))


@blueprint.post(f"{ADDRESS}/sections/<section>")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def decide(application_id: str, section: str) -> Page:
    """Approve or return a section."""
    details = _screened(application_id)
    found = sections.section_of(details, section)
    form = SectionForm()
    if not form.validate() or form.fault_lines():
        return _section_page(details, found, form)
    try:
        section_reviews.review_section(
            g.db,
            g.actor,
            details,
            found,
            state=SectionState(form.decision.data),
            reason=form.reason.data,
            expected_version=_seen_version(),
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _section_page(details, found, form)
    g.db.commit()
    return _to_application(application_id)


@blueprint.post(f"{ADDRESS}/sections/<section>/second")
@permit(Permission.SCREEN_APPLICATIONS)
def second(application_id: str, section: str) -> Page:
    """Approve a section that a colleague has approved."""
    details = _screened(application_id)
    section_reviews.second_review(
        g.db,
        g.actor,
        details,
        sections.section_of(details, section),
        expected_version=_seen_version(),
        at=g.now,
    )
    g.db.commit()
    return _to_application(application_id)


@blueprint.post(f"{ADDRESS}/sections/<section>/reopen")
@permit(Permission.SCREEN_APPLICATIONS)
def reopen(application_id: str, section: str) -> Page:
    """Look at a returned section again, because the applicant has answered."""
    details = _screened(application_id)
    section_reviews.reopen_section(
        g.db,
        g.actor,
        details,
        sections.section_of(details, section),
        expected_version=_seen_version(),
        at=g.now,
    )
    g.db.commit()
    return _to_application(application_id)


@blueprint.post(f"{ADDRESS}/sections")
@permit(Permission.SCREEN_APPLICATIONS)
def approve(application_id: str) -> Page:
    """Approve the sections that were ticked."""
    details = _screened(application_id)
    form = ApproveForm(sections.sections_for(details))
    chosen = [Section(one) for one in form.sections.data or ()]
    if not chosen or form.sections.process_errors:
        raise Conflict(_("Tick the sections that you approve."))
    section_reviews.approve_sections(g.db, g.actor, details, chosen, g.now)
    g.db.commit()
    return _to_application(application_id)


@blueprint.get(f"{ADDRESS}/notes/new")
@permit(Permission.SCREEN_APPLICATIONS)
def note(application_id: str) -> Page:
    """A form for a note."""
    return _note_page(_screened(application_id), NoteForm(formdata=None))


@blueprint.post(f"{ADDRESS}/notes/new")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def add_note(application_id: str) -> Page:
    """Write a note for the colleague who covers."""
    details = _screened(application_id)
    form = NoteForm()
    if not form.validate() or form.fault_lines():
        return _note_page(details, form)
    staff_notes.add_note(g.db, g.actor, details, form.text.data, g.now)
    g.db.commit()
    return _to_application(application_id)


@blueprint.get(f"{ADDRESS}/checks/new")
@permit(Permission.SCREEN_APPLICATIONS)
def check(application_id: str) -> Page:
    """A form for one check."""
    details = _checked(application_id)
    form = CheckForm(details, formdata=None)
    form.begin_with(request.args.get("kind", ""), request.args.get("person", ""))
    return _check_page(details, form)


@blueprint.post(f"{ADDRESS}/checks/new")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def record_check(application_id: str) -> Page:
    """Note a check."""
    details = _checked(application_id)
    form = CheckForm(details)
    if not form.validate() or form.fault_lines():
        return _check_page(details, form)
    new = NewCheck(
        kind=CheckKind(form.kind.data),
        outcome=CheckOutcome(form.outcome.data),
        issuer=form.issuer.data,
        reference=form.reference.data,
        done_on=form.done_on.data,
        expires_on=form.expires_on.data,
        person=int(form.person.data) if form.person.data else None,
    )
    try:
        checks.record_checks(g.db, g.actor, details, [new], at=g.now)
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _check_page(details, form)
    g.db.commit()
    return _to_application(application_id)


@blueprint.get(f"{ADDRESS}/withdrawal")
@permit(Permission.SCREEN_APPLICATIONS)
def withdrawal(application_id: str) -> Page:
    """Ask who wants an application withdrawn, and say what hangs on it."""
    details = _screened(application_id)
    if ApplicationState.WITHDRAWN not in NEXT_APPLICATION_STATES[details.application.state]:
        return _to_application(application_id)
    return _withdrawal_page(details, WithdrawalForm(formdata=None))


@blueprint.post(f"{ADDRESS}/withdrawal")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def withdraw(application_id: str) -> Page:
    """Withdraw an application for somebody who has asked for it."""
    details = _screened(application_id)
    form = WithdrawalForm()
    if not form.validate() or form.fault_lines():
        return _withdrawal_page(details, form)
    asked = Asked(Asker(form.asker.data), Channel(form.channel.data), on=form.asked_on.data)
    try:
        screening.withdraw_for(
            g.db,
            g.actor,
            details.application,
            asked,
            remark=form.remark.data or "",
            expected_version=_seen_version(),
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _withdrawal_page(details, form)
    g.db.commit()
    return _to_application(application_id)


def _screened(application_id: str) -> ApplicationDetails:
    return applications.get_application(g.db, g.actor, application_id)


def _checked(application_id: str) -> ApplicationDetails:
    details = _screened(application_id)
    if details.host is None:
        raise Conflict(_("Only hosts are checked."))
    return details


def _to_application(application_id: str) -> Response:
    return redirect(url_for("cycles.application", application_id=application_id), 303)


def _seen_version() -> int:
    """The version that the page showed; 0 of a section that nobody had judged."""
    word = request.form.get("version", "")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 9 else 0


def _section_page(details: ApplicationDetails, section: Section, form: SectionForm) -> Page:
    stands = screening_of(g.db, details, g.now)
    review = stands.reviews.get(section)
    found = [one for one in stands.findings if one.section is section]
    needs_second = any(one.rule.effect is Effect.SECOND_APPROVAL for one in found)
    state = SECTION_STATES[review.state] if review else NOT_LOOKED_AT
    if needs_second and review and review.state is SectionState.APPROVED:
        state = APPROVED_BY_ONE
    body = render_template(
        "screening/section.html",
        application=details.application,
        section=section,
        title=SECTIONS[section],
        review=review,
        state=state,
        answers=answers_by_section(details).get(section, []),
        findings=[(sentence_of(one), one.rule, EFFECTS[one.rule.effect]) for one in found],
        form=form,
        second_form=ConfirmForm(formdata=None),
        needs_second=needs_second,
    )
    return body, form.status()


def _note_page(details: ApplicationDetails, form: NoteForm) -> Page:
    body = render_template("screening/note.html", application=details.application, form=form)
    return body, form.status()


def _withdrawal_page(details: ApplicationDetails, form: WithdrawalForm) -> Page:
    live = [
        one for one in offer_desk.offers_of(g.db, details.application) if one.offer.ended_at is None
    ]
    profile = details.student or details.host
    body = render_template(
        "screening/withdrawal.html",
        application=details.application,
        person=profile,
        is_student=details.student is not None,
        offers=live,
        offer_states=PLACEMENT_STATES,
        is_confirmed=any(one.placement.state is PlacementState.CONFIRMED for one in live),
        is_told=bool(profile and profile.email) and details.application.external_id is None,
        form=form,
    )
    return body, form.status()


def _check_page(details: ApplicationDetails, form: CheckForm) -> Page:
    body = render_template("screening/check.html", application=details.application, form=form)
    return body, form.status()
