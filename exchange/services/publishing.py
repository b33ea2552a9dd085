"""A finished run becomes the cycle's result: one person proposes it, another confirms it.

Both type a code just before. What the run was made from must not have changed until the second
has confirmed; then offers are made, and those whom it concerns are told.
"""

import json
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, or_, select, update

from exchange.domain.cycle import ApplicationState, PublicationState, RunState
from exchange.domain.placement import RelocationReason
from exchange.domain.roles import Permission, Role, may
from exchange.errors import Conflict, Forbidden, SafetyRefusal
from exchange.notices.texts import Template
from exchange.records import (
    Account,
    Application,
    Cycle,
    MatchRun,
    Membership,
    Offer,
    Placement,
    Publication,
    Snapshot,
)
from exchange.services import mails, offer_mails, offers, relocations
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.impartiality import require_no_own_guest
from exchange.services.locks import hold_cycle
from exchange.services.runs import audit_run, swap_run
from exchange.services.snapshots import freeze
from exchange.services.step_up import require_step_up
from exchange.translations import ENGLISH


def open_proposal(session: Session, run: MatchRun) -> Publication | None:
    """Return the proposal to publish a run that waits for a second person, if there is one."""
    return session.exec(
        select(Publication).where(
            Publication.run_id == run.id, Publication.state == PublicationState.OPEN
        )
    ).one_or_none()


def proposed_run(session: Session, cycle: Cycle) -> str | None:
    """Return the id of the run of a cycle whose publication waits for a second person."""
    return session.exec(
        select(MatchRun.public_id)
        .join(Publication, col(Publication.run_id) == col(MatchRun.id))
        .where(Publication.cycle_id == cycle.id, Publication.state == PublicationState.OPEN)
    ).first()


def count_from_files(session: Session, run: MatchRun) -> int:
    """Return how many whom a run places came in by a file: to them no mail is written."""
    of_run = Placement.run_id == run.id
    return session.exec(
        select(func.count())
        .select_from(Application)
        .where(
            Application.cycle_id == run.cycle_id,
            col(Application.external_id).is_not(None),
            or_(
                col(Application.student_id).in_(select(Placement.student_id).where(of_run)),
                col(Application.host_id).in_(select(Placement.host_id).where(of_run)),
            ),
        )
    ).one()


