"""What staff see of the offers of a cycle, and do about them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache

import sqlalchemy as sa
from sqlalchemy import ColumnElement, or_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from exchange.domain.cycle import ApplicationState, RunState
from exchange.domain.offer import Answer, NoteKind, OfferEnd
from exchange.domain.placement import PlacementState
from exchange.domain.roles import Permission
from exchange.errors import Conflict, InvalidInput, NotFound
from exchange.records import (
    Application,
    Cycle,
    Host,
    MatchRun,
    Offer,
    OfferAnswer,
    OfferNote,
    Placement,
)
from exchange.services import offer_mails, offers
from exchange.services.actor import Actor
from exchange.services.applications import details_of
from exchange.services.authority import programme_of, require
from exchange.services.held_places import hold_place
from exchange.services.impartiality import require_impartial
from exchange.services.locks import hold_cycle
from exchange.services.offer_answers import add_note, check_reason
from exchange.services.offers import Offered
from exchange.services.time_zones import end_of_day_after
from exchange.translations import Sentence

PER_PAGE = 50
MOST_DAYS = 60


class Group(StrEnum):
    """Offers by what they need of somebody."""

    LOOK = "look"
    WAITING = "waiting"
    OVERDUE = "overdue"
    CONSENTS = "consents"
    CONFIRMED = "confirmed"
    OVER = "over"


@dataclass(frozen=True, slots=True)
class OfferRow:
    """An offer with its answers."""

    offered: Offered
    answers: list[OfferAnswer]

    @property
    def awaited(self) -> list[OfferAnswer]:
        """Who has still to answer."""
        return [one for one in self.answers if one.answer is Answer.AWAITED]


@dataclass(frozen=True, slots=True)
class OfferPage:
    """A part of the offers of a cycle, and how long the whole is."""

    rows: list[OfferRow]
    total: int
    page: int
    pages: int


@dataclass(frozen=True, slots=True)
class FallenPlaces:
    """How many students of the published run have no home any more, though they would travel."""

    run_id: str
    students: int


def list_offers(
    session: Session,
    actor: Actor,
    cycle: Cycle,
    *,
    group: Group | None,
    at: datetime,
    page: int = 1,
) -> OfferPage:
    """Return one page of a cycle's offers, those that end first at the top; three statements."""
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    wanted = [col(Offer.cycle_id) == cycle.id]
    if group is not None:
        wanted += _of_group(group, at)
    count = (
        select(func.count())
        .select_from(Offer)
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
    )
    total = session.exec(count.where(*wanted)).one()
    pages = max(1, -(-total // PER_PAGE))
    page = min(max(page, 1), pages)
    query = offers.joined().where(*wanted).order_by(col(Offer.deadline_at), col(Offer.id))
    query = query.offset((page - 1) * PER_PAGE).limit(PER_PAGE)
    found = [Offered(*row) for row in session.exec(query)]
    answers = offers.answers_of(session, [one.offer.id for one in found])
    rows = [OfferRow(one, answers.get(one.offer.id, [])) for one in found]
    return OfferPage(rows, total, page, pages)


def fallen_places(session: Session, cycle: Cycle) -> FallenPlaces | None:
    """Return whose place was declined, or whose host has left, since the run was published.

    Confirmed placements of a host who has left count too: nobody but people ends them, so somebody
    has to hear of it at once. One statement.
    """
    row = session.connection().execute(_fallen(), {"cycle": cycle.id}).first()
    return FallenPlaces(*row) if row else None


@cache
def _fallen() -> sa.Select[str, int]:
    """Build the statement once: the desk asks it of every cycle at each look."""
    student, host = aliased(Application), aliased(Application)
    return (
        sa.select(col(MatchRun.public_id), sa.func.count())
        .select_from(Offer)
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
        .join(MatchRun, col(Placement.run_id) == col(MatchRun.id))
        .join(student, col(Offer.student_application_id) == col(student.id))
        .join(host, col(Offer.host_application_id) == col(host.id))
        .where(
            col(Offer.cycle_id) == sa.bindparam("cycle"),
            col(MatchRun.state) == RunState.PUBLISHED,
            col(student.state) == ApplicationState.APPROVED,
            or_(
                col(Placement.state).in_((PlacementState.DECLINED, PlacementState.ENDED)),
                col(host.state).in_((ApplicationState.WITHDRAWN, ApplicationState.DECLINED)),
            ),
        )
        .group_by(col(MatchRun.public_id))
    )


_BY_STATE = (
    select(Placement.state, Offer.deadline_at, func.count())
    .join(Offer, col(Offer.placement_id) == col(Placement.id))
    .where(col(Offer.cycle_id) == sa.bindparam("cycle"))
    .group_by(col(Placement.state), col(Offer.deadline_at))
)


def count_offers(session: Session, actor: Actor, cycle: Cycle, at: datetime) -> Mapping[Group, int]:
    """Return how many offers each group has; one statement."""
    require(actor, Permission.SEE_APPLICATIONS, cycle.programme_id)
    rows = session.exec(_BY_STATE, params={"cycle": cycle.id})
    found: Counter[Group] = Counter()
    for state, deadline_at, count in rows:
        found[_group_of(PlacementState(state), deadline_at, at)] += count
    return found


def get_offer(
    session: Session,
    actor: Actor,
    public_id: str,
    permission: Permission = Permission.SEE_APPLICATIONS,
) -> Offered:
    """Return one offer of the actor's programmes; NotFound for any other."""
    row = session.exec(offers.joined().where(Offer.public_id == public_id)).first()
    if row is None:
        raise NotFound("There is nothing at this address.")
    one = Offered(*row)
    require(actor, permission, programme_of(session, one.offer.cycle_id))
    return one


def notes_of(session: Session, one: Offered) -> list[OfferNote]:
    """Return what staff did to an offer and why, the latest first."""
    query = select(OfferNote).where(OfferNote.offer_id == one.offer.id)
    return list(session.exec(query.order_by(col(OfferNote.id).desc())))


def release(session: Session, actor: Actor, one: Offered, at: datetime) -> None:
    """Make an offer that waited for a person to look at the placement."""
    one = _hold(session, actor, one)
    offers.make_one(session, actor, one, at)
    offer_mails.tell_of_offers(session, [one], key=one.offer.public_id, at=at)


def extend(
    session: Session, actor: Actor, one: Offered, *, days: int, reason: str | None, at: datetime
) -> None:
    """Give an offer more days from today; one that has lapsed is open again.

    Raises
    ------
    InvalidInput
        Unless it is 1 to 60 days, and said why.
    Conflict
        When the offer is over for another reason, or its place was taken meanwhile.
    """
    told = check_reason(reason)
    if not 1 <= days <= MOST_DAYS:
        sentence = Sentence("Use a whole number from 1 to %(most)d", most=MOST_DAYS)
        raise InvalidInput(f"{sentence}.", {"days": [sentence]})
    one = _hold(session, actor, one)
    if one.placement.state not in (PlacementState.OFFERED, PlacementState.LAPSED):
        raise Conflict("This offer does not wait for answers any more.")
    if one.placement.state is PlacementState.LAPSED:
        _open_again(session, one, at)
    cycle = session.get_one(Cycle, one.offer.cycle_id)
    one.offer.deadline_at = end_of_day_after(cycle.time_zone, days, at)
    one.offer.version += 1
    session.add_all([one.offer, one.placement])
    session.flush()
    add_note(session, actor, one, NoteKind.EXTENDED, told, at)
    offers.audit_offer(session, actor, "offer:extend", one.offer, at, days=days)
    offer_mails.tell_of_news(session, one, at)


def withdraw(
    session: Session, actor: Actor, one: Offered, *, reason: str | None, at: datetime
) -> None:
    """Take an offer back before everybody has agreed; afterwards it takes a change of place.

    Raises
    ------
    InvalidInput
        Unless it is said why.
    Conflict
        When the offer is over or confirmed.
    """
    told = check_reason(reason)
    one = _hold(session, actor, one)
    if one.placement.state is PlacementState.CONFIRMED or one.offer.ended_at is not None:
        raise Conflict("This offer is over, or everybody has agreed. Look at it again.")
    was_made = one.offer.made_at is not None
    add_note(session, actor, one, NoteKind.WITHDRAWN, told, at)
    offers.end_offer(session, actor, one, OfferEnd.WITHDRAWN, PlacementState.ENDED, at)
    if was_made:
        offer_mails.tell_of_news(session, one, at)


def _hold(session: Session, actor: Actor, one: Offered) -> Offered:
    """Return an offer as it is now, for somebody who may change it and has no part in it."""
    cycle = hold_cycle(session, one.offer.cycle_id)
    require(actor, Permission.PUBLISH_RUNS, cycle.programme_id)
    for application in (one.student, one.host):
        require_impartial(session, actor, details_of(session, application))
    return offers.find(session, one.offer.id)


def _open_again(session: Session, one: Offered, at: datetime) -> None:
    """Let a lapsed offer wait for answers again, if its place and its student are still free."""
    lines = offers.answers_of(session, [one.offer.id])[one.offer.id]
    offers.move(one.placement, PlacementState.OFFERED)
    try:
        with session.begin_nested():
            one.offer.ended_at = one.offer.end_reason = None
            session.add_all([one.offer, one.placement])
    except IntegrityError as error:
        raise Conflict("The student has another offer by now.") from error
    if any(line.answer is Answer.ACCEPTED for line in lines):
        hold_place(session, one.offer, session.get_one(Host, one.host.host_id), at)


def _of_group(group: Group, at: datetime) -> list[ColumnElement[bool]]:
    state = col(Placement.state)
    is_late = col(Offer.deadline_at) <= at
    if group is Group.WAITING:
        return [state == PlacementState.OFFERED, ~is_late]
    if group is Group.OVERDUE:
        return [state.in_((PlacementState.OFFERED, PlacementState.LAPSED)), is_late]
    states = {
        Group.LOOK: [PlacementState.PROPOSED],
        Group.CONSENTS: [PlacementState.ACCEPTED],
        Group.CONFIRMED: [PlacementState.CONFIRMED],
        Group.OVER: [PlacementState.DECLINED, PlacementState.ENDED, PlacementState.MOVED],
    }
    return [state.in_(states[group])]


def _group_of(state: PlacementState, deadline_at: datetime | None, at: datetime) -> Group:
    if state is PlacementState.OFFERED:
        return Group.OVERDUE if deadline_at is not None and deadline_at <= at else Group.WAITING
    return {
        PlacementState.PROPOSED: Group.LOOK,
        PlacementState.LAPSED: Group.OVERDUE,
        PlacementState.ACCEPTED: Group.CONSENTS,
        PlacementState.CONFIRMED: Group.CONFIRMED,
    }.get(state, Group.OVER)
