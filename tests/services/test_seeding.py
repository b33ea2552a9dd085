"""The demonstration: loaded once, whole, and believable."""

from sqlmodel import Session, col, delete, func, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.snapshot import Snapshot as FrozenSnapshot
from exchange.records import (
    Account,
    Application,
    HouseholdMember,
    OutboxMail,
    Programme,
    ScreeningCheck,
    SectionReview,
)
from exchange.services import audit, seeding, snapshots
from exchange.services.actor import SYSTEM
from tests.services.people import AT, told


def _count(session: Session, table: type) -> int:
    return session.exec(select(func.count()).select_from(table)).one()


def test_demo_is_loaded_once_and_whole(session: Session) -> None:
    demo = seeding.load_demo(session, SYSTEM, AT)
    session.commit()
    events = len(told(session))
    again = seeding.load_demo(session, SYSTEM, AT)
    assert (again.programme.id, again.cycle.id, again.coordinator.id) == (
        demo.programme.id,
        demo.cycle.id,
        demo.coordinator.id,
    )
    assert len(told(session)) == events
    assert [_count(session, one) for one in (Programme, Account, OutboxMail)] == [1, 3, 0]
    assert _count(session, Application) > 200
    assert _count(session, HouseholdMember) > 200
    assert audit.first_broken_event(session) is None


def test_demo_hosts_are_cleared_by_checks_alone(session: Session) -> None:
    demo = seeding.load_demo(session, SYSTEM, AT)
    frozen = snapshots.freeze(session, demo.cycle, AT)
    waiting = {
        one.public_id
        for one in session.exec(select(Application))
        if one.kind is ApplicationKind.HOST and one.state is ApplicationState.SUBMITTED
    }
    assert waiting
    assert {one.id for one in frozen.hosts if not one.cleared} == waiting
    assert session.exec(
        select(SectionReview).where(col(SectionReview.second_at).is_not(None))
    ).all()
    session.exec(delete(ScreeningCheck))
    again = snapshots.freeze(session, demo.cycle, AT)
    assert [one.id for one in again.hosts if one.cleared] == []


def test_demo_waits_for_the_guardians_of_some_minors(session: Session) -> None:
    demo = seeding.load_demo(session, SYSTEM, AT)
    minors = session.exec(select(Application).where(Application.guardians_needed > 0)).all()
    waiting = {one.external_id for one in minors if not one.guardian_agreed}
    assert len(minors) > 10
    assert waiting
    assert {one.state for one in minors if one.external_id in waiting} == {ApplicationState.WAITING}
    frozen = FrozenSnapshot.from_json(
        snapshots.take_snapshot(session, SYSTEM, demo.cycle.id, AT).body
    )
    known = {entry.id for entry in frozen.students}
    assert not known & {one.public_id for one in minors if one.external_id in waiting}
    assert len({entry.nation for entry in (*frozen.students, *frozen.hosts)}) == 35
