"""Applications: listed, looked at, decided, withdrawn."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, func, or_, select, update

from exchange.domain.cycle import (
    NEXT_APPLICATION_STATES,
    ApplicationKind,
    ApplicationState,
)
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.notices.texts import Template
from exchange.records import Application, Cycle, Host, HouseholdMember, LinkPurpose, Student
from exchange.services import audit, links, mails
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.locks import hold_cycle
from exchange.services.profiles import members_of

PER_PAGE = 50
MAX_REASON = 1000


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One line of a list."""

    application: Application
    student: Student | None
    host: Host | None

    @property
    def name(self) -> str:
        """What the person or host is called, for the eyes of staff."""
        if self.student is not None:
            names = (self.student.given_name, self.student.family_name)
            return " ".join(name for name in names if name)
        return (self.host.name if self.host else None) or ""

    @property
    def nation(self) -> str:
        """The nation that counts as contact."""
        if self.student is not None:
            return self.student.nationalities[0]
        return self.host.nation if self.host else ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and how long the whole is."""

    rows: list[ApplicationRow]
    total: int
    page: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.per_page))


@dataclass(frozen=True, slots=True)
class ApplicationDetails:
    """Everything about one application."""

    application: Application
    cycle: Cycle
    student: Student | None
    host: Host | None
    members: list[HouseholdMember]
    blockers: tuple[str, ...]
    """Codes of what stands in the way of approval; empty when nothing does."""


def list_applications(
    session: Session,
    actor: Actor,
    cycle_id: int,
    *,
    kind: ApplicationKind | None = None,
    state: ApplicationState | None = None,
    search: str | None = None,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page:
    """Return one page of a cycle's applications, the latest first; two statements."""
    require(actor, Permission.SEE_APPLICATIONS, programme_of(session, cycle_id))
    query = (
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(Application.cycle_id == cycle_id)
    )
    if kind is not None:
        query = query.where(Application.kind == kind)
    if state is not None:
        query = query.where(Application.state == state)
    if search and search.strip():
        like = f"%{_literal(search.strip())}%"
        query = query.where(
            or_(
                *(
                    col(column).ilike(like, escape="\\")
                    for column in (
                        Application.reference,
                        Application.external_id,
                        Student.given_name,
                        Student.family_name,
                        Host.name,
                    )
                )
            )
        )
    total = session.exec(select(func.count()).select_from(query.subquery())).one()
    page = max(1, page)
    found = session.exec(
        query.order_by(col(Application.submitted_at).desc(), col(Application.id).desc())
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    rows = [ApplicationRow(application, student, host) for application, student, host in found]
    return Page(rows, total, page, per_page)


def _literal(text: str) -> str:
    """Return the text with the wildcards of LIKE meaning themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def get_application(session: Session, actor: Actor, public_id: str) -> ApplicationDetails:
    """Return one application of the actor's programmes; NotFound for any other."""
    application = session.exec(
        select(Application).where(Application.public_id == public_id)
    ).one_or_none()
    if application is None:
        raise NotFound("There is nothing at this address.")
    details = _details(session, application)
    require(actor, Permission.SEE_APPLICATIONS, details.cycle.programme_id)
    return details


def own_application(session: Session, actor: Actor) -> ApplicationDetails:
    """Return the application behind whose link the actor came."""
    application = session.get(Application, actor.application_id or 0)
    if application is None:
        raise NotFound("There is nothing at this address.")
    return _details(session, application)


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


def _details(session: Session, application: Application) -> ApplicationDetails:
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
        blockers=_blockers(application, host),
    )


def _blockers(application: Application, host: Host | None) -> tuple[str, ...]:
    found = []
    if application.needs_guardian and not application.guardian_agreed:
        found.append("guardian_consent_missing")
    if host is not None and host.capacity == 0:
        found.append("no_place_offered")
    return tuple(found)


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
    details = _details(session, application)
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    if state is ApplicationState.WITHDRAWN:
        raise Conflict("Only the applicant withdraws an application.")
    if state is ApplicationState.APPROVED and details.blockers:
        raise SafetyRefusal(
            "This application cannot be approved yet.", blockers=list(details.blockers)
        )
    reason = (reason or "").strip() or None
    if state is ApplicationState.RETURNED and reason is None:
        sentence = "Say what is missing; the applicant reads it"
        raise InvalidInput(f"{sentence}.", {"reason": [sentence]})
    if reason is not None and len(reason) > MAX_REASON:
        sentence = f"Use {MAX_REASON} characters or fewer"
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
    details = _details(session, application)
    require(actor, Permission.SCREEN_APPLICATIONS, details.cycle.programme_id)
    if details.student is None or not application.needs_guardian:
        raise Conflict("No guardian is needed here.")
    if application.guardian_agreed:
        return
    _swap(session, application, application.version, guardian_agreed=True)
    details.student.guardian_consent_at = at
    session.flush()
    _audit(session, actor, "application:guardian_consent", details.cycle, application, at)


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
        context={"token": token},
        at=at,
    )


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
    people = session.exec(select(Student).where(col(Student.id).in_(students)))
    homes = session.exec(select(Host).where(col(Host.id).in_(hosts)))
    return (
        {
            one.id or 0: " ".join(n for n in (one.given_name, one.family_name) if n)
            for one in people
        },
        {one.id or 0: one.name or "" for one in homes},
    )
