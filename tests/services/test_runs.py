"""Runs: one at a time, and written by the attempt that holds the lease only."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session, func, select

from exchange.domain.cycle import RunState
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import (
    Application,
    AuditEvent,
    ContactRow,
    MatchRun,
    Placement,
)
from exchange.records.session import open_session
from exchange.services import attempts, audit, publishing, runs
from exchange.services.attempts import Fenced
from tests.services.people import (
    AT,
    Office,
    approve,
    enrol,
    finish,
    host,
    make_office,
    outcome_of,
    publish,
    sign_up,
    start,
    student,
    told,
)
from tests.services.together import at_once


@pytest.fixture
def office(session: Session) -> Office:
    made = make_office(session)
    session.commit()
    return made


def test_start_while_a_run_waits_names_that_run(session: Session, office: Office) -> None:
    enrol(session, office)
    first = start(session, office)
    with pytest.raises(Conflict, match="under way") as refused:
        start(session, office)
    assert refused.value.facts == {"run_id": first.public_id}


def test_start_with_the_same_key_is_the_same_run(session: Session, office: Office) -> None:
    def begin() -> MatchRun:
        return runs.start_run(
            session,
            office.actor,
            cycle_id=office.cycle.id,
            epsilon=0.0,
            idempotency_key="form 1",
            at=AT,
        )

    assert begin().id == begin().id


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("epsilon", 1.5),
        ("epsilon", float("nan")),
        ("seed", -1),
        ("time_limit_s", 0.0),
        ("time_limit_s", float("inf")),
    ],
)
def test_start_with_an_option_out_of_range_names_it(
    session: Session, office: Office, field: str, value: float
) -> None:
    options = {"epsilon": 0.02, field: value}
    with pytest.raises(InvalidInput, match="options") as refused:
        runs.start_run(session, office.actor, cycle_id=office.cycle.id, at=AT, **options)  # type: ignore[arg-type]
    assert set(refused.value.faults) == {field}


def test_start_by_many_at_once_makes_one_run(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        enrol(session, office)
        session.commit()
    results = at_once(engine, lambda session: start(session, office).public_id)
    won = [one for one in results if isinstance(one, str)]
    lost = [one for one in results if isinstance(one, Conflict)]
    assert (len(won), len(lost)) == (1, 7)
    assert {one.facts["run_id"] for one in lost} == set(won)
    with open_session(engine) as session:
        assert session.exec(select(func.count()).select_from(MatchRun)).one() == 1
        assert told(session).count("run:start") == 1
        assert told(session).count("snapshot:take") == 1
        assert audit.first_broken_event(session) is None


def test_worker_whose_attempt_was_taken_over_writes_nothing(
    session: Session, office: Office
) -> None:
    ids = enrol(session, office)
    run = start(session, office)
    late = attempts.claim_run(session, run.public_id, at=AT, lease_s=10)
    assert late is not None
    assert (
        attempts.claim_run(session, run.public_id, at=AT + timedelta(seconds=9), lease_s=10) is None
    )
    taken = attempts.claim_run(session, run.public_id, at=AT + timedelta(seconds=11), lease_s=10)
    assert taken is not None
    assert (late.attempt, taken.attempt) == (1, 2)
    session.refresh(run)
    before = run.model_dump()
    events = len(told(session))
    with pytest.raises(Fenced, match="taken over"):
        attempts.heartbeat(
            session,
            run.public_id,
            late.attempt,
            stage="fit",
            progress=0.9,
            gap=0.1,
            at=AT,
            lease_s=10,
        )
    with pytest.raises(Fenced, match="taken over"):
        attempts.finish_run(session, run.public_id, late.attempt, outcome=outcome_of(ids), at=AT)
    session.refresh(run)
    assert run.model_dump() == before
    assert len(told(session)) == events
    assert session.exec(select(Placement)).all() == []
    attempts.finish_run(session, run.public_id, taken.attempt, outcome=outcome_of(ids), at=AT)
    assert len(session.exec(select(Placement)).all()) == 1
    assert len(session.exec(select(ContactRow)).all()) == 1


def test_claim_by_many_at_once_gives_the_run_to_one(engine: sa.Engine) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        enrol(session, office)
        run_id = start(session, office).public_id
        session.commit()
    results = at_once(engine, lambda s: attempts.claim_run(s, run_id, at=AT, lease_s=10))
    assert [one.attempt for one in results if one is not None] == [1]


def test_finish_with_a_row_that_the_database_refuses_leaves_the_run_running(
    engine: sa.Engine,
) -> None:
    with open_session(engine) as session:
        office = make_office(session)
        ids = enrol(session, office)
        run = start(session, office)
        claimed = attempts.claim_run(session, run.public_id, at=AT, lease_s=10)
        assert claimed is not None
        session.commit()
        run_id = run.public_id
    with open_session(engine) as session:
        at_home = outcome_of(ids, nation="GR")
        with pytest.raises(sa.exc.IntegrityError, match="(?i)cross_national|pair_in_order"):
            attempts.finish_run(session, run_id, claimed.attempt, outcome=at_home, at=AT)
        session.rollback()
    with open_session(engine) as session:
        run = session.exec(select(MatchRun)).one()
        assert run.state is RunState.RUNNING
        assert run.result_digest is None
        assert session.exec(select(Placement)).all() == []


def test_cancel_of_a_waiting_run_ends_it_and_of_a_working_one_asks(
    session: Session, office: Office
) -> None:
    enrol(session, office)
    waiting = start(session, office)
    runs.request_cancel(session, office.actor, waiting, AT)
    assert waiting.state is RunState.CANCELLED
    working = start(session, office)
    claimed = attempts.claim_run(session, working.public_id, at=AT, lease_s=10)
    assert claimed is not None
    runs.request_cancel(session, office.actor, working, AT)
    assert working.state is RunState.RUNNING
    is_asked = attempts.heartbeat(
        session,
        working.public_id,
        claimed.attempt,
        stage="coverage",
        progress=0.1,
        gap=None,
        at=AT,
        lease_s=10,
    )
    assert is_asked
    with pytest.raises(Conflict, match="ended already"):
        runs.request_cancel(session, office.actor, waiting, AT)


def test_stale_runs_are_those_nobody_picked_up_or_keeps_alive(
    session: Session, office: Office
) -> None:
    enrol(session, office)
    run = start(session, office)
    assert attempts.stale_runs(session, AT + timedelta(seconds=5)) == []
    assert attempts.stale_runs(session, AT + timedelta(seconds=11)) == [run.public_id]
    later = AT + timedelta(seconds=12)
    assert attempts.claim_run(session, run.public_id, at=later, lease_s=10) is not None
    assert attempts.stale_runs(session, later + timedelta(seconds=9)) == []
    assert attempts.stale_runs(session, later + timedelta(seconds=11)) == [run.public_id]


def test_run_of_another_programme_is_not_found(session: Session, office: Office) -> None:
    enrol(session, office)
    run = start(session, office)
    stranger = make_office(session, "Strangers").actor
    assert runs.get_run(session, office.actor, run.public_id) == run
    refusals = []
    for public_id in (run.public_id, "0" * 32):
        with pytest.raises(NotFound, match="nothing at this address") as refused:
            runs.get_run(session, stranger, public_id)
        refusals.append((refused.value.message, refused.value.facts))
    assert refusals[0] == refusals[1]
    for act in (publishing.propose, publishing.publish_run, runs.request_cancel):
        with pytest.raises(NotFound, match="nothing at this address"):
            act(session, stranger, run, AT)
    with pytest.raises(NotFound, match="nothing at this address"):
        runs.list_runs(session, stranger, office.cycle.id)


def test_every_change_of_a_run_is_one_event_on_the_trail(session: Session, office: Office) -> None:
    ids = [
        sign_up(session, office, student(0)).public_id,
        sign_up(session, office, host(0)).public_id,
    ]
    for one in session.exec(select(Application)).all():
        approve(session, office, one)
    before = len(told(session))
    run = start(session, office)
    finish(session, run, ids)
    publish(session, office, run, AT)
    assert told(session)[before:] == [
        "snapshot:take",
        "run:start",
        "run:claim",
        "run:ready",
        "run:propose",
        "run:publish",
        "offer:make",
    ]
    last = session.exec(select(AuditEvent).where(AuditEvent.action == "run:publish")).one()
    assert (last.actor, last.subject_id) == (office.second.label, run.public_id)
