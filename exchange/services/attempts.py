"""The worker's side of a run: taken, kept, ended. Every write carries the number of the attempt.

An attempt that was taken over changes nothing: whoever works on it learns that it is fenced.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, or_, select, update

from exchange.domain.cycle import NEXT_RUN_STATES, RunKind, RunState
from exchange.domain.placement import Contact, Unplaced
from exchange.domain.placement import Placement as MatchedPlacement
from exchange.domain.rules import Rules
from exchange.errors import ExchangeError
from exchange.records import (
    Application,
    ContactRow,
    MatchRun,
    Placement,
    RunPrice,
    Snapshot,
    UnplacedRow,
)
from exchange.services.actor import SYSTEM
from exchange.services.rule_versions import rules_of

if TYPE_CHECKING:
    from exchange.matching import Options

from exchange.services.runs import audit_run

_PICK_UP_WITHIN = timedelta(seconds=10)
"""A run that waits longer than this may have lost its message to the worker."""
_LONGEST_LEASE = timedelta(hours=1)
"""No worker takes work for longer at once. What seems to be longer is left from a clock that was
set back since, and would keep everybody away until that hour comes again."""


Curve = Sequence[tuple[float, str, float]]
"""Seconds, stage and gap of each point, as `jobs.progress` collects them."""


class Fenced(ExchangeError):
    """The attempt was taken over: whoever still works on it must stop and write nothing."""

    code = "fenced"


@dataclass(frozen=True, slots=True)
class ClaimedRun:
    """What a worker needs of the run that it took."""

    run_id: str
    attempt: int
    snapshot_body: str
    rules: Rules
    epsilon: float
    seed: int
    time_limit_s: float
    gentle: bool = False
    """A re-match: who need not move stays."""

    @property
    def options(self) -> "Options":
        """The solver's options; only a worker asks, so only a worker loads the solver."""
        from exchange.matching import Options

        return Options(epsilon=self.epsilon, seed=self.seed, time_limit_s=self.time_limit_s)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """How a run ended."""

    state: RunState
    report: Mapping[str, Any] | None = None
    placements: Sequence[MatchedPlacement] = ()
    unplaced: Sequence[Unplaced] = ()
    contacts: Sequence[Contact] = ()
    prices: Mapping[str, Any] | None = None
    error_code: str | None = None
    error_facts: Mapping[str, Any] | None = field(default=None)
    curve: Curve | None = None
    """How the gap fell; None leaves what the last heartbeat wrote."""


def is_over(lease_until: Any, at: datetime) -> ColumnElement[bool]:
    """Whether a lease holds no more."""
    return or_(col(lease_until) < at, col(lease_until) > at + _LONGEST_LEASE)


def claim_run(
    session: Session, run_public_id: str, *, at: datetime, lease_s: float
) -> ClaimedRun | None:
    """Take a run that waits, or whose worker has gone silent; None when there is nothing to do."""
    claimed = session.connection().execute(
        update(MatchRun)
        .where(
            col(MatchRun.public_id) == run_public_id,
            or_(
                col(MatchRun.state) == RunState.QUEUED,
                (col(MatchRun.state) == RunState.RUNNING) & is_over(MatchRun.lease_until, at),
            ),
        )
        .values(
            state=RunState.RUNNING,
            attempt=MatchRun.attempt + 1,
            lease_until=at + timedelta(seconds=lease_s),
            heartbeat_at=at,
            started_at=at,
            stage=None,
            progress=0.0,
            gap=None,
            curve=None,
            version=MatchRun.version + 1,
        )
    )
    if claimed.rowcount != 1:
        return None
    run = session.exec(select(MatchRun).where(MatchRun.public_id == run_public_id)).one()
    session.refresh(run)
    snapshot = session.get(Snapshot, run.snapshot_id)
    assert snapshot is not None
    audit_run(session, SYSTEM, "run:claim", run, at, attempt=run.attempt)
    return ClaimedRun(
        run_id=run.public_id,
        attempt=run.attempt,
        snapshot_body=snapshot.body,
        rules=rules_of(run.rules),
        epsilon=run.epsilon,
        seed=run.seed,
        time_limit_s=run.time_limit_s,
        gentle=run.kind is RunKind.REMATCH,
    )


