"""Applications: decided by staff, guarded for minors, withdrawn by their owners."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.records import Application
from exchange.records.session import open_session
from exchange.services import applications, audit, screening
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
    screening.decide(
        session,
        office.actor,
        application,
        state=state,
        reason=reason,
        expected_version=application.version,
        at=AT,
    )


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
        screening.decide(
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
        screening.decide(
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
        screening.withdraw(session, owner, application, AT)
    assert told(session).count("application:withdrawn") == 1


def test_withdrawal_of_somebody_elses_application_is_not_found(
    session: Session, office: Office
) -> None:
    mine, theirs = (sign_up(session, office, student(number)) for number in range(2))
    with pytest.raises(NotFound, match="nothing at this address"):
        screening.withdraw(session, Actor(application_id=mine.id), theirs, AT)
    assert theirs.state is ApplicationState.SUBMITTED
