"""Applications: judged section by section and as a whole, withdrawn by the applicant.

Each change is on the trail. What stands in the way of approval comes from `clearance`; no argument
of any function here passes it over.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, update

from exchange.domain.cycle import NEXT_APPLICATION_STATES, ApplicationState
from exchange.domain.findings import blockers
from exchange.domain.roles import Permission
from exchange.domain.screening import Section, SectionState
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, LinkPurpose
from exchange.services import audit, links, mails, sections
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails, details_of
from exchange.services.authority import require
from exchange.services.clearance import findings_of
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.translations import Sentence

MAX_REASON = 1000


def decide(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    state: ApplicationState,
    expected_version: int,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Approve, return or decline an application, or let it wait for a decision again.

    Approval is also of every section that nobody has judged yet.

    Raises
    ------
    SafetyRefusal
        When something stands in the way of approval, or the actor is named in the application;
        nobody can override that.
    Conflict
        When that state cannot follow, or somebody else has changed the application since.
    InvalidInput
        When it is returned without a reason.
    """
    hold_cycle(session, application.cycle_id)
    details = details_of(session, application)
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    require_impartial(session, actor, details)
    if state is ApplicationState.WITHDRAWN:
        raise Conflict("Only the applicant withdraws an application.")
    if state is ApplicationState.APPROVED:
        _require_no_blocker(session, details, at)
    if state is ApplicationState.SUBMITTED:
        _require_no_returned_section(session, application)
    reason = _checked_reason(reason, is_needed=state is ApplicationState.RETURNED)
    _move(session, application, state, expected_version, return_reason=reason)
    if state is ApplicationState.APPROVED:
        of_application = sections.sections_for(details)
        sections.approve_rest(
            session, application.id, of_application, account_id=actor.account_id, at=at
        )
    _audit(session, actor, f"application:{state.value}", details.cycle, application, at)
    if state is not ApplicationState.SUBMITTED:
        _tell(session, details, at)


def review_section(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    section: Section,
    *,
    state: SectionState,
    expected_version: int,
    at: datetime,
    reason: str | None = None,
) -> None:
    """Approve or return one section; the application is returned with it.

    Raises
    ------
    SafetyRefusal
        When the actor is named in the application.
    Conflict
        When somebody else has judged the section since, or the application has ended.
    InvalidInput
        When it is returned without a reason.
    """
    application = details.application
    _hold_for_review(session, actor, details)
    reason = _checked_reason(reason, is_needed=state is SectionState.RETURNED)
    is_returned = state is SectionState.RETURNED
    sections.write_review(
        session,
        application_id=application.id,
        section=section,
        expected_version=expected_version,
        state=state,
        reason=reason if is_returned else None,
        decided_at=at,
        decided_by_id=actor.account_id,
        second_at=None,
        second_by_id=None,
    )
    _audit_section(session, actor, details, section, state.value, at)
    if is_returned and application.state is not ApplicationState.RETURNED:
        _move(session, application, ApplicationState.RETURNED, application.version)
        _audit(session, actor, "application:returned", details.cycle, application, at)
        _tell(session, details, at)
    if not is_returned:
        _resume(session, actor, details, at)


def approve_sections(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    chosen: Sequence[Section],
    at: datetime,
) -> None:
    """Approve several sections that nobody has judged yet."""
    _hold_for_review(session, actor, details)
    approved = sections.approve_rest(
        session, details.application.id, chosen, account_id=actor.account_id, at=at
    )
    for section in approved:
        _audit_section(session, actor, details, section, SectionState.APPROVED.value, at)


def second_review(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    section: Section,
    *,
    expected_version: int,
    at: datetime,
) -> None:
    """Approve a section that another person has approved before.

    Raises
    ------
    SafetyRefusal
        When both would be the same person, or nobody knows who the first one was.
    """
    _hold_for_review(session, actor, details)
    first = sections.list_reviews(session, details.application.id).get(section)
    if first is None or first.state is not SectionState.APPROVED:
        raise Conflict("Somebody has to approve this section first.")
    if None in (first.decided_by_id, actor.account_id):
        raise SafetyRefusal("Both approvals have to come from people who have signed in.")
    if first.decided_by_id == actor.account_id:
        raise SafetyRefusal("You approved this section. The second approval is a colleague’s.")
    sections.write_review(
        session,
        application_id=details.application.id,
        section=section,
        expected_version=expected_version,
        second_at=at,
        second_by_id=actor.account_id,
    )
    _audit_section(session, actor, details, section, "approved_again", at)


