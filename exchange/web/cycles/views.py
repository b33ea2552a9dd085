"""The coordinator's cycles, and the applications to them."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from exchange.domain.cycle import ApplicationState, is_open
from exchange.domain.findings import Finding
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import Effect
from exchange.domain.screening import Section, SectionState
from exchange.errors import InvalidInput, SafetyRefusal
from exchange.records import Cycle, HostKind, Programme, ScreeningCheck
from exchange.services import (
    applications,
    checks,
    contact_clocks,
    cycles,
    desk,
    help_contacts,
    incident_moves,
    live_placements,
    offer_desk,
    programmes,
    publishing,
    renewals,
    runs,
    screening,
    sections,
    staff_notes,
    student_progress,
)
from exchange.services.clearance import Screening, screening_of
from exchange.services.contact_clocks import MOST_AT_DESK
from exchange.services.impartiality import is_own
from exchange.services.offer_desk import Group
from exchange.services.question_answers import shown_answers
from exchange.web.cycles.answers import answers_by_section
from exchange.web.cycles.forms import ConfirmForm, DecisionForm
from exchange.web.desk_words import APPLICATION_STATES, DECISIONS, RUN_STATES, UNPLACED_SHORTLY
from exchange.web.guards import permit
from exchange.web.i18n import current_language
from exchange.web.i18n import gettext as _
from exchange.web.offers.words import GROUPS, PLACEMENT_STATES
from exchange.web.queues.words import ATTENTION
from exchange.web.screening.forms import ApproveForm
from exchange.web.screening.words import (
    APPROVED_BY_ONE,
    ASKERS,
    CHANNELS,
    CHECK_KINDS,
    EFFECTS,
    NOT_LOOKED_AT,
    OUTCOMES,
    PACKS,
    SECTION_STATES,
    SECTIONS,
    person_words,
    sentence_of,
)
from exchange.web.stay.words import CLOCKS, STAGES
from exchange.web.viewing import note_viewing

blueprint = Blueprint("cycles", __name__)

Page = str | Response | tuple[str, int]
_TENDED = (Group.LOOK, Group.OVERDUE, Group.CONSENTS)
_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)


@blueprint.get("/cycles")
@permit(Permission.SEE_CYCLES)
def index() -> Page:
    """All cycles of the actor's programmes."""
    found = cycles.list_cycles(g.db, g.actor)
    mine = programmes.list_programmes(g.db, g.actor)
    return render_template(
        "cycles/index.html",
        cycles=found,
        programmes={one.id: one for one in mine},
        own=student_progress.count_students(
            g.db, g.actor, [one for one in found if _is_narrow(one)]
        ),
        ledgers=[one for one in mine if g.actor.may(Permission.SEE_RUNS, one.id)],
        makes_cycles_in=[one for one in mine if g.actor.may(Permission.MANAGE_CYCLES, one.id)],
        counts=cycles.count_cycles(g.db, [one.id or 0 for one in found]),
        latest=runs.latest_runs(g.db, g.actor, found),
        run_states=RUN_STATES,
        now=g.now,
    )


