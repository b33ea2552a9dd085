"""Parts of lists for programs: so many after the last thing they have seen, in one statement each.

Rows come in the order in which their ids were given, so what is added meanwhile moves nothing.
Lists for people, by page and in other orders, are beside what they list.
"""

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from exchange.domain.roles import Permission
from exchange.records import (
    Application,
    ContactRow,
    Cycle,
    MatchRun,
    Placement,
    RuleVersion,
    ScreeningCheck,
    UnplacedRow,
)
from exchange.services.actor import Actor
from exchange.services.applications import ApplicationDetails
from exchange.services.authority import programme_of, require
from exchange.services.runs import PlacementRow


def cycles_after(
    session: Session, actor: Actor, programme_id: int, *, after: int, most: int
) -> list[Cycle]:
    """Return cycles of a programme."""
    require(actor, Permission.SEE_CYCLES, programme_id)
    query = select(Cycle).where(Cycle.programme_id == programme_id, col(Cycle.id) > after)
    return list(session.exec(query.order_by(col(Cycle.id)).limit(most)))


def runs_after(
    session: Session, actor: Actor, cycle: Cycle, *, after: int, most: int
) -> list[MatchRun]:
    """Return runs of a cycle."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    query = select(MatchRun).where(MatchRun.cycle_id == cycle.id, col(MatchRun.id) > after)
    return list(session.exec(query.order_by(col(MatchRun.id)).limit(most)))


def placements_after(
    session: Session,
    actor: Actor,
    run: MatchRun,
    *,
    after: int,
    most: int,
    only_review: bool | None = None,
) -> list[PlacementRow]:
    """Return placements of a run with both applications."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    of_student, of_host = aliased(Application), aliased(Application)
    query = (
        select(Placement, of_student, of_host)
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(Placement.run_id == run.id, col(Placement.id) > after)
    )
    if only_review is not None:
        query = query.where(col(Placement.review).is_(only_review))
    found = session.exec(query.order_by(col(Placement.id)).limit(most))
    return [PlacementRow(placement, student, host) for placement, student, host in found]


def unplaced_after(
    session: Session, actor: Actor, run: MatchRun, *, after: int, most: int
) -> list[tuple[UnplacedRow, Application]]:
    """Return students whom a run left without a place."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    found = session.exec(
        select(UnplacedRow, Application)
        .join(Application, col(Application.student_id) == col(UnplacedRow.student_id))
        .where(UnplacedRow.run_id == run.id, col(UnplacedRow.id) > after)
        .order_by(col(UnplacedRow.id))
        .limit(most)
    )
    return [(row, application) for row, application in found]


def contacts_after(
    session: Session, actor: Actor, run: MatchRun, *, after: int, most: int
) -> list[ContactRow]:
    """Return which nations meet in a run."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    query = select(ContactRow).where(ContactRow.run_id == run.id, col(ContactRow.id) > after)
    return list(session.exec(query.order_by(col(ContactRow.id)).limit(most)))


def versions_after(
    session: Session, actor: Actor, cycle: Cycle, *, after: int, most: int
) -> list[RuleVersion]:
    """Return versions of a cycle's rules after a number."""
    require(actor, Permission.SEE_RUNS, cycle.programme_id)
    query = select(RuleVersion).where(RuleVersion.cycle_id == cycle.id, RuleVersion.number > after)
    return list(session.exec(query.order_by(col(RuleVersion.number)).limit(most)))


def checks_after(
    session: Session, actor: Actor, details: ApplicationDetails, *, after: int, most: int
) -> list[ScreeningCheck]:
    """Return checks of a host."""
    require(actor, Permission.SEE_APPLICATIONS, details.cycle.programme_id)
    query = select(ScreeningCheck).where(
        ScreeningCheck.application_id == details.application.id, col(ScreeningCheck.id) > after
    )
    return list(session.exec(query.order_by(col(ScreeningCheck.id)).limit(most)))
