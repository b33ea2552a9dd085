"""A finished run becomes the cycle's result, once, and those whom it concerns are told."""

import json
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from exchange.domain.cycle import RunState
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.notices.texts import Template
from exchange.records import (
    Application,
    Cycle,
    Host,
    LinkPurpose,
    MatchRun,
    Placement,
    Snapshot,
    Student,
)
from exchange.services import links, mails
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.impartiality import require_no_own_guest
from exchange.services.locks import hold_cycle
from exchange.services.runs import audit_run, swap_run
from exchange.services.snapshots import freeze


def publish_run(session: Session, actor: Actor, run: MatchRun, at: datetime) -> None:
    """Make a finished run the cycle's result, in place of an earlier one, and tell the applicants.

    Raises
    ------
    Conflict
        When the run is not ready, was published already, or the cycle has changed since its
        snapshot; `facts["changed"]` then lists the applications. Whoever is no longer cleared on
        this day has changed too.
    SafetyRefusal
        When the run places a student in the actor's own home.
    """
    cycle = hold_cycle(session, run.cycle_id)
    require(actor, Permission.PUBLISH_RUNS, cycle.programme_id)
    session.refresh(run)
    if run.state is not RunState.READY:
        raise Conflict("Only a finished run that is not published yet can be published.")
    require_no_own_guest(session, actor, run)
    changed = changed_since(session, run, at)
    if changed:
        raise Conflict(
            "The applications have changed since this run. Start a new one.", changed=changed
        )
    session.exec(
        update(MatchRun)
        .where(col(MatchRun.cycle_id) == cycle.id, col(MatchRun.state) == RunState.PUBLISHED)
        .values(state=RunState.SUPERSEDED, version=MatchRun.version + 1)
    )
    try:
        with session.begin_nested():
            is_mine = swap_run(
                session,
                run,
                [RunState.READY],
                state=RunState.PUBLISHED,
                published_at=at,
                published_by_id=actor.account_id,
            )
    except IntegrityError as error:
        raise Conflict("Another run of this cycle has just been published.") from error
    if not is_mine:
        raise Conflict("This run has just been published by somebody else.")
    audit_run(session, actor, "run:publish", run, at)
    _tell_applicants(session, run, at)


def changed_since(session: Session, run: MatchRun, at: datetime) -> list[str]:
    """Return the ids of applications that at a moment differ from the run's snapshot, sorted."""
    snapshot = session.get(Snapshot, run.snapshot_id)
    cycle = session.get(Cycle, run.cycle_id)
    assert snapshot is not None
    assert cycle is not None
    current = freeze(session, cycle, at)
    if current.digest == snapshot.digest:
        return []
    then, since = json.loads(snapshot.body), json.loads(current.to_json())
    changed: set[str] = set()
    for group in ("students", "hosts"):
        before = {entry["id"]: entry for entry in then[group]}
        after = {entry["id"]: entry for entry in since[group]}
        changed |= {
            one for one in before.keys() | after.keys() if before.get(one) != after.get(one)
        }
    return sorted(changed) or ["nation facts"]


def _tell_applicants(session: Session, run: MatchRun, at: datetime) -> None:
    """Write to everybody whom the run concerns and who signed up in person."""
    rows = session.exec(
        select(Application, Student.email)
        .join(Student, col(Application.student_id) == col(Student.id))
        .where(Application.cycle_id == run.cycle_id, col(Application.external_id).is_(None))
    ).all()
    placed_hosts = select(Placement.host_id).where(Placement.run_id == run.id)
    rows_of_hosts = session.exec(
        select(Application, Host.email)
        .join(Host, col(Application.host_id) == col(Host.id))
        .where(
            Application.cycle_id == run.cycle_id,
            col(Application.external_id).is_(None),
            col(Application.host_id).in_(placed_hosts),
        )
    ).all()
    for application, email in [*rows, *rows_of_hosts]:
        if not email or application.state.value in ("withdrawn", "declined", "waiting"):
            continue
        token = links.issue_link(
            session, purpose=LinkPurpose.STATUS, application_id=application.id, at=at
        )
        mails.queue_mail(
            session,
            key=f"result:{run.public_id}:{application.public_id}",
            recipient=email,
            template=Template.RESULT,
            language=application.language,
            context={"reference": application.reference, "token": token},
            at=at,
            application_id=application.id,
        )
