"""What a worker does with a run: claim, read, commit; solve; open, write, commit.

The worker's process supervises and a child of it solves. The supervisor alone speaks to the
database: it keeps the lease, reads the cancel flag and writes the outcome, so nothing depends on
how often a solver comes up for air. Every write carries the attempt of the claim: an attempt that
was taken over can write nothing any more.
"""

import signal
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import OperationalError

from exchange.clock import now
from exchange.config import Settings
from exchange.domain.cycle import RunState
from exchange.domain.placement import Contact, Placement, Unplaced
from exchange.domain.snapshot import Snapshot
from exchange.errors import ExchangeError, SolverError
from exchange.jobs.progress import Board
from exchange.jobs.queue import enqueue_run, waiting_runs
from exchange.jobs.solving_process import SolvingProcess, fork_solving_process
from exchange.matching import Status
from exchange.pipeline import run_match
from exchange.records.base import make_engine
from exchange.records.database_clock import database_now
from exchange.records.session import open_session
from exchange.services import attempts
from exchange.services.attempts import ClaimedRun, Fenced, RunOutcome

_log = structlog.get_logger(__name__)

HEARTBEAT_S = 1.0
"""How often the run row hears where the solver is, and the supervisor whether to stop."""
CANCEL_GRACE_S = 1.0
"""How long a solver may take to stop by itself before it is ended."""
LIMIT_GRACE_S = 30.0
"""The same after its time limit: it may then be writing down its best answer."""
MAX_ATTEMPTS = 6
"""A run that took so many workers down with it is given up."""

_STATES = {
    Status.OPTIMAL: RunState.READY,
    Status.FEASIBLE: RunState.READY,
    Status.INFEASIBLE: RunState.INFEASIBLE,
    Status.NO_ANSWER: RunState.TIMED_OUT,
}


class Ending(StrEnum):
    """How the watch over a solving process ended."""

    ENDED = "ended"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    KILLED = "killed"
    """From outside: somebody else starts over."""


_ENDINGS = {Ending.CANCELLED: RunState.CANCELLED, Ending.TIMED_OUT: RunState.TIMED_OUT}


def watch(solver: SolvingProcess, beat: Callable[[float | None], bool], limit_s: float) -> Ending:
    """Keep a lease with regular beats until a solver has ended, is cancelled or takes too long.

    Parameters
    ----------
    beat : callable
        Renews the lease, by the seconds given where there are any; says whether to stop.
    """
    started = time.monotonic()
    try:
        while not solver.wait(HEARTBEAT_S):
            if beat(None):
                solver.board.cancel()
                if not solver.wait(CANCEL_GRACE_S):
                    solver.kill()
                return Ending.CANCELLED
            if time.monotonic() - started > limit_s + LIMIT_GRACE_S:
                solver.kill()
                return Ending.TIMED_OUT
    except KeyboardInterrupt:
        # The worker is being stopped: hand the work back at once instead of letting it time out.
        solver.kill()
        beat(0.0)
        raise
    if solver.exit_code == -signal.SIGKILL:
        return Ending.KILLED
    return Ending.CANCELLED if beat(None) else Ending.ENDED


class VerificationError(ExchangeError):
    """The solver's answer did not stand up to the audit; it is shown to nobody."""

    code = "verification"


def execute_run(run_public_id: str, settings: Settings) -> None:
    """Take a run through to its end. Harmless for one that is done or in other hands.

    When this process is ended on the way, whoever comes next starts over from the snapshot.
    """
    engine = make_engine(settings.resolved_database_url)
    try:
        with open_session(engine) as session:
            claimed = attempts.claim_run(
                session, run_public_id, at=database_now(session), lease_s=settings.run_lease_s
            )
            session.commit()
        if claimed is not None:
            _log.info("job.claimed", run=run_public_id, attempt=claimed.attempt)
            _Attempt(engine, run_public_id, claimed, settings=settings).run()
    except Fenced:
        _log.warning("job.fenced", run=run_public_id)
    finally:
        engine.dispose()


def reap(settings: Settings) -> tuple[str, ...]:
    """Enqueue again the runs that nobody works on: a dead lease, or a lost message."""
    engine = make_engine(settings.resolved_database_url)
    try:
        with open_session(engine) as session:
            stale = attempts.stale_runs(session, database_now(session))
            session.commit()
    finally:
        engine.dispose()
    waiting = waiting_runs(settings) if stale else frozenset()
    found = tuple(run for run in stale if run not in waiting)
    for run in found:
        _log.warning("job.reaped", run=run)
        enqueue_run(run, settings)
    return found


