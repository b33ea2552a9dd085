"""Reads two runs of a cycle to compare them; a handful of statements however many people."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, or_, select

from exchange.domain.roles import Permission
from exchange.domain.run_comparison import Comparison, Placed, compare
from exchange.errors import NotFound
from exchange.records import Application, MatchRun, Placement
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require


def compare_runs(session: Session, actor: Actor, before: MatchRun, after: MatchRun) -> Comparison:
    """Compare the placements of two runs of one cycle; NotFound where they have two."""
    require(actor, Permission.SEE_RUNS, programme_of(session, after.cycle_id))
    if before.cycle_id != after.cycle_id:
        raise NotFound("There is nothing at this address.")
    placed: dict[int, list[Placed]] = {before.id: [], after.id: []}
    rows = session.connection().execute(
        sa.select(
            col(Placement.run_id),
            col(Placement.student_id),
            col(Placement.host_id),
            col(Placement.student_nation),
            col(Placement.quality),
        ).where(col(Placement.run_id).in_(placed))
    )
    for run_id, student, host, nation, quality in rows:
        placed[run_id].append(Placed(student, host, nation, quality))
    return compare(placed[before.id], placed[after.id])


def name_people(
    session: Session, students: Iterable[int], hosts: Iterable[int]
) -> tuple[dict[int, Application], dict[int, Application]]:
    """Return the applications of some students and hosts; one statement."""
    found = session.exec(
        select(Application).where(
            or_(
                col(Application.student_id).in_(set(students)),
                col(Application.host_id).in_(set(hosts)),
            )
        )
    ).all()
    return (
        {one.student_id: one for one in found if one.student_id is not None},
        {one.host_id: one for one in found if one.host_id is not None},
    )
