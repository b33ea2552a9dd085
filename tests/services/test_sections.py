"""Sections: approved, returned, opened again, approved by a second person who is another one."""

import pytest
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.roles import Role
from exchange.domain.screening import Section, SectionState
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound, SafetyRefusal
from exchange.records import Application, OutboxMail
from exchange.services import (
    accounts,
    applications,
    clearance,
    guardians,
    paper_agreements,
    screening,
    section_reviews,
    sections,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.applications import ApplicationDetails
from tests.services.people import AT, Office, approve, clear_host, host, make_office, sign_up, told
from tests.services.people import student as student_profile

LIVES_ALONE = {"adults": 1, "children": 0}


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


@pytest.fixture
def home(session: Session, office: Office) -> ApplicationDetails:
    return applications.details_of(session, sign_up(session, office, host()))


def colleague(
    session: Session, office: Office, email: str = "second@example.org", role: Role = Role.REVIEWER
) -> Actor:
    account = accounts.create_account(
        session,
        SYSTEM,
        email=email,
        display_name="A colleague",
        password=None,
        role=role,
        programme_id=office.programme.id,
        at=AT,
    )
    return accounts.actor_of(session, account.id)


def judge(
    session: Session,
    actor: Actor,
    details: ApplicationDetails,
    section: Section,
    state: SectionState = SectionState.APPROVED,
    *,
    version: int = 0,
    reason: str | None = None,
) -> None:
    section_reviews.review_section(
        session,
        actor,
        details,
        section,
        state=state,
        reason=reason,
        expected_version=version,
        at=AT,
    )


def states(session: Session, details: ApplicationDetails) -> dict[Section, SectionState]:
    reviews = sections.list_reviews(session, details.application.id)
    return {section: review.state for section, review in reviews.items()}


def test_returned_section_is_told_and_only_it_is_opened_again(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    judge(session, office.actor, home, Section.CONTACT)
    mails = len(session.exec(select(OutboxMail)).all())
    for section in (Section.HOME, Section.REFERENCES):
        judge(session, office.actor, home, section, SectionState.RETURNED, reason="  Which floor? ")
    assert home.application.state is ApplicationState.RETURNED
    assert len(session.exec(select(OutboxMail)).all()) == mails + 1
    reviews = sections.list_reviews(session, home.application.id)
    assert reviews[Section.HOME].reason == "Which floor?"
    section_reviews.reopen_section(
        session, office.actor, home, Section.HOME, expected_version=1, at=AT
    )
    assert states(session, home) == {
        Section.CONTACT: SectionState.APPROVED,
        Section.HOME: SectionState.OPEN,
        Section.REFERENCES: SectionState.RETURNED,
    }
    assert home.application.state is ApplicationState.RETURNED
    section_reviews.reopen_section(
        session, office.actor, home, Section.REFERENCES, expected_version=1, at=AT
    )
    assert home.application.state is ApplicationState.SUBMITTED
    assert told(session).count("section:returned") == 2


def test_section_is_opened_again_by_no_applicant(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    judge(session, office.actor, home, Section.HOME, SectionState.RETURNED, reason="Which floor?")
    other = sign_up(session, office, host(2))
    for application in (home.application, other):
        with pytest.raises(NotFound, match="nothing at this address"):
            section_reviews.reopen_section(
                session,
                Actor(application_id=application.id),
                home,
                Section.HOME,
                expected_version=1,
                at=AT,
            )
    assert states(session, home) == {Section.HOME: SectionState.RETURNED}


def test_section_that_was_not_returned_is_not_opened(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    judge(session, office.actor, home, Section.HOME)
    with pytest.raises(Conflict, match="was returned"):
        section_reviews.reopen_section(
            session, office.actor, home, Section.HOME, expected_version=1, at=AT
        )


@pytest.mark.parametrize("reason", [None, "  ", "x" * 1001])
def test_section_is_not_returned_without_a_usable_reason(
    session: Session, office: Office, home: ApplicationDetails, reason: str | None
) -> None:
    with pytest.raises(InvalidInput, match="missing|1000 characters"):
        judge(session, office.actor, home, Section.HOME, SectionState.RETURNED, reason=reason)
    assert states(session, home) == {}
    assert home.application.state is ApplicationState.SUBMITTED


@pytest.mark.parametrize("version", [0, 2])
def test_judgement_of_an_older_page_changes_nothing(
    session: Session, office: Office, home: ApplicationDetails, version: int
) -> None:
    judge(session, office.actor, home, Section.HOME)
    with pytest.raises(Conflict, match="just judged"):
        judge(
            session,
            office.actor,
            home,
            Section.HOME,
            SectionState.RETURNED,
            version=version,
            reason="Too late",
        )
    assert states(session, home) == {Section.HOME: SectionState.APPROVED}


def test_approval_of_the_whole_approves_what_nobody_has_judged(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    judge(session, office.actor, home, Section.HOME)
    first = sections.list_reviews(session, home.application.id)[Section.HOME].id
    approve(session, office, home.application)
    assert set(states(session, home)) == set(sections.sections_for(home))
    assert set(states(session, home).values()) == {SectionState.APPROVED}
    kept = sections.list_reviews(session, home.application.id)[Section.HOME]
    assert (kept.id, kept.version) == (first, 1)


def test_application_with_a_returned_section_is_not_approved(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    clear_host(session, office.actor, home.application, AT)
    judge(session, office.actor, home, Section.HOME, SectionState.RETURNED, reason="Which floor?")
    with pytest.raises(SafetyRefusal, match="cannot be approved"):
        approve(session, office, home.application)
    with pytest.raises(Conflict, match="returned sections"):
        screening.decide(
            session,
            office.actor,
            home.application,
            state=ApplicationState.SUBMITTED,
            expected_version=home.application.version,
            at=AT,
        )


def test_section_returned_after_approval_takes_the_approval_back(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    approve(session, office, home.application)
    judge(
        session,
        office.actor,
        home,
        Section.HOUSEHOLD,
        SectionState.RETURNED,
        version=1,
        reason="Who moved in?",
    )
    assert home.application.state is ApplicationState.RETURNED


def test_one_adult_is_approved_only_after_another_person_agreed(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, host(**LIVES_ALONE))
    details = applications.details_of(session, application)
    clear_host(session, office.actor, application, AT)
    second = colleague(session, office)

    def agree(actor: Actor, version: int = 1) -> None:
        section_reviews.second_review(
            session, actor, details, Section.HOUSEHOLD, expected_version=version, at=AT
        )

    with pytest.raises(Conflict, match="approve this section first"):
        agree(second)
    section_reviews.approve_sections(session, office.actor, details, [Section.HOUSEHOLD], AT)
    with pytest.raises(SafetyRefusal, match="cannot be approved") as refused:
        approve(session, office, application)
    assert refused.value.facts == {"blockers": ["second_review_missing"]}
    with pytest.raises(SafetyRefusal, match="colleague"):
        agree(office.actor)
    with pytest.raises(SafetyRefusal, match="signed in"):
        agree(SYSTEM)
    agree(second)
    approve(session, office, application)
    assert application.state is ApplicationState.APPROVED
    assert told(session).count("section:approved_again") == 1


def test_second_approval_ends_when_the_section_is_judged_anew(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, host(**LIVES_ALONE))
    details = applications.details_of(session, application)
    clear_host(session, office.actor, application, AT)
    section_reviews.approve_sections(session, office.actor, details, [Section.HOUSEHOLD], AT)
    second = colleague(session, office)
    section_reviews.second_review(
        session, second, details, Section.HOUSEHOLD, expected_version=1, at=AT
    )
    judge(session, second, details, Section.HOUSEHOLD, version=2)
    codes = [one.code for one in clearance.findings_of(session, details, AT)]
    assert "second_review_missing" in codes


@pytest.mark.parametrize(
    "named",
    [
        {"email": "Second+home@example.org"},
        {"kind": "institution", "responsible_email": "second@example.org"},
        {"reference_2_email": "SECOND@example.org"},
    ],
)
@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.PROGRAMME_ADMINISTRATOR])
def test_nobody_screens_an_application_that_names_them(
    session: Session, office: Office, named: dict[str, str], role: Role
) -> None:
    application = sign_up(session, office, host(**named))
    details = applications.details_of(session, application)
    own = colleague(session, office, role=role)
    for act in (
        lambda: judge(session, own, details, Section.HOME),
        lambda: section_reviews.approve_sections(session, own, details, [Section.HOME], AT),
        lambda: section_reviews.second_review(
            session, own, details, Section.HOME, expected_version=1, at=AT
        ),
        lambda: section_reviews.reopen_section(
            session, own, details, Section.HOME, expected_version=1, at=AT
        ),
        lambda: clear_host(session, own, application, AT),
        lambda: screening.decide(
            session,
            own,
            application,
            state=ApplicationState.DECLINED,
            expected_version=application.version,
            at=AT,
        ),
    ):
        with pytest.raises(SafetyRefusal, match="names you"):
            act()
    judge(session, office.actor, details, Section.HOME)
    assert states(session, details) == {Section.HOME: SectionState.APPROVED}


def test_guardian_on_the_staff_does_not_decide_about_their_child(
    session: Session, office: Office
) -> None:
    child = student_profile(
        birth_on="2010-03-01", guardian_name="A parent", guardian_email="second@example.org"
    )
    application = sign_up(session, office, child)
    parent = colleague(session, office)
    with pytest.raises(SafetyRefusal, match="names you"):
        _agree_on_paper(session, parent, application)
    assert not application.guardian_agreed
    _agree_on_paper(session, office.actor, application)
    assert application.guardian_agreed


def _agree_on_paper(session: Session, actor: Actor, application: Application) -> None:
    paper_agreements.record_on_paper(
        session,
        actor,
        application,
        guardian=guardians.guardians_of(session, application)[0],
        name=None,
        agrees=True,
        reason="A signed form, kept in the office",
        at=AT,
    )


def test_reference_from_the_office_is_no_reference(session: Session, office: Office) -> None:
    application = sign_up(session, office, host(reference_1_email="neighbours@example.org"))
    second = colleague(session, office)
    clear_host(session, second, application, AT)
    with pytest.raises(SafetyRefusal, match="cannot be approved") as refused:
        screening.decide(
            session,
            second,
            application,
            state=ApplicationState.APPROVED,
            expected_version=application.version,
            at=AT,
        )
    assert refused.value.facts == {"blockers": ["reference_is_staff"]}


def test_auditor_may_not_judge(session: Session, office: Office, home: ApplicationDetails) -> None:
    auditor = colleague(session, office, role=Role.AUDITOR)
    with pytest.raises(Forbidden, match="role does not include"):
        judge(session, auditor, home, Section.HOME)


def test_students_have_sections_of_their_own(session: Session, office: Office) -> None:
    application: Application = sign_up(session, office, student_profile())
    details = applications.details_of(session, application)
    assert sections.sections_for(details) == (
        Section.IDENTITY,
        Section.STAY,
        Section.NEEDS,
        Section.LETTER,
    )
    with pytest.raises(NotFound, match="nothing at this address"):
        sections.section_of(details, "home")
