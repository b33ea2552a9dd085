"""Sections of an application: approved, returned, approved again, opened again; each on the trail.

What is decided about the application as a whole is in `screening`.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Permission
from exchange.domain.screening import Section, SectionState
from exchange.errors import Conflict, SafetyRefusal
from exchange.services import audit, sections
from exchange.services.actor import Actor
from exchange.services.application_states import move, note, tell
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import require
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.services.screening import checked_reason


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
    reason = checked_reason(reason, is_needed=state is SectionState.RETURNED)
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
    _note(session, actor, details, section, state.value, at)
    if is_returned and application.state is not ApplicationState.RETURNED:
        move(session, application, ApplicationState.RETURNED, application.version)
        note(session, actor, "application:returned", details.cycle, application, at)
        tell(session, details, at)
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
        _note(session, actor, details, section, SectionState.APPROVED.value, at)


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
    _note(session, actor, details, section, "approved_again", at)


def reopen_section(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    section: Section,
    *,
    expected_version: int,
    at: datetime,
) -> None:
    """Open a returned section again, and no other, because the applicant has answered staff.

    When it was the last returned one, the application waits for a decision again. An applicant
    opens it by sending other answers; see `corrections`.
    """
    hold_cycle(session, details.application.cycle_id)
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
    _note(session, actor, details, section, SectionState.OPEN.value, at)
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
    move(session, application, ApplicationState.SUBMITTED, application.version)
    note(session, actor, "application:submitted", details.cycle, application, at)


def _note(
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