def reopen_section(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    section: Section,
    *,
    expected_version: int,
    at: datetime,
) -> None:
    """Open a returned section again, and no other, because the applicant has answered.

    When it was the last returned one, the application waits for a decision again. Staff may do
    so, and the applicant whose application it is.
    """
    hold_cycle(session, details.application.cycle_id)
    if actor.application_id != details.application.id:
        require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
        require_impartial(session, actor, details)
    session.refresh(details.application)
    known = sections.list_reviews(session, details.application.id).get(section)
    if known is None or known.state is not SectionState.RETURNED:
        raise Conflict("Only a section that was returned can be opened again.")
    sections.write_review(
        session,
        application_id=details.application.id,
        section=section,
        expected_version=expected_version,
        state=SectionState.OPEN,
        reason=None,
        decided_at=None,
        decided_by_id=None,
    )
    _audit_section(session, actor, details, section, SectionState.OPEN.value, at)
    _resume(session, actor, details, at)


def _hold_for_review(session: Session, actor: Actor, details: ApplicationDetails) -> None:
    hold_cycle(session, details.application.cycle_id)
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    require_impartial(session, actor, details)
    session.refresh(details.application)
    if details.application.state in (ApplicationState.DECLINED, ApplicationState.WITHDRAWN):
        raise Conflict("This application has ended. Nothing is left to judge.")


def _resume(session: Session, actor: Actor, details: ApplicationDetails, at: datetime) -> None:
    """Let an application wait for a decision again once no section of it is returned."""
    application = details.application
    reviews = sections.list_reviews(session, application.id).values()
    # An application that was returned as a whole has a reason of its own, and stays returned.
    if application.state is not ApplicationState.RETURNED or application.return_reason:
        return
    if any(one.state is SectionState.RETURNED for one in reviews):
        return
    _move(session, application, ApplicationState.SUBMITTED, application.version)
    _audit(session, actor, "application:submitted", details.cycle, application, at)


def _require_no_blocker(session: Session, details: ApplicationDetails, at: datetime) -> None:
    found = blockers(findings_of(session, details, at))
    if found:
        codes = list(dict.fromkeys(one.code for one in found))
        raise SafetyRefusal("This application cannot be approved yet.", blockers=codes)


def _require_no_returned_section(session: Session, application: Application) -> None:
    reviews = sections.list_reviews(session, application.id).values()
    if any(one.state is SectionState.RETURNED for one in reviews):
        raise Conflict("Open the returned sections again first.")


def _checked_reason(reason: str | None, *, is_needed: bool) -> str | None:
    reason = (reason or "").strip() or None
    if is_needed and reason is None:
        sentence = Sentence("Say what is missing; the applicant reads it")
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    if reason is not None and len(reason) > MAX_REASON:
        sentence = Sentence("Use %(most)d characters or fewer", most=MAX_REASON)
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    return reason


def withdraw(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Withdraw one's own application; done twice, it is done."""
    if actor.application_id != application.id:
        raise NotFound("There is nothing at this address.")
    if application.state is ApplicationState.WITHDRAWN:
        return
    cycle = hold_cycle(session, application.cycle_id)
    _move(session, application, ApplicationState.WITHDRAWN, application.version)
    _audit(session, actor, "application:withdrawn", cycle, application, at)


def _move(
    session: Session,
    application: Application,
    state: ApplicationState,
    expected_version: int,
    **values: object,
) -> None:
    """Change the state if nobody else has changed the application since."""
    if state not in NEXT_APPLICATION_STATES[application.state]:
        raise Conflict("That decision cannot follow the present state. Look at it again.")
    _swap(session, application, expected_version, state=state, **values)


def _swap(
    session: Session, application: Application, expected_version: int, **values: object
) -> None:
    """Write values if the application is still at the version that was looked at."""
    changed = session.connection().execute(
        update(Application)
        .where(
            col(Application.id) == application.id,
            col(Application.version) == expected_version,
            col(Application.state) == application.state,
        )
        .values(version=expected_version + 1, **values)
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody else has just changed this application. Look at it again.")
    session.refresh(application)


def _tell(session: Session, details: ApplicationDetails, at: datetime) -> None:
    application = details.application
    profile = details.student or details.host
    if profile is None or not profile.email or application.external_id is not None:
        return
    token = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
    )
    mails.queue_mail(
        session,
        key=f"state:{application.public_id}:{application.version}",
        recipient=profile.email,
        template=Template.STATE_CHANGED,
        language=application.language,
        context={"reference": application.reference, "token": token},
        at=at,
        application_id=application.id,
    )


def _audit_section(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    section: Section,
    verdict: str,
    at: datetime,
) -> None:
    audit.record(
        session,
        actor,
        f"section:{verdict}",
        subject_kind="application",
        subject_id=details.application.public_id,
        programme_id=details.cycle.programme_id,
        facts={"section": section.value},
        at=at,
    )


def _audit(
    session: Session,
    actor: Actor,
    action: str,
    cycle: Cycle,
    application: Application,
    at: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id,
        at=at,
    )
