"""Applications: decided by staff, guarded for minors, withdrawn by their owners or for them."""

from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Role
from exchange.domain.withdrawal import Asked, Asker, Channel
from exchange.errors import (
    Conflict,
    ExchangeError,
    Forbidden,
    InvalidInput,
    NotFound,
    SafetyRefusal,
)
from exchange.records import Application, AuditEvent, OutboxMail, StaffNote
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


ASKED = Asked(Asker.GUARDIAN, Channel.TELEPHONE, on=AT.date())


def _withdraw_for(
    session: Session,
    office: Office,
    application: Application,
    *,
    asked: Asked = ASKED,
    remark: str = "",
    version: int | None = None,
) -> None:
    screening.withdraw_for(
        session,
        office.actor,
        application,
        asked,
        remark=remark,
        expected_version=application.version if version is None else version,
        at=AT,
    )


def test_withdrawal_by_telephone_is_told_to_the_applicant_and_names_nobody_on_the_trail(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student())
    assert screening.asked_withdrawal(session, application) is None
    for _ in range(2):
        _withdraw_for(session, office, application, remark="Her mother rang")
    assert application.state is ApplicationState.WITHDRAWN
    assert screening.asked_withdrawal(session, application) == ASKED
    query = select(AuditEvent).where(AuditEvent.action == "application:withdrawn")
    event = session.exec(query).one()
    assert event.actor == office.actor.label
    assert event.facts == {"by": "guardian", "channel": "telephone", "on": AT.date().isoformat()}
    assert session.exec(select(StaffNote.text)).all() == ["Her mother rang"]
    mails = session.exec(select(OutboxMail).where(OutboxMail.template == "withdrawn_for_you")).all()
    assert [one.recipient for one in mails] == ["student0@example.org"]


def test_withdrawal_of_ones_own_tells_of_nobody_who_asked(session: Session, office: Office) -> None:
    application = sign_up(session, office, student())
    screening.withdraw(session, Actor(application_id=application.id), application, AT)
    assert screening.asked_withdrawal(session, application) is None


@pytest.mark.parametrize("refused", [SafetyRefusal, Forbidden, NotFound, InvalidInput, Conflict])
def test_withdrawal_for_somebody_is_refused_and_changes_nothing(
    session: Session, office: Office, refused: type[ExchangeError]
) -> None:
    application = sign_up(session, office, student())
    asked, version = ASKED, application.version
    if refused is SafetyRefusal:
        details = applications.details_of(session, application)
        assert details.student is not None
        details.student.guardian_email = "Neighbours+mine@example.org"
    elif refused is Forbidden:
        seeing = {office.programme.id: frozenset({Role.AUDITOR})}
        office = replace(office, actor=replace(office.actor, roles=seeing))
    elif refused is NotFound:
        office = replace(office, actor=replace(office.actor, roles={}))
    elif refused is InvalidInput:
        asked = replace(ASKED, on=AT.date().replace(year=AT.year + 1))
    else:
        version += 1
    events = told(session)
    with pytest.raises(refused):
        _withdraw_for(session, office, application, asked=asked, version=version)
    assert application.state is ApplicationState.SUBMITTED
    assert told(session) == events
