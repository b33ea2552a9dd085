"""The check of an actor against the programme that owns a thing."""

from sqlmodel import Session

from exchange.domain.roles import Permission
from exchange.errors import Forbidden, NotFound
from exchange.records import Cycle
from exchange.services.actor import Actor


def require(actor: Actor, permission: Permission, programme_id: int) -> None:
    """Raise unless the actor holds the permission in the programme.

    Raises
    ------
    NotFound
        When the actor has no role there at all: what is not yours does not exist.
    Forbidden
        When the roles held there lack the function.
    """
    if not actor.roles_in(programme_id):
        raise NotFound("There is nothing at this address.")
    if not actor.may(permission, programme_id):
        raise Forbidden("Your role does not include this. Ask a programme administrator.")


def programme_of(session: Session, cycle_id: int) -> int:
    """Return the row id of the programme that owns a cycle."""
    cycle = session.get(Cycle, cycle_id)
    if cycle is None:
        raise NotFound("There is nothing at this address.")
    return cycle.programme_id
