"""A household changes after it was described: who is added, put right, or has moved out."""

from datetime import date

import pytest
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.findings import blockers
from exchange.domain.screening import CheckKind, CheckOutcome, Section, SectionState
from exchange.errors import Conflict, InvalidInput, NotFound, SafetyRefusal
from exchange.intake.profiles import MemberProfile
from exchange.records import (
    Account,
    Application,
    AuditEvent,
    HouseholdChange,
    HouseholdMember,
    OutboxMail,
)
from exchange.services import applications, checks, clearance, households, screening
from exchange.services import sections as judged
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.checks import NewCheck
from exchange.services.import_plan import ImportRow
from exchange.services.imports import import_profiles
from exchange.services.snapshots import freeze
from tests.services.people import AT, Office, approve, host, make_office, sign_up, told

REASON = "The grandmother moves in"
ADULT = MemberProfile(birth_on=date(1950, 1, 1), relation="grandmother")


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


@pytest.fixture
def home(session: Session, office: Office) -> ApplicationDetails:
    """A household of two that was approved."""
    people = [{"birth_on": "1980-01-01"}, {"birth_on": "2012-01-01", "relation": "son"}]
    application = sign_up(session, office, host(1, adults=None, members=people))
    approve(session, office, application)
    return applications.details_of(session, application)


def _blockers(session: Session, home: ApplicationDetails) -> list[tuple[str, int | None]]:
    again = applications.details_of(session, home.application)
    found = blockers(clearance.findings_of(session, again, AT))
    return [(one.code, one.member) for one in found]


