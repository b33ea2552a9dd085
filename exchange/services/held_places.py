"""The places of a host that accepted offers hold."""

from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, select

from exchange.errors import Conflict
from exchange.records import HeldPlace, Host, Offer


def hold_place(session: Session, offer: Offer, host: Host, at: datetime) -> None:
    """Hold a place of a host for an offer, if one is free; held already, it stays held.

    The numbers of places are unique in the database, so of two who want the last one gets it.

    Raises
    ------
    Conflict
        When every place is held.
    """
    while not _is_held(session, offer):
        taken = set(session.exec(select(HeldPlace.number).where(HeldPlace.host_id == host.id)))
        free = next((n for n in range(1, host.capacity + 1) if n not in taken), None)
        if free is None:
            raise Conflict(
                "No place is free here any more. The programme’s staff will write to you."
            )
        place = HeldPlace(host_id=host.id, number=free, offer_id=offer.id, created_at=at)
        try:
            with session.begin_nested():
                session.add(place)
        except IntegrityError:
            continue  # Somebody was faster; look again what is free.


def free_place(session: Session, offer: Offer) -> None:
    """Give back the place that an offer holds, if it holds one."""
    session.exec(delete(HeldPlace).where(col(HeldPlace.offer_id) == offer.id))


def _is_held(session: Session, offer: Offer) -> bool:
    query = select(HeldPlace.id).where(HeldPlace.offer_id == offer.id)
    return session.exec(query).first() is not None
