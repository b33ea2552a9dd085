"""Who has to be spoken with: the stays of a cycle, and the clocks that need somebody.

The database picks the stays in which something *may* be due, by dates that it can compare, and
`domain.contact_schedule` says what is. What it picks is never too little: tests hold that.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select, update

from exchange.domain.contact_schedule import (
    Clock,
    Contact,
    ContactKind,
    ContactOutcome,
    Home,
    Schedule,
    Side,
    Stage,
    clocks_of,
    next_look_on,
    schedule_of,
    urgency,
)
from exchange.domain.placement import AGREED_PLACEMENT_STATES
from exchange.domain.roles import Permission
from exchange.domain.rule_packs import RULE_PACKS
from exchange.records import (
    Application,
    Caseload,
    ContactEntry,
    Cycle,
    Host,
    Offer,
    Placement,
    Relocation,
    Student,
)
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.sight import sees_all
from exchange.services.time_zones import day_in

DAY = timedelta(days=1)
MOST_AT_DESK = 50
"""So many stays are looked at for the desk's first block; the whole list has a page of its own."""


@dataclass(frozen=True, slots=True)
class Stay:
    """A live placement with the days of the stay, and who looks after the student."""

    offer_id: str
    student_application_id: int
    host_application_id: int
    student_name: str
    host_name: str
    home: Home
    account_id: int | None


