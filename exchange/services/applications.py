"""Applications: found and looked at. Lists are in `queues`, what changes them in `screening`."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, bindparam, col, select

from exchange.domain.roles import Permission
from exchange.errors import NotFound
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, Host, HouseholdMember, LinkPurpose, Student
from exchange.services import links, mails
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.profiles import members_of

MOST_LOOKALIKES = 10


@dataclass(frozen=True, slots=True)
class ApplicationDetails:
    """Everything about one application."""

    application: Application
    cycle: Cycle
    student: Student | None
    host: Host | None
    members: list[HouseholdMember]


def get_application(session: Session, actor: Actor, public_id: str) -> ApplicationDetails:
    """Return one application of the actor's programmes; NotFound for any other."""
    application = session.exec(
        select(Application).where(Application.public_id == public_id)
    ).one_or_none()
    if application is None or application.erased_at is not None:
        raise NotFound("There is nothing at this address.")
    details = details_of(session, application)
    require(actor, Permission.SEE_APPLICATIONS, details.cycle.programme_id)
    return details


def find_lookalikes(
    session: Session, actor: Actor, details: ApplicationDetails
) -> list[Application]:
    """Return other students' applications to the cycle whose name looks the same; for staff."""
    require(actor, Permission.SEE_APPLICATIONS, details.cycle.programme_id)
    student = details.student
    if student is None or student.name_skeleton is None:
        return []
    query = (
        select(Application)
        .join(Student, col(Application.student_id) == col(Student.id))
        .where(
            Application.cycle_id == details.cycle.id,
            Student.name_skeleton == student.name_skeleton,
            Student.id != student.id,
        )
        .order_by(col(Application.submitted_at), col(Application.id))
        .limit(MOST_LOOKALIKES)
    )
    return list(session.exec(query))


def own_application(session: Session, actor: Actor) -> ApplicationDetails:
    """Return the application behind whose link the actor came."""
    application = session.get(Application, actor.application_id or 0)
    if application is None:
        raise NotFound("There is nothing at this address.")
    return details_of(session, application)


def find_by_reference(session: Session, reference: str, email: str) -> Application | None:
    """Return the application of a reference if the e-mail address is the one that it gave."""
    row = session.exec(
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(Application.reference == reference.strip().upper())
    ).first()
    if row is None:
        return None
    application, student, host = row
    profile = student or host
    stated = (profile.email if profile else None) or ""
    return application if stated and stated.lower() == email.strip().lower() else None


def details_of(session: Session, application: Application) -> ApplicationDetails:
    """Return everything about an application; who may see it is for the caller to ask."""
    cycle = session.get(Cycle, application.cycle_id)
    assert cycle is not None
    student = session.get(Student, application.student_id) if application.student_id else None
    host = session.get(Host, application.host_id) if application.host_id else None
    members = members_of(session, host.id) if host is not None and host.id else []
    return ApplicationDetails(
        application=application,
        cycle=cycle,
        student=student,
        host=host,
        members=members,
    )


def request_link(session: Session, *, reference: str, email: str, at: datetime) -> None:
    """Mail a new status link where reference and address belong together; silent either way."""
    application = find_by_reference(session, reference, email)
    if application is None:
        return
    token = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
    )
    mails.queue_mail(
        session,
        key=f"link:{application.public_id}:{at.isoformat()}",
        recipient=email.strip(),
        template=Template.STATUS_LINK,
        language=application.language,
        context={"token": token},
        at=at,
        application_id=application.id,
    )


# Asked for each page of a list of placements, and built once.
_NAMES_OF_STUDENTS = select(Student.id, Student.given_name, Student.family_name).where(
    col(Student.id).in_(bindparam("ids", expanding=True))
)
_NAMES_OF_HOSTS = select(Host.id, Host.name).where(
    col(Host.id).in_(bindparam("ids", expanding=True))
)


def names_of(
    session: Session,
    actor: Actor,
    cycle_id: int,
    *,
    students: list[int],
    hosts: list[int],
) -> tuple[dict[int, str], dict[int, str]]:
    """Return what students and hosts are called, by row id; nothing to who may not see people."""
    if not actor.may(Permission.SEE_APPLICATIONS, programme_of(session, cycle_id)):
        return {}, {}
    people = session.exec(_NAMES_OF_STUDENTS, params={"ids": students})
    homes = session.exec(_NAMES_OF_HOSTS, params={"ids": hosts})
    return (
        {row or 0: " ".join(name for name in names if name) for row, *names in people},
        {row or 0: name or "" for row, name in homes},
    )
