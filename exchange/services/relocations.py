"""Relocations: who changed host after a placement was confirmed, and why."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from exchange.domain.placement import RelocationReason
from exchange.domain.roles import Permission
from exchange.errors import Conflict
from exchange.records import Application, Cycle, Placement, Relocation
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.overrides import names_of_accounts


@dataclass(frozen=True, slots=True)
class RelocationRow:
    """One relocation with the applications of everybody in it."""

    relocation: Relocation
    student: Application
    from_host: Application
    to_host: Application | None
    recorded_by: str | None


def record_relocation(
    session: Session,
    actor: Actor,
    *,
    old: Placement,
    new: Placement | None,
    reason: RelocationReason,
    at: datetime,
) -> Relocation:
    """Write down that a student left a host; from now on no run brings the two together.

    Parameters
    ----------
    old : Placement
        The one that ends.
    new : Placement or None
        The one of the same student that follows; None while there is none.

    Raises
    ------
    Conflict
        When the new placement is another student's or the same pair, or this was recorded before.
    """
    require(actor, Permission.START_RUNS, programme_of(session, old.cycle_id))
    return note_relocation(session, actor, old=old, new=new, reason=reason, at=at)


def note_relocation(
    session: Session,
    actor: Actor,
    *,
    old: Placement,
    new: Placement | None,
    reason: RelocationReason,
    at: datetime,
) -> Relocation:
    """Write a relocation down for whoever may do what causes it; refusals as above."""
    if new is not None and (
        (new.cycle_id, new.student_id) != (old.cycle_id, old.student_id)
        or new.host_id == old.host_id
    ):
        raise Conflict("A relocation is from one host to another, of one student.")
    known = session.exec(
        select(Relocation).where(Relocation.from_placement_id == old.id)
    ).one_or_none()
    if known is not None:
        raise Conflict("This relocation is recorded already.")
    relocation = Relocation(
        cycle_id=old.cycle_id,
        student_id=old.student_id,
        from_host_id=old.host_id,
        to_host_id=None if new is None else new.host_id,
        from_placement_id=old.id,
        to_placement_id=None if new is None else new.id,
        reason=reason,
        moved_at=at,
        recorded_by_id=actor.account_id,
        created_at=at,
    )
    session.add(relocation)
    session.flush()
    audit.record(
        session,
        actor,
        "placement:relocate",
        subject_kind="placement",
        subject_id=old.public_id,
        programme_id=programme_of(session, old.cycle_id),
        facts={"to": None if new is None else new.public_id, "reason": reason.value},
        at=at,
    )
    return relocation


def list_relocations(session: Session, actor: Actor, cycle: Cycle) -> list[RelocationRow]:
    """Return the relocations of a cycle, the latest first; two statements."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    of_student, of_host, of_next = (aliased(Application) for _ in range(3))
    rows = session.exec(
        select(Relocation, of_student, of_host, of_next)
        .join(of_student, col(of_student.student_id) == col(Relocation.student_id))
        .join(of_host, col(of_host.host_id) == col(Relocation.from_host_id))
        .outerjoin(of_next, col(of_next.host_id) == col(Relocation.to_host_id))
        .where(Relocation.cycle_id == cycle.id)
        .order_by(col(Relocation.moved_at).desc(), col(Relocation.id).desc())
    ).all()
    names = names_of_accounts(session, (row[0].recorded_by_id for row in rows))
    return [RelocationRow(*row, names.get(row[0].recorded_by_id or 0)) for row in rows]
