"""What guardians decide, and what that does to the application: it waits for as many as it needs.

The count on the application is taken anew from the guardians in the transaction of each decision;
the database refuses every state but waiting and ended ones while it is too low. What staff note
of guardians is in `paper_agreements`.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session, func, select

from exchange.domain.consent import Purpose
from exchange.domain.cycle import WITHOUT_GUARDIANS, ApplicationState, GuardianState
from exchange.errors import Conflict
from exchange.intake.answers import mailbox_key
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, Guardian, LinkPurpose, Programme, Student
from exchange.services import consents, guardians, links, mails
from exchange.services.actor import Actor
from exchange.services.application_states import swap_in
from exchange.services.guardians import Guardianship, guardians_of, note, own_guardianship
from exchange.services.locks import hold_cycle
from exchange.translations import ENGLISH

ENDED = WITHOUT_GUARDIANS - {ApplicationState.WAITING}
"""States in which nothing is asked of a guardian any more."""


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
    settle(session, actor, mine.application, mine.guardian, GuardianState.AGREED, at)


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
    settle(session, actor, mine.application, mine.guardian, state, at)


def after_correction(
    session: Session, actor: Actor, application: Application, *, needed: int, at: datetime
) -> dict[str, Any]:
    """Hold the guardians against the answers of a student who has corrected them.

    Another address is another guardian, who is asked anew. The student's record has the new
    answers already; the caller holds the cycle, and invites who is named for the first time.

    Returns
    -------
    dict
        The columns of the application that follow: its counts, and its state.

    Raises
    ------
    Conflict
        When a guardian who has said no would be replaced by somebody else.
    """
    student = session.get_one(Student, application.student_id or 0)
    for guardian in guardians_of(session, application):
        name, email = guardians.named_at(student, guardian.place)
        if not email or guardian.email_key == mailbox_key(email):
            guardian.name = name or guardian.name
            continue
        if guardian.state in (GuardianState.REFUSED, GuardianState.WITHDRAWN):
            raise Conflict("A guardian has said no and is kept. Write to the programme instead.")
        consents.end_all(session, actor, application, guardian, at)
        guardian.state, guardian.decided_at = GuardianState.INVITED, None
        guardians.rename(session, actor, application, guardian, name=name, email=email, at=at)
    session.flush()
    agreed = _count_agreed(session, application)
    state = ApplicationState.SUBMITTED if agreed >= needed else ApplicationState.WAITING
    return {"guardians_needed": needed, "guardians_agreed": agreed, "state": state}


def _hold(session: Session, actor: Actor) -> Guardianship:
    """Return what the guardian decides on as it is now; others who would change it wait."""
    mine = own_guardianship(session, actor)
    hold_cycle(session, mine.application.cycle_id)
    session.refresh(mine.application)
    session.refresh(mine.guardian)
    if mine.application.state in ENDED:
        raise Conflict("This application has ended. Nothing more is asked of its guardians.")
    return mine


def settle(
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
    guardian.state, guardian.decided_at, guardian.asked_again_at = state, at, None
    session.flush()
    before = application.state
    count_anew(session, application)
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
    tell(session, application, at)
    if before in (ApplicationState.APPROVED, ApplicationState.RETURNED):
        _tell_staff(session, application, at)


def count_anew(session: Session, application: Application) -> None:
    """Count who agrees, and move the application where that takes it."""
    agreed = _count_agreed(session, application)
    state = application.state
    if agreed < application.guardians_needed:
        state = state if state in WITHOUT_GUARDIANS else ApplicationState.WAITING
    elif state is ApplicationState.WAITING:
        state = ApplicationState.SUBMITTED
    swap_in(session, application, application.version, guardians_agreed=agreed, state=state)


def _count_agreed(session: Session, application: Application) -> int:
    query = select(func.count()).select_from(Guardian)
    return session.exec(
        query.where(
            Guardian.application_id == application.id, Guardian.state == GuardianState.AGREED
        )
    ).one()


def tell(session: Session, application: Application, at: datetime) -> None:
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
        language=application.language,
        context={"reference": application.reference, "token": token},
        at=at,
        application_id=application.id,
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
        language=ENGLISH,
        context={"reference": application.reference, "token": application.public_id},
        at=at,
        application_id=application.id,
    )
