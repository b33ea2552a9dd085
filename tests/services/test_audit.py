"""The trail: one chain, in which a change of any event is found."""

from datetime import timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select

from exchange.records import AuditEvent
from exchange.records.session import open_session
from exchange.services import audit
from exchange.services.actor import SYSTEM
from tests.services.people import AT
from tests.services.together import at_once


def _record(session: Session, subject: str = "a", **facts: Any) -> AuditEvent:
    audit.record(
        session,
        SYSTEM,
        "run:start",
        subject_kind="run",
        subject_id=subject,
        programme_id=1,
        facts=facts,
        at=AT.astimezone(timezone(timedelta(hours=2))),
    )
    return session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc()).limit(1)).one()


def test_chain_that_nobody_touched_is_whole(session: Session) -> None:
    assert audit.first_broken_event(session) is None
    for number in range(3):
        _record(session, epsilon=0.02, pair=("a", "b"), by_number={number: 1}, text="ʿ𐍈")
    session.commit()
    session.expire_all()
    assert audit.first_broken_event(session) is None


@pytest.mark.parametrize(
    "change",
    [
        {"at": AT + timedelta(microseconds=1)},
        {"created_at": AT + timedelta(seconds=1)},
        {"actor": "account:7"},
        {"programme_id": None},
        {"action": "run:stop"},
        {"subject_kind": "rum"},
        {"subject_id": "b"},
        {"facts": {"epsilon": 0.03}},
        {"previous_hash": "1" * 64},
        {"hash": "1" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_changed_event_is_found(session: Session, change: dict[str, Any]) -> None:
    events = [_record(session, epsilon=0.02) for _ in range(3)]
    session.commit()
    assert audit.first_broken_event(session) is None
    session.connection().execute(
        sa.update(AuditEvent).where(col(AuditEvent.id) == events[1].id).values(**change)
    )
    session.expire_all()
    assert audit.first_broken_event(session) == events[1].id


def test_removed_event_is_found(session: Session) -> None:
    events = [_record(session) for _ in range(3)]
    session.connection().execute(sa.delete(AuditEvent).where(col(AuditEvent.id) == events[1].id))
    session.expire_all()
    assert audit.first_broken_event(session) == events[2].id


def test_event_rolled_back_leaves_no_gap(session: Session) -> None:
    _record(session)
    session.commit()
    _record(session)
    session.rollback()
    _record(session)
    session.commit()
    assert audit.first_broken_event(session) is None
    assert len(session.exec(select(AuditEvent)).all()) == 2


def test_chain_written_by_many_at_once_does_not_fork(engine: sa.Engine) -> None:
    def work(session: Session) -> None:
        for _ in range(5):
            _record(session)
            _record(session)
            session.commit()

    at_once(engine, work)
    with open_session(engine) as session:
        assert len(session.exec(select(AuditEvent)).all()) == 80
        assert audit.first_broken_event(session) is None
