"""Guardians of minors: named, invited by a link of their own, found.

What they decide is in `agreements`.

A guardian is known by the link alone; there is no account, and a mail names nobody.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select, update

from exchange.domain.cycle import WITHOUT_GUARDIANS, ApplicationState, GuardianState
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.intake.answers import mailbox_key
from exchange.notices.texts import Template
from exchange.records import AccessLink, Application, Cycle, Guardian, LinkPurpose, Student
from exchange.services import audit, links, mails
from exchange.services.actor import Actor
from exchange.services.locks import hold_cycle
from exchange.translations import Sentence

_PREFIXES = ("guardian", "second_guardian")


@dataclass(frozen=True, slots=True)
class Guardianship:
    """A guardian with what they may see: whose application it is, and of which cycle."""

    guardian: Guardian
    application: Application
    student: Student
    cycle: Cycle


def guardians_of(session: Session, application: Application) -> list[Guardian]:
    """Return the guardians of an application, in the order in which they were named."""
    query = select(Guardian).where(Guardian.application_id == application.id)
    return list(session.exec(query.order_by(col(Guardian.place))))


def guardian_of(session: Session, application: Application, public_id: str) -> Guardian:
    """Return one guardian of an application; NotFound for anybody else's."""
    found = next(
        (one for one in guardians_of(session, application) if one.public_id == public_id), None
    )
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def own_guardianship(session: Session, actor: Actor) -> Guardianship:
    """Return what the guardian behind the link is asked about."""
    row = session.exec(
        select(Guardian, Application, Student, Cycle)
        .join(Application, col(Guardian.application_id) == col(Application.id))
        .join(Student, col(Application.student_id) == col(Student.id))
        .join(Cycle, col(Application.cycle_id) == col(Cycle.id))
        .where(Guardian.id == (actor.guardian_id or 0))
    ).first()
    if row is None:
        raise NotFound("There is nothing at this address.")
    return Guardianship(*row)


def invite(session: Session, actor: Actor, application: Application, at: datetime) -> None:
    """Write to the guardians whom the student has named and who were not written to yet."""
    student = _student_of(session, application)
    known = {one.place for one in guardians_of(session, application)}
    for place in range(1, application.guardians_needed + 1):
        name, email = named_at(student, place)
        if place in known or not email:
            continue
        guardian = Guardian(
            application_id=application.id,
            place=place,
            name=name,
            email=email,
            email_key=mailbox_key(email),
            created_at=at,
        )
        session.add(guardian)
        session.flush()
        mail_link(session, application, guardian, at)
        note(session, actor, "guardian:invite", application, guardian, at)


def resend(
    session: Session, actor: Actor, application: Application, guardian: Guardian, at: datetime
) -> None:
    """Mail a guardian a new link; the earlier ones no longer work.

    Raises
    ------
    Conflict
        When the guardian has no e-mail address, or the application has ended.
    """
    _require_running(application)
    if guardian.email is None:
        raise Conflict("No e-mail address is known of this guardian.")
    mail_link(session, application, guardian, at)
    note(session, actor, "guardian:resend", application, guardian, at)


def correct(
    session: Session,
    actor: Actor,
    guardian_id: str,
    *,
    name: str,
    email: str,
    at: datetime,
) -> None:
    """Give a guardian who has not answered yet another name or address, and write there.

    Whoever has answered is kept: a refusal is not undone by asking somebody else.

    Raises
    ------
    InvalidInput
        When the address is the student's own or another guardian's.
    Conflict
        When this guardian has answered, or the application has ended.
    """
    application = _own_application(session, actor)
    hold_cycle(session, application.cycle_id)
    guardian = guardian_of(session, application, guardian_id)
    session.refresh(application)
    session.refresh(guardian)
    _require_running(application)
    if guardian.state is not GuardianState.INVITED:
        raise Conflict("This guardian has answered already. Write to the programme instead.")
    student = _student_of(session, application)
    others = [one.email for one in guardians_of(session, application) if one.id != guardian.id]
    check_address(email, [student.email, *others])
    prefix = _PREFIXES[guardian.place - 1]
    setattr(student, f"{prefix}_name", name)
    setattr(student, f"{prefix}_email", email)
    rename(session, actor, application, guardian, name=name, email=email, at=at)


