"""Offers: made when a run is published, carried on to the next one, confirmed, ended.

What parties say is in `offer_answers`, what staff do about offers in `offer_desk`. All of it
happens while the cycle is held, so that nobody answers an offer that is just being replaced.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from exchange.domain.cycle import GuardianState
from exchange.domain.offer import OfferEnd, Party
from exchange.domain.placement import NEXT_PLACEMENT_STATES, PlacementState
from exchange.errors import Conflict
from exchange.records import (
    Application,
    Cycle,
    Guardian,
    MatchRun,
    Offer,
    OfferAnswer,
    Placement,
    Programme,
)
from exchange.services import audit, holds
from exchange.services.actor import Actor
from exchange.services.held_places import free_place
from exchange.services.placement_consents import outstanding
from exchange.services.time_zones import end_of_day_after

Pair = tuple[Placement, Application, Application]


@dataclass(frozen=True, slots=True)
class Offered:
    """An offer with all that it joins."""

    offer: Offer
    placement: Placement
    student: Application
    host: Application


@dataclass(frozen=True, slots=True)
class Changes:
    """What a publication did to the offers of a cycle."""

    made: list[Offered] = field(default_factory=list)
    carried: list[Offered] = field(default_factory=list)
    ended: list[Offered] = field(default_factory=list)
    moved: list[tuple[Placement, Placement | None]] = field(default_factory=list)
    """Confirmed placements that ended, each with the one that follows, if there is one."""


def make_offers(session: Session, actor: Actor, run: MatchRun, at: datetime) -> Changes:
    """Offer the placements of a run that was just published.

    A pair that an earlier run had joined already keeps its offer with every answer; an offer of
    another pair ends. A placement that a person has to look at first is offered when they have.
    """
    cycle = session.get_one(Cycle, run.cycle_id)
    live = {one.student.id: one for one in _live(session, cycle)}
    pairs = _pairs(session, run)
    changes = Changes()
    new = []
    for placement, student, host in pairs:
        before = live.get(student.id)
        if before is not None and before.host.id == host.id:
            changes.carried.append(_carry(before, placement))
            del live[student.id]
        else:
            new.append((placement, student, host))
    placed = {student.id: placement for placement, student, _host in pairs}
    for before in live.values():
        following = placed.get(before.student.id)
        state = PlacementState.ENDED
        if before.placement.state is PlacementState.CONFIRMED:
            changes.moved.append((before.placement, following))
            state = PlacementState.MOVED if following is not None else state
        end_offer(session, actor, before, OfferEnd.REPLACED, state, at)
        changes.ended.append(before)
    session.flush()
    waiting = [one for one in changes.carried if one.offer.made_at is None]
    ready = [*_add(session, cycle, new, at), *waiting]
    changes.made.extend(one for one in ready if not one.placement.review)
    _make(session, actor, cycle, changes.made, at)
    holds.release_students(session, actor, cycle, list(placed), at)
    return changes


def find(session: Session, offer_id: int) -> Offered:
    """Return an offer with all that it joins, as the database has it now."""
    query = joined().where(Offer.id == offer_id).execution_options(populate_existing=True)
    return Offered(*session.exec(query).one())


def joined() -> Any:
    """Return the statement that finds offers with all that they join."""
    of_student, of_host = aliased(Application), aliased(Application)
    return (
        select(Offer, Placement, of_student, of_host)
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
        .join(of_student, col(Offer.student_application_id) == col(of_student.id))
        .join(of_host, col(Offer.host_application_id) == col(of_host.id))
    )


def make_one(session: Session, actor: Actor, one: Offered, at: datetime) -> None:
    """Make an offer that a person has looked at."""
    if one.offer.ended_at is not None or one.placement.state is not PlacementState.PROPOSED:
        raise Conflict("This offer was made already, or is over.")
    _make(session, actor, session.get_one(Cycle, one.offer.cycle_id), [one], at)


def answers_of(session: Session, offer_ids: Iterable[int]) -> dict[int, list[OfferAnswer]]:
    """Return the answers to offers, each in the order of the parties; one statement."""
    found: dict[int, list[OfferAnswer]] = {}
    query = select(OfferAnswer).where(col(OfferAnswer.offer_id).in_(list(offer_ids)))
    query = query.order_by(col(OfferAnswer.id)).execution_options(populate_existing=True)
    for answer in session.exec(query):
        found.setdefault(answer.offer_id, []).append(answer)
    return found


def end_offer(
    session: Session,
    actor: Actor,
    one: Offered,
    reason: OfferEnd,
    state: PlacementState,
    at: datetime,
) -> None:
    """End an offer, and give the place back that it held."""
    move(one.placement, state)
    one.offer.ended_at, one.offer.end_reason = at, reason
    one.offer.version += 1
    session.add_all([one.offer, one.placement])
    free_place(session, one.offer)
    session.flush()
    audit_offer(session, actor, "offer:end", one.offer, at, reason=reason.value)


def confirm_if_ready(session: Session, actor: Actor, one: Offered, at: datetime) -> bool:
    """Confirm a placement that everybody has accepted and for which no consent is missing."""
    if one.placement.state is not PlacementState.ACCEPTED or outstanding(session, one.placement):
        return False
    move(one.placement, PlacementState.CONFIRMED)
    one.offer.confirmed_at = at
    one.offer.version += 1
    session.add_all([one.offer, one.placement])
    session.flush()
    audit_offer(session, actor, "offer:confirm", one.offer, at)
    return True


def move(placement: Placement, state: PlacementState) -> None:
    """Give a placement its next state.

    Raises
    ------
    Conflict
        When it cannot follow.
    """
    if state not in NEXT_PLACEMENT_STATES[placement.state]:
        raise Conflict("This cannot follow the present state of the placement. Look at it again.")
    placement.state = state


def audit_offer(
    session: Session, actor: Actor, action: str, offer: Offer, at: datetime, **facts: Any
) -> None:
    """Put an event of an offer on the audit trail."""
    cycle = session.get_one(Cycle, offer.cycle_id)
    audit.record(
        session,
        actor,
        action,
        subject_kind="offer",
        subject_id=offer.public_id,
        programme_id=cycle.programme_id,
        facts=facts,
        at=at,
    )


def _live(session: Session, cycle: Cycle) -> list[Offered]:
    query = joined().where(Offer.cycle_id == cycle.id, col(Offer.ended_at).is_(None))
    return [Offered(*row) for row in session.exec(query.order_by(col(Offer.id)))]


def _pairs(session: Session, run: MatchRun) -> list[Pair]:
    of_student, of_host = aliased(Application), aliased(Application)
    rows = session.exec(
        select(Placement, of_student, of_host)
        .join(of_student, col(of_student.student_id) == col(Placement.student_id))
        .join(of_host, col(of_host.host_id) == col(Placement.host_id))
        .where(Placement.run_id == run.id)
        .order_by(col(Placement.id))
    )
    return [(placement, student, host) for placement, student, host in rows]


def _carry(before: Offered, placement: Placement) -> Offered:
    """Let an offer go on with the placement of a later run."""
    placement.state, before.placement.state = before.placement.state, PlacementState.ENDED
    before.offer.placement_id = placement.id
    before.offer.version += 1
    return Offered(before.offer, placement, before.student, before.host)


def _add(session: Session, cycle: Cycle, pairs: Sequence[Pair], at: datetime) -> list[Offered]:
    """Add offers, with a line for everybody who is to answer."""
    guardians = _guardians(session, [student.id for _placement, student, _host in pairs])
    made = [
        Offered(
            Offer(
                cycle_id=cycle.id,
                placement_id=placement.id,
                student_application_id=student.id,
                host_application_id=host.id,
                created_at=at,
            ),
            placement,
            student,
            host,
        )
        for placement, student, host in pairs
    ]
    session.add_all(one.offer for one in made)
    session.flush()
    for one in made:
        session.add_all(_parties(one, guardians.get(one.student.id, []), at))
    session.flush()
    return made


def _parties(one: Offered, guardians: Sequence[Guardian], at: datetime) -> list[OfferAnswer]:
    asked = [(Party.STUDENT, one.student, 0)]
    if one.student.needs_guardian:
        asked += [(Party.GUARDIAN, one.student, guardian.id) for guardian in guardians]
    asked.append((Party.HOST, one.host, 0))
    return [
        OfferAnswer(
            offer_id=one.offer.id,
            application_id=application.id,
            party=party,
            guardian_id=guardian_id or None,
            guardian_key=guardian_id,
            created_at=at,
        )
        for party, application, guardian_id in asked
    ]


def _guardians(session: Session, applications: Sequence[int]) -> dict[int, list[Guardian]]:
    """Return those who have agreed that a minor takes part: they are asked about the home too."""
    found: dict[int, list[Guardian]] = {}
    query = select(Guardian).where(
        col(Guardian.application_id).in_(applications), Guardian.state == GuardianState.AGREED
    )
    for guardian in session.exec(query.order_by(col(Guardian.place))):
        found.setdefault(guardian.application_id, []).append(guardian)
    return found


def _make(
    session: Session, actor: Actor, cycle: Cycle, several: Sequence[Offered], at: datetime
) -> None:
    programme = session.get_one(Programme, cycle.programme_id)
    deadline = end_of_day_after(cycle.time_zone, programme.offer_days, at)
    for one in several:
        move(one.placement, PlacementState.OFFERED)
        one.offer.made_at, one.offer.deadline_at = at, deadline
        session.add_all([one.offer, one.placement])
    session.flush()
    audit.record_each(
        session,
        actor,
        "offer:make",
        subject_kind="offer",
        subject_ids=[one.offer.public_id for one in several],
        programme_id=cycle.programme_id,
        at=at,
    )
