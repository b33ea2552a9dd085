"""A run from the queue to its end: every way it may end, on both databases."""

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
from exchange.jobs import queue, tasks
from exchange.records import AuditEvent, Cycle, MatchRun, Placement, UnplacedRow
from exchange.records.session import open_session
from exchange.services import attempts, audit, cycles, runs
from exchange.services.actor import SYSTEM
from tests.jobs.cohort import Cohort, make_cohort, start_run
from tests.patience import PATIENCE_S, wait_until

SOLVED_AFTER_S = 4 * PATIENCE_S
"""A solver that takes so long was ended by somebody."""


@pytest.fixture
def cohort(engine: sa.Engine) -> Cohort:
    return make_cohort(engine)


def _run(engine: sa.Engine, run_id: str) -> MatchRun:
    with open_session(engine, writes=False) as session:
        return session.exec(select(MatchRun).where(MatchRun.public_id == run_id)).one()


def _set_rules(engine: sa.Engine, cohort: Cohort, rules: Rules) -> None:
    with open_session(engine) as session:
        cycle = session.get(Cycle, cohort.cycle_id)
        assert cycle is not None
        cycles.set_rules(session, SYSTEM, cycle, rules, now())
        session.commit()


def test_execute_run_waiting_run_is_ready_with_every_row(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings)
    run = _run(engine, run_id)
    assert run.state is RunState.READY
    assert run.attempt == 1
    assert run.progress == 1.0
    assert run.report is not None
    with open_session(engine, writes=False) as session:
        placed = session.exec(select(Placement).where(Placement.run_id == run.id)).all()
        unplaced = session.exec(select(UnplacedRow).where(UnplacedRow.run_id == run.id)).all()
        assert audit.first_broken_event(session) is None
        actions = [
            event.action
            for event in session.exec(
                select(AuditEvent).where(AuditEvent.subject_id == run_id).order_by(sa.text("id"))
            )
        ]
    assert run.curve
    assert {stage for _seconds, stage, _gap in run.curve} <= {"diversity", "fit"}
    assert len(placed) == run.report["M"] == 7
    assert len(placed) + len(unplaced) == len(cohort.students)
    assert actions == ["run:start", "run:claim", "run:ready"]


def test_execute_run_twice_second_changes_nothing(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings)
    before = _run(engine, run_id)
    tasks.execute_run(run_id, settings)
    assert _run(engine, run_id) == before


def test_execute_run_same_snapshot_and_seed_gives_the_same_result(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    digests = set()
    for _ in range(2):
        run_id = start_run(engine, cohort)
        tasks.execute_run(run_id, settings)
        digests.add(_run(engine, run_id).result_digest)
    assert len(digests) == 1
    assert None not in digests


def test_execute_run_contradictory_rules_is_infeasible(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    pair = (cohort.students[0], cohort.hosts[0])
    _set_rules(engine, cohort, Rules(pins=(pair,), forbids=(pair,)))
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings)
    run = _run(engine, run_id)
    assert run.state is RunState.INFEASIBLE
    assert run.report is not None
    assert run.report["conflicts"]


def test_execute_run_rules_name_a_stranger_fails_with_rules(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    _set_rules(engine, cohort, Rules(pins=(("nobody", cohort.hosts[0]),)))
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings)
    run = _run(engine, run_id)
    assert (run.state, run.error_code) == (RunState.FAILED, "rules")


def test_execute_run_memory_limit_reached_fails_with_memory(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "run_match", lambda *_, **_named: bytearray(8 * 2**30))
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings)
    run = _run(engine, run_id)
    assert (run.state, run.error_code) == (RunState.FAILED, "memory")


def test_execute_run_wrong_answer_of_the_solver_fails_verification(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from exchange import pipeline
    from exchange.matching import solve

    def lie(*arguments: object) -> object:
        solution = solve(*arguments)  # type: ignore[arg-type]
        return replace(solution, M=solution.M + 1)

    monkeypatch.setattr(pipeline, "solve", lie)
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings)
    run = _run(engine, run_id)
    assert (run.state, run.error_code) == (RunState.FAILED, "verification")
    with open_session(engine, writes=False) as session:
        assert session.exec(select(Placement)).all() == []


def test_execute_run_cancelled_while_solving_ends_the_solver(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "run_match", lambda *_, **_named: time.sleep(SOLVED_AFTER_S))
    run_id = start_run(engine, cohort)
    working = threading.Thread(target=tasks.execute_run, args=(run_id, settings))
    working.start()
    wait_until(lambda: _run(engine, run_id).state is RunState.RUNNING)
    with open_session(engine) as session:
        run = runs.get_run(session, SYSTEM, run_id)
        runs.request_cancel(session, SYSTEM, run, now())
        session.commit()
    working.join(PATIENCE_S)
    assert not working.is_alive()
    assert _run(engine, run_id).state is RunState.CANCELLED


def test_execute_run_solver_deaf_to_its_time_limit_is_timed_out(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "run_match", lambda *_, **_named: time.sleep(SOLVED_AFTER_S))
    monkeypatch.setattr(tasks, "LIMIT_GRACE_S", 0.1)
    monkeypatch.setattr(tasks, "HEARTBEAT_S", 0.1)
    run_id = start_run(engine, cohort)
    tasks.execute_run(run_id, settings.model_copy(update={"solve_time_limit_s": 0.2}))
    assert _run(engine, run_id).state is RunState.TIMED_OUT


def test_execute_run_taken_over_meanwhile_writes_nothing(
    engine: sa.Engine, settings: Settings, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "run_match", lambda *_, **_named: time.sleep(SOLVED_AFTER_S))
    run_id = start_run(engine, cohort)
    working = threading.Thread(target=tasks.execute_run, args=(run_id, settings))
    working.start()
    wait_until(lambda: _run(engine, run_id).state is RunState.RUNNING)
    with open_session(engine) as session:
        later = now() + timedelta(minutes=1)
        claimed = attempts.claim_run(session, run_id, at=later, lease_s=60.0)
        session.commit()
    working.join(PATIENCE_S)
    assert not working.is_alive()
    assert claimed is not None
    run = _run(engine, run_id)
    assert (run.state, run.attempt) == (RunState.RUNNING, 2)


def test_execute_run_too_many_attempts_is_given_up(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    run_id = start_run(engine, cohort)
    with open_session(engine) as session:
        run = session.exec(select(MatchRun).where(MatchRun.public_id == run_id)).one()
        run.attempt = tasks.MAX_ATTEMPTS
        session.add(run)
        session.commit()
    tasks.execute_run(run_id, settings)
    run = _run(engine, run_id)
    assert (run.state, run.error_code) == (RunState.FAILED, "gave_up")


def test_reap_run_that_nobody_heard_of_is_enqueued_once(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    run_id = start_run(engine, cohort, minutes_ago=1)
    assert tasks.reap(settings) == (run_id,)
    assert tasks.reap(settings) == ()
    assert queue.waiting_runs(settings) == {run_id}


def test_reap_dead_lease_is_enqueued_and_a_live_one_left(
    engine: sa.Engine, settings: Settings, cohort: Cohort
) -> None:
    run_id = start_run(engine, cohort)
    with open_session(engine) as session:
        assert attempts.claim_run(session, run_id, at=now(), lease_s=SOLVED_AFTER_S)
        session.commit()
    assert tasks.reap(settings) == ()
    with open_session(engine) as session:
        run = session.exec(select(MatchRun).where(MatchRun.public_id == run_id)).one()
        run.lease_until = now() - timedelta(seconds=1)
        session.add(run)
        session.commit()
    assert tasks.reap(settings) == (run_id,)