def rename(
    session: Session,
    actor: Actor,
    application: Application,
    guardian: Guardian,
    *,
    name: str | None,
    email: str,
    at: datetime,
) -> None:
    """Give a guardian another name and address, and write there; earlier links no longer work."""
    guardian.name, guardian.email, guardian.email_key = name, email, mailbox_key(email)
    guardian.asked_again_at = None  # Whoever reads there may never have been asked.
    session.flush()
    mail_link(session, application, guardian, at)
    note(session, actor, "guardian:correct", application, guardian, at)


def named_at(student: Student, place: int) -> tuple[str | None, str | None]:
    """Return name and address of the first or second guardian, as the student gave them."""
    prefix = _PREFIXES[place - 1]
    return getattr(student, f"{prefix}_name"), getattr(student, f"{prefix}_email")


def check_address(email: str, taken: list[str | None]) -> None:
    """Raise InvalidInput when a guardian's address is one that somebody else here has."""
    if mailbox_key(email) in {mailbox_key(one) for one in taken if one}:
        sentence = Sentence("Each guardian needs an e-mail address of their own")
        raise InvalidInput(f"{sentence}.", {"email": [sentence]})


def request_link(session: Session, *, reference: str, email: str, at: datetime) -> None:
    """Mail a guardian a new link where reference and address belong together; silent either way."""
    row = session.exec(
        select(Guardian, Application)
        .join(Application, col(Guardian.application_id) == col(Application.id))
        .where(
            Application.reference == reference.strip().upper(),
            Guardian.email_key == mailbox_key(email),
        )
    ).first()
    if row is not None:
        guardian, application = row
        mail_link(session, application, guardian, at)


def own_resend(session: Session, actor: Actor, guardian_id: str, at: datetime) -> None:
    """Have a new link mailed to a guardian of one's own application."""
    application = _own_application(session, actor)
    resend(session, actor, application, guardian_of(session, application, guardian_id), at)


def note_language(session: Session, guardian: Guardian, language: str) -> None:
    """Remember in which language a guardian reads, for the mails to come."""
    if guardian.language != language:
        guardian.language = language
        session.flush()


def note(
    session: Session,
    actor: Actor,
    action: str,
    application: Application,
    guardian: Guardian,
    at: datetime,
) -> None:
    """Put on the trail what was done to or by a guardian; ids alone."""
    cycle = session.get(Cycle, application.cycle_id)
    audit.record(
        session,
        actor,
        action,
        subject_kind="application",
        subject_id=application.public_id,
        programme_id=cycle.programme_id if cycle else None,
        facts={"guardian": guardian.public_id},
        at=at,
    )


def mail_link(session: Session, application: Application, guardian: Guardian, at: datetime) -> None:
    """Mail a guardian who has an address a link of their own; the earlier ones no longer work."""
    is_again = guardian.asked_again_at is not None
    session.connection().execute(
        update(AccessLink)
        .where(
            col(AccessLink.guardian_id) == guardian.id,
            col(AccessLink.used_at).is_(None),
            col(AccessLink.expires_at) > at,
        )
        .values(expires_at=at)
    )
    token = links.issue_link(session, purpose=LinkPurpose.GUARDIAN, guardian_id=guardian.id, at=at)
    guardian.invited_at = at
    session.flush()
    mails.queue_mail(
        session,
        key=f"guardian:{guardian.public_id}:{secrets.token_hex(16)}",
        recipient=guardian.email or "",
        template=Template.GUARDIAN_ASKED_AGAIN if is_again else Template.GUARDIAN_ASKED,
        language=guardian.language or application.language,
        context={"reference": application.reference, "token": token},
        at=at,
        application_id=application.id,
    )


def _own_application(session: Session, actor: Actor) -> Application:
    found = session.get(Application, actor.application_id or 0)
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def _student_of(session: Session, application: Application) -> Student:
    found = session.get(Student, application.student_id or 0)
    if found is None:
        raise NotFound("There is nothing at this address.")
    return found


def _require_running(application: Application) -> None:
    if application.state in WITHOUT_GUARDIANS - {ApplicationState.WAITING}:
        raise Conflict("This application has ended. Nothing more is asked of its guardians.")
