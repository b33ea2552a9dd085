"""Holds: a host asks for time to think about a student who has no place yet.

One host at a time holds a student; others queue in the order in which they asked. A host holds or
queues for two students at most. When a hold runs out or is given up, the next in the queue has it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, or_, select

from exchange.domain.cycle import ApplicationKind, ApplicationState
from exchange.domain.offer import HOLDS_A_HOST, HoldState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import Application, Cycle, Hold, Offer, Programme
from exchange.services import audit
from exchange.services.actor import SYSTEM, Actor
from exchange.services.applications import details_of
from exchange.services.authority import require
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.translations import Sentence

LIVE = (HoldState.QUEUED, HoldState.ACTIVE)
GONE = frozenset({ApplicationState.WITHDRAWN, ApplicationState.DECLINED})


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A hold with both sides, and its place in the queue: 0 for the one that holds."""

    hold: Hold
    student: Application
    host: Application
    place: int


def place_hold(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    student: str,
    host: str,
    at: datetime,
) -> Hold:
    """Let a host hold a student, both named by reference; or queue where another does.

    Raises
    ------
    InvalidInput
        When a reference is of no approved application here, or the student has an offer.
    Conflict
        When the host has two holds, or this one already.
    """
    cycle = hold_cycle(session, cycle.id)
    require(actor, Permission.PUBLISH_RUNS, cycle.programme_id)
    guest, home = _find_both(session, cycle, student, host)
    for application in (guest, home):
        require_impartial(session, actor, details_of(session, application))
    taken = {
        one.slot
        for one in session.exec(
            select(Hold).where(Hold.host_application_id == home.id, col(Hold.state).in_(LIVE))
        )
    }
    slot = next((n for n in range(1, HOLDS_A_HOST + 1) if n not in taken), None)
    if slot is None:
        raise Conflict("This host holds two students already. Give one up first.")
    hold = Hold(
        cycle_id=cycle.id,
        student_application_id=guest.id,
        host_application_id=home.id,
        state=HoldState.QUEUED,
        slot=slot,
        created_at=at,
    )
    try:
        with session.begin_nested():
            session.add(hold)
    except IntegrityError as error:
        raise Conflict("This host holds this student already, or queues for them.") from error
    _audit(session, actor, "hold:place", cycle, hold, at)
    _advance(session, cycle, guest.id, at)
    return hold


def release_hold(session: Session, actor: Actor, public_id: str, at: datetime) -> Hold:
    """Give a hold up; the next in the queue has the student. Done twice, it is done."""
    hold = session.exec(select(Hold).where(Hold.public_id == public_id)).one_or_none()
    if hold is None:
        raise NotFound("There is nothing at this address.")
    cycle = hold_cycle(session, hold.cycle_id)
    require(actor, Permission.PUBLISH_RUNS, cycle.programme_id)
    session.refresh(hold)
    if hold.state in LIVE:
        _end(session, actor, cycle, hold, HoldState.RELEASED, at)
    return hold


def list_holds(session: Session, actor: Actor, cycle: Cycle) -> list[HoldRow]:
    """Return the holds of a cycle, student by student in the order of the queue; one statement."""
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(Hold, of_student, of_host)
        .join(of_student, col(Hold.student_application_id) == col(of_student.id))
        .join(of_host, col(Hold.host_application_id) == col(of_host.id))
        .where(Hold.cycle_id == cycle.id, col(Hold.state).in_(LIVE))
        .order_by(col(Hold.student_application_id), col(Hold.until).is_(None), col(Hold.id))
    )
    found: list[HoldRow] = []
    for hold, student, host in rows:
        is_same = bool(found) and found[-1].student.id == student.id
        found.append(HoldRow(hold, student, host, found[-1].place + 1 if is_same else 0))
    return found


def due_holds(session: Session, at: datetime) -> list[int]:
    """Return the row ids of holds whose time is over, or one of whose sides left; it only reads."""
    of_student, of_host = aliased(Application), aliased(Application)
    query = (
        select(Hold.id)
        .join(of_student, col(Hold.student_application_id) == col(of_student.id))
        .join(of_host, col(Hold.host_application_id) == col(of_host.id))
        .where(col(Hold.state).in_(LIVE))
        .where(
            or_(
                col(Hold.until) <= at,
                col(of_student.state).in_(GONE),
                col(of_host.state).in_(GONE),
            )
        )
    )
    return list(session.exec(query.order_by(col(Hold.id))))