class _Attempt:
    """One claim of one run: the lease that it keeps, and the outcome that it writes."""

    def __init__(
        self, engine: Engine, run_id: str, claimed: ClaimedRun, *, settings: Settings
    ) -> None:
        self._engine = engine
        self._run_id = run_id
        self._claimed = claimed
        self._settings = settings
        asked = claimed.options.time_limit_s
        most = settings.solve_time_limit_s
        self._limit_s = most if asked is None else min(asked, most)

    def run(self) -> None:
        """Solve in a child, under watch, and write down how it ended."""
        if self._claimed.attempt > MAX_ATTEMPTS:
            self._finish(_failed("gave_up", {"attempts": self._claimed.attempt - 1}))
            return
        solver = fork_solving_process(
            self._solve, Board(), memory_limit_mb=self._settings.solve_memory_limit_mb
        )
        try:
            outcome = self._watch(solver)
            if outcome is not None:
                self._finish(replace(outcome, curve=solver.board.curve()))
        finally:
            solver.close()

    def _solve(self, board: Board) -> dict[str, Any]:
        """Run in the child: from the snapshot's text to a JSON-ready answer."""
        snapshot = Snapshot.from_json(self._claimed.snapshot_body)
        options = replace(self._claimed.options, time_limit_s=self._limit_s)
        try:
            result = run_match(
                snapshot, self._claimed.rules, options, board, gentle=self._claimed.gentle
            )
        except SolverError as error:
            if "check" in error.facts:
                raise VerificationError(error.message, **error.facts) from error
            raise
        board.report("saving", 0.0, result.solution.gap)
        return {
            "report": result.report,
            "placements": [asdict(one) for one in result.placements],
            "unplaced": [asdict(one) for one in result.unplaced],
            "contacts": [asdict(one) for one in result.contacts],
            "prices": result.prices,
        }

    def _watch(self, solver: SolvingProcess) -> RunOutcome | None:
        """Keep the lease until the child has ended; None when somebody else must start over."""
        try:
            ending = watch(
                solver, lambda lease_s: self._beat(solver.board, lease_s=lease_s), self._limit_s
            )
        except KeyboardInterrupt:
            _log.info("job.handed_back", run=self._run_id, attempt=self._claimed.attempt)
            raise
        if ending is Ending.KILLED:
            return None
        if ending is not Ending.ENDED:
            return RunOutcome(state=_ENDINGS[ending])
        failure = solver.failure()
        if failure is not None:
            return _failed(failure.code, failure.facts)
        return _outcome(solver.answer())

    def _beat(self, board: Board, *, lease_s: float | None = None) -> bool:
        place = board.place()
        try:
            with open_session(self._engine) as session:
                is_cancelled = attempts.heartbeat(
                    session,
                    self._run_id,
                    self._claimed.attempt,
                    stage=place.stage,
                    progress=place.fraction,
                    gap=place.gap,
                    curve=board.curve(),
                    at=database_now(session),
                    lease_s=self._settings.run_lease_s if lease_s is None else lease_s,
                )
                session.commit()
        except OperationalError:
            # A database that is briefly away must not cost an hour of solving: the lease has time.
            _log.warning("job.heartbeat_missed", run=self._run_id)
            return False
        return is_cancelled

    def _finish(self, outcome: RunOutcome) -> None:
        with open_session(self._engine) as session:
            attempts.finish_run(
                session, self._run_id, self._claimed.attempt, outcome=outcome, at=now()
            )
            session.commit()
        _log.info("job.finished", run=self._run_id, state=outcome.state.value)


def _failed(code: str, facts: Mapping[str, Any]) -> RunOutcome:
    return RunOutcome(state=RunState.FAILED, error_code=code, error_facts=dict(facts))


def _outcome(answer: Mapping[str, Any]) -> RunOutcome:
    report = answer["report"]
    if report["cancelled"]:
        return RunOutcome(state=RunState.CANCELLED)
    return RunOutcome(
        state=_STATES[Status(report["status"])],
        report=report,
        placements=tuple(Placement(**one) for one in answer["placements"]),
        unplaced=tuple(Unplaced(**one) for one in answer["unplaced"]),
        contacts=tuple(Contact(**one) for one in answer["contacts"]),
        prices=answer["prices"],
    )
