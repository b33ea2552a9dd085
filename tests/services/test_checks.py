"""Checks decide who is cleared: on the day of the snapshot, and again on that of publication."""

from datetime import date, timedelta

import pytest
from sqlmodel import Session, select

from exchange.domain.cycle import ApplicationKind, ApplicationState, RunState
from exchange.domain.rule_packs import PackName
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import Conflict, InvalidInput, SafetyRefusal
from exchange.records import Application, HouseholdMember, ScreeningCheck, SectionReview
from exchange.services import (
    applications,
    checks,
    clearance,
    cycles,
    imports,
    publishing,
    screening,
    snapshots,
)
from exchange.services.applications import ApplicationDetails
from exchange.services.checks import NewCheck
from exchange.services.imports import ImportRow
from tests.services.people import (
    AT,
    Office,
    approve,
    clear_host,
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

INTERVIEW = NewCheck(CheckKind.INTERVIEW, CheckOutcome.PASS, "The office", AT.date())
COUPLE = [{"birth_on": "1980-01-01"}, {"birth_on": "1981-01-01"}]


@pytest.fixture
def office(session: Session) -> Office:
    return make_office(session)


def details(session: Session, office: Office, **answers: object) -> ApplicationDetails:
    return applications.details_of(session, sign_up(session, office, host(**answers)))


def cleared(session: Session, office: Office) -> list[str]:
    frozen = snapshots.freeze(session, office.cycle, AT)
    return [entry.id for entry in frozen.hosts if entry.cleared]


def test_check_keeps_issuer_reference_and_dates_and_tells_the_trail(
    session: Session, office: Office
) -> None:
    home = details(session, office, members=COUPLE)
    new = NewCheck(
        CheckKind.BACKGROUND,
        CheckOutcome.PASS,
        " Ministry of Justice ",
        AT.date(),
        reference="MJ-17",
        expires_on=date(2028, 1, 1),
        person=2,
    )
    (row,) = checks.record_checks(session, office.actor, home, [new], at=AT)
    assert (row.issuer, row.reference, row.member_id) == (
        "Ministry of Justice",
        "MJ-17",
        home.members[1].id,
    )
    assert row.recorded_by_id == office.actor.account_id
    assert told(session)[-1] == "check:record"


def test_check_is_refused_with_every_fault_at_once(session: Session, office: Office) -> None:
    home = details(session, office)
    wrong = NewCheck(
        CheckKind.INSURANCE,
        CheckOutcome.PASS,
        "  ",
        AT.date() + timedelta(1),
        reference="x" * 101,
        expires_on=AT.date(),
        person=1,
    )
    with pytest.raises(InvalidInput, match="Look at the check") as refused:
        checks.record_checks(session, office.actor, home, [INTERVIEW, wrong], at=AT)
    assert set(refused.value.faults) == {
        "kind",
        "person",
        "issuer",
        "reference",
        "done_on",
        "expires_on",
    }
    assert session.exec(select(ScreeningCheck)).all() == []


@pytest.mark.parametrize("person", [None, 0, 3])
def test_background_check_is_of_somebody_who_lives_there(
    session: Session, office: Office, person: int | None
) -> None:
    home = details(session, office, members=COUPLE)
    new = NewCheck(CheckKind.BACKGROUND, CheckOutcome.PASS, "Police", AT.date(), person=person)
    with pytest.raises(InvalidInput, match="Look at the check") as refused:
        checks.record_checks(session, office.actor, home, [new], at=AT)
    assert set(refused.value.faults) == {"person"}


def test_student_and_ended_application_are_not_checked(session: Session, office: Office) -> None:
    guest = applications.details_of(session, sign_up(session, office, student()))
    with pytest.raises(Conflict, match="Only hosts"):
        checks.record_checks(session, office.actor, guest, [INTERVIEW], at=AT)
    home = details(session, office)
    home.application.state = ApplicationState.WITHDRAWN
    session.flush()
    with pytest.raises(Conflict, match="ended"):
        checks.record_checks(session, office.actor, home, [INTERVIEW], at=AT)


def test_new_member_of_a_cleared_home_suspends_it_at_once(session: Session, office: Office) -> None:
    home = details(session, office, members=COUPLE)
    approve(session, office, home.application)
    assert cleared(session, office) == [home.application.public_id]
    session.add(HouseholdMember(host_id=home.host.id, birth_on=date(1999, 1, 1)))  # type: ignore[union-attr]
    session.flush()
    assert cleared(session, office) == []
    assert home.application.state is ApplicationState.APPROVED


def test_failed_check_of_a_cleared_home_suspends_it_at_once(
    session: Session, office: Office
) -> None:
    home = details(session, office)
    approve(session, office, home.application)
    failed = NewCheck(CheckKind.HOME_VISIT, CheckOutcome.FAIL, "The office", AT.date())
    checks.record_checks(session, office.actor, home, [failed], at=AT)
    assert cleared(session, office) == []


def test_stricter_rule_pack_suspends_who_does_not_fulfil_it(
    session: Session, office: Office
) -> None:
    home = details(session, office)
    approve(session, office, home.application)
    cycles.set_rule_pack(session, office.actor, office.cycle, PackName.EU_PUPILS, AT)
    assert cleared(session, office) == []
    codes = [one.code for one in clearance.findings_of(session, home, AT)]
    assert codes == ["household_not_listed"]
    cycles.set_rule_pack(session, office.actor, office.cycle, PackName.PLAIN, AT)
    assert cleared(session, office) == [home.application.public_id]
    assert told(session).count("cycle:set_rule_pack") == 2


def test_check_that_expires_between_snapshot_and_publication_stops_it(
    session: Session, office: Office
) -> None:
    # A match during the stay, in a cycle where a check may be renewed while a guest is there.
    office.cycle.rule_pack = PackName.US_J1
    office.cycle.stay_from_on, office.cycle.stay_to_on = AT.date(), AT.date() + timedelta(200)
    adult = student(birth_on="2009-05-01", guardian_name="A", guardian_email="a@example.org")
    guest = sign_up(session, office, adult)
    guardians_agree(session, guest)
    home = details(session, office, members=COUPLE, capacity=1)
    approve(session, office, guest)
    last_day = AT.date() + timedelta(3)
    clear_host(session, office.actor, home.application, AT)
    short = NewCheck(
        CheckKind.BACKGROUND, CheckOutcome.PASS, "Police", AT.date(), expires_on=last_day, person=1
    )
    checks.record_checks(session, office.actor, home, [short], at=AT)
    approve_without_more_checks(session, office, home.application)
    run = start(session, office)
    ids = [guest.public_id, home.application.public_id]
    finish(session, run, ids)
    assert publishing.changed_since(session, run, AT + timedelta(3)) == []
    with pytest.raises(Conflict, match="changed since this run") as refused:
        publish(session, office, run, AT + timedelta(4))
    assert refused.value.facts == {"changed": [ids[1]]}
    assert run.state is RunState.READY


def approve_without_more_checks(session: Session, office: Office, application: Application) -> None:
    screening.decide(
        session,
        office.actor,
        application,
        state=ApplicationState.APPROVED,
        expected_version=application.version,
        at=AT,
    )


def test_nobody_publishes_a_guest_into_their_own_home(session: Session, office: Office) -> None:
    ids = enrol(session, office)
    run = start(session, office)
    finish(session, run, ids)
    application = session.exec(select(Application).where(Application.public_id == ids[-1])).one()
    home = applications.details_of(session, application)
    assert home.host is not None
    home.host.email = "Neighbours+host@example.org"
    session.flush()
    with pytest.raises(SafetyRefusal, match="your own home"):
        publish(session, office, run, AT)
    assert run.state is RunState.READY


def test_imported_host_is_cleared_by_checks_and_by_nothing_else(
    session: Session, office: Office
) -> None:
    def take(**answers: object) -> Application:
        imports.import_profiles(
            session,
            office.actor,
            cycle_id=office.cycle.id,
            kind=ApplicationKind.HOST,
            rows=[ImportRow("H1", host(1, **answers))],
            at=AT,
        )
        return session.exec(select(Application).where(Application.external_id == "H1")).one()

    application = take()
    with pytest.raises(SafetyRefusal, match="cannot be approved"):
        approve_without_more_checks(session, office, application)
    clear_host(session, office.actor, application, AT)
    assert session.exec(select(ScreeningCheck)).all()
    # Other answers may be those of other people: what was checked were the ones of before.
    application = take(adults=2, city="Elsewhere")
    assert session.exec(select(ScreeningCheck)).all() == []
    assert session.exec(select(SectionReview)).all() == []
    with pytest.raises(SafetyRefusal, match="cannot be approved"):
        approve_without_more_checks(session, office, application)
