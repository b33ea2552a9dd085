"""What was sent is corrected by its owner: while it may be, once, and read by the staff anew."""

from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.screening import Section, SectionState, sections_of
from exchange.errors import Conflict, NotFound
from exchange.intake.profile_sections import SECTION_OF
from exchange.intake.profiles import HostProfile, StudentProfile
from exchange.records import Application, AuditEvent, Draft, Host, Student
from exchange.records.session import open_session
from exchange.services import (
    applications,
    corrections,
    drafts,
    screening,
    section_reviews,
    sections,
    web_sessions,
)
from exchange.services.actor import Actor
from exchange.services.profiles import members_of
from tests.services.people import (
    AT,
    Office,
    approve,
    enrol,
    finish,
    guardians_agree,
    host,
    make_office,
    publish,
    sign_up,
    start,
    student,
    told,
)
from tests.services.together import at_once

LATER = AT + timedelta(days=40)
"""After sign-up has closed."""


def _send(
    session: Session, office: Office, profile: StudentProfile | HostProfile
) -> tuple[Application, Draft]:
    """Sign up as with the forms: what was typed stays with the application."""
    browser, _ = web_sessions.start(session, at=AT)
    is_student = isinstance(profile, StudentProfile)
    draft = drafts.start_draft(
        session,
        cycle_id=office.cycle.id,
        kind=ApplicationKind.STUDENT if is_student else ApplicationKind.HOST,
        web_session_id=browser.id,
        at=AT,
    )
    drafts.save_step(session, draft, step="a", values={"b": ["c"]}, expected_version=1, at=AT)
    application = sign_up(session, office, profile, key=draft.public_id)
    drafts.mark_submitted(session, draft, application_id=application.id, at=AT)
    return application, draft


def _owner(application: Application) -> Actor:
    return Actor(application_id=application.id)


def _correct(
    session: Session,
    application: Application,
    profile: StudentProfile | HostProfile,
    at: datetime = AT,
) -> Application:
    browser, _ = web_sessions.start(session, at=AT)
    draft = corrections.reopen(
        session, _owner(application), application, web_session_id=browser.id, at=at
    )
    assert (draft.web_session_id, draft.data) == (browser.id, {"a": {"b": ["c"]}})
    return corrections.correct_profile(session, _owner(application), draft, profile=profile, at=at)


def _states(session: Session, application: Application) -> dict[Section, SectionState]:
    reviews = sections.list_reviews(session, application.id)
    return {section: review.state for section, review in reviews.items()}


def _return(session: Session, office: Office, application: Application, *which: Section) -> None:
    """Approve every section but some, and return those."""
    details = applications.details_of(session, application)
    for section in sections.sections_for(details):
        is_returned = section in which
        section_reviews.review_section(
            session,
            office.actor,
            details,
            section,
            state=SectionState.RETURNED if is_returned else SectionState.APPROVED,
            reason="Please look again" if is_returned else None,
            expected_version=0,
            at=AT,
        )


@pytest.mark.parametrize(
    ("kind", "profile"),
    [(ApplicationKind.STUDENT, StudentProfile), (ApplicationKind.HOST, HostProfile)],
)
def test_every_answer_belongs_to_a_section_of_its_kind(
    kind: ApplicationKind, profile: type[StudentProfile | HostProfile]
) -> None:
    assert set(SECTION_OF[kind]) == set(profile.model_fields)
    possible = {
        *sections_of(kind, has_guardian=True),
        *sections_of(kind, is_household=False),
    }
    assert set(SECTION_OF[kind].values()) == possible


def test_correct_returned_section_leaves_the_others_approved(session: Session) -> None:
    office = make_office(session)
    application, _draft = _send(session, office, host(members=[{"birth_on": "1980-01-01"}]))
    _return(session, office, application, Section.HOME)
    details = applications.details_of(session, application)
    others = frozenset(sections.sections_for(details)) - {Section.HOME}
    assert corrections.closed_sections(session, details) == others
    assert application.state is ApplicationState.RETURNED
    _correct(
        session, application, host(members=[{"birth_on": "1980-01-01"}], offers=["pets"]), LATER
    )
    assert application.state is ApplicationState.SUBMITTED
    assert _states(session, application) == {
        **dict.fromkeys(others, SectionState.APPROVED),
        Section.HOME: SectionState.OPEN,
    }
    assert corrections.closed_sections(session, details) == frozenset()


