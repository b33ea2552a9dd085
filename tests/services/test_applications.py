"""Applications: decided by staff, guarded for minors, withdrawn by their owners."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.roles import Role
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, SafetyRefusal
from exchange.records import Application, OutboxMail
from exchange.records.session import open_session
from exchange.services import applications, audit
from exchange.services.actor import Actor
from tests.services.people import (
    AT,
    Office,
    approve,
    host,
    make_office,
    sign_up,
    student,
    told,
)
from tests.services.together import at_once

MINOR = {
    "birth_on": "2010-03-01",
    "guardian_name": "A parent",
    "guardian_email": "parent@example.org",
}


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _decide(
    session: Session,
    office: Office,
    application: Application,
    state: ApplicationState,
    reason: str | None = None,
) -> None:
    applications.decide(
        session,
        office.actor,
        application,
        state=state,
        reason=reason,
        expected_version=application.version,
        at=AT,
    )


def test_minor_is_approved_only_after_the_guardian_agreed(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    with pytest.raises(SafetyRefusal, match="cannot be approved yet") as refused:
        approve(session, office, application)
    assert refused.value.facts == {"blockers": ["guardian_consent_missing"]}
    applications.record_guardian_consent(session, office.actor, application, AT)
    approve(session, office, application)
    details = applications.get_application(session, office.actor, application.public_id)
    assert details.application.state is ApplicationState.APPROVED
    assert details.student is not None
    assert details.student.guardian_consent_at == AT
    assert application.version == 3


def test_minor_approved_behind_the_services_is_refused_by_the_database(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student(**MINOR))
    application.state = ApplicationState.APPROVED
    with pytest.raises(IntegrityError, match="(?i)no_minor_approved_without_guardian"):
        session.flush()


def test_host_without_a_place_is_not_approved(session: Session, office: Office) -> None:
    application = sign_up(session, office, host(capacity=0))
    with pytest.raises(SafetyRefusal, match="cannot be approved yet") as refused:
        approve(session, office, application)
    assert refused.value.facts == {"blockers": ["no_place_offered"]}


def test_decision_on_an_older_version_changes_nothing(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    seen = application.version
    _decide(session, office, application, ApplicationState.RETURNED, "Your school is missing")
    events = len(told(session))
    with pytest.raises(Conflict, match="Somebody else"):
        applications.decide(
            session,
            office.actor,
            application,
            state=ApplicationState.DECLINED,
            expected_version=seen,
            at=AT,
        )
    assert application.state is ApplicationState.RETURNED
    assert application.return_reason == "Your school is missing"
    assert len(told(session)) == events


def test_decision_that_cannot_follow_is_refused(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    _decide(session, office, application, ApplicationState.DECLINED)
    with pytest.raises(Conflict, match="cannot follow"):
        _decide(session, office, application, ApplicationState.APPROVED)


@pytest.mark.parametrize("reason", [None, "   ", "x" * 1001])
def test_return_without_a_usable_reason_is_refused(
    session: Session, office: Office, reason: str | None
) -> None:
    application = sign_up(session, office, student())
    with pytest.raises(InvalidInput, match="missing|1000 characters") as refused:
        _decide(session, office, application, ApplicationState.RETURNED, reason)
    assert set(refused.value.faults) == {"reason"}


def test_decision_by_many_at_once_is_taken_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        public_id = sign_up(session, office, student()).public_id
        session.commit()

    def approve_it(session: Session) -> str:
        found = applications.get_application(session, office.actor, public_id).application
        applications.decide(
            session,
            office.actor,
            found,
            state=ApplicationState.APPROVED,
            expected_version=1,
            at=AT,
        )
        return found.public_id

    results = at_once(engine, approve_it)
    assert sorted(type(one).__name__ for one in results) == ["Conflict"] * 7 + ["str"]
    with open_session(engine) as session:
        assert told(session).count("application:approved") == 1
        assert audit.first_broken_event(session) is None
        assert session.exec(select(Application.version)).one() == 2


def test_withdrawal_twice_is_one_event(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    owner = Actor(application_id=application.id)
    for _ in range(2):
        applications.withdraw(session, owner, application, AT)
    assert told(session).count("application:withdrawn") == 1


def test_withdrawal_of_somebody_elses_application_is_not_found(
    session: Session, office: Office
) -> None:
    mine, theirs = (sign_up(session, office, student(number)) for number in range(2))
    with pytest.raises(NotFound, match="nothing at this address"):
        applications.withdraw(session, Actor(application_id=mine.id), theirs, AT)
    assert theirs.state is ApplicationState.SUBMITTED


def test_application_of_another_programme_is_not_found(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    stranger = make_office(session, "Strangers").actor
    found = applications.get_application(session, office.actor, application.public_id)
    assert found.application == application
    with pytest.raises(NotFound, match="nothing at this address"):
        applications.get_application(session, stranger, application.public_id)
    with pytest.raises(NotFound, match="nothing at this address"):
        applications.list_applications(session, stranger, office.cycle.id)
    for act in (approve_as, consent_as):
        with pytest.raises(NotFound, match="nothing at this address"):
            act(session, stranger, application)


def approve_as(session: Session, actor: Actor, application: Application) -> None:
    applications.decide(
        session,
        actor,
        application,
        state=ApplicationState.APPROVED,
        expected_version=application.version,
        at=AT,
    )


def consent_as(session: Session, actor: Actor, application: Application) -> None:
    applications.record_guardian_consent(session, actor, application, AT)


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
