"""Applications in lists: filtered, searched, counted, a page at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlalchemy.sql.elements import ColumnElement
from sqlmodel import Session, col, func, or_, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.queues import (
    CHECK_ENDS_WITHIN,
    LONG_WAIT,
    Attention,
    Order,
    Queue,
    born_at_latest,
    search_key,
)
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import RULE_PACKS
from exchange.domain.screening import CheckOutcome, Section, SectionState
from exchange.records import (
    Application,
    Cycle,
    Host,
    HostKind,
    HouseholdMember,
    ScreeningCheck,
    SectionReview,
    Student,
)
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.time_zones import day_in

PER_PAGE = 50
_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One line of a list."""

    application: Application
    student: Student | None
    host: Host | None

    @property
    def name(self) -> str:
        """What the person or host is called, for the eyes of staff."""
        if self.student is not None:
            names = (self.student.given_name, self.student.family_name)
            return " ".join(name for name in names if name)
        return (self.host.name if self.host else None) or ""

    @property
    def nation(self) -> str:
        """The nation that counts as contact."""
        if self.student is not None:
            return (self.student.nationalities or [""])[0]
        return self.host.nation if self.host else ""


@dataclass(frozen=True, slots=True)
class Page:
    """A part of a list, and how long the whole is."""

    rows: list[ApplicationRow]
    total: int
    page: int
    per_page: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.per_page))


