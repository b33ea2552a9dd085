"""Applications in lists: filtered, searched, counted, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
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
from exchange.domain.rule_packs import RULE_PACKS, PackName
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
from exchange.records.session import loads_only
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.time_zones import day_in

PER_PAGE = 50
_ENDED = (ApplicationState.DECLINED, ApplicationState.WITHDRAWN)
_ON_A_LINE = (
    loads_only(
        Application.public_id,
        Application.reference,
        Application.version,
        Application.kind,
        Application.state,
        Application.submitted_at,
        Application.nation,
    ),
    loads_only(Student.given_name, Student.family_name),
    loads_only(Host.name),
)
_OF_A_FEW = (Attention.ANSWERED, Attention.CHECK_ENDS)
_CYCLE: ColumnElement[int] = sa.bindparam("cycle", type_=sa.Integer)


@dataclass(frozen=True, slots=True)
class ApplicationRow:
    """One line of a list; its records hold no more than what a line shows."""

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
        return self.application.nation or ""


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
    wanted, compared = _wanted(cycle, queue), _compared(cycle, at)
    page = max(1, page)
    first = (page - 1) * per_page
    ids = select(Application.id).where(*wanted).order_by(*_in_order(queue.order))
    if queue.search or queue.attention or queue.nation:
        # Such a filter looks at each row: once, for the count and for the page.
        all_ids = session.exec(ids, params=compared).all()
        total, shown = len(all_ids), all_ids[first : first + per_page]
    else:
        counted = select(func.count()).select_from(Application).where(*wanted)
        total = session.exec(counted, params=compared).one()
        shown = session.exec(ids.offset(first).limit(per_page), params=compared).all()
    found = session.exec(_lines(queue.order), params={"shown": shown})
    rows = [ApplicationRow(application, student, host) for application, student, host in found]
    return Page(rows, total, page, per_page)


def _in_order(order: Order) -> tuple[Any, Any]:
    if order is Order.OLDEST:
        return col(Application.submitted_at), col(Application.id)
    return col(Application.submitted_at).desc(), col(Application.id).desc()


@cache
def _lines(order: Order) -> Any:
    """Build the statement of the lines of a page once."""
    return (
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(col(Application.id).in_(sa.bindparam("shown", expanding=True)))
        .order_by(*_in_order(order))
        .options(*_ON_A_LINE)
    )


def list_after(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    queue: Queue,
    at: datetime,
    *,
    after: int,
    most: int,
    external_id: str | None = None,
) -> list[ApplicationRow]:
    """Return applications after a row id, in the order in which they came; one statement.

    Whatever is added while somebody walks through comes last, and nothing is met twice.
    """
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    wanted = conditions_of(cycle, queue, at)
    if external_id is not None:
        wanted.append(col(Application.external_id) == external_id)
    found = session.exec(
        select(Application, Student, Host)
        .outerjoin(Student, col(Application.student_id) == col(Student.id))
        .outerjoin(Host, col(Application.host_id) == col(Host.id))
        .where(col(Application.id) > after, *wanted)
        .order_by(col(Application.id))
        .limit(most)
    )
    return [ApplicationRow(application, student, host) for application, student, host in found]


def count_attention(session: Session, cycle: Cycle, at: datetime) -> dict[Attention, int]:
    """Count the applications that need somebody, by why; one statement."""
    counts = _attention_counts(cycle.rule_pack, _days(cycle))
    found = session.connection().execute(counts, _compared(cycle, at)).one()
    return dict(zip(Attention, found, strict=True))


@lru_cache(maxsize=32)
def _attention_counts(rule_pack: PackName, days: int) -> sa.Select[Any]:
    """Build the statement once: it is long, and only its parameters change between requests."""
    counts = [
        select(func.count())
        .select_from(Application)
        .where(*_listed(one), *_needs(one, rule_pack, days))
        .scalar_subquery()
        for one in Attention
    ]
    return sa.select(*counts)


def conditions_of(cycle: Cycle, queue: Queue, at: datetime) -> list[ColumnElement[bool]]:
    """Return what an application of a cycle has to fulfil to be in a list, for other statements."""
    found = sa.select(col(Application.id)).where(*_wanted(cycle, queue))
    return [col(Application.id).in_(found.params(_compared(cycle, at)))]


def _compared(cycle: Cycle, at: datetime) -> dict[str, Any]:
    """What the conditions below compare with."""
    young = _fostering(cycle.rule_pack)
    return {
        "cycle": cycle.id,
        "sent_until": at - LONG_WAIT,
        "lapses_before": day_in(cycle.time_zone, at) + CHECK_ENDS_WITHIN,
        "adult_from": born_at_latest(18, cycle.stay_from_on),
        "young_after": born_at_latest(young["under_age"], cycle.stay_from_on) if young else None,
    }


def _days(cycle: Cycle) -> int:
    return (cycle.stay_to_on - cycle.stay_from_on).days


def _listed(attention: Attention | None) -> list[ColumnElement[bool]]:
    """The applications of the cycle that still name somebody.

    What needs somebody for the sake of a few sections or checks is found from those few. Without
    statistics SQLite would rather walk through the whole cycle and look each row up among them;
    the sum keeps it from the indexes that begin with the cycle, and so it comes by the ids.
    """
    cycle = col(Application.cycle_id)
    of_cycle = cycle + 0 == _CYCLE if attention in _OF_A_FEW else cycle == _CYCLE
    return [of_cycle, col(Application.erased_at).is_(None)]


def _wanted(cycle: Cycle, queue: Queue) -> list[ColumnElement[bool]]:
    wanted = _listed(queue.attention)
    if queue.kind is not None:
        wanted.append(col(Application.kind) == queue.kind)
    if queue.state is not None:
        wanted.append(col(Application.state) == queue.state)
    if queue.nation:
        wanted.append(col(Application.nation) == queue.nation)
    if queue.search:
        wanted.append(is_found(queue.search))
    if queue.attention is not None:
        wanted += _needs(queue.attention, cycle.rule_pack, _days(cycle))
    return wanted


def is_found(search: str) -> ColumnElement[bool]:
    """Say that a name, a reference or an id holds the words, with `%` and `_` taken literally."""

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


def _needs(attention: Attention, rule_pack: PackName, days: int) -> list[ColumnElement[bool]]:
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
            return [is_waiting, col(Application.submitted_at) <= sa.bindparam("sent_until")]
        case Attention.CHECK_ENDS:
            return [col(Application.state).not_in(_ENDED), col(Application.id).in_(_lapsing())]
        case Attention.SECOND_APPROVAL:
            return [
                col(Application.state).not_in(_ENDED),
                _lacks_second_approval(rule_pack, days),
            ]


def _has_review(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    of_application = col(SectionReview.application_id) == col(Application.id)
    return sa.exists().where(of_application, *conditions).correlate(Application)


def _lapsing() -> Any:
    """Return the applications whose latest check of a kind and person lapses soon, or has."""
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
    return select(ScreeningCheck.application_id).where(
        col(ScreeningCheck.outcome) == CheckOutcome.PASS,
        col(ScreeningCheck.expires_on) < sa.bindparam("lapses_before"),
        ~is_replaced,
    )


def _lacks_second_approval(rule_pack: PackName, days: int) -> ColumnElement[bool]:
    """Whether a section is approved once that the cycle's rule pack wants approved twice.

    A student whose own stay is shorter than the cycle's may be listed and need none.
    """
    rules = {rule.id for rule in RULE_PACKS[rule_pack].rules}
    cases: list[ColumnElement[bool]] = []
    if "single_adult_no_child" in rules:
        # The rarer condition comes first: databases ask in this order.
        cases.append(_is_single_adult() & _approved_once(Section.HOUSEHOLD))
    fostering = _fostering(rule_pack)
    if fostering and days > fostering["more_than_days"]:
        is_young = col(Student.birth_on) > sa.bindparam("young_after")
        young = sa.exists().where(
            col(Student.id) == col(Application.student_id),
            or_(col(Student.birth_on).is_(None), is_young),
        )
        cases.append(young.correlate(Application) & _approved_once(Section.STAY))
    return or_(sa.false(), *cases)


def _fostering(rule_pack: PackName) -> Mapping[str, int]:
    rules = {rule.id: rule.numbers for rule in RULE_PACKS[rule_pack].rules}
    return rules.get("private_fostering", {})


def _approved_once(section: Section) -> ColumnElement[bool]:
    return _has_review(
        col(SectionReview.section) == section,
        col(SectionReview.state) == SectionState.APPROVED,
        col(SectionReview.second_at).is_(None),
    )


def _is_single_adult() -> ColumnElement[bool]:
    member, other = aliased(HouseholdMember), aliased(HouseholdMember)
    lives_there = (col(member.host_id) == col(Host.id), col(member.left_on).is_(None))
    nobody_is_listed = ~sa.exists().where(*lives_there).correlate(Host)
    with_another = sa.exists().where(
        col(other.host_id) == col(Host.id),
        col(other.left_on).is_(None),
        col(other.id) != col(member.id),
    )
    is_adult = col(member.birth_on) <= sa.bindparam("adult_from")
    alone = sa.exists().where(*lives_there, is_adult, ~with_another.correlate(Host, member))
    counted = (col(Host.adults) == 1) & (func.coalesce(Host.children, 0) == 0)
    home = sa.exists().where(
        col(Host.id) == col(Application.host_id),
        col(Host.kind) == HostKind.HOUSEHOLD,
        or_(counted & nobody_is_listed, alone.correlate(Host)),
    )
    return (col(Application.kind) == ApplicationKind.HOST) & home.correlate(Application)
