"""What a run proposes, a page at a time, for the eyes of staff; whole lists are in `runs`."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Integer
from sqlalchemy.orm import aliased
from sqlmodel import Session, bindparam, col, func, select

from exchange.domain.roles import Permission
from exchange.records import Application, MatchRun, Placement, UnplacedRow
from exchange.records.session import loads_only
from exchange.services.actor import Actor
from exchange.services.authority import programme_of, require
from exchange.services.runs import PlacementRow, UnplacedStudent

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class PlacementPage:
    """A part of a run's placements, and how long the whole is."""

    rows: list[PlacementRow]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class UnplacedPage:
    """A part of the students without a place, and how long the whole is."""

    rows: list[UnplacedStudent]
    total: int
    page: int
    pages: int


def list_placements(
    session: Session,
    actor: Actor,
    run: MatchRun,
    *,
    only_review: bool = False,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> PlacementPage:
    """Return one page of a run's placements in the order of the students' ids; three statements."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    count, ids, rows = _statements(only_review)
    total = session.exec(count, params={"run": run.id}).one()
    pages, page = _place_in(total, page, per_page)
    place = {"run": run.id, "first": (page - 1) * per_page, "most": per_page}
    shown = session.exec(ids, params=place).all()
    found = session.exec(rows, params={"shown": shown})
    return PlacementPage([PlacementRow(*row) for row in found], total, page, pages)


@cache
def _statements(only_review: bool) -> tuple[Any, Any, Any]:
    """Build (how many there are, whose ids are on a page, their rows) once: it takes long."""
    wanted = [col(Placement.run_id) == bindparam("run")]
    if only_review:
        wanted.append(col(Placement.review).is_(True))
    of_student, of_host = aliased(Application), aliased(Application)
    # Which are on the page is decided on ids alone: whole rows are wide to sort.
    ids = (
        select(Placement.id)
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .where(*wanted)
        .order_by(col(of_student.public_id))
        .offset(bindparam("first", type_=Integer))
        .limit(bindparam("most", type_=Integer))
    )
    rows = (
        select(Placement, of_student, of_host)
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(col(Placement.id).in_(bindparam("shown", expanding=True)))
        .order_by(col(of_student.public_id))
        .options(_named(of_student), _named(of_host))
    )
    return select(func.count()).select_from(Placement).where(*wanted), ids, rows


def list_unplaced(
    session: Session, actor: Actor, run: MatchRun, *, page: int = 1, per_page: int = PER_PAGE
) -> UnplacedPage:
    """Return one page of the students whom a run left without a place; two statements."""
    require(actor, Permission.SEE_RUNS, programme_of(session, run.cycle_id))
    wanted = col(UnplacedRow.run_id) == run.id
    total = session.exec(select(func.count()).select_from(UnplacedRow).where(wanted)).one()
    pages, page = _place_in(total, page, per_page)
    found = session.exec(
        select(UnplacedRow, Application)
        .join(Application, col(Application.student_id) == col(UnplacedRow.student_id))
        .where(wanted)
        .order_by(col(Application.public_id))
        .offset((page - 1) * per_page)
        .limit(per_page)
    )
    rows = [UnplacedStudent(application, row.reason, row.detail) for row, application in found]
    return UnplacedPage(rows, total, page, pages)


def _named(side: type[Application]) -> Any:
    return loads_only(side.public_id, side.reference, side.erased_at)


def _place_in(total: int, page: int, per_page: int) -> tuple[int, int]:
    """Return how many pages there are, and the wanted one or the nearest that exists."""
    pages = max(1, -(-total // per_page))
    return pages, min(max(page, 1), pages)
