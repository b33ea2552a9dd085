"""Applications: decided by staff, withdrawn by the applicant; each change is on the trail."""

from datetime import datetime

from sqlmodel import Session, col, update

from exchange.domain.cycle import NEXT_APPLICATION_STATES, ApplicationState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, LinkPurpose
from exchange.services import audit, links, mails
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails, details_of
from exchange.services.authority import require
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
    """Approve, return or decline an application.

    Raises
    ------
    SafetyRefusal
        When something stands in the way of approval; nobody can override that.
    Conflict
        When that state cannot follow, or somebody else has changed the application since.
    InvalidInput
        When it is returned without a reason.
    """
    hold_cycle(session, application.cycle_id)
    details = details_of(session, application)
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    if state is ApplicationState.WITHDRAWN:
        raise Conflict("Only the applicant withdraws an application.")
    if state is ApplicationState.APPROVED and details.blockers:
        raise SafetyRefusal(
            "This application cannot be approved yet.", blockers=list(details.blockers)
        )
    reason = (reason or "").strip() or None
    if state is ApplicationState.RETURNED and reason is None:
        sentence = Sentence("Say what is missing; the applicant reads it")
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    if reason is not None and len(reason) > MAX_REASON:
        sentence = Sentence("Use %(most)d characters or fewer", most=MAX_REASON)
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    _move(session, application, state, expected_version, return_reason=reason)
    _audit(session, actor, f"application:{state.value}", details.cycle, application, at)
    _tell(session, details, at)


def withdraw(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Withdraw one's own application; done twice, it is done."""
    if actor.application_id != application.id:
        raise NotFound("There is nothing at this address.")
    if application.state is ApplicationState.WITHDRAWN:
        return
    cycle = hold_cycle(session, application.cycle_id)
    _move(session, application, ApplicationState.WITHDRAWN, application.version)
    _audit(session, actor, "application:withdrawn", cycle, application, at)


def record_guardian_consent(
    session: Session, actor: Actor, application: Application, at: datetime
) -> None:
    """Note that a guardian has agreed, which somebody of the programme has seen in writing."""
    hold_cycle(session, application.cycle_id)
    details = details_of(session, application)
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    if details.student is None or not application.needs_guardian:
        raise Conflict("No guardian is needed here.")
    if application.guardian_agreed:
        return
    _swap(session, application, application.version, guardian_agreed=True)
    details.student.guardian_consent_at = at
    session.flush()
    _audit(session, actor, "application:guardian_consent", details.cycle, application, at)


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
