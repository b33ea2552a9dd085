"""A frontier from the queue to its end, on both databases."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import select

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import RunState
from exchange.domain.rules import Rules
from exchange.errors import Conflict
from exchange.jobs import frontier_task, queue, tasks
from exchange.records import AuditEvent, Cycle, Frontier
from exchange.records.session import open_session
from exchange.services import cycles, frontiers
from exchange.services.actor import SYSTEM
from tests.jobs.cohort import Cohort, make_cohort
from tests.patience import PATIENCE_S, wait_until


@pytest.fixture
def cohort(engine: sa.Engine) -> Cohort:
    return make_cohort(engine)


def _start(engine: sa.Engine, cohort: Cohort, *, minutes_ago: float = 0.0) -> str:
    with open_session(engine) as session:
        made = frontiers.start_frontier(
            session, SYSTEM, cycle_id=cohort.cycle_id, at=now() - timedelta(minutes=minutes_ago)
        )
        session.commit()
    return made.public_id


def _row(engine: sa.Engine, public_id: str) -> Frontier:
    with open_session(engine, writes=False) as session:
        return session.exec(select(Frontier).where(Frontier.public_id == public_id)).one()


def _cancel(engine: sa.Engine, public_id: str) -> None:
    with open_session(engine) as session:
        found = frontiers.get_frontier(session, SYSTEM, public_id)
        frontiers.cancel_frontier(session, SYSTEM, found, now())
        session.commit()


def test_frontier_has_a_point_for_each_choice_and_fit_never_falls(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    public_id = _start(engine, cohort)
    frontier_task.execute_frontier(public_id, settings)
    row = _row(engine, public_id)
    assert (row.state, row.attempt, row.progress, row.error_code) == (RunState.READY, 1, 1.0, None)
    assert row.points is not None
    assert [one["epsilon"] for one in row.points] == list(frontiers.EPSILONS)
    assert {one["M"] for one in row.points} == {7}
    fits = [one["mean_fit"] for one in row.points]
    assert fits == sorted(fits)
    assert row.points[0]["D"] == max(one["D"] for one in row.points)
    again = row.model_dump()
    frontier_task.execute_frontier(public_id, settings)
    assert _row(engine, public_id).model_dump() == again
    with open_session(engine, writes=False) as session:
        events = session.exec(select(AuditEvent).where(AuditEvent.subject_id == public_id)).all()
    assert [one.action for one in events] == ["frontier:start", "frontier:claim", "frontier:ready"]


def test_rules_that_contradict_each_other_have_no_frontier(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    pair = (cohort.students[0], cohort.hosts[0])
    with open_session(engine) as session:
        cycle = session.get(Cycle, cohort.cycle_id)
        assert cycle is not None
        cycles.set_rules(session, SYSTEM, cycle, Rules(pins=(pair,), forbids=(pair,)), now())
        session.commit()
    public_id = _start(engine, cohort)
    frontier_task.execute_frontier(public_id, settings)
    row = _row(engine, public_id)
    assert (row.state, row.points) == (RunState.INFEASIBLE, None)


def test_second_frontier_of_a_cycle_waits_for_the_first(engine: sa.Engine, cohort: Cohort) -> None:
    first = _start(engine, cohort)
    with open_session(engine) as session, pytest.raises(Conflict, match="computed already"):
        frontiers.start_frontier(session, SYSTEM, cycle_id=cohort.cycle_id, at=now())
    _cancel(engine, first)
    assert _row(engine, first).state is RunState.CANCELLED
    with pytest.raises(Conflict, match="ended already"):
        _cancel(engine, first)
    _start(engine, cohort)


def test_frontier_cancelled_while_it_works_ends(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frontier_task, "run_frontier", lambda *_: time.sleep(4 * PATIENCE_S))
    public_id = _start(engine, cohort)
    working = threading.Thread(target=frontier_task.execute_frontier, args=(public_id, settings))
    working.start()
    wait_until(lambda: _row(engine, public_id).state is RunState.RUNNING)
    _cancel(engine, public_id)
    working.join(PATIENCE_S)
    assert not working.is_alive()
    assert _row(engine, public_id).state is RunState.CANCELLED


def test_attempt_that_was_taken_over_writes_nothing(engine: sa.Engine, cohort: Cohort) -> None:
    public_id = _start(engine, cohort)
    with open_session(engine) as session:
        first = frontiers.claim_frontier(session, public_id, at=now(), lease_s=1.0)
        later = now() + timedelta(minutes=1)
        second = frontiers.claim_frontier(session, public_id, at=later, lease_s=60.0)
        assert first is not None
        assert second is not None
        for attempt in (first.attempt,):
            with pytest.raises(frontiers.Fenced, match="taken over"):
                frontiers.finish_frontier(
                    session, public_id, attempt, state=RunState.READY, points=[], at=now()
                )
            with pytest.raises(frontiers.Fenced, match="taken over"):
                frontiers.keep_frontier(
                    session, public_id, attempt, progress=0.5, at=now(), lease_s=1.0
                )
        session.commit()
    assert _row(engine, public_id).state is RunState.RUNNING


def test_failures_of_the_solver_and_too_many_attempts_are_told(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_down(*_: object) -> None:
        raise RuntimeError("broken")

    monkeypatch.setattr(frontier_task, "run_frontier", break_down)
    public_id = _start(engine, cohort)
    frontier_task.execute_frontier(public_id, settings)
    row = _row(engine, public_id)
    assert (row.state, row.error_code) == (RunState.FAILED, "internal")
    given_up = _start(engine, cohort)
    with open_session(engine) as session:
        found = frontiers.get_frontier(session, SYSTEM, given_up)
        found.attempt = tasks.MAX_ATTEMPTS
        session.add(found)
        session.commit()
    frontier_task.execute_frontier(given_up, settings)
    row = _row(engine, given_up)
    assert (row.state, row.error_code) == (RunState.FAILED, "gave_up")


def test_frontier_that_nobody_heard_of_is_enqueued_once(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    public_id = _start(engine, cohort, minutes_ago=1)
    assert frontier_task.reap_frontiers(settings) == (public_id,)
    assert frontier_task.reap_frontiers(settings) == ()
    assert queue.waiting_runs(settings) == {public_id}
