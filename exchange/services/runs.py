"""Match runs: started and cancelled by people, carried out by a worker. The row is the truth.

Every change is a compare-and-swap. A worker writes with the number of its attempt; one whose
attempt was taken over changes nothing.
"""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, or_, select, update

from exchange import __version__
from exchange.domain.cycle import LIVE_RUN_STATES, RunKind, RunState
from exchange.domain.placement import Contact
from exchange.domain.roles import Permission
from exchange.domain.rules import Rules
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import (
    Application,
    ContactRow,
    Cycle,
    MatchRun,
    Placement,
    Snapshot,
    UnplacedRow,
)
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.locks import hold_cycle
from exchange.services.overrides import with_standing_pairs
from exchange.services.queues import is_found
from exchange.services.reciprocity import with_standing_balance
from exchange.services.rule_versions import current_version, rules_of
from exchange.services.snapshots import take_snapshot
from exchange.translations import Sentence

DEFAULT_TIME_LIMIT_S = 300.0
MAX_TIME_LIMIT_S = 3600.0
MOST_HOSTS = 20
"""Listed when a page asks which host is meant; whoever finds more types more of the name."""


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """One placement with the two applications that it joins."""

    placement: Placement
    student: Application
    host: Application


@dataclass(frozen=True, slots=True)
class UnplacedStudent:
    """A student without a place, and why."""

    application: Application
    reason: str
    detail: str