def test_correct_reads_what_depends_on_the_returned_section_anew(session: Session) -> None:
    office = make_office(session)
    household = host(members=[{"birth_on": "1980-01-01"}], guest_rooms=2, guest_beds=2)
    application, _draft = _send(session, office, household)
    _return(session, office, application, Section.CONTACT)
    organisation = host(kind="institution", responsible_name="Ada", adults=2)
    _correct(session, application, organisation)
    states = _states(session, application)
    changed = {Section.CONTACT, Section.HOUSEHOLD, Section.HOME}
    assert {one for one, state in states.items() if state is SectionState.OPEN} == changed
    assert states[Section.PLACES] is SectionState.APPROVED
    assert Section.ORGANISATION not in states


def test_correct_keeps_the_checks_of_who_is_named_as_before(session: Session) -> None:
    office = make_office(session)
    people = [{"birth_on": "1980-01-01"}, {"birth_on": "1981-01-01"}]
    application, _draft = _send(session, office, host(members=people))
    before = {one.birth_on.year: one.id for one in members_of(session, application.host_id)}
    _correct(session, application, host(members=[{"birth_on": "1990-05-05"}, people[1]]))
    after = {one.birth_on.year: one.id for one in members_of(session, application.host_id)}
    assert set(after) == {1981, 1990}
    assert after[1981] == before[1981]


def test_correct_of_what_was_returned_as_a_whole_closes_nothing(session: Session) -> None:
    office = make_office(session)
    application, _draft = _send(session, office, student())
    _return(session, office, application, Section.LETTER)
    session.refresh(application)
    application.return_reason = "All of it"
    details = applications.details_of(session, application)
    assert corrections.closed_sections(session, details) == frozenset()


def test_correct_student_changes_the_answers_and_is_read_again(session: Session) -> None:
    office = make_office(session)
    application, draft = _send(session, office, student())
    approve(session, office, application)
    before = application.version
    corrected = _correct(session, application, student(given_name="Änne", interests=["chess"]))
    assert corrected.id == application.id
    assert (corrected.state, corrected.version) == (ApplicationState.SUBMITTED, before + 1)
    session.expire_all()
    person = session.get_one(Student, application.student_id)
    assert (person.given_name, person.interests) == ("Änne", ["chess"])
    assert draft.reopened_at is None
    assert len(session.exec(select(Application)).all()) == 1
    event = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).first()
    assert event is not None and event.action == "application:corrected"
    assert event.facts == {
        "fields": ["given_name", "interests", "name_skeleton"],
        "sections": ["identity"],
    }
    assert _states(session, application) == {
        Section.IDENTITY: SectionState.OPEN,
        **dict.fromkeys((Section.STAY, Section.NEEDS, Section.LETTER), SectionState.APPROVED),
    }
    assert event.actor == f"application:{application.id}"


def test_correct_host_replaces_the_household(session: Session) -> None:
    office = make_office(session)
    application, _draft = _send(
        session, office, host(members=[{"birth_on": "1980-01-01"}, {"birth_on": "1981-01-01"}])
    )
    _correct(session, application, host(capacity=3, members=[{"birth_on": "1990-05-05"}]))
    session.expire_all()
    assert session.get_one(Host, application.host_id).capacity == 3
    members = members_of(session, application.host_id)
    assert [str(one.birth_on) for one in members] == ["1990-05-05"]


