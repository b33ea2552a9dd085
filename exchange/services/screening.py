"""Applications: decided by staff as a whole, or withdrawn; each change is on the trail.

What stands in the way of approval comes from `clearance`; no argument of any function here passes
it over. Single sections are judged in `section_reviews`.
"""

from datetime import datetime

from sqlmodel import Session

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import blockers
from exchange.domain.roles import Permission
from exchange.domain.screening import SectionState
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.records import Application
from exchange.services import sections
from exchange.services.actor import Actor
from exchange.services.application_states import move, note, tell
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
        _require_guardians(application)
        _require_no_returned_section(session, application)
    reason = checked_reason(reason, is_needed=state is ApplicationState.RETURNED)
    move(session, application, state, expected_version, return_reason=reason)
    if state is ApplicationState.APPROVED:
        of_application = sections.sections_for(details)
        sections.approve_rest(
            session, application.id, of_application, account_id=actor.account_id, at=at
        )
    note(session, actor, f"application:{state.value}", details.cycle, application, at)
    if state is not ApplicationState.SUBMITTED:
        tell(session, details, at)


def withdraw(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Withdraw one's own application; done twice, it is done."""
    if actor.application_id != application.id:
        raise NotFound("There is nothing at this address.")
    if application.state is ApplicationState.WITHDRAWN:
        return
    cycle = hold_cycle(session, application.cycle_id)
    move(session, application, ApplicationState.WITHDRAWN, application.version)
    note(session, actor, "application:withdrawn", cycle, application, at)


def _require_no_blocker(session: Session, details: ApplicationDetails, at: datetime) -> None:
    found = blockers(findings_of(session, details, at))
    if found:
        codes = list(dict.fromkeys(one.code for one in found))
        raise SafetyRefusal("This application cannot be approved yet.", blockers=codes)


def _require_guardians(application: Application) -> None:
    """Nobody but its guardians ends the wait for them."""
    if application.state is ApplicationState.WAITING:
        raise Conflict("This application waits for a guardian, who has to agree first.")


def _require_no_returned_section(session: Session, application: Application) -> None:
    reviews = sections.list_reviews(session, application.id).values()
    if any(one.state is SectionState.RETURNED for one in reviews):
        raise Conflict("Open the returned sections again first.")


def checked_reason(reason: str | None, *, is_needed: bool) -> str | None:
    """Return what staff wrote to the applicant, trimmed; InvalidInput when missing or too long."""
    reason = (reason or "").strip() or None
    if is_needed and reason is None:
        sentence = Sentence("Say what is missing; the applicant reads it")
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    if reason is not None and len(reason) > MAX_REASON:
        sentence = Sentence("Use %(most)d characters or fewer", most=MAX_REASON)
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    return reason