def start_run(
    session: Session,
    actor: Actor,
    *,
    cycle_id: int,
    epsilon: float,
    at: datetime,
    seed: int | None = None,
    time_limit_s: float | None = None,
    idempotency_key: str | None = None,
    parent: MatchRun | None = None,
    previous: Sequence[tuple[str, str]] = (),
    max_changes: int | None = None,
    hold_back: Sequence[str] = (),
) -> MatchRun:
    """Freeze the cycle and queue a run; the caller commits, then tells the queue.

    With a `parent` it is a re-match: as few of `previous` (public ids of student and host) as can
    be are moved, or at most `max_changes`; those whom it should `hold_back` get no place. Pins and
    forbids by hand are added to the rules; who is pinned is not held back.

    Raises
    ------
    Conflict
        When a run of this cycle is waiting or working; `facts["run_id"]` names it.
    InvalidInput
        When an option is out of range.
    """
    cycle = hold_cycle(session, cycle_id)
    require(actor, Permission.START_RUNS, cycle.programme_id)
    known = _by_key(session, cycle_id, idempotency_key)
    if known is not None:
        return known
    _check_options(epsilon, seed, time_limit_s)
    snapshot = take_snapshot(session, actor, cycle_id, at)
    version = current_version(session, cycle_id)
    rules = _rules_for(session, cycle, snapshot)
    if parent is not None:
        pinned = {student for student, _ in rules.pins}
        rules = replace(
            rules,
            previous=tuple(previous),
            max_changes=max_changes if previous else None,
            hold_back=tuple(one for one in hold_back if one not in pinned),
        )
    run = MatchRun(
        cycle_id=cycle_id,
        snapshot_id=snapshot.id or 0,
        rules=json.loads(rules.to_json()),
        kind=RunKind.SOLVE if parent is None else RunKind.REMATCH,
        parent_id=parent.id if parent is not None else None,
        rule_version_id=version.id if version else None,
        epsilon=epsilon,
        seed=secrets.randbelow(2**31) if seed is None else seed,
        time_limit_s=time_limit_s or DEFAULT_TIME_LIMIT_S,
        started_by_id=actor.account_id,
        idempotency_key=idempotency_key,
        code_version=__version__,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(run)
    except IntegrityError as error:
        known = _by_key(session, cycle_id, idempotency_key)
        if known is not None:
            return known
        live = _live_run(session, cycle_id)
        raise Conflict(
            "A run of this cycle is under way. Wait for it, or cancel it first.",
            run_id=live.public_id if live else None,
        ) from error
    audit_run(session, actor, "run:start", run, at, epsilon=epsilon, seed=run.seed)
    return run


def _rules_for(session: Session, cycle: Cycle, snapshot: Snapshot) -> Rules:
    read = json.loads(snapshot.body)
    return with_standing_pairs(
        session,
        cycle.id or 0,
        with_standing_balance(session, cycle, rules_of(cycle.rules)),
        students=[one["id"] for one in read["students"]],
        hosts=[one["id"] for one in read["hosts"]],
    )


def _check_options(epsilon: float, seed: int | None, time_limit_s: float | None) -> None:
    faults = {}
    if not 0.0 <= epsilon <= 1.0:
        faults["epsilon"] = [Sentence("Use a number from 0 to 1")]
    if seed is not None and not 0 <= seed < 2**63:
        faults["seed"] = [Sentence("Use a whole number from 0 on")]
    if time_limit_s is not None and not 1.0 <= time_limit_s <= MAX_TIME_LIMIT_S:
        faults["time_limit_s"] = [
            Sentence("Use a number of seconds from 1 to %(most)d", most=int(MAX_TIME_LIMIT_S))
        ]
    if faults:
        raise InvalidInput("Check the options of the run.", faults)


def _by_key(session: Session, cycle_id: int, key: str | None) -> MatchRun | None:
    if key is None:
        return None
    return session.exec(
        select(MatchRun).where(MatchRun.idempotency_key == key, MatchRun.cycle_id == cycle_id)
    ).one_or_none()


def _live_run(session: Session, cycle_id: int) -> MatchRun | None:
    return session.exec(
        select(MatchRun).where(
            MatchRun.cycle_id == cycle_id, col(MatchRun.state).in_(LIVE_RUN_STATES)
        )
    ).first()


def get_run(
    session: Session,
    actor: Actor,
    public_id: str,
    permission: Permission = Permission.SEE_RUNS,
) -> MatchRun:
    """Return one run of the actor's programmes; NotFound for any other."""
    run = session.exec(select(MatchRun).where(MatchRun.public_id == public_id)).one_or_none()
    if run is None:
        raise NotFound("There is nothing at this address.")
    require(actor, permission, programme_of(session, run.cycle_id))
    return run


def list_runs(
    session: Session, actor: Actor, cycle_id: int, *, most: int | None = None
) -> list[MatchRun]:
    """Return the runs of a cycle, the latest first; at most so many, where that is said."""
    require(actor, Permission.SEE_RUNS, programme_of(session, cycle_id))
    query = select(MatchRun).where(MatchRun.cycle_id == cycle_id)
    return list(session.exec(query.order_by(col(MatchRun.id).desc()).limit(most)))


def published_run(session: Session, actor: Actor, cycle: Cycle) -> MatchRun | None:
    """Return the run that is the result of a cycle, if one is published."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    return session.exec(
        select(MatchRun).where(MatchRun.cycle_id == cycle.id, MatchRun.state == RunState.PUBLISHED)
    ).one_or_none()


def latest_runs(session: Session, actor: Actor, cycles: Sequence[Cycle]) -> dict[int, MatchRun]:
    """Return the latest run of each cycle that has one and whose runs the actor may see."""
    visible = [one.id for one in cycles if actor.may(Permission.SEE_RUNS, one.programme_id)]
    latest = (
        select(func.max(MatchRun.id))
        .where(col(MatchRun.cycle_id).in_(visible))
        .group_by(col(MatchRun.cycle_id))
    )
    found = session.exec(select(MatchRun).where(col(MatchRun.id).in_(latest)))
    return {run.cycle_id: run for run in found}


def request_cancel(session: Session, actor: Actor, run: MatchRun, at: datetime) -> None:
    """Cancel a waiting run at once, and ask a working one to stop."""
    require(actor, Permission.START_RUNS, programme_of(session, run.cycle_id))
    is_waiting = swap_run(
        session,
        run,
        [RunState.QUEUED],
        state=RunState.CANCELLED,
        cancel_requested_at=at,
        finished_at=at,
    )
    if not is_waiting and not swap_run(session, run, [RunState.RUNNING], cancel_requested_at=at):
        raise Conflict("This run has ended already.")
    audit_run(session, actor, "run:cancel", run, at)


def run_snapshot(session: Session, actor: Actor, run: MatchRun) -> Snapshot:
    """Return the snapshot that a run read."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    snapshot = session.get(Snapshot, run.snapshot_id)
    assert snapshot is not None
    return snapshot


def input_digest(session: Session, actor: Actor, run: MatchRun) -> str:
    """Return the digest of the snapshot that a run read, without its megabytes."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    return session.exec(select(Snapshot.digest).where(Snapshot.id == run.snapshot_id)).one()


def run_placements(session: Session, actor: Actor, run: MatchRun) -> list[PlacementRow]:
    """Return the placements of a run with both applications; one statement."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    of_student, of_host = _two_applications()
    rows = session.exec(
        select(Placement, of_student, of_host)
        .join(of_student, of_student.student_id == Placement.student_id)
        .join(of_host, of_host.host_id == Placement.host_id)
        .where(Placement.run_id == run.id)
        .order_by(of_student.public_id)
    )
    return [PlacementRow(placement, student, host) for placement, student, host in rows]


def _two_applications() -> tuple[Any, Any]:
    return aliased(Application), aliased(Application)


def run_unplaced(session: Session, actor: Actor, run: MatchRun) -> list[UnplacedStudent]:
    """Return the students whom a run left without a place; one statement."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    rows = session.exec(
        select(UnplacedRow, Application)
        .join(Application, col(Application.student_id) == col(UnplacedRow.student_id))
        .where(UnplacedRow.run_id == run.id)
        .order_by(col(Application.public_id))
    )
    return [UnplacedStudent(application, row.reason, row.detail) for row, application in rows]


def run_contacts(
    session: Session, actor: Actor, run: MatchRun, *, most: int | None = None
) -> list[Contact]:
    """Return which nations meet in a run, those that meet most often first; one statement."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    rows = session.exec(
        select(ContactRow)
        .where(ContactRow.run_id == run.id)
        .order_by(
            col(ContactRow.placements).desc(), col(ContactRow.nation_a), col(ContactRow.nation_b)
        )
        .limit(most)
    )
    return [
        Contact(
            nation_a=row.nation_a,
            nation_b=row.nation_b,
            placements=row.placements,
            weight=row.weight,
            tension_tier=row.tension_tier,
            has_data=row.has_data,
        )
        for row in rows
    ]