def test_correct_returned_application_goes_on_after_sign_up_has_closed(session: Session) -> None:
    office = make_office(session)
    application, _draft = _send(session, office, student())
    assert not corrections.may_correct(session, application, LATER)
    screening.decide(
        session,
        office.actor,
        application,
        state=ApplicationState.RETURNED,
        expected_version=application.version,
        reason="Your school is missing",
        at=AT,
    )
    _correct(session, application, student(school="A school"), LATER)
    assert (application.state, application.return_reason) == (ApplicationState.SUBMITTED, None)


@pytest.mark.parametrize("same", [True, False])
def test_correct_guardian_who_agreed_is_asked_anew_when_another(
    session: Session, same: bool
) -> None:
    office = make_office(session)
    minor = {
        "birth_on": "2012-03-04",
        "guardian_name": "Ida",
        "guardian_email": "ida@example.org",
    }
    application, _draft = _send(session, office, student(**minor))
    guardians_agree(session, application)
    address = minor["guardian_email"] if same else "olga@example.org"
    _correct(session, application, student(**minor | {"guardian_email": address}, school="New"))
    assert (application.needs_guardian, application.guardian_agreed) == (True, same)
    state = ApplicationState.SUBMITTED if same else ApplicationState.WAITING
    assert application.state is state


def test_correct_by_anybody_else_finds_nothing(session: Session) -> None:
    office = make_office(session)
    application, draft = _send(session, office, student())
    other, _draft = _send(session, office, student(1))
    for actor in (Actor(), _owner(other), office.actor):
        with pytest.raises(NotFound, match="nothing at this address"):
            corrections.reopen(session, actor, application, web_session_id=1, at=AT)
        with pytest.raises(NotFound, match="nothing at this address"):
            corrections.correct_profile(session, actor, draft, profile=student(), at=AT)
    assert "application:corrected" not in told(session)


def test_reopen_when_it_is_too_late_is_refused(session: Session) -> None:
    office = make_office(session)
    closed, _draft = _send(session, office, student())
    withdrawn, _draft = _send(session, office, student(1))
    screening.withdraw(session, _owner(withdrawn), withdrawn, AT)
    imported = sign_up(session, office, student(2))
    for application, at in ((closed, LATER), (withdrawn, AT), (imported, AT)):
        with pytest.raises(Conflict, match="cannot be changed here any more"):
            corrections.reopen(session, _owner(application), application, web_session_id=1, at=at)
    assert corrections.may_correct(session, closed, AT)


def test_may_correct_once_placed_by_a_published_match_not_any_more(session: Session) -> None:
    office = make_office(session)
    application, _draft = _send(session, office, student(7, nationalities=["TR"]))
    approve(session, office, application)
    _other, host_id = enrol(session, office, students=1, hosts=1)
    run = start(session, office)
    finish(session, run, [application.public_id, host_id])
    assert corrections.may_correct(session, application, AT)
    publish(session, office, run, AT)
    assert not corrections.may_correct(session, application, AT)


def test_save_step_of_what_was_sent_only_while_it_is_open_again(session: Session) -> None:
    office = make_office(session)
    application, draft = _send(session, office, student())
    with pytest.raises(Conflict, match="another window"):
        drafts.save_step(session, draft, step="a", values={}, expected_version=draft.version, at=AT)
    corrections.reopen(
        session,
        _owner(application),
        application,
        web_session_id=draft.web_session_id or 0,
        at=AT,
    )
    drafts.save_step(
        session, draft, step="a", values={"b": ["d"]}, expected_version=draft.version, at=AT
    )
    assert draft.data == {"a": {"b": ["d"]}}


def test_correct_sent_by_many_at_once_is_one_correction(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        application, draft = _send(session, office, student())
        corrections.reopen(
            session,
            _owner(application),
            application,
            web_session_id=draft.web_session_id or 0,
            at=AT,
        )
        session.commit()

    def correct(session: Session) -> int:
        own = session.get_one(Draft, draft.id)
        return corrections.correct_profile(
            session, _owner(application), own, profile=student(school="New"), at=AT
        ).version

    results = at_once(engine, correct, times=4)
    assert results == [2, 2, 2, 2]
    with open_session(engine, writes=False) as session:
        assert told(session).count("application:corrected") == 1