def list_applications(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    queue: Queue,
    at: datetime,
    *,
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page:
    """Return one page of a cycle's applications; at most three statements."""
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    wanted = _wanted(cycle, queue, at)
    page = max(1, page)
    order: tuple[Any, ...]
    if queue.order is Order.OLDEST:
        order = (col(Application.submitted_at), col(Application.id))
    else:
        order = (col(Application.submitted_at).desc(), col(Application.id).desc())
    first, ids = (page - 1) * per_page, select(Application.id).where(*wanted).order_by(*order)
    if queue.search or queue.attention or queue.nation:
        # Such a filter looks at each row: once, for the count and for the page.
        all_ids = session.exec(ids).all()
        total, shown = len(all_ids), all_ids[first : first + per_page]
    else:
        total = session.exec(select(func.count()).select_from(Application).where(*wanted)).one()
        shown = session.exec(ids.offset(first).limit(per_page)).all()
    found = session.exec(
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(col(Application.id).in_(shown))
        .order_by(*order)
    )
    rows = [ApplicationRow(application, student, host) for application, student, host in found]
    return Page(rows, total, page, per_page)


def count_attention(session: Session, cycle: Cycle, at: datetime) -> dict[Attention, int]:
    """Count the applications that need somebody, by why; one statement."""
    counts = [
        select(func.count())
        .select_from(Application)
        .where(*_wanted(cycle, Queue(attention=one), at))
        .scalar_subquery()
        for one in Attention
    ]
    return dict(zip(Attention, session.connection().execute(sa.select(*counts)).one(), strict=True))


def conditions_of(cycle: Cycle, queue: Queue, at: datetime) -> list[ColumnElement[bool]]:
    """Return what an application of a cycle has to fulfil to be in a list, for other statements."""
    return _wanted(cycle, queue, at)


def _wanted(cycle: Cycle, queue: Queue, at: datetime) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [
        col(Application.cycle_id) == cycle.id,
        col(Application.erased_at).is_(None),
    ]
    if queue.kind is not None:
        wanted.append(col(Application.kind) == queue.kind)
    if queue.state is not None:
        wanted.append(col(Application.state) == queue.state)
    if queue.nation:
        wanted.append(col(Application.nation) == queue.nation)
    if queue.search:
        wanted.append(_is_found(queue.search))
    if queue.attention is not None:
        wanted += _needs(cycle, queue.attention, at)
    return wanted


def _is_found(search: str) -> ColumnElement[bool]:
    def holds(column: Any, words: str) -> ColumnElement[bool]:
        found: ColumnElement[bool] = col(column).like(f"%{_literal(words)}%", escape="\\")
        return found

    return or_(
        holds(Application.search_key, search_key(search)),
        holds(Application.reference, search.upper()),
        col(Application.external_id).ilike(f"%{_literal(search)}%", escape="\\"),
    )


def _literal(text: str) -> str:
    """Return the text with the wildcards of LIKE meaning themselves."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _needs(cycle: Cycle, attention: Attention, at: datetime) -> list[ColumnElement[bool]]:
    is_waiting = col(Application.state) == ApplicationState.SUBMITTED
    match attention:
        case Attention.UNTOUCHED:
            return [is_waiting, ~_has_review()]
        case Attention.ANSWERED:
            # A literal, so that SQLite sees that its small index of open sections will do.
            is_open = col(SectionReview.state) == sa.literal_column("'open'")
            opened = select(SectionReview.application_id).where(is_open)
            return [col(Application.state).not_in(_ENDED), col(Application.id).in_(opened)]
        case Attention.LONG_WAIT:
            return [is_waiting, col(Application.submitted_at) <= at - LONG_WAIT]
        case Attention.CHECK_ENDS:
            return [col(Application.state).not_in(_ENDED), _check_ends(cycle, at)]
        case Attention.SECOND_APPROVAL:
            return [col(Application.state).not_in(_ENDED), _lacks_second_approval(cycle)]


def _has_review(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    of_application = col(SectionReview.application_id) == col(Application.id)
    return sa.exists().where(of_application, *conditions).correlate(Application)


def _check_ends(cycle: Cycle, at: datetime) -> ColumnElement[bool]:
    """Whether the latest check of a kind and person lapses soon, or has."""
    later = aliased(ScreeningCheck)
    is_replaced = (
        sa.exists()
        .where(
            col(later.application_id) == col(ScreeningCheck.application_id),
            col(later.kind) == col(ScreeningCheck.kind),
            col(later.member_id).is_not_distinct_from(col(ScreeningCheck.member_id)),
            col(later.member_number).is_not_distinct_from(col(ScreeningCheck.member_number)),
            col(later.id) > col(ScreeningCheck.id),
        )
        .correlate(ScreeningCheck)
    )
    # Read from the side of the few checks that lapse, not once for each application.
    lapsing = select(ScreeningCheck.application_id).where(
        col(ScreeningCheck.outcome) == CheckOutcome.PASS,
        col(ScreeningCheck.expires_on) < day_in(cycle.time_zone, at) + CHECK_ENDS_WITHIN,
        ~is_replaced,
    )
    return col(Application.id).in_(lapsing)


def _lacks_second_approval(cycle: Cycle) -> ColumnElement[bool]:
    """Whether a section is approved once that the cycle's rule pack wants approved twice.

    A student whose own stay is shorter than the cycle's may be listed and need none.
    """
    pack = RULE_PACKS[cycle.rule_pack]
    rules = {rule.id: rule for rule in pack.rules}
    cases: list[ColumnElement[bool]] = []
    if "single_adult_no_child" in rules:
        # The rarer condition comes first: databases ask in this order.
        cases.append(_is_single_adult(cycle) & _approved_once(Section.HOUSEHOLD))
    fostering = rules.get("private_fostering")
    days = (cycle.stay_to_on - cycle.stay_from_on).days
    if fostering is not None and days > fostering.numbers["more_than_days"]:
        latest = born_at_latest(fostering.numbers["under_age"], cycle.stay_from_on)
        young = sa.exists().where(
            col(Student.id) == col(Application.student_id),
            or_(col(Student.birth_on).is_(None), col(Student.birth_on) > latest),
        )
        cases.append(young.correlate(Application) & _approved_once(Section.STAY))
    return or_(sa.false(), *cases)


def _approved_once(section: Section) -> ColumnElement[bool]:
    return _has_review(
        col(SectionReview.section) == section,
        col(SectionReview.state) == SectionState.APPROVED,
        col(SectionReview.second_at).is_(None),
    )


def _is_single_adult(cycle: Cycle) -> ColumnElement[bool]:
    lives_there = (
        col(HouseholdMember.host_id) == col(Host.id),
        col(HouseholdMember.left_on).is_(None),
    )
    listed = select(func.count()).where(*lives_there).correlate(Host).scalar_subquery()
    is_adult = col(HouseholdMember.birth_on) <= born_at_latest(18, cycle.stay_from_on)
    adults = select(func.count()).where(*lives_there, is_adult).correlate(Host).scalar_subquery()
    counted = (col(Host.adults) == 1) & (func.coalesce(Host.children, 0) == 0) & (listed == 0)
    home = sa.exists().where(
        col(Host.id) == col(Application.host_id),
        col(Host.kind) == HostKind.HOUSEHOLD,
        or_(counted, (listed == 1) & (adults == 1)),
    )
    return (col(Application.kind) == ApplicationKind.HOST) & home.correlate(Application)