def test_added_adult_has_to_be_checked_at_once(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    assert _blockers(session, home) == []
    households.add_member(session, office.actor, home, member=ADULT, reason=REASON, at=AT)
    assert _blockers(session, home) == [("background_missing", 3)]
    checks.record_checks(
        session,
        office.actor,
        applications.details_of(session, home.application),
        [
            NewCheck(
                kind=CheckKind.BACKGROUND,
                outcome=CheckOutcome.PASS,
                issuer="Police",
                done_on=AT.date(),
                person=3,
            )
        ],
        at=AT,
    )
    assert _blockers(session, home) == []


def test_added_child_needs_no_check_until_it_grows_up_during_the_stay(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    for birth, expected in (
        (date(2015, 1, 1), []),
        (date(2009, 7, 10), [("background_missing_turns_adult", 4)]),
    ):
        child = MemberProfile(birth_on=birth)
        households.add_member(session, office.actor, home, member=child, reason=REASON, at=AT)
        assert _blockers(session, home) == expected


def test_corrected_birth_date_keeps_the_check_and_brings_up_what_is_due(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    child = MemberProfile(birth_on=date(2015, 1, 1))
    households.add_member(session, office.actor, home, member=child, reason=REASON, at=AT)
    first, _second, third = home.members
    for member, birth in ((first, date(1981, 1, 1)), (third, date(2002, 1, 1))):
        households.correct_member(
            session,
            office.actor,
            home,
            member.id,
            member=MemberProfile(birth_on=birth, relation=member.relation),
            reason="Seen in the passport",
            at=AT,
        )
    assert _blockers(session, home) == [("background_missing", 3)]
    assert third.as_named is None
    assert first.as_named is not None
    assert first.as_named["birth_on"] == "1980-01-01"
    assert told(session).count("household:corrected") == 2


def test_moved_out_is_asked_for_nothing_and_stays_on_record(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    households.add_member(session, office.actor, home, member=ADULT, reason=REASON, at=AT)
    households.move_out(
        session,
        office.actor,
        home,
        home.members[2].id,
        left_on=AT.date(),
        reason="Told by phone",
        at=AT,
    )
    assert _blockers(session, home) == []
    rows = session.exec(select(HouseholdMember)).all()
    assert [one.left_on for one in rows] == [None, None, AT.date()]
    changes = households.changes_of(session, home.host.id if home.host else 0)
    assert [(one.what.value, one.reason) for one, _member in changes] == [
        ("added", REASON),
        ("moved_out", "Told by phone"),
    ]


def test_moved_out_leaves_the_snapshot(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    households.move_out(
        session, office.actor, home, home.members[1].id, left_on=AT.date(), reason="Left", at=AT
    )
    again = applications.details_of(session, home.application)
    assert [one.birth_on.year for one in again.members] == [1980]
    frozen = freeze(session, office.cycle, AT)
    assert [(one.adults, one.children) for one in frozen.hosts] == [(1, 0)]


def test_change_has_the_household_read_again_and_nothing_else(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    households.add_member(session, office.actor, home, member=ADULT, reason=REASON, at=AT)
    reviews = judged.list_reviews(session, home.application.id)
    opened = {one for one, review in reviews.items() if review.state is SectionState.OPEN}
    assert opened == {Section.HOUSEHOLD}
    assert home.application.state is ApplicationState.APPROVED


def test_trail_names_nobody(session: Session, office: Office, home: ApplicationDetails) -> None:
    households.add_member(session, office.actor, home, member=ADULT, reason=REASON, at=AT)
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "household:added")).one()
    assert event.facts == {"member": home.members[2].id}
    assert event.subject_id == home.application.public_id


def test_host_announces_and_the_staff_are_told(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    owner = Actor(application_id=home.application.id)
    households.add_member(session, owner, home, member=ADULT, reason=REASON, at=AT)
    change = session.exec(select(HouseholdChange)).one()
    assert (change.what.value, change.changed_by_id) == ("announced", None)
    assert _blockers(session, home) == [("background_missing", 3)]
    mail = session.exec(select(OutboxMail).where(OutboxMail.template == "household_changed")).one()
    assert mail.recipient == "office@example.org"
    assert home.application.reference in mail.body
    assert f"/applications/{home.application.public_id}" in mail.body


def test_host_cannot_say_that_nobody_has_to_be_checked(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    owner = Actor(application_id=home.application.id)
    with pytest.raises(NotFound, match="nothing at this address"):
        households.move_out(
            session, owner, home, home.members[0].id, left_on=AT.date(), reason="x", at=AT
        )
    with pytest.raises(NotFound, match="nothing at this address"):
        households.correct_member(
            session, owner, home, home.members[0].id, member=ADULT, reason="x", at=AT
        )


def test_somebody_else_finds_nothing(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    other = sign_up(session, office, host(2))
    elsewhere = make_office(session, "Elsewhere")
    for actor in (Actor(), Actor(application_id=other.id), elsewhere.actor):
        with pytest.raises(NotFound, match="nothing at this address"):
            households.add_member(session, actor, home, member=ADULT, reason="x", at=AT)


def test_own_household_is_changed_by_a_colleague(session: Session, office: Office) -> None:
    account = session.get_one(Account, office.actor.account_id)
    own = sign_up(session, office, host(3, email=account.email))
    details = applications.details_of(session, own)
    with pytest.raises(SafetyRefusal, match="names you"):
        households.add_member(session, office.actor, details, member=ADULT, reason="x", at=AT)


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 1001, "a\u202eb"])
def test_change_without_a_usable_reason_is_refused(
    session: Session, office: Office, home: ApplicationDetails, reason: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        households.add_member(session, office.actor, home, member=ADULT, reason=reason, at=AT)
    assert list(refusal.value.faults) == ["reason"]
    assert len(session.exec(select(HouseholdMember)).all()) == 2


def test_day_ahead_and_ended_application_are_refused(
    session: Session, office: Office, home: ApplicationDetails
) -> None:
    with pytest.raises(InvalidInput, match="not in the future"):
        households.move_out(
            session,
            office.actor,
            home,
            home.members[0].id,
            left_on=date(2027, 1, 11),
            reason="x",
            at=AT,
        )
    screening.withdraw(session, Actor(application_id=home.application.id), home.application, AT)
    with pytest.raises(Conflict, match="has ended"):
        households.add_member(session, office.actor, home, member=ADULT, reason="x", at=AT)


def test_counted_household_is_blocked_until_every_adult_is_listed(
    session: Session, office: Office
) -> None:
    application = sign_up(session, office, host(4, adults=2))
    approve(session, office, application)
    details = applications.details_of(session, application)
    assert _blockers(session, details) == []
    households.add_member(session, office.actor, details, member=ADULT, reason=REASON, at=AT)
    assert _blockers(session, details) == [("background_missing", 1), ("background_missing", 2)]
    households.add_member(session, office.actor, details, member=ADULT, reason=REASON, at=AT)
    assert _blockers(session, details) == [("background_missing", 1), ("background_missing", 2)]
    again = applications.details_of(session, application)
    assert list(checks.people_of(again)) == [1, 2]


def test_file_of_before_changes_nothing_of_what_staff_know(
    session: Session, office: Office
) -> None:
    people = [{"birth_on": "1980-01-01"}, {"birth_on": "1982-01-01"}]
    named = host(5, adults=None, members=people)

    def take() -> tuple[int, int]:
        outcome = import_profiles(
            session,
            office.actor,
            cycle_id=office.cycle.id,
            kind=ApplicationKind.HOST,
            rows=[ImportRow("H5", named)],
            at=AT,
        )
        return outcome.changed, outcome.unchanged

    assert take() == (0, 0)
    application = session.exec(select(Application)).one()
    details = applications.details_of(session, application)
    first, second = details.members
    corrected = MemberProfile(birth_on=date(1981, 1, 1))
    households.correct_member(
        session, office.actor, details, first.id, member=corrected, reason="Passport", at=AT
    )
    households.move_out(
        session, office.actor, details, second.id, left_on=AT.date(), reason="Left", at=AT
    )
    households.add_member(session, office.actor, details, member=ADULT, reason=REASON, at=AT)
    assert take() == (0, 1)
    named = host(5, adults=None, members=people, capacity=3)
    assert take() == (1, 0)
    again = applications.details_of(session, application)
    assert [one.birth_on.year for one in again.members] == [1981, 1950]
