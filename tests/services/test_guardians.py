"""Guardians: invited by links of their own, answering for themselves; minors wait for them."""

import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from exchange.domain.consent import TEXTS, Purpose
from exchange.domain.cycle import ApplicationKind, ApplicationState, GuardianState
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.errors import Conflict, Gone, InvalidInput, NotFound, SafetyRefusal
from exchange.intake.profiles import StudentProfile
from exchange.records import (
    AccessLink,
    Application,
    AuditEvent,
    Consent,
    Guardian,
    LinkPurpose,
    OutboxMail,
    Student,
)
from exchange.records.session import open_session
from exchange.services import (
    agreements,
    audit,
    guardians,
    imports,
    links,
    paper_agreements,
    screening,
    snapshots,
)
from exchange.services.actor import Actor
from exchange.services.imports import ImportRow
from tests.services.people import AT, Office, approve, make_office, sign_up, student, told
from tests.services.together import at_once

MINOR = {
    "birth_on": "2010-03-01",
    "guardian_name": "Ada Parent",
    "guardian_email": "parent@example.org",
}
BOTH = MINOR | {
    "second_guardian_name": "Ben Parent",
    "second_guardian_email": "second@example.org",
}
SHOWN = {Purpose.TAKING_PART: TEXTS[Purpose.TAKING_PART].text}


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def _agree(session: Session, guardian: Guardian) -> None:
    agreements.agree(
        session,
        Actor(guardian_id=guardian.id),
        wanted=(),
        shown=SHOWN,
        language="en",
        at=AT,
    )


def _paper(session: Session, office: Office, application: Application, **values: Any) -> None:
    paper_agreements.record_on_paper(
        session,
        office.actor,
        application,
        **{
            "guardian": None,
            "name": "Ada Parent",
            "agrees": True,
            "reason": "A signed form, kept in the office",
            "at": AT,
            **values,
        },
    )


def _token(session: Session, recipient: str) -> str:
    mail = session.exec(
        select(OutboxMail)
        .where(OutboxMail.recipient == recipient)
        .order_by(col(OutboxMail.id).desc())
    ).first()
    assert mail is not None
    found = re.search(r"/guardian/open/(\S+)", mail.body)
    assert found
    return found[1]


def _in_snapshot(session: Session, office: Office) -> dict[str, bool]:
    body = snapshots.take_snapshot(session, office.actor, office.cycle.id, AT).body
    return {one.id: one.cleared for one in FrozenSnapshot.from_json(body).students}


def test_minor_waits_and_the_mail_names_nobody(session: Session, office: Office) -> None:
    adult = sign_up(session, office, student(1))
    minor = sign_up(session, office, student(2, **MINOR))
    assert (adult.state, adult.guardians_needed) == (ApplicationState.SUBMITTED, 0)
    assert (minor.state, minor.guardians_needed) == (ApplicationState.WAITING, 1)
    assert _in_snapshot(session, office) == {adult.public_id: False}
    (guardian,) = guardians.guardians_of(session, minor)
    assert (guardian.name, guardian.state) == ("Ada Parent", GuardianState.INVITED)
    mail = session.exec(select(OutboxMail).where(OutboxMail.recipient == guardian.email)).one()
    drawn = ("/guardian/", minor.reference, _token(session, guardian.email))
    said = mail.subject + mail.body
    for at_random in drawn:  # these may spell anything
        assert at_random in said
        said = said.replace(at_random, "")
    for word in ("Student", "Ada", "Neighbours", "Summer", "TR"):
        assert word not in said


