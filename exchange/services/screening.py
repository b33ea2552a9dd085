"""Applications: decided by staff as a whole, or withdrawn; each change is on the trail.

What stands in the way of approval comes from `clearance`; no argument of any function here passes
it over. Single sections are judged in `section_reviews`.
"""

from collections.abc import Mapping
from datetime import date, datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.findings import blockers
from exchange.domain.roles import Permission
from exchange.domain.screening import SectionState
from exchange.domain.withdrawal import Asked, Asker, Channel
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.notices.texts import Template
from exchange.records import Application, AuditEvent
from exchange.services import sections, staff_notes
from exchange.services.actor import Actor
from exchange.services.application_states import move, note, tell
from exchange.services.applications import ApplicationDetails, details_of
from exchange.services.authority import require
from exchange.services.clearance import findings_of
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.services.time_zones import day_in
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
        raise Conflict("A withdrawal that somebody asked for is noted on a page of its own.")
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
    _withdraw(session, actor, application, application.version, at)


def withdraw_for(
    session: Session,
    actor: Actor,
    application: Application,
    asked: Asked,
    *,
    remark: str,
    expected_version: int,
    at: datetime,
) -> None:
    """Withdraw an application for somebody who has asked the office; done twice, it is done.

    The applicant is told by mail, so that they can object.

    Parameters
    ----------
    remark : str
        What colleagues should know besides; kept as a note of theirs, and may be empty.

    Raises
    ------
    SafetyRefusal
        When the application names the actor.
    InvalidInput
        When the day is still to come, or the remark too long.
    Conflict
        When it was declined, or somebody else has changed it since.
    """
    cycle = hold_cycle(session, application.cycle_id)
    details = details_of(session, application)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    require_impartial(session, actor, details)
    session.refresh(application)
    if application.state is ApplicationState.WITHDRAWN:
        return
    if asked.on > day_in(cycle.time_zone, at):
        sentence = Sentence("Enter a day that is not in the future")
        raise InvalidInput(f"{sentence}.", {"asked_on": [sentence]})
    if remark.strip():
        staff_notes.add_note(session, actor, details, remark, at)
    facts = {"by": asked.by.value, "channel": asked.channel.value, "on": asked.on.isoformat()}
    _withdraw(session, actor, application, expected_version, at, facts)
    tell(session, details, at, template=Template.WITHDRAWN_FOR_YOU)


def asked_withdrawal(session: Session, application: Application) -> Asked | None:
    """Return who asked the office for the withdrawal; None when nobody did."""
    if application.state is not ApplicationState.WITHDRAWN:
        return None
    query = select(AuditEvent.facts).where(
        AuditEvent.subject_kind == "application",
        AuditEvent.subject_id == application.public_id,
        AuditEvent.action == "application:withdrawn",
    )
    facts = session.exec(query.order_by(col(AuditEvent.id).desc()).limit(1)).first()
    if not facts:
        return None
    return Asked(Asker(facts["by"]), Channel(facts["channel"]), on=date.fromisoformat(facts["on"]))


def _withdraw(
    session: Session,
    actor: Actor,
    application: Application,
    expected_version: int,
    at: datetime,
    facts: Mapping[str, str] | None = None,
) -> None:
    """Whatever hangs on it follows by itself: offers end, places are free, colleagues see it."""
    cycle = hold_cycle(session, application.cycle_id)
    move(session, application, ApplicationState.WITHDRAWN, expected_version)
    note(session, actor, "application:withdrawn", cycle, application, at, facts)


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