def tend_hold(session: Session, hold_id: int, at: datetime) -> bool:
    """End a hold that is due, and say whether it was; the next in the queue has the student."""
    hold = session.get(Hold, hold_id)
    if hold is None:
        return False
    cycle = hold_cycle(session, hold.cycle_id)
    session.refresh(hold)
    if hold.state not in LIVE:
        return False
    sides = (hold.student_application_id, hold.host_application_id)
    states = {session.get_one(Application, one, populate_existing=True).state for one in sides}
    if states & GONE:
        _end(session, SYSTEM, cycle, hold, HoldState.RELEASED, at)
    elif hold.until is not None and hold.until <= at:
        _end(session, SYSTEM, cycle, hold, HoldState.LAPSED, at)
    else:
        return False
    return True


def release_students(
    session: Session, actor: Actor, cycle: Cycle, students: Sequence[int], at: datetime
) -> None:
    """Give up every hold of students who have an offer now; the caller holds the cycle."""
    query = select(Hold).where(
        col(Hold.student_application_id).in_(students), col(Hold.state).in_(LIVE)
    )
    for hold in session.exec(query.order_by(col(Hold.id))).all():
        hold.state = HoldState.RELEASED
        session.add(hold)
        session.flush()
        _audit(session, actor, "hold:released", cycle, hold, at)


def _end(
    session: Session, actor: Actor, cycle: Cycle, hold: Hold, state: HoldState, at: datetime
) -> None:
    hold.state = state
    session.add(hold)
    session.flush()
    _audit(session, actor, f"hold:{state.value}", cycle, hold, at)
    _advance(session, cycle, hold.student_application_id, at)


def _advance(session: Session, cycle: Cycle, student_id: int, at: datetime) -> None:
    """Give a student whom nobody holds to the first in the queue."""
    queue = session.exec(
        select(Hold)
        .where(Hold.student_application_id == student_id, col(Hold.state).in_(LIVE))
        .order_by(col(Hold.id))
    ).all()
    if not queue or any(one.state is HoldState.ACTIVE for one in queue):
        return
    programme = session.get_one(Programme, cycle.programme_id)
    first = queue[0]
    first.state, first.until = HoldState.ACTIVE, at + timedelta(hours=programme.hold_hours)
    session.add(first)
    session.flush()
    _audit(session, SYSTEM, "hold:begin", cycle, first, at)


def _find_both(
    session: Session, cycle: Cycle, student: str, host: str
) -> tuple[Application, Application]:
    faults: dict[str, list[str]] = {}
    guest = _find(session, cycle, student, ApplicationKind.STUDENT)
    home = _find(session, cycle, host, ApplicationKind.HOST)
    if guest is None:
        faults["student"] = [Sentence("Enter the reference of an approved student of this cycle")]
    elif _has_offer(session, guest):
        faults["student"] = [Sentence("This student has an offer already")]
    if home is None:
        faults["host"] = [Sentence("Enter the reference of an approved host of this cycle")]
    if faults or guest is None or home is None:
        raise InvalidInput("Check both references.", faults)
    return guest, home


def _find(
    session: Session, cycle: Cycle, reference: str, kind: ApplicationKind
) -> Application | None:
    return session.exec(
        select(Application).where(
            Application.cycle_id == cycle.id,
            Application.reference == reference.strip().upper(),
            Application.kind == kind,
            Application.state == ApplicationState.APPROVED,
        )
    ).one_or_none()


def _has_offer(session: Session, student: Application) -> bool:
    query = select(Offer.id).where(
        Offer.student_application_id == student.id, col(Offer.ended_at).is_(None)
    )
    return session.exec(query).first() is not None


def _audit(
    session: Session, actor: Actor, action: str, cycle: Cycle, hold: Hold, at: datetime
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="hold",
        subject_id=hold.public_id,
        programme_id=cycle.programme_id,
        at=at,
    )