def heartbeat(
    session: Session,
    run_public_id: str,
    attempt: int,
    *,
    stage: str | None,
    progress: float,
    gap: float | None,
    at: datetime,
    lease_s: float,
    curve: Curve | None = None,
) -> bool:
    """Keep the lease and tell how far the run is; return whether somebody asked to cancel.

    Raises
    ------
    Fenced
        When the attempt was taken over.
    """
    kept = (
        session.connection()
        .execute(
            update(MatchRun)
            .where(
                col(MatchRun.public_id) == run_public_id,
                col(MatchRun.attempt) == attempt,
                col(MatchRun.state) == RunState.RUNNING,
            )
            .values(
                stage=stage,
                progress=min(1.0, max(0.0, progress)),
                gap=gap,
                heartbeat_at=at,
                lease_until=at + timedelta(seconds=lease_s),
                **_curve_values(curve),
            )
            .returning(col(MatchRun.cancel_requested_at))
        )
        .first()
    )
    if kept is None:
        raise Fenced("This attempt was taken over.", run_id=run_public_id, attempt=attempt)
    return kept[0] is not None


def finish_run(
    session: Session, run_public_id: str, attempt: int, *, outcome: RunOutcome, at: datetime
) -> None:
    """Write how a run ended, with all its rows, in one transaction.

    Raises
    ------
    Fenced
        When the attempt was taken over; nothing is written.
    """
    assert outcome.state in NEXT_RUN_STATES[RunState.RUNNING]
    ended = session.connection().execute(
        update(MatchRun)
        .where(
            col(MatchRun.public_id) == run_public_id,
            col(MatchRun.attempt) == attempt,
            col(MatchRun.state) == RunState.RUNNING,
        )
        .values(
            state=outcome.state,
            report=dict(outcome.report) if outcome.report is not None else None,
            result_digest=result_digest(outcome),
            error_code=outcome.error_code,
            error_facts=dict(outcome.error_facts) if outcome.error_facts is not None else None,
            finished_at=at,
            lease_until=None,
            progress=1.0,
            version=MatchRun.version + 1,
            **_curve_values(outcome.curve),
        )
    )
    if ended.rowcount != 1:
        raise Fenced("This attempt was taken over.", run_id=run_public_id, attempt=attempt)
    run = session.exec(select(MatchRun).where(MatchRun.public_id == run_public_id)).one()
    session.refresh(run)
    add_rows(session, run, outcome)
    audit_run(session, SYSTEM, f"run:{outcome.state.value}", run, at, attempt=attempt)


def _curve_values(curve: Curve | None) -> dict[str, Any]:
    if curve is None:
        return {}
    return {"curve": [[round(seconds, 3), stage, gap] for seconds, stage, gap in curve]}


def result_digest(outcome: RunOutcome) -> str | None:
    return digest_of(outcome.placements) if outcome.state is RunState.READY else None


def digest_of(placements: Iterable[MatchedPlacement]) -> str:
    """Return a digest of who is placed with whom: equal results have equal ones."""
    pairs = sorted((one.student_id, one.host_id) for one in placements)
    return hashlib.sha256(json.dumps(pairs).encode()).hexdigest()


def add_rows(session: Session, run: MatchRun, outcome: RunOutcome) -> None:
    """Write the placements, the unplaced and the contacts of a run, in whatever way it was made."""
    rows = session.exec(
        select(Application.public_id, Application.student_id, Application.host_id).where(
            Application.cycle_id == run.cycle_id
        )
    ).all()
    students = {public_id: student_id for public_id, student_id, _ in rows if student_id}
    hosts = {public_id: host_id for public_id, _, host_id in rows if host_id}
    run_id = run.id or 0
    session.add_all(
        Placement(
            run_id=run_id,
            cycle_id=run.cycle_id,
            student_id=students[one.student_id],
            host_id=hosts[one.host_id],
            student_nation=one.student_nation,
            host_nation=one.host_nation,
            quality=one.quality,
            review=one.review,
            only_contact_of_pair=one.only_contact_of_pair,
            terms=dict(one.terms),
        )
        for one in outcome.placements
    )
    session.add_all(
        UnplacedRow(
            run_id=run_id,
            student_id=students[one.student_id],
            reason=one.reason[:200],
            detail=one.detail[:2000],
        )
        for one in outcome.unplaced
    )
    session.add_all(
        ContactRow(
            run_id=run_id,
            nation_a=one.nation_a,
            nation_b=one.nation_b,
            placements=one.placements,
            weight=one.weight,
            tension_tier=one.tension_tier,
            has_data=one.has_data,
        )
        for one in outcome.contacts
    )
    if outcome.prices is not None:
        session.add(RunPrice(run_id=run_id, prices=dict(outcome.prices), created_at=run.created_at))
    session.flush()


def stale_runs(session: Session, at: datetime) -> list[str]:
    """Return the runs that nobody works on: a lease that ended, or a start that nobody heard."""
    return list(
        session.exec(
            select(MatchRun.public_id).where(
                or_(
                    (col(MatchRun.state) == RunState.QUEUED)
                    & (col(MatchRun.created_at) < at - _PICK_UP_WITHIN),
                    (col(MatchRun.state) == RunState.RUNNING) & is_over(MatchRun.lease_until, at),
                )
            )
        )
    )
