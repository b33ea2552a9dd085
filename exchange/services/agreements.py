"""What guardians decide, and what that does to the application: it waits for as many as it needs.

The count on the application is taken anew from the guardians in the transaction of each decision;
the database refuses every state but waiting and ended ones while it is too low.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlmodel import Session, col, func, select, update

from exchange.domain.consent import Purpose
from exchange.domain.cycle import WITHOUT_GUARDIANS, ApplicationState, GuardianState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, SafetyRefusal
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, Guardian, LinkPurpose, Programme, Student
from exchange.services import consents, guardians, links, mails
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.guardians import Guardianship, guardians_of, note, own_guardianship
from exchange.services.locks import hold_cycle

LEAST_REASON, MOST_REASON = 10, 1000
_ENDED = WITHOUT_GUARDIANS - {ApplicationState.WAITING}


def agree(
    session: Session,
    actor: Actor,
    *,
    wanted: Collection[Purpose],
    shown: Mapping[Purpose, str],
    language: str,
    at: datetime,
) -> None:
    """Agree that the student takes part, and consent to whatever else was ticked.

    Parameters
    ----------
    wanted : collection of Purpose
        Optional purposes that were ticked; none has to be.
    shown : mapping of Purpose to str
        Every text on the page as it was shown, that of taking part among them.

    Raises
    ------
    Conflict
        When the application has ended.
    """
    mine = _hold(session, actor)
    optional: dict[Purpose, str] = {**shown}
    optional.pop(Purpose.TAKING_PART, None)
    consents.decide(
        session,
        actor,
        mine.application,
        wanted=wanted,
        shown=optional,
        language=language,
        at=at,
        guardian=mine.guardian,
    )
    if mine.guardian.state is GuardianState.AGREED:
        return
    consents.give(
        session,
        actor,
        mine.application,
        purpose=Purpose.TAKING_PART,
        text=shown[Purpose.TAKING_PART],
        language=language,
        at=at,
        guardian=mine.guardian,
    )
    mine.guardian.language = language
    _settle(session, actor, mine.application, mine.guardian, GuardianState.AGREED, at)


def refuse(session: Session, actor: Actor, at: datetime) -> None:
    """Say no, or no longer; the application waits, and every consent of this guardian ends.

    Saying no after having agreed is withdrawing, and it is as easy.
    """
    mine = _hold(session, actor)
    was_agreed = mine.guardian.state is GuardianState.AGREED
    state = GuardianState.WITHDRAWN if was_agreed else GuardianState.REFUSED
    if mine.guardian.state in (GuardianState.REFUSED, GuardianState.WITHDRAWN):
        return
    consents.end_all(session, actor, mine.application, mine.guardian, at)
    _settle(session, actor, mine.application, mine.guardian, state, at)


def record_on_paper(
    session: Session,
    actor: Actor,
    application: Application,
    *,
    guardian: Guardian | None,
    name: str | None,
    agrees: bool,
    reason: str | None,
    at: datetime,
) -> None:
    """Note what a guardian has said outside this service, such as on a signed form.

    Parameters
    ----------
    guardian : Guardian or None
        None for one who was not named before; then `name` says who it is.
    reason : str
        What was seen and where it is kept; 10 to 1,000 characters.

    Raises
    ------
    SafetyRefusal
        When this guardian has said no by their own link: only they can change that.
    """
    cycle = hold_cycle(session, application.cycle_id)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    session.refresh(application)
    if not application.needs_guardian:
        raise Conflict("No guardian is needed here.")
    if application.state in _ENDED:
        raise Conflict("This application has ended. Nothing more is asked of its guardians.")
    reason, name = (reason or "").strip(), (name or "").strip()
    _check_paper(guardian, name, reason, agrees=agrees)
    if guardian is None:
        guardian = _add_on_paper(session, application, name, reason, at)
    session.refresh(guardian)
    if agrees and guardian.state in (GuardianState.REFUSED, GuardianState.WITHDRAWN):
        raise SafetyRefusal(
            "This guardian has said no. Send them a new link, so that they can decide themselves."
        )
    state = GuardianState.AGREED if agrees else GuardianState.WITHDRAWN
    if guardian.state is state:
        return
    guardian.paper_reason, guardian.recorded_by_id = reason, actor.account_id
    if not agrees:
        consents.end_all(session, actor, application, guardian, at)
    _settle(session, actor, application, guardian, state, at, on_paper=True)


def write_again(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Write, for the staff, to every guardian who was named and does not agree.

    Raises
    ------
    Conflict
        When nobody is left to write to.
    """
    cycle = hold_cycle(session, application.cycle_id)
    require(actor, Permission.SCREEN_APPLICATIONS, cycle.programme_id)
    session.refresh(application)
    known = guardians_of(session, application)
    waited_for = [one for one in known if one.email and one.state is not GuardianState.AGREED]
    for one in waited_for:
        guardians.resend(session, actor, application, one, at)
    guardians.invite(session, actor, application, at)
    if not waited_for and len(guardians_of(session, application)) == len(known):
        raise Conflict("There is no guardian to write to.")


