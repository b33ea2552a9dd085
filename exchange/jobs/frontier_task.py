"""What a worker does with a frontier: as with a run, claim, read, commit; solve; open, write."""

from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import RunState
from exchange.domain.snapshot import Snapshot
from exchange.jobs.progress import Board
from exchange.jobs.queue import enqueue_frontier, waiting_runs
from exchange.jobs.solving_process import SolvingProcess, fork_solving_process
from exchange.jobs.tasks import MAX_ATTEMPTS, Ending, watch
from exchange.matching import Options
from exchange.pipeline import run_frontier
from exchange.records.base import make_engine
from exchange.records.database_clock import database_now
from exchange.records.session import open_session
from exchange.services import frontiers
from exchange.services.attempts import Fenced
from exchange.services.frontiers import EPSILONS, ClaimedFrontier

_log = structlog.get_logger(__name__)


def execute_frontier(public_id: str, settings: Settings) -> None:
    """Take a frontier through to its end. Harmless for one that is done or in other hands."""
    engine = make_engine(settings.resolved_database_url)
    try:
        with open_session(engine) as session:
            claimed = frontiers.claim_frontier(
                session, public_id, at=database_now(session), lease_s=settings.run_lease_s
            )
            session.commit()
        if claimed is not None:
            _Attempt(engine, public_id, claimed, settings).run()
    except Fenced:
        _log.warning("job.fenced", frontier=public_id)
    finally:
        engine.dispose()


def reap_frontiers(settings: Settings) -> tuple[str, ...]:
    """Enqueue again the frontiers that nobody works on."""
    engine = make_engine(settings.resolved_database_url)
    try:
        with open_session(engine) as session:
            stale = frontiers.stale_frontiers(session, database_now(session))
            session.commit()
    finally:
        engine.dispose()
    waiting = waiting_runs(settings) if stale else frozenset()
    found = tuple(one for one in stale if one not in waiting)
    for one in found:
        _log.warning("job.reaped", frontier=one)
        enqueue_frontier(one, settings)
    return found


class _Attempt:
    """One claim of one frontier."""

    def __init__(
        self, engine: Engine, public_id: str, claimed: ClaimedFrontier, settings: Settings
    ) -> None:
        self._engine, self._id = engine, public_id
        self._claimed, self._settings = claimed, settings
        self._limit_s = min(claimed.time_limit_s, settings.solve_time_limit_s)

    def run(self) -> None:
        """Solve in a child, under watch, and write down how it ended."""
        if self._claimed.attempt > MAX_ATTEMPTS:
            self._finish(RunState.FAILED, error_code="gave_up")
            return
        solver = fork_solving_process(
            self._solve, Board(), memory_limit_mb=self._settings.solve_memory_limit_mb
        )
        try:
            ending = watch(solver, lambda lease_s: self._beat(solver.board, lease_s), self._limit_s)
            if ending is Ending.ENDED:
                self._write(solver)
            elif ending is not Ending.KILLED:
                self._finish(RunState(ending.value))
        finally:
            solver.close()

    def _solve(self, board: Board) -> list[dict[str, Any]]:
        """Run in the child."""
        snapshot = Snapshot.from_json(self._claimed.snapshot_body)
        options = Options(seed=self._claimed.seed, time_limit_s=self._limit_s)
        return run_frontier(snapshot, self._claimed.rules, EPSILONS, options, board)

    def _beat(self, board: Board, lease_s: float | None) -> bool:
        try:
            with open_session(self._engine) as session:
                is_cancelled = frontiers.keep_frontier(
                    session,
                    self._id,
                    self._claimed.attempt,
                    progress=board.place().fraction,
                    at=database_now(session),
                    lease_s=self._settings.run_lease_s if lease_s is None else lease_s,
                )
                session.commit()
        except OperationalError:
            # A database that is briefly away must not cost the work: the lease has time.
            _log.warning("job.heartbeat_missed", frontier=self._id)
            return False
        return is_cancelled

    def _write(self, solver: SolvingProcess) -> None:
        failure = solver.failure()
        if failure is not None:
            self._finish(RunState.FAILED, error_code=failure.code)
            return
        points = solver.answer()
        self._finish(RunState.READY if points else RunState.INFEASIBLE, points=points or None)

    def _finish(self, state: RunState, **values: Any) -> None:
        with open_session(self._engine) as session:
            frontiers.finish_frontier(
                session, self._id, self._claimed.attempt, state=state, at=now(), **values
            )
            session.commit()
        _log.info("job.finished", frontier=self._id, state=state.value)
