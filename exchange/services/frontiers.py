"""Frontiers: asked for by people, computed by a worker. As for runs, the row is the truth."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, or_, select, update

from exchange.domain.cycle import LIVE_RUN_STATES, RunState
from exchange.domain.roles import Permission
from exchange.domain.rules import Rules
from exchange.errors import Conflict, NotFound
from exchange.records import Frontier, Snapshot
from exchange.services import audit
from exchange.services.actor import SYSTEM, Actor
from exchange.services.attempts import Fenced, is_over
from exchange.services.authority import programme_of, require
from exchange.services.locks import hold_cycle
from exchange.services.rule_versions import current_version, rules_of
from exchange.services.snapshots import take_snapshot

EPSILONS = (0.0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Shares of diversity given up, one for each point: close together where most programmes choose."""
TIME_LIMIT_S = 900.0
_PICK_UP_WITHIN = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class ClaimedFrontier:
    """What a worker needs of the frontier that it took."""

    attempt: int
    snapshot_body: str
    rules: Rules
    seed: int
    time_limit_s: float


def start_frontier(session: Session, actor: Actor, *, cycle_id: int, at: datetime) -> Frontier:
    """Freeze the cycle and queue its frontier; the caller commits, then tells the queue.

    Raises
    ------
    Conflict
        When one of this cycle is waiting or working.
    """
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    snapshot = take_snapshot(session, actor, cycle_id, at)
    version = current_version(session, cycle_id)
    frontier = Frontier(
        cycle_id=cycle_id,
        snapshot_id=snapshot.id,
        rule_version_id=version.id if version else None,
        rules=dict(cycle.rules),
        seed=secrets.randbelow(2**31),
        time_limit_s=TIME_LIMIT_S,
        started_by_id=actor.account_id,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(frontier)
    except IntegrityError as error:
        raise Conflict("The curve of this cycle is being computed already. Wait for it.") from error
    _audit(session, actor, "frontier:start", frontier, at, seed=frontier.seed)
    return frontier


def get_frontier(
    session: Session, actor: Actor, public_id: str, permission: Permission = Permission.SEE_RUNS
) -> Frontier:
    """Return one frontier of the actor's programmes; NotFound for any other."""
    query = select(Frontier).where(Frontier.public_id == public_id)
    found = session.exec(query).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    require(actor, permission, programme_of(session, found.cycle_id))
    return found


def list_frontiers(
    session: Session, actor: Actor, cycle_id: int, *, most: int = 20
) -> list[Frontier]:
    """Return the frontiers of a cycle, the latest first."""
    require(actor, Permission.SEE_RUNS, programme_of(session, cycle_id))
    query = select(Frontier).where(Frontier.cycle_id == cycle_id)
    return list(session.exec(query.order_by(col(Frontier.id).desc()).limit(most)))


def cancel_frontier(session: Session, actor: Actor, frontier: Frontier, at: datetime) -> None:
    """Cancel a waiting frontier at once, and ask a working one to stop."""
    require(actor, Permission.START_RUNS, programme_of(session, frontier.cycle_id))
    ended = {"state": RunState.CANCELLED, "cancel_requested_at": at, "finished_at": at}
    is_waiting = _swap(session, frontier, RunState.QUEUED, **ended)
    if not is_waiting and not _swap(session, frontier, RunState.RUNNING, cancel_requested_at=at):
        raise Conflict("This curve has ended already.")
    _audit(session, actor, "frontier:cancel", frontier, at)


def _swap(session: Session, frontier: Frontier, only: RunState, **values: Any) -> bool:
    swapped = session.connection().execute(
        update(Frontier)
        .where(col(Frontier.id) == frontier.id, col(Frontier.state) == only)
        .values(**values)
    )
    session.refresh(frontier)
    return bool(swapped.rowcount == 1)


def claim_frontier(
    session: Session, public_id: str, *, at: datetime, lease_s: float
) -> ClaimedFrontier | None:
    """Take a frontier that waits, or whose worker has gone silent; None when there is nothing."""
    claimed = session.connection().execute(
        update(Frontier)
        .where(
            col(Frontier.public_id) == public_id,
            or_(
                col(Frontier.state) == RunState.QUEUED,
                (col(Frontier.state) == RunState.RUNNING) & is_over(Frontier.lease_until, at),
            ),
        )
        .values(
            state=RunState.RUNNING,
            attempt=Frontier.attempt + 1,
            lease_until=at + timedelta(seconds=lease_s),
            progress=0.0,
        )
    )
    if claimed.rowcount != 1:
        return None
    frontier = session.exec(select(Frontier).where(Frontier.public_id == public_id)).one()
    session.refresh(frontier)
    snapshot = session.get(Snapshot, frontier.snapshot_id)
    assert snapshot is not None
    _audit(session, SYSTEM, "frontier:claim", frontier, at, attempt=frontier.attempt)
    return ClaimedFrontier(
        attempt=frontier.attempt,
        snapshot_body=snapshot.body,
        rules=rules_of(frontier.rules),
        seed=frontier.seed,
        time_limit_s=frontier.time_limit_s,
    )


def keep_frontier(
    session: Session,
    public_id: str,
    attempt: int,
    *,
    progress: float,
    at: datetime,
    lease_s: float,
) -> bool:
    """Keep the lease and tell how far it is; return whether somebody asked to cancel.

    Raises
    ------
    Fenced
        When the attempt was taken over.
    """
    kept = session.connection().execute(
        _of_attempt(public_id, attempt)
        .values(progress=min(1.0, max(0.0, progress)), lease_until=at + timedelta(seconds=lease_s))
        .returning(col(Frontier.cancel_requested_at))
    )
    row = kept.first()
    if row is None:
        raise Fenced("This attempt was taken over.", frontier=public_id, attempt=attempt)
    return row[0] is not None


def finish_frontier(
    session: Session,
    public_id: str,
    attempt: int,
    *,
    state: RunState,
    points: Sequence[Mapping[str, Any]] | None = None,
    error_code: str | None = None,
    at: datetime,
) -> None:
    """Write how a frontier ended.

    Raises
    ------
    Fenced
        When the attempt was taken over; nothing is written.
    """
    assert state not in LIVE_RUN_STATES
    ended = session.connection().execute(
        _of_attempt(public_id, attempt).values(
            state=state,
            points=None if points is None else [dict(one) for one in points],
            error_code=error_code,
            finished_at=at,
            lease_until=None,
            progress=1.0,
        )
    )
    if ended.rowcount != 1:
        raise Fenced("This attempt was taken over.", frontier=public_id, attempt=attempt)
    frontier = session.exec(select(Frontier).where(Frontier.public_id == public_id)).one()
    session.refresh(frontier)
    _audit(session, SYSTEM, f"frontier:{state.value}", frontier, at, attempt=attempt)


def _of_attempt(public_id: str, attempt: int) -> Any:
    return update(Frontier).where(
        col(Frontier.public_id) == public_id,
        col(Frontier.attempt) == attempt,
        col(Frontier.state) == RunState.RUNNING,
    )


def stale_frontiers(session: Session, at: datetime) -> list[str]:
    """Return those that nobody works on: a lease that ended, or a start that nobody heard."""
    return list(
        session.exec(
            select(Frontier.public_id).where(
                or_(
                    (col(Frontier.state) == RunState.QUEUED)
                    & (col(Frontier.created_at) < at - _PICK_UP_WITHIN),
                    (col(Frontier.state) == RunState.RUNNING) & is_over(Frontier.lease_until, at),
                )
            )
        )
    )


def _audit(
    session: Session, actor: Actor, action: str, frontier: Frontier, at: datetime, **facts: object
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="frontier",
        subject_id=frontier.public_id,
        programme_id=programme_of(session, frontier.cycle_id),
        facts=facts,
        at=at,
    )