def swap_run(session: Session, run: MatchRun, states: Sequence[RunState], **values: Any) -> bool:
    """Write values if the run is in one of the states; say whether it was."""
    swapped = session.connection().execute(
        update(MatchRun)
        .where(col(MatchRun.id) == run.id, col(MatchRun.state).in_(states))
        .values(version=MatchRun.version + 1, **values)
    )
    session.refresh(run)
    return bool(swapped.rowcount == 1)


def audit_run(
    session: Session, actor: Actor, action: str, run: MatchRun, at: datetime, **facts: Any
) -> None:
    """Put an event of a run on the audit trail."""
    audit.record(
        session,
        actor,
        action,
        subject_kind="run",
        subject_id=run.public_id,
        programme_id=programme_of(session, run.cycle_id),
        facts=facts,
        at=at,
    )


def find_host(session: Session, actor: Actor, run: MatchRun, typed: str) -> str | None:
    """Return the public id of a host of the run's cycle by its id or reference, as typed."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    return session.exec(
        select(Application.public_id).where(
            Application.cycle_id == run.cycle_id,
            col(Application.host_id).is_not(None),
            or_(
                col(Application.public_id) == typed,
                col(Application.reference) == typed.upper(),
                col(Application.external_id) == typed,
            ),
        )
    ).first()


def search_hosts(session: Session, actor: Actor, run: MatchRun, words: str) -> list[str]:
    """Return the public ids of hosts of the run's cycle whose name or reference holds the words.

    At most one more than `MOST_HOSTS`; none for who may not see people.
    """
    programme_id = programme_of(session, run.cycle_id)
    require(actor, Permission.SEE_RUNS, programme_id)
    if not words or not actor.may(Permission.SEE_APPLICATIONS, programme_id):
        return []
    query = select(Application.public_id).where(
        Application.cycle_id == run.cycle_id,
        col(Application.host_id).is_not(None),
        col(Application.erased_at).is_(None),
        is_found(words),
    )
    return list(session.exec(query.order_by(col(Application.id)).limit(MOST_HOSTS + 1)))
