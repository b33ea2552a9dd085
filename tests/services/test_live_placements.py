"""The daily look at live placements: what no longer holds is found, counted, and settled."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import RunState
from exchange.domain.placement import PlacementState
from exchange.domain.screening import CheckKind, CheckOutcome
from exchange.errors import NotFound
from exchange.jobs.placement_watch import watch_placements
from exchange.records import (
    Application,
    Cycle,
    Host,
    HouseholdMember,
    MatchRun,
    OutboxMail,
    Placement,
    PlacementFinding,
    PlacementRecheck,
)
from exchange.records.session import open_session
from exchange.services import (
    applications,
    checks,
    erasure,
    live_placements,
    my_data,
    screening,
)
from exchange.services.actor import SYSTEM, Actor
from exchange.services.checks import NewCheck
from tests.services.people import AT, Office, enrol, finish, make_office, publish, start, told

DAY = timedelta(days=1)


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    ids = enrol(session, made)
    run = start(session, made)
    finish(session, run, ids)
    publish(session, made, run)
    return made


def _look(session: Session, office: Office, days: int = 0) -> int | None:
    at = AT + days * DAY
    seen = live_placements.look(session, office.cycle.id, at)
    return live_placements.keep(session, SYSTEM, seen, at)


def _codes(session: Session, office: Office) -> list[tuple[str, str]]:
    found = live_placements.list_found(session, office.actor, office.cycle)
    return [(one.side, one.code) for each in found for one in each.findings]


def _application(session: Session, *, of_host: bool) -> Application:
    placement = session.exec(select(Placement)).one()
    mine = (
        col(Application.host_id) == placement.host_id
        if of_host
        else col(Application.student_id) == placement.student_id
    )
    return session.exec(select(Application).where(mine)).one()


def _check(session: Session, office: Office, outcome: CheckOutcome, days: int) -> None:
    details = applications.details_of(session, _application(session, of_host=True))
    new = NewCheck(
        kind=CheckKind.BACKGROUND,
        outcome=outcome,
        issuer="Police of Atlantis",
        reference="again",
        done_on=AT.date() + days * DAY,
        person=checks.people_of(details)[0],
    )
    checks.record_checks(session, office.actor, details, [new], at=AT + days * DAY)


def test_look_finds_nothing_where_all_is_well_and_writes_to_nobody(
    session: Session, office: Office
) -> None:
    assert _look(session, office) == 0
    assert _codes(session, office) == []
    assert session.exec(select(PlacementRecheck.placements)).all() == [1]
    query = select(OutboxMail).where(OutboxMail.template == "placements_found")
    assert session.exec(query).all() == []


def test_failed_check_is_found_once_a_day_told_as_a_count_and_settled(
    session: Session, office: Office
) -> None:
    _check(session, office, CheckOutcome.FAIL, 1)
    assert [_look(session, office, 1), _look(session, office, 1)] == [1, None]
    assert _codes(session, office) == [("host", "background_failed")]
    assert _look(session, office, 2) == 1
    (finding,) = session.exec(select(PlacementFinding)).all()
    assert finding.found_at == AT + DAY
    mails = session.exec(select(OutboxMail).where(OutboxMail.template == "placements_found")).all()
    assert [one.recipient for one in mails] == ["office@example.org"] * 2
    assert "How many: 1." in mails[0].body
    assert f"/cycles/{office.cycle.public_id}/look" in mails[0].body
    for word in ("Host 0", "Student", "Neighbours", "GR", "TR"):
        assert word not in mails[0].subject + mails[0].body
    _check(session, office, CheckOutcome.PASS, 3)
    assert _look(session, office, 3) == 0
    session.refresh(finding)
    assert finding.settled_at == AT + 3 * DAY
    assert _codes(session, office) == []
    actions = told(session)
    assert (actions.count("placement:found"), actions.count("placement:settled")) == (1, 1)


def test_member_who_grows_up_during_the_stay_is_found(session: Session, office: Office) -> None:
    host = session.get_one(Host, session.exec(select(Placement.host_id)).one())
    births = [office.cycle.stay_from_on.replace(year=1980), office.cycle.stay_from_on + DAY]
    births[1] = births[1].replace(year=births[1].year - 18)
    session.add_all(HouseholdMember(host_id=host.id, birth_on=birth) for birth in births)
    session.flush()
    assert _look(session, office) == 1
    assert ("host", "background_missing_turns_adult") in _codes(session, office)
    finding = session.exec(
        select(PlacementFinding).where(PlacementFinding.code == "background_missing_turns_adult")
    ).one()
    day = office.cycle.stay_from_on + DAY
    assert finding.parameters == {"member": 2, "age": 18, "day": day.isoformat()}


def test_withdrawal_and_fewer_places_are_found(session: Session, office: Office) -> None:
    leaver = _application(session, of_host=False)
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    session.exec(update(Host).values(capacity=0))
    assert _look(session, office) == 1
    assert set(_codes(session, office)) == {
        ("student", "student_not_approved"),
        ("host", "no_place_offered"),
        ("host", "too_many_guests"),
    }


def test_accepted_placement_without_an_agreement_is_found(session: Session, office: Office) -> None:
    placement = session.exec(select(Placement)).one()
    placement.review = True
    session.flush()
    assert _look(session, office) == 0
    placement.state = PlacementState.ACCEPTED
    session.flush()
    assert _look(session, office, 1) == 1
    assert _codes(session, office) == [("pair", "consent_outstanding")]


@pytest.mark.parametrize("state", [PlacementState.DECLINED, PlacementState.ENDED])
def test_placement_that_has_ended_is_not_looked_at(
    session: Session, office: Office, state: PlacementState
) -> None:
    _check(session, office, CheckOutcome.FAIL, 1)
    assert _look(session, office, 1) == 1
    session.exec(update(Placement).values(state=state))
    assert _look(session, office, 2) == 0
    assert _codes(session, office) == []


def test_cycles_due_are_published_not_over_and_not_looked_at_today(
    session: Session, office: Office
) -> None:
    make_office(session, "Others")
    assert live_placements.cycles_due(session, AT) == [office.cycle.id]
    _look(session, office)
    assert live_placements.cycles_due(session, AT) == []
    assert live_placements.cycles_due(session, AT + DAY) == [office.cycle.id]
    assert live_placements.cycles_due(session, AT + 365 * DAY) == []
    session.exec(update(MatchRun).values(state=RunState.SUPERSEDED))
    assert live_placements.cycles_due(session, AT + DAY) == []


def test_findings_are_shown_to_staff_of_the_programme_alone(
    session: Session, office: Office
) -> None:
    _check(session, office, CheckOutcome.FAIL, 1)
    _look(session, office, 1)
    assert len(live_placements.list_found(session, office.actor, office.cycle)) == 1
    for actor in (make_office(session, "Others").actor, Actor()):
        with pytest.raises(NotFound, match="nothing at this address"):
            live_placements.list_found(session, actor, office.cycle)


def test_finding_is_told_to_whom_it_is_about_and_goes_with_them(
    session: Session, office: Office
) -> None:
    _check(session, office, CheckOutcome.FAIL, 1)
    _look(session, office, 1)
    host, student = (_application(session, of_host=one) for one in (True, False))
    told_host = my_data.everything_about(session, Actor(application_id=host.id), AT)
    assert "placement_finding" in told_host["records"]
    told_student = my_data.everything_about(session, Actor(application_id=student.id), AT)
    assert "placement_finding" not in told_student["records"]
    erasure.erase(session, Actor(application_id=host.id), host, AT)
    assert session.exec(select(PlacementFinding)).all() == []


def test_worker_looks_once_a_day(engine: sa.Engine, office: Office, settings: Settings) -> None:
    session = sa.orm.object_session(office.cycle)
    assert session is not None
    cycle_id = office.cycle.id
    end = now().date() + 30 * DAY
    session.execute(
        update(Cycle).where(col(Cycle.id) == cycle_id).values(stay_to_on=end, stay_from_on=end)
    )
    session.execute(update(Host).values(capacity=0))
    session.commit()
    session.close()
    assert [watch_placements(settings) for _ in range(2)] == [1, 0]
    with open_session(engine, writes=False) as reader:
        assert reader.exec(select(PlacementRecheck.found)).all() == [1]