def _check_paper(guardian: Guardian | None, name: str, reason: str, *, agrees: bool) -> None:
    faults: dict[str, list[str]] = {}
    if guardian is None and not agrees:
        faults["guardian"] = ["Choose the guardian who no longer agrees"]
    if guardian is None and not name:
        faults["name"] = ["Enter the name of the guardian"]
    if not LEAST_REASON <= len(reason) <= MOST_REASON:
        faults["reason"] = ["Say in 10 to 1,000 characters what you have seen and where it is kept"]
    if faults:
        raise InvalidInput("Check what you wrote about the guardian.", faults)


def _add_on_paper(
    session: Session, application: Application, name: str, reason: str, at: datetime
) -> Guardian:
    taken = {one.place for one in guardians_of(session, application)}
    places = [place for place in range(1, application.guardians_needed + 1) if place not in taken]
    if not places:
        sentence = "As many guardians as are needed are named already; choose one of them"
        raise InvalidInput(f"{sentence}.", {"guardian": [sentence]})
    guardian = Guardian(
        application_id=application.id,
        place=places[0],
        name=name,
        paper_reason=reason,
        created_at=at,
    )
    session.add(guardian)
    session.flush()
    return guardian


def _hold(session: Session, actor: Actor) -> Guardianship:
    """Return what the guardian decides on as it is now; others who would change it wait."""
    mine = own_guardianship(session, actor)
    hold_cycle(session, mine.application.cycle_id)
    session.refresh(mine.application)
    session.refresh(mine.guardian)
    if mine.application.state in _ENDED:
        raise Conflict("This application has ended. Nothing more is asked of its guardians.")
    return mine


def _settle(
    session: Session,
    actor: Actor,
    application: Application,
    guardian: Guardian,
    state: GuardianState,
    at: datetime,
    *,
    on_paper: bool = False,
) -> None:
    """Store a decision, count anew, move the application where that takes it, and tell."""
    guardian.state, guardian.decided_at = state, at
    session.flush()
    before = application.state
    _count_anew(session, application)
    note(
        session,
        actor,
        f"guardian:{state.value}_on_paper" if on_paper else f"guardian:{state.value}",
        application,
        guardian,
        at,
    )
    if application.state is not before:
        note(session, actor, f"application:{application.state.value}", application, guardian, at)
    _tell(session, application, at)
    if before in (ApplicationState.APPROVED, ApplicationState.RETURNED):
        _tell_staff(session, application, at)


def _count_anew(session: Session, application: Application) -> None:
    agreed = session.exec(
        select(func.count())
        .select_from(Guardian)
        .where(Guardian.application_id == application.id, Guardian.state == GuardianState.AGREED)
    ).one()
    state = application.state
    if agreed < application.guardians_needed:
        state = state if state in WITHOUT_GUARDIANS else ApplicationState.WAITING
    elif state is ApplicationState.WAITING:
        state = ApplicationState.SUBMITTED
    changed = session.connection().execute(
        update(Application)
        .where(
            col(Application.id) == application.id,
            col(Application.version) == application.version,
            col(Application.state) == application.state,
        )
        .values(guardians_agreed=agreed, state=state, version=application.version + 1)
    )
    if changed.rowcount != 1:
        raise Conflict("Somebody else has just changed this application. Look at it again.")
    session.refresh(application)


def _tell(session: Session, application: Application, at: datetime) -> None:
    """Write to the student that something has changed; the mail does not say what."""
    student = session.get(Student, application.student_id or 0)
    if student is None or not student.email or application.external_id is not None:
        return
    token = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
    )
    mails.queue_mail(
        session,
        key=f"guardians:{application.public_id}:{application.version}",
        recipient=student.email,
        template=Template.STATE_CHANGED,
        context={"reference": application.reference, "token": token},
        at=at,
    )


def _tell_staff(session: Session, application: Application, at: datetime) -> None:
    """Write to the programme: a student whom it had looked at must not travel now."""
    cycle = session.get(Cycle, application.cycle_id)
    programme = session.get(Programme, cycle.programme_id) if cycle else None
    if programme is None or application.state is not ApplicationState.WAITING:
        return
    mails.queue_mail(
        session,
        key=f"guardian_withdrew:{application.public_id}:{application.version}",
        recipient=programme.contact_email,
        template=Template.GUARDIAN_WITHDREW,
        context={"reference": application.reference, "token": application.public_id},
        at=at,
    )