@dataclass(frozen=True, slots=True)
class DueStay:
    """A stay in which something is due, with the clocks that are, the most overdue first."""

    stay: Stay
    clocks: tuple[Clock, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """What is due in a cycle, the most overdue first."""

    stays: Sequence[DueStay]
    is_cut: bool
    """More stays were picked than were looked at."""


def schedule_in(cycle: Cycle) -> Schedule:
    """Return the times of a cycle's rule pack."""
    return schedule_of(RULE_PACKS[cycle.rule_pack])


def due_in(
    session: Session, actor: Actor, cycle: Cycle, at: datetime, *, most: int | None = None
) -> Due:
    """Return the stays of a cycle in which a contact is due; two statements, whatever the size.

    Whoever may not see applications gets those of their own caseload alone. With `most` it is for
    the desk's first page: of so many at the most, by the days that the daily look has kept.
    """
    require(actor, Permission.LOG_CONTACTS, cycle.programme_id)
    today, schedule = day_in(cycle.time_zone, at), schedule_in(cycle)
    is_all = sees_all(actor, cycle.programme_id)
    query = _due_query(schedule, None if is_all else actor.account_id or 0, most)
    compared = (
        _Of(cycle.id, cycle.stay_from_on, cycle.stay_to_on)._asdict()
        | _Days.at(today, schedule)._asdict()
    )
    stays = [read_stay(row, cycle) for row in session.connection().execute(query, compared)]
    is_cut = most is not None and len(stays) > most
    found = [
        DueStay(stay, clocks)
        for stay, clocks in clocks_in(session, stays[:most], schedule, today)
        if clocks
    ]
    return Due(sorted(found, key=lambda one: urgency(one.clocks[0])), is_cut)


class _Of(NamedTuple):
    """What the statements below need of a cycle, or parameters in its place."""

    id: Any
    stay_from_on: Any
    stay_to_on: Any


class _Days(NamedTuple):
    """The days that what may be due is told by, or parameters in their place."""

    today: Any
    began: Any
    month_of_student: Any
    month_of_host: Any
    term: Any

    @classmethod
    def at(cls, today: date, schedule: Schedule) -> "_Days":
        """Return those of a day."""
        return cls(
            today,
            today - schedule.first_reminder * DAY,
            today - schedule.student.remind * DAY,
            today - schedule.host.remind * DAY,
            today - schedule.host_in_person.remind * DAY,
        )


@lru_cache(maxsize=128)
def _due_query(schedule: Schedule, of_account: int | None, most: int | None) -> sa.Select[Any]:
    """Build the statement once: it is long, and only its parameters change between requests."""
    cycle = _Of(sa.bindparam("id"), *(sa.bindparam(one, type_=sa.Date) for one in _Of._fields[1:]))
    days = _Days(*(sa.bindparam(one, type_=sa.Date) for one in _Days._fields))
    query: sa.Select[Any] = stays_query(cycle).where(*_may_be_due(cycle, schedule, days))
    if of_account is not None:
        query = query.where(col(Caseload.account_id) == of_account)
    if most is not None:
        may_need = or_(col(Offer.next_look_on).is_(None), col(Offer.next_look_on) <= days.today)
        query = query.where(may_need).order_by(_last_contact(cycle), col(Offer.id)).limit(most + 1)
    return query


def clocks_in(
    session: Session, stays: Sequence[Stay], schedule: Schedule, today: date
) -> Iterable[tuple[Stay, tuple[Clock, ...]]]:
    """Yield each stay with its clocks that need somebody; one statement at most."""
    people = {
        one for stay in stays for one in (stay.student_application_id, stay.host_application_id)
    }
    contacts = _contacts(session, people)
    for stay in stays:
        clocks = clocks_of(stay.home, contacts_of(stay, contacts), schedule, today)
        yield stay, tuple(one for one in clocks if one.stage is not Stage.IN_TIME)


def next_looks(session: Session, cycle: Cycle, at: datetime) -> list[tuple[str, date]]:
    """Return for every live stay of a cycle the first day on which a contact can be due."""
    today, schedule = day_in(cycle.time_zone, at), schedule_in(cycle)
    rows = session.connection().execute(stays_query(cycle))
    stays = [read_stay(row, cycle) for row in rows]
    contacts = _contacts(
        session,
        {one for s in stays for one in (s.student_application_id, s.host_application_id)},
    )
    return [
        (one.offer_id, next_look_on(one.home, contacts_of(one, contacts), schedule, today))
        for one in stays
    ]


def forget_next_look(session: Session, application_id: int) -> None:
    """Have the desk look at whatever concerns somebody about whom something was noted."""
    session.exec(
        update(Offer)
        .where(
            or_(
                col(Offer.student_application_id) == application_id,
                col(Offer.host_application_id) == application_id,
            ),
            col(Offer.ended_at).is_(None),
        )
        .values(next_look_on=None)
    )


def clocks_of_stay(session: Session, cycle: Cycle, stay: Stay, at: datetime) -> tuple[Clock, ...]:
    """Return all clocks of one stay."""
    contacts = _contacts(session, {stay.student_application_id, stay.host_application_id})
    today = day_in(cycle.time_zone, at)
    return clocks_of(stay.home, contacts_of(stay, contacts), schedule_in(cycle), today)


def stays_query(cycle: Cycle | _Of) -> Any:
    """Return the statement that finds live placements, whose rows `read_stay` reads."""
    of_student, of_host = aliased(Application), aliased(Application)
    moved = (
        sa.select(
            col(Relocation.student_id).label("student_id"),
            col(Relocation.to_host_id).label("host_id"),
            sa.func.max(col(Relocation.moved_at)).label("moved_at"),
        )
        .where(col(Relocation.cycle_id) == cycle.id)
        .group_by(col(Relocation.student_id), col(Relocation.to_host_id))
        .subquery("moved")
    )
    return (
        sa.select(
            col(Offer.public_id),
            col(of_student.id),
            col(of_host.id),
            col(Student.given_name),
            col(Student.family_name),
            col(Host.name),
            col(Student.arrive_on),
            col(Student.depart_on),
            moved.c.moved_at,
            col(Caseload.account_id),
        )
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
        .join(of_student, col(Offer.student_application_id) == col(of_student.id))
        .join(of_host, col(Offer.host_application_id) == col(of_host.id))
        .join(Student, col(of_student.student_id) == col(Student.id))
        .join(Host, col(of_host.host_id) == col(Host.id))
        .outerjoin(
            moved,
            sa.and_(moved.c.student_id == col(Student.id), moved.c.host_id == col(Host.id)),
        )
        .outerjoin(Caseload, col(Caseload.application_id) == col(Offer.student_application_id))
        .where(
            col(Offer.cycle_id) == cycle.id,
            col(Offer.ended_at).is_(None),
            col(Placement.state).in_(AGREED_PLACEMENT_STATES),
        )
    )


def read_stay(row: Any, cycle: Cycle) -> Stay:
    (offer_id, student, host, given, family, home, arrive_on, depart_on, moved_at, account) = row
    starts_on = arrive_on or cycle.stay_from_on
    moved_on = day_in(cycle.time_zone, moved_at) if moved_at is not None else starts_on
    return Stay(
        offer_id=offer_id,
        student_application_id=student,
        host_application_id=host,
        student_name=" ".join(one for one in (given, family) if one),
        host_name=home or "",
        home=Home(starts_on, max(starts_on, moved_on), depart_on or cycle.stay_to_on),
        account_id=account,
    )


def effective(entry: Any = ContactEntry) -> list[Any]:
    """Return the conditions of entries that count: held, and not corrected by another."""
    later = aliased(ContactEntry)
    return [
        col(entry.outcome) != ContactOutcome.NOT_HELD,
        ~sa.exists().where(col(later.corrects_id) == col(entry.id)),
    ]


def _may_be_due(cycle: _Of, schedule: Schedule, days: _Days) -> list[Any]:
    """Return conditions that hold for every stay in which something is due, and for few others."""
    starts_on, ends_on = (
        _starts_on(cycle),
        sa.func.coalesce(col(Student.depart_on), cycle.stay_to_on),
    )
    student, host = col(Offer.student_application_id), col(Offer.host_application_id)
    term = days.term
    reasons = [
        _nobody(student, lambda one: [col(one.met_on) > days.month_of_student]),
        _nobody(student, lambda one: [_is_meeting(one), col(one.met_on) >= starts_on]),
        _nobody(host, lambda one: [col(one.met_on) > days.month_of_host]),
        sa.and_(
            starts_on <= term,
            _nobody(host, lambda one: [_is_meeting(one), col(one.met_on) > term]),
        ),
    ]
    if schedule.second_visit is not None:
        # A host may have been visited for an earlier guest: those who moved are all looked at.
        reasons += [
            _nobody(
                host,
                lambda one: [
                    _is_meeting(one),
                    col(one.met_on) >= starts_on,
                    col(one.is_independent).is_(True),
                ],
            ),
            sa.literal_column("moved.moved_at").is_not(None),
        ]
    return [starts_on <= days.began, ends_on >= days.today, sa.or_(*reasons)]


def _starts_on(cycle: _Of) -> Any:
    return sa.func.coalesce(col(Student.arrive_on), cycle.stay_from_on)


def _is_meeting(entry: Any) -> Any:
    return col(entry.kind) == ContactKind.IN_PERSON


def _nobody(application: Any, conditions: Callable[[Any], list[Any]]) -> Any:
    """Say that no contact that counts is as the conditions say."""
    entry = aliased(ContactEntry)
    wanted = [col(entry.application_id) == application, *effective(entry), *conditions(entry)]
    return ~sa.exists().where(*wanted)


def _last_contact(cycle: _Of) -> Any:
    """Return when the student was spoken with last, or came."""
    entry = aliased(ContactEntry)
    last = (
        sa.select(sa.func.max(col(entry.met_on)))
        .where(col(entry.application_id) == col(Offer.student_application_id), *effective(entry))
        .scalar_subquery()
    )
    return sa.func.coalesce(last, _starts_on(cycle))


Contacts = dict[int, list[tuple[ContactKind, date, bool]]]


def _contacts(session: Session, applications: Iterable[int]) -> Contacts:
    found: Contacts = {}
    people = sorted(applications)
    rows = session.exec(_held_with(), params={"people": people}) if people else ()
    for application, kind, on, is_independent in rows:
        found.setdefault(application, []).append((kind, on, is_independent))
    return found


@cache
def _held_with() -> Any:
    """Build the statement once."""
    return select(
        col(ContactEntry.application_id),
        col(ContactEntry.kind),
        col(ContactEntry.met_on),
        col(ContactEntry.is_independent),
    ).where(
        col(ContactEntry.application_id).in_(sa.bindparam("people", expanding=True)), *effective()
    )


def contacts_of(stay: Stay, contacts: Contacts) -> list[Contact]:
    """Return the contacts of both sides of a stay."""
    sides = (
        (Side.STUDENT, stay.student_application_id),
        (Side.HOST, stay.host_application_id),
    )
    return [Contact(side, *line) for side, person in sides for line in contacts.get(person, [])]
