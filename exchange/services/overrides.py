"""Decisions by hand that hold for a cycle: pins, forbids, and the list of all of them.

Pins and forbids enter the rules of every later run; so does each pair that a relocation parted. A
person who is no longer among the sign-ups binds nobody.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from exchange.domain.hand import STANDING, OverrideKind
from exchange.domain.placement import PlacementState
from exchange.domain.roles import Permission
from exchange.domain.rules import Rules
from exchange.errors import Conflict, NotFound
from exchange.records import Account, Application, Cycle, MatchRun, Override, Placement, Relocation
from exchange.services import audit
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require

Pair = tuple[str, str]
"""Public ids of a student's and a host's application."""


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """One decision with the applications that it is about and the name of who made it."""

    override: Override
    student: Application
    host: Application | None
    other: Application | None
    made_by: str | None
    run: str | None
    """Public id of the run that a change of placements made."""


def list_overrides(session: Session, actor: Actor, cycle: Cycle) -> list[OverrideRow]:
    """Return every decision by hand of a cycle, the latest first; three statements."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    of_student, of_host, of_other = (aliased(Application) for _ in range(3))
    rows = session.exec(
        select(Override, of_student, of_host, of_other)
        .join(of_student, col(of_student.student_id) == col(Override.student_id))
        .outerjoin(of_host, col(of_host.host_id) == col(Override.host_id))
        .outerjoin(of_other, col(of_other.student_id) == col(Override.other_student_id))
        .where(Override.cycle_id == cycle.id)
        .order_by(col(Override.id).desc())
    ).all()
    names = names_of_accounts(session, (row[0].made_by_id for row in rows))
    made = session.exec(
        select(MatchRun.id, MatchRun.public_id).where(
            col(MatchRun.id).in_({row[0].run_id for row in rows if row[0].run_id is not None})
        )
    )
    runs = {row_id or 0: public_id for row_id, public_id in made}
    return [
        OverrideRow(*row, names.get(row[0].made_by_id or 0), runs.get(row[0].run_id or 0))
        for row in rows
    ]


def names_of_accounts(session: Session, ids: Iterable[int | None]) -> dict[int, str]:
    """Return what staff are called, by row id."""
    wanted = {one for one in ids if one is not None}
    rows = session.exec(select(Account.id, Account.display_name).where(col(Account.id).in_(wanted)))
    return {row_id or 0: name for row_id, name in rows}


def get_override(session: Session, actor: Actor, public_id: str) -> Override:
    """Return one decision of the actor's programmes; NotFound for any other."""
    found = session.exec(select(Override).where(Override.public_id == public_id)).one_or_none()
    if found is None:
        raise NotFound("There is nothing at this address.")
    require(actor, Permission.START_RUNS, programme_of(session, found.cycle_id))
    return found


def standing_pairs(session: Session, cycle_id: int) -> tuple[set[Pair], set[Pair]]:
    """Return the pins and the forbids in force in a cycle; one statement.

    A pair that failed, by a relocation or because it was declined, is forbidden too: no run makes
    it again.
    """
    found = sa.union_all(
        sa.select(
            sa.cast(col(Override.kind), sa.String(32)).label("kind"),
            col(Override.student_id).label("student_id"),
            col(Override.host_id).label("host_id"),
        ).where(
            col(Override.cycle_id) == cycle_id,
            col(Override.kind).in_(STANDING),
            col(Override.taken_back_at).is_(None),
        ),
        sa.select(
            sa.literal(OverrideKind.FORBID.value),
            col(Relocation.student_id),
            col(Relocation.from_host_id),
        ).where(col(Relocation.cycle_id) == cycle_id),
        sa.select(
            sa.literal(OverrideKind.FORBID.value), col(Placement.student_id), col(Placement.host_id)
        ).where(
            col(Placement.cycle_id) == cycle_id,
            col(Placement.state).in_((PlacementState.DECLINED, PlacementState.MOVED)),
        ),
    ).subquery()
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(found.c.kind, of_student.public_id, of_host.public_id)
        .select_from(found)
        .join(of_student, col(of_student.student_id) == found.c.student_id)
        .join(of_host, col(of_host.host_id) == found.c.host_id)
    )
    pins: set[Pair] = set()
    forbids: set[Pair] = set()
    for kind, student, host in rows:
        (pins if kind == OverrideKind.PIN else forbids).add((student, host))
    return pins, forbids


def with_standing_pairs(
    session: Session,
    cycle_id: int,
    rules: Rules,
    *,
    students: Iterable[str],
    hosts: Iterable[str],
) -> Rules:
    """Return rules to which the pins and forbids of a cycle are added, of those who are there."""
    pins, forbids = standing_pairs(session, cycle_id)
    here, homes = set(students), set(hosts)

    def known(pairs: set[Pair]) -> set[Pair]:
        return {pair for pair in pairs if pair[0] in here and pair[1] in homes}

    return replace(
        rules,
        pins=tuple({*rules.pins, *known(pins)}),
        forbids=tuple({*rules.forbids, *known(forbids)}),
    )


def add_override(
    session: Session,
    actor: Actor,
    *,
    cycle: Cycle,
    kind: OverrideKind,
    student_id: int,
    reason: str,
    at: datetime,
    host_id: int | None = None,
    other_student_id: int | None = None,
    run_id: int | None = None,
) -> Override:
    """Write a decision down; whoever calls has checked that it may be made."""
    override = Override(
        cycle_id=cycle.id or 0,
        run_id=run_id,
        kind=kind,
        student_id=student_id,
        host_id=host_id,
        other_student_id=other_student_id,
        reason=reason,
        made_by_id=actor.account_id,
        made_at=at,
        created_at=at,
    )
    session.add(override)
    session.flush()
    tell(session, actor, f"override:{kind.value}", override, cycle.programme_id, at)
    return override


def lift(session: Session, actor: Actor, override: Override, at: datetime) -> None:
    """Take a pin or a forbid back; later runs are free again.

    Raises
    ------
    Conflict
        When it was taken back before, or is a change of placements.
    """
    programme_id = programme_of(session, override.cycle_id)
    require(actor, Permission.START_RUNS, programme_id)
    if override.kind not in STANDING:
        raise Conflict("This changed placements. Take it back on the page of its run.")
    if override.taken_back_at is not None:
        raise Conflict("This was taken back already.")
    override.taken_back_at, override.taken_back_by_id = at, actor.account_id
    session.add(override)
    session.flush()
    tell(session, actor, "override:lift", override, programme_id, at)


def tell(
    session: Session,
    actor: Actor,
    action: str,
    override: Override,
    programme_id: int,
    at: datetime,
) -> None:
    """Put a decision on the audit trail; its reason stays with it, for it may name somebody."""
    audit.record(
        session,
        actor,
        action,
        subject_kind="override",
        subject_id=override.public_id,
        programme_id=programme_id,
        facts={"kind": override.kind.value},
        at=at,
    )