def propose(session: Session, actor: Actor, run: MatchRun, at: datetime) -> Publication:
    """Propose to publish a run, and tell those who can confirm it.

    Raises
    ------
    Conflict
        When the run is not ready, the cycle has changed since its snapshot (`facts["changed"]`),
        or another proposal of the cycle is open.
    SafetyRefusal
        When the run places somebody with whom the actor has to do.
    StepUpNeeded
        When no code was typed just now.
    """
    cycle = _admit(session, actor, run, Permission.PUBLISH_RUNS, at)
    _require_unchanged(session, run, at)
    assert actor.account_id is not None
    proposal = Publication(
        cycle_id=cycle.id,
        run_id=run.id,
        proposed_by_id=actor.account_id,
        proposed_at=at,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(proposal)
    except IntegrityError as error:
        raise Conflict(
            "A publication of this cycle is proposed already. Confirm or withdraw that one first."
        ) from error
    audit_run(session, actor, "run:propose", run, at)
    _tell_colleagues(session, actor, run, proposal, at)
    return proposal


def withdraw_proposal(session: Session, actor: Actor, run: MatchRun, at: datetime) -> None:
    """Take a proposal back, or say no to a colleague's; done twice, it is done."""
    cycle = hold_cycle(session, run.cycle_id)
    require(actor, Permission.CONFIRM_RUNS, cycle.programme_id)
    if _end(session, run, PublicationState.WITHDRAWN, at):
        audit_run(session, actor, "run:withdraw_proposal", run, at)


def let_fall(session: Session, actor: Actor, run: MatchRun, at: datetime) -> None:
    """End the proposal of a run whose input has changed; nobody can confirm it any more."""
    hold_cycle(session, run.cycle_id)
    if changed_since(session, run, at) and _end(session, run, PublicationState.FALLEN, at):
        audit_run(session, actor, "run:proposal_fell", run, at)


def publish_run(session: Session, actor: Actor, run: MatchRun, at: datetime) -> None:
    """Confirm what somebody else proposed: the run is published, in place of an earlier one.

    Raises
    ------
    Conflict
        When nobody has proposed it, the run is not ready or was published already, or the cycle
        has changed since its snapshot; `facts["changed"]` then lists the applications. Whoever is
        no longer cleared on this day has changed too.
    SafetyRefusal
        When the actor is the one who proposed it, or the run places somebody with whom the actor
        has to do.
    StepUpNeeded
        When no code was typed just now.
    """
    cycle = _admit(session, actor, run, Permission.CONFIRM_RUNS, at)
    proposal = open_proposal(session, run)
    if proposal is None:
        raise Conflict("Nobody has proposed to publish this run, or it was taken back.")
    if proposal.proposed_by_id == actor.account_id:
        raise SafetyRefusal("You proposed this. A second person has to confirm it.")
    _require_unchanged(session, run, at)
    _end(session, run, PublicationState.CONFIRMED, at, confirmed_by_id=actor.account_id)
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
    changes = offers.make_offers(session, actor, run, at)
    for old, new in changes.moved:
        reason = _reason_of(session, old)
        relocations.note_relocation(session, actor, old=old, new=new, reason=reason, at=at)
    _tell_applicants(session, run, changes, at)


def _reason_of(session: Session, old: Placement) -> RelocationReason:
    """Why a confirmed placement ended: as staff said, or one side left, or a match moved it."""
    said = session.exec(
        select(Offer.leave_reason).where(
            Offer.placement_id == old.id, col(Offer.leave_reason).is_not(None)
        )
    ).first()
    if said is not None:
        return RelocationReason(said)
    left = session.exec(
        select(Application.id).where(
            (col(Application.student_id) == old.student_id)
            | (col(Application.host_id) == old.host_id),
            col(Application.state) == ApplicationState.WITHDRAWN,
        )
    ).first()
    return RelocationReason.OTHER if left is None else RelocationReason.CIRCUMSTANCES


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


def _admit(
    session: Session, actor: Actor, run: MatchRun, permission: Permission, at: datetime
) -> Cycle:
    """Hold the cycle, and refuse whoever may not take part in publishing this run now."""
    cycle = hold_cycle(session, run.cycle_id)
    require(actor, permission, cycle.programme_id)
    if actor.account_id is None:
        raise Forbidden("Two people publish a run, each by their own account. Name one.")
    require_step_up(actor, at)
    session.refresh(run)
    if run.state is not RunState.READY:
        raise Conflict("Only a finished run that is not published yet can be published.")
    require_no_own_guest(session, actor, run)
    return cycle


def _require_unchanged(session: Session, run: MatchRun, at: datetime) -> None:
    changed = changed_since(session, run, at)
    if changed:
        raise Conflict(
            "The applications have changed since this run. Start a new one.", changed=changed
        )


def _end(
    session: Session,
    run: MatchRun,
    state: PublicationState,
    at: datetime,
    *,
    confirmed_by_id: int | None = None,
) -> bool:
    ended = session.connection().execute(
        update(Publication)
        .where(col(Publication.run_id) == run.id, col(Publication.state) == PublicationState.OPEN)
        .values(state=state, ended_at=at, confirmed_by_id=confirmed_by_id)
    )
    return ended.rowcount == 1


def _tell_colleagues(
    session: Session, actor: Actor, run: MatchRun, proposal: Publication, at: datetime
) -> None:
    """Write to whoever of the programme can confirm; not to the one who proposed."""
    rows = session.exec(
        select(Account, Membership.role)
        .join(Membership, col(Membership.account_id) == col(Account.id))
        .join(Cycle, col(Cycle.programme_id) == col(Membership.programme_id))
        .where(
            Cycle.id == run.cycle_id,
            col(Account.disabled_at).is_(None),
            col(Account.id) != actor.account_id,
        )
    )
    able = {
        one.id: one for one, role in rows if may(frozenset({Role(role)}), Permission.CONFIRM_RUNS)
    }
    for account in able.values():
        mails.queue_mail(
            session,
            key=f"proposal:{proposal.public_id}:{account.public_id}",
            recipient=account.email,
            template=Template.PUBLICATION_PROPOSED,
            language=account.language or ENGLISH,
            context={"token": f"{run.public_id}/publish"},
            at=at,
            programme_id=programme_of(session, run.cycle_id),
        )


def _tell_applicants(
    session: Session, run: MatchRun, changes: offers.Changes, at: datetime
) -> None:
    """Write to everybody for whom something is new."""
    offer_mails.tell_of_offers(session, changes.made, key=run.public_id, at=at)
    offer_mails.tell_of_result(session, run, changes, at)