@blueprint.get("/cycles/<id:cycle_id>")
@permit(Permission.SEE_CYCLES)
def show(cycle_id: str) -> Page:
    """One cycle: how many signed up, whether sign-up is open, its latest runs."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id)
    may = _powers(cycle)
    programme = g.db.get_one(Programme, cycle.programme_id)
    return render_template(
        "cycles/show.html",
        desk=desk.desk_of(g.db, g.actor, cycle, g.now) if may["applications"] else None,
        attention=ATTENTION,
        decisions=DECISIONS,
        reasons=UNPLACED_SHORTLY,
        cycle=cycle,
        programme=programme,
        counts=cycles.cycle_counts(g.db, cycle.id),
        own=student_progress.count_students(g.db, g.actor, [cycle]).get(cycle.id)
        if _is_narrow(cycle)
        else None,
        is_open=is_open(cycle.opens_at, cycle.closes_at, g.now),
        has_closed=cycle.closes_at <= g.now,
        runs=runs.list_runs(g.db, g.actor, cycle.id, most=5) if may["runs"] else [],
        states=APPLICATION_STATES,
        run_states=RUN_STATES,
        found=live_placements.count_found(g.db, cycle),
        proposed=publishing.proposed_run(g.db, cycle) if may["confirm"] else None,
        moves=len(incident_moves.asked_in(g.db, g.actor, cycle)),
        lacks_lead=may["manage"] and not help_contacts.has_lead(g.db, programme),
        fallen=offer_desk.fallen_places(g.db, cycle) if may["applications"] else None,
        offers=_offers_to_tend(cycle) if may["applications"] else {},
        offer_groups=GROUPS,
        due=contact_clocks.due_in(g.db, g.actor, cycle, g.now, most=MOST_AT_DESK)
        if may["contacts"]
        else None,
        clocks=CLOCKS,
        stages=STAGES,
        may=may,
        form=ConfirmForm(),
    )


def _offers_to_tend(cycle: Cycle) -> dict[Group, int]:
    """How many offers wait for the staff, by what they need."""
    counted = offer_desk.count_offers(g.db, g.actor, cycle, g.now)
    return {one: counted[one] for one in _TENDED if counted.get(one)}


def _is_narrow(cycle: Cycle) -> bool:
    """Say whether somebody hears of their own students alone, and of no other number."""
    may = _powers(cycle)
    return may["students"] and not may["applications"] and not may["runs"]


def _powers(cycle: Cycle) -> dict[str, bool]:
    """What the actor may do here; a page shows no button that would be refused."""
    wanted = {
        "manage": Permission.MANAGE_CYCLES,
        "applications": Permission.SEE_APPLICATIONS,
        "students": Permission.SEE_STUDENTS,
        "screen": Permission.SCREEN_APPLICATIONS,
        "runs": Permission.SEE_RUNS,
        "start": Permission.START_RUNS,
        "confirm": Permission.CONFIRM_RUNS,
        "export": Permission.EXPORT,
        "download": Permission.DOWNLOAD_OWN,
        "contacts": Permission.LOG_CONTACTS,
    }
    return {name: g.actor.may(one, cycle.programme_id) for name, one in wanted.items()}


@blueprint.post("/cycles/<id:cycle_id>/open")
@permit(Permission.MANAGE_CYCLES)
def open_sign_up(cycle_id: str) -> Page:
    """Open sign-up now."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    cycles.open_cycle(g.db, g.actor, cycle, g.now)
    g.db.commit()
    return redirect(url_for("cycles.show", cycle_id=cycle_id), 303)


@blueprint.post("/cycles/<id:cycle_id>/close")
@permit(Permission.MANAGE_CYCLES)
def close_sign_up(cycle_id: str) -> Page:
    """Close sign-up now."""
    cycle = cycles.get_cycle(g.db, g.actor, cycle_id, permission=Permission.MANAGE_CYCLES)
    cycles.close_cycle(g.db, g.actor, cycle, g.now)
    g.db.commit()
    return redirect(url_for("cycles.show", cycle_id=cycle_id), 303)


@blueprint.get("/applications/<id:application_id>")
@permit(Permission.SEE_APPLICATIONS)
def application(application_id: str) -> Page:
    """One application: profile, state, what stands in the way."""
    details = applications.get_application(g.db, g.actor, application_id)
    note_viewing(details)
    return _application_page(details, DecisionForm(details.application.state, formdata=None))


@blueprint.post("/applications/<id:application_id>")
@permit(Permission.SCREEN_APPLICATIONS, shows_form_again=True)
def decide(application_id: str) -> Page:
    """Approve, return or decline."""
    details = applications.get_application(g.db, g.actor, application_id)
    form = DecisionForm(details.application.state)
    if not form.validate() or form.fault_lines():
        return _application_page(details, form)
    version = request.form.get("version", "")
    seen = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
    try:
        screening.decide(
            g.db,
            g.actor,
            details.application,
            state=ApplicationState(form.decision.data),
            reason=form.reason.data,
            expected_version=seen,
            at=g.now,
        )
    except InvalidInput as refusal:
        form.add_faults(refusal)
        return _application_page(details, form)
    except SafetyRefusal as refusal:
        if "blockers" not in refusal.facts:
            # Nobody may judge this application here at all: there is no form to show again.
            raise
        form.add_fault("decision", refusal.message)
        return _application_page(details, form)
    g.db.commit()
    return redirect(url_for("cycles.application", application_id=application_id), 303)


