"""Applications: found and looked at by who may, and by nobody else."""

import pytest
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.roles import Role
from exchange.errors import Forbidden, NotFound
from exchange.records import Application, OutboxMail
from exchange.services import applications, paper_agreements, screening
from exchange.services.actor import Actor
from tests.services.people import (
    AT,
    Office,
    approve,
    host,
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
        applications.list_applications(session, stranger, office.cycle.id)
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


def test_list_finds_by_name_reference_and_state(session: Session, office: Office) -> None:
    first = sign_up(session, office, student(1, family_name="O'Neil_100%"))
    second = sign_up(session, office, student(2, family_name="ONeilX100Y"))
    third = sign_up(session, office, host(3))
    approve(session, office, second)

    def found(**filters: object) -> set[str]:
        page = applications.list_applications(
            session,
            office.actor,
            office.cycle.id,
            **filters,  # type: ignore[arg-type]
        )
        assert page.total == len(page.rows)
        return {row.application.public_id for row in page.rows}

    assert found() == {first.public_id, second.public_id, third.public_id}
    assert found(search="l_100%") == {first.public_id}
    assert found(search=second.reference.lower()) == {second.public_id}
    assert found(kind=ApplicationKind.HOST) == {third.public_id}
    assert found(state=ApplicationState.APPROVED) == {second.public_id}


def test_list_is_cut_into_pages(session: Session, office: Office) -> None:
    for number in range(5):
        sign_up(session, office, student(number))
    pages = [
        applications.list_applications(
            session, office.actor, office.cycle.id, page=number, per_page=2
        )
        for number in (1, 2, 3)
    ]
    assert [len(page.rows) for page in pages] == [2, 2, 1]
    assert {page.total for page in pages} == {5}
    assert {page.pages for page in pages} == {3}
    ids = [row.application.public_id for page in pages for row in page.rows]
    assert len(set(ids)) == 5


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
