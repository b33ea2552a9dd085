"""Applications: found and looked at by who may, and by nobody else."""

import pytest
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.queues import Queue
from exchange.domain.roles import Role
from exchange.errors import Forbidden, NotFound
from exchange.records import Application, OutboxMail
from exchange.services import applications, paper_agreements, queues, screening
from exchange.services.actor import Actor
from tests.services.people import (
    AT,
    Office,
    make_office,
    sign_up,
    student,
)


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def test_application_of_another_programme_is_not_found(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    stranger = make_office(session, "Strangers").actor
    found = applications.get_application(session, office.actor, application.public_id)
    assert found.application == application
    with pytest.raises(NotFound, match="nothing at this address"):
        applications.get_application(session, stranger, application.public_id)
    with pytest.raises(NotFound, match="nothing at this address"):
        queues.list_applications(session, stranger, office.cycle, Queue(), AT)
    for act in (approve_as, agree_as):
        with pytest.raises(NotFound, match="nothing at this address"):
            act(session, stranger, application)


def approve_as(session: Session, actor: Actor, application: Application) -> None:
    screening.decide(
        session,
        actor,
        application,
        state=ApplicationState.APPROVED,
        expected_version=application.version,
        at=AT,
    )


def agree_as(session: Session, actor: Actor, application: Application) -> None:
    paper_agreements.record_on_paper(
        session,
        actor,
        application,
        guardian=None,
        name="A parent",
        agrees=True,
        reason="A signed form, kept in the office",
        at=AT,
    )


def test_auditor_may_not_look_at_people(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    auditor = Actor(account_id=1, roles={office.programme.id: frozenset({Role.AUDITOR})})
    with pytest.raises(Forbidden, match="role does not include"):
        applications.get_application(session, auditor, application.public_id)


def test_new_link_goes_only_to_the_address_of_the_reference(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student(1))

    def mails() -> int:
        return len(session.exec(select(OutboxMail)).all())

    before = mails()
    for reference, email in (
        (application.reference, "other@example.org"),
        ("S-XXXX-XXXX", "student1@example.org"),
    ):
        applications.request_link(session, reference=reference, email=email, at=AT)
    assert mails() == before
    applications.request_link(
        session, reference=application.reference.lower(), email="Student1@Example.org", at=AT
    )
    assert mails() == before + 1
