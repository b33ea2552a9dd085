"""The daily look at live placements: what is found is kept, listed, and told to staff as a count.

A placement is live while its run is the published one, it has not ended, and the stay is not over.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from exchange.domain.cycle import RunState
from exchange.domain.live_placements import PlacementTrouble, placement_troubles
from exchange.domain.placement import AGREED_PLACEMENT_STATES, LIVE_PLACEMENT_STATES
from exchange.domain.roles import Permission
from exchange.notices.texts import Template
from exchange.records import (
    Application,
    Cycle,
    Host,
    HouseholdMember,
    MatchRun,
    Placement,
    PlacementFinding,
    PlacementRecheck,
    Programme,
    Student,
)
from exchange.services import audit, mails
from exchange.services.actor import Actor
from exchange.services.authority import require
from exchange.services.clearance import Clearance, clearance_of_cycle
from exchange.services.locks import hold_cycle
from exchange.services.placement_consents import outstanding
from exchange.services.time_zones import day_in
from exchange.translations import ENGLISH


@dataclass(frozen=True, slots=True)
class FoundPlacement:
    """A placement that needs a look, with what was found and the two applications."""

    placement: Placement
    of_student: Application
    of_host: Application
    findings: list[PlacementFinding]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A live placement, by row ids, and what was found about it."""

    placement_id: int
    public_id: str
    student_application_id: int
    host_application_id: int
    troubles: tuple[PlacementTrouble, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen of the live placements of a cycle on a day."""

    cycle_id: int
    day: date
    placements: tuple[LookedAt, ...]


@dataclass(frozen=True, slots=True)
class _Live:
    placement: Placement
    of_student: Application
    of_host: Application
    student: Student
    host: Host


def cycles_due(session: Session, at: datetime) -> list[int]:
    """Return the cycles with a published run, a stay not over, and no look at them today yet."""
    found = session.exec(
        select(Cycle)
        .join(MatchRun, col(MatchRun.cycle_id) == col(Cycle.id))
        .where(MatchRun.state == RunState.PUBLISHED)
    ).all()
    days = {one.id: day_in(one.time_zone, at) for one in found if not _is_over(one, at)}
    looked = session.exec(
        select(PlacementRecheck.cycle_id, func.max(PlacementRecheck.day))
        .where(col(PlacementRecheck.cycle_id).in_(days))
        .group_by(col(PlacementRecheck.cycle_id))
    ).all()
    last = dict(looked)
    return sorted(one for one, day in days.items() if one not in last or last[one] < day)


def look(session: Session, cycle_id: int, at: datetime) -> Look:
    """Look at every live placement of a cycle. It only reads, so nobody waits for it."""
    cycle = session.get_one(Cycle, cycle_id)
    live = _live_placements(session, cycle)
    return Look(cycle_id, day_in(cycle.time_zone, at), tuple(_looked(session, cycle, live, at)))


def keep(session: Session, actor: Actor, seen: Look, at: datetime) -> int | None:
    """Keep what a look has found; return how many placements need a person.

    Once a day: a second look of the same day returns None and changes nothing. What is found for
    the first time is noted on the trail; what no longer holds is settled. Staff get a count.
    """
    cycle = hold_cycle(session, seen.cycle_id)
    if _has_looked(session, cycle, seen.day):
        return None
    _keep(session, actor, cycle, seen, at)
    count = sum(1 for one in seen.placements if one.troubles)
    session.add(
        PlacementRecheck(
            cycle_id=cycle.id,
            day=seen.day,
            placements=len(seen.placements),
            found=count,
            created_at=at,
        )
    )
    session.flush()
    if count:
        _tell_staff(session, cycle, seen.day, count, at)
    return count


def list_found(session: Session, actor: Actor, cycle: Cycle) -> list[FoundPlacement]:
    """Return the placements of a cycle that need a look, those found first before the others."""
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(PlacementFinding, Placement, of_student, of_host)
        .join(Placement, col(Placement.id) == col(PlacementFinding.placement_id))
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(PlacementFinding.cycle_id == cycle.id, col(PlacementFinding.settled_at).is_(None))
        .order_by(col(PlacementFinding.found_at), col(PlacementFinding.id))
    )
    listed: dict[int, FoundPlacement] = {}
    for finding, placement, student, host in rows:
        one = listed.setdefault(placement.id, FoundPlacement(placement, student, host, []))
        one.findings.append(finding)
    return list(listed.values())


def last_look(session: Session, cycle: Cycle) -> PlacementRecheck | None:
    """Return the last look at the placements of a cycle, if there was one."""
    query = select(PlacementRecheck).where(PlacementRecheck.cycle_id == cycle.id)
    return session.exec(query.order_by(col(PlacementRecheck.day).desc()).limit(1)).first()


def count_found(session: Session, cycle: Cycle) -> int:
    """Return how many placements of a cycle need a look."""
    query = select(func.count(func.distinct(PlacementFinding.placement_id)))
    return session.exec(
        query.where(
            PlacementFinding.cycle_id == cycle.id, col(PlacementFinding.settled_at).is_(None)
        )
    ).one()


def _is_over(cycle: Cycle, at: datetime) -> bool:
    return cycle.stay_to_on < day_in(cycle.time_zone, at)


def _has_looked(session: Session, cycle: Cycle, day: date) -> bool:
    query = select(PlacementRecheck.id).where(
        PlacementRecheck.cycle_id == cycle.id, PlacementRecheck.day == day
    )
    return session.exec(query).first() is not None


def _live_placements(session: Session, cycle: Cycle) -> list[_Live]:
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(Placement, of_student, of_host)
        .join(MatchRun, col(MatchRun.id) == col(Placement.run_id))
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(
            MatchRun.cycle_id == cycle.id,
            MatchRun.state == RunState.PUBLISHED,
            col(Placement.state).in_(LIVE_PLACEMENT_STATES),
        )
        .order_by(col(Placement.id))
    ).all()
    mine = select(Application.student_id).where(Application.cycle_id == cycle.id)
    students = {
        one.id: one for one in session.exec(select(Student).where(col(Student.id).in_(mine)))
    }
    theirs = select(Application.host_id).where(Application.cycle_id == cycle.id)
    hosts = {one.id: one for one in session.exec(select(Host).where(col(Host.id).in_(theirs)))}
    return [
        _Live(placement, student, host, students[placement.student_id], hosts[placement.host_id])
        for placement, student, host in rows
    ]


def _looked(
    session: Session, cycle: Cycle, live: Sequence[_Live], at: datetime
) -> Iterator[LookedAt]:
    clearance = clearance_of_cycle(session, cycle, at)
    members: dict[int, list[HouseholdMember]] = {}
    query = select(HouseholdMember).where(
        col(HouseholdMember.host_id).in_(
            select(Application.host_id).where(Application.cycle_id == cycle.id)
        )
    )
    for member in session.exec(query.order_by(col(HouseholdMember.id))):
        members.setdefault(member.host_id, []).append(member)
    guests = Counter(one.host.id for one in live)
    for one in live:
        at_home = members.get(one.host.id, [])
        yield LookedAt(
            one.placement.id,
            one.placement.public_id,
            one.of_student.id,
            one.of_host.id,
            _trouble_of(session, clearance, one, at_home, guests[one.host.id]),
        )


def _trouble_of(
    session: Session,
    clearance: Clearance,
    one: _Live,
    members: Sequence[HouseholdMember],
    guests: int,
) -> tuple[PlacementTrouble, ...]:
    return placement_troubles(
        student_state=one.of_student.state,
        host_state=one.of_host.state,
        student_findings=clearance.of_student(one.of_student, one.student),
        host_findings=clearance.of_host(one.of_host, one.host, members),
        places=one.host.capacity,
        guests=guests,
        lacks_consent=one.placement.state in AGREED_PLACEMENT_STATES
        and bool(outstanding(session, one.placement)),
    )


def _keep(session: Session, actor: Actor, cycle: Cycle, seen: Look, at: datetime) -> None:
    """Store what is new, refresh what still holds, settle what does not."""
    query = select(PlacementFinding).where(
        PlacementFinding.cycle_id == cycle.id, col(PlacementFinding.settled_at).is_(None)
    )
    before = {(one.placement_id, one.key): one for one in session.exec(query)}
    for one in seen.placements:
        for trouble in one.troubles:
            known = before.pop((one.placement_id, trouble.key), None)
            if known is not None:
                known.parameters = _plain(trouble)
                continue
            is_of_host = trouble.side == "host"
            session.add(
                PlacementFinding(
                    placement_id=one.placement_id,
                    cycle_id=cycle.id,
                    application_id=one.host_application_id
                    if is_of_host
                    else one.student_application_id,
                    side=trouble.side,
                    code=trouble.code,
                    key=trouble.key,
                    parameters=_plain(trouble),
                    found_at=at,
                    created_at=at,
                )
            )
            _note(session, actor, "placement:found", cycle, one.public_id, trouble.code, at)
    for gone in before.values():
        gone.settled_at = at
        placement = session.get_one(Placement, gone.placement_id)
        _note(session, actor, "placement:settled", cycle, placement.public_id, gone.code, at)
    session.flush()


def _plain(trouble: PlacementTrouble) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in trouble.parameters.items()
    }


def _note(
    session: Session,
    actor: Actor,
    action: str,
    cycle: Cycle,
    placement_id: str,
    code: str,
    at: datetime,
) -> None:
    audit.record(
        session,
        actor,
        action,
        subject_kind="placement",
        subject_id=placement_id,
        programme_id=cycle.programme_id,
        facts={"code": code},
        at=at,
    )


def _tell_staff(session: Session, cycle: Cycle, day: date, count: int, at: datetime) -> None:
    programme = session.get_one(Programme, cycle.programme_id)
    mails.queue_mail(
        session,
        key=f"live_placements:{cycle.public_id}:{day.isoformat()}",
        recipient=programme.contact_email,
        template=Template.PLACEMENTS_FOUND,
        language=ENGLISH,
        context={
            "count": str(count),
            "token": f"{cycle.public_id}/look",
            "cycle": cycle.name,
        },
        at=at,
        programme_id=programme.id,
    )
