"""What becomes of offers by itself: their time runs out, a side leaves, a last consent comes in."""

from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, col, or_, select

from exchange.domain.cycle import ApplicationState
from exchange.domain.offer import OfferEnd, is_overdue
from exchange.domain.placement import PlacementState
from exchange.records import Application, Offer, Placement
from exchange.services import offer_mails, offers
from exchange.services.actor import SYSTEM
from exchange.services.locks import hold_cycle
from exchange.services.offer_answers import confirm
from exchange.services.offers import Offered

GONE = (ApplicationState.WITHDRAWN, ApplicationState.DECLINED)


def due_offers(session: Session, at: datetime) -> list[int]:
    """Return the row ids of offers about which something is to be done; it only reads.

    Confirmed placements are no affair of this: whoever leaves one is moved by people.
    """
    of_student, of_host = aliased(Application), aliased(Application)
    state = col(Placement.state)
    query = (
        select(Offer.id)
        .join(Placement, col(Offer.placement_id) == col(Placement.id))
        .join(of_student, col(Offer.student_application_id) == col(of_student.id))
        .join(of_host, col(Offer.host_application_id) == col(of_host.id))
        .where(col(Offer.ended_at).is_(None), state != PlacementState.CONFIRMED)
        .where(
            or_(
                col(of_student.state).in_(GONE),
                col(of_host.state).in_(GONE),
                state == PlacementState.ACCEPTED,
                and_(state == PlacementState.OFFERED, col(Offer.deadline_at) <= at),
            )
        )
    )
    return list(session.exec(query.order_by(col(Offer.id))))


def tend_offer(session: Session, offer_id: int, at: datetime) -> bool:
    """Do what is due about one offer, and say whether anything was; done twice, it is done once."""
    row = session.get(Offer, offer_id)
    if row is None:
        return False
    hold_cycle(session, row.cycle_id)
    one = offers.find(session, offer_id)
    if one.offer.ended_at is not None or one.placement.state is PlacementState.CONFIRMED:
        return False
    if one.student.state in GONE or one.host.state in GONE:
        return _end(session, one, OfferEnd.LEFT, PlacementState.ENDED, at)
    if one.placement.state is PlacementState.ACCEPTED:
        return confirm(session, SYSTEM, one, at)
    if one.placement.state is PlacementState.OFFERED and is_overdue(one.offer.deadline_at, at):
        return _end(session, one, OfferEnd.LAPSED, PlacementState.LAPSED, at)
    return False


def _end(
    session: Session, one: Offered, reason: OfferEnd, state: PlacementState, at: datetime
) -> bool:
    was_made = one.offer.made_at is not None
    offers.end_offer(session, SYSTEM, one, reason, state, at)
    if was_made:
        offer_mails.tell_of_news(session, one, at)
    return True