def _application_page(details: applications.ApplicationDetails, form: DecisionForm) -> Page:
    cycle = details.cycle
    stands = screening_of(g.db, details, g.now)
    of_application = sections.sections_for(details)
    answers = answers_by_section(details)
    waiting = [
        one
        for one in of_application
        if one not in stands.reviews or stands.reviews[one].state is SectionState.OPEN
    ]
    said = [(sentence_of(one), one.rule, EFFECTS[one.rule.effect]) for one in stands.findings]
    has_ended = details.application.state in _ENDED
    may_screen = g.actor.may(Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    names_me = may_screen and is_own(g.db, g.actor, details)
    body = render_template(
        "cycles/application.html",
        details=details,
        application=details.application,
        cycle=cycle,
        programme=g.db.get(Programme, cycle.programme_id),
        person=details.student or details.host,
        sections=[
            (one, SECTIONS[one], _section_state(stands, one), answers.get(one, []))
            for one in of_application
        ],
        questions=shown_answers(g.db, details.application, current_language()),
        states=APPLICATION_STATES,
        previous=_previous(details),
        lookalikes=applications.find_lookalikes(g.db, g.actor, details),
        pack=PACKS[cycle.rule_pack],
        places={
            sentence_of(one): _place_of(details, stands, one, one.section)
            for one in stands.findings
            if may_screen and not names_me and one.section is not None
        },
        blockers=[line for line, one in zip(said, stands.findings, strict=True) if one.is_blocker],
        remarks=[
            line for line, one in zip(said, stands.findings, strict=True) if not one.is_blocker
        ],
        checks=[_check_line(one, details) for one in reversed(stands.checks)],
        offers=offer_desk.offers_of(g.db, details.application),
        offer_states=PLACEMENT_STATES,
        notes=staff_notes.list_notes(g.db, g.actor, details),
        may_screen=may_screen and not names_me,
        names_me=names_me,
        may_report=g.actor.may(Permission.REPORT_INCIDENTS, cycle.programme_id),
        has_ended=has_ended,
        asked=screening.asked_withdrawal(g.db, details.application),
        askers=ASKERS,
        channels=CHANNELS,
        is_household=details.host is not None and details.host.kind is HostKind.HOUSEHOLD,
        approve_form=ApproveForm(waiting, formdata=None) if waiting else None,
        form=form,
    )
    return body, form.status()


def _place_of(
    details: applications.ApplicationDetails, stands: Screening, finding: Finding, section: Section
) -> tuple[str, Any]:
    """Return where something can be done about a finding, and what the place is called."""
    application_id = details.application.public_id
    check = checks.asked_by(finding)
    if check is not None:
        kind, person = check
        address = url_for(
            "screening.check", application_id=application_id, kind=kind.value, person=person
        )
        return address, _("Note a check")
    address = url_for("screening.section", application_id=application_id, section=section)
    if finding.rule.effect is not Effect.SECOND_APPROVAL:
        return address, SECTIONS[section]
    if _is_approved(stands, section):
        return address, _("A second person approves: %(section)s", section=SECTIONS[section])
    return address, _("Approve this part first: %(section)s", section=SECTIONS[section])


def _previous(details: applications.ApplicationDetails) -> tuple[Any, Cycle] | None:
    """The application of an earlier cycle that this one was filled in from, with that cycle."""
    found = renewals.previous_of(g.db, details.application)
    return None if found is None else (found, g.db.get_one(Cycle, found.cycle_id))


def _section_state(stands: Screening, section: Section) -> tuple[Any, str]:
    review = stands.reviews.get(section)
    if review is None:
        return NOT_LOOKED_AT
    lacks_second = any(
        one.section is section and one.rule.effect is Effect.SECOND_APPROVAL
        for one in stands.findings
    )
    if lacks_second and _is_approved(stands, section):
        return APPROVED_BY_ONE
    return SECTION_STATES[review.state]


def _is_approved(stands: Screening, section: Section) -> bool:
    review = stands.reviews.get(section)
    return review is not None and review.state is SectionState.APPROVED


def _check_line(check: ScreeningCheck, details: applications.ApplicationDetails) -> dict[str, Any]:
    """A check in words; of a person by number, as everywhere on this page."""
    numbers = {member.id: number for number, member in enumerate(details.members, start=1)}
    number = numbers.get(check.member_id) if check.member_id else check.member_number
    return {
        "kind": CHECK_KINDS[check.kind],
        "person": person_words(number) if number else "",
        "outcome": OUTCOMES[check.outcome],
        "check": check,
    }