def test_minor_is_approved_only_after_the_guardian_agreed(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    with pytest.raises(SafetyRefusal, match="cannot be approved yet") as refused:
        approve(session, office, application)
    assert refused.value.facts == {"blockers": ["guardian_consent_missing"]}
    with pytest.raises(Conflict, match="waits for a guardian"):
        screening.decide(
            session,
            office.actor,
            application,
            state=ApplicationState.SUBMITTED,
            expected_version=application.version,
            at=AT,
        )
    (guardian,) = guardians.guardians_of(session, application)
    _agree(session, guardian)
    assert application.state is ApplicationState.SUBMITTED
    approve(session, office, application)
    assert _in_snapshot(session, office) == {application.public_id: True}
    consent = session.exec(select(Consent)).one()
    assert (consent.purpose, consent.guardian_id) == (Purpose.TAKING_PART, guardian.id)
    assert {"guardian:invite", "guardian:agreed", "application:submitted"} <= set(told(session))


@pytest.mark.parametrize(
    "state", [ApplicationState.SUBMITTED, ApplicationState.APPROVED, ApplicationState.RETURNED]
)
def test_minor_moved_on_behind_the_services_is_refused_by_the_database(
    session: Session, office: Office, state: ApplicationState
) -> None:
    application = sign_up(session, office, student(**MINOR))
    application.state = state
    with pytest.raises(IntegrityError, match="(?i)no_minor_without_guardians"):
        session.flush()


@pytest.mark.parametrize("values", [{"guardians_needed": 3}, {"guardians_agreed": -1}])
def test_count_of_guardians_out_of_range_is_refused_by_the_database(
    session: Session, office: Office, values: dict[str, int]
) -> None:
    application = sign_up(session, office, student(**MINOR))
    for name, value in values.items():
        setattr(application, name, value)
    with pytest.raises(IntegrityError, match="(?i)guardians_in_range"):
        session.flush()


def test_cycle_of_two_guardians_waits_for_both(session: Session, office: Office) -> None:
    office.cycle.guardians_needed = 2
    session.flush()
    with pytest.raises(InvalidInput, match="guardian") as refused:
        sign_up(session, office, student(1, **MINOR))
    assert set(refused.value.faults) == {"second_guardian_name", "second_guardian_email"}
    application = sign_up(session, office, student(2, **BOTH))
    first, second = guardians.guardians_of(session, application)
    _agree(session, first)
    assert (application.state, application.guardians_agreed) == (ApplicationState.WAITING, 1)
    with pytest.raises(SafetyRefusal, match="cannot be approved"):
        approve(session, office, application)
    _agree(session, second)
    assert (application.state, application.guardians_agreed) == (ApplicationState.SUBMITTED, 2)
    agreements.refuse(session, Actor(guardian_id=first.id), AT)
    assert (application.state, application.guardians_agreed) == (ApplicationState.WAITING, 1)


def test_age_of_majority_is_the_cycles(session: Session, office: Office) -> None:
    grown = {**MINOR, "birth_on": "2007-01-10"}  # Twenty on the day of application.
    assert sign_up(session, office, student(1, **grown)).guardians_needed == 0
    office.cycle.adult_age = 21
    session.flush()
    assert sign_up(session, office, student(2, **grown)).guardians_needed == 1


@pytest.mark.parametrize(
    "address", ["Student0@example.org", "STUDENT0@EXAMPLE.ORG", "student0@Example.Org"]
)
def test_guardian_who_is_the_student_is_refused(address: str) -> None:
    assert student(**MINOR).guardian_email == "parent@example.org"
    with pytest.raises(ValueError, match="address of their own"):
        student(**MINOR | {"guardian_email": address})
    with pytest.raises(ValueError, match="address of their own"):
        student(**BOTH | {"second_guardian_email": "PARENT@example.org"})


def test_addresses_that_may_be_two_people_are_taken() -> None:
    profile = student(**MINOR | {"guardian_email": "student0+mother@example.org"})
    assert profile.guardian_email == "student0+mother@example.org"


def test_withdrawal_takes_an_approved_application_out_of_the_match(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student(**MINOR))
    (guardian,) = guardians.guardians_of(session, application)
    _agree(session, guardian)
    approve(session, office, application)
    version = application.version
    assert _in_snapshot(session, office) == {application.public_id: True}
    agreements.refuse(session, Actor(guardian_id=guardian.id), AT)
    assert guardian.state is GuardianState.WITHDRAWN
    assert application.state is ApplicationState.WAITING
    assert (application.version, application.guardians_agreed) == (version + 1, 0)
    assert _in_snapshot(session, office) == {}
    assert session.exec(select(Consent.withdrawn_at)).all() == [AT]
    mails = session.exec(select(OutboxMail).order_by(col(OutboxMail.id))).all()[-2:]
    assert {(one.recipient, one.template) for one in mails} == {
        ("student0@example.org", "state_changed"),
        ("office@example.org", "guardian_withdrew"),
    }
    _agree(session, guardian)
    assert application.state is ApplicationState.SUBMITTED
    assert len(session.exec(select(Consent)).all()) == 2
    assert audit.first_broken_event(session) is None


def test_trail_of_guardians_holds_ids_alone(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    (guardian,) = guardians.guardians_of(session, application)
    _agree(session, guardian)
    events = session.exec(select(AuditEvent).where(col(AuditEvent.action).like("guardian:%"))).all()
    assert [one.facts for one in events] == [{"guardian": guardian.public_id}] * 2
    assert {one.subject_id for one in events} == {application.public_id}
    assert events[1].actor == f"guardian:{guardian.id}"


def test_refusal_is_kept_until_the_guardian_changes_it(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    (guardian,) = guardians.guardians_of(session, application)
    agreements.refuse(session, Actor(guardian_id=guardian.id), AT)
    assert guardian.state is GuardianState.REFUSED
    with pytest.raises(SafetyRefusal, match="has said no"):
        _paper(session, office, application, guardian=guardian)
    with pytest.raises(InvalidInput, match="guardian"):
        _paper(session, office, application, name="Somebody else")
    with pytest.raises(Conflict, match="has answered"):
        guardians.correct(
            session,
            Actor(application_id=application.id),
            guardian.public_id,
            name="A friend",
            email="friend@example.org",
            at=AT,
        )
    _agree(session, guardian)
    assert application.state is ApplicationState.SUBMITTED


def test_agreement_on_paper_needs_a_name_and_a_reason(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    (guardian,) = guardians.guardians_of(session, application)
    with pytest.raises(InvalidInput, match="guardian") as refused:
        _paper(session, office, application, name=" ", reason="seen")
    assert set(refused.value.faults) == {"name", "reason"}
    assert application.state is ApplicationState.WAITING
    _paper(session, office, application, guardian=guardian)
    assert application.state is ApplicationState.SUBMITTED
    assert guardian.recorded_by_id == office.actor.account_id
    assert "guardian:agreed_on_paper" in told(session)
    _paper(session, office, application, guardian=guardian, agrees=False)
    assert application.state is ApplicationState.WAITING
    assert guardian.state is GuardianState.WITHDRAWN


def test_minor_of_a_file_waits_and_no_mail_goes_out(session: Session, office: Office) -> None:
    def bring(profile: StudentProfile) -> Application:
        imports.import_profiles(
            session,
            office.actor,
            cycle_id=office.cycle.id,
            kind=ApplicationKind.STUDENT,
            rows=[ImportRow("S1", profile)],
            at=AT,
        )
        return session.exec(select(Application)).one()

    application = bring(student(**MINOR))
    assert application.state is ApplicationState.WAITING
    assert session.exec(select(OutboxMail)).all() == []
    assert bring(student(birth_on="2000-01-01")).state is ApplicationState.SUBMITTED
    assert bring(student(**MINOR)).state is ApplicationState.WAITING
    _paper(session, office, application)
    assert application.state is ApplicationState.SUBMITTED
    assert session.exec(select(OutboxMail)).all() == []


def test_correction_is_written_to_and_kills_the_earlier_link(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student(**MINOR))
    owner = Actor(application_id=application.id)
    (guardian,) = guardians.guardians_of(session, application)
    old = _token(session, "parent@example.org")
    with pytest.raises(InvalidInput, match="own"):
        guardians.correct(
            session, owner, guardian.public_id, name="Me", email="STUDENT0@example.org", at=AT
        )
    guardians.correct(
        session, owner, guardian.public_id, name="Ada", email="ada@example.org", at=AT
    )
    with pytest.raises(Gone):
        links.redeem(session, old, LinkPurpose.GUARDIAN, AT)
    link = links.redeem(session, _token(session, "ada@example.org"), LinkPurpose.GUARDIAN, AT)
    assert link.guardian_id == guardian.id


def test_guardian_of_somebody_else_is_not_found(session: Session, office: Office) -> None:
    mine, theirs = (sign_up(session, office, student(number, **MINOR)) for number in range(2))
    (guardian,) = guardians.guardians_of(session, theirs)
    owner = Actor(application_id=mine.id)
    with pytest.raises(NotFound, match="nothing at this address"):
        guardians.own_resend(session, owner, guardian.public_id, AT)
    with pytest.raises(NotFound, match="nothing at this address"):
        guardians.correct(
            session, owner, guardian.public_id, name="A", email="a@example.org", at=AT
        )
    with pytest.raises(NotFound, match="nothing at this address"):
        agreements.refuse(session, owner, AT)


def test_corrected_answers_ask_another_guardian_anew_and_keep_a_no(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student(**MINOR))
    owner = Actor(application_id=application.id)
    (guardian,) = guardians.guardians_of(session, application)
    record = session.get_one(Student, application.student_id)

    def correct(needed: int = 1) -> dict[str, Any]:
        return agreements.after_correction(session, owner, application, needed=needed, at=AT)

    _agree(session, guardian)
    kept = {"guardians_needed": 1, "guardians_agreed": 1, "state": ApplicationState.SUBMITTED}
    assert correct() == kept
    assert correct(needed=2)["state"] is ApplicationState.WAITING
    record.guardian_email = "other@example.org"
    assert correct() == kept | {"guardians_agreed": 0, "state": ApplicationState.WAITING}
    assert (guardian.state, guardian.email) == (GuardianState.INVITED, "other@example.org")
    assert session.exec(select(Consent.withdrawn_at)).all() == [AT]
    assert _token(session, "other@example.org")
    agreements.refuse(session, Actor(guardian_id=guardian.id), AT)
    record.guardian_email = "friend@example.org"
    with pytest.raises(Conflict, match="has said no"):
        correct()


def test_links_that_do_not_work_are_refused_alike(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    token = _token(session, "parent@example.org")
    status = links.issue_link(
        session, purpose=LinkPurpose.STATUS, application_id=application.id, at=AT
    )

    def refusal(token: str, at: Any = AT) -> str:
        with pytest.raises(Gone) as refused:
            links.redeem(session, token, LinkPurpose.GUARDIAN, at)
        return refused.value.message

    expired = refusal(token, AT + timedelta(days=15))
    assert links.redeem(session, token, LinkPurpose.GUARDIAN, AT).used_at == AT
    assert {expired, refusal(token), refusal(status), refusal("x" * 43)} == {expired}


def test_new_link_goes_only_to_the_guardian_of_the_reference(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, student(**MINOR))

    def asked() -> int:
        return len(session.exec(select(AccessLink).where(AccessLink.purpose == "guardian")).all())

    assert asked() == 1
    for reference, email in (
        (application.reference, "student0@example.org"),
        ("S-XXXX-XXXX", "parent@example.org"),
    ):
        guardians.request_link(session, reference=reference, email=email, at=AT)
    assert asked() == 1
    guardians.request_link(
        session, reference=application.reference.lower(), email="Parent@Example.org", at=AT
    )
    assert asked() == 2


def test_ended_application_asks_nothing_more(session: Session, office: Office) -> None:
    application = sign_up(session, office, student(**MINOR))
    (guardian,) = guardians.guardians_of(session, application)
    screening.withdraw(session, Actor(application_id=application.id), application, AT)
    with pytest.raises(Conflict, match="has ended"):
        _agree(session, guardian)
    with pytest.raises(Conflict, match="has ended"):
        guardians.own_resend(session, Actor(application_id=application.id), guardian.public_id, AT)
    assert application.state is ApplicationState.WITHDRAWN


def test_agreement_sent_many_times_at_once_counts_once(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        application = sign_up(session, office, student(**MINOR))
        guardian_id = guardians.guardians_of(session, application)[0].id
        session.commit()

    def agree_it(session: Session) -> str:
        agreements.agree(
            session,
            Actor(guardian_id=guardian_id),
            wanted=(),
            shown=SHOWN,
            language="en",
            at=AT,
        )
        return "agreed"

    assert at_once(engine, agree_it) == ["agreed"] * 8
    with open_session(engine) as session:
        application = session.exec(select(Application)).one()
        assert (application.guardians_agreed, application.version) == (1, 2)
        assert len(session.exec(select(Consent)).all()) == 1
        assert told(session).count("guardian:agreed") == 1
