"""Who hears of offers: students, guardians and hosts who signed up here, each in their language.

A mail says that there is news and nothing of whom it is about. Whoever came in by a file is told
by staff, as in everything else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationState, GuardianState
from exchange.notices.texts import Template
from exchange.records import (
    Application,
    Guardian,
    Host,
    LinkPurpose,
    MatchRun,
    Placement,
    Student,
)
from exchange.services import links, mails
from exchange.services.offers import Changes, Offered
from exchange.translations import ENGLISH

_GONE = (ApplicationState.WITHDRAWN, ApplicationState.DECLINED, ApplicationState.WAITING)


def tell_of_offers(session: Session, several: Sequence[Offered], *, key: str, at: datetime) -> None:
    """Write to all parties of new offers; a host of several guests gets one mail."""
    people = [one.student for one in several] + [one.host for one in several]
    _tell(session, people, Template.OFFER, key=f"offer:{key}", at=at)
    students = [one.student for one in several]
    _tell_guardians(session, students, Template.OFFER_TO_GUARDIAN, key=f"offer:{key}", at=at)


def tell_of_news(session: Session, one: Offered, at: datetime) -> None:
    """Write to all parties of an offer that something has changed, such as that all agreed."""
    key = f"news:{one.offer.public_id}:{one.offer.version}"
    _tell(session, [one.student, one.host], Template.STATE_CHANGED, key=key, at=at)
    _tell_guardians(session, [one.student], Template.NEWS_TO_GUARDIAN, key=key, at=at)


def tell_of_result(session: Session, run: MatchRun, changes: Changes, at: datetime) -> None:
    """Write to the others whom a publication concerns: students without an offer, some hosts.

    Who keeps an offer hears nothing: for them nothing has changed.
    """
    told = {one.student.id for one in [*changes.made, *changes.carried]}
    told |= {one.host.id for one in changes.made}
    students = select(Application).where(
        Application.cycle_id == run.cycle_id, col(Application.student_id).is_not(None)
    )
    looked_at = select(Placement.host_id).where(
        Placement.run_id == run.id, col(Placement.review).is_(True)
    )
    hosts = select(Application).where(
        Application.cycle_id == run.cycle_id, col(Application.host_id).in_(looked_at)
    )
    others = [*session.exec(students), *session.exec(hosts)]
    others += [one.host for one in changes.ended]
    people = [one for one in others if one.id not in told]
    _tell(session, people, Template.RESULT, key=f"result:{run.public_id}", at=at)


def _tell(
    session: Session,
    people: Iterable[Application],
    template: Template,
    *,
    key: str,
    at: datetime,
) -> None:
    for application, email in _reachable(session, people):
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
        )
        mails.queue_mail(
            session,
            key=f"{key}:{application.public_id}",
            recipient=email,
            template=template,
            language=application.language,
            context={"reference": application.reference, "token": token},
            at=at,
            application_id=application.id,
        )


def _reachable(session: Session, people: Iterable[Application]) -> list[tuple[Application, str]]:
    """Return each application once, with the address, of those who signed up in person."""
    wanted = {one.id: one for one in people if _is_reachable(one)}
    of_students = select(Application.id, Student.email).join(
        Student, col(Application.student_id) == col(Student.id)
    )
    of_hosts = select(Application.id, Host.email).join(
        Host, col(Application.host_id) == col(Host.id)
    )
    emails: dict[int, str | None] = {}
    for query in (of_students, of_hosts):
        emails |= dict(session.exec(query.where(col(Application.id).in_(list(wanted)))).all())
    return [(one, email) for number, one in wanted.items() if (email := emails.get(number))]


def _is_reachable(application: Application) -> bool:
    return application.external_id is None and application.state not in _GONE


def _tell_guardians(
    session: Session,
    students: Iterable[Application],
    template: Template,
    *,
    key: str,
    at: datetime,
) -> None:
    minors = {one.id: one for one in students if one.needs_guardian and _is_reachable(one)}
    found = session.exec(
        select(Guardian).where(
            col(Guardian.application_id).in_(list(minors)),
            Guardian.state == GuardianState.AGREED,
            col(Guardian.email).is_not(None),
        )
    )
    for guardian in list(found):
        application = minors[guardian.application_id]
        token = links.issue_link(
            session, purpose=LinkPurpose.GUARDIAN, guardian_id=guardian.id, at=at
        )
        assert guardian.email is not None
        mails.queue_mail(
            session,
            key=f"{key}:{guardian.public_id}",
            recipient=guardian.email,
            template=template,
            language=guardian.language or ENGLISH,
            context={"reference": application.reference, "token": token},
            at=at,
            application_id=application.id,
        )
