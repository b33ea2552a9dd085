"""Holds: one host at a time, others in order, two a host, and an end to each."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from exchange.domain.offer import HoldState
from exchange.errors import Conflict, Forbidden, InvalidInput, NotFound
from exchange.records import Application, Hold
from exchange.records.session import open_session
from exchange.services import holds, screening
from exchange.services.actor import Actor
from tests.services.people import AT, Office, enrol, finish, make_office, publish, start
from tests.services.together import at_once


def _cast(
    session: Session, *, students: int = 1, hosts: int = 3
) -> tuple[Office, list[str], list[str]]:
    office = make_office(session)
    ids = enrol(session, office, students=students, hosts=hosts)
    references = dict(session.exec(select(Application.public_id, Application.reference)).all())
    told = [references[one] for one in ids]
    session.commit()
    return office, told[:students], told[students:]


def _hold(session: Session, office: Office, student: str, host: str) -> Hold:
    return holds.place_hold(session, office.actor, office.cycle, student=student, host=host, at=AT)


def _states(session: Session, *several: Hold) -> list[HoldState]:
    for one in several:
        session.refresh(one)
    return [one.state for one in several]


def test_hosts_hold_a_student_one_after_the_other(session: Session) -> None:
    office, [guest], homes = _cast(session)
    first, second, third = (_hold(session, office, guest, home) for home in homes)
    assert _states(session, first, second, third) == ["active", "queued", "queued"]
    assert first.until == AT + timedelta(hours=48)
    rows = holds.list_holds(session, office.actor, office.cycle)
    assert [(row.host.reference, row.place) for row in rows] == [
        (home, place) for place, home in enumerate(homes)
    ]
    for _ in range(2):
        holds.release_hold(session, office.actor, first.public_id, AT)
    assert _states(session, first, second, third) == ["released", "active", "queued"]
    late = AT + timedelta(hours=48)
    assert holds.due_holds(session, late - timedelta(seconds=1)) == []
    assert holds.due_holds(session, late) == [second.id]
    assert holds.tend_hold(session, second.id, late)
    assert not holds.tend_hold(session, second.id, late)
    assert _states(session, second, third) == ["lapsed", "active"]
    assert third.until == late + timedelta(hours=48)


def test_hold_ends_when_a_side_leaves(session: Session) -> None:
    office, [guest], homes = _cast(session)
    first, second = (_hold(session, office, guest, home) for home in homes[:2])
    leaver = session.exec(select(Application).where(Application.reference == homes[0])).one()
    assert holds.due_holds(session, AT) == []
    screening.withdraw(session, Actor(application_id=leaver.id), leaver, AT)
    assert holds.due_holds(session, AT) == [first.id]
    assert holds.tend_hold(session, first.id, AT)
    assert _states(session, first, second) == ["released", "active"]


def test_offer_ends_the_holds_of_its_student(session: Session) -> None:
    office = make_office(session)
    ids = enrol(session, office)
    references = dict(session.exec(select(Application.public_id, Application.reference)).all())
    held = _hold(session, office, references[ids[0]], references[ids[-1]])
    run = start(session, office)
    finish(session, run, ids)
    publish(session, office, run)
    assert _states(session, held) == ["released"]


def test_host_holds_two_at_most(session: Session) -> None:
    office, guests, homes = _cast(session, students=3, hosts=1)
    held = [_hold(session, office, guest, homes[0]) for guest in guests[:2]]
    with pytest.raises(Conflict, match="two students already"):
        _hold(session, office, guests[2], homes[0])
    holds.release_hold(session, office.actor, held[0].public_id, AT)
    _hold(session, office, guests[2], homes[0])


def test_holds_asked_for_at_once_queue(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office, [guest], homes = _cast(session)
    waiting = list(homes)

    def hold(session: Session) -> str:
        return _hold(session, office, guest, waiting.pop()).public_id

    results = at_once(engine, hold, times=3)
    assert all(isinstance(one, str) for one in results)
    with open_session(engine, writes=False) as session:
        states = sorted(session.exec(select(Hold.state)))
    assert states == ["active", "queued", "queued"]


def test_hold_is_of_approved_people_without_an_offer(session: Session) -> None:
    office = make_office(session)
    ids = enrol(session, office)
    references = dict(session.exec(select(Application.public_id, Application.reference)).all())
    run = start(session, office)
    finish(session, run, ids)
    publish(session, office, run)
    home = references[ids[-1]]
    with pytest.raises(InvalidInput) as refused:
        _hold(session, office, references[ids[0]], home)
    assert refused.value.faults == {"student": ["This student has an offer already"]}
    with pytest.raises(InvalidInput) as refused:
        _hold(session, office, home, references[ids[0]])
    assert set(refused.value.faults) == {"student", "host"}
    stranger = make_office(session, "Strangers")
    held = _hold(session, office, references[ids[1]], home)
    with pytest.raises(NotFound):
        holds.release_hold(session, stranger.actor, held.public_id, AT)
    with pytest.raises(Forbidden):
        holds.release_hold(session, office.second, held.public_id, AT)
